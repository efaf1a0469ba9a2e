"""Outcomes that are kept: what the store let happen to the canary, what a verification found."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard
from evidence.columns import UtcDateTime
from evidence.register import Case
from evidence.verification import Report


class CanaryRun(SQLModel, table=True):
    """An outcome of the canary: what the store let happen to a locked object."""

    __tablename__ = "canary_run"
    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    store: str = Field(max_length=20)
    sound: bool
    report: dict[str, Any] = Field(sa_type=sa.JSON)


class VerificationRun(SQLModel, table=True):
    """An outcome of verifying a case: by whom, when, what was found; ``report`` as :func:`as_kept` writes it."""

    __tablename__ = "verification_run"
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)
    report: dict[str, Any] = Field(sa_type=sa.JSON)


guard(CanaryRun)
guard(VerificationRun)


def as_kept(report: Report) -> dict[str, Any]:
    """A report as JSON: the counts, and each finding with its Chinese label as of now."""
    return {
        "sound": report.sound,
        "exhibits": report.exhibits,
        "events": report.events,
        "originals": report.originals,
        "copies": report.copies,
        "documents": report.documents,
        "entries": report.entries,
        "bytes_read": report.bytes_read,
        "findings": [
            {
                "where": finding.where,
                "kind": finding.kind.value,
                "label": finding.kind.label,
                "seq": finding.seq,
                "registered": finding.registered,
                "found": finding.found,
            }
            for finding in report.findings
        ],
    }


def latest_canary(tx: Session) -> CanaryRun | None:
    return tx.exec(select(CanaryRun).order_by(col(CanaryRun.id).desc())).first()


def verifications_of(tx: Session, case: Case) -> list[VerificationRun]:
    """Verifications of a case, newest first."""
    query = select(VerificationRun).where(VerificationRun.case_id == case.id).order_by(col(VerificationRun.id).desc())
    return list(tx.exec(query))
