"""Seals of chains that are older than their register, and what a refusal tells of whom."""

import pytest
from sqlmodel import select

from evidence.custody import record
from evidence.custody_event import EventType
from evidence.errors import SealTaken
from evidence.intake import SampleFacts, collect_sample
from evidence.register import Procedure, register_case
from evidence.seal import Seal, complete_seals
from tests.evidence.conftest import AT
from tests.evidence.test_custody import FACTS


def collected(world, seal, case=None):
    facts = SampleFacts(**{**vars(FACTS), "seal": seal})
    return collect_sample(world.investigator, case or world.case, facts, name="残骸")


def before_the_register(world, monkeypatch, *seals):
    """Exhibits sealed by a version that kept no register of seals."""
    monkeypatch.setattr("evidence.custody.use_seals", lambda *_: None)
    made = [collected(world, seal) for seal in seals]
    monkeypatch.undo()
    return made


def test_the_seals_of_older_chains_are_used_once_too(world, monkeypatch):
    first, second, third = before_the_register(world, monkeypatch, "FY-7", "FY-7", "封" * 61)
    complete_seals(world.tx)
    complete_seals(world.tx)
    kept = world.tx.exec(select(Seal)).all()
    assert [(seal.number, seal.exhibit_id, seal.seq) for seal in kept] == [("FY-7", first.id, 1)], "its first use"
    for exhibit in (second, third):
        with pytest.raises(SealTaken, match=first.number):
            record(world.investigator, world.case, exhibit, EventType.RESEALED, {"seal_after": "FY-7"})


def test_of_another_case_a_taken_seal_does_not_tell_the_exhibit(world):
    taken = collected(world, "FY-7")
    other = register_case(
        world.investigator, world.unit, name="另案", fire_at=AT, place="东街", procedure=Procedure.ORDINARY
    )
    with pytest.raises(SealTaken, match="其他案件") as refused:
        collected(world, "FY-7", other)
    assert taken.number not in str(refused.value)
