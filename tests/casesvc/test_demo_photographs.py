import io
from datetime import UTC, datetime

import exifread
import pytest
from PIL import Image

from casesvc.demo.photographs import demo_photographs
from evidence.moments import BEIJING

FIRE_AT = datetime(2025, 11, 14, 15, 10, tzinfo=UTC)  # 23:10 in Beijing
WIDTH = 400


@pytest.fixture(scope="module")
def photographs():
    return list(demo_photographs(FIRE_AT, width=WIDTH))


def tags(photograph):
    return exifread.process_file(io.BytesIO(photograph.content), details=False)


def written(photograph, name):
    value = tags(photograph).get(name)
    return None if value is None else str(value)


def degrees(tag):
    d, m, s = (float(v) for v in tag.values)
    return d + m / 60 + s / 3600


def test_same_fire_same_bytes(photographs):
    bare = datetime(2025, 11, 14, 23, 10)  # noqa: DTZ001 - a time without zone is read as Beijing's
    assert list(demo_photographs(bare, width=WIDTH)) == photographs


def test_twelve_named_and_captioned_pictures(photographs):
    names = [p.file_name for p in photographs]
    assert len(set(names)) == 12
    assert "配电箱东侧.jpg" in names
    assert {p.category for p in photographs} == {"orientation", "overview", "key_part", "detail"}
    assert all(any("一" <= c <= "鿿" for c in p.title) for p in photographs)


def test_each_is_a_jpeg_of_sensible_size(photographs):
    for p in photographs:
        with Image.open(io.BytesIO(p.content)) as image:
            image.load()
            assert image.format == "JPEG"
            assert max(image.size) in {WIDTH, WIDTH * 4 // 5}
            low, high = image.convert("L").getextrema()
            assert high - low > 120, p.file_name  # a picture, not a flat field
        assert 8_000 < len(p.content) < 150_000, p.file_name


def test_camera_serial_and_beijing_time(photographs):
    camera = [p for p in photographs if written(p, "Image Make") == "HUIYAN"]
    assert len(camera) == 10
    times = [written(p, "EXIF DateTimeOriginal") for p in camera]
    assert times == sorted(times)
    assert all(t.startswith("2025:11:15 0") for t in times)
    for p in camera:
        assert written(p, "Image Model") == "HY-D5"
        assert written(p, "EXIF BodySerialNumber") == "HY5A-2206173"
        assert written(p, "EXIF OffsetTimeOriginal") == "+08:00"
        for name in ("ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength"):
            assert written(p, f"EXIF {name}"), name


def test_fixes_lie_in_wenfeng_district(photographs):
    fixed = [tags(p) for p in photographs if written(p, "GPS GPSLatitude")]
    assert len(fixed) == 10
    for t in fixed:
        assert degrees(t["GPS GPSLatitude"]) == pytest.approx(36.1, abs=0.002)
        assert degrees(t["GPS GPSLongitude"]) == pytest.approx(114.351, abs=0.002)
        assert (str(t["GPS GPSLatitudeRef"]), str(t["GPS GPSLongitudeRef"])) == ("N", "E")


def test_the_telephone_is_a_day_behind_its_satellites(photographs):
    (phone,) = [p for p in photographs if written(p, "Image Make") == "SHANHAI"]
    assert written(phone, "Image Model") == "SH-12"
    assert written(phone, "EXIF BodySerialNumber") is None
    assert written(phone, "EXIF DateTimeOriginal").startswith("2025:11:14 06:")
    assert written(phone, "GPS GPSDate") == "2025:11:14"  # 22:47 UTC, which is the 15th in Beijing


def test_the_chat_copy_has_no_exif(photographs):
    (bare,) = [p for p in photographs if p.file_name.startswith("mmexport")]
    assert tags(bare) == {}
    assert len(bare.file_name) == len("mmexport1760000000000.jpg")


def test_one_is_stored_on_its_side(photographs):
    turned = [p for p in photographs if tags(p) and tags(p)["Image Orientation"].values == [6]]
    assert len(turned) == 1
    with Image.open(io.BytesIO(turned[0].content)) as image:
        assert image.width > image.height


@pytest.mark.parametrize(
    ("fire", "day"),
    [
        (datetime(2025, 11, 14, 2, 30, tzinfo=BEIJING), "2025:11:14"),
        (datetime(2025, 11, 14, 5, 0, tzinfo=BEIJING), "2025:11:15"),
    ],
)
def test_taken_the_morning_after(fire, day):
    first = next(demo_photographs(fire, width=160))
    assert written(first, "EXIF DateTimeOriginal").startswith(f"{day} 06:4")
