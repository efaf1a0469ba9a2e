"""Readers: EXIF beside the original, copies that name it, and findings instead of failures."""

import io
import re
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from casesvc.demo.photographs import demo_photographs
from evidence.digest import digests_of
from evidence.exhibit import Kind, Purpose, derivative_of, original_of, reading_of
from evidence.intake import collect_file, receive
from evidence.reading import WORKER, ReadingFinding, enter_reading, read_photograph, unread
from tests.evidence.conftest import AT


def photographed(world, content, name="a.jpg"):
    received = receive(world.store, [content], file_name=name)
    return original_of(world.tx, collect_file(world.investigator, world.case, received, kind=Kind.PHOTO))


@pytest.fixture(scope="module")
def photographs():
    return list(demo_photographs(AT, width=400))


def test_exif_is_read_and_the_original_is_untouched(world, photographs):
    original = photographed(world, photographs[0].content)
    assert unread(world.tx, set()) == [original]
    outcome = read_photograph(world.store, original)
    enter_reading(world.investigator, original, outcome)
    assert unread(world.tx, set()) == []
    facts = reading_of(world.tx, original).facts
    assert facts["device_time"].startswith("2026:11:2")
    assert facts["make"]
    assert facts["model"]
    assert facts["serial"]
    assert 36 < float(facts["latitude"]) < 36.3
    assert 114 < float(facts["longitude"]) < 114.7
    assert digests_of(world.store.read(original.object_key, original.object_version)).sha256 == original.sha256


def test_copies_name_their_original_and_how_they_were_made(world, photographs):
    original = photographed(world, photographs[0].content)
    enter_reading(world.investigator, original, read_photograph(world.store, original))
    for purpose, widest in ((Purpose.THUMBNAIL, 360), (Purpose.PREVIEW, 1600)):
        copy = derivative_of(world.tx, original, purpose)
        content = b"".join(world.store.read(copy.object_key, copy.object_version))
        assert copy.original_sha256 == original.sha256
        assert copy.tool.startswith("pillow ")
        assert copy.parameters["fit"] == widest
        assert max(Image.open(io.BytesIO(content)).size) <= widest
        assert (copy.sha256, copy.size) == (digests_of([content]).sha256, len(content))


def test_reading_twice_adds_nothing(world, photographs):
    original = photographed(world, photographs[0].content)
    outcome = read_photograph(world.store, original)
    first = enter_reading(world.investigator, original, outcome)
    assert enter_reading(world.investigator, original, outcome).id == first.id


def test_a_rotated_photograph_is_shown_upright(world):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), "red").save(out, "JPEG", exif=exif)
    original = photographed(world, out.getvalue())
    outcome = read_photograph(world.store, original)
    enter_reading(world.investigator, original, outcome)
    copy = derivative_of(world.tx, original, Purpose.THUMBNAIL)
    shown = Image.open(io.BytesIO(b"".join(world.store.read(copy.object_key, copy.object_version))))
    assert shown.height > shown.width


def plain_png():
    out = io.BytesIO()
    Image.new("RGB", (20, 20)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"\xff\xd8\xff\xe0 broken", ReadingFinding.UNREADABLE),
        (b"not a picture at all", ReadingFinding.UNREADABLE),
        (b"\x00" * 100_000, ReadingFinding.UNREADABLE),
        (plain_png(), ReadingFinding.NO_EXIF),
    ],
)
def test_what_cannot_be_read_is_a_finding(world, content, finding):
    original = photographed(world, content)
    outcome = read_photograph(world.store, original)
    assert finding in outcome.findings
    assert enter_reading(world.investigator, original, outcome).findings


def flat_png(side: int, colour: int) -> bytes:
    """A PNG of zeros, written row by row: what it unpacks to is never in this process."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes(1 + side * {0: 1, 2: 3, 6: 4}[colour])
    packing = zlib.compressobj(1)
    body = b"".join(packing.compress(row) for _ in range(side)) + packing.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def peak_kib() -> int:
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


@pytest.mark.parametrize("colour", [2, 6], ids=["rgb", "rgba"])
def test_the_largest_picture_is_read_and_the_service_does_not_grow(world, colour):
    original = photographed(world, flat_png(12_000, colour))
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak_kib()
    outcome = read_photograph(world.store, original)
    assert peak_kib() - before < 30_000
    assert outcome.findings == [ReadingFinding.NO_EXIF]
    assert (outcome.facts["width"], outcome.facts["height"]) == (12_000, 12_000)
    assert {copy.purpose for copy in outcome.copies} == {Purpose.PREVIEW, Purpose.THUMBNAIL}


@pytest.mark.parametrize("side", [13_000, 20_000])
def test_a_picture_of_too_many_pixels_is_not_unpacked(world, side):
    original = photographed(world, flat_png(side, 0))
    outcome = read_photograph(world.store, original)
    assert outcome.copies == []
    assert outcome.findings == [ReadingFinding.NO_EXIF, ReadingFinding.TOO_MANY_PIXELS]


@pytest.mark.parametrize(
    ("does", "finding"),
    [
        ("while True: pass", ReadingFinding.TIMED_OUT),
        ("import time; time.sleep(60)", ReadingFinding.TIMED_OUT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", ReadingFinding.TIMED_OUT),  # out of memory
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ReadingFinding.UNREADABLE),
        ("import sys; sys.exit(1)", ReadingFinding.UNREADABLE),
    ],
)
def test_a_reader_that_hangs_or_dies_costs_one_reading(world, photographs, monkeypatch, tmp_path, does, finding):
    program = tmp_path / "reader.py"
    told = '{}\n{"facts": {"make": "HUIYAN"}}\n{"cut'
    program.write_text(f"print({told!r}, end='', flush=True)\n{does}\n")
    monkeypatch.setattr("evidence.reading.WORKER", program)
    monkeypatch.setattr("evidence.reading.MOST_SECONDS", 1.0)
    original = photographed(world, photographs[0].content)
    outcome = read_photograph(world.store, original)
    assert outcome.findings == [finding]
    assert outcome.facts == {"make": "HUIYAN"}, "what was read before is kept"
    assert enter_reading(world.investigator, original, outcome).findings == [finding.value]


@pytest.mark.parametrize(
    "changes",
    [
        {"MOST_MEMORY = 1536": "MOST_MEMORY = 300"},
        {"MOST_SECONDS = 50": "MOST_SECONDS = 1", "    tell({})\n": "    tell({})\n    while True: pass\n"},
    ],
    ids=["memory", "time"],
)
def test_a_reader_that_uses_up_its_memory_or_time_is_stopped(world, monkeypatch, tmp_path, changes):
    source = WORKER.read_text("utf-8")
    for old, new in changes.items():
        assert old in source
        source = source.replace(old, new)
    program = tmp_path / "reader.py"
    program.write_text(source)
    monkeypatch.setattr("evidence.reading.WORKER", program)
    original = photographed(world, flat_png(12_000, 2))
    assert ReadingFinding.TIMED_OUT in read_photograph(world.store, original).findings


def test_a_reader_that_does_not_start_is_a_fault_and_no_finding(world, photographs, monkeypatch, tmp_path):
    program = tmp_path / "reader.py"
    program.write_text("import nothing_of_that_name")
    monkeypatch.setattr("evidence.reading.WORKER", program)
    with pytest.raises(RuntimeError, match="nothing_of_that_name"):
        read_photograph(world.store, photographed(world, photographs[0].content))


def test_a_newer_reader_reads_no_photograph_again(world, photographs, monkeypatch):
    original = photographed(world, photographs[0].content)
    enter_reading(world.investigator, original, read_photograph(world.store, original))
    monkeypatch.setattr("evidence.reading.READER", "exifread 99")
    assert unread(world.tx, set()) == []
    assert unread(world.tx, {original.id}) == []


def test_a_file_too_large_for_a_photograph_is_not_copied(world, monkeypatch):
    monkeypatch.setattr("evidence.reading.LARGEST", 10)
    outcome = read_photograph(world.store, photographed(world, b"x" * 11))
    assert outcome.findings == [ReadingFinding.TOO_LARGE]
