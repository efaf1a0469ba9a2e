"""What does not go with the rest of a card is named, with what it is held against; what does, is left alone."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from evidence.comparison import OutlierKind, outliers
from evidence.dating import DatedFile, dated
from evidence.exhibit import Exhibit, Kind, Original
from evidence.moments import BEIJING

FIRE = datetime(2026, 11, 24, 22, 40, tzinfo=BEIJING)
RECEIVED = datetime(2026, 11, 26, 9, 0, tzinfo=BEIJING)
CANON = {"make": "Canon", "model": "Canon EOS 6D", "serial": "012"}
CARD = "佳能 6D 存储卡1"


@pytest.fixture
def file():
    numbers = count(1)

    def make(
        at=None,
        *,
        name="",
        facts=CANON,
        findings=(),
        source=CARD,
        kind=Kind.PHOTO,
        received=RECEIVED,
        path="",
        content=None,
    ):
        serial = next(numbers)
        exhibit = Exhibit(
            number=f"4105022026O0001-{serial:04d}",
            serial=serial,
            kind=kind,
            name=name,
            collected_by_id=1,
            created_at=received.astimezone(UTC),
        )
        original = Original(
            file_name=name or f"IMG_{serial:04d}.JPG",
            received_at=received.astimezone(UTC),
            sha256=hashlib.sha256(content or str(serial).encode()).hexdigest(),
        )
        facts = {**facts, "device_time": at.strftime("%Y:%m:%d %H:%M:%S")} if at else dict(facts)
        return DatedFile(exhibit, original, source, dated(facts, source, {}), facts, list(findings), path)

    return make


def card(file, files=8, **more):
    """Photographs taken a minute after another on the morning after the fire."""
    return [file(FIRE + timedelta(hours=9, minutes=minute), **more) for minute in range(files)]


def named(found):
    return [(outlier.kind, outlier.exhibit[-4:]) for outlier in found]


def test_a_card_that_goes_together_has_none(file):
    assert outliers(card(file), FIRE) == []
    assert outliers([], FIRE) == []


def test_another_camera(file):
    files = [*card(file), file(FIRE + timedelta(hours=9, minutes=8), facts={"make": "Apple", "model": "iPhone 13"})]
    (found,) = outliers(files, FIRE)
    assert named([found]) == [(OutlierKind.OTHER_DEVICE, "0009")]
    assert (found.found, found.against, found.agreeing, found.group) == ("Apple iPhone 13", "Canon EOS 6D", 8, CARD)


def test_another_body_of_the_same_model(file):
    files = [*card(file), file(FIRE + timedelta(hours=9, minutes=8), facts={**CANON, "serial": "999"})]
    (found,) = outliers(files, FIRE)
    assert (found.kind, found.found, found.against) == (OutlierKind.OTHER_SERIAL, "999", "012")


def test_files_that_say_nothing_of_their_camera_are_not_held_against_it(file):
    files = [*card(file), file(FIRE + timedelta(hours=9, minutes=8), facts={})]
    assert outliers(files, FIRE) == []


def test_two_cameras_half_and_half_have_no_rest(file):
    half = [file(FIRE + timedelta(hours=9, minutes=4 + minute), facts={"model": "X"}) for minute in range(4)]
    assert outliers([*card(file, 4), *half], FIRE) == []


def test_of_two_files_none_is_the_rest(file):
    at = FIRE + timedelta(hours=9)
    assert (
        outliers(
            [file(at), file(at + timedelta(days=2), facts={"model": "X"}, received=RECEIVED + timedelta(days=9))], FIRE
        )
        == []
    )


def test_a_time_far_from_the_others(file):
    files = [*card(file), file(FIRE + timedelta(hours=22), name="x.jpg")]
    (found,) = outliers(files, FIRE)
    assert named([found]) == [(OutlierKind.FAR_TIME, "0009")]
    assert found.found == FIRE + timedelta(hours=22)
    assert found.against == FIRE + timedelta(hours=9, minutes=4)
    assert found.agreeing == 8


def test_a_card_filled_over_days_has_no_far_time(file):
    files = [file(FIRE + timedelta(hours=5 * hour), received=RECEIVED + timedelta(days=9)) for hour in range(20)]
    assert outliers(files, FIRE) == []


def test_a_time_days_before_the_fire_is_named_even_alone(file):
    (found,) = outliers([file(FIRE - timedelta(days=3))], FIRE)
    assert (found.kind, found.against) == (OutlierKind.BEFORE_FIRE, FIRE)
    assert outliers([file(FIRE - timedelta(hours=23), kind=Kind.VIDEO)], FIRE) == [], (
        "a recording of the evening before"
    )


def test_a_clock_that_was_reset_puts_every_file_before_the_fire(file):
    files = [file(datetime(1980, 1, 1, 0, minute, tzinfo=BEIJING)) for minute in range(5)]
    assert {outlier.kind for outlier in outliers(files, FIRE)} == {OutlierKind.BEFORE_FIRE}
    assert len(outliers(files, FIRE)) == 5


def test_a_file_from_after_it_was_received(file):
    (found,) = outliers([file(RECEIVED + timedelta(hours=1))], FIRE)
    assert (found.kind, found.against) == (OutlierKind.AFTER_RECEIPT, RECEIVED)
    assert outliers([file(RECEIVED + timedelta(seconds=40))], FIRE) == []


def test_a_picture_without_exif_among_pictures_with(file):
    bare = file(facts={}, findings=["no_exif"], name="微信图片_1.jpg")
    (found,) = outliers([*card(file), bare], FIRE)
    assert (found.kind, found.agreeing) == (OutlierKind.NO_EXIF, 8)
    assert outliers([file(facts={}, findings=["no_exif"]) for _ in range(5)], FIRE) == []


def test_exif_that_is_there_and_damaged_is_not_exif_that_is_missing(file):
    assert outliers([*card(file), file(facts={}, findings=["exif_unreadable"])], FIRE) == []


@pytest.mark.parametrize("at", ["2015-01-01T00:00:00Z", "2026-11-25T08:00:00Z", "2026-12-24T00:00:00Z"])
def test_by_a_containers_utc_alone_nothing_is_judged(file, at):
    """It is hours off where the device wrote its local time: then one is before the fire, or after its receipt."""
    recording = file(facts={"container_time": at}, kind=Kind.VIDEO, name="a.mp4")
    assert outliers([*card(file), recording], FIRE) == []
    stated = file(facts={"container_time": at.replace("Z", "+08:00")}, kind=Kind.VIDEO, name="a.mp4")
    assert outliers([*card(file), stated], FIRE) or at == "2026-11-25T08:00:00Z"


def test_the_order_of_names_against_the_order_of_times(file):
    files = card(file, 12)
    late = file(FIRE + timedelta(hours=14), name="IMG_0003.JPG")
    files[2] = late
    (found,) = outliers(files, FIRE)
    assert (found.kind, found.exhibit) == (OutlierKind.OUT_OF_ORDER, late.exhibit.number)
    assert found.against.startswith("IMG_0004.JPG（2026-11-25 07:43")
    assert found.agreeing == 11


def test_an_hour_between_neighbours_is_not_out_of_order(file):
    files = card(file, 12)
    files[2] = file(FIRE + timedelta(hours=9, minutes=59), name="IMG_0003.JPG")
    assert outliers(files, FIRE) == []


def test_a_camera_that_began_to_count_again_is_in_order(file):
    names = [f"IMG_{number:04d}.JPG" for number in (9997, 9998, 9999, *range(1, 10))]
    files = [
        file(FIRE + timedelta(hours=3 + hour), name=name, received=RECEIVED + timedelta(days=2))
        for hour, name in enumerate(names)
    ]
    assert outliers(files, FIRE) == []


def test_numbers_that_mean_nothing_name_nothing(file):
    names = [f"DSC_{number:04d}.JPG" for number in (9, 2, 7, 4, 1, 8, 3, 6, 5)]
    files = [file(FIRE + timedelta(hours=3 + 2 * hour), name=name) for hour, name in enumerate(names)]
    assert outliers(files, FIRE) == []


def test_cards_are_not_held_against_each_other(file):
    phone = [
        file(
            FIRE + timedelta(hours=30, minutes=minute),
            facts={"model": "X"},
            source="王建国手机",
            name=f"IMG_{minute + 1:04d}.JPG",
        )
        for minute in range(4)
    ]
    assert outliers([*card(file), *phone], FIRE) == []


def test_without_a_source_files_of_one_device_in_one_folder_are_a_group(file):
    far = FIRE + timedelta(hours=22)
    here = card(file, source="", path="DCIM/100CANON")
    other_device = file(far, facts={"model": "X"}, source="", path="DCIM/100CANON/x.jpg", name="x.jpg")
    other_folder = file(far, source="", path="DCIM\\101CANON\\y.jpg", name="y.jpg")
    assert outliers([*here, other_device, other_folder], FIRE) == []
    same = file(far, source="", path="DCIM\\100CANON\\z.jpg", name="z.jpg")
    (found,) = outliers([*here, same], FIRE)
    assert (found.kind, found.exhibit, found.name) == (OutlierKind.FAR_TIME, same.exhibit.number, "z.jpg")
    assert found.group == "未写来源的文件：Canon EOS 6D 序列号 012，文件夹 DCIM/100CANON"


def test_without_source_folder_and_device_the_group_says_so(file):
    wrong = file(FIRE - timedelta(days=3), facts={}, source="")
    (found,) = outliers([wrong], FIRE)
    assert (found.group, found.device, found.whole) == ("未写来源的文件：设备不明", "", False)


def test_what_all_files_of_a_device_have_in_common_is_marked(file):
    before = FIRE - timedelta(days=400)
    nikon = {"make": "NIKON CORPORATION", "model": "NIKON D7500", "serial": "N99"}
    reset = [file(before + timedelta(minutes=minute), facts=nikon) for minute in range(3)]
    one = file(FIRE + timedelta(hours=22), name="x.jpg")
    found = outliers([*card(file), *reset, one], FIRE)
    assert {outlier.device for outlier in found if outlier.whole} == {"NIKON D7500 序列号 N99"}
    assert {outlier.kind for outlier in found if outlier.whole} == {
        OutlierKind.OTHER_DEVICE,
        OutlierKind.FAR_TIME,
        OutlierKind.BEFORE_FIRE,
    }
    assert [outlier.kind for outlier in found if not outlier.whole] == [OutlierKind.FAR_TIME]
    right = file(FIRE + timedelta(hours=9), facts=nikon)
    found = outliers([*card(file), *reset, one, right], FIRE)
    assert {outlier.kind for outlier in found if outlier.whole} == {OutlierKind.OTHER_DEVICE}


def test_what_is_not_what_its_name_says_is_named_of_every_kind_of_file(file):
    odd = file(facts={}, findings=["type_differs"], kind=Kind.DOCUMENT, name="a.pdf", source="")
    (found,) = outliers([*card(file), odd], FIRE)
    assert (found.kind, found.exhibit, found.group) == (OutlierKind.TYPE_DIFFERS, odd.exhibit.number, "")
    assert outliers([file(facts={}, findings=["no_gps"], kind=Kind.DOCUMENT)], FIRE) == []


def test_of_the_same_bytes_the_later_ones_name_the_first(file):
    first, *later = [file(FIRE + timedelta(hours=9), content=b"same", kind=Kind.DOCUMENT) for _ in range(3)]
    found = outliers([first, *card(file), *later], FIRE)
    assert [(each.kind, each.exhibit, each.against) for each in found] == [
        (OutlierKind.TWIN, each.exhibit.number, first.exhibit.number) for each in later
    ]


def test_documents_and_data_are_not_compared(file):
    files = [*card(file), file(FIRE - timedelta(days=400), facts={"model": "X"}, kind=Kind.DOCUMENT)]
    assert outliers(files, FIRE) == []


def test_a_thousand_hostile_names_are_compared(file):
    names = ["", "0" * 255, "1" * 18 + "x", "..", "IMG_\n0001", "9" * 200 + ".jpg", "照片１２３.jpg"] * 150
    files = [file(FIRE + timedelta(hours=9), name=name or " ") for name in names]
    assert outliers(files, FIRE) == []
