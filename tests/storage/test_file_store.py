"""What the disk shows of a file store: read-only files, whole or not there, also after kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import FileStore, ObjectMissing, StoreFull, StoreUnavailable
from tests.servers import ROOT

MIB = 1 << 20


@pytest.fixture
def files(tmp_path):
    made = FileStore(tmp_path / "store")
    made.prepare()
    return made


def files_below(root):
    return [path for path in root.rglob("*") if path.is_file() and path.name != "store.json"]


def test_files_are_read_only(files, tmp_path):
    files.put("a/b", [b"x"], lock=True)
    [path] = files_below(tmp_path / "store")
    assert path == tmp_path / "store/objects/a/b@1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.stat().st_nlink == 1


def test_failing_source_leaves_no_file(files, tmp_path):
    def source():
        yield b"x"
        raise ValueError

    with pytest.raises(ValueError):
        files.put("a/b", source())
    assert files_below(tmp_path / "store") == []


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
    store.prepare()
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
    files.prepare()
    assert len(list((root / "incoming").iterdir())) == 1, "it might be under way"
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


def calls(files):
    return [
        lambda: files.put("b", [b"x"]),
        lambda: files.begin("b"),
        lambda: files.read("a", "1"),
        lambda: files.stat("a", "1"),
        lambda: list(files.keys()),
        lambda: files.has_legal_hold("a", "1"),
        lambda: files.set_legal_hold("a", "1", True),
        lambda: files.locked_until("a", "1"),
    ]


def assert_unavailable(files):
    for call in calls(files):
        with pytest.raises(StoreUnavailable) as raised:
            call()
        assert raised.value.store == "file"


def test_making_the_store_touches_nothing_and_a_store_never_prepared_answers_nothing(tmp_path):
    files = FileStore(tmp_path / "store")
    assert list(tmp_path.iterdir()) == []
    assert_unavailable(files)
    assert list(tmp_path.iterdir()) == []


def test_disk_gone_is_a_fault_not_a_finding(files, tmp_path):
    files.put("a", [b"x"])
    shutil.rmtree(tmp_path / "store")
    assert_unavailable(files)


def test_a_disk_that_is_not_mounted_is_no_empty_store(files, tmp_path):
    files.put("a", [b"x"])
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store" / "objects").mkdir(parents=True)  # the mount point, and somebody's folder on it
    assert_unavailable(files)
    with pytest.raises(StoreUnavailable, match="not mounted"):
        FileStore(tmp_path / "store").prepare()
    other = FileStore(tmp_path / "other")
    other.prepare()
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "other").rename(tmp_path / "store")
    with pytest.raises(StoreUnavailable, match="another store"):
        files.prepare()
    (tmp_path / "store").rename(tmp_path / "other")
    (tmp_path / "away").rename(tmp_path / "store")
    files.prepare()
    assert b"".join(files.read("a", "1")) == b"x"


def test_prepare_again_changes_nothing(files, tmp_path):
    files.put("a", [b"x"])
    marker = (tmp_path / "store/store.json").read_bytes()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: FileStore(tmp_path / "store").prepare(), range(8)))
    assert (tmp_path / "store/store.json").read_bytes() == marker
    assert (tmp_path / "store.json").read_bytes() == marker
    assert b"".join(files.read("a", "1")) == b"x"


def test_many_processes_prepare_one_store_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: FileStore(tmp_path / "store").prepare(), range(8)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "store.json"]
    assert (tmp_path / "store/store.json").read_bytes() == (tmp_path / "store.json").read_bytes()


def test_what_a_killed_put_left_goes_after_a_day_and_not_before(files, tmp_path):
    files.put("a", [b"x"])
    for name, hours in (("fresh", 23), ("old", 25)):
        path = tmp_path / "store/incoming" / name
        path.write_bytes(b"half of a ")
        at = time.time() - hours * 3600
        os.utime(path, (at, at))
    files.prepare()
    assert [path.name for path in (tmp_path / "store/incoming").iterdir()] == ["fresh"]
    assert b"".join(files.read("a", "1")) == b"x"


def test_disk_full(files, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(StoreFull, match="No space left"):
        files.put("a", [b"x"])
    monkeypatch.undo()
    assert list(files.keys()) == []
    assert list((tmp_path / "store/incoming").iterdir()) == []


def test_root_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreUnavailable):
        FileStore(tmp_path / "taken" / "store").prepare()
