"""A sound package made by small means of its own, and packages each broken in one way."""

import base64
import hashlib
import json
import os
import zipfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
NUMBER, DOCUMENT, PACKAGE = "410500-2026-0001-0001", "安消火认字〔2026〕第0001号", "pkg-1"


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def hashes(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "sm3": hashlib.new("sm3", data).hexdigest()}


def vkey(name, key, algorithm):
    raw = bytes([algorithm]) + key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(raw).decode()}"


def signed(name, key, algorithm, text, moment=1760000000):
    line = bytes.fromhex(vkey(name, key, algorithm).split("+")[1])
    if algorithm == 4:
        line += moment.to_bytes(8, "big") + key.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
    else:
        line += key.sign(text.encode())
    return f"— {name} {base64.b64encode(line).decode()}\n"


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + root(leaves[:half]) + root(leaves[half:])).digest()


def path(index, leaves):
    if len(leaves) == 1:
        return []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < half:
        return [*path(index, leaves[:half]), root(leaves[half:])]
    return [*path(index - half, leaves[half:]), root(leaves[:half])]


def events(file, types=("collected", "sealed", "stored", "disclosed")):
    facts = {"collected": {"file": {"name": "现场.jpg", "size": f"{len(file)} B", **hashes(file)}},
             "disclosed": {"package": PACKAGE, "receiver": "某公安局"}}  # fmt: skip
    by = {"id": 1, "name": "张三", "unit": "安阳", "certificate": "1"}
    return [
        {"v": 1, "case": "410500-2026-0001", "exhibit": NUMBER, "seq": seq, "type": type_, "by": by,
         "at": f"2026-01-0{seq + 1}T00:00:00.000000Z", "facts": facts.get(type_, {}), "nonce": "0" * 32}
        for seq, type_ in enumerate(types)
    ]  # fmt: skip


def chained(said):
    lines, prev = [], "0" * 64
    for each in said:
        lines.append(canonical({**each, "prev": prev}))
        prev = hashlib.sha256(lines[-1]).hexdigest()
    return lines


def logged(files, lines, key=KEY):
    """Put checkpoint, co-signature and proofs over the given leaves."""
    of = [(f"custody/{NUMBER}.jsonl#{n}", line) for n, line in enumerate(lines)]
    of.append((f"documents/{DOCUMENT}.json", files[f"data/documents/{DOCUMENT}.json"]))
    leaves = [hashlib.sha256(b"\0" + line).digest() for _, line in of]
    text = f"log.example\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
    files["data/log/checkpoint"] = (text + "\n" + signed("log.example", key, 1, text)).encode()
    files["data/log/checkpoint.witnessed"] = (text + "\n" + signed("wit", WITNESS, 4, text)).encode()
    files["data/log/key.txt"] = (vkey("log.example", key, 1) + "\n").encode()
    files["data/log/proofs.jsonl"] = b"".join(
        canonical({"index": n, "of": name, "leaf_hash": leaves[n].hex(),
                   "proof": [base64.b64encode(p).decode() for p in path(n, leaves)]}) + b"\n"
        for n, (name, _) in enumerate(of)
    )  # fmt: skip


def payload(said=None, key=KEY):
    file, docx = b"picture" * 99, b"document"
    lines = chained(said or events(file))
    leaf = {"v": 1, "document": DOCUMENT, "kind": "D1", "case": "c", "at": "2026-01-03T00:00:00.000000Z", "by": {},
            **hashes(docx), "template_sha256": "0" * 64, "data_sha256": "0" * 64, "nonce": "1" * 32}  # fmt: skip
    files = {
        f"data/exhibits/{NUMBER}/现场.jpg": file,
        f"data/custody/{NUMBER}.jsonl": b"".join(line + b"\n" for line in lines),
        f"data/documents/{DOCUMENT}.docx": docx,
        f"data/documents/{DOCUMENT}.json": canonical(leaf),
        "data/case.jsonld": b"{}",
    }
    logged(files, lines, key)
    return files


def bagged(files):
    """The tag files over a payload."""
    files = {name: data for name, data in files.items() if name.startswith("data/")}
    size = sum(map(len, files.values()))
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"External-Identifier: {PACKAGE}\nPayload-Oxum: {size}.{len(files)}\n".encode(),
        "manifest-sha256.txt": "".join(f"{hashes(d)['sha256']}  {n}\n" for n, d in files.items()).encode(),
        "digests-sm3.txt": "".join(f"{hashes(d)['sm3']} *{n}\n" for n, d in files.items()).encode(),
    }
    tags["tagmanifest-sha256.txt"] = "".join(f"{hashes(d)['sha256']}  {n}\n" for n, d in tags.items()).encode()
    return {**files, **tags}


def written(folder, files):
    for name, data in files.items():
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)
    return folder


def zipped(file, files, top="包"):
    with zipfile.ZipFile(file, "w") as zip_:
        for name, data in files.items():
            zip_.writestr(f"{top}/{name}", data)
    return file
