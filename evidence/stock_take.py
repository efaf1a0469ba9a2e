"""Stock-takes: which place was counted, what was seen, what differed from the chains and is open until it is settled.

The acts are in :mod:`evidence.stock_taking`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, func, select

from evidence.append_only import guard
from evidence.columns import Labelled, UtcDateTime, slug
from evidence.custody_event import CustodyEvent, EventType
from evidence.errors import StockTakeUnknown
from evidence.exhibit import Exhibit
from evidence.moments import rfc3339
from evidence.place import StoragePlace
from evidence.register import Case, Unit
from evidence.standing import TRANSFERS


class Seen(Labelled):
    """What a count found of an exhibit, against what its chain says."""

    AS_BOOKED = "as_booked", "与登记相符"
    MISSING = "missing", "登记在此，未见到"
    ELSEWHERE = "elsewhere", "登记在别处"
    UNEXPECTED = "unexpected", "登记不在保管场所"


class StockTake(SQLModel, table=True):
    """A count of a place with all in it, begun by one person; everybody who may scans into it until it is ended."""

    __tablename__ = "stock_take"
    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    place_id: int = Field(foreign_key="storage_place.id", index=True)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)


class StockTakeScan(SQLModel, table=True):
    """An exhibit that was seen, once, in which place, by whom."""

    __tablename__ = "stock_take_scan"
    stock_take_id: int = Field(primary_key=True, foreign_key="stock_take.id", sa_column_kwargs={"autoincrement": False})
    exhibit_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})
    place_id: int = Field(foreign_key="storage_place.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


class StockTakeEnd(SQLModel, table=True):
    """That a stock-take was ended, once, and signed: ``confirmed_by`` is the means."""

    __tablename__ = "stock_take_end"
    stock_take_id: int = Field(primary_key=True, foreign_key="stock_take.id", sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    confirmed_by: str = Field(max_length=20)
    expected: int
    counted: int
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)


class StockTakeDifference(SQLModel, table=True):
    """What did not agree; ``seq`` is how far the exhibit's chain was: what comes after it settles the difference."""

    __tablename__ = "stock_take_difference"
    stock_take_id: int = Field(primary_key=True, foreign_key="stock_take.id", sa_column_kwargs={"autoincrement": False})
    exhibit_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})
    kind: Seen = Field(sa_type=slug(Seen))
    seq: int
    booked: str = Field(max_length=300)
    seen_at: str = Field(max_length=40)
    __table_args__ = (sa.Index("ix_stock_take_difference_exhibit_id", "exhibit_id"),)


for model in (StockTake, StockTakeScan, StockTakeEnd, StockTakeDifference):
    guard(model)

SETTLING = frozenset(
    {
        EventType.STORED,
        EventType.MOVED,
        EventType.LOST,
        EventType.FOUND,
        EventType.DESTROYED,
        EventType.CORRECTED,
        EventType.TAKEN_OVER,
        *TRANSFERS,
    }
)
"""Acts after which the chain says something else of where an exhibit is."""


@dataclass(frozen=True)
class Difference:
    """A row with its exhibit, and the event that settled it; none while it is open."""

    row: StockTakeDifference
    exhibit: Exhibit
    case: Case
    settled: CustodyEvent | None


# ── what the record says of them ──────────────────────────


def begun_stated(unit: Unit, place: StoragePlace, stock_take: StockTake) -> dict[str, Any]:
    return {"stock_take": stock_take.number, "begun": True, "unit": unit.code, "place_code": place.code}


def ended_stated(
    tx: Session, stock_take: StockTake, ended: StockTakeEnd, differences: Sequence[StockTakeDifference]
) -> dict[str, Any]:
    """The signed result."""
    query = select(Exhibit.id, Exhibit.number).where(col(Exhibit.id).in_([each.exhibit_id for each in differences]))
    numbers = dict(tx.exec(query).all())
    rows = [
        {
            "exhibit": numbers[each.exhibit_id],
            "result": each.kind.value,
            "seq": each.seq,
            "booked": each.booked,
            "place_code": each.seen_at,
        }
        for each in differences
    ]
    return {
        "stock_take": stock_take.number,
        "begun": False,
        "begun_at": rfc3339(stock_take.begun_at),
        "place_code": tx.get_one(StoragePlace, stock_take.place_id).code,
        "expected": ended.expected,
        "counted": ended.counted,
        "differences": sorted(rows, key=lambda row: str(row["exhibit"])),
        "confirmed_by": ended.confirmed_by,
    }


# ── finding them ──────────────────────────────────────────


def stock_take_by_number(tx: Session, number: str) -> StockTake:
    found = tx.exec(select(StockTake).where(StockTake.number == number)).one_or_none()
    if found is None:
        raise StockTakeUnknown(number)
    return found


def end_of(tx: Session, stock_take: StockTake) -> StockTakeEnd | None:
    query = select(StockTakeEnd).where(StockTakeEnd.stock_take_id == stock_take.id)
    return tx.exec(query.execution_options(populate_existing=True)).one_or_none()


def scans_of(tx: Session, stock_take: StockTake) -> list[StockTakeScan]:
    """What was seen, the latest first."""
    query = select(StockTakeScan).where(StockTakeScan.stock_take_id == stock_take.id)
    return list(tx.exec(query.order_by(col(StockTakeScan.at).desc(), col(StockTakeScan.exhibit_id).desc())))


def counted_in(tx: Session, stock_take: StockTake) -> int:
    query = select(func.count()).select_from(StockTakeScan).where(StockTakeScan.stock_take_id == stock_take.id)
    return tx.exec(query).one()


def stock_takes_of(tx: Session, units: Sequence[int], limit: int = 50) -> list[StockTake]:
    """The stock-takes of units, newest first."""
    query = select(StockTake).join(StoragePlace).where(col(StoragePlace.unit_id).in_(units))
    return list(tx.exec(query.order_by(col(StockTake.id).desc()).limit(limit)))


def open_stock_takes(tx: Session, unit_id: int) -> list[StockTake]:
    """Those of a unit that nobody has ended."""
    ended = select(StockTakeEnd.stock_take_id)
    query = select(StockTake).join(StoragePlace).where(StoragePlace.unit_id == unit_id)
    return list(tx.exec(query.where(col(StockTake.id).not_in(ended)).order_by(col(StockTake.id))))


def differences_of(tx: Session, stock_take: StockTake) -> list[Difference]:
    """What differed, each with the event after it that settled it; a missing one is settled by a later count too."""
    query = (
        select(StockTakeDifference, Exhibit, Case)
        .join(Exhibit, col(StockTakeDifference.exhibit_id) == col(Exhibit.id))
        .join(Case, col(Exhibit.case_id) == col(Case.id))
        .where(StockTakeDifference.stock_take_id == stock_take.id)
        .order_by(col(Exhibit.number))
    )
    return [Difference(row, exhibit, case, _settled(tx, row)) for row, exhibit, case in tx.exec(query)]


def _settled(tx: Session, row: StockTakeDifference) -> CustodyEvent | None:
    settling = SETTLING | {EventType.COUNTED} if row.kind is Seen.MISSING else SETTLING
    query = (
        select(CustodyEvent)
        .where(CustodyEvent.exhibit_id == row.exhibit_id, CustodyEvent.seq > row.seq)
        .where(col(CustodyEvent.type).in_(settling))
    )
    return tx.exec(query.order_by(col(CustodyEvent.seq)).limit(1)).first()


def unsettled(tx: Session, stock_takes: Sequence[StockTake]) -> dict[int, int]:
    """How many differences of each are open, by id."""
    settling = sa.or_(
        col(CustodyEvent.type).in_(SETTLING),
        sa.and_(col(StockTakeDifference.kind) == Seen.MISSING, col(CustodyEvent.type) == EventType.COUNTED),
    )
    after = sa.exists().where(
        col(CustodyEvent.exhibit_id) == col(StockTakeDifference.exhibit_id),
        col(CustodyEvent.seq) > col(StockTakeDifference.seq),
        settling,
    )
    query = (
        select(StockTakeDifference.stock_take_id, func.count())
        .where(col(StockTakeDifference.stock_take_id).in_([each.id for each in stock_takes]), ~after)
        .group_by(col(StockTakeDifference.stock_take_id))
    )
    return dict(tx.exec(query).all())
