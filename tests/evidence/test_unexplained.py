"""Reads that say no purpose are found in the record itself, on both databases."""

from evidence.intake import collect_sample
from evidence.record import What, enter, read
from evidence.register import Procedure, register_case
from evidence.unexplained import reads_without_purpose
from tests.evidence.conftest import AT
from tests.evidence.test_custody_defect import FACTS


def test_an_empty_purpose_and_none_at_all_are_found_and_nothing_else(world):
    exhibit = collect_sample(world.investigator, world.case, FACTS, name="导线")
    read(world.investigator, What.VIEW, purpose="查看", case=world.case, exhibit=exhibit)
    empty = read(world.investigator, What.DOWNLOAD, purpose="", case=world.case, exhibit=exhibit)
    without = enter(world.custodian, What.EXPORT, {"count": 3}, case=world.case)
    read(world.custodian, What.PRINT, purpose='写有"purpose":""的用途', case=world.case, exhibit=exhibit)
    enter(world.custodian, What.STEP, {"slug": "scene_inspected"}, case=world.case)
    other = register_case(
        world.investigator, world.unit, name="另一起", fire_at=AT, place="某地", procedure=Procedure.ORDINARY
    )
    read(world.investigator, What.VIEW, purpose="", case=other)
    assert [entry.seq for entry in reads_without_purpose(world.tx, world.case)] == [empty.seq, without.seq]
