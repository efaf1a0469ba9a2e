"""A count compares what was seen with the chains: signed once, each difference open until the chain settles it."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from casesvc.database import Database
from evidence.chain import stated
from evidence.custody import perform
from evidence.custody_event import EventType, events_of, facts_of
from evidence.errors import PlaceUnknown, StockTakeEnded, StockTakeOpen, StockTakeUnknown
from evidence.place import PlaceKind
from evidence.record import RecordEntry, What
from evidence.stock_take import (
    Seen,
    differences_of,
    end_of,
    open_stock_takes,
    scans_of,
    stock_take_by_number,
    stock_takes_of,
    unsettled,
)
from evidence.stock_taking import begin_stock_take, compare, compare_one, end_stock_take, scan
from tests.evidence.conftest import AT, hand_over
from tests.evidence.shelving import inside, kept, room, store


@pytest.fixture
def shelves(world):
    """A room with two shelves and three samples: two on the first, one on the second."""
    made = room(world)
    one, two = inside(world, made, "A", PlaceKind.SHELF), inside(world, made, "B", PlaceKind.SHELF)
    samples = kept(world, 3)
    for place, sample in ((one, samples[0]), (one, samples[1]), (two, samples[2])):
        store(world, place, sample)
    return made, one, two, samples


def begun(world, place):
    return begin_stock_take(world.custodian, place)


def end(world, taken):
    return end_stock_take(world.custodian, taken, confirmed_by="password")


def found(world, taken):
    return {each.exhibit.number[-4:]: (each.row.kind, each.settled) for each in differences_of(world.tx, taken)}


def test_everything_in_its_place(world, shelves):
    place, _, _, samples = shelves
    taken = begun(world, place)
    assert taken.number == "PD41050220260001"
    assert [scan(world.custodian, taken, sample, place) for sample in samples] == [True, True, True]
    ended = end(world, taken)
    assert (ended.expected, ended.counted, differences_of(world.tx, taken)) == (3, 3, [])
    event = events_of(world.tx, samples[0])[-1]
    assert event.type is EventType.COUNTED
    assert facts_of(event) == {
        "stock_take": taken.number,
        "place": "物证室",
        "place_code": "W1",
        "result": "as_booked",
    }
    begun_entry, ended_entry = (world.tx.get_one(RecordEntry, seq) for seq in (taken.record_seq, ended.record_seq))
    assert begun_entry.what is ended_entry.what is What.STOCK_TAKE
    said = stated(ended_entry.body).facts
    assert (said["expected"], said["counted"], said["differences"]) == (3, 3, [])
    assert said["confirmed_by"] == "password"


def test_each_difference_is_named_and_in_the_signed_result(world, shelves):
    place, one, two, (first, second, third) = shelves
    (handed_out,) = kept(world)
    borrowed = {"term": AT + timedelta(days=3), "breach_reason": "紧急勘验"}
    hand_over(world.custodian, world.investigator, world.case, handed_out, EventType.BORROWED, **borrowed)
    away = room(world, "W2")
    (other,) = kept(world)
    store(world, away, other)
    taken = begun(world, place)
    for sample, at in ((first, one), (third, one), (other, place), (handed_out, two)):
        scan(world.custodian, taken, sample, at)
    now = compare(world.tx, taken)
    assert now.seen[second.id] is Seen.MISSING
    by_id = {each.exhibit_id: each for each in scans_of(world.tx, taken)}
    assert compare_one(world.tx, taken, by_id[third.id])[0] is Seen.ELSEWHERE, "on a shelf, and not on its own"
    ended = end(world, taken)
    assert (ended.expected, ended.counted) == (3, 4)
    kinds = {each.exhibit.id: each.row.kind for each in differences_of(world.tx, taken)}
    assert kinds == {
        second.id: Seen.MISSING,
        third.id: Seen.ELSEWHERE,
        other.id: Seen.ELSEWHERE,
        handed_out.id: Seen.UNEXPECTED,
    }
    rows = stated(world.tx.get_one(RecordEntry, ended.record_seq).body).facts["differences"]
    assert [row["exhibit"] for row in rows] == sorted(each.number for each in (second, third, other, handed_out))
    assert {row["result"] for row in rows} == {"missing", "elsewhere", "unexpected"}
    assert all("物证室" in row["booked"] for row in rows if row["result"] == "missing")
    assert events_of(world.tx, second)[-1].type is EventType.STORED, "what was not seen was not counted"


def test_a_difference_is_open_until_the_chain_says_something_else(world, shelves):
    place, one, _, (first, second, third) = shelves
    taken = begun(world, place)
    scan(world.custodian, taken, third, one)
    end(world, taken)
    assert unsettled(world.tx, [taken]) == {taken.id: 3}
    perform(world.custodian, world.case, first, EventType.LABELLED, {"label": "热敏"})
    assert unsettled(world.tx, [taken]) == {taken.id: 3}, "a new label settles nothing"
    perform(world.custodian, world.case, first, EventType.LOST, {"reason": "盘点未见", "last_seen": "上月"})
    store(world, one, third, EventType.MOVED)
    assert unsettled(world.tx, [taken]) == {taken.id: 1}
    settled = {number: event and event.type for number, (_, event) in found(world, taken).items()}
    assert settled == {"0001": EventType.LOST, "0002": None, "0003": EventType.MOVED}
    again = begun(world, place)
    for sample in (second, third):
        scan(world.custodian, again, sample, one)
    end(world, again)
    assert unsettled(world.tx, [taken, again]) == {}
    assert found(world, taken)["0002"][1].type is EventType.COUNTED, "it had only been overlooked"
    assert [each.number for each in stock_takes_of(world.tx, [world.unit.id])] == [again.number, taken.number]


def test_a_count_in_the_wrong_place_settles_nothing(world, shelves):
    place, one, _, (*_, third) = shelves
    taken = begun(world, place)
    scan(world.custodian, taken, third, one)
    end(world, taken)
    again = begun(world, one)
    scan(world.custodian, again, third, one)
    end(world, again)
    assert found(world, taken)["0003"] == (Seen.ELSEWHERE, None)
    assert found(world, again)["0003"] == (Seen.ELSEWHERE, None)


def test_what_moves_during_a_count_is_compared_as_it_is_at_its_end(world, shelves):
    place, one, two, (first, second, third) = shelves
    taken = begun(world, place)
    for sample, at in ((first, one), (second, two), (third, two)):
        scan(world.custodian, taken, sample, at)
    store(world, two, second, EventType.MOVED)
    end(world, taken)
    assert differences_of(world.tx, taken) == []


def test_a_place_is_counted_once_at_a_time_with_what_is_around_it_and_in_it(world, shelves):
    place, one, two, _ = shelves
    taken = begun(world, one)
    for again in (one, place):
        with pytest.raises(StockTakeOpen) as told:
            begun(world, again)
        assert told.value.stock_take == taken.number
    begun(world, two)
    assert [each.place_id for each in open_stock_takes(world.tx, world.unit.id)] == [one.id, two.id]
    end(world, taken)
    begun(world, one)


def test_a_scan_is_kept_once_and_only_of_what_is_counted(world, shelves):
    _, one, two, (first, *_) = shelves
    taken = begun(world, one)
    assert scan(world.custodian, taken, first, one)
    assert not scan(world.investigator, taken, first, one)
    (row,) = scans_of(world.tx, taken)
    assert row.person_id == world.custodian.by.id
    with pytest.raises(PlaceUnknown):
        scan(world.custodian, taken, first, two)
    with pytest.raises(StockTakeUnknown):
        stock_take_by_number(world.tx, "PD41050220269999")


def test_after_the_end_nothing_is_scanned_and_nobody_ends_it_again(world, shelves):
    place, _, _, (first, *_) = shelves
    taken = begun(world, place)
    end(world, taken)
    for again in (lambda: scan(world.custodian, taken, first, place), lambda: end(world, taken)):
        with pytest.raises(StockTakeEnded) as told:
            again()
        assert told.value.person == "赵敏"


@pytest.mark.parametrize("table", ["stock_take", "stock_take_scan", "stock_take_end", "stock_take_difference"])
def test_nobody_edits_or_deletes_a_count(world, shelves, table):
    place, _, _, (first, *_) = shelves
    taken = begun(world, place)
    scan(world.custodian, taken, first, place)
    end(world, taken)
    world.tx.commit()
    key = "id" if table == "stock_take" else "stock_take_id"
    for statement in (f"UPDATE {table} SET {key} = 99", f"DELETE FROM {table}"):
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_two_people_scan_into_one_count_and_one_of_them_ends_it(world, shelves):
    place, _, _, samples = shelves
    taken = begun(world, place)
    world.tx.commit()
    database = Database(world.engine.url.render_as_string(hide_password=False))
    gate, outcomes = threading.Barrier(2), []

    def work(by):
        gate.wait()
        for sample in samples:
            with database.begin(by) as act:
                outcomes.append(scan(act, stock_take_by_number(act.tx, taken.number), sample, place))
        gate.wait()
        try:
            with database.begin(by) as act:
                end_stock_take(act, stock_take_by_number(act.tx, taken.number), confirmed_by="totp")
            outcomes.append("ended")
        except StockTakeEnded:
            outcomes.append("told")

    threads = [threading.Thread(target=work, args=[act.by]) for act in (world.custodian, world.investigator)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert sorted(map(str, outcomes)) == ["False"] * 3 + ["True"] * 3 + ["ended", "told"]
    world.tx.expire_all()
    assert end_of(world.tx, taken).counted == 3
    counted = [event for sample in samples for event in events_of(world.tx, sample) if event.type is EventType.COUNTED]
    assert len(counted) == 3
