"""Finding chains among all that there are: by health, unit, kind, holder, age and gaps, a page at a time.

What few chains have in common leads to them. Otherwise each unit (or case) is asked by itself for as many rows as a
page has, in the order of one index that also holds what is filtered by, and the answers are merged: so the work hardly
grows with the number of exhibits. A health that time has brought since a row was written is asked for beside the health
that is written in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from evidence.columns import Labelled, UtcDateTime
from evidence.custody import MARKED, CustodyStanding
from evidence.custody_defect import CustodyDefect
from evidence.defects import DefectKind, Health
from evidence.exhibit import Exhibit, Kind
from evidence.intake import Hazard
from evidence.register import Case, Unit
from evidence.standing import Whereabouts

Condition = sa.ColumnElement[bool]


class Order(Labelled):
    """How chains are listed."""

    NEWEST = "newest", "最近登记"
    LONGEST = "longest", "持有最久"


class Waiting(Labelled):
    """What of an exhibit waits for somebody."""

    OFFER = "offer", "移交待接收"
    REQUEST = "request", "申请待审批"
    REVIEW = "review", "接管待审查"


_WAITING = {
    Waiting.OFFER: "open_offer <> false",
    Waiting.REQUEST: "open_request <> false",
    Waiting.REVIEW: "open_review <> false",
}


FEW = 10_000


@dataclass(frozen=True)
class Sought:
    """What is sought: of ``units``, or of ``cases`` of these where they are named; ``prefix`` opens the number sought.

    ``held_since`` is the latest moment since which the holder may have it: such chains come in the order of that.
    """

    units: tuple[int, ...]
    health: Health | None = None
    kind: Kind | None = None
    whereabouts: Whereabouts | None = None
    holder: str = ""
    held_since: datetime | None = None
    waiting: Waiting | None = None
    hazard: Hazard | None = None
    defect: DefectKind | None = None
    cases: tuple[int, ...] | None = None
    prefix: str = ""
    sorted_by: Order = Order.NEWEST

    @property
    def order(self) -> Order:
        return Order.LONGEST if self.held_since is not None else self.sorted_by


@dataclass(frozen=True)
class Mark:
    """Where a page ended: the next begins behind it."""

    exhibit_id: int
    since: datetime


@dataclass(frozen=True)
class Chain:
    """A row of the list."""

    standing: CustodyStanding
    exhibit: str
    case: str
    case_name: str
    unit: str

    @property
    def mark(self) -> Mark:
        return Mark(self.standing.exhibit_id, self.standing.since)


def find_chains(
    tx: Session, sought: Sought, now: datetime, *, after: Mark | None = None, limit: int = 50
) -> list[Chain]:
    """Up to ``limit`` chains behind ``after``, with their health of ``now``."""
    ordering = _ordering(sought.order)
    parts = [part.order_by(*ordering).limit(limit) for part in _parts(tx, sought, now, after)]
    if not parts:
        return []
    found = _merged(parts)
    ids = tx.execute(sa.select(found).order_by(*ordering).limit(limit)).scalars().all()
    rows = tx.execute(
        sa.select(CustodyStanding, col(Exhibit.number), col(Case.number), col(Case.name), col(Unit.name))
        .join(Exhibit, col(Exhibit.id) == col(CustodyStanding.exhibit_id))
        .join(Case, col(Case.id) == col(CustodyStanding.case_id))
        .join(Unit, col(Unit.id) == col(CustodyStanding.unit_id))
        .where(_among(ids))
    )
    chains = {row[0].exhibit_id: Chain(*row) for row in rows}
    return [chains[id_] for id_ in ids]


def count_chains(tx: Session, sought: Sought, now: datetime, *, most: int) -> int:
    """How many chains there are, up to ``most``: no more of them are looked at."""
    parts = [part.limit(most) for part in _parts(tx, sought, now, None)]
    if not parts:
        return 0
    found = sa.select(_merged(parts)).limit(most).subquery()
    number: int = tx.execute(sa.select(func.count()).select_from(found)).scalar_one()
    return number


def count_defects(tx: Session, units: tuple[int, ...], now: datetime) -> dict[int, dict[DefectKind, int]]:
    """How many exhibits of each unit have a gap of each kind, those among them that time has brought by ``now``."""
    query = (
        select(CustodyDefect.unit_id, CustodyDefect.kind, func.count(sa.distinct(col(CustodyDefect.exhibit_id))))
        .where(col(CustodyDefect.unit_id).in_(units), _stands(now))
        .group_by(col(CustodyDefect.unit_id), col(CustodyDefect.kind))
    )
    counts: dict[int, dict[DefectKind, int]] = {}
    for unit, kind, number in tx.exec(query):
        counts.setdefault(unit, {})[DefectKind(kind)] = number
    return counts


def _merged(parts: list[Any]) -> sa.Subquery:
    # SQLite takes LIMIT in a part of a UNION only inside of a subquery
    each = [sa.select(part.subquery()) for part in parts]
    return (sa.union_all(*each) if len(each) > 1 else each[0]).subquery()


def _ordering(order: Order) -> list[Any]:
    return [sa.desc("exhibit_id")] if order is Order.NEWEST else [sa.asc("since"), sa.asc("exhibit_id")]


def _parts(tx: Session, sought: Sought, now: datetime, after: Mark | None) -> Iterator[Any]:
    """The queries of which each finds rows that no other finds."""
    residual = list(_residual(sought))
    if after is not None:
        residual.append(_behind(sought.order, after))
    few = _few(tx, sought, now)
    driving = list(_driving(sought, now)) if few is None else [[_among(few)]] if few else []
    written, brought = _healths(sought.health, now)
    for conditions in driving:
        yield _rows(*conditions, *written, *residual)
    if not brought or not driving:
        return
    if few is not None or sought.cases is not None:
        for conditions in driving:
            yield _rows(*conditions, *brought, *residual)
        return
    # OFFSET keeps the database from looking for these rows in the order of the list, where they are far between
    own = col(CustodyStanding.unit_id).in_(sought.units)
    more = [col(CustodyStanding.exhibit_id).in_(_having(sought, now))] if sought.defect else []
    found = _rows(own, *brought, *more, *residual).offset(0).subquery()
    yield sa.select(found.c.exhibit_id, found.c.since)


def _rows(*conditions: Any) -> Any:
    return select(CustodyStanding.exhibit_id, CustodyStanding.since).where(*conditions)


def _few(tx: Session, sought: Sought, now: datetime) -> list[int] | None:
    """The exhibits that one of the filters leaves, if one leaves few."""
    if sought.cases is not None:
        return None  # which lead to few by themselves
    own = col(CustodyStanding.unit_id).in_(sought.units)
    asked: list[Any] = []
    if sought.defect is not None:
        asked.append(_having(sought, now).where(col(CustodyDefect.unit_id).in_(sought.units)).distinct())
    if sought.holder:
        held = select(CustodyStanding.exhibit_id).where((col(CustodyStanding.unit_id) + 0).in_(sought.units))
        asked.append(held.where(CustodyStanding.holder == sought.holder))
    if sought.waiting is not None:
        asked.append(select(CustodyStanding.exhibit_id).where(own, sa.text(_WAITING[sought.waiting])))
    if sought.hazard is not None:
        marked = select(CustodyStanding.exhibit_id).where(own, sa.text(MARKED))
        asked.append(marked.where(CustodyStanding.hazard == sought.hazard.value))
    if sought.whereabouts is not None:
        asked.append(select(CustodyStanding.exhibit_id).where(own, CustodyStanding.whereabouts == sought.whereabouts))
    if sought.kind is not None:
        asked.append(select(CustodyStanding.exhibit_id).where(own, CustodyStanding.kind == sought.kind))
    for query in asked:
        found = list(tx.exec(query.limit(FEW + 1)))
        if len(found) <= FEW:
            return found
    return None


def _driving(sought: Sought, now: datetime) -> Iterator[list[Condition]]:
    """What leads to the rows where no filter leaves few: cases, a holder, or each unit."""
    own, id_, having = col(CustodyStanding.unit_id), col(CustodyStanding.exhibit_id), _having(sought, now)
    for case in sought.cases or ():
        numbered = select(Exhibit.id).where(Exhibit.case_id == case)
        opening = numbered.where(col(Exhibit.number).startswith(sought.prefix, autoescape=True))
        more = [id_.in_(opening)] if sought.prefix else []
        more += [id_.in_(having.where(col(CustodyDefect.exhibit_id).in_(numbered)))] if sought.defect else []
        yield [col(CustodyStanding.case_id) == case, *more]
    if sought.cases is not None:
        return
    if sought.holder:
        more = [id_.in_(having.where(col(CustodyDefect.unit_id).in_(sought.units)))] if sought.defect else []
        # the sum keeps SQLite, which cannot know which is rarer, from going by the unit
        yield [(own + 0).in_(sought.units), *more]
        return
    for unit in sought.units:
        more = [id_.in_(having.where(CustodyDefect.unit_id == unit))] if sought.defect else []
        yield [own == unit, *more]


def _having(sought: Sought, now: datetime) -> SelectOfScalar[int]:
    """The exhibits that have the gap which is sought."""
    return select(CustodyDefect.exhibit_id).where(CustodyDefect.kind == sought.defect, _stands(now))


def _healths(health: Health | None, now: datetime) -> tuple[list[Condition], list[Condition]]:
    """What is written in a row of this health, and what of another row to which time has brought it (none: empty)."""
    colour, due_at, grave_at = col(CustodyStanding.colour), col(CustodyStanding.due_at), col(CustodyStanding.grave_at)
    bearable = or_(grave_at.is_(None), grave_at >= now)
    match health:
        case None:
            return [], []
        case Health.DEFECTIVE:
            return [colour == Health.DEFECTIVE], [colour != Health.DEFECTIVE, due_at < now, grave_at < now]
        case Health.ATTENTION:
            return [colour == Health.ATTENTION, bearable], [colour == Health.SOUND, due_at < now, bearable]
        case Health.SOUND:
            return [colour == Health.SOUND, or_(due_at.is_(None), due_at >= now)], []


def _residual(sought: Sought) -> Iterator[Any]:
    if sought.kind is not None:
        yield col(CustodyStanding.kind) == sought.kind
    if sought.whereabouts is not None:
        yield col(CustodyStanding.whereabouts) == sought.whereabouts
    if sought.holder:
        yield col(CustodyStanding.holder) == sought.holder
    if sought.held_since is not None:
        yield col(CustodyStanding.since) <= sought.held_since
    if sought.waiting is not None:
        yield sa.text(_WAITING[sought.waiting])
    if sought.hazard is not None:
        yield sa.text(MARKED)
        yield col(CustodyStanding.hazard) == sought.hazard.value


def _stands(now: datetime) -> Condition:
    return or_(col(CustodyDefect.due_at).is_(None), col(CustodyDefect.due_at) < now)


def _behind(order: Order, after: Mark) -> Condition:
    id_, since = col(CustodyStanding.exhibit_id), col(CustodyStanding.since)
    if order is Order.NEWEST:
        return id_ < after.exhibit_id
    return sa.tuple_(since, id_) > sa.tuple_(sa.literal(after.since, UtcDateTime()), sa.literal(after.exhibit_id))


def _among(ids: Sequence[int]) -> Condition:
    """Written into the statement, as thousands of parameters would cost more than all the rest."""
    return col(CustodyStanding.exhibit_id).in_(sa.bindparam("ids", ids, expanding=True, literal_execute=True))
