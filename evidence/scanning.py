"""Virus scans: what a scanner said of an original, kept beside it. The original itself is only ever read.

The latest scan decides: an original in which something was found is quarantined until a later scan finds nothing.
"""

from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, func, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import lock
from evidence.clamav import LARGEST, LONGEST_TEXT, Clamd, Scanned, ScanOutcome
from evidence.columns import UtcDateTime, slug
from evidence.exhibit import Exhibit, Original, in_case
from evidence.record import CHAIN, What, enter
from evidence.register import Case
from storage import ObjectStore


class Scan(SQLModel, table=True):
    """One outcome per original and ``engine``: program and signature database in the scanner's own words."""

    id: int = Field(default=None, primary_key=True)
    original_id: int = Field(foreign_key="original.id")
    engine: str = Field(max_length=LONGEST_TEXT)
    outcome: ScanOutcome = Field(sa_type=slug(ScanOutcome))
    signature: str = Field(max_length=LONGEST_TEXT)
    at: datetime = Field(sa_type=UtcDateTime)
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)
    __table_args__ = (
        sa.UniqueConstraint("original_id", "engine"),
        sa.CheckConstraint("(outcome = 'found') = (signature <> '')", name="signature_of_finding"),
    )


guard(Scan)


def unscanned(tx: Session, leaving: set[int]) -> Original | None:
    """The newest original without a scan, and not among the ids ``leaving``.

    The newest first: what has just arrived is what somebody is about to open.
    """
    scanned = select(Scan.id).where(Scan.original_id == Original.id).exists()
    query = select(Original).where(~scanned, col(Original.id).not_in(leaving)).order_by(col(Original.id).desc())
    return tx.exec(query.limit(1)).one_or_none()


def scan_original(scanner: Clamd, store: ObjectStore, original: Original) -> Scanned:
    """Stream an original through the scanner; runs outside any transaction. ScannerUnavailable, StorageError."""
    if original.size > LARGEST:
        return Scanned(ScanOutcome.TOO_LARGE)
    with closing(store.read(original.object_key, original.object_version)) as blocks:
        return scanner.scan(blocks)


def enter_scan(act: Act, original: Original, engine: str, scanned: Scanned) -> Scan:
    """Enter an outcome and its entry in the record; of two scans by the same engine at once the first stands."""
    lock(act.tx, CHAIN)  # the second sees what the first has entered
    known = act.tx.exec(select(Scan).where(Scan.original_id == original.id, Scan.engine == engine)).one_or_none()
    if known is not None:
        return known
    exhibit = act.tx.get_one(Exhibit, original.exhibit_id)
    stated = scan_stated(original.sha256, engine, scanned.outcome, scanned.signature)
    entry = enter(act, What.SCAN, stated, case=act.tx.get_one(Case, exhibit.case_id), exhibit=exhibit)
    scan = Scan(
        original_id=original.id,
        engine=engine,
        outcome=scanned.outcome,
        signature=scanned.signature,
        at=entry.at,
        record_seq=entry.seq,
    )
    act.tx.add(scan)
    act.tx.flush()
    return scan


def scan_stated(original: str, engine: str, outcome: ScanOutcome, signature: str) -> dict[str, Any]:
    """A scan as its entry in the record states it; ``original`` is the SHA-256."""
    return {"original": original, "engine": engine, "outcome": outcome.value, "signature": signature}


def scans_of(tx: Session, original: Original) -> list[Scan]:
    """The scans of an original, the latest first."""
    return list(tx.exec(select(Scan).where(Scan.original_id == original.id).order_by(col(Scan.record_seq).desc())))


def latest_scans(tx: Session, case: Case, among: Collection[int] = ()) -> dict[int, Scan]:
    """The latest scan of each original of a case, by original id; ``among`` limits them to those exhibits."""
    query = select(Scan).join(Original).join(Exhibit).where(*in_case(case, among)).order_by(col(Scan.record_seq))
    return {scan.original_id: scan for scan in tx.exec(query)}


def quarantine_of(tx: Session, original: Original) -> Scan | None:
    """The finding that keeps an original from being downloaded, or None."""
    return next((scan for scan in scans_of(tx, original)[:1] if scan.outcome is ScanOutcome.FOUND), None)


def count_scans(tx: Session) -> tuple[int, int]:
    """How many originals have no scan, and how many are quarantined."""
    scanned = select(Scan.id).where(Scan.original_id == Original.id).exists()
    later = aliased(Scan)
    superseded = select(later.id).where(later.original_id == Scan.original_id, later.record_seq > Scan.record_seq)
    waiting = select(func.count()).select_from(Original).where(~scanned)
    found = select(func.count()).select_from(Scan).where(Scan.outcome == ScanOutcome.FOUND, ~superseded.exists())
    return tx.exec(waiting).one(), tx.exec(found).one()
