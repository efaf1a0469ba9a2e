"""Reads that say no purpose: a gap of the keeping of electronic evidence, found in the record itself."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select

from evidence.record import READS, RecordEntry
from evidence.register import Case

MOST = 500
_NAMED, _EMPTY = b'"purpose":', b'"purpose":""'
"""Canonical JSON has no spaces, so that an entry's bytes can be asked without being read as JSON."""


def reads_without_purpose(tx: Session, case: Case) -> list[RecordEntry]:
    """Reads of a case and its exhibits whose entry has no purpose, or an empty one; oldest first, at most ``MOST``."""
    query = (
        select(RecordEntry)
        .where(RecordEntry.case_id == case.id, col(RecordEntry.what).in_(READS))
        .where(or_(_holds(tx, _EMPTY), ~_holds(tx, _NAMED)))
        .order_by(col(RecordEntry.seq))
        .limit(MOST)
    )
    return list(tx.exec(query))


def _holds(tx: Session, part: bytes) -> Any:
    body = col(RecordEntry.body)
    if tx.get_bind().dialect.name == "sqlite":
        return func.instr(body, sa.literal(part, sa.LargeBinary)) > 0
    return body.op("LIKE", is_comparison=True)(sa.literal(b"%" + part + b"%", sa.LargeBinary))
