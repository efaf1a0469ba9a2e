"""Measured clocks: recorded by whom and how, never changed, the latest holds; on both databases."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select, text

from evidence.clock import LONGEST_NAME, clock_stated, clocks_of, device_of, holding, measure_clock
from evidence.errors import FactMissing
from evidence.findings import FindingKind
from evidence.moments import BEIJING
from evidence.record import RecordEntry, What
from evidence.register import Procedure, register_case
from evidence.verification import Report, verify_case, walk_record
from tests.tampering import tamper

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=BEIJING)
CANON = "Canon EOS 6D 序列号 012"


def wall(text):
    return datetime.fromisoformat(text)


def measure(world, shown, device=CANON, at=NOON, how="手机网络时间同框拍照", **more):
    return measure_clock(world.investigator, world.case, device=device, shown=shown, beijing_at=at, how=how, **more)


def test_a_measurement_says_how_far_by_whom_and_how(world):
    clock = measure(world, wall("2026-11-25 13:02:10"), remark="见照片 0013")
    assert clock.offset_seconds == 3730
    assert clock.shown == "2026-11-25 13:02:10"
    assert clock.person_id == world.investigator.by.id
    entry = world.tx.exec(select(RecordEntry).where(RecordEntry.what == What.CLOCK)).one()
    said = json.loads(entry.body)
    assert clock.record_seq == entry.seq
    assert said["facts"] == clock_stated(clock)
    assert said["facts"]["offset"] == "3730 s"
    assert said["facts"]["beijing_at"] == "2026-11-25T04:00:00.000000Z"
    assert (said["case"], said["by"]["name"]) == (world.case.number, "王建国")


@pytest.mark.parametrize(
    ("shown", "offset"),
    [
        (wall("2026-11-25 12:00:00"), 0),
        (wall("2026-11-25 11:59:59"), -1),
        (wall("1970-01-01 00:00:00"), -(20782 * 86400 + 12 * 3600)),
        (wall("2099-12-31 23:59:59"), 2306836799),
        (wall("0001-01-01 00:00:00"), -63931204800),
        (wall("2026-11-25 12:00:00.999999"), 0),
    ],
)
def test_any_error_is_kept_from_none_to_two_thousand_years(world, shown, offset):
    clock = measure(world, shown)
    world.tx.commit()
    world.tx.expire_all()
    (kept,) = clocks_of(world.tx, world.case)
    assert (
        kept.offset_seconds
        == offset
        == round((shown.replace(microsecond=0) - NOON.replace(tzinfo=None)).total_seconds())
    )
    assert kept.beijing_at == NOON
    assert kept.id == clock.id


def test_the_moment_may_be_given_in_any_zone(world):
    assert measure(world, wall("2026-11-25 12:00:05"), at=NOON.astimezone(UTC)).offset_seconds == 5


@pytest.mark.parametrize(("device", "how"), [("", "对照"), (" \t", "对照"), (CANON, ""), (CANON, "  ")])
def test_device_and_method_are_asked_for(world, device, how):
    with pytest.raises(FactMissing):
        measure(world, wall("2026-11-25 12:00:00"), device=device, how=how)
    assert clocks_of(world.tx, world.case) == []


def test_what_a_device_shows_has_no_zone(world):
    with pytest.raises(ValueError, match="no time zone"):
        measure(world, NOON)


def test_a_correction_is_a_new_measurement_and_the_latest_holds(world):
    first = measure(world, wall("2026-11-25 13:00:00"))
    other = measure(world, wall("2026-11-25 12:00:00"), device="东门海康 DVR 通道3")
    second = measure(world, wall("2026-11-25 12:01:00"), device=f"  {CANON.replace(' ', '  ')} ")
    assert clocks_of(world.tx, world.case) == [first, other, second]
    assert holding(clocks_of(world.tx, world.case)) == {CANON: second, "东门海康 DVR 通道3": other}


def test_another_cases_clock_is_not_this_cases(world):
    measure(world, wall("2026-11-25 13:00:00"))
    other = register_case(
        world.investigator, world.unit, name="另一起", fire_at=NOON, place="别处", procedure=Procedure.ORDINARY
    )
    assert clocks_of(world.tx, other) == []


@pytest.mark.parametrize("statement", ["UPDATE device_clock SET offset_seconds = 0", "DELETE FROM device_clock"])
def test_a_measurement_is_neither_changed_nor_removed(world, statement):
    measure(world, wall("2026-11-25 13:00:00"))
    world.tx.commit()
    with pytest.raises(DBAPIError):
        world.tx.execute(text(statement))
    world.tx.rollback()


def test_a_measurement_verifies(world):
    measure(world, wall("2026-11-25 13:00:00"))
    measure(world, wall("1970-01-01 00:00:00"), device="DVR", at=NOON + timedelta(microseconds=7))
    world.tx.commit()
    world.tx.expire_all()
    assert found(world) == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE device_clock SET device = 'X'", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET shown = '2026-11-25 12:00:00'", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET beijing_at = '2026-11-25 00:00:00'", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET offset_seconds = 0", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET how = ''", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET remark = 'X'", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET person_id = 2", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET at = '2026-11-25 00:00:00'", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET record_seq = 7", FindingKind.CLOCK_DIFFERS),
        ("UPDATE device_clock SET record_seq = 7", FindingKind.CLOCK_MISSING),
        ("DELETE FROM device_clock", FindingKind.CLOCK_MISSING),
    ],
)
def test_a_measurement_that_was_changed_or_removed_is_found(world, statement, kind):
    measure(world, wall("2026-11-25 13:00:00"))
    world.tx.commit()
    tamper(world.engine, statement)
    world.tx.expire_all()
    assert (world.case.number, kind) in found(world)


def found(world):
    """What verification finds, as places and kinds."""
    report = Report()
    verify_case(world.tx, world.case, walk_record(world.tx, report), report)
    return [(finding.where, finding.kind) for finding in report.findings]


@pytest.mark.parametrize(
    ("facts", "source", "device"),
    [
        ({"make": "Canon", "model": "Canon EOS 6D", "serial": "012"}, "卡1", "Canon EOS 6D 序列号 012"),
        ({"make": "NIKON CORPORATION", "model": "NIKON D750", "serial": "7"}, "", "NIKON D750 序列号 7"),
        ({"make": "HUAWEI", "model": "ALN-AL80"}, "王建国手机", "HUAWEI ALN-AL80"),
        ({"make": "DJI", "serial": "9"}, "", "DJI 序列号 9"),
        ({"serial": "9"}, "", "序列号 9"),
        ({"model": "X"}, "卡1", "X"),
        ({"make": " ", "model": ""}, " 东门海康  DVR 通道3 ", "东门海康 DVR 通道3"),
        ({}, "", ""),
    ],
)
def test_a_device_is_named_by_what_its_files_say_else_by_where_they_came_from(facts, source, device):
    assert device_of(facts, source) == device


def test_a_devices_name_is_never_longer_than_can_be_kept():
    facts = {"make": "甲" * 200, "model": "乙" * 200, "serial": "丙" * 200}
    assert len(device_of(facts, "")) <= LONGEST_NAME
    assert len(device_of({}, "丁" * 500)) == LONGEST_NAME
