"""What the disk shows of a file store: read-only files, whole or not there, also after kill -9."""

from __future__ import annotations

import shutil
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from storage import FileStore, ObjectMissing, StoreUnavailable
from tests.servers import ROOT

MIB = 1 << 20


@pytest.fixture
def files(tmp_path):
    return FileStore(tmp_path / "store")


def test_files_are_read_only(files, tmp_path):
    files.put("a/b", [b"x"], lock=True)
    [path] = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert path == tmp_path / "store/objects/a/b@1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.stat().st_nlink == 1


def test_failing_source_leaves_no_file(files, tmp_path):
    def source():
        yield b"x"
        raise ValueError

    with pytest.raises(ValueError):
        files.put("a/b", source())
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_a_key_may_be_the_folder_of_another(files):
    for key in ("a", "a/b", "a/b/c"):
        assert b"".join(files.read(key, files.put(key, [key.encode()]).version)) == key.encode()
    assert {entry.key for entry in files.keys("a")} == {"a", "a/b", "a/b/c"}


KILLED = textwrap.dedent("""
    import os, sys, time
    from pathlib import Path
    from storage import FileStore, file_store

    def told(when):
        print(when, flush=True)
        time.sleep(60)

    store = FileStore(Path(sys.argv[1]))
    store.put("before", [b"whole"])
    if sys.argv[2] == "synced":
        file_store._publish = lambda *_: told("here")
    if sys.argv[2] == "linked":
        link = os.link
        def linked(*args):
            link(*args)
            told("here")
        os.link = linked
    def blocks():
        for number in range(5):
            yield bytes([number]) * (1 << 20)
        if sys.argv[2] == "written":
            told("here")
    store.put("a/killed", blocks())
""")


@pytest.mark.parametrize(("moment", "there"), [("written", False), ("synced", False), ("linked", True)])
def test_kill_9(tmp_path, moment, there):
    root = tmp_path / "store"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root), moment], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout.readline() == "here\n"
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL

    assert len(list((root / "incoming").iterdir())) == 1  # left over, and no object
    files = FileStore(root)
    expected = b"".join(bytes([number]) * MIB for number in range(5))
    assert {entry.key for entry in files.keys("")} == ({"before", "a/killed"} if there else {"before"})
    if there:
        assert b"".join(files.read("a/killed", "1")) == expected
    else:
        with pytest.raises(ObjectMissing):
            files.stat("a/killed", "1")
        files.put("a/killed", [expected])
        assert b"".join(files.read("a/killed", "1")) == expected
    assert b"".join(files.read("before", "1")) == b"whole"


def test_disk_gone_is_a_fault_not_a_finding(files, tmp_path):
    files.put("a", [b"x"])
    shutil.rmtree(tmp_path / "store")
    calls = [lambda: files.put("b", [b"x"]), lambda: files.read("a", "1"), lambda: files.stat("a", "1")]
    for call in [*calls, lambda: list(files.keys()), lambda: files.has_legal_hold("a", "1")]:
        with pytest.raises(StoreUnavailable) as raised:
            call()
        assert raised.value.store == "file"


def test_disk_full(files, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        files.put("a", [b"x"])
    monkeypatch.undo()
    assert list(files.keys()) == []
    assert list((tmp_path / "store/incoming").iterdir()) == []


def test_root_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreUnavailable):
        FileStore(tmp_path / "taken" / "store")
