"""What the disk shows of an object in the making: written by many, torn by crashes, never changed once it is one."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import pytest

from storage import FileStore, MakingUnknown, ObjectExists, Part, PartsDiffer, StoreFull, StoreUnavailable, making
from tests.servers import ROOT

MIB = 1 << 20
KEY = "a/film"


@pytest.fixture
def files(tmp_path):
    made = FileStore(tmp_path / "store")
    made.prepare()
    return made


@pytest.fixture
def folder(tmp_path):
    """Where the makings are."""
    return tmp_path / "store" / "making"


def begun(files, count=3):
    """A making with some parts of a MiB: its name, its parts, its bytes."""
    name = files.begin(KEY)
    bodies = [bytes([n]) * MIB for n in range(count)]
    return name, [files.add_part(KEY, name, n + 1, n * MIB, body) for n, body in enumerate(bodies)], b"".join(bodies)


def read(files, key=KEY):
    return b"".join(files.read(key, "1"))


def test_another_process_finishes_it_and_one_read_only_file_is_left(files, folder, tmp_path):
    name, parts, data = begun(files)
    assert [path.name for path in folder.iterdir()] == [name]
    FileStore(tmp_path / "store").complete(KEY, name, parts)
    assert read(files) == data
    path = tmp_path / "store/objects/a/film@1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.stat().st_nlink == 1
    assert list(folder.iterdir()) == []


WORKER = textwrap.dedent("""
    import os, sys, time
    from dataclasses import astuple
    from pathlib import Path
    from storage import FileStore

    def told(when):
        print(when, flush=True)
        time.sleep(60)

    store = FileStore(Path(sys.argv[1]))
    key, making, moment = sys.argv[2:5]
    if moment == "adding":
        parts = [store.add_part(key, making, n + 1, n << 20, bytes([n]) * (1 << 20)) for n in range(2)]
        for part in parts:
            print(*astuple(part), flush=True)
        write = os.pwrite
        def torn(descriptor, block, offset):
            write(descriptor, block[: len(block) // 2], offset)
            told("here")
        os.pwrite = torn
        store.add_part(key, making, 3, 2 << 20, b"z" * (5 << 20))
    else:
        from storage import Part, file_store
        parts = [Part(int(n), int(o), int(s), tag) for n, o, s, tag in (line.split() for line in sys.stdin)]
        if moment == "synced":
            file_store._publish = lambda *_: told("here")
        if moment == "linked":
            file_store._seal = lambda *_: told("here")
        if moment == "unlinked":
            os.fchmod = lambda *_: told("here")
        store.complete(key, making, parts)
""")


def run_until_killed(root, name, moment, parts=()):
    """The lines a worker wrote before it was killed at this moment."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(root), KEY, name, moment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    lines = []
    try:
        for part in parts:
            print(*astuple(part), file=process.stdin)
        process.stdin.close()
        while (line := process.stdout.readline()) not in ("here\n", ""):
            lines.append(line.split())
        assert line == "here\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    return lines


def test_killed_in_mid_part_the_acknowledged_ones_hold(files, tmp_path):
    name = files.begin(KEY)
    lines = run_until_killed(tmp_path / "store", name, "adding")
    parts = [Part(int(number), int(offset), int(size), tag) for number, offset, size, tag in lines]
    assert len(parts) == 2
    assert (tmp_path / "store/making" / name).stat().st_size > 4 * MIB  # the torn part is there, and reaches far
    last = files.add_part(KEY, name, 3, 2 * MIB, b"end")
    assert files.complete(KEY, name, [*parts, last]).size == 2 * MIB + 3
    assert read(files) == bytes(MIB) + b"\1" * MIB + b"end"


@pytest.mark.parametrize(("moment", "there"), [("synced", False), ("linked", True), ("unlinked", True)])
def test_killed_in_mid_completion_it_is_completed_again(files, folder, tmp_path, moment, there):
    name, parts, data = begun(files)
    run_until_killed(tmp_path / "store", name, moment, parts)
    assert [entry.key for entry in files.keys("")] == ([KEY] if there else [])
    if there:
        with pytest.raises(MakingUnknown):
            files.add_part(KEY, name, 1, 0, b"forged")
        assert read(files) == data
    else:
        assert files.add_part(KEY, name, *part_again(parts[0], data)) == parts[0]
    for _ in range(2):
        assert files.complete(KEY, name, parts).size == len(data)
    assert read(files) == data
    path = tmp_path / "store/objects/a/film@1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert path.stat().st_nlink == 1
    assert list(folder.iterdir()) == []


def part_again(part, data):
    return part.number, part.offset, data[part.offset : part.offset + part.size]


def test_killed_in_mid_completion_it_may_be_abandoned(files, folder, tmp_path):
    name, parts, data = begun(files)
    run_until_killed(tmp_path / "store", name, "linked", parts)
    files.abandon(KEY, name)
    assert list(folder.iterdir()) == []
    assert read(files) == data


@pytest.mark.parametrize("end", ["complete", "abandon"])
def test_a_zombie_s_part_is_not_taken(files, monkeypatch, end):
    """One opens the file and stops; meanwhile it becomes an object, or is not to be one; then the one wakes up."""
    name, parts, data = begun(files)
    opened, ended = threading.Event(), threading.Event()
    lock = fcntl.flock

    def late(descriptor, how):
        if how == fcntl.LOCK_SH:
            opened.set()
            assert ended.wait(10)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with ThreadPoolExecutor(1) as pool:
        zombie = pool.submit(files.add_part, KEY, name, 1, 0, b"forged")
        assert opened.wait(10)
        if end == "complete":
            files.complete(KEY, name, parts)
        else:
            files.abandon(KEY, name)
        ended.set()
        with pytest.raises(MakingUnknown):
            zombie.result(10)
    if end == "complete":
        assert read(files) == data
    else:
        assert list(files.keys()) == []


def test_completion_waits_for_the_part_that_is_being_written(files, folder, monkeypatch):
    name, parts, _ = begun(files)
    writing, go_on = threading.Event(), threading.Event()
    write = os.pwrite

    def slow(descriptor, block, offset):
        writing.set()
        assert go_on.wait(10)
        return write(descriptor, block, offset)

    monkeypatch.setattr(os, "pwrite", slow)
    with ThreadPoolExecutor(2) as pool:
        zombie = pool.submit(files.add_part, KEY, name, 2, MIB, b"forged")
        assert writing.wait(10)
        with (folder / name).open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # what a completion asks for, and waits
        completion = pool.submit(files.complete, KEY, name, parts)
        go_on.set()
        zombie.result(10)
        with pytest.raises(PartsDiffer):
            completion.result(10)
    assert list(files.keys()) == []


def test_parts_do_not_wait_for_each_other(files, monkeypatch):
    name = files.begin(KEY)
    together = threading.Barrier(4)
    write = os.pwrite

    def meeting(descriptor, block, offset):
        together.wait(10)
        return write(descriptor, block, offset)

    monkeypatch.setattr(os, "pwrite", meeting)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda n: files.add_part(KEY, name, n + 1, n, b"%d" % n), range(4)))
    files.complete(KEY, name, parts)
    assert read(files) == b"0123"


def test_disk_full_loses_nothing_acknowledged(files, monkeypatch):
    name, parts, data = begun(files)
    write = os.pwrite

    def full(descriptor, block, offset):
        if offset >= 3 * MIB + 100:
            raise OSError(28, "No space left on device")
        return write(descriptor, block[:100], offset)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StoreFull, match="No space left"):
        files.add_part(KEY, name, 4, 3 * MIB, b"x" * MIB)
    monkeypatch.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreFull, match="No space left"):
        files.add_part(KEY, name, 4, 3 * MIB, b"x" * MIB)
    monkeypatch.undo()
    last = files.add_part(KEY, name, 4, 3 * MIB, b"x" * MIB)
    files.complete(KEY, name, [*parts, last])
    assert read(files) == data + b"x" * MIB


def test_no_room_to_begin(files, folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(StoreFull, match="No space left"):
        files.begin(KEY)
    monkeypatch.undo()
    assert list(folder.iterdir()) == []


def test_bytes_that_changed_on_disk_are_found_out(files, folder):
    name, parts, data = begun(files)
    path = folder / name
    path.write_bytes(data[:-1] + b"?")
    with pytest.raises(PartsDiffer):
        files.complete(KEY, name, parts)
    path.write_bytes(data[:-1])
    with pytest.raises(PartsDiffer):
        files.complete(KEY, name, parts)
    path.write_bytes(data)
    files.complete(KEY, name, parts)
    assert read(files) == data


def test_a_name_that_leads_out_of_the_folder_removes_nothing(files, tmp_path):
    body = b"evidence"
    name = files.begin(KEY)
    part = files.add_part(KEY, name, 1, 0, body)
    files.complete(KEY, name, [part])
    for bad in ("../objects/a/film@1", "../store.json", f"./{name}", f"{name}\n"):
        with pytest.raises(MakingUnknown):
            files.complete(KEY, bad, [part])
        with pytest.raises(MakingUnknown):
            files.add_part(KEY, bad, 1, 0, b"forged")
        files.abandon(KEY, bad)
    assert read(files) == body
    files.prepare()


def test_a_hard_link_elsewhere_does_not_make_it_an_object(files, folder, tmp_path):
    # Some backups copy by links.
    name, parts, data = begun(files)
    os.link(folder / name, tmp_path / "backup")
    files.add_part(KEY, name, *part_again(parts[2], data))
    files.complete(KEY, name, parts)
    assert read(files) == data


def test_the_object_changed_by_hand_is_not_what_was_named(files, tmp_path):
    name, parts, data = begun(files)
    files.complete(KEY, name, parts)
    path = tmp_path / "store/objects/a/film@1"
    path.chmod(0o644)
    path.write_bytes(data + b"?")
    with pytest.raises(ObjectExists):
        files.complete(KEY, name, parts)


def test_makings_go_after_a_month_and_not_before(files, folder):
    name, parts, data = begun(files)
    forgotten = files.begin("b/forgotten")
    for which, days in ((name, 30), (forgotten, 32)):
        at = time.time() - days * 24 * 3600
        os.utime(folder / which, (at, at))
    files.prepare()
    assert [path.name for path in folder.iterdir()] == [name]
    with pytest.raises(MakingUnknown):
        files.add_part("b/forgotten", forgotten, 1, 0, b"x")
    files.complete(KEY, name, parts)
    assert read(files) == data


def test_a_part_makes_a_making_young_again(files, folder):
    name, parts, data = begun(files)
    at = time.time() - 40 * 24 * 3600
    os.utime(folder / name, (at, at))
    files.add_part(KEY, name, *part_again(parts[0], data))
    files.prepare()
    files.complete(KEY, name, parts)


def test_a_store_of_an_earlier_version_gets_the_folder(files, folder):
    files.put("old", [b"x"])
    folder.rmdir()
    with pytest.raises(StoreUnavailable):
        files.begin(KEY)
    files.prepare()
    name, parts, data = begun(files)
    files.complete(KEY, name, parts)
    assert read(files) == data
    assert read(files, "old") == b"x"


def test_a_disk_that_is_not_mounted_has_no_unknown_makings(files, tmp_path):
    name, parts, _ = begun(files)
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store" / "making").mkdir(parents=True)
    for call in (
        lambda: files.begin(KEY),
        lambda: files.add_part(KEY, name, 1, 0, b"x"),
        lambda: files.complete(KEY, name, parts),
        lambda: files.abandon(KEY, name),
    ):
        with pytest.raises(StoreUnavailable, match="not mounted"):
            call()


def test_names_tell_their_key():
    one = making.new_name("a")
    assert making.making_path(ROOT, "a", one) == ROOT / one
    with pytest.raises(MakingUnknown):
        making.making_path(ROOT, "b", one)
