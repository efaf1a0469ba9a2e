"""The gaps of each chain as rows, so that lists and counts can ask for one kind: like the standing, made anew by each
event from what the chain says.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, delete

from evidence.columns import UtcDateTime, slug, upserting
from evidence.defects import DefectKind
from evidence.exhibit import Exhibit
from evidence.register import Case
from evidence.standing import Standing


class CustodyDefect(SQLModel, table=True):
    """A gap, or with ``due_at`` one that stands from then on if nothing happens. Few exhibits have any.

    ``seq`` is the event where it shows; ``position`` its place among those of the exhibit.
    """

    __tablename__ = "custody_defect"
    exhibit_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    unit_id: int = Field(foreign_key="unit.id")
    kind: DefectKind = Field(sa_type=slug(DefectKind))
    seq: int | None = None
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    __table_args__ = (sa.Index("ix_custody_defect_unit_id_kind", "unit_id", "kind", "exhibit_id"),)


def keep_defects(tx: Session, chains: Iterable[tuple[Case, Exhibit, Standing, Standing]]) -> None:
    """Write the rows of exhibits that stood in one way and stand in another now, where they are others.

    A chain that has just begun has none to take away.
    """
    gone: list[int] = []
    rows: list[dict[str, Any]] = []
    for case, exhibit, before, now in chains:
        had, has = (defects_stated(case, exhibit, standing) for standing in (before, now))
        if had != has:
            gone += [exhibit.id] if before.seq >= 0 else []
            rows += has
    if gone:
        tx.execute(delete(CustodyDefect).where(col(CustodyDefect.exhibit_id).in_(gone)))
    if rows:
        tx.execute(upserting(tx, CustodyDefect).on_conflict_do_nothing(), rows)


def defects_stated(case: Case, exhibit: Exhibit, standing: Standing) -> list[dict[str, Any]]:
    """The rows that follow from a standing: the gaps in the order of the chain, then the limits under way."""
    gaps: list[tuple[DefectKind, int | None, datetime | None]] = [
        *((defect.kind, defect.seq, None) for defect in standing.defects),
        *((due.kind, due.seq, due.at) for due in standing.dues),
    ]
    return [
        {
            "exhibit_id": exhibit.id,
            "position": position,
            "unit_id": case.unit_id,
            "kind": kind,
            "seq": seq,
            "due_at": due_at,
        }
        for position, (kind, seq, due_at) in enumerate(gaps)
    ]
