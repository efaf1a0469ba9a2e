"""Custody events have the fixed form, are append-only, and say who holds an exhibit."""

import json
import re
import threading
from datetime import timedelta

import pytest
import rfc8785
import sqlalchemy as sa
from sqlmodel import Session

from casesvc.database import Database
from casesvc.demo.photographs import demo_photographs
from evidence.chain import GENESIS, ChainHead, breaks, sha256_hex
from evidence.columns import UtcDateTime
from evidence.custody import EventType, events_of, facts_of, hand_in, holder_of, record
from evidence.errors import AlreadyHeld, CustodianIsInvestigator, FactMissing
from evidence.exhibit import Kind, original_of
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.read_apart import read_file
from evidence.reading import enter_reading
from evidence.record import What, read
from tests.evidence.conftest import AT

FACTS = SampleFacts(
    quantity="1 个",
    features="壳体熔融",
    position="配电箱内，距地 1.40 米",
    method="拆取",
    packing="物证袋",
    second_officer="李文静",
    witness="马会计",
    seal="FY-1",
)


@pytest.fixture
def sample(world):
    made = collect_sample(world.investigator, world.case, FACTS, name="断路器残骸", happened_at=AT - timedelta(hours=3))
    world.tx.commit()
    return made


def test_the_event_has_exactly_the_members_of_the_format(world, sample):
    collected, sealed = events_of(world.tx, sample)
    body = json.loads(collected.body)
    assert set(body) == {"v", "case", "exhibit", "seq", "type", "at", "happened_at", "by", "facts", "nonce", "prev"}
    assert (body["v"], body["case"], body["exhibit"]) == (1, world.case.number, sample.number)
    assert (body["seq"], body["type"], body["at"]) == (0, "collected", "2026-11-24T08:30:05.123456Z")
    assert body["happened_at"] == "2026-11-24T05:30:05.123456Z"
    assert set(body["by"]) == {"id", "name", "unit", "certificate"}
    assert re.fullmatch("[0-9a-f]{32}", body["nonce"])
    assert body["prev"] == GENESIS
    assert json.loads(sealed.body)["prev"] == sha256_hex(collected.body)
    assert "happened_at" not in json.loads(record_verified(world, sample).body)
    assert all(rfc8785.dumps(json.loads(event.body)) == event.body for event in events_of(world.tx, sample))
    assert len({json.loads(event.body)["nonce"] for event in events_of(world.tx, sample)}) == 3


def record_verified(world, sample):
    return record(world.custodian, world.case, sample, EventType.VERIFIED, {"result": "unchanged"})


def test_a_sample_is_held_by_who_collected_it_until_the_custodian_takes_it(world, sample):
    assert holder_of(events_of(world.tx, sample)).name == "王建国"
    event = hand_in(world.custodian, world.case, sample, place="物证室 A 柜 3 层")
    assert holder_of(events_of(world.tx, sample)).name == "赵敏"
    assert facts_of(event)["from"]["name"] == "王建国"
    with pytest.raises(AlreadyHeld):
        hand_in(world.custodian, world.case, sample, place="物证室")


def test_the_collector_cannot_be_the_custodian(world, sample):
    with pytest.raises(CustodianIsInvestigator):
        hand_in(world.investigator, world.case, sample, place="物证室")
    with pytest.raises(FactMissing):
        hand_in(world.custodian, world.case, sample, place=" ")


@pytest.mark.parametrize("missing", ["quantity", "features", "position", "method", "packing", "second_officer"])
def test_each_fact_the_law_asks_for_is_required(world, missing):
    with pytest.raises(FactMissing):
        collect_sample(world.investigator, world.case, SampleFacts(**{**vars(FACTS), missing: " "}), name="残骸")


def test_no_witness_needs_a_reason(world):
    facts = {**vars(FACTS), "witness": ""}
    with pytest.raises(FactMissing, match="见证人"):
        collect_sample(world.investigator, world.case, SampleFacts(**facts), name="残骸")
    made = collect_sample(
        world.investigator, world.case, SampleFacts(**{**facts, "no_witness_reason": "深夜无人在场"}), name="残骸"
    )
    assert facts_of(events_of(world.tx, made)[0])["no_witness_reason"] == "深夜无人在场"


GUARDED = ["custody_event", "exhibit", "original", "reading", "derivative", "record_entry"]


@pytest.mark.parametrize("table", GUARDED)
def test_nobody_edits_or_deletes(world, sample, table):
    photo = next(iter(demo_photographs(AT, width=200)))
    received = receive(world.store, [photo.content], file_name=photo.file_name)
    exhibit = collect_file(world.investigator, world.case, received, kind=Kind.PHOTO)
    original = original_of(world.tx, exhibit)
    enter_reading(world.investigator, original, read_file(world.store, original, Kind.PHOTO))
    read(world.investigator, What.VIEW, purpose="测试", case=world.case, exhibit=exhibit)
    world.tx.commit()
    key = "seq" if table == "record_entry" else "id"
    for statement in (f"UPDATE {table} SET {key} = {key} + 1000", f"DELETE FROM {table}"):
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(statement))
    if world.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {table} CASCADE"))


def test_writers_at_once_leave_one_dense_chain(world, sample):
    database = Database(world.engine.url.render_as_string(hide_password=False))
    by = world.custodian.by
    failures = []

    def work():
        for _ in range(5):
            try:
                with database.begin(by) as act:
                    record(act, world.case, sample, EventType.VERIFIED, {"result": "unchanged"})
            except Exception as reason:
                failures.append(reason)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert failures == []
    with Session(world.engine) as tx:
        events = events_of(tx, sample)
        head = tx.get(ChainHead, f"exhibit/{sample.number}")
        assert [event.seq for event in events] == list(range(42))
        assert list(breaks(((event.seq, event.body) for event in events), head)) == []


def test_a_moment_without_a_zone_is_refused(world):
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(AT.replace(tzinfo=None), world.engine.dialect)
