"""What is made of a device's time: read strictly, never filled in, corrected only by its own measured clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.clock import DeviceClock, clocks_of, holding, measure_clock
from evidence.custody_event import chains_of
from evidence.dating import Zone, dated, dated_files
from evidence.exhibit import Kind, Reading
from evidence.intake import collect_file, receive
from evidence.moments import BEIJING
from evidence.record import What, enter
from evidence.register import Procedure, register_case

CANON = {"make": "Canon", "model": "Canon EOS 6D", "serial": "012"}
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=BEIJING)


def wall(text):
    return datetime.fromisoformat(text)


def beijing(*parts):
    return datetime(*parts, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("facts", "zone", "at"),
    [
        ({"device_time": "2026:11:25 06:40:05"}, Zone.ASSUMED, beijing(2026, 11, 25, 6, 40, 5)),
        (
            {"device_time": "2026:11:25 06:40:05", "device_time_offset": "+09:00"},
            Zone.STATED,
            beijing(2026, 11, 25, 5, 40, 5),
        ),
        (
            {"device_time": "2026:11:25 06:40:05", "device_time_offset": "-03:30"},
            Zone.STATED,
            datetime(2026, 11, 25, 10, 10, 5, tzinfo=UTC),
        ),
        *(
            (
                {"device_time": "2026:11:25 06:40:05", "device_time_offset": offset},
                Zone.ASSUMED,
                beijing(2026, 11, 25, 6, 40, 5),
            )
            for offset in ("+99:00", "+08:60", "8", "+14:01", "东八区", "+٠٨:00")
        ),
        ({"device_time": "1970:01:01 00:05:12"}, Zone.ASSUMED, beijing(1970, 1, 1, 0, 5, 12)),
        ({"container_time": "2026-11-24T22:40:05.000000Z"}, Zone.UTC, beijing(2026, 11, 25, 6, 40, 5)),
        ({"container_time": "UTC 2026-11-24 22:40:05"}, Zone.UTC, beijing(2026, 11, 25, 6, 40, 5)),
        ({"container_time": "2026-11-24 22:40:05 UTC"}, Zone.UTC, beijing(2026, 11, 25, 6, 40, 5)),
        ({"container_time": "2026-11-24T22:40:05+00:00"}, Zone.UTC, beijing(2026, 11, 25, 6, 40, 5)),
        ({"container_time": "2026-11-25T06:40:05+0800"}, Zone.STATED, beijing(2026, 11, 25, 6, 40, 5)),
        ({"container_time": "2026-11-25 06:40:05"}, Zone.ASSUMED, beijing(2026, 11, 25, 6, 40, 5)),
        (
            {"device_time": "0000:00:00 00:00:00", "container_time": "2026-11-24T22:40:05Z"},
            Zone.UTC,
            beijing(2026, 11, 25, 6, 40, 5),
        ),
    ],
)
def test_a_time_is_read_with_its_zone_or_as_beijing_time(facts, zone, at):
    time = dated(facts, "", {})
    assert (time.zone, time.at, time.moment) == (zone, at, at)
    assert time.corrected is None
    assert time.original in facts.values()


def test_a_containers_utc_has_a_second_reading_by_local_time_corrected_alike(world):
    facts = {"container_time": "2026-11-24T22:40:05Z", **CANON}
    time = dated(facts, "", {})
    assert (time.at, time.if_local, time.unambiguous) == (
        beijing(2026, 11, 25, 6, 40, 5),
        beijing(2026, 11, 24, 22, 40, 5),
        False,
    )
    time = dated(facts, "", clocks(world, wall("2026-11-25 12:00:10")))
    assert (time.corrected, time.if_local) == (beijing(2026, 11, 25, 6, 39, 55), beijing(2026, 11, 24, 22, 39, 55))
    for known in ({"device_time": "2026:11:25 06:40:05"}, {"container_time": "2026-11-25T06:40:05+0800"}, {}):
        time = dated(known, "", {})
        assert (time.if_local, time.unambiguous) == (None, True)


def test_a_change_of_the_file_dates_nothing():
    assert dated({"changed_time": "2026:11:25 06:40:05", **CANON}, "", {}).moment is None


@pytest.mark.parametrize(
    ("facts", "told_apart"), [(CANON, True), ({"make": "Canon", "model": "Canon EOS 6D"}, False), ({}, True)]
)
def test_a_model_without_a_serial_number_is_not_told_from_another(facts, told_apart):
    assert dated({**facts, "device_time": "2026:11:25 06:40:05"}, "", {}).told_apart is told_apart


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "2026:02:30 10:00:00",
        "2026:11:25 24:00:00",
        "2016:12:31 23:59:60",  # a leap second is no time a device's calendar has
        "2026-11-25 06:40:05",
        "2026:11:25",
        "    :  :     :  :  ",
        "２０２６:11:25 06:40:05",
        "2026:11:25 06:40:05; DROP TABLE exhibit",
        "0001:01:01 00:00:00",  # before the year 1 in UTC
    ],
)
def test_what_is_no_time_stays_undated_and_is_shown_as_it_is(text):
    time = dated({"device_time": text, **CANON}, "", {})
    assert (time.at, time.corrected, time.moment, time.clock) == (None, None, None, None)
    assert time.original == text.strip()


def test_what_a_reader_could_not_take_for_a_time_is_shown_as_it_is():
    time = dated({"device_time_raw": "昨天下午"}, "", {})
    assert (time.original, time.moment) == ("昨天下午", None)


@pytest.mark.parametrize("zero", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z", "UTC 1904-01-01 00:00:00"])
def test_the_zero_of_a_container_is_no_time(zero):
    assert dated({"container_time": zero}, "DVR", {}).moment is None


def test_nothing_is_filled_in_where_there_is_no_time():
    time = dated({}, "", {})
    assert (time.device, time.original, time.moment) == ("", "", None)


def clocks(world, shown, device="Canon EOS 6D 序列号 012", at=NOON):
    measure_clock(world.investigator, world.case, device=device, shown=shown, beijing_at=at, how="对照")
    return holding(clocks_of(world.tx, world.case))


@pytest.mark.parametrize(
    ("shown", "facts", "corrected"),
    [
        # an hour, two minutes and ten seconds fast
        (wall("2026-11-25 13:02:10"), {"device_time": "2026:11:25 06:40:05"}, beijing(2026, 11, 25, 5, 37, 55)),
        # years behind, as a recorder whose battery is empty
        (wall("2008-01-01 00:00:00"), {"device_time": "2007:12:31 12:00:00"}, beijing(2026, 11, 25, 0, 0, 0)),
        # right
        (wall("2026-11-25 12:00:00"), {"device_time": "2026:11:25 06:40:05"}, beijing(2026, 11, 25, 6, 40, 5)),
        # set to another zone: what was shown is corrected, whatever zone the file names
        (
            wall("2026-11-25 13:00:00"),
            {"device_time": "2026:11:25 07:40:05", "device_time_offset": "+09:00"},
            beijing(2026, 11, 25, 6, 40, 5),
        ),
        # a container's UTC is brought to Beijing first
        (
            wall("2026-11-25 12:00:10"),
            {"container_time": "2026-11-24T22:40:05Z"},
            beijing(2026, 11, 25, 6, 39, 55),
        ),
    ],
)
def test_a_measured_clock_corrects(world, shown, facts, corrected):
    held = clocks(world, shown)
    time = dated({**facts, **CANON}, "", held)
    assert time.corrected == time.moment == corrected
    assert time.clock is held["Canon EOS 6D 序列号 012"]
    assert time.original in facts.values(), "the original stays beside it"
    assert time.at == dated(facts, "", {}).at


def test_a_zone_that_is_not_beijings_is_pointed_out():
    facts = {"device_time": "2026:11:25 07:40:05", "device_time_offset": "+09:00"}
    assert dated(facts, "", {}).zone_differs
    assert not dated({**facts, "device_time_offset": "+08:00"}, "", {}).zone_differs
    assert not dated({**facts, "device_time_offset": ""}, "", {}).zone_differs


def test_only_the_devices_own_clock_corrects(world):
    held = clocks(world, wall("2026-11-25 13:00:00"))
    for facts, source in (
        ({**CANON, "serial": "013"}, ""),
        ({"make": "Canon", "model": "Canon EOS 6D"}, "Canon EOS 6D 序列号 01"),
        ({}, ""),
    ):
        time = dated({**facts, "device_time": "2026:11:25 06:40:05"}, source, held)
        assert (time.corrected, time.clock) == (None, None)


def test_a_recorder_is_corrected_by_the_source_its_files_were_registered_with(world):
    held = clocks(world, wall("2026-11-25 12:05:00"), device="东门海康 DVR 通道3")
    time = dated({"container_time": "2026-11-25 06:40:05"}, "东门海康 DVR 通道3", held)
    assert time.corrected == beijing(2026, 11, 25, 6, 35, 5)


def test_of_two_measurements_the_later_corrects(world):
    clocks(world, wall("2026-11-25 13:00:00"))
    held = clocks(world, wall("2026-11-25 12:00:30"))
    assert dated({**CANON, "device_time": "2026:11:25 06:40:05"}, "", held).corrected == beijing(
        2026, 11, 25, 6, 39, 35
    )


def test_what_no_calendar_reaches_is_not_corrected(world):
    held = clocks(world, wall("0001-01-01 00:00:00"))
    time = dated({**CANON, "device_time": "9000:01:01 00:00:00"}, "", held)
    assert time.corrected is None
    assert time.clock is not None
    assert time.moment == time.at


def collected(world, name, facts, *, act=None, case=None, source=""):
    act, case = act or world.investigator, case or world.case
    received = receive(world.store, [name.encode()], file_name=name)
    exhibit = collect_file(act, case, received, kind=Kind.PHOTO, facts={"source": source})
    if facts is not None:
        original = dated_files(world.tx, case, chains_of(world.tx, case))[-1].original
        entry = enter(act, What.READING, {}, case=case, exhibit=exhibit)
        world.tx.add(
            Reading(
                original_id=original.id, reader="t", facts=facts, findings=[], read_at=entry.at, record_seq=entry.seq
            )
        )
        world.tx.flush()
    return exhibit


def test_the_files_of_a_case_with_device_source_and_time(world):
    clocks(world, wall("2026-11-25 13:00:00"))
    collected(world, "a.jpg", {**CANON, "device_time": "2026:11:25 06:40:05"}, source="佳能 6D 存储卡1")
    collected(world, "b.jpg", None)
    other = register_case(
        world.investigator, world.unit, name="另一起", fire_at=NOON, place="别处", procedure=Procedure.ORDINARY
    )
    collected(world, "c.jpg", {**CANON, "device_time": "2026:11:25 06:40:05"}, case=other)
    first, second = dated_files(world.tx, world.case, chains_of(world.tx, world.case))
    assert (first.source, first.time.corrected) == ("佳能 6D 存储卡1", beijing(2026, 11, 25, 5, 40, 5))
    assert first.findings == []
    assert (second.source, second.time.moment, second.findings) == ("", None, None)
    (elsewhere,) = dated_files(world.tx, other, chains_of(world.tx, other))
    assert elsewhere.time.corrected is None, "another case's measurement says nothing here"


@given(
    time=st.text(max_size=40) | st.from_regex(r"\A\d{4}:\d\d:\d\d \d\d:\d\d:\d\d\Z"),
    container=st.text(max_size=40) | st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?\Z"),
    offset=st.text(max_size=8) | st.from_regex(r"\A[+-]\d\d:\d\d\Z"),
    seconds=st.integers(-(10**12), 10**12),
)
@settings(max_examples=300, deadline=None)
def test_no_text_brings_it_down_and_the_original_stays_verbatim(time, container, offset, seconds):
    facts = {"device_time": time, "container_time": container, "device_time_offset": offset, "model": "X"}
    clock = DeviceClock(device="X", offset_seconds=seconds)
    for held in ({}, {"X": clock}):
        made = dated(facts, "", held)
        assert made.original in {time.strip(), container.strip()}
        assert (made.corrected is None) or (made.clock is clock and made.at is not None)
        assert made.at is None or made.at.tzinfo is UTC
