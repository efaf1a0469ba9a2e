"""Checkpoints: signed notes that cover the log (proof.md §3), the keys they are signed with, and who else vouches.

The bytes of a checkpoint never change once it is published. Cosignatures of witnesses and time stamps stand beside it.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard
from evidence.columns import StoredBytes, UtcDateTime
from evidence.errors_proof import LogForked, LogKeyChanged
from evidence.log import locked_size, tree_of
from evidence.merkle import NoSuchTree, consistent
from evidence.note import (
    Head,
    Note,
    NoteRefused,
    Signature,
    SigningKey,
    VerifierKey,
    merged,
    read_head,
    read_key,
    read_note,
)
from evidence.stamp import Stamp


class LogKey(SQLModel, table=True):
    """A key that signs checkpoints, from the leaf ``since`` on.

    ``succession`` is a note in which the key before it names this one; the first key has none, and neither has one
    that came after a key that was lost.
    """

    __tablename__ = "log_key"
    id: int = Field(default=None, primary_key=True)
    line: str = Field(unique=True, max_length=400)
    since: int
    at: datetime = Field(sa_type=UtcDateTime)
    succession: bytes = Field(sa_type=StoredBytes)


class Checkpoint(SQLModel, table=True):
    """A checkpoint as first published: ``note`` is its bytes."""

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    key_id: int = Field(foreign_key="log_key.id")
    note: bytes = Field(sa_type=StoredBytes)


class Cosignature(SQLModel, table=True):
    """The line of a witness for a checkpoint; ``witness`` is the vkey it was verified with."""

    id: int = Field(default=None, primary_key=True)
    size: int = Field(foreign_key="checkpoint.size")
    witness: str = Field(max_length=400)
    line: str = Field(max_length=500)
    at: datetime = Field(sa_type=UtcDateTime)
    __table_args__ = (sa.UniqueConstraint("size", "witness"),)


class TimeStamp(SQLModel, table=True):
    """The answer of a time-stamping authority for a checkpoint: a TimeStampResp (DER), verified when it came."""

    __tablename__ = "time_stamp"
    id: int = Field(default=None, primary_key=True)
    size: int = Field(foreign_key="checkpoint.size")
    authority: str = Field(max_length=300)
    stamped_at: datetime = Field(sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)
    response: bytes = Field(sa_type=StoredBytes)
    certificates: bytes = Field(sa_type=StoredBytes)
    __table_args__ = (sa.UniqueConstraint("size", "authority"),)


for model in (LogKey, Checkpoint, Cosignature, TimeStamp):
    guard(model)


# ── publishing ────────────────────────────────────────────


def publish(tx: Session, key: SigningKey, at: datetime) -> Checkpoint | None:
    """Sign all that is sequenced; None where the last checkpoint covers it, or there is nothing.

    Raises LogForked where the tiles no longer begin with what the last checkpoint says, and LogKeyChanged for a key
    that is not the one registered last.
    """
    size = locked_size(tx).size
    last = latest(tx)
    if size == (last.size if last else 0):
        return None
    registered = _registered(tx, key, at)
    tree = tree_of(tx, size)
    try:
        root = tree.root()
        if last is not None:
            was = head_of(last)
            if not consistent(was.size, was.root, size, root, tree.consistency(was.size)):
                raise LogForked(last.size, size)
    except (NoSuchTree, NoteRefused) as reason:  # shorter than what is out, without its tiles, or nothing to hold it to
        raise LogForked(last.size if last else 0, size) from reason
    note = key.sign(Head(key.name, size, root).text)
    made = Checkpoint(size=size, at=at, key_id=registered.id, note=note.written())
    tx.add(made)
    tx.flush()
    return made


def succeed(tx: Session, key: SigningKey, at: datetime, *, by: SigningKey | None) -> LogKey:
    """Register a new key; ``by`` is the one before it, which names it in a note: without, the break stays visible."""
    size = locked_size(tx).size
    line = key.verifier().line
    last = _last_key(tx)
    since = size if last else 0
    if by is not None and (last is None or by.verifier().line != last.line):
        raise LogKeyChanged(by.verifier().line, last.line if last else "")
    succession = by.sign(succession_text(by.name, since, line)).written() if by else b""
    made = LogKey(line=line, since=since, at=at, succession=succession)
    tx.add(made)
    tx.flush()
    return made


def succession_text(name: str, since: int, line: str) -> str:
    """What a key says of the one after it."""
    return f"{name}\nsuccession from leaf {since}\n{line}\n"


def _registered(tx: Session, key: SigningKey, at: datetime) -> LogKey:
    last = _last_key(tx)
    if last is None:
        return succeed(tx, key, at, by=None)
    if last.line != key.verifier().line:
        raise LogKeyChanged(key.verifier().line, last.line)
    return last


def _last_key(tx: Session) -> LogKey | None:
    return tx.exec(select(LogKey).order_by(col(LogKey.id).desc()).limit(1)).first()


def keep_stamp(tx: Session, checkpoint: Checkpoint, authority: str, stamp: Stamp, at: datetime) -> TimeStamp | None:
    """Keep a verified stamp; None where another process had one of this authority first."""
    locked_size(tx)
    if any(each.authority == authority for each in stamps_of(tx, checkpoint)):
        return None
    made = TimeStamp(
        size=checkpoint.size,
        authority=authority,
        stamped_at=stamp.at,
        at=at,
        response=stamp.response,
        certificates=stamp.certificates,
    )
    tx.add(made)
    tx.flush()
    return made


def keep_cosignature(
    tx: Session, checkpoint: Checkpoint, witness: VerifierKey, signature: Signature, at: datetime
) -> Cosignature | None:
    """Keep the verified line of a witness; None where another process had it first."""
    locked_size(tx)
    if any(each.witness == witness.line for each in cosignatures_of(tx, checkpoint)):
        return None
    made = Cosignature(size=checkpoint.size, witness=witness.line, line=signature.line, at=at)
    tx.add(made)
    tx.flush()
    return made


# ── reading ───────────────────────────────────────────────


def latest(tx: Session) -> Checkpoint | None:
    """The checkpoint that covers most."""
    return tx.exec(select(Checkpoint).order_by(col(Checkpoint.size).desc()).limit(1)).first()


def note_of(checkpoint: Checkpoint) -> Note:
    return read_note(checkpoint.note)


def stands(tx: Session) -> bool:
    """Whether the stored log begins with what the last checkpoint says: if not, nothing more is published."""
    last = latest(tx)
    if last is None:
        return True
    try:
        head = head_of(last)
        return tree_of(tx, head.size).root() == head.root
    except (NoSuchTree, NoteRefused):
        return False


def head_of(checkpoint: Checkpoint) -> Head:
    """What it says: from its bytes, not from the columns beside them."""
    return read_head(note_of(checkpoint).text)


def key_of(tx: Session, checkpoint: Checkpoint) -> VerifierKey:
    """The key it was signed with."""
    return read_key(tx.get_one(LogKey, checkpoint.key_id).line)


def keys_of(tx: Session) -> list[LogKey]:
    """All keys there ever were, oldest first."""
    return list(tx.exec(select(LogKey).order_by(col(LogKey.id))))


def covering(tx: Session, index: int) -> Checkpoint | None:
    """The first checkpoint that covers a leaf; None while there is none."""
    query = select(Checkpoint).where(Checkpoint.size > index).order_by(col(Checkpoint.size))
    return tx.exec(query.limit(1)).first()


def stamps_of(tx: Session, checkpoint: Checkpoint) -> list[TimeStamp]:
    """The time stamps of a checkpoint, oldest first."""
    query = select(TimeStamp).where(TimeStamp.size == checkpoint.size).order_by(col(TimeStamp.id))
    return list(tx.exec(query))


def last_stamp(tx: Session, authority: str) -> TimeStamp | None:
    """The newest stamp of an authority."""
    query = select(TimeStamp).where(TimeStamp.authority == authority).order_by(col(TimeStamp.id).desc())
    return tx.exec(query.limit(1)).first()


def last_cosigned(tx: Session, witness: str) -> int:
    """The size of the largest checkpoint that a witness has signed; 0 for none."""
    query = select(sa.func.coalesce(sa.func.max(col(Cosignature.size)), 0)).where(Cosignature.witness == witness)
    return tx.exec(query).one()


def cosignatures_of(tx: Session, checkpoint: Checkpoint) -> list[Cosignature]:
    query = select(Cosignature).where(Cosignature.size == checkpoint.size).order_by(col(Cosignature.id))
    return list(tx.exec(query))


def witnessed(checkpoint: Checkpoint, signatures: Sequence[Signature]) -> bytes:
    """The copy of a checkpoint with the lines of witnesses under its own."""
    return merged(note_of(checkpoint), signatures)
