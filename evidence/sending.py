"""Sendings: files on their way in, over as many requests, processes and days as it takes; no evidence yet.

What of a sending has been acknowledged is here and in the store, never in a process: the parts that the store has, and
the rest, shorter than a part, in the row itself. Whoever goes on with a sending takes the turn; who had it before can
acknowledge nothing any more. These rows are working state, unlike everything that is made of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from evidence.act import Act
from evidence.columns import Labelled, UtcDateTime, slug
from evidence.errors import (
    SendingEnded,
    SendingReused,
    SendingTakenOver,
    SendingUnknown,
)
from evidence.exhibit import Exhibit, Kind
from evidence.intake import checked_digest
from evidence.register import Case
from storage import MOST_PARTS, Part

PART_SIZE = 8 << 20  # bytes
LARGEST_PART = 32 << 20  # bytes; some of them are in memory at a time
LARGEST_FILE = LARGEST_PART * MOST_PARTS  # bytes; 312 GiB


class End(Labelled):
    """How a sending ended."""

    SEALED = "sealed", "已登记"
    REFUSED = "refused", "未登记"
    STOPPED = "stopped", "已停止"
    EXPIRED = "expired", "逾期未传完"
    LOST = "lost", "存储中已传的部分不完整或已清除"


class Sending(SQLModel, table=True):
    """``offset`` bytes of ``length`` are acknowledged; ``tail`` are the last of them, which no part in the store has.

    ``name`` is the sender's own name of this one sending, or one given to him; other people's names are others.
    ``making`` names the object in the making in the store, none before its first part. ``reason`` are facts of a
    refusal: which, and both digests.
    """

    id: int = Field(default=None, primary_key=True)
    name: str = Field(max_length=64)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    file_name: str = Field(max_length=255)
    kind: Kind = Field(sa_type=slug(Kind))
    title: str = Field(max_length=200)
    facts: dict[str, Any] = Field(sa_type=sa.JSON)
    declared_sha256: str | None = Field(default=None, max_length=64)
    length: int = Field(sa_type=sa.BigInteger)
    offset: int = Field(default=0, sa_type=sa.BigInteger)
    tail: bytes = Field(default=b"", sa_column_kwargs={"nullable": False})
    turn: int = 0
    object_key: str = Field(max_length=300, unique=True)
    making: str | None = Field(default=None, max_length=300)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    moved_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    end: End | None = Field(default=None, sa_type=slug(End))
    reason: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    exhibit_id: int | None = Field(default=None, foreign_key="exhibit.id")
    __table_args__ = (
        sa.UniqueConstraint("person_id", "name"),
        sa.CheckConstraint('length > 0 AND "offset" >= 0 AND "offset" <= length', name="sending_within_length"),
        sa.CheckConstraint("(\"end\" = 'sealed') = (exhibit_id IS NOT NULL)", name="sending_sealed_as_exhibit"),
    )


class SendingPart(SQLModel, table=True):
    """A part that the store has acknowledged."""

    __tablename__ = "sending_part"
    sending_id: int = Field(foreign_key="sending.id", primary_key=True)
    number: int = Field(primary_key=True)
    offset: int = Field(sa_type=sa.BigInteger)
    size: int
    tag: str = Field(max_length=120)


@dataclass(frozen=True)
class Turn:
    """What one who goes on with a sending has to know, and the number by which he may acknowledge."""

    sending: Sending
    number: int
    parts: tuple[Part, ...]
    tail: bytes

    @property
    def part_size(self) -> int:
        return part_size(self.sending.length)


def part_size(length: int) -> int:
    """Bytes of each part but the last: as few as memory wants, as many as the store's count of parts asks for."""
    return max(PART_SIZE, -(-length // MOST_PARTS))


def sending_named(tx: Session, person_id: int, name: str) -> Sending:
    """The person's own sending; that of another is unknown to him. Raises SendingUnknown."""
    sending = known_as(tx, person_id, name)
    if sending is None:
        raise SendingUnknown(name)
    return sending


def known_as(tx: Session, person_id: int, name: str) -> Sending | None:
    """The person's own sending of this name, however it stands."""
    return tx.exec(_own(person_id).where(Sending.name == name)).one_or_none()


def is_under_way(tx: Session, person_id: int, name: str) -> bool:
    """Whether the person has a sending of this name that has not ended."""
    return tx.exec(_own(person_id).where(Sending.name == name, col(Sending.end).is_(None))).first() is not None


def _own(person_id: int) -> SelectOfScalar[Sending]:
    return _without_tails().where(Sending.person_id == person_id)


def _without_tails() -> SelectOfScalar[Sending]:
    """Sendings without their tails, which may be of some MiB each; only a turn needs its own."""
    return select(Sending).options(defer(Sending.tail))  # type: ignore[arg-type]  # a column, to the mapper


def check_under_way(sending: Sending) -> None:
    """Raise SendingEnded for one that can take in nothing any more."""
    if sending.end is not None:
        raise SendingEnded(sending.file_name, sending.end.label)


def take_turn(act: Act, sending: Sending, *, declared_sha256: str | None = None, left: bool = False) -> Turn:
    """Go on with a sending; whoever had the turn before has it no longer.

    With ``declared_sha256`` the sender says only now what he sends. ``left`` takes it only where nobody has moved it
    since ``sending`` was read. Raises SendingEnded, DigestUnreadable, SendingReused where he said otherwise before, or
    SendingTakenOver.
    """
    check_under_way(sending)
    declared = checked_digest(declared_sha256) if declared_sha256 else sending.declared_sha256
    if sending.declared_sha256 not in {None, declared}:
        raise SendingReused(sending.file_name)
    number = sending.turn + 1
    still = [Sending.moved_at == sending.moved_at] if left else []
    _move(act, sending, sending.turn, *still, turn=number, declared_sha256=declared)
    taken = act.tx.get_one(Sending, sending.id, populate_existing=True)
    query = select(SendingPart).where(SendingPart.sending_id == sending.id).order_by(col(SendingPart.number))
    parts = tuple(Part(part.number, part.offset, part.size, part.tag) for part in act.tx.exec(query))
    return Turn(taken, number, parts, taken.tail)


def keep_turn(act: Act, turn: Turn) -> None:
    """Say that somebody is still at it. Raises SendingTakenOver."""
    _move(act, turn.sending, turn.number)


def acknowledge(act: Act, turn: Turn, *, making: str | None, parts: Sequence[Part], fresh: int, tail: bytes) -> None:
    """Note what of a sending is safe by now: all ``parts`` of this turn, the last ``fresh`` of them for the first time.

    SendingTakenOver by one who has the turn no longer.
    """
    offset = sum(part.size for part in (*turn.parts, *parts)) + len(tail)
    if offset < turn.sending.offset:
        raise RuntimeError("what was acknowledged is never taken back")
    _move(act, turn.sending, turn.number, making=making, tail=tail, offset=offset)
    act.tx.add_all(SendingPart(sending_id=turn.sending.id, **asdict(part)) for part in parts[len(parts) - fresh :])
    act.tx.flush()


def end_sending(
    act: Act, turn: Turn, end: End, *, exhibit: Exhibit | None = None, reason: dict[str, Any] | None = None
) -> None:
    """A sending has become an exhibit, or will never be one; its parts are nobody's business any more."""
    _move(
        act,
        turn.sending,
        turn.number,
        ended_at=act.at,
        end=end,
        tail=b"",
        exhibit_id=exhibit.id if exhibit else None,
        reason=reason or {},
    )
    if turn.sending.length > PART_SIZE:  # others have no parts
        act.tx.execute(sa.delete(SendingPart).where(col(SendingPart.sending_id) == turn.sending.id))


def _move(act: Act, sending: Sending, held: int, *still: Any, **values: Any) -> None:
    """Change a sending if the turn is still ``held`` and what is said by ``still`` is true."""
    changed = act.tx.execute(
        sa.update(Sending)
        .where(col(Sending.id) == sending.id, col(Sending.turn) == held, col(Sending.end).is_(None), *still)
        .values(moved_at=act.at, **values)
        .returning(col(Sending.id))
        .execution_options(synchronize_session=False)
    )
    if changed.first() is None:
        raise SendingTakenOver(sending.file_name)


def sendings_of(tx: Session, case: Case, limit: int = 200) -> list[Sending]:
    """Sendings of a case that became no exhibit: those under way first, then those that ended, newest first."""
    query = (
        _without_tails()
        .where(Sending.case_id == case.id, sa.or_(col(Sending.end).is_(None), col(Sending.end) != End.SEALED))
        .order_by(col(Sending.ended_at).is_not(None), col(Sending.moved_at).desc())
        .limit(limit)
    )
    return list(tx.exec(query))


def left_since(tx: Session, before: datetime, *, complete: bool, limit: int = 20) -> list[Sending]:
    """Sendings under way that nobody has moved since ``before``: complete ones to seal, or others that expire."""
    whole = col(Sending.offset) == col(Sending.length)
    query = (
        _without_tails()
        .where(col(Sending.end).is_(None), Sending.moved_at < before, whole if complete else ~whole)
        .order_by(col(Sending.moved_at))
        .limit(limit)
    )
    return list(tx.exec(query))
