"""All chains by their bytes alone, many exhibits at a time: every break is found, and only those."""

import pytest
from sqlmodel import Session

from evidence.custody import record
from evidence.custody_chains import chain_findings
from evidence.custody_event import EventType
from evidence.exhibit import Kind
from evidence.findings import FindingKind
from evidence.intake import collect_file, receive
from tests.tampering import tamper


@pytest.fixture
def exhibits(world, monkeypatch):
    monkeypatch.setattr("evidence.custody_chains.EXHIBITS_AT_ONCE", 2)
    monkeypatch.setattr("evidence.custody_chains.BODIES_AT_ONCE", 3)
    made = []
    for number in range(5):
        received = receive(world.store, [b"x"], file_name=f"{number}.jpg")
        made.append(collect_file(world.investigator, world.case, received, kind=Kind.PHOTO))
        for _ in range(number):
            record(world.custodian, world.case, made[-1], EventType.VERIFIED, {"result": "unchanged"})
    world.tx.commit()
    return made


def found(world):
    counted = {"exhibits": 0, "events": 0}
    with Session(world.engine) as tx:
        findings = [(each.where[-4:], each.kind, each.seq) for each in chain_findings(tx, counted)]
    return findings, counted


@pytest.mark.usefixtures("exhibits")
def test_whole_chains_are_counted_and_nothing_is_found(world):
    assert found(world) == ([], {"exhibits": 5, "events": 15})


CHANGES = {
    "UPDATE custody_event SET body = {longer} WHERE exhibit_id = 3 AND seq = 1": [
        ("0003", FindingKind.EVENT_ALTERED, 2)
    ],
    "UPDATE custody_event SET body = {longer} WHERE exhibit_id = 4 AND seq = 3": [
        ("0004", FindingKind.EVENT_ALTERED, 3)
    ],
    "DELETE FROM custody_event WHERE exhibit_id = 5 AND seq = 4": [("0005", FindingKind.EVENT_MISSING, 4)],
    "DELETE FROM custody_event WHERE exhibit_id = 5 AND seq = 2": [("0005", FindingKind.EVENT_MISSING, 2)],
    "DELETE FROM custody_event WHERE exhibit_id = 2": [("0002", FindingKind.EVENT_MISSING, 0)],
    "DELETE FROM chain_head WHERE chain LIKE '%-0003'": [("0003", FindingKind.HEAD_MISSING, 3)],
    "DELETE FROM exhibit WHERE id = 3": [("#3", FindingKind.EXHIBIT_MISSING, None)],
    "DELETE FROM exhibit WHERE id = 5": [("#5", FindingKind.EXHIBIT_MISSING, None)],
}


@pytest.mark.usefixtures("exhibits")
@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_found_where_it_is(world, change):
    longer = "CAST(body || ' ' AS BLOB)" if world.engine.dialect.name == "sqlite" else "body || CAST(' ' AS BYTEA)"
    tamper(world.engine, change.format(longer=longer))
    assert found(world)[0] == CHANGES[change]


@pytest.mark.usefixtures("exhibits")
def test_an_exhibit_without_chain_and_head_is_found(world):
    tamper(
        world.engine,
        "DELETE FROM custody_event WHERE exhibit_id = 2",
        "DELETE FROM chain_head WHERE chain LIKE '%-0002'",
    )
    assert found(world)[0] == [("0002", FindingKind.EVENT_MISSING, 0)]
