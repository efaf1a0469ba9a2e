"""Finding cases: by words, by stage, a page at a time; and how many there are of each stage."""

import re
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from casesvc.permissions import visible_cases
from casesvc.present import present_cases
from casesvc.shown import CaseOut
from evidence.act import Actor
from evidence.register import Case
from workflows.procedure import Stage, procedure
from workflows.steps import Step

PAGE = 30
_NUMBER = re.compile(r"(\d{10})([0OoSs])(\d{4,}?)(?:-\d{4,})?")


@dataclass(frozen=True)
class Found:
    """A page of cases, how many there are in all, and which page this is (from 1) of how many."""

    cases: list[CaseOut]
    total: int
    page: int
    pages: int


def find_cases(tx: Session, by: Actor, *, words: str = "", stage: str = "", page: int = 1) -> Found:
    """Cases ``by`` may see whose number, name or place holds ``words``, newest first."""
    query = _matching(tx, by, words, stage)
    total = _count(tx, query)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = tx.exec(query.offset((page - 1) * PAGE).limit(PAGE)).all()
    return Found(present_cases(tx, list(rows)), total, page, pages)


def count_by_stage(tx: Session, by: Actor, *, words: str = "") -> dict[str, int]:
    """How many cases stand in each stage; every stage is there."""
    return {stage.slug: _count(tx, _matching(tx, by, words, stage.slug)) for stage in stages()}


def stages() -> tuple[Stage, ...]:
    return procedure().stages


def _matching(tx: Session, by: Actor, words: str, stage: str) -> SelectOfScalar[Case]:
    query = visible_cases(tx, by)
    for word in words.split():
        fields = (Case.number, Case.name, Case.place)
        query = query.where(or_(*(col(field).icontains(_numbered(word), autoescape=True) for field in fields)))
    order = [known.slug for known in stages()]
    if stage in order:
        # the stage is the furthest one with a recorded step
        later = order[order.index(stage) + 1 :]
        query = query.where(col(Case.id).in_(_with_step_in({stage})), col(Case.id).not_in(_with_step_in(set(later))))
    return query


def _numbered(word: str) -> str:
    """The case number in a word that is one, or an exhibit's, as people type it: 0 for the letter O, small letters."""
    found = _NUMBER.fullmatch(word)
    if found is None:
        return word
    division, letter, serial = found.groups()
    return f"{division}{'O' if letter == '0' else letter.upper()}{serial}"


def _with_step_in(wanted: set[str]) -> SelectOfScalar[int]:
    slugs = [rule.slug for rule in procedure().steps if rule.stage in wanted]
    return select(Step.case_id).where(col(Step.slug).in_(slugs))


def _count(tx: Session, query: SelectOfScalar[Case]) -> int:
    return tx.exec(select(func.count()).select_from(query.order_by(None).subquery())).one()
