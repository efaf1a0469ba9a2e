"""Readers: EXIF beside the original, copies that name it, and findings instead of failures."""

import io

import pytest
from PIL import Image

from casesvc.demo.photographs import demo_photographs
from evidence.digest import digests_of
from evidence.exhibit import Kind, Purpose, derivative_of, original_of, reading_of
from evidence.intake import collect_file, receive
from evidence.reading import ReadingFinding, enter_reading, read_photograph, unread
from tests.evidence.conftest import AT


def photographed(world, content, name="a.jpg"):
    received = receive(world.store, [content], file_name=name)
    return original_of(world.tx, collect_file(world.investigator, world.case, received, kind=Kind.PHOTO))


@pytest.fixture(scope="module")
def photographs():
    return list(demo_photographs(AT, width=400))


def test_exif_is_read_and_the_original_is_untouched(world, photographs):
    original = photographed(world, photographs[0].content)
    assert unread(world.tx) == [original]
    outcome = read_photograph(world.store, original)
    enter_reading(world.investigator, original, outcome)
    assert unread(world.tx) == []
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


def test_a_picture_of_too_many_pixels_is_not_unpacked(world):
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")  # 400 million pixels in some 50 kB
    original = photographed(world, out.getvalue())
    outcome = read_photograph(world.store, original)
    assert outcome.copies == []
    assert {ReadingFinding.TOO_MANY_PIXELS, ReadingFinding.UNREADABLE} & set(outcome.findings)
