"""Verification of storage places and stock-takes: each row held against its entry in the record, and the other way."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from evidence.chain import Statement
from evidence.findings import Finding, FindingKind
from evidence.moments import rfc3339
from evidence.place import PlaceState, StoragePlace, place_stated
from evidence.register import Unit
from evidence.stock_take import (
    StockTake,
    StockTakeDifference,
    StockTakeEnd,
    StockTakeScan,
    begun_stated,
    ended_stated,
)


def place_findings(tx: Session, entries: Mapping[int, Statement]) -> Iterator[Finding]:
    """Places and what was said of them; ``entries`` are those of the record about places, by seq."""
    query = (
        select(StoragePlace, Unit, PlaceState)
        .join(Unit, col(StoragePlace.unit_id) == col(Unit.id))
        .join(PlaceState, col(PlaceState.place_id) == col(StoragePlace.id), isouter=True)
        .order_by(col(StoragePlace.id), col(PlaceState.seq))
    )
    kept = set()
    for place, unit, state in tx.exec(query):
        if state is None:
            yield Finding(place.code, FindingKind.PLACE_DIFFERS)
            continue
        kept.add(state.record_seq)
        said = entries.get(state.record_seq, Statement())
        stands = (place_stated(unit, place, state), state.person_id, rfc3339(state.at))
        if stands != (said.facts, said.by.id, said.at):
            yield Finding(place.code, FindingKind.PLACE_DIFFERS, state.record_seq)
    for seq in entries.keys() - kept:
        yield Finding(str(entries[seq].facts.get("place_code")), FindingKind.PLACE_MISSING, seq)


def stock_take_findings(tx: Session, entries: Mapping[int, Statement]) -> Iterator[Finding]:
    """Stock-takes, what was seen in them and what differed."""
    kept = set()
    for taken in tx.exec(select(StockTake).order_by(col(StockTake.id))):
        place = tx.get_one(StoragePlace, taken.place_id)
        unit = tx.get_one(Unit, place.unit_id)
        begun = begun_stated(unit, place, taken)
        rows: list[tuple[StockTake | StockTakeEnd, dict[str, Any], str]] = [(taken, begun, rfc3339(taken.begun_at))]
        ended = tx.get(StockTakeEnd, taken.id)
        if ended is not None:
            differences = tx.exec(
                select(StockTakeDifference).where(StockTakeDifference.stock_take_id == taken.id)
            ).all()
            rows.append((ended, ended_stated(tx, taken, ended, differences), rfc3339(ended.at)))
            scans = tx.exec(select(StockTakeScan.exhibit_id).where(StockTakeScan.stock_take_id == taken.id)).all()
            if len(scans) != ended.counted:
                yield Finding(taken.number, FindingKind.STOCK_TAKE_DIFFERS, ended.record_seq)
        for row, stands, at in rows:
            kept.add(row.record_seq)
            said = entries.get(row.record_seq, Statement())
            if (stands, row.person_id, at) != (said.facts, said.by.id, said.at):
                yield Finding(taken.number, FindingKind.STOCK_TAKE_DIFFERS, row.record_seq)
    for seq in entries.keys() - kept:
        yield Finding(str(entries[seq].facts.get("stock_take")), FindingKind.STOCK_TAKE_MISSING, seq)
