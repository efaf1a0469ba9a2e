"""Storage places are a tree, never edited; what is in them follows from the chains; what they cannot hold is told."""

import threading

import pytest
import sqlalchemy as sa

from casesvc.database import Database
from evidence.chain import stated
from evidence.custody import perform, standing_of
from evidence.custody_event import EventType, events_of, facts_of
from evidence.defects import DefectKind
from evidence.errors import (
    FactMissing,
    PlaceChanged,
    PlaceClosed,
    PlaceCodeRefused,
    PlaceMisplaced,
    PlaceOccupied,
    PlaceTaken,
    PlaceUnknown,
    RuleBroken,
)
from evidence.place import (
    PlaceFacts,
    PlaceKind,
    change_place,
    count_in,
    counts_of,
    enter_place,
    place_by_code,
    place_facts,
    places_of,
    standings_in,
    state_of,
    stood,
)
from evidence.place_rules import place_breaks
from evidence.record import RecordEntry, What
from evidence.register import unit_by_code
from tests.evidence.shelving import inside, kept, store
from tests.evidence.shelving import room as make_room


@pytest.fixture
def room(world):
    return make_room(world)


def test_a_place_is_named_by_its_path_and_stands_in_the_record(world, room):
    cabinet = inside(world, room, "G03", name="三号柜", capacity=20, access="保管人")
    shelf = inside(world, cabinet, "2", PlaceKind.SHELF, name="第二层")
    assert [each.place.code for each in places_of(world.tx, world.unit.id)] == ["W1", "W1-G03", "W1-G03-2"]
    assert stood(world.tx, shelf).words == "物证室 / 三号柜 / 第二层"
    assert place_facts(world.tx, world.unit.id, "W1-G03-2") == {
        "place": "物证室 / 三号柜 / 第二层",
        "place_code": "W1-G03-2",
    }
    entry = world.tx.get_one(RecordEntry, state_of(world.tx, cabinet).record_seq)
    assert entry.what is What.PLACE
    assert stated(entry.body).facts == {
        "unit": "410502",
        "place_code": "W1-G03",
        "kind": "cabinet",
        "change": 0,
        "name": "三号柜",
        "capacity": 20,
        "access": "保管人",
        "fit_for_hazard": False,
        "closed": False,
    }


@pytest.mark.parametrize("segment", ["", "g03", "柜", "A B", "A-B", "A" * 9, "'", "%", "W_1", "\u2160"])
def test_a_code_that_no_label_can_carry_is_refused(world, segment):
    with pytest.raises(PlaceCodeRefused):
        enter_place(world.custodian, world.unit, PlaceFacts("库"), kind=PlaceKind.ROOM, segment=segment)


def test_a_code_names_one_place_of_a_unit_and_each_unit_has_its_own(world, room):
    with pytest.raises(PlaceTaken):
        enter_place(world.custodian, world.unit, PlaceFacts("又一间"), kind=PlaceKind.ROOM, segment="W1")
    other = unit_by_code(world.tx, "410523")
    enter_place(world.custodian, other, PlaceFacts("邻县库房"), kind=PlaceKind.ROOM, segment="W1")
    assert [each.state.name for each in places_of(world.tx, world.unit.id)] == ["物证室"]
    with pytest.raises(PlaceUnknown):
        place_by_code(world.tx, other.id, "W2")


def test_places_are_in_larger_ones_and_rooms_in_none(world, room):
    shelf = inside(world, room, "S1", PlaceKind.SHELF)
    for kind in (PlaceKind.SHELF, PlaceKind.CABINET, PlaceKind.ROOM):
        with pytest.raises(PlaceMisplaced):
            inside(world, shelf, "X", kind)
    with pytest.raises(PlaceMisplaced):
        enter_place(world.custodian, world.unit, PlaceFacts("盒"), kind=PlaceKind.BOX, segment="B")


@pytest.mark.parametrize("facts", [PlaceFacts(" "), PlaceFacts("库", capacity=0), PlaceFacts("库", capacity=-1)])
def test_a_place_has_a_name_and_holds_something(world, facts):
    with pytest.raises(FactMissing):
        enter_place(world.custodian, world.unit, facts, kind=PlaceKind.ROOM, segment="W9")


def test_a_change_is_said_beside_what_was_said_before_and_of_two_the_second_is_told(world, room):
    change_place(world.custodian, room, PlaceFacts("一号物证室", fit_for_hazard=True), seen=0)
    with pytest.raises(PlaceChanged):
        change_place(world.custodian, room, PlaceFacts("旧页面"), seen=0)
    found = stood(world.tx, room)
    assert (found.state.name, found.state.seq, found.fit_for_hazard) == ("一号物证室", 1, True)
    query = sa.text("SELECT name FROM place_state ORDER BY seq")
    assert list(world.tx.execute(query).scalars()) == ["物证室", "一号物证室"]


@pytest.mark.parametrize("table", ["storage_place", "place_state"])
def test_nobody_edits_or_deletes_a_place(world, room, table):
    world.tx.commit()
    for statement in (
        f"UPDATE {table} SET {'code' if table == 'storage_place' else 'name'} = 'X'",
        f"DELETE FROM {table}",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_what_is_in_a_place_follows_from_the_chains_with_all_in_it(world, room):
    cabinet, other = inside(world, room, "G03"), inside(world, room, "G03X")
    shelf = inside(world, cabinet, "2", PlaceKind.SHELF)
    first, second, third = kept(world, 3)
    store(world, shelf, first)
    store(world, cabinet, second)
    store(world, other, third)
    assert [count_in(world.tx, each) for each in (room, cabinet, shelf, other)] == [3, 2, 1, 1]
    assert counts_of(world.tx, world.unit.id) == {"W1-G03-2": 1, "W1-G03": 1, "W1-G03X": 1}
    store(world, other, first, EventType.MOVED)
    assert [row.exhibit_id for row in standings_in(world.tx, other)] == [first.id, third.id]
    perform(world.custodian, world.case, third, EventType.LOST, {"reason": "清点未见", "last_seen": "上月盘点"})
    assert [count_in(world.tx, each) for each in (room, cabinet, shelf, other)] == [2, 1, 0, 1]


def test_the_same_code_of_another_unit_is_another_place(world, room):
    neighbour = unit_by_code(world.tx, "410523")
    theirs = enter_place(world.custodian, neighbour, PlaceFacts("邻县库房"), kind=PlaceKind.ROOM, segment="W1")
    store(world, room, *kept(world))
    assert (count_in(world.tx, room), count_in(world.tx, theirs)) == (1, 0)
    assert counts_of(world.tx, neighbour.id) == {}


def test_a_full_place_takes_no_more_unless_somebody_says_why(world, room):
    cabinet = inside(world, room, "G1", capacity=2)
    shelf = inside(world, cabinet, "1", PlaceKind.SHELF)
    first, second, third = kept(world, 3)
    assert place_breaks(world.tx, shelf, [first, second, third]) == {
        first.id: [],
        second.id: [],
        third.id: ["place_full"],
    }
    store(world, shelf, first)
    store(world, cabinet, second)
    with pytest.raises(RuleBroken, match="容量"):
        store(world, shelf, third)
    assert place_breaks(world.tx, cabinet, [first])[first.id] == [], "what is in it already takes no more room"
    event = store(world, shelf, third, breach_reason="其他柜正在维修")
    assert facts_of(event)["breach"] == {"rules": ["place_full"], "reason": "其他柜正在维修"}
    [defect] = standing_of(world.tx, world.case, third).defects
    assert (defect.kind, defect.rule, defect.minor) == (DefectKind.PLACE_UNFIT, "place_full", True)


def test_dangerous_goods_go_where_they_may_be_kept(world, room):
    cabinet = inside(world, room, "WX", fit_for_hazard=True)
    shelf = inside(world, cabinet, "1", PlaceKind.SHELF)
    dangerous, perishable = kept(world, hazard="dangerous")[0], kept(world, hazard="perishable")[0]
    with pytest.raises(RuleBroken, match="危险物品"):
        store(world, room, dangerous)
    store(world, shelf, dangerous)
    store(world, room, perishable)
    assert standing_of(world.tx, world.case, dangerous).place_code == "W1-WX-1"


def test_a_closed_place_is_empty_and_takes_nothing(world, room):
    cabinet = inside(world, room, "G1")
    [sample] = kept(world)
    store(world, cabinet, sample)
    with pytest.raises(PlaceOccupied) as told:
        change_place(world.custodian, room, PlaceFacts("物证室", closed=True), seen=0)
    assert told.value.count == 1
    empty = inside(world, room, "G2")
    change_place(world.custodian, empty, PlaceFacts("二号柜", closed=True), seen=0)
    assert place_breaks(world.tx, empty, [sample]) == {sample.id: ["place_open"]}
    with pytest.raises(PlaceClosed):
        inside(world, empty, "1", PlaceKind.SHELF)
    change_place(world.custodian, empty, PlaceFacts("二号柜"), seen=1)
    assert place_breaks(world.tx, empty, [sample]) == {sample.id: []}


def test_of_two_custodians_one_takes_the_last_position(world, room):
    cabinet = inside(world, room, "G1", capacity=1)
    samples = kept(world, 2)
    world.tx.commit()
    database = Database(world.engine.url.render_as_string(hide_password=False))
    gate, outcomes = threading.Barrier(2), []

    def put(sample):
        gate.wait()
        try:
            with database.begin(world.custodian.by) as act:
                broken = place_breaks(act.tx, cabinet, [sample])[sample.id]
                facts = place_facts(act.tx, world.unit.id, cabinet.code)
                perform(act, world.case, sample, EventType.STORED, facts, also_broken=broken)
            outcomes.append("stored")
        except RuleBroken:
            outcomes.append("told")

    threads = [threading.Thread(target=put, args=[sample]) for sample in samples]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert sorted(outcomes) == ["stored", "told"]
    world.tx.expire_all()
    assert count_in(world.tx, cabinet) == 1
    assert sum(len(events_of(world.tx, sample)) for sample in samples) == 7
