"""Acts on many exhibits at once: as few statements as for one, all or none, and what is beside each chain agrees."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from evidence.custody import perform, perform_all
from evidence.custody_event import CustodyEvent, EventType, events_of
from evidence.custody_findings import custody_findings
from evidence.errors import ActOutOfPlace, HandoverAnswered, SealTaken
from evidence.handing_over import answer, withdraw
from evidence.seal import Seal
from tests.evidence.test_handover import accepted, offered, photo, taken

LABEL = {"label": "D14"}
RESEALED = {"seal_after": "FY-9", "packing": "物证袋", "witness": "马会计", "second_officer": "李文静"}


def statements(world, work):
    """How many statements ``work`` needs; SQLite, to which no way leads, is told each row by itself: counted once."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT") or statement not in seen:
            seen.append(statement)

    sa.event.listen(world.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(world.engine, "before_cursor_execute", note)
    return len(seen)


def samples(world, count, seal="FY"):
    return [taken(world, f"{seal}-{number}") for number in range(count)]


def unsealed(world, count):
    made = samples(world, count, "先")
    for number, each in enumerate(made):
        opened = {"reason": "检查", "seal_before": f"先-{number}", "witness": "马会计", "second_officer": "李文静"}
        perform(world.investigator, world.case, each, EventType.OPENED, opened)
    return made


def assert_sound(world, exhibits):
    for each in exhibits:
        assert list(custody_findings(world.tx, world.case, each, events_of(world.tx, each))) == []


def label(world, exhibits):
    return perform_all(world.investigator, world.case, exhibits, EventType.LABELLED, LABEL)


def test_an_act_on_many_exhibits_takes_as_many_statements_as_on_one(world):
    one, many = samples(world, 1, "甲"), samples(world, 20, "乙")
    assert statements(world, lambda: label(world, many)) == statements(world, lambda: label(world, one)) <= 5
    assert_sound(world, [*one, *many])


def test_handing_over_many_exhibits_takes_as_many_statements_as_one(world):
    one, many = [photo(world)], [photo(world) for _ in range(12)]
    made = []

    def offering(exhibits):
        return lambda: made.append(offered(world, *exhibits))

    def answering(handover, exhibits):
        answers = [accepted(each) for each in exhibits]
        return lambda: answer(world.custodian, world.case, handover, answers, confirmed_by="password")

    assert statements(world, offering(many)) <= statements(world, offering(one))  # the year's counter begins with one
    assert statements(world, answering(made[0], many)) == statements(world, answering(made[1], one))
    assert_sound(world, [*one, *many])


def test_an_act_that_one_exhibit_refuses_is_done_on_none(world):
    lost, *others = samples(world, 4)
    perform(world.investigator, world.case, lost, EventType.LOST, {"reason": "清点时不见", "last_seen": "昨日"})
    with pytest.raises(ActOutOfPlace):
        label(world, [*others, lost])
    assert [len(events_of(world.tx, each)) for each in others] == [2, 2, 2]


def test_an_exhibit_named_twice_gets_one_event(world):
    (sample,) = samples(world, 1)
    assert len(label(world, [sample, sample])) == 1
    assert [event.type for event in events_of(world.tx, sample)][2:] == [EventType.LABELLED]


def test_a_seal_is_put_on_one_of_many_exhibits(world):
    first, second = unsealed(world, 2)
    with pytest.raises(SealTaken, match=r"FY-9.*0001"):
        perform_all(world.investigator, world.case, [first, second], EventType.RESEALED, RESEALED)


def test_many_offers_withdrawn_together_are_each_ended_by_their_own_event(world):
    many = samples(world, 5)
    handover = offered(world, *many)
    events = withdraw(world.investigator, world.case, handover, reason="改日再交")
    assert sorted(event.exhibit_id for event in events) == sorted(each.id for each in many)
    assert_sound(world, many)
    with pytest.raises(HandoverAnswered):
        withdraw(world.investigator, world.case, handover, reason="再撤")


def test_events_of_one_act_are_in_the_order_of_its_exhibits(world):
    many = samples(world, 3)
    events = label(world, reversed(many))
    assert [event.exhibit_id for event in events] == [each.id for each in reversed(many)]
    found = world.tx.exec(select(CustodyEvent).where(CustodyEvent.type == EventType.LABELLED))
    assert {event.seq for event in found} == {2}
    assert len(list(world.tx.exec(select(Seal)))) == 3
