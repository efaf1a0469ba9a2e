"""Copies made by hand: what is drawn where, what is gone for good, and that record and bytes hold together."""

import io
import json
import random
from concurrent.futures import CancelledError
from pathlib import Path
from uuid import uuid4

import piexif
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw, TiffImagePlugin
from sqlmodel import select

import evidence.edit_picture
from casesvc.demo.photographs import demo_photographs
from evidence.chain import stated
from evidence.digest import digests_of
from evidence.editing import (
    TOOL,
    can_be_edited,
    chinese_font,
    edited_copy,
    edited_of,
    enter_copy,
    make_copy,
    same_copy,
)
from evidence.errors import CopyRefused, CopyRule, CopyUnknown
from evidence.exhibit import Exhibit, Original, Purpose, Reading
from evidence.read_apart import Workplace
from evidence.reading import enter_reading
from evidence.record import RecordEntry, What
from storage import MemoryStore
from tests.evidence.conftest import AT
from tests.evidence.files import STORE, as_read, flat_png, handed_over, registered, stored
from tests.evidence.test_verification import found, verified
from tests.tampering import tamper

WIDTH, HEIGHT = 320, 200
GREY = (120, 130, 140)
REDACT = {"op": "redact", "x": 40, "y": 24, "width": 64, "height": 48}
MARKER = {"op": "marker", "x": 200, "y": 100, "size": 40, "number": 7, "colour": "red"}
ARROW = {"op": "arrow", "x": 20, "y": 180, "to_x": 150, "to_y": 120, "line": 8, "colour": "blue"}
TEXT = {"op": "text", "x": 30, "y": 120, "size": 24, "text": "起火点", "colour": "white"}
DRAWN = [
    REDACT,
    MARKER,
    ARROW,
    TEXT,
    {"op": "frame", "x": 200, "y": 20, "width": 80, "height": 40, "line": 4, "colour": "green"},
    {"op": "ellipse", "x": 200, "y": 140, "width": 80, "height": 40, "line": 4, "colour": "yellow"},
]


@pytest.fixture
def store():
    return MemoryStore()


def kept(store, content) -> Original:
    """An original in the store, as rendering needs it."""
    stored = store.put(f"originals/{uuid4().hex}", [content])
    return Original(size=stored.size, object_key=stored.key, object_version=stored.version)


def picture(mode="RGB", size=(WIDTH, HEIGHT), form="PNG", **saved) -> bytes:
    out = io.BytesIO()
    colour = GREY if mode == "RGB" else 120
    Image.new(mode, size, colour).save(out, form, **saved)
    return out.getvalue()


def noise(form="PNG", **saved) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (WIDTH, HEIGHT), random.Random(1).randbytes(WIDTH * HEIGHT * 3)).save(out, form, **saved)
    return out.getvalue()


def copied(store, content, operations):
    """The copy as a picture, its bytes, and what was made."""
    made = make_copy(store, kept(store, content), operations)
    data = b"".join(store.read(made.stored.key, made.stored.version))
    return Image.open(io.BytesIO(data)), data, made


def refusal(store, content, operations):
    before = list(store.keys())
    original = kept(store, content)
    with pytest.raises(CopyRefused) as refused:
        make_copy(store, original, operations)
    assert len(list(store.keys())) == len(before) + 1, "only the original was stored"
    return refused.value


def near(one, other, by=24):
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def test_a_copy_is_of_full_size_and_says_how_it_was_made(store):
    shown, data, made = copied(store, picture(), DRAWN)
    assert shown.format == "JPEG"
    assert shown.size == (WIDTH, HEIGHT) == (made.parameters["width"], made.parameters["height"])
    assert made.parameters["operations"] == DRAWN
    assert (made.parameters["quality"], made.parameters["subsampling"]) == (92, "4:4:4")
    assert made.parameters["font"]
    assert len(made.parameters["font_sha256"]) == 64
    assert made.digests == digests_of([data])
    assert near(shown.getpixel((5, 5)), GREY)
    assert near(shown.getpixel((200 - 15, 100)), (224, 32, 32)), "the disc of the marker"
    assert near(shown.getpixel((60, 162)), (24, 90, 200)), "the shaft of the arrow"
    assert near(shown.getpixel((240, 20)), (0, 150, 70)), "the frame lies astride its edge"
    assert near(shown.getpixel((240, 40)), GREY), "and leaves open what it frames"
    assert near(shown.getpixel((240, 140)), (255, 214, 0)), "the top of the ellipse"
    letters = shown.crop((30, 96, 102, 126)).get_flattened_data()
    assert max(sum(pixel) for pixel in letters) > 740, "letters"


def test_the_same_original_and_operations_make_the_same_bytes(store):
    content = noise()
    assert copied(store, content, DRAWN)[1] == copied(store, content, DRAWN)[1]


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_nothing_of_what_was_redacted_is_left(store, form):
    shown, _, _ = copied(store, noise(form), [REDACT])
    inside = shown.crop((40, 24, 104, 72))
    assert set(inside.get_flattened_data()) == {(0, 0, 0)}, "the place is a whole number of blocks: the fill alone"
    assert len(set(shown.crop((104, 24, 168, 72)).get_flattened_data())) > 1000


def test_what_was_redacted_is_filled_to_its_edges(store):
    odd = {"op": "redact", "x": 37, "y": 21, "width": 61, "height": 47}
    shown, _, _ = copied(store, picture(), [odd])
    assert max(max(pixel) for pixel in shown.crop((38, 22, 97, 67)).get_flattened_data()) < 16
    assert near(shown.getpixel((28, 12)), GREY)


def test_a_redaction_covers_what_was_drawn_before_it(store):
    under = {"op": "text", "x": 44, "y": 60, "size": 20, "text": "王某某", "colour": "red"}
    shown, _, _ = copied(store, noise(), [under, REDACT])
    assert set(shown.crop((40, 24, 104, 72)).get_flattened_data()) == {(0, 0, 0)}


def with_metadata() -> bytes:
    """A photograph with all that a camera and a phone leave in it, among them the picture as it was, small."""
    small = io.BytesIO()
    Image.frombytes("RGB", (64, 40), random.Random(2).randbytes(64 * 40 * 3)).save(small, "JPEG")
    exif = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"HUIYAN", piexif.ImageIFD.Orientation: 1},
            "Exif": {piexif.ExifIFD.BodySerialNumber: b"SERIAL-4711"},
            "GPS": {piexif.GPSIFD.GPSLatitudeRef: b"N"},
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": small.getvalue(),
        }
    )
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta>secret place</x:xmpmeta>"
    content = noise("JPEG", exif=exif, icc_profile=profile, comment=b"a remark", xmp=xmp)
    assert small.getvalue()[200:] in content, "the small picture, without its own head"
    return content


def test_nothing_of_the_metadata_is_left(store):
    shown, data, _ = copied(store, with_metadata(), [REDACT])
    for word in (b"Exif", b"HUIYAN", b"SERIAL-4711", b"ICC_PROFILE", b"a remark", b"xmpmeta", b"secret place"):
        assert word not in data
    assert data.count(b"\xff\xd8\xff") == 1, "no picture inside the picture"
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not shown.getexif()


def quartered(orientation: int) -> bytes:
    """A picture whose upright left half is red, its upper right quarter green, in the file turned as a camera does."""
    out = io.BytesIO()
    upright = Image.new("RGB", (WIDTH, HEIGHT), "red")
    ImageDraw.Draw(upright).rectangle((WIDTH // 2, 0, WIDTH, HEIGHT // 2 - 1), fill="green")
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    (upright.transpose(turned) if turned is not None else upright).save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_places_are_those_of_the_picture_as_it_is_seen(store, orientation):
    """However the camera was held: the redaction covers the green quarter, and the copy needs no orientation."""
    cover = {"op": "redact", "x": WIDTH // 2, "y": 0, "width": WIDTH // 2, "height": HEIGHT // 2}
    shown, _, _ = copied(store, quartered(orientation), [cover])
    assert shown.size == (WIDTH, HEIGHT)
    assert near(shown.getpixel((WIDTH - 20, 20)), (0, 0, 0))
    assert near(shown.getpixel((20, 20)), (255, 0, 0))
    assert not any(pixel[1] > 90 for pixel in shown.get_flattened_data()), "no green is left"


@pytest.mark.parametrize("clockwise", [90, 180, 270])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_turned_copy_redacts_the_same_part_of_the_picture(store, clockwise, orientation):
    cover = {"op": "redact", "x": WIDTH // 2, "y": 0, "width": WIDTH // 2, "height": HEIGHT // 2}
    rotate = {"op": "rotate", "clockwise": clockwise}
    shown, _, _ = copied(store, quartered(orientation), [cover, rotate])
    assert shown.size == ((WIDTH, HEIGHT) if clockwise == 180 else (HEIGHT, WIDTH))
    assert not any(pixel[1] > 90 for pixel in shown.get_flattened_data())
    corner = {90: (-20, -20), 180: (20, -20), 270: (20, 20)}[clockwise]
    place = corner[0] % shown.width, corner[1] % shown.height
    assert near(shown.getpixel(place), (0, 0, 0))


def test_order_of_crop_and_rotation_makes_no_difference(store):
    crop = {"op": "crop", "x": 160, "y": 60, "width": 120, "height": 100}
    rotate = {"op": "rotate", "clockwise": 90}
    content = noise()
    one, first, _ = copied(store, content, [crop, rotate, MARKER])
    _, second, _ = copied(store, content, [MARKER, rotate, crop])
    assert first == second
    assert one.size == (100, 120)
    # its centre, 40 from the left and 40 from the top of the crop, is 60 from the left and 40 from the top when turned
    assert near(one.getpixel((60, 40 - 15)), (224, 32, 32))


def test_a_redaction_outside_of_the_crop_and_one_across_its_edge(store):
    crop = {"op": "crop", "x": 0, "y": 0, "width": 80, "height": 80}
    shown, _, _ = copied(store, picture(), [crop, REDACT, {**REDACT, "x": 200}])
    assert shown.size == (80, 80)
    assert near(shown.getpixel((70, 60)), (0, 0, 0))
    assert near(shown.getpixel((20, 60)), GREY)


def test_annotations_may_reach_over_the_edge(store):
    edge = [
        {**MARKER, "x": 0, "y": 0},
        {**ARROW, "to_x": WIDTH, "to_y": HEIGHT, "line": 200},
        {**TEXT, "x": WIDTH, "y": 0, "size": 1000},
        {"op": "ellipse", "x": 0, "y": 0, "width": 1, "height": 1, "line": 200, "colour": "red"},
        {"op": "frame", "x": WIDTH - 1, "y": 0, "width": 1, "height": HEIGHT, "line": 1, "colour": "black"},
    ]
    assert copied(store, picture(), edge)[0].size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("operations", "number"),
    [
        ([{**REDACT, "x": WIDTH - 10}], 1),
        ([REDACT, {**REDACT, "y": HEIGHT - 47}], 2),
        ([{**REDACT, "x": -1}], 1),
        ([{**MARKER, "x": WIDTH + 1}], 1),
        ([REDACT, REDACT, {**ARROW, "to_y": HEIGHT + 1}], 3),
        ([{**ARROW, "x": -1}], 1),
        ([{"op": "crop", "x": 0, "y": 0, "width": WIDTH + 1, "height": 10}], 1),
        ([{**TEXT, "y": 10**9}], 1),
        (
            [{"op": "rotate", "clockwise": 90}, {**MARKER, "y": HEIGHT + 1}],
            2,
        ),  # of the original, not of the turned copy
    ],
)
def test_a_place_outside_of_the_picture_is_refused(store, operations, number):
    refused = refusal(store, picture(), operations)
    assert refused.rule == CopyRule.OUTSIDE.label
    assert refused.where == f"第 {number} 项"


@pytest.mark.parametrize("content", [b"not a picture", b"\xff\xd8\xff\xe0 broken", b"\x00" * 50_000, noise()[:4000]])
def test_what_cannot_be_decoded_is_refused(store, content):
    assert refusal(store, content, [REDACT]).rule == CopyRule.UNREADABLE.label


@pytest.mark.parametrize("tags", [{50706: b"\x01\x04\x00\x00"}, {254: 1}], ids=["dng", "reduced"])
def test_the_small_picture_beside_a_sensors_data_is_not_taken_for_the_photograph(store, tags):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info.tagtype[tag] = 1 if isinstance(value, bytes) else 4
        info[tag] = value
    out = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT)).save(out, "TIFF", tiffinfo=info)
    assert refusal(store, out.getvalue(), [REDACT]).rule == CopyRule.UNREADABLE.label


def test_a_format_that_runs_another_program_is_not_opened(store):
    eps = io.BytesIO()
    Image.new("L", (50, 50)).save(eps, "EPS")
    assert refusal(store, eps.getvalue(), [REDACT]).rule == CopyRule.UNREADABLE.label


@pytest.mark.parametrize("side", [13_000, 20_000])
def test_too_many_pixels_are_refused(store, side):
    assert refusal(store, flat_png(side, 0), [REDACT]).rule == CopyRule.TOO_MANY_PIXELS.label


def test_a_picture_wider_than_a_jpeg_is_refused(store):
    content = picture("L", (66_000, 4))
    assert refusal(store, content, [{"op": "rotate", "clockwise": 90}]).rule == CopyRule.TOO_MANY_PIXELS.label


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_largest_picture_is_turned_and_cropped_within_the_memory(store):
    crop = {"op": "crop", "x": 1, "y": 1, "width": 11_999, "height": 11_999}
    shown, _, _ = copied(store, flat_png(12_000, 2), [crop, {"op": "rotate", "clockwise": 90}, MARKER])
    assert shown.size == (11_999, 11_999)


def test_a_file_too_large_for_a_photograph_is_not_decoded(store, monkeypatch):
    monkeypatch.setattr("evidence.editing.LARGEST", 10)
    assert refusal(store, picture(), [REDACT]).rule == CopyRule.TOO_LARGE.label


@pytest.mark.parametrize("mode", ["L", "1", "I;16", "CMYK", "LA", "RGBA", "P"])
def test_pictures_of_other_kinds_are_copied_too(store, mode):
    content = picture(mode, form="TIFF" if mode == "CMYK" else "PNG")
    shown, _, _ = copied(store, content, [REDACT])
    assert (shown.mode, shown.size) == ("RGB", (WIDTH, HEIGHT))
    assert near(shown.getpixel((60, 40)), (0, 0, 0))


def test_a_picture_of_a_phone_is_decoded_upright(store):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.open(io.BytesIO(quartered(6))).convert("RGB")
    turned.info = {}
    heic = io.BytesIO()
    pillow_heif.from_pillow(turned).save(heic, exif=exif.tobytes())
    assert b"irot" in heic.getvalue(), "the file says itself how it is to be turned, beside its EXIF"
    cover = {"op": "redact", "x": WIDTH // 2, "y": 0, "width": WIDTH // 2, "height": HEIGHT // 2}
    shown, data, _ = copied(store, heic.getvalue(), [cover])
    assert shown.format == "JPEG"
    assert shown.size == (WIDTH, HEIGHT)
    assert not any(pixel[1] > 90 for pixel in shown.get_flattened_data())
    assert b"Exif" not in data


def test_colours_of_a_profile_are_made_those_that_every_screen_shows(store):
    """A profile with red and blue exchanged, as no camera has it: the copy shows what the profile means."""
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = rgb.index(b"rXYZ"), rgb.index(b"bXYZ")
    odd = bytearray(rgb)
    odd[red : red + 4], odd[blue : blue + 4] = b"bXYZ", b"rXYZ"
    out = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0)).save(out, "PNG", icc_profile=bytes(odd))
    shown, _, _ = copied(store, out.getvalue(), [REDACT])
    assert near(shown.getpixel((200, 150)), (0, 0, 255))


def test_a_picture_whose_exif_is_damaged_is_copied_as_it_lies(store):
    shown, _, _ = copied(store, noise("WEBP", exif=b"Exif\x00\x00XX*\x00" + b"\xfe" * 40), [REDACT])
    assert shown.size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("profile", [b"", b"nonsense", b"\x00" * 200])
def test_a_spoilt_profile_is_passed_over(store, profile):
    shown, _, _ = copied(store, noise("JPEG", icc_profile=profile), [REDACT])
    assert shown.size == (WIDTH, HEIGHT)


def test_without_a_chinese_font_texts_are_refused_and_markers_are_drawn(store, monkeypatch):
    monkeypatch.setattr("evidence.editing._FONT", ("no-such-program",))
    refused = refusal(store, picture(), [MARKER, TEXT])
    assert (refused.rule, refused.where) == (CopyRule.NO_FONT.label, "第 2 项")
    shown, _, made = copied(store, picture(), [MARKER, ARROW])
    assert near(shown.getpixel((200 - 15, 100)), (224, 32, 32))
    assert "font" not in made.parameters


@pytest.mark.parametrize(
    "told",
    [
        "DejaVuSans.ttf\\n0\\nDejaVu Sans\\nen|fr",
        "",
        "one line",
    ],
)
def test_a_font_without_chinese_is_none(monkeypatch, told):
    monkeypatch.setattr("evidence.editing._FONT", ("printf", told))
    assert chinese_font() is None


def test_an_instance_of_a_variable_font_is_the_font_of_its_file(monkeypatch):
    monkeypatch.setattr("evidence.editing._FONT", ("printf", "/f.ttc\\n65538\\nName Bold,Other\\nen|zh-cn|zh-tw"))
    found = chinese_font()
    assert (found.file, found.index, found.name) == ("/f.ttc", 2, "Name Bold")


def test_a_character_the_font_has_not_is_refused_and_named(store):
    refused = refusal(store, picture(), [{**TEXT, "text": "起火点😀"}])
    assert refused.rule == CopyRule.NO_GLYPH.label
    assert refused.where == "第 1 项中的“😀”"
    assert copied(store, picture(), [{**TEXT, "text": "A栋 1#（东）① 2.35㎡"}])


@pytest.mark.parametrize(
    "changes",
    [
        {"MOST_MEMORY = 1536": "MOST_MEMORY = 400"},
        {
            "MOST_SECONDS = 50": "MOST_SECONDS = 1",
            "    try:\n        with": "    while True: pass\n    try:\n        with",
        },
    ],
    ids=["memory", "time"],
)
def test_a_renderer_that_uses_up_its_memory_or_time_is_stopped(store, monkeypatch, tmp_path, changes):
    source = Path(evidence.edit_picture.__file__).read_text("utf-8")
    for old, new in changes.items():
        assert old in source
        source = source.replace(old, new)
    program = tmp_path / "renderer.py"
    program.write_text(source, "utf-8")
    monkeypatch.setattr("evidence.editing.PROGRAM", (str(program),))
    assert refusal(store, flat_png(12_000, 2), [REDACT]).rule == CopyRule.TIMED_OUT.label


@pytest.mark.parametrize(
    ("does", "rule"),
    [
        ("import time; time.sleep(60)", CopyRule.TIMED_OUT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", CopyRule.TIMED_OUT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", CopyRule.UNREADABLE),
    ],
)
def test_a_renderer_that_hangs_or_dies_refuses_one_copy(store, monkeypatch, tmp_path, does, rule):
    program = tmp_path / "renderer.py"
    program.write_text(does)
    monkeypatch.setattr("evidence.editing.PROGRAM", (str(program),))
    monkeypatch.setattr("evidence.editing.MOST_SECONDS", 1.0)
    assert refusal(store, picture(), [REDACT]).rule == rule.label


def test_private_copies_are_kept_in_the_place_that_is_given(store, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no such place"))
    original = kept(store, picture())
    assert make_copy(store, original, [REDACT], Workplace(tmp_path)).digests.size
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        make_copy(store, original, [REDACT])


def test_a_copy_that_is_stopped_is_not_made(store, tmp_path):
    at = Workplace(tmp_path)
    at.stop.set()
    with pytest.raises(CancelledError):
        make_copy(store, kept(store, picture()), [REDACT], at)


def test_a_renderer_that_does_not_start_is_a_fault_and_no_refusal(store, monkeypatch, tmp_path):
    program = tmp_path / "renderer.py"
    program.write_text("import nothing_of_that_name")
    monkeypatch.setattr("evidence.editing.PROGRAM", (str(program),))
    with pytest.raises(RuntimeError, match="nothing_of_that_name"):
        make_copy(store, kept(store, picture()), [REDACT])


@pytest.mark.parametrize(
    ("facts", "can"),
    [
        ({"format": "JPEG", "width": 4000, "height": 3000}, True),
        ({"format": "MPO", "width": 4000, "height": 3000}, True),
        ({"format": "HEIF", "width": 4000, "height": 3000}, True),
        ({"format": "JPEG", "width": 4000}, False),
        ({"format": "DNG", "width": 4000, "height": 3000}, False),
        ({"media_type": "video/mp4", "width": 1920, "height": 1080}, False),
        ({}, False),
    ],
)
def test_what_a_reader_found_tells_whether_an_editor_is_offered(facts, can):
    assert can_be_edited(Reading(facts=facts, findings=[])) is can
    assert not can_be_edited(None)


# ── the record of copies ──────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def drawn():
    """A photograph, and two edited copies of it by what they are for."""
    photo = next(iter(demo_photographs(AT, width=200))).content
    uses = {"照片卷用": [{**MARKER, "x": 50, "y": 50}], "公开用": [{**REDACT, "x": 0, "y": 0}]}
    return photo, {title: make_copy(STORE, stored(photo), operations) for title, operations in uses.items()}


@pytest.fixture
def edited(world, drawn):
    """A photograph with its reading, and two edited copies of it."""
    photo, copies = drawn
    original = registered(world, photo)
    exhibit = world.tx.get_one(Exhibit, original.exhibit_id)
    outcome = as_read(photo)
    handed_over([copy.stored for copy in (*outcome.copies, *copies.values())], world.store)
    enter_reading(world.investigator, original, outcome)
    for title, made in copies.items():
        enter_copy(world.investigator, world.case, exhibit, original, made, title=title)
    world.tx.commit()
    return world, exhibit, original


def test_a_copy_names_its_original_its_tool_and_its_operations(edited):
    world, exhibit, original = edited
    first, second = edited_of(world.tx, original)
    entry = world.tx.exec(select(RecordEntry).where(RecordEntry.seq == first.row.record_seq)).one()
    assert (entry.what, entry.person_id, entry.exhibit_id) == (What.EDIT, world.investigator.by.id, exhibit.id)
    assert stated(entry.body).facts == {
        "original": original.sha256,
        "title": "照片卷用",
        "copies": [
            {
                "purpose": "edited",
                "sha256": first.row.sha256,
                "sm3": first.row.sm3,
                "tool": TOOL,
                "parameters": first.row.parameters,
            }
        ],
    }
    assert first.row.original_sha256 == original.sha256
    assert first.row.parameters["operations"] == [{**MARKER, "x": 50, "y": 50}]
    assert (first.title, first.said.by.name, first.row.made_at) == ("照片卷用", "王建国", entry.at)
    assert second.row.purpose == first.row.purpose == Purpose.EDITED
    content = b"".join(world.store.read(second.row.object_key, second.row.object_version))
    assert digests_of([content]).sm3 == second.row.sm3
    assert digests_of(world.store.read(original.object_key, original.object_version)).sha256 == original.sha256


def test_operations_and_original_make_the_copy_again(edited):
    world, _, original = edited
    for copy in edited_of(world.tx, original):
        operations = json.loads(json.dumps(copy.row.parameters["operations"]))
        assert make_copy(world.store, original, operations).digests.sha256 == copy.row.sha256


def test_the_same_copy_entered_twice_is_one(edited):
    world, exhibit, original = edited
    first = edited_of(world.tx, original)[0]
    made = make_copy(world.store, original, first.row.parameters["operations"])
    again = enter_copy(world.investigator, world.case, exhibit, original, made, title="照片卷用")
    assert again.row.id == first.row.id
    other_use = enter_copy(world.investigator, world.case, exhibit, original, made, title="送检用")
    assert other_use.row.id != first.row.id
    assert len(edited_of(world.tx, original)) == 3
    assert same_copy(world.tx, original, made.parameters["operations"], title="送检用").row.id == other_use.row.id
    assert same_copy(world.tx, original, [], title="送检用") is None


def test_a_copy_of_another_original_is_unknown(edited):
    world, exhibit, original = edited
    other = registered(world, picture(), "b.png")
    copy = edited_of(world.tx, original)[0].row.id
    assert edited_copy(world.tx, exhibit, original, copy).row.id == copy
    with pytest.raises(CopyUnknown):
        edited_copy(world.tx, exhibit, other, copy)
    with pytest.raises(CopyUnknown):
        edited_copy(world.tx, exhibit, original, 10**6)


def test_edited_copies_are_verified_with_the_others(edited):
    world, _, _ = edited
    report = verified(world)
    assert report.findings == []
    assert report.copies == 4


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE derivative SET sha256 = 'f' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET sm3 = 'f' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET original_sha256 = 'f' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET parameters = '{}' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET tool = 'other' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET made_at = '2020-01-01 00:00:00' WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET record_seq = 1 WHERE purpose = 'edited'", "copy_differs"),
        ("UPDATE derivative SET record_seq = 0 WHERE purpose = 'edited'", "copy_missing"),
        ("DELETE FROM derivative WHERE purpose = 'edited'", "copy_missing"),
        ("UPDATE derivative SET size = 1 WHERE purpose = 'edited'", "digest_differs"),
        (
            "UPDATE derivative SET object_key = 'derived/none' WHERE sha256 = (SELECT max(sha256) FROM derivative)",
            "object_missing",
        ),
    ],
)
def test_damage_to_the_row_of_an_edited_copy_is_found(edited, statement, kind):
    world, exhibit, _ = edited
    tamper(world.engine, statement)
    assert (exhibit.number.removeprefix(world.case.number), kind) in found(world)


def test_a_removed_entry_of_an_edited_copy_is_found_and_its_copy_stays_readable(edited):
    world, exhibit, original = edited
    tamper(world.engine, "DELETE FROM record_entry WHERE what = 'edit'")
    assert found(world) >= {
        ("操作记录", "entry_missing"),
        (exhibit.number.removeprefix(world.case.number), "copy_differs"),
    }
    world.tx.expire_all()
    assert [copy.title for copy in edited_of(world.tx, original)] == ["", ""]


def test_a_changed_byte_of_an_edited_copy_is_found(edited):
    world, exhibit, original = edited
    key = edited_of(world.tx, original)[1].row.object_key
    content = bytearray(world.store._objects[key])
    content[-20] ^= 1
    world.store._objects[key] = bytes(content)
    assert found(world) == {(exhibit.number.removeprefix(world.case.number), "digest_differs")}
