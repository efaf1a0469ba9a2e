"""Many writers at once: chains stay dense and never fork, and nobody waits for somebody who waits for him."""

import random
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from casesvc.database import Database
from evidence.chain import ChainHead, breaks
from evidence.custody import lock_chains, record, standing_of
from evidence.custody_event import CustodyEvent, EventType, chain_of, events_of
from evidence.custody_findings import custody_findings
from evidence.errors import HandoverAnswered, OfferOpen
from evidence.exhibit import Exhibit, Kind
from evidence.handing_over import Answer, To, answer, offer
from evidence.handover import exhibits_open
from evidence.intake import SampleFacts, collect_sample
from tests.evidence.conftest import AT
from tests.evidence.test_custody import FACTS
from tests.evidence.test_handover import GOOD, joined, taken

WRITERS = 32


@pytest.fixture
def database(world):
    made = Database(world.engine.url.render_as_string(hide_password=False))
    yield made
    made.engine.dispose()


def at_once(work: Callable[[int], None], workers: int = WRITERS) -> list[Exception]:
    """Run ``work`` in so many threads that begin together; what they raised."""
    raised: list[Exception] = []
    gate = threading.Barrier(workers)

    def run(number):
        gate.wait(60)
        try:
            work(number)
        except Exception as reason:
            raised.append(reason)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def assert_whole(tx, exhibits):
    heads = {head.chain: head for head in tx.exec(select(ChainHead))}
    chains: dict[int, list[tuple[int, bytes]]] = {}
    query = sa.select(CustodyEvent.exhibit_id, CustodyEvent.seq, CustodyEvent.body).order_by(
        CustodyEvent.exhibit_id, CustodyEvent.seq
    )
    for exhibit_id, seq, body in tx.execute(query):
        chains.setdefault(exhibit_id, []).append((seq, body))
    for exhibit in exhibits:
        bodies = chains[exhibit.id]
        assert [seq for seq, _ in bodies] == list(range(len(bodies)))
        assert list(breaks(bodies, heads[chain_of(exhibit)])) == []
    return sum(map(len, chains.values()))


def test_32_writers_on_one_exhibit_leave_one_dense_chain(world, database):
    sample = taken(world, "FY-1")
    world.tx.commit()

    def work(_):
        for _ in range(3):
            with database.begin(world.custodian.by) as act:
                record(act, world.case, sample, EventType.VERIFIED, {"result": "unchanged"})

    assert at_once(work) == []
    with Session(world.engine) as tx:
        assert assert_whole(tx, [sample]) == 2 + 3 * WRITERS
        assert list(custody_findings(tx, world.case, sample, events_of(tx, sample))) == []


def test_32_writers_on_1000_exhibits_each_taking_some_in_any_order(world, database):
    many, acts, each_time = 1000, 4, 5
    by = world.investigator.by
    rows = [
        {
            "case_id": world.case.id,
            "number": f"{world.case.number}-{serial:04d}",
            "serial": serial,
            "kind": Kind.PHOTO,
            "name": "照片",
            "collected_by_id": by.id,
            "created_at": AT,
        }
        for serial in range(1, many + 1)
    ]
    world.tx.execute(sa.insert(Exhibit), rows)
    world.tx.commit()
    exhibits = list(world.tx.exec(select(Exhibit).order_by(Exhibit.serial)))
    world.tx.commit()
    begun = threading.Barrier(WRITERS)

    def work(number):
        with database.begin(by) as act:
            for exhibit in exhibits[number::WRITERS]:
                record(act, world.case, exhibit, EventType.COLLECTED, {"to": by.as_recorded()})
        begun.wait(60)
        chance = random.Random(number)
        for _ in range(acts):
            with database.begin(world.custodian.by) as act:
                some = chance.sample(exhibits, each_time)
                lock_chains(act.tx, some)
                for exhibit in some:
                    record(act, world.case, exhibit, EventType.VERIFIED, {"result": "unchanged"})

    assert at_once(work) == []
    with Session(world.engine) as tx:
        assert assert_whole(tx, exhibits) == many + WRITERS * acts * each_time


def test_offers_and_answers_of_the_same_exhibits_in_opposite_orders_wait_for_nobody_for_ever(world, database):
    samples = [taken(world, f"FY-{number}") for number in range(12)]
    keepers = [joined(world, f"保管{number}", "custodian").by for number in range(4)]
    world.tx.commit()
    made = []

    def offering(number):
        chance = random.Random(number)
        with database.begin(world.investigator.by) as act:
            some = chance.sample(samples, 4)
            made.append(offer(act, world.case, EventType.HANDED_IN, some, To(unit=world.unit), purpose="保管"))

    refused = at_once(offering, 16)
    assert {type(reason) for reason in refused} <= {OfferOpen}
    assert len(made) + len(refused) == 16
    assert made
    done = []

    def answering(number):
        chance = random.Random(number)
        for handover in chance.sample(made, len(made)):
            with Session(world.engine) as tx:
                some = exhibits_open(tx, handover)
            chance.shuffle(some)
            answers = [Answer(each, True, facts={**GOOD, "seal_before": f"FY-{samples.index(each)}"}) for each in some]
            if answers:
                with database.begin(keepers[number % 4]) as act:
                    done.extend(answer(act, world.case, handover, answers, confirmed_by="password"))

    late = at_once(answering, 8)
    assert {type(reason) for reason in late} <= {HandoverAnswered}
    at_once(answering, 1)  # what was answered for by somebody else meanwhile was refused with all that came with it
    assert not any(exhibits_open(world.tx, handover) for handover in made)
    moved = {event.exhibit_id for event in done}
    with Session(world.engine) as tx:
        for sample in samples:
            holder = standing_of(tx, world.case, sample).holder.name
            assert holder.startswith("保管") if sample.id in moved else holder == "王建国"
            assert list(custody_findings(tx, world.case, sample, events_of(tx, sample))) == []
        assert assert_whole(tx, samples) == 2 * len(samples) + 2 * len(moved)


def test_seals_and_numbers_taken_at_once_are_each_given_once(world, database):
    raised = at_once(lambda number: _collect(world, database, number), 16)
    assert raised == []
    with Session(world.engine) as tx:
        numbers = [exhibit.serial for exhibit in tx.exec(select(Exhibit).order_by(Exhibit.serial))]
        assert numbers == list(range(1, 17))


def _collect(world, database, number):
    with database.begin(world.investigator.by) as act:
        facts = SampleFacts(**{**vars(FACTS), "seal": f"FY-{number}"})
        collect_sample(act, world.case, facts, name="残骸")
