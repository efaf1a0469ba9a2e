"""Intake: a body becomes an exhibit with both digests, or nothing stays."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.custody_event import events_of, facts_of
from evidence.errors import DigestMismatch, DigestUnreadable, EmptyFile, FileNameRefused
from evidence.exhibit import Kind, exhibits_of, original_of, twins_of
from evidence.intake import checked_file_name, collect_file, receive


def test_a_file_becomes_an_exhibit(world):
    content = b"\xff\xd8 picture" * 1000
    received = receive(
        world.store,
        [content[:7], content[7:]],
        file_name="配电箱.jpg",
        declared_sha256=hashlib.sha256(content).hexdigest(),
    )
    facts = {"category": "细目", "place": ""}
    exhibit = collect_file(world.investigator, world.case, received, kind=Kind.PHOTO, facts=facts)
    original = original_of(world.tx, exhibit)
    assert exhibit.number == f"{world.case.number}-0001"
    assert (original.size, original.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert b"".join(world.store.read(original.object_key, original.object_version)) == content
    stated = facts_of(events_of(world.tx, exhibit)[0])
    assert stated["file"] == {
        "name": "配电箱.jpg",
        "size": f"{len(content)} B",
        "sha256": original.sha256,
        "sm3": original.sm3,
    }
    assert stated["category"] == "细目"
    assert "place" not in stated, "what was not given is not stated"


def test_twins_are_both_kept_and_known(world):
    for _ in range(2):
        received = receive(world.store, [b"same"], file_name="a.jpg")
        collect_file(world.investigator, world.case, received, kind=Kind.PHOTO)
    assert len(exhibits_of(world.tx, world.case)) == 2
    assert len(twins_of(world.tx, world.case, received.digests.sha256)) == 2


def test_bytes_that_differ_from_the_declared_digest_leave_nothing(world):
    declared = hashlib.sha256(b"sent").hexdigest()
    with pytest.raises(DigestMismatch) as refused:
        receive(world.store, [b"received"], file_name="a.jpg", declared_sha256=declared)
    assert (refused.value.declared, refused.value.received) == (declared, hashlib.sha256(b"received").hexdigest())
    assert list(world.store.keys()) == []


@pytest.mark.parametrize("blocks", [[], [b""], [b"", b""]])
def test_an_empty_file_leaves_nothing(world, blocks):
    with pytest.raises(EmptyFile):
        receive(world.store, blocks, file_name="a.jpg")
    assert list(world.store.keys()) == []


def test_a_broken_sender_leaves_nothing(world):
    def sender():
        yield b"begin"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        receive(world.store, sender(), file_name="a.jpg")
    assert list(world.store.keys()) == []


@pytest.mark.parametrize("digest", ["abc", "g" * 64, "0" * 63])
def test_an_unreadable_digest_is_refused_before_anything(world, digest):
    with pytest.raises(DigestUnreadable):
        receive(world.store, [b"x"], file_name="a.jpg", declared_sha256=digest)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "文件名为空"),
        ("..", "文件名为空"),
        ("../etc/passwd", "路径"),
        ("照片/1.jpg", "路径"),
        ("C:\\DCIM\\1.jpg", "路径"),
        ("a\x00.jpg", "控制字符"),
        ("a\u202egpj.exe", "控制字符"),
        ("a\u2028.jpg", "控制字符"),
        ("a\u2029.jpg", "控制字符"),
        ("a?.jpg", "保留字符"),
        ("NUL", "设备名"),
        ("con.jpg", "设备名"),
        ("Com1.现场.jpg", "设备名"),
        ("LPT9 .txt", "设备名"),
        ("COM¹.txt", "设备名"),
        ("a.jpg.", "结尾"),
        ("a.jpg ", "结尾"),
        ("x" * 300, "200"),
        ("火" * 100, "255"),
    ],
)
def test_names_that_another_system_would_read_differently_are_refused(name, rule):
    with pytest.raises(FileNameRefused) as refused:
        checked_file_name(name)
    assert rule in refused.value.rule


@pytest.mark.parametrize(
    "name", ["CONSOLE.jpg", "nul1.jpg", "COM10.txt", "LPT.txt", ".jpg", " a.jpg", "a..b.jpg", "火.jpg"]
)
def test_names_that_open_everywhere_are_kept_as_they_are(name):
    assert checked_file_name(name) == name


@given(st.text(max_size=260))
def test_an_accepted_name_is_one_plain_segment(name):
    try:
        kept = checked_file_name(name)
    except FileNameRefused:
        return
    assert not set(kept) & set('/\\<>:"|?*\n\r\t\x00')
    assert kept not in {"", ".", ".."}
    assert len(kept.encode()) <= 255
    assert checked_file_name(kept) == kept
