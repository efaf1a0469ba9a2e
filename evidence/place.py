"""Storage places: rooms, cabinets, shelves and boxes as a tree, and which exhibits are in them by their chains.

A place is an identity that never changes and what was said of it, the newest of which holds; both are in the record.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, func, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.columns import Labelled, UtcDateTime, slug, upserting
from evidence.custody import CustodyStanding
from evidence.errors import (
    FactMissing,
    PlaceChanged,
    PlaceClosed,
    PlaceCodeRefused,
    PlaceMisplaced,
    PlaceOccupied,
    PlaceTaken,
    PlaceUnknown,
)
from evidence.record import What, enter
from evidence.register import Person, Unit
from evidence.standing import Whereabouts

PRESENT = (Whereabouts.HELD, Whereabouts.STORED, Whereabouts.BORROWED, Whereabouts.EXAMINATION)
"""Whereabouts in which the place that a chain names last is where the exhibit should be found."""
_SEGMENT = re.compile(r"[A-Z0-9]{1,8}")


class PlaceKind(Labelled):
    """From the largest to the smallest: each stands in one before it."""

    ROOM = "room", "库房"
    CABINET = "cabinet", "柜"
    SHELF = "shelf", "层"
    BOX = "box", "盒"


class StoragePlace(SQLModel, table=True):
    """Which place: ``code`` is that of the place it is in, a hyphen and its own letters and digits (W1-G03-2)."""

    __tablename__ = "storage_place"
    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    parent_id: int | None = Field(default=None, foreign_key="storage_place.id", index=True)
    kind: PlaceKind = Field(sa_type=slug(PlaceKind))
    code: str = Field(max_length=40)
    __table_args__ = (sa.UniqueConstraint("unit_id", "code"),)


class PlaceState(SQLModel, table=True):
    """What was said of a place, in order of ``seq`` from 0; the entry of the record says the same.

    ``capacity`` in exhibits, of the place with all in it; none: not limited. ``access``: who may enter.
    """

    __tablename__ = "place_state"
    place_id: int = Field(primary_key=True, foreign_key="storage_place.id", sa_column_kwargs={"autoincrement": False})
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(max_length=60)
    capacity: int | None
    access: str = Field(max_length=300)
    fit_for_hazard: bool
    closed: bool
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)
    __table_args__ = (sa.CheckConstraint("capacity > 0", name="place_holds_something"),)


for model in (StoragePlace, PlaceState):
    guard(model)


@dataclass(frozen=True)
class PlaceFacts:
    """What is said of a place."""

    name: str
    capacity: int | None = None
    access: str = ""
    fit_for_hazard: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Stood:
    """A place as it is: ``path`` from the room down, itself the last; what holds for the room holds for all in it."""

    place: StoragePlace
    state: PlaceState
    path: tuple["Stood", ...]

    @property
    def words(self) -> str:
        """``物证室 / 三号柜 / 第二层``."""
        return " / ".join([*(each.state.name for each in self.path), self.state.name])

    @property
    def line(self) -> tuple["Stood", ...]:
        return (*self.path, self)

    @property
    def closed(self) -> bool:
        return any(each.state.closed for each in self.line)

    @property
    def fit_for_hazard(self) -> bool:
        return any(each.state.fit_for_hazard for each in self.line)


def enter_place(
    act: Act, unit: Unit, facts: PlaceFacts, *, kind: PlaceKind, segment: str, parent: StoragePlace | None = None
) -> StoragePlace:
    """Set up a place of ``unit``; ``segment`` is its own part of the code.

    PlaceTaken where the unit has, or had, a place of that code.
    """
    segment = segment.strip()
    if not _SEGMENT.fullmatch(segment):
        raise PlaceCodeRefused(segment)
    kinds = list(PlaceKind)
    if (parent is None) != (kind is PlaceKind.ROOM):
        raise PlaceMisplaced(kind.label, parent.kind.label if parent else "")
    if parent is not None:
        if kinds.index(parent.kind) >= kinds.index(kind):
            raise PlaceMisplaced(kind.label, parent.kind.label)
        if stood(act.tx, parent).closed:
            raise PlaceClosed(parent.code)
    code = f"{parent.code}-{segment}" if parent else segment
    values = {"unit_id": unit.id, "parent_id": parent.id if parent else None, "kind": kind, "code": code}
    insert = upserting(act.tx, StoragePlace).values(**values).on_conflict_do_nothing()
    id_ = act.tx.execute(insert.returning(sa.column("id"))).scalar_one_or_none()
    if id_ is None:
        raise PlaceTaken(code)
    place = act.tx.get_one(StoragePlace, id_)
    _say(act, place, facts, 0)
    return place


def change_place(act: Act, place: StoragePlace, facts: PlaceFacts, *, seen: int) -> PlaceState:
    """Say something else of a place; ``seen`` is the ``seq`` of what the person saw: PlaceChanged where it is not new.

    A place is closed when no exhibit is in it, and can be opened again; it is never deleted.
    """
    lock_places(act.tx, [place])
    now = state_of(act.tx, place)
    if now.seq != seen:
        raise PlaceChanged(place.code)
    if facts.closed and not now.closed and (count := count_in(act.tx, place)):
        raise PlaceOccupied(place.code, count)
    return _say(act, place, facts, seen + 1)


def _say(act: Act, place: StoragePlace, facts: PlaceFacts, seq: int) -> PlaceState:
    if not facts.name.strip():
        raise FactMissing("场所名称")
    if facts.capacity is not None and facts.capacity <= 0:
        raise FactMissing("大于零的容量，或留空")
    state = PlaceState(
        place_id=place.id,
        seq=seq,
        name=facts.name.strip(),
        capacity=facts.capacity,
        access=facts.access.strip(),
        fit_for_hazard=facts.fit_for_hazard,
        closed=facts.closed,
        at=act.at,
        person_id=act.by.id,
        record_seq=0,
    )
    entry = enter(act, What.PLACE, place_stated(act.tx.get_one(Unit, place.unit_id), place, state))
    state.at, state.record_seq = entry.at, entry.seq
    act.tx.add(state)
    act.tx.flush()
    return state


def place_stated(unit: Unit, place: StoragePlace, state: PlaceState) -> dict[str, Any]:
    """What the record says of a place."""
    said = {fact: getattr(state, fact) for fact in asdict(PlaceFacts(""))}
    return {"unit": unit.code, "place_code": place.code, "kind": place.kind.value, "change": state.seq, **said}


# ── finding places ────────────────────────────────────────


def place_by_code(tx: Session, unit_id: int, code: str) -> StoragePlace:
    """A place of a unit by its whole code."""
    query = select(StoragePlace).where(StoragePlace.unit_id == unit_id, StoragePlace.code == code)
    place = tx.exec(query).one_or_none()
    if place is None:
        raise PlaceUnknown(code)
    return place


def state_of(tx: Session, place: StoragePlace) -> PlaceState:
    query = select(PlaceState).where(PlaceState.place_id == place.id).order_by(col(PlaceState.seq).desc()).limit(1)
    return tx.exec(query).one()


def stood(tx: Session, place: StoragePlace) -> Stood:
    """A place as it is, with those it is in."""
    above: tuple[Stood, ...] = ()
    if place.parent_id is not None:
        above = stood(tx, tx.get_one(StoragePlace, place.parent_id)).line
    return Stood(place, state_of(tx, place), above)


def places_of(tx: Session, unit_id: int) -> list[Stood]:
    """All places of a unit as they are, each after the one it is in, in order of their codes."""
    newest = select(PlaceState.place_id, func.max(PlaceState.seq).label("seq")).group_by(col(PlaceState.place_id))
    last = newest.subquery()
    query = (
        select(StoragePlace, PlaceState)
        .join(PlaceState, col(PlaceState.place_id) == col(StoragePlace.id))
        .join(last, sa.and_(last.c.place_id == PlaceState.place_id, last.c.seq == PlaceState.seq))
        .where(StoragePlace.unit_id == unit_id)
    )
    found: dict[int, Stood] = {}
    rows = sorted(tx.exec(query), key=lambda row: row[0].code.split("-"))
    for place, state in rows:
        above = found[place.parent_id].line if place.parent_id is not None else ()
        found[place.id] = Stood(place, state, above)
    return list(found.values())


def place_facts(tx: Session, unit_id: int, code: str) -> dict[str, str]:
    """The facts ``place`` and ``place_code`` of an act that puts an exhibit into a place of a unit."""
    found = stood(tx, place_by_code(tx, unit_id, code))
    return {"place": found.words, "place_code": found.place.code}


# ── what is in them ───────────────────────────────────────


def within(place: StoragePlace) -> sa.Select[tuple[str]]:
    """The codes of a place and of all in it, as a query: exact, whatever a database thinks of hyphens."""
    below = select(StoragePlace.id, StoragePlace.code).where(StoragePlace.id == place.id).cte(recursive=True)
    inner = select(StoragePlace.id, StoragePlace.code).join(below, col(StoragePlace.parent_id) == below.c.id)
    return sa.select(below.union_all(inner).c.code)


def standings_in(tx: Session, place: StoragePlace, among: Iterable[int] | None = None) -> list[CustodyStanding]:
    """The exhibits that by their chains are in a place or in one of those in it, now; ``among`` these ids, or all."""
    query = select(CustodyStanding).where(*_in(place)).order_by(col(CustodyStanding.exhibit_id))
    if among is not None:
        query = query.where(col(CustodyStanding.exhibit_id).in_(list(among)))
    return list(tx.exec(query.execution_options(populate_existing=True)))


def count_in(tx: Session, place: StoragePlace) -> int:
    return tx.exec(select(func.count()).select_from(CustodyStanding).where(*_in(place))).one()


def _in(place: StoragePlace) -> tuple[Any, ...]:
    """A code is one of the unit of who holds the exhibit: only he says where he put it."""
    return (
        col(CustodyStanding.place_code).in_(within(place)),
        col(CustodyStanding.whereabouts).in_(PRESENT),
        col(CustodyStanding.holder_id).in_(select(Person.id).where(Person.unit_id == place.unit_id)),
    )


def counts_of(tx: Session, unit_id: int) -> dict[str, int]:
    """How many exhibits are in each place of a unit itself, by code; those of the places in it are not in it."""
    query = (
        select(CustodyStanding.place_code, func.count())
        .join(Person, col(CustodyStanding.holder_id) == col(Person.id))
        .where(
            CustodyStanding.place_code != "",
            col(CustodyStanding.whereabouts).in_(PRESENT),
            Person.unit_id == unit_id,
        )
        .group_by(col(CustodyStanding.place_code))
    )
    return dict(tx.exec(query).all())


def lock_places(tx: Session, places: Iterable[StoragePlace]) -> None:
    """Lock rows until the act commits, in one order; before any chain, for an act on many exhibits locks chains last.

    Acts that merely name a place by a foreign key are not held up.
    """
    for id_ in sorted({place.id for place in places}):
        tx.exec(select(StoragePlace.id).where(StoragePlace.id == id_).with_for_update(key_share=True)).one()
