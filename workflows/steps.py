"""Recorded steps of a case: append-only; the stage is what they say it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act, Actor
from evidence.append_only import guard
from evidence.columns import Labelled, UtcDateTime
from evidence.record import What, enter
from evidence.register import Case
from workflows.errors import (
    SamePerson,
    StepAlreadyRecorded,
    StepFactMissing,
    StepNeedsDocument,
    StepNotInProcedure,
    StepOutOfOrder,
    StepPersonsSame,
    StepRoleMissing,
    WorkflowError,
)
from workflows.procedure import Stage, StepRule, procedure
from workflows.roles import role_labels

DECISION = "decision"


class Decision(Labelled):
    """What the person who decides a step decided."""

    AGREED = "agreed", "同意"
    REFUSED = "refused", "不同意"


class Step(SQLModel, table=True):
    """A recorded step: ``record_seq`` is its entry in the chained record, ``procedure`` the version that allowed it."""

    __tablename__ = "case_step"
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    slug: str = Field(max_length=40)
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    person: str = Field(max_length=40)
    facts: dict[str, Any] = Field(sa_type=sa.JSON)
    procedure: str = Field(max_length=20)
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)

    @property
    def rule(self) -> StepRule:
        return procedure().rule(self.slug)

    @property
    def stands(self) -> bool:
        """Whether later steps may build on it: a decision not to agree is on file and opens nothing."""
        return not self.rule.decides or self.facts.get(DECISION) == Decision.AGREED


guard(Step)


@dataclass(frozen=True)
class StepState:
    """A row of the procedure as it stands in one case, for one person: recorded, open to him, or why not."""

    rule: StepRule
    recorded: tuple[Step, ...]
    refusal: WorkflowError | None


def steps_of(tx: Session, case: Case) -> list[Step]:
    return list(tx.exec(select(Step).where(Step.case_id == case.id).order_by(col(Step.id))))


def steps_by_case(tx: Session, cases: list[Case]) -> dict[int, list[Step]]:
    """The steps of several cases, by case id."""
    found: dict[int, list[Step]] = {case.id: [] for case in cases}
    for step in tx.exec(select(Step).where(col(Step.case_id).in_(found)).order_by(col(Step.id))):
        found[step.case_id].append(step)
    return found


def lock_case(tx: Session, case: Case) -> None:
    """Let one act at a time decide on the steps of a case; released by its commit.

    FOR NO KEY UPDATE: rows that refer to the case, like the record of a view, are written meanwhile.
    """
    tx.exec(select(Case.id).where(Case.id == case.id).with_for_update(key_share=True)).one()


def stage_of(steps: list[Step]) -> Stage:
    """The furthest stage that has a step which stands."""
    table = procedure()
    reached = {step.rule.stage for step in steps if step.stands}
    return next((stage for stage in reversed(table.stages) if stage.slug in reached), table.stages[0])


def check_step(case: Case | None, steps: list[Step], rule: StepRule, by: Actor) -> None:
    """Raise the reason why ``by`` may not record this step now; there is no case yet when an alarm comes in."""
    recorded = {step.slug for step in steps if step.stands}
    if case is not None and rule.only is not None and rule.only != case.procedure:
        raise StepNotInProcedure(rule.label, case.procedure.label)
    if not by.roles.intersection(rule.roles):
        raise StepRoleMissing(rule.label, role_labels(rule.roles), rule.basis)
    missing = [procedure().rule(slug).label for slug in rule.after if slug not in recorded]
    if missing:
        raise StepOutOfOrder(rule.label, "、".join(missing), rule.basis)
    if rule.slug in recorded and not rule.repeatable:
        raise StepAlreadyRecorded(rule.label)
    if any(step.slug == rule.differs_from and step.person_id == by.id for step in steps):
        raise SamePerson(rule.label, procedure().rule(rule.differs_from or "").label, by.name)


def state_of(case: Case, steps: list[Step], by: Actor) -> list[StepState]:
    """Every row of the procedure with what is recorded and what stands in the way of ``by``."""
    states = []
    for rule in procedure().steps:
        try:
            check_step(case, steps, rule, by)
            refusal = None
        except WorkflowError as reason:
            refusal = reason
        states.append(StepState(rule, tuple(step for step in steps if step.slug == rule.slug), refusal))
    return states


def take_step(act: Act, case: Case, slug: str, facts: dict[str, str]) -> Step:
    """Record a step that is not the issue of a document; every fact its row names is required."""
    rule = procedure().rule(slug)
    if rule.document is not None:
        raise StepNeedsDocument(rule.label, rule.document)
    lock_case(act.tx, case)
    check_step(case, steps_of(act.tx, case), rule, act.by)
    return enter_step(act, case, rule, _checked_facts(rule, facts))


def enter_step(act: Act, case: Case, rule: StepRule, facts: dict[str, Any]) -> Step:
    """Write a checked step and its entry in the chained record."""
    stated = step_stated(rule.slug, procedure().version, facts)
    entry = enter(act, What.STEP, stated, case=case)
    step = Step(
        case_id=case.id,
        slug=rule.slug,
        at=entry.at,
        person_id=act.by.id,
        person=act.by.name,
        facts=facts,
        procedure=procedure().version,
        record_seq=entry.seq,
    )
    act.tx.add(step)
    act.tx.flush()
    return step


def step_stated(slug: str, version: str, facts: dict[str, Any]) -> dict[str, Any]:
    """A step as its entry in the record states it."""
    return {"step": slug, "procedure": version, "facts": facts}


def _checked_facts(rule: StepRule, facts: dict[str, str]) -> dict[str, str]:
    checked = {}
    if rule.decides:
        if facts.get(DECISION) not in set(Decision):
            raise StepFactMissing(rule.label, "同意或不同意")
        checked[DECISION] = facts[DECISION]
    for fact, label in rule.facts.items():
        value = facts.get(fact, "").strip()
        if not value:
            raise StepFactMissing(rule.label, label)
        checked[fact] = value
    if len({checked[fact] for fact in rule.distinct}) < len(rule.distinct):
        labels = "、".join(rule.facts[fact] for fact in rule.distinct)
        raise StepPersonsSame(rule.label, labels, rule.basis)
    return checked
