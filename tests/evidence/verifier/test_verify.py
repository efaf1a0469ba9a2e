"""The verifier of a package: sound ones hold, each broken one is found, no byte may change unnoticed."""

import ast
import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.verifier import verify
from evidence.verifier.command import Installed, library_stamp, main
from tests.evidence.verifier.packages import (
    DOCUMENT,
    KEY,
    NUMBER,
    WITNESS,
    bagged,
    chained,
    events,
    logged,
    payload,
    vkey,
    written,
    zipped,
)
from tests.stamping import Authority

CHAIN, PROOFS = f"data/custody/{NUMBER}.jsonl", "data/log/proofs.jsonl"
JPG, DOCX = f"data/exhibits/{NUMBER}/现场.jpg", f"data/documents/{DOCUMENT}.docx"
OUTSIDE = {"key": vkey("log.example", KEY, 1), "witnesses": [vkey("wit", WITNESS, 4)]}


def verdict(path, kind=verify.Verification, **outside):
    done = kind(str(path), **{**OUTSIDE, **outside}).run()
    return done.grade, {slug for slug, _, _ in done.findings}


@pytest.mark.parametrize("kind", [verify.Verification, Installed])
def test_a_sound_package_is_a_and_only_with_keys_from_outside(tmp_path, kind):
    folder, zip_ = written(tmp_path / "p", bagged(payload())), zipped(tmp_path / "p.zip", bagged(payload()))
    for path in (folder, zip_):
        assert verdict(path, kind) == ("A", set())
        assert verdict(path, kind, witnesses=()) == ("B", set())
        assert verdict(path, kind, key=None) == ("B", set())


def changed(name, change):
    files = payload()
    files[name] = change(files[name])
    return bagged(files)


def lines(change):
    return changed(CHAIN, lambda data: b"".join(change(data.splitlines(keepends=True))))


def rechained(change, relog=False):
    files = payload()
    said = events(files[JPG])
    change(said)
    made = chained(said)
    files[CHAIN] = b"".join(line + b"\n" for line in made)
    if relog:
        logged(files, made)
    return bagged(files)


def raw(name, change):
    files = bagged(payload())
    files[name] = change(files[name])
    return files


def without(*names):
    return bagged({name: data for name, data in payload().items() if name not in names})


BROKEN = {
    "digest-differs": (lambda: raw(JPG, lambda d: b"X" + d[1:]), {"digest-differs", "sm3-differs"}),
    "entry-missing": (lambda: without(CHAIN), {"chain-missing"}),
    "entry-edited": (lambda: changed(CHAIN, lambda d: d.replace("张三".encode(), "李四".encode())), {"leaf-differs"}),
    "rechained": (lambda: rechained(lambda s: s[1].update(type="opened")), {"leaf-differs"}),
    "cut-at-tail": (lambda: rechained(lambda s: s.pop(), relog=True), {"chain-cut-at-tail"}),
    "cut-in-middle": (lambda: lines(lambda ls: ls[:1] + ls[2:]), {"chain-broken", "seq-differs"}),
    "reordered": (lambda: lines(lambda ls: [ls[0], ls[2], ls[1], ls[3]]), {"chain-broken", "time-backward"}),
    "renamed": (lambda: rechained(lambda s: s[1].update(exhibit="x"), relog=True), {"exhibit-differs"}),
    "file-truncated": (lambda: changed(JPG, lambda d: d[:-1]), {"exhibit-file-differs"}),
    "file-gone": (lambda: without(JPG), {"exhibit-file-missing"}),
    "extra-payload": (lambda: {**bagged(payload()), "data/x": b""}, {"not-listed", "oxum-differs"}),
    "extra-exhibit": (lambda: bagged({**payload(), "data/exhibits/z/x": b"x"}), {"chain-missing"}),
    "sm3-differs": (lambda: raw("digests-sm3.txt", lambda d: b"0" * 64 + d[64:]), {"sm3-differs"}),
    "checkpoint-forged": (lambda: changed("data/log/checkpoint", lambda d: d.replace(b"\n5\n", b"\n6\n")),
                          {"checkpoint-forged", "witness-differs"}),
    "checkpoint-nonsense": (lambda: changed("data/log/checkpoint", lambda _: b"\xff"), {"checkpoint-malformed"}),
    "proof-missing": (lambda: changed(PROOFS, lambda d: d[d.index(b"\n") + 1 :]), {"proof-missing"}),
    "index-twice": (lambda: changed(PROOFS, lambda d: d + d), {"index-twice"}),
    "proof-of-another": (lambda: changed(PROOFS, lambda d: d.replace(b'"index":0', b'"index":1')), {"root-differs"}),
    "key-replaced": (lambda: bagged(payload(key=WITNESS)), {"key-differs", "checkpoint-forged"}),
    "witness-forged": (lambda: changed("data/log/checkpoint.witnessed", lambda d: d[:-9] + b"AAAAAA==\n"),
                       {"witness-forged"}),
    "stamp-nonsense": (lambda: bagged({**payload(), "data/log/checkpoint.tsr": b"x"}), {"stamp-forged"}),
    "document-changed": (lambda: changed(DOCX, lambda d: d + b"!"), {"document-differs"}),
    "document-gone": (lambda: without(DOCX), {"document-missing"}),
    "time-in-future": (lambda: rechained(lambda s: s[3].update(at="2999-01-01T00:00:00.000000Z"), relog=True),
                       {"time-in-future"}),
    "time-backward": (lambda: rechained(lambda s: s[2].update(at="2025-01-01T00:00:00.000000Z"), relog=True),
                      {"time-backward"}),
    "float": (lambda: rechained(lambda s: s[1].update(facts={"a": 1.5}), relog=True), {"json-malformed"}),
    "not-canonical": (lambda: changed(CHAIN, lambda d: d.replace(b'{"at"', b'{ "at"', 1)), {"not-canonical"}),
    "json-depth": (lambda: changed(CHAIN, lambda d: b"[" * 500000 + b"\n" + d), {"json-malformed"}),
    "json-nonsense": (lambda: changed(CHAIN, lambda d: b"\xff\x00\n"), {"json-malformed", "chain-cut-at-tail"}),
    "line-long": (lambda: changed(CHAIN, lambda d: b"x" * 5000000), {"line-malformed"}),
    "name-not-nfc": (lambda: bagged({**payload(), "data/e\u0301": b""}), {"name-not-nfc"}),
    "name-escape": (lambda: bagged({**payload(), "data/\x1b[2J": b""}), {"name-unreadable"}),
    "no-bagit-txt": (lambda: {n: d for n, d in bagged(payload()).items() if n != "bagit.txt"}, {"bag-file-missing"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_package_is_f(tmp_path, name):
    make, slugs = BROKEN[name]
    for path in (written(tmp_path / "p", make()), zipped(tmp_path / "p.zip", make())):
        grade, found = verdict(path)
        assert grade == "F"
        assert slugs <= found


def test_output_has_no_escapes_and_the_exit_status_is_1(tmp_path, capsys):
    assert verify.main([str(written(tmp_path / "p", BROKEN["name-escape"][0]()))]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_hostile_members_of_a_zip(tmp_path):
    for name, slug in (("../x", "zip-slip"), ("data/" + "n" * 1000, "name-too-long"), ("bagit.txt", "zip-duplicate")):
        path = zipped(tmp_path / "p.zip", bagged(payload()))
        with verify.zipfile.ZipFile(path, "a") as zip_:
            zip_.writestr("包/" + name, b"")
        assert slug in verdict(path)[1]


def test_links_and_pipes_are_not_opened(tmp_path):
    folder = written(tmp_path / "p", bagged(payload()))
    os.symlink("/etc/passwd", folder / "data/link")
    os.mkfifo(folder / "data/pipe")
    assert {"link", "special-file"} <= verdict(folder)[1]


def test_a_link_and_more_than_there_is_in_a_zip(tmp_path):
    path = zipped(tmp_path / "p.zip", bagged(payload()))
    with verify.zipfile.ZipFile(path, "a") as zip_:
        link = verify.zipfile.ZipInfo("包/data/link")
        link.external_attr = 0o120777 << 16
        zip_.writestr(link, "/etc/passwd")
    assert "link" in verdict(path)[1]
    packed = zipped(tmp_path / "bomb.zip", bagged(payload()))
    with verify.zipfile.ZipFile(packed, "a", verify.zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("包/data/bomb", b"\0" * 50_000_000)
    assert {"zip-bomb", "zip-compressed"} <= verdict(packed)[1]


def test_it_runs_alone_with_nothing_but_an_older_python(tmp_path):
    """Its syntax is of Python 3.9, and it imports the standard library only."""
    source = Path(verify.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = {
        node.module: {alias.name for alias in node.names} for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    assert names | froms.keys() <= sys.stdlib_module_names
    assert "UTC" not in froms["datetime"]
    (tmp_path / "verify.py").write_text(source, "utf-8")
    folder = written(tmp_path / "p", bagged(payload()))
    command = [sys.executable, "-I", tmp_path / "verify.py", folder, "--key", OUTSIDE["key"], "--json"]
    command += ["--witness", OUTSIDE["witnesses"][0], "--receipt", tmp_path / "receipt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["grade"], said["findings"], said["package"]) == ("A", [], "pkg-1")
    receipt = json.loads((tmp_path / "receipt").read_text("utf-8"))
    assert receipt["manifest_sha256"] == hashlib.sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
    assert "等级：A" in receipt["text"]


def test_the_installed_command(tmp_path, monkeypatch, capsys):
    folder = written(tmp_path / "p", bagged(payload()))
    monkeypatch.setattr(sys, "argv", ["evidence", "verify", str(folder), "--key", OUTSIDE["key"]])
    assert main() == 0
    assert "等级：B" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["evidence"])
    assert main() == 2


def test_memory_stays_flat_whatever_the_size(tmp_path):
    files = payload()
    folder = written(tmp_path / "p", bagged(files))
    with (folder / "data/large").open("wb") as large:
        large.truncate(300 * 1024 * 1024)
    program = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (300 << 20,) * 2);"
    program += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", program, verify.__file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "not-listed" in done.stdout
    assert "unreadable" not in done.stdout


def test_what_is_no_package_could_not_be_checked(tmp_path, capsys):
    (tmp_path / "x").write_bytes(b"PK nonsense")
    assert verify.main([str(tmp_path / "x")]) == 2
    assert verify.main([str(tmp_path / "missing")]) == 2


SOUND = bagged(payload())


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_bit_changes_unnoticed(data):
    name = data.draw(st.sampled_from(sorted(SOUND)))
    bent = bytearray(SOUND[name])
    bit = data.draw(st.integers(0, 8 * len(bent) - 1))
    bent[bit // 8] ^= 1 << bit % 8
    with TemporaryDirectory() as folder:
        path = written(Path(folder) / "p", {**SOUND, name: bytes(bent)})
        with contextlib.redirect_stdout(io.StringIO()):
            assert verify.main([str(path), "--key", OUTSIDE["key"]]) == 1, name


def test_an_older_checkpoint_proves_nothing_of_what_came_later(tmp_path):
    files, older = payload(), payload()
    logged(older, chained(events(older[JPG]))[:3])
    names = ("data/log/checkpoint", "data/log/checkpoint.witnessed")
    files |= {name: older[name] for name in names}
    assert verdict(written(tmp_path / "p", bagged(files))) == ("F", {"root-differs"})


def test_sm3_and_ed25519_agree_with_others():
    for size in (0, 3, 55, 56, 64, 200):
        pure, other = verify.PureSm3(), verify.hashlib.new("sm3", b"a" * size)
        pure.update(b"a" * size)
        assert pure.hexdigest() == other.hexdigest()
    public, signature = KEY.public_key().public_bytes_raw(), KEY.sign(b"m")
    assert verify.ed25519(public, signature, b"m")
    assert not verify.ed25519(public, signature, b"n")
    beyond = (int.from_bytes(signature[32:], "little") + verify.L).to_bytes(32, "little")
    assert not verify.ed25519(public, signature[:32] + beyond, b"m")


def test_a_stamp_counts_under_a_given_authority_alone(tmp_path, monkeypatch):
    files = payload()
    mine, other = Authority(tmp_path / "mine", "mine"), Authority(tmp_path / "other", "other")
    try:
        note, query = tmp_path / "note", tmp_path / "query"
        note.write_bytes(files["data/log/checkpoint"])
        subprocess.run(["openssl", "ts", "-query", "-data", note, "-sha256", "-cert", "-out", query], check=True)
        files["data/log/checkpoint.tsr"] = mine.answer(query.read_bytes())
        files["data/log/tsa.pem"] = mine.certificates.read_bytes()
        folder = written(tmp_path / "p", bagged(files))
        ours, theirs = mine.certificates.read_bytes(), other.certificates.read_bytes()
        assert verdict(folder, witnesses=(), authorities=ours) == ("A", set())
        assert verdict(folder, witnesses=()) == ("B", set())
        assert verdict(folder, witnesses=(), authorities=theirs) == ("F", {"stamp-forged"})
        assert library_stamp(files["data/log/checkpoint"], files["data/log/checkpoint.tsr"], ours)
        assert not library_stamp(files["data/log/checkpoint"], files["data/log/checkpoint.tsr"], theirs)
        assert not library_stamp(b"another", files["data/log/checkpoint.tsr"], ours)
        monkeypatch.setattr(verify.shutil, "which", lambda _: None)
        done = verify.Verification(str(folder), OUTSIDE["key"]).run()
        assert any("openssl ts -verify" in each for each in done.unchecked), "the command for those who have it"
        assert verdict(folder, Installed, witnesses=(), authorities=ours) == ("A", set())
        assert verdict(folder, Installed, witnesses=(), authorities=theirs) == ("F", {"stamp-forged"})
        monkeypatch.undo()
        note.write_bytes(b"another")
        subprocess.run(["openssl", "ts", "-query", "-data", note, "-sha256", "-cert", "-out", query], check=True)
        files["data/log/checkpoint.tsr"] = mine.answer(query.read_bytes())
        assert verdict(written(folder, bagged(files)), witnesses=()) == ("F", {"stamp-forged"})
    finally:
        mine.close()
        other.close()


@pytest.mark.timeout(20)
def test_half_a_million_escaped_quotes_take_no_time(tmp_path):
    files = changed(CHAIN, lambda d: b'"' + b'\\"' * 500000 + b"\n" + d)
    assert "json-malformed" in verdict(written(tmp_path / "p", files))[1]
