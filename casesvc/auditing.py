"""The auditor's desk: what is asked, of which units, and where the next page begins; cases judged one by one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from litestar.params import QueryParameter
from pydantic import BeforeValidator, Field
from sqlmodel import Session, col, or_, select

from casesvc.acts import now
from casesvc.api.inputs import Given, Text
from casesvc.errors import InputRefused
from casesvc.installation import Installation
from casesvc.permissions import Permission, require, visible_units
from casesvc.present_custody import present_chain, present_defect, present_row
from casesvc.shown_custody import AuditOut, CaseCustodyOut, ChainOut, DefectOut, JudgedOut, PurposelessOut
from evidence.act import Actor
from evidence.auditing import Chain, Mark, Order, Sought, Waiting, find_chains
from evidence.chain import stated
from evidence.custody import CustodyStanding, rules_of, standings_of
from evidence.custody_event import events_of
from evidence.defects import DefectKind, Health
from evidence.errors import UnitUnknown
from evidence.exhibit import Exhibit, Kind, exhibits_of
from evidence.intake import Hazard
from evidence.record import RecordEntry
from evidence.register import Case, Unit
from evidence.standing import Whereabouts, walk
from evidence.unexplained import reads_without_purpose
from workflows.custody_statement import clause_of

PAGE = 50
MOST_CASES = 20
BATCH = 1000
"""Rows of an export that are fetched at once."""
_NUMBER = re.compile(r"(\d{10})([0OoSs])(\d{4,}?)(?:-(\d{0,6}))?")
_MARK = re.compile(r"(\d{1,17})-(\d{1,10})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _or_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


_Empty = BeforeValidator(_or_none)
"""A field that a form sends empty is not asked."""


class Asked(Given):
    """What the auditor asks for; nothing of it has to be."""

    health: Annotated[Health | None, _Empty] = Field(None, title="状态")
    unit: Text = Field("", title="单位", max_length=6)
    kind: Annotated[Kind | None, _Empty] = Field(None, title="种类")
    whereabouts: Annotated[Whereabouts | None, _Empty] = Field(None, title="去向")
    holder: Text = Field("", title="持有人", max_length=60)
    days: Annotated[int | None, _Empty] = Field(None, title="持有天数", ge=1, le=36_500)
    waiting: Annotated[Waiting | None, _Empty] = Field(None, title="待办")
    hazard: Annotated[Hazard | None, _Empty] = Field(None, title="保管要求")
    defect: Annotated[DefectKind | None, _Empty] = Field(None, title="缺陷种类")
    q: Text = Field("", title="编号或案件", max_length=60)
    sort: Annotated[Order, BeforeValidator(lambda value: value or Order.NEWEST)] = Field(Order.NEWEST, title="排序")

    def chosen(self) -> dict[str, str]:
        """What is asked, as parameters of an address."""
        return {name: str(value) for name, value in self.model_dump(mode="json", exclude_defaults=True).items()}

    def told(self) -> str:
        """What is asked, in words."""
        words = [
            f"{Asked.model_fields[name].title}：{getattr(value, 'label', value)}"
            for name in self.chosen()
            if (value := getattr(self, name)) not in (None, "")
        ]
        return "；".join(words) or "全部"


def provide_asked(
    health: Annotated[str, QueryParameter(description="sound, attention or defective")] = "",
    unit: Annotated[str, QueryParameter(description="Division code")] = "",
    kind: Annotated[str, QueryParameter(description="Kind of exhibit")] = "",
    whereabouts: Annotated[str, QueryParameter(description="Where it is in its life")] = "",
    holder: Annotated[str, QueryParameter(description="Full name of the holder")] = "",
    days: Annotated[str, QueryParameter(description="In the same hands for so many days or longer")] = "",
    waiting: Annotated[str, QueryParameter(description="offer, request or review that is open")] = "",
    hazard: Annotated[str, QueryParameter(description="perishable or dangerous")] = "",
    defect: Annotated[str, QueryParameter(description="A kind of gap that its chain has now")] = "",
    q: Annotated[str, QueryParameter(description="Number of an exhibit or case, or words of a case's name")] = "",
    sort: Annotated[str, QueryParameter(description="newest or longest (in the same hands)")] = "",
) -> Asked:
    """What the parameters of a request ask for."""
    return Asked.model_validate(locals())


def sought_of(tx: Session, by: Actor, asked: Asked, at: datetime) -> Sought:
    """What to look for, in the units that ``by`` audits. UnitUnknown for one that is not among them."""
    require(by, Permission.AUDIT_CUSTODY)
    units = units_audited(tx, by)
    if asked.unit:
        units = [unit for unit in units if unit.code == asked.unit]
        if not units:
            raise UnitUnknown(asked.unit)
    ids = tuple(unit.id for unit in units)
    cases, prefix = _cases(tx, ids, asked.q)
    return Sought(
        units=ids,
        health=asked.health,
        kind=asked.kind,
        whereabouts=asked.whereabouts,
        holder=asked.holder,
        held_since=at - timedelta(days=asked.days) if asked.days else None,
        waiting=asked.waiting,
        hazard=asked.hazard,
        defect=asked.defect,
        cases=cases,
        prefix=prefix,
        sorted_by=asked.sort,
    )


def units_audited(tx: Session, by: Actor) -> list[Unit]:
    """The units whose chains ``by`` audits, in order of their codes."""
    query = select(Unit).where(col(Unit.id).in_(visible_units(tx, by))).order_by(col(Unit.code))
    return list(tx.exec(query))


def _cases(tx: Session, units: tuple[int, ...], words: str) -> tuple[tuple[int, ...] | None, str]:
    """The cases that ``words`` mean, the newest of many; and how the exhibit's number begins where they say that."""
    if not words:
        return None, ""
    query = select(Case.id).where(col(Case.unit_id).in_(units))
    found = _NUMBER.fullmatch(words)
    if found is not None:
        division, letter, serial, exhibit = found.groups()
        number = f"{division}{'O' if letter == '0' else letter.upper()}{serial}"
        return tuple(tx.exec(query.where(Case.number == number))), f"{number}-{exhibit}" if exhibit else ""
    for word in words.split():
        fields = (Case.number, Case.name)
        query = query.where(or_(*(col(field).icontains(word, autoescape=True) for field in fields)))
    return tuple(tx.exec(query.order_by(col(Case.opened_at).desc(), col(Case.id).desc()).limit(MOST_CASES))), ""


def mark_text(mark: Mark) -> str:
    """Where a page ended, as a parameter of an address."""
    return f"{(mark.since - _EPOCH) // timedelta(microseconds=1)}-{mark.exhibit_id}"


def mark_of(text: str) -> Mark | None:
    """InputRefused for what is no such parameter."""
    if not text:
        return None
    found = _MARK.fullmatch(text)
    if found is None:
        raise InputRefused("“after”不是本列表给出的翻页位置。")
    return Mark(int(found[2]), _EPOCH + timedelta(microseconds=int(found[1])))


def audit(tx: Session, by: Actor, asked: Asked, after: str) -> AuditOut:
    """A page of the list."""
    at = now()
    found = find_chains(tx, sought_of(tx, by, asked, at), at, after=mark_of(after), limit=PAGE + 1)
    following = mark_text(found[PAGE - 1].mark) if len(found) > PAGE else ""
    return AuditOut(at=at, chains=[present_chain(chain, at) for chain in found[:PAGE]], next=following)


def all_chains(here: Installation, sought: Sought, at: datetime, most: int) -> Iterator[ChainOut]:
    """The whole list for an export, up to ``most``, a batch at a time: no query waits for who takes it."""
    after: Mark | None = None
    left = most
    while left:
        with here.database.reading() as tx:
            found: list[Chain] = find_chains(tx, sought, at, after=after, limit=min(BATCH, left))
        yield from (present_chain(chain, at) for chain in found)
        if len(found) < min(BATCH, left):
            return
        left -= len(found)
        after = found[-1].mark


def judge_case(tx: Session, case: Case, at: datetime, *, with_reads: bool) -> CaseCustodyOut:
    """All exhibits of a case; only chains that have a gap, or a limit under way, are walked.

    ``with_reads``: also who read without a purpose, for those who may see the record of reads.
    """
    rows = standings_of(tx, case)
    exhibits = exhibits_of(tx, case)
    numbers = {exhibit.id: exhibit.number for exhibit in exhibits}
    return CaseCustodyOut(
        at=at,
        rules=rules_of(case).version,
        exhibits=[_judged(tx, case, exhibit, rows.get(exhibit.id), at) for exhibit in exhibits],
        purposeless=[_purposeless(entry, numbers) for entry in reads_without_purpose(tx, case)] if with_reads else [],
    )


def _judged(tx: Session, case: Case, exhibit: Exhibit, row: CustodyStanding | None, at: datetime) -> JudgedOut:
    gaps = row is None or row.defects or row.due_at is not None
    return JudgedOut(
        exhibit=exhibit.number,
        name=exhibit.name,
        kind=exhibit.kind.value,
        kind_label=exhibit.kind.label,
        custody=present_row(row, at) if row else None,
        defects=_defects(tx, case, exhibit, at) if gaps else [],
    )


def _defects(tx: Session, case: Case, exhibit: Exhibit, at: datetime) -> list[DefectOut]:
    events, rules = events_of(tx, exhibit), rules_of(case)
    found = walk(events, exhibit.kind, rules).defects_at(at)
    return [
        present_defect(defect, rules).model_copy(update={"basis": clause_of(rules, defect, events)}) for defect in found
    ]


def _purposeless(entry: RecordEntry, numbers: dict[int, str]) -> PurposelessOut:
    said = stated(entry.body)
    return PurposelessOut(
        seq=entry.seq,
        exhibit=numbers.get(entry.exhibit_id or 0, ""),
        what_label=entry.what.label,
        at=entry.at,
        by=said.by.name,
        unit=said.by.unit,
    )
