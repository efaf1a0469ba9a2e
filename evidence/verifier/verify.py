"""Verifier of a package (BagIt bag with custody chains, signed log and inclusion proofs): `python3 verify.py DIR|ZIP`.

Python 3.9+ and its standard library alone; one file, to be read by an expert. Reads every byte, writes nothing but the
receipt that is asked for, extracts nothing. Exit status: 0 nothing wrong, 1 findings, 2 could not check.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from datetime import datetime, timedelta, timezone

VERSION = "1"
PIECE = 1 << 20  # bytes read at a time
LINE = 1 << 20  # longest line, bytes
SMALL = 1 << 20  # largest file that is kept in memory whole
KEPT = re.compile(
    r"bagit\.txt|bag-info\.txt|data/log/(checkpoint(\.\w+)?|tsa\.pem|key\.txt)|data/documents/[^/]+\.json"
)
DEPTH = 64
MOST_FILES = 1000000
TOLERANCE = timedelta(minutes=10)  # by which clocks may differ
MEMBERS = {"v", "case", "exhibit", "seq", "type", "at", "by", "facts", "nonce", "prev"}
DOCUMENT = {"v", "document", "kind", "case", "at", "by", "sha256", "sm3", "template_sha256", "data_sha256", "nonce"}
HEX64 = re.compile(r"[0-9a-f]{64}")
STAMPED = re.compile(r"^Time stamp: (\w{3}) +(\d+) (\d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT", re.MULTILINE)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Unreadable(Exception):
    """What was given is neither a folder nor a zip, or cannot be read."""


class Malformed(ValueError):
    """Bytes that are not of the form they should have; the text is a Chinese sentence."""


# ---------------------------------------------------------------- SM3 (GB/T 32905-2016)


class PureSm3:
    """SM3 for a Python whose OpenSSL has none; slow."""

    def __init__(self):
        self.state = [
            0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
        ]  # fmt: skip
        self.rest, self.length = b"", 0

    def update(self, data):
        self.length += len(data)
        data = self.rest + data
        whole = len(data) // 64 * 64
        for at in range(0, whole, 64):
            self.state = _compress(self.state, data[at : at + 64])
        self.rest = data[whole:]

    def hexdigest(self):
        data = self.rest + b"\x80" + b"\0" * ((55 - self.length) % 64) + (self.length * 8).to_bytes(8, "big")
        state = self.state
        for at in range(0, len(data), 64):
            state = _compress(state, data[at : at + 64])
        return "".join("%08x" % word for word in state)


def _left(word, by):
    by %= 32
    return ((word << by) | (word >> (32 - by))) & 0xFFFFFFFF


def _compress(state, block):
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
        w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        turned = _left(a, 12)
        ss1 = _left((turned + e + _left(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ turned) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
        a, b, c, d = tt1, a, _left(b, 9), c
        e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]


def sm3():
    try:
        return hashlib.new("sm3")
    except ValueError:
        return PureSm3()


# ---------------------------------------------------------------- Ed25519 (RFC 8032 §5.1.7)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _point(data):
    """The point of a canonical encoding in extended coordinates; None for another."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(number, point):
    product = (0, 1, 1, 0)
    while number:
        if number & 1:
            product = _add(product, point)
        point = _add(point, point)
        number >>= 1
    return product


def _same(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def ed25519(public, signature, message):
    """Whether the signature holds; strict: canonical points, S below L, no key of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L or _same(_times(8, key), (0, 1, 1, 0)):
        return False
    base = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return _same(_times(s, base), _add(r, _times(k, key)))


# ---------------------------------------------------------------- text, JSON


def safe(text, most=160):
    """Text of a stranger for a terminal: nothing in it moves the cursor, turns the direction or fills the screen."""
    text = "".join(c if c.isprintable() else "\\u{%x}" % ord(c) for c in str(text)[: most + 1])
    return text if len(text) <= most else text[:most] + "…"


def _depth(data):
    deepest = depth = 0
    for piece in re.finditer(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', data, re.DOTALL):
        if piece.group() in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif piece.group() in b"]}":
            depth -= 1
    return deepest


def _no_float(_):
    raise Malformed("含有小数或非数")


def _whole(text):
    if len(text) > 17 or abs(int(text)) > 2**53 - 1:
        raise Malformed("整数过大")
    return int(text)


def _once(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("成员重复")
    return made


def parsed(data):
    """The JSON object in the bytes, or Malformed."""
    if len(data) > LINE:
        raise Malformed("过长")
    if _depth(data) > DEPTH:
        raise Malformed("嵌套过深")
    try:
        value = json.loads(
            data.decode(), parse_float=_no_float, parse_constant=_no_float, parse_int=_whole, object_pairs_hook=_once
        )
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("不是 JSON") from error
    if not isinstance(value, dict):
        raise Malformed("不是 JSON 对象")
    return value


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def canonical(value):
    """RFC 8785 bytes of a value without floats; Malformed for half a surrogate pair."""
    try:
        return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise Malformed("含有残缺字符") from error


def moment(text):
    """The moment of RFC 3339 in UTC with microseconds; None for another form."""
    try:
        if isinstance(text, str) and TIME.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        pass
    return None


def is_hex(value, digits=64):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % digits, value) is not None


# ---------------------------------------------------------------- where the files are


class Folder:
    """Regular files below a folder; links and devices are findings and never opened."""

    def __init__(self, root, found):
        self.root, self.sizes = root, {}
        left = [""]
        while left:
            at = left.pop()
            try:
                entries = list(os.scandir(os.path.join(root, at)))
            except OSError:
                if not at:
                    raise Unreadable("文件夹无法读取") from None
                found("unreadable", at, "文件夹无法读取")
                continue
            for entry in entries:
                name = at + "/" + entry.name if at else entry.name
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    left.append(name)
                elif stat.S_ISREG(mode):
                    self.sizes[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    found("link" if stat.S_ISLNK(mode) else "special-file", name, "不是普通文件，未读取")
                if len(self.sizes) > MOST_FILES:
                    raise Unreadable("文件过多")

    def pieces(self, name):
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(os.path.join(self.root, name), flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError("not a regular file")
            while piece := file.read(PIECE):
                yield piece


class Zip:
    """Stored members of a zip below its one top folder; read in place."""

    def __init__(self, path, found):
        self.sizes, self.members = {}, {}
        try:
            self.zip = zipfile.ZipFile(path)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
            raise Unreadable("不是可读的 ZIP") from error
        infos = self.zip.infolist()
        if len(infos) > MOST_FILES:
            raise Unreadable("文件过多")
        if sum(info.file_size for info in infos) > os.path.getsize(path):
            found("zip-bomb", "", "ZIP 所称的内容多于其字节")
        for info in infos:
            self._member(info, found)
        if len({top for top, _ in self.members}) > 1:
            found("zip-top", "", "ZIP 应只有一个顶层文件夹")
        self.members = {name: info for (_, name), info in self.members.items()}

    def _member(self, info, found):
        name, mode = info.orig_filename, info.external_attr >> 16
        parts = name.rstrip("/").split("/")
        if name.startswith("/") or "\\" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
            found("zip-slip", name, "文件名指向包外")
        elif stat.S_ISLNK(mode):
            found("link", name, "是链接，未读取")
        elif info.flag_bits & 1 or info.compress_type or info.compress_size != info.file_size:
            found("zip-compressed", name, "应为不压缩、不加密的存储")
        elif name.endswith("/"):
            if info.file_size:
                found("zip-folder", name, "文件夹带有内容")
        elif len(parts) < 2:
            found("zip-top", name, "不在顶层文件夹内")
        elif (parts[0], "/".join(parts[1:])) in self.members:
            found("zip-duplicate", name, "文件名重复")
        else:
            inner = "/".join(parts[1:])
            self.members[parts[0], inner] = info
            self.sizes[inner] = info.file_size

    def pieces(self, name):
        with self.zip.open(self.members[name]) as file:
            while piece := file.read(PIECE):
                yield piece


# ---------------------------------------------------------------- signed notes (C2SP), proofs (RFC 9162)


def vkey(line, algorithm):
    """(name, key id, public key) of a C2SP verifier key line, or Malformed."""
    parts = line.strip().split("+", 2)
    try:
        key = base64.b64decode(parts[2], validate=True)
        name, key_id = parts[0], bytes.fromhex(parts[1])
    except (ValueError, IndexError) as error:
        raise Malformed("不是公钥行") from error
    right = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + key).digest()[:4]
    if len(key) != 33 or key[0] != algorithm or key_id != right or not name:
        raise Malformed("公钥行的算法或编号不符")
    return name, key_id, key[1:]


def note(data):
    """(text, [(name, key id, signature)]) of a signed note, or Malformed."""
    try:
        text, mark, lines = data.decode().rpartition("\n\n")
    except ValueError as error:
        raise Malformed("不是 UTF-8") from error
    if not mark or not lines.endswith("\n"):
        raise Malformed("不是签名文本")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        try:
            raw = base64.b64decode(match.group(2), validate=True) if match else b""
        except ValueError:
            raw = b""
        if not match or len(raw) < 5 or len(signatures) >= 100:
            raise Malformed("签名行格式不符")
        signatures.append((match.group(1), raw[:4], raw[4:]))
    return text + "\n", signatures


def head(text):
    """(origin, size, root) of a checkpoint's text, or Malformed."""
    lines = text.split("\n")
    try:
        root = base64.b64decode(lines[2], validate=True)
        if lines[0] and re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]) and len(root) == 32:
            return lines[0], int(lines[1]), root
    except (ValueError, IndexError):
        pass
    raise Malformed("不是检查点")


def root_of(leaf, index, size, proof):
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2); None for a wrong form."""
    if not 0 <= index < size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def openssl_stamp(checkpoint, response, authorities, chain):
    """Whether the stamp holds under the authorities (PEM); None without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("data", checkpoint), ("tsr", response), ("ca", authorities), ("chain", chain)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        verify = ["-verify", "-data", "data", "-in", "tsr", "-CAfile", "ca"]
        verify += ["-untrusted", "chain"] if chain else []
        try:
            # the signer's certificate has to hold when he stamped: it has expired long before the case is closed
            said = _openssl(openssl, folder, ["-reply", "-in", "tsr", "-text"]).stdout.decode("utf-8", "replace")
            stamped = STAMPED.search(said)
            if stamped is None:
                return False
            at = datetime.strptime(" ".join(stamped.groups()), "%b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)
            verify += ["-attime", "%d" % at.timestamp()]
            return _openssl(openssl, folder, verify).returncode == 0
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None


def _openssl(openssl, folder, arguments):
    quiet = {**os.environ, "LC_ALL": "C"}
    command = [openssl, "ts"] + arguments
    return subprocess.run(command, cwd=folder, env=quiet, capture_output=True, timeout=60, check=False)


# ---------------------------------------------------------------- the verification


class Verification:
    """All checks of one package; `findings` are (slug, where, sentence), `unchecked` sentences."""

    ed25519 = staticmethod(ed25519)
    stamp = staticmethod(openssl_stamp)

    def __init__(self, path, key=None, authorities=None, witnesses=(), now=None):
        self.path, self.key, self.authorities, self.witnesses = path, key, authorities, witnesses
        self.now = now or datetime.now(timezone.utc)
        self.findings, self.unchecked = [], []
        self.digests, self.small, self.leaves, self.firsts = {}, {}, {}, {}
        self.package, self.checkpoint, self.head, self.vouched = "", "", None, False

    def found(self, slug, where, sentence):
        self.findings.append((slug, safe(where), safe(sentence)))

    def run(self):
        if os.path.isdir(self.path):
            self.files = Folder(self.path, self.found)
        elif os.path.isfile(self.path):
            self.files = Zip(self.path, self.found)
        else:
            raise Unreadable("不是文件夹，也不是 ZIP")
        self.names()
        self.bag()
        for name in sorted(self.files.sizes):
            if re.fullmatch(r"data/custody/[^/]+\.jsonl", name):
                self.chain(name)
        if not self.firsts:
            self.found("chain-missing", "data/custody", "没有任何保管链")
        self.exhibits()
        self.documents()
        self.log()
        return self

    @property
    def grade(self):
        if self.findings:
            return "F"
        if self.head is None:
            return "C"
        return "A" if self.vouched and self.key else "B"

    def names(self):
        seen = {}
        for name in self.files.sizes:
            if any(not c.isprintable() for c in name) or "\\" in name:
                self.found("name-unreadable", name, "文件名含有不可见或不可读的字符")
            if unicodedata.normalize("NFC", name) != name:
                self.found("name-not-nfc", name, "文件名不是 NFC 形式")
            if any(len(part) > 200 or len(part.encode("utf-8", "surrogateescape")) > 255 for part in name.split("/")):
                self.found("name-too-long", name, "文件名过长")
            same = unicodedata.normalize("NFC", name).casefold()
            if same in seen:
                self.found("name-collides", name, "两个文件名在某些系统上相同")
            seen[same] = name

    def read(self, name):
        """Take both digests of a file and keep it where it is small; False where it cannot be read."""
        one, other, kept, size = hashlib.sha256(), sm3(), [], 0
        keep = KEPT.fullmatch(name) and self.files.sizes[name] <= SMALL
        try:
            for piece in self.files.pieces(name):
                one.update(piece)
                other.update(piece)
                size += len(piece)
                if keep and size <= SMALL:
                    kept.append(piece)
        except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
            self.found("unreadable", name, "文件无法读取")
            return
        self.digests[name] = (one.hexdigest(), other.hexdigest(), size)
        if kept:
            self.small[name] = b"".join(kept)

    def lines(self, name):
        """Lines of a file that ends with a line break; a longer one than LINE ends the reading with a finding."""
        rest = b""
        try:
            for piece in self.files.pieces(name):
                parts = (rest + piece).split(b"\n")
                rest = parts.pop()
                yield from parts
                if len(rest) > LINE:
                    break
        except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile):
            self.found("unreadable", name, "文件无法读取")
        if rest:
            self.found("line-malformed", name, "行过长，或末行不完整")

    def bag(self):
        for name in sorted(self.files.sizes):
            self.read(name)
        for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt", "digests-sm3.txt"):
            if name not in self.files.sizes:
                self.found("bag-file-missing", name, "缺少必要文件")
        if "fetch.txt" in self.files.sizes:
            self.found("bag-fetch", "fetch.txt", "包必须完整，不得另行下载")
        said = self.small.get("bagit.txt", b"").replace(b"\r\n", b"\n").rstrip(b"\n")
        if "bagit.txt" in self.files.sizes and said != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8":
            self.found("bagit-malformed", "bagit.txt", "不是 BagIt 1.0")
        payload = {name for name in self.files.sizes if name.startswith("data/")}
        tags = set(self.files.sizes) - payload - {"tagmanifest-sha256.txt"}
        self.manifest("manifest-sha256.txt", "  ", payload, 0)
        self.manifest("tagmanifest-sha256.txt", "  ", tags, 0)
        self.manifest("digests-sm3.txt", " *", payload, 1)
        self.information(payload)

    def information(self, payload):
        if "bag-info.txt" not in self.files.sizes:
            return
        text = self.small.get("bag-info.txt", b"").decode("utf-8", "replace")
        said = re.findall(r"^([A-Za-z-]+): *(.*?)\r?$", text, re.MULTILINE)
        oxum = [value for label, value in said if label == "Payload-Oxum"]
        packages = [value for label, value in said if label == "External-Identifier"]
        right = "%d.%d" % (sum(self.files.sizes[name] for name in payload), len(payload))
        if oxum != [right]:
            self.found("oxum-differs", "bag-info.txt", "Payload-Oxum 与实际内容不符")
        if len(packages) != 1 or not packages[0]:
            self.found("identifier-missing", "bag-info.txt", "没有唯一的包标识 External-Identifier")
        else:
            self.package = packages[0]

    def manifest(self, manifest, gap, names, which):
        if manifest not in self.files.sizes:
            return
        listed = set()
        differs = ("digest-differs", "sm3-differs")[which]
        for line in self.lines(manifest):
            text = line.decode("utf-8", "surrogateescape")
            digest, name = text[:64], text[64 + len(gap) :]
            if not HEX64.fullmatch(digest) or text[64 : 64 + len(gap)] != gap:
                self.found("manifest-malformed", manifest, "有一行格式不符")
                continue
            if not which:
                name = re.sub("%(0A|0D|25)", lambda m: chr(int(m.group(1), 16)), name, flags=re.IGNORECASE)
            if name in listed:
                self.found("listed-twice", name, manifest + " 中列了两次")
            listed.add(name)
            if name not in names:
                self.found("listed-missing", name, manifest + " 列有此文件，包中没有")
            elif name in self.digests and self.digests[name][which] != digest:
                self.found(differs, name, ("SHA-256", "SM3")[which] + " 与清单不符")
        for name in sorted(names - listed):
            self.found("not-listed", name, manifest + " 未列此文件")

    def chain(self, name):
        exhibit, prev, at, last, count = name[13:-6], "0" * 64, None, None, 0
        for seq, line in enumerate(self.lines(name)):
            where, count = "%s#%d" % (name[5:], seq), seq + 1
            self.leaves[where] = hashlib.sha256(b"\0" + line).digest()
            try:
                last = parsed(line)
                if canonical(last) != line:
                    self.found("not-canonical", where, "不是 RFC 8785 规范形式")
            except Malformed as error:
                self.found("json-malformed", where, "记录%s" % error)
                last, prev = None, hashlib.sha256(line).hexdigest()
                continue
            self.event(where, last, exhibit, seq)
            if last.get("prev") != prev:
                self.found("chain-broken", where, "与前一条记录不相连")
            at = self.times(where, last, at)
            prev = hashlib.sha256(line).hexdigest()
            if seq == 0:
                self.firsts[exhibit] = last
        facts = last.get("facts") if last else None
        ends = bool(last) and last.get("type") == "disclosed" and isinstance(facts, dict)
        if not ends or not self.package or self.package not in [v for v in facts.values() if isinstance(v, str)]:
            self.found("chain-cut-at-tail", name, "保管链末条不是本包的披露记录：链尾被截断")
        if count:
            self.firsts.setdefault(exhibit, {})

    def event(self, where, said, exhibit, seq):
        if set(said) - {"happened_at"} != MEMBERS or said.get("v") != 1 or said["v"] is True:
            self.found("event-members", where, "记录的成员或版本不符")
        if said.get("seq") != seq or isinstance(said.get("seq"), bool):
            self.found("seq-differs", where, "序号不连续")
        if said.get("exhibit") != exhibit:
            self.found("exhibit-differs", where, "记录属于另一物证")
        kind, by = said.get("type"), said.get("by")
        if not isinstance(kind, str) or not re.fullmatch("[a-z_]{1,60}", kind):
            self.found("event-type", where, "保管行为的类型不符")
        if not isinstance(by, dict) or set(by) != {"id", "name", "unit", "certificate"}:
            self.found("event-by", where, "行为人的写法不符")
        if not isinstance(said.get("facts"), dict):
            self.found("event-facts", where, "没有事实")
        if not is_hex(said.get("nonce"), 32):
            self.found("event-nonce", where, "随机数的写法不符")

    def times(self, where, said, before):
        at = moment(said.get("at"))
        if at is None:
            self.found("time-malformed", where, "时间的写法不符")
            return before
        if at > self.now + TOLERANCE:
            self.found("time-in-future", where, "时间在将来")
        if before and at < before:
            self.found("time-backward", where, "时间早于前一条记录")
        return at

    def exhibits(self):
        files = {}
        for name in self.files.sizes:
            match = re.fullmatch(r"data/exhibits/([^/]+)/(.+)", name, re.DOTALL)
            if match:
                files.setdefault(match.group(1), []).append(match.group(2))
        for exhibit in sorted(set(files) - set(self.firsts)):
            self.found("chain-missing", exhibit, "物证没有保管链")
        for exhibit, first in sorted(self.firsts.items()):
            facts = first.get("facts")
            file = facts.get("file") if isinstance(facts, dict) else None
            stated = file.get("name") if isinstance(file, dict) else None
            for name in files.get(exhibit, []):
                self.original(exhibit, name, file if name == stated else None)
            if stated is not None and stated not in files.get(exhibit, []):
                self.found("exhibit-file-missing", exhibit, "提取记录所称的文件不在包中")

    def original(self, exhibit, name, file):
        where = "data/exhibits/%s/%s" % (exhibit, name)
        if file is None:
            self.found("exhibit-file-unexplained", where, "提取记录没有此文件")
        elif where in self.digests:
            one, other, size = self.digests[where]
            if (file.get("sha256"), file.get("sm3"), file.get("size")) != (one, other, "%d B" % size):
                self.found("exhibit-file-differs", where, "文件与提取时记录的完整性校验值或大小不符")

    def documents(self):
        for name in sorted(n for n in self.files.sizes if n.startswith("data/documents/")):
            stem, ending = os.path.splitext(name)
            if ending == ".docx" and stem + ".json" not in self.files.sizes:
                self.found("document-leaf-missing", name, "文书没有日志条目")
            if ending != ".json":
                continue
            data = self.small.get(name, b"")
            self.leaves[name[5:]] = hashlib.sha256(b"\0" + data).digest()
            try:
                said = parsed(data)
                if canonical(said) != data:
                    self.found("not-canonical", name, "不是 RFC 8785 规范形式")
            except Malformed as error:
                self.found("json-malformed", name, "文书条目%s" % error)
                continue
            if set(said) - {"supersedes"} != DOCUMENT or said.get("document") != stem[15:]:
                self.found("document-members", name, "文书条目的成员或文号不符")
            self.times(name, said, None)
            if stem + ".docx" not in self.files.sizes:
                self.found("document-missing", name, "文书不在包中")
            elif self.digests.get(stem + ".docx", ())[:2] != (said.get("sha256"), said.get("sm3")):
                self.found("document-differs", stem + ".docx", "文书与签发时的完整性校验值不符")

    def log(self):
        name = "data/log/checkpoint"
        if name not in self.files.sizes:
            if any(each.startswith("data/log/") for each in self.files.sizes):
                self.found("checkpoint-missing", name, "有日志文件而没有检查点")
            self.unchecked.append("没有检查点：日志、签名和时间戳均未核验")
            return
        data = self.small.get(name, b"")
        try:
            text, signatures = note(data)
            self.head = head(text)
            self.checkpoint = text
        except Malformed as error:
            self.found("checkpoint-malformed", name, "检查点%s" % error)
            return
        self.signature(text, signatures)
        self.proofs()
        self.cosignatures(text)
        self.stamped(data)

    def signature(self, text, signatures):
        inside = self.small.get("data/log/key.txt", b"").decode("utf-8", "replace").strip()
        if self.key and inside != self.key.strip():
            self.found("key-differs", "data/log/key.txt", "包内公钥与从外部给出的公钥不同")
        if not self.key:
            self.unchecked.append("公钥取自包内，请与公布的公钥核对：" + safe(inside))
        try:
            name, key_id, public = vkey(self.key or inside, 1)
        except Malformed as error:
            self.found("key-malformed", "data/log/key.txt", "%s" % error)
            return
        mine = [each[2] for each in signatures if each[:2] == (name, key_id)]
        if not mine or not all(self.ed25519(public, each, text.encode()) for each in mine):
            self.found("checkpoint-forged", "data/log/checkpoint", "检查点没有该公钥的有效签名")

    def proofs(self):
        name = "data/log/proofs.jsonl"
        if name not in self.files.sizes:
            self.found("proof-missing", name, "没有包含证明")
            return
        proved, indexes = set(), set()
        for number, line in enumerate(self.lines(name)):
            where = "%s#%d" % (name, number)
            try:
                said = parsed(line)
                of, index, path = said.get("of"), said.get("index"), said.get("proof")
                if (
                    set(said) != {"index", "of", "leaf_hash", "proof"}
                    or not isinstance(of, str)
                    or type(index) is not int
                ):
                    raise Malformed("成员不符")
                proof = [base64.b64decode(each, validate=True) for each in path]
                if len(proof) > 64 or any(len(each) != 32 for each in proof):
                    raise Malformed("路径不符")
            except (ValueError, TypeError):
                self.found("proof-malformed", where, "证明的格式不符")
                continue
            self.proof(where, of, index, said["leaf_hash"], proof)
            if of in proved or index in indexes:
                self.found("index-twice", where, "同一条目或同一位置有两个证明")
            proved.add(of)
            indexes.add(index)
        for leaf in sorted(set(self.leaves) - proved):
            self.found("proof-missing", leaf, "此条目没有包含证明")

    def proof(self, where, of, index, leaf_hash, proof):
        leaf = self.leaves.get(of)
        if leaf is None:
            self.found("proof-unexplained", where, "证明所指的条目不在包中")
        elif leaf_hash != leaf.hex():
            self.found("leaf-differs", of, "条目与证明的叶散列不符")
        elif root_of(leaf, index, self.head[1], proof) != self.head[2]:
            self.found("root-differs", of, "证明不通向检查点的根")

    def cosignatures(self, text):
        name = "data/log/checkpoint.witnessed"
        given = list(self.witnesses)
        if name not in self.files.sizes:
            if given:
                self.unchecked.append("包中没有见证人的联署")
            return
        try:
            other, signatures = note(self.small.get(name, b""))
        except Malformed as error:
            self.found("witness-malformed", name, "联署的检查点%s" % error)
            return
        if other != text:
            self.found("witness-differs", name, "联署的文本不是首次公布的检查点")
            return
        if not given:
            self.unchecked.append("未给出见证人公钥，联署未核验")
        for line in given:
            witness, key_id, public = vkey(line, 4)
            lines = [each[2] for each in signatures if each[:2] == (witness, key_id)]
            if not lines:
                self.unchecked.append("没有该见证人的联署：" + safe(witness))
            for each in lines:
                when = int.from_bytes(each[:8], "big")
                message = "cosignature/v1\ntime %d\n%s" % (when, text)
                if len(each) != 72 or not self.ed25519(public, each[8:], message.encode()):
                    self.found("witness-forged", name, "见证人的联署无效")
                elif when > (self.now + TOLERANCE).timestamp():
                    self.found("time-in-future", name, "联署的时间在将来")
                else:
                    self.vouched = True

    def stamped(self, data):
        name = "data/log/checkpoint.tsr"
        if name not in self.files.sizes:
            self.unchecked.append("包中没有时间戳")
            return
        chain = self.small.get("data/log/tsa.pem", b"")
        held = self.stamp(data, self.small.get(name, b""), self.authorities or chain, chain)
        if held is None:
            self.unchecked.append(
                "没有可用的 openssl，时间戳未核验。命令：openssl ts -verify -data data/log/checkpoint "
                "-in data/log/checkpoint.tsr -CAfile <机构证书> -untrusted data/log/tsa.pem"
            )
        elif not held:
            self.found("stamp-forged", name, "时间戳不能在该机构证书下证明此检查点")
        elif self.authorities:
            self.vouched = True
        if held and not self.authorities:
            self.unchecked.append("时间戳只按包内证书核验，其 SHA-256 为 " + hashlib.sha256(chain).hexdigest())


# ---------------------------------------------------------------- report, command


def report(done):
    """What machines and the receipt are told."""
    return {
        "package": safe(done.package),
        "grade": done.grade,
        "checkpoint": safe(done.checkpoint.replace("\n", " "), 400),
        "findings": [{"slug": slug, "where": where, "text": text} for slug, where, text in done.findings],
        "unchecked": done.unchecked,
        "at": done.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "verifier": VERSION,
        "manifest_sha256": done.digests.get("manifest-sha256.txt", ("",))[0],
    }


def printed(said):
    """The same in Chinese for people."""
    lines = ["证据包：" + said["package"], "等级：" + said["grade"], "检查点：" + (said["checkpoint"] or "无")]
    lines += [
        "核验时间：" + said["at"],
        "清单 SHA-256：" + said["manifest_sha256"],
        "核验程序版本：" + said["verifier"],
    ]
    lines += ["发现问题 %d 项" % len(said["findings"])]
    lines += ["  [%(slug)s] %(where)s：%(text)s" % each for each in said["findings"]]
    lines += ["未核验："] + ["  " + each for each in said["unchecked"] or ["无"]]
    return "\n".join(lines) + "\n"


def arguments(argv):
    parser = argparse.ArgumentParser(prog="verify", description="核验证据包")
    parser.add_argument("package", metavar="DIR|ZIP")
    parser.add_argument("--key", metavar="VKEY", help="公布的检查点公钥")
    parser.add_argument("--tsa-ca", metavar="FILE", help="时间戳机构的根证书（PEM）")
    parser.add_argument("--witness", metavar="VKEY", action="append", default=[], help="见证人公钥，可多次")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--receipt", metavar="FILE", help="写出核验回执")
    return parser.parse_args(argv)


def main(argv=None, verification=Verification):
    """Verify, print, and return the exit status."""
    asked = arguments(argv)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        authorities = None
        if asked.tsa_ca:
            with open(asked.tsa_ca, "rb") as file:
                authorities = file.read(SMALL)
        for line, algorithm in [(asked.key, 1)] * bool(asked.key) + [(line, 4) for line in asked.witness]:
            vkey(line, algorithm)
        said = report(verification(asked.package, asked.key, authorities, asked.witness).run())
        text = printed(said)
        if asked.receipt:
            with open(asked.receipt, "x", encoding="utf-8") as file:
                json.dump({**said, "text": text}, file, ensure_ascii=False, indent=1)
    except (Unreadable, Malformed, OSError) as error:
        print("无法核验：" + safe(error), file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001 - a hostile package must never end in a traceback or a 0
        print("无法核验：" + safe(type(error).__name__), file=sys.stderr)
        return 2
    print(json.dumps(said, ensure_ascii=False) if asked.json else text, end="\n" if asked.json else "")
    return 1 if said["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
