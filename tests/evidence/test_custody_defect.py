"""The gaps of chains as rows: they follow from the chain, and verification finds those that do not."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import col, select

from evidence.custody import perform
from evidence.custody_defect import CustodyDefect
from evidence.custody_event import EventType, events_of
from evidence.custody_findings import custody_findings
from evidence.defects import DefectKind
from evidence.findings import FindingKind
from evidence.intake import SampleFacts, collect_sample
from evidence.oversight import correct
from tests.evidence.conftest import AT, hand_over
from tests.tampering import tamper

FACTS = SampleFacts(
    quantity="1 段",
    features="铜",
    position="东墙配电箱",
    method="手工",
    packing="证物袋",
    second_officer="李文静",
    witness="张某",
    seal="FT-1",
)


def rows(world, exhibit):
    query = select(CustodyDefect).where(CustodyDefect.exhibit_id == exhibit.id).order_by(col(CustodyDefect.position))
    return [(row.kind, row.seq, row.due_at) for row in world.tx.exec(query)]


def test_a_limit_under_way_is_a_row_that_ends_when_it_is_kept(world):
    exhibit = collect_sample(world.investigator, world.case, FACTS, name="导线")
    assert rows(world, exhibit) == [(DefectKind.NOT_HANDED_IN, 0, AT + timedelta(hours=24))]
    hand_over(world.investigator, world.custodian, world.case, exhibit)
    assert rows(world, exhibit) == []


def test_a_gap_is_a_row_and_its_correction_leaves_a_minor_one(world):
    exhibit = collect_sample(world.investigator, world.case, FACTS, name="导线")
    event = hand_over(
        world.investigator, world.custodian, world.case, exhibit, seal_before="FT-7", breach_reason="磨损"
    )
    assert rows(world, exhibit) == [(DefectKind.SEAL_DIFFERS, event.seq, None)]
    correct(world.custodian, world.case, exhibit, event.seq, {"seal_before": "FT-1"}, reason="看错", happened_at=None)
    assert rows(world, exhibit) == [(DefectKind.CORRECTED_AWAY, event.seq, None)]


def test_an_event_that_changes_no_gap_leaves_the_rows(world):
    exhibit = collect_sample(world.investigator, world.case, FACTS, name="导线")
    before = rows(world, exhibit)
    perform(world.investigator, world.case, exhibit, EventType.LABELLED, {"label": "D14"})
    assert rows(world, exhibit) == before != []


def test_verification_finds_a_row_taken_away_added_or_changed(world):
    exhibits = [
        collect_sample(world.investigator, world.case, replace(FACTS, seal=f"FT-{n}"), name="导线") for n in range(4)
    ]
    perform(
        world.investigator,
        world.case,
        exhibits[3],
        EventType.LOST,
        {"reason": "清点时不见", "last_seen": "昨日"},
    )
    world.tx.commit()
    whole, gone, changed, added = (exhibit.id for exhibit in exhibits)
    tamper(
        world.engine,
        f"DELETE FROM custody_defect WHERE exhibit_id = {gone}",
        f"UPDATE custody_defect SET kind = 'hole' WHERE exhibit_id = {changed}",
        "INSERT INTO custody_defect (exhibit_id, position, unit_id, kind, seq, due_at) "
        f"VALUES ({added}, 9, {world.unit.id}, 'hole', 0, NULL)",
    )
    world.tx.expire_all()
    found = {
        exhibit.id: {
            finding.kind for finding in custody_findings(world.tx, world.case, exhibit, events_of(world.tx, exhibit))
        }
        for exhibit in exhibits
    }
    assert found == {
        whole: set(),
        gone: {FindingKind.DEFECTS_DIFFER},
        changed: {FindingKind.DEFECTS_DIFFER},
        added: {FindingKind.DEFECTS_DIFFER},
    }
