"""Pictures of every form: what their cameras say of them, copies of all of them, and positions that are none."""

import io
import struct

import piexif
import pytest
from PIL import Image, ImageCms

from casesvc.pages.facts import exif_name
from evidence.editing import make_copy
from evidence.exhibit import Kind, Purpose
from evidence.reading import ReadingFinding
from tests.evidence.files import STORE, boxed, exif, gps, made, picture, reading, stored

SAID = {
    "device_time": "2026:11:25 06:40:05",
    "device_time_offset": "+08:00",
    "device_time_subsecond": "417",
    "make": "HUAWEI",
    "model": "ALN-AL00",
    "serial": "H2026",
    "lens": "27mm f/1.8",
    "exposure": "1/120",
    "f_number": "9/5",
    "iso": "200",
    "latitude": "36.100000",
    "longitude": "114.350000",
}
FORMS = {
    "JPEG": ("jpg", "image/jpeg"),
    "TIFF": ("tif", "image/tiff"),
    "PNG": ("png", "image/png"),
    "WEBP": ("webp", "image/webp"),
    "HEIF": ("heic", "image/heic"),
    "AVIF": ("avif", "image/avif"),
}


def exchanged_colours() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("form", FORMS)
def test_exif_is_read_and_copies_are_made_of_every_form(form):
    ending, media_type = FORMS[form]
    outcome = reading(picture(form, exif(), (2000, 1500)), f"现场.{ending}")
    assert outcome.findings == []
    assert outcome.facts == {**SAID, "media_type": media_type, "format": form, "width": 2000, "height": 1500}
    assert outcome.reader.startswith("exifread ")
    for purpose, widest in ((Purpose.PREVIEW, 1600), (Purpose.THUMBNAIL, 360)):
        copy = Image.open(io.BytesIO(made(outcome, purpose)))
        assert (copy.format, max(copy.size)) == ("JPEG", widest)
        assert not copy.getexif(), "what the camera said stays with the original"


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_without_exif_is_flagged_and_nothing_is_filled_in(form):
    ending, _ = FORMS[form]
    outcome = reading(picture(form), f"微信图片.{ending}")
    assert set(outcome.facts) == {"media_type", "format", "width", "height"}
    lacking = [ReadingFinding.NO_TIME, ReadingFinding.NO_DEVICE, ReadingFinding.NO_GPS]
    assert outcome.findings == (lacking if form == "TIFF" else [ReadingFinding.NO_EXIF])


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "HEIF"])
def test_a_turned_picture_is_shown_upright_once(form):
    outcome = reading(picture(form, exif(**{"0th": {piexif.ImageIFD.Orientation: 6}})), f"a.{FORMS[form][0]}")
    copy = Image.open(io.BytesIO(made(outcome, Purpose.THUMBNAIL)))
    assert copy.height > copy.width


@pytest.mark.parametrize(
    ("refs", "latitude", "longitude"),
    [
        (("N", "E"), "36.100000", "114.350000"),
        (("S", "E"), "-36.100000", "114.350000"),
        (("N", "W"), "36.100000", "-114.350000"),
        (("S", "W"), "-36.100000", "-114.350000"),
    ],
)
def test_each_hemisphere_has_its_sign(refs, latitude, longitude):
    facts = reading(picture("JPEG", exif(gps(refs=refs)))).facts
    assert (facts["latitude"], facts["longitude"]) == (latitude, longitude)


def test_seconds_in_fractions_are_read_to_a_tenth_of_a_metre():
    facts = reading(picture("JPEG", exif(gps((36, 6, (123456, 10000)), (114, 21, (500, 100)))))).facts
    assert (facts["latitude"], facts["longitude"]) == ("36.103429", "114.351389")


@pytest.mark.parametrize(
    "place",
    [
        gps((0, 0, 0), (0, 0, 0)),
        gps((91, 0, 0)),
        gps(east=(181, 0, 0)),
        gps((36, 75, 0)),
        gps((36, (6, 0), 0)),
        gps(refs=("", "")),
        gps(refs=("X", "E")),
    ],
    ids=["zero", "beyond-the-pole", "beyond-the-date-line", "75-minutes", "divided-by-zero", "no-ref", "odd-ref"],
)
def test_an_absurd_position_is_a_finding_and_no_fact(place):
    outcome = reading(picture("JPEG", exif(place)))
    assert outcome.findings == [ReadingFinding.GPS_INVALID]
    assert not {"latitude", "longitude"} & set(outcome.facts)


@pytest.mark.parametrize(
    ("time", "fact", "finding"),
    [
        ("0000:00:00 00:00:00", {}, ReadingFinding.NO_TIME),
        ("    :  :     :  :  ", {}, ReadingFinding.NO_TIME),
        ("2026:13:45 06:40:05", {"device_time_raw": "2026:13:45 06:40:05"}, ReadingFinding.TIME_INVALID),
        ("gestern", {"device_time_raw": "gestern"}, ReadingFinding.TIME_INVALID),
    ],
)
def test_a_clock_that_says_no_time(time, fact, finding):
    outcome = reading(picture("JPEG", exif(Exif={piexif.ExifIFD.DateTimeOriginal: time})))
    assert outcome.findings == [finding]
    assert {name: value for name, value in outcome.facts.items() if "time" in name and name != "device_time_raw"} == {
        "device_time_offset": "+08:00",
        "device_time_subsecond": "417",
    }
    assert fact.items() <= outcome.facts.items()


def test_the_time_of_a_change_is_told_as_one_and_is_no_time_of_a_picture():
    changed = {piexif.ImageIFD.DateTime: "2026:12:01 09:00:00"}
    lacking = {piexif.ExifIFD.DateTimeOriginal: "", piexif.ExifIFD.OffsetTime: "+08:00"}
    outcome = reading(picture("JPEG", exif(**{"0th": changed, "Exif": lacking})))
    assert outcome.findings == [ReadingFinding.NO_TIME]
    assert outcome.facts["changed_time"] == "2026:12:01 09:00:00"
    assert "device_time" not in outcome.facts
    assert exif_name("changed_time") == "文件修改时间（不是拍摄时间）"


IFD = piexif.ExifIFD
ZONES = {IFD.OffsetTime: "+01:00", IFD.OffsetTimeDigitized: "+09:00", IFD.SubSecTimeDigitized: "25"}


@pytest.mark.parametrize(
    ("tags", "time", "offset", "subsecond"),
    [
        ({}, "2026:11:25 06:40:05", "+08:00", "417"),
        ({IFD.OffsetTimeOriginal: "", IFD.SubSecTimeOriginal: ""}, "2026:11:25 06:40:05", None, None),
        (
            {IFD.DateTimeOriginal: "", IFD.DateTimeDigitized: "2026:11:26 01:00:00"},
            "2026:11:26 01:00:00",
            "+09:00",
            "25",
        ),
    ],
    ids=["original", "original-without", "digitized"],
)
def test_zone_and_fraction_of_a_second_are_those_of_the_same_time(tags, time, offset, subsecond):
    facts = reading(picture("JPEG", exif(Exif={**ZONES, **tags}))).facts
    told = [facts.get(f"device_time{part}") for part in ("", "_offset", "_subsecond")]
    assert told == [time, offset, subsecond]


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("HEIF", "RGB")])
def test_colours_of_a_profile_are_those_of_the_edited_copy(form, mode):
    """A profile with red and blue exchanged, as no camera has it: the copies show what the profile means."""
    out = io.BytesIO()
    Image.new(mode, (640, 480), "red").save(out, form, icc_profile=exchanged_colours())
    outcome = reading(out.getvalue(), "a.bin")
    edited = make_copy(STORE, stored(out.getvalue()), [{"op": "redact", "x": 0, "y": 0, "width": 9, "height": 9}])
    shown = [made(outcome, Purpose.PREVIEW), made(outcome, Purpose.THUMBNAIL)]
    shown.append(b"".join(STORE.read(edited.stored.key, edited.stored.version)))
    for content in shown:
        red, _, blue = Image.open(io.BytesIO(content)).getpixel((200, 150))
        assert red < 10
        assert blue > 245
    assert {each["colour"] for each in (*(copy.parameters for copy in outcome.copies), edited.parameters)} == {
        "icc profile to srgb"
    }


@pytest.mark.parametrize("profile", [None, b"nonsense"])
def test_a_copy_without_a_profile_or_with_a_spoilt_one_says_nothing_of_colours(profile):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", icc_profile=profile)
    outcome = reading(out.getvalue())
    assert len(outcome.copies) == 2
    assert not any("colour" in copy.parameters for copy in outcome.copies)


@pytest.mark.parametrize(
    ("software", "edited"),
    [("Adobe Photoshop 25.0 (Windows)", True), ("美图秀秀", True), ("ALN-AL00 4.2.0.130", False)],
)
def test_a_program_that_changes_pictures_leaves_its_name(software, edited):
    outcome = reading(picture("JPEG", exif(**{"0th": {piexif.ImageIFD.Software: software.encode()}})))
    assert (ReadingFinding.EDITING_SOFTWARE in outcome.findings) is edited


def tiff_beside(preview: bytes, kind: int) -> bytes:
    """A TIFF of a camera: a small picture described first, and the camera's JPEG somewhere behind."""
    entries = [(0xFE, 4, 1, kind), (0x100, 4, 1, 16), (0x101, 4, 1, 16), (0x112, 3, 1, 6)]
    entries += [(0x10F, 2, 8, 200), (0x110, 2, 8, 208), (0x8769, 4, 1, 216)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = (
        (b"II*\x00\x08\x00\x00\x00" + directory + bytes(4)).ljust(200, b"\x00")
        + b"NIKON\x00\x00\x00"
        + b"Z 8\x00\x00\x00\x00\x00"
    )
    inner = [(0x9003, 2, 20, 260), (0xA002, 4, 1, 8256), (0xA003, 4, 1, 5504)]
    head += struct.pack("<H", len(inner)) + b"".join(struct.pack("<HHII", *entry) for entry in inner)
    return head.ljust(260, b"\x00") + b"2026:11:25 06:40:05\x00" + bytes(500) + preview + bytes(500)


@pytest.mark.parametrize("name", ["DSC_0001.NEF", "DSC00001.ARW", "a.dng"])
def test_of_a_raw_picture_that_is_a_tiff_the_cameras_own_jpeg_is_shown(name):
    small, large = picture("JPEG", size=(160, 120)), picture("JPEG", size=(1920, 1280))
    outcome = reading(tiff_beside(small + large, 1), name)
    assert outcome.facts == {
        "media_type": "image/tiff",
        "format": "RAW",
        "device_time": "2026:11:25 06:40:05",
        "make": "NIKON",
        "model": "Z 8",
        "orientation": "Rotated 90 CW",
        "width": 8256,
        "height": 5504,
    }
    assert outcome.findings == [ReadingFinding.NO_GPS]
    assert Image.open(io.BytesIO(made(outcome, Purpose.PREVIEW))).size == (1067, 1600)
    assert outcome.copies[0].parameters["source"] == "embedded jpeg"


def test_a_sensors_lossless_jpeg_is_no_picture_to_show():
    lossless = b"\xff\xd8\xff\xc3\x00\x0b\x0e\x20\x00\x20\x00\x01\x11\x00" + bytes(900)
    outcome = reading(tiff_beside(lossless, 1), "a.dng")
    assert outcome.findings == [ReadingFinding.NO_GPS, ReadingFinding.NO_EMBEDDED]
    assert outcome.copies == []


def bare_exif(*entries) -> bytes:
    return piexif.dump({"0th": dict(entries)}).removeprefix(b"Exif\x00\x00")


def canon_raw() -> bytes:
    camera = bare_exif((piexif.ImageIFD.Make, "Canon"), (piexif.ImageIFD.Model, "EOS R5"))
    # the second block's first directory holds what elsewhere is the EXIF directory
    shot = (
        b"II*\x00\x08\x00\x00\x00\x01\x00"
        + struct.pack("<HHII", 0x9003, 2, 20, 26)
        + bytes(4)
        + b"2026:11:25 06:40:05\x00"
    )
    boxes = boxed(b"uuid", bytes(16) + boxed(b"CMT1", camera) + boxed(b"CMT2", shot))
    return boxed(b"ftyp", b"crx \x00\x00\x00\x01crx isom") + boxed(b"moov", boxes) + boxed(b"mdat", picture("JPEG"))


RAWS = {
    "IMG_0001.CR3": (canon_raw, "image/x-canon-cr3", "CR3"),
    "DSCF0001.RAF": (lambda: b"FUJIFILMCCD-RAW 0201" + bytes(200) + picture("JPEG", exif()), "image/x-fuji-raf", "RAF"),
}


@pytest.mark.parametrize("name", RAWS)
def test_raw_pictures_of_other_forms_have_a_preview_and_their_time(name):
    content, media_type, form = RAWS[name]
    outcome = reading(content(), name)
    assert (outcome.facts["media_type"], outcome.facts["format"]) == (media_type, form)
    assert outcome.facts["device_time"] == "2026:11:25 06:40:05"
    assert outcome.facts["model"] in {"EOS R5", "ALN-AL00"}
    assert ReadingFinding.TYPE_DIFFERS not in outcome.findings
    assert {copy.purpose for copy in outcome.copies} == {Purpose.PREVIEW, Purpose.THUMBNAIL}


def test_a_picture_registered_as_something_else_is_read_like_any():
    outcome = reading(picture("PNG"), "聊天截图.png", Kind.ELECTRONIC)
    assert {copy.purpose for copy in outcome.copies} == {Purpose.PREVIEW, Purpose.THUMBNAIL}
