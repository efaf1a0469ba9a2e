"""Stock-taking: while a count is under way only what was seen is kept, by everybody who scans into it.

Its end compares with the chains in one act: each exhibit that was seen gets its ``counted`` event, each difference a
row, and the signed result is an entry of the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.columns import upserting
from evidence.custody import CustodyStanding, Entry, lock_chains, locked, record_all
from evidence.custody_event import EventType
from evidence.errors import PlaceUnknown, StockTakeEnded, StockTakeOpen
from evidence.exhibit import Exhibit
from evidence.moments import BEIJING
from evidence.place import PRESENT, Stood, StoragePlace, lock_places, standings_in, stood
from evidence.record import What, enter
from evidence.register import Case, Person, Unit, next_serial
from evidence.stock_take import (
    Seen,
    StockTake,
    StockTakeDifference,
    StockTakeEnd,
    StockTakeScan,
    begun_stated,
    end_of,
    ended_stated,
    open_stock_takes,
    scans_of,
)


@dataclass(frozen=True)
class Comparison:
    """What a count says now, by exhibit id: how each that was seen or should be there was found, how it stands, and
    where its chain has it, in words.
    """

    seen: dict[int, Seen]
    rows: dict[int, CustodyStanding]
    expected: int
    booked: dict[int, str]


def begin_stock_take(act: Act, place: StoragePlace) -> StockTake:
    """Begin to count; StockTakeOpen where the place, one it is in or one in it is being counted."""
    line = stood(act.tx, place).line
    root = line[0].place
    lock_places(act.tx, [root])
    for open_ in open_stock_takes(act.tx, root.unit_id):
        counted = act.tx.get_one(StoragePlace, open_.place_id)
        if _in_line(counted.code, place.code) or _in_line(place.code, counted.code):
            raise StockTakeOpen(open_.number, counted.code)
    unit = act.tx.get_one(Unit, place.unit_id)
    year = act.at.astimezone(BEIJING).year
    made = StockTake(
        number=f"PD{unit.code}{year}{next_serial(act.tx, f'stock-take/{unit.code}/{year}'):04d}",
        place_id=place.id,
        begun_at=act.at,
        person_id=act.by.id,
        record_seq=0,
    )
    entry = enter(act, What.STOCK_TAKE, begun_stated(unit, place, made))
    made.begun_at, made.record_seq = entry.at, entry.seq
    act.tx.add(made)
    act.tx.flush()
    return made


def _in_line(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}-")


def scan(act: Act, stock_take: StockTake, exhibit: Exhibit, place: StoragePlace) -> bool:
    """Note that ``exhibit`` was seen in ``place``; False where somebody has scanned it already.

    PlaceUnknown for a place that is not the one that is counted or in it.
    """
    _lock(act.tx, stock_take)
    counted = act.tx.get_one(StoragePlace, stock_take.place_id)
    if place.unit_id != counted.unit_id or not _in_line(counted.code, place.code):
        raise PlaceUnknown(place.code)
    row = {
        "stock_take_id": stock_take.id,
        "exhibit_id": exhibit.id,
        "place_id": place.id,
        "person_id": act.by.id,
        "at": act.at,
    }
    insert = upserting(act.tx, StockTakeScan).values(**row).on_conflict_do_nothing()
    return act.tx.execute(insert.returning(sa.column("exhibit_id"))).scalar_one_or_none() is not None


def end_stock_take(act: Act, stock_take: StockTake, *, confirmed_by: str) -> StockTakeEnd:
    """Compare, record, and say what differs; StockTakeEnded where somebody was first."""
    _lock(act.tx, stock_take)
    concerned = list(compare(act.tx, stock_take).seen)
    lock_chains(act.tx, act.tx.exec(select(Exhibit).where(col(Exhibit.id).in_(concerned))))
    found = compare(act.tx, stock_take)  # what the chains said before they were locked may be old
    scans = scans_of(act.tx, stock_take)
    places = {id_: stood(act.tx, act.tx.get_one(StoragePlace, id_)) for id_ in {each.place_id for each in scans}}
    seen_in = {each.exhibit_id: places[each.place_id] for each in scans}
    seqs = _count(act, stock_take, found, seen_in)
    differences = [
        StockTakeDifference(
            stock_take_id=stock_take.id,
            exhibit_id=id_,
            kind=kind,
            seq=seqs.get(id_, found.rows[id_].seq),
            booked=found.booked[id_],
            seen_at=seen_in[id_].place.code if id_ in seen_in else "",
        )
        for id_, kind in found.seen.items()
        if kind is not Seen.AS_BOOKED
    ]
    return _signed(act, stock_take, found, len(scans), differences, confirmed_by)


def _count(act: Act, stock_take: StockTake, found: Comparison, seen_in: Mapping[int, Stood]) -> dict[int, int]:
    """The ``counted`` event of each exhibit that was seen, by its id; returns their ``seq`` by exhibit id."""
    query = select(Case, Exhibit).join(Exhibit).where(col(Exhibit.id).in_(seen_in)).order_by(col(Case.id))
    entries = []
    for case, rows in groupby(act.tx.exec(query), key=itemgetter(0)):
        for id_, chain in locked(act.tx, case, [exhibit for _, exhibit in rows]).items():
            facts = {
                "stock_take": stock_take.number,
                "place": seen_in[id_].words,
                "place_code": seen_in[id_].place.code,
                "result": found.seen[id_].value,
            }
            entries.append(Entry(chain, EventType.COUNTED, facts))
    return {event.exhibit_id: event.seq for event in record_all(act, entries)}


def _signed(
    act: Act,
    stock_take: StockTake,
    found: Comparison,
    counted: int,
    differences: Sequence[StockTakeDifference],
    confirmed_by: str,
) -> StockTakeEnd:
    ended = StockTakeEnd(
        stock_take_id=stock_take.id,
        at=act.at,
        person_id=act.by.id,
        confirmed_by=confirmed_by,
        expected=found.expected,
        counted=counted,
        record_seq=0,
    )
    entry = enter(act, What.STOCK_TAKE, ended_stated(act.tx, stock_take, ended, differences))
    ended.at, ended.record_seq = entry.at, entry.seq
    act.tx.add(ended)
    act.tx.add_all(differences)
    act.tx.flush()
    return ended


def _lock(tx: Session, stock_take: StockTake) -> None:
    """Scans and the end of a stock-take come one after another."""
    tx.exec(select(StockTake.id).where(StockTake.id == stock_take.id).with_for_update(key_share=True)).one()
    check_open(tx, stock_take)


def check_open(tx: Session, stock_take: StockTake) -> None:
    """StockTakeEnded names who was first."""
    ended = end_of(tx, stock_take)
    if ended is not None:
        raise StockTakeEnded(stock_take.number, tx.get_one(Person, ended.person_id).name)


def compare(tx: Session, stock_take: StockTake) -> Comparison:
    """What has been seen against what the chains say now."""
    place = tx.get_one(StoragePlace, stock_take.place_id)
    booked = {row.exhibit_id: row for row in standings_in(tx, place)}
    scans = scans_of(tx, stock_take)
    ids = [each.exhibit_id for each in scans if each.exhibit_id not in booked]
    query = select(CustodyStanding).where(col(CustodyStanding.exhibit_id).in_(ids))
    others = tx.exec(query.execution_options(populate_existing=True))
    rows = booked | {row.exhibit_id: row for row in others}
    codes = dict(tx.exec(select(StoragePlace.id, StoragePlace.code).where(StoragePlace.unit_id == place.unit_id)).all())
    seen = dict.fromkeys(booked, Seen.MISSING)
    for each in scans:
        seen[each.exhibit_id] = _found(rows[each.exhibit_id], each.exhibit_id in booked, codes[each.place_id])
    return Comparison(seen, rows, len(booked), {id_: booked_at(row) for id_, row in rows.items()})


def compare_one(tx: Session, stock_take: StockTake, scan: StockTakeScan) -> tuple[Seen, str]:
    """How one exhibit was found, and where its chain has it, in words."""
    booked = standings_in(tx, tx.get_one(StoragePlace, stock_take.place_id), [scan.exhibit_id])
    row = tx.get_one(CustodyStanding, scan.exhibit_id)
    return _found(row, bool(booked), tx.get_one(StoragePlace, scan.place_id).code), booked_at(row)


def _found(row: CustodyStanding, booked_here: bool, code: str) -> Seen:  # noqa: FBT001 - a fact of the row
    if row.whereabouts not in PRESENT or not row.place:
        return Seen.UNEXPECTED
    return Seen.AS_BOOKED if booked_here and _in_line(code, row.place_code) else Seen.ELSEWHERE


def booked_at(row: CustodyStanding) -> str:
    """Where the chain says that an exhibit is, in words."""
    words = [row.whereabouts.label, row.holder, row.place if row.whereabouts in PRESENT else ""]
    return " · ".join(word for word in words if word)[:300]
