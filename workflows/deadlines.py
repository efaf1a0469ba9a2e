"""Terms of the law as data, and how far each has run in a case: what does not count is taken off, once."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources

from sqlmodel import Session, select

from evidence.examination import Span, spans_of
from evidence.moments import BEIJING
from evidence.register import Case
from evidence.working_days import is_published, is_working_day
from workflows.incident import Incident, IncidentCase
from workflows.steps import Step, steps_of

DETERMINATION = "DL02"


@dataclass(frozen=True)
class Deadline:
    """One row of the terms; ``days`` are calendar days. What is not of confidence H is shown as 待中心确认."""

    id: str
    label: str
    begins: str
    days: int
    settled_by: str
    not_counted: str
    only: str
    basis: str
    confidence: str
    arithmetic: str
    arithmetic_confidence: str
    extension: str


@dataclass(frozen=True)
class Term:
    """A term as it runs in a case: it ends with the day ``due``, in Beijing; ``settled`` is when what it asks was done.

    ``running`` says that a time which does not count is under way, so that ``due`` moves on with every day.
    ``certain`` is false where the holidays of that year are not published yet.
    """

    rule: Deadline
    begin: datetime
    spans: tuple[Span, ...]
    not_counted: timedelta
    due: date
    running: bool
    certain: bool
    settled: datetime | None

    def left(self, now: datetime) -> int:
        """Days from ``now``, or from when it was settled, to the last day; below zero when that has passed."""
        return (self.due - (self.settled or now).astimezone(BEIJING).date()).days


@cache
def deadlines() -> dict[str, Deadline]:
    """All rows by id."""
    table = tomllib.loads((resources.files("workflows") / "data" / "deadlines.toml").read_text("utf-8"))
    return {row["id"]: Deadline(begins=row.pop("from"), **row) for row in table["deadline"]}


def determination_term(tx: Session, case: Case, now: datetime) -> Term | None:
    """The term of the determination of a fire (火灾事故调查规定 art. 18); None where the case's procedure has none."""
    rule = deadlines()[DETERMINATION]
    alarm = tx.exec(select(Incident).join(IncidentCase).where(IncidentCase.case_id == case.id)).first()
    if alarm is None or case.procedure != rule.only:
        return None
    return counted(rule, alarm.received_at, spans_of(tx, case), _settled(steps_of(tx, case), rule), now)


def counted(rule: Deadline, begin: datetime, spans: Iterable[Span], settled: datetime | None, now: datetime) -> Term:
    """The term that began with the day of ``begin``; times that began after it had run out lengthen it no more."""
    until = settled or now
    first = begin.astimezone(BEIJING).date() + timedelta(days=1)
    due_at = datetime.combine(first + timedelta(days=rule.days), time(), BEIJING)
    off = timedelta()
    taken = tuple(span for span in spans if span.start < until)
    for start, end in _merged([(max(span.start, begin), min(span.end or until, until)) for span in taken]):
        if start >= due_at + off:
            break
        off += end - start
    due = (due_at + off - timedelta(microseconds=1)).date()
    while not is_working_day(due):
        due += timedelta(days=1)
    running = settled is None and any(span.end is None or span.end > now for span in taken)
    return Term(rule, begin, taken, off, due, running, is_published(due), settled)


def _merged(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same times without overlaps, in order; what ends before it begins is none."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(each for each in times if each[0] < each[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _settled(steps: Iterable[Step], rule: Deadline) -> datetime | None:
    return next((step.at for step in steps if step.slug == rule.settled_by and step.stands), None)
