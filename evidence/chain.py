"""Chains of canonical JSON (RFC 8785): each body names the SHA-256 of the one before it.

Two kinds of chain use this: the custody events of one exhibit, and the installation's record of acts and reads.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlmodel import Field, Session, SQLModel, select

from evidence.append_only import growing, guard
from evidence.columns import UtcDateTime, upserting
from evidence.moments import rfc3339

GENESIS = "0" * 64
"""``prev`` of a chain's first body."""
WAITED = timedelta(minutes=1)
"""Longest that an act may have waited for a chain after it took its time."""


class ChainHead(SQLModel, table=True):
    """Last link of each chain: the row an appender locks, and what a cut tail is noticed by. It only ever grows."""

    __tablename__ = "chain_head"
    chain: str = Field(primary_key=True, max_length=80)
    seq: int
    sha256: str = Field(max_length=64)
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)


guard(ChainHead, growing("chain", "seq"))


@dataclass(frozen=True)
class Place:
    """Where in its chain a body will stand: what it has to say of itself."""

    seq: int
    prev: str
    at: datetime


@dataclass(frozen=True)
class Link:
    """One body as appended: its place, its exact bytes and their SHA-256."""

    seq: int
    at: datetime
    body: bytes
    sha256: str


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold. ``what`` is a slug of :class:`evidence.verification.FindingKind`."""

    seq: int
    what: str


@dataclass(frozen=True)
class NamedPerson:
    """A person as a body names him; empty where the body does not."""

    id: int | None = None
    name: str = ""
    unit: str = ""
    certificate: str = ""


@dataclass(frozen=True)
class Statement:
    """What a stored body says, read without trust: what is not there or not of its kind is empty."""

    seq: int | None = None
    prev: str = ""
    at: str = ""
    happened_at: str = ""
    kind: str = ""
    case: str = ""
    exhibit: str = ""
    by: NamedPerson = field(default_factory=NamedPerson)
    address: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value; floats do not occur (quantities are strings with a unit)."""
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stated(body: bytes) -> Statement:
    """What ``body`` says; a body that was damaged says nothing, which verification reports."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Statement()
    if not isinstance(said, dict):
        return Statement()
    seq, facts = said.get("seq"), said.get("facts")
    return Statement(
        seq=seq if type(seq) is int else None,
        prev=_text(said.get("prev")),
        at=_text(said.get("at")),
        happened_at=_text(said.get("happened_at")),
        kind=_text(said.get("type") or said.get("what")),
        case=_text(said.get("case")),
        exhibit=_text(said.get("exhibit")),
        by=person_stated(said.get("by")),
        address=_text(said.get("address")),
        facts=facts if isinstance(facts, dict) else {},
    )


def person_stated(value: Any) -> NamedPerson:
    """The person that a member of a body names."""
    if not isinstance(value, dict):
        return NamedPerson()
    id_ = value.get("id")
    return NamedPerson(
        id=id_ if type(id_) is int else None,
        name=_text(value.get("name")),
        unit=_text(value.get("unit")),
        certificate=_text(value.get("certificate")),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def lock(tx: Session, chain: str) -> ChainHead:
    """The head of ``chain``, locked until the act commits: what is read of the chain after this stays true."""
    tx.execute(upserting(tx, ChainHead).values(chain=chain, seq=-1, sha256=GENESIS).on_conflict_do_nothing())
    query = select(ChainHead).where(ChainHead.chain == chain).with_for_update()
    return tx.exec(query.execution_options(populate_existing=True)).one()


def append(tx: Session, chain: str, at: datetime, body_at: Callable[[Place], dict[str, Any]]) -> Link:
    """Add a body to ``chain``; the head row stays locked until the act commits, so ``seq`` is dense.

    An act that began earlier may come to the lock later: within a minute it is recorded no earlier than the body before
    it, so that the order of the chain is the order of time. A clock that was set back further is recorded as it is, and
    verification shows it.
    """
    head = lock(tx, chain)
    late = head.at is not None and timedelta() < head.at - at <= WAITED
    place = Place(head.seq + 1, head.sha256, head.at if late and head.at else at)
    body = canonical(body_at(place))
    head.seq, head.sha256, head.at = place.seq, sha256_hex(body), place.at
    tx.add(head)
    tx.flush()
    return Link(place.seq, place.at, body, head.sha256)


def breaks(bodies: Iterable[tuple[int, bytes]], head: ChainHead | None) -> Iterator[Break]:
    """Every place where the stored bodies, in order of ``seq``, are not the chain that ended at ``head``."""
    expected, prev, at = 0, GENESIS, ""
    for seq, body in bodies:
        said = stated(body)
        if seq != expected:
            yield Break(expected, "event_missing")
        elif said.prev != prev:
            yield Break(seq, "event_altered")
        if said.seq != seq:
            yield Break(seq, "event_altered")
        if said.at < at:
            yield Break(seq, "time_backward")
        expected, prev, at = seq + 1, sha256_hex(body), said.at
    yield from _at_the_end(expected, prev, at, head)


def _at_the_end(length: int, last: str, at: str, head: ChainHead | None) -> Iterator[Break]:
    if head is None:
        if length:
            yield Break(length, "head_missing")
    elif head.seq >= length:
        yield Break(length, "event_missing")
    elif head.seq < length - 1:
        yield Break(length - 1, "head_behind")
    elif head.sha256 != last or (head.at is not None and rfc3339(head.at) != at):
        yield Break(head.seq, "event_altered")
