"""Chains of canonical JSON (RFC 8785): each body names the SHA-256 of the one before it.

Two kinds of chain use this: the custody events of one exhibit, and the installation's record of acts and reads.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
import rfc8785
import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import growing, guard
from evidence.columns import UtcDateTime, stored_bytes, upserting
from evidence.moments import rfc3339

GENESIS = "0" * 64
"""``prev`` of a chain's first body."""
_YEARS = range(1900, 9000)
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


class Ended(Protocol):
    """Where a chain ends: a :class:`ChainHead`, or the same columns as they were read."""

    seq: Any
    sha256: Any
    at: Any


@dataclass(frozen=True)
class Place:
    """Where in its chain a body will stand: what it has to say of itself."""

    seq: int
    prev: str
    at: datetime


BodyAt = Callable[[Place], dict[str, Any]]
"""What a body says, once its place is known."""


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
    session: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def recorded(self) -> datetime | None:
        """When it was recorded."""
        return moment_stated(self.at)

    @property
    def moment(self) -> datetime | None:
        """When it happened."""
        return moment_stated(self.happened_at) if self.happened_at else self.recorded

    def corrected_by(self, facts: dict[str, Any]) -> "Statement":
        """The same with ``facts`` in place of its own; ``happened_at`` among them is when it really happened."""
        happened_at = facts.get("happened_at")
        return replace(
            self,
            facts={**self.facts, **{fact: value for fact, value in facts.items() if fact != "happened_at"}},
            happened_at=happened_at if isinstance(happened_at, str) else self.happened_at,
        )


class _Links(msgspec.Struct, gc=False):
    """What of a body holds its chain together."""

    seq: int | None = None
    prev: str = ""
    at: str = ""


_decode = msgspec.json.Decoder().decode
_decode_links = msgspec.json.Decoder(_Links).decode


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value; floats do not occur (quantities are strings with a unit)."""
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stated(body: bytes) -> Statement:
    """What ``body`` says; a body that was damaged says nothing, which verification reports."""
    try:
        said = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
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
        session=_text(said.get("session")),
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


def moment_stated(value: Any) -> datetime | None:
    """The moment that a member of a body names; None where it names none, one without a zone, or one that no limit can
    be counted from.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None and moment.year in _YEARS else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def lock(tx: Session, chain: str) -> ChainHead:
    """The head of ``chain``, locked until the act commits: what is read of the chain after this stays true."""
    return lock_all(tx, [chain])[chain]


def lock_all(tx: Session, chains: Iterable[str]) -> dict[str, ChainHead]:
    """Lock the heads of several chains in one order for everybody, so that no two acts wait for each other.

    Returns all heads that the transaction holds.
    """
    wanted = sorted(set(chains))
    held = _lock_begun(tx, wanted)
    for chain in wanted:
        if chain not in held:
            tx.execute(upserting(tx, ChainHead).values(chain=chain, seq=-1, sha256=GENESIS).on_conflict_do_nothing())
            held = _lock_begun(tx, [chain])
    return held


def _lock_begun(tx: Session, chains: Iterable[str]) -> dict[str, ChainHead]:
    """Lock those of the chains that have begun; one is asked for once in a transaction: what is locked stays as it is.

    Returns all heads that the transaction holds.
    """
    wanted = sorted(set(chains) - _held(tx).keys())
    if wanted:
        query = select(ChainHead).where(col(ChainHead.chain).in_(wanted)).order_by(col(ChainHead.chain))
        found = list(tx.exec(query.with_for_update().execution_options(populate_existing=True)))
        _held(tx).update({head.chain: head for head in found})
    return _held(tx)


def _held(tx: Session) -> dict[str, ChainHead]:
    """The heads that the transaction (or savepoint, with which locks go) has locked already."""
    within = tx.get_nested_transaction() or tx.get_transaction()
    of, held = tx.info.get("heads", (None, None))
    if held is None or of is not within or within is None:
        held = {}
        tx.info["heads"] = (within, held)
    heads: dict[str, ChainHead] = held
    return heads


def append(tx: Session, chain: str, at: datetime, body_at: BodyAt) -> Link:
    """Add a body to ``chain``; the head row stays locked until the act commits, so ``seq`` is dense.

    An act that began earlier may come to the lock later: within a minute it is recorded no earlier than the body before
    it, so that the order of the chain is the order of time. A clock that was set back further is recorded as it is, and
    verification shows it.
    """
    return append_all(tx, at, [(chain, body_at)])[0]


def append_all(tx: Session, at: datetime, bodies: Sequence[tuple[str, BodyAt]]) -> list[Link]:
    """:func:`append` to several chains at once."""
    _lock_begun(tx, [chain for chain, _ in bodies])
    links = [_append(tx, chain, at, body_at) for chain, body_at in bodies]
    tx.flush()
    return links


def _append(tx: Session, chain: str, at: datetime, body_at: BodyAt) -> Link:
    """The next link; its head is moved, not yet written."""
    head = _held(tx).get(chain)
    if head is None:
        if begun := _begin(tx, chain, at, body_at):
            return begun
        head = lock_all(tx, [chain])[chain]  # another act began it meanwhile
    late = head.at is not None and timedelta() < head.at - at <= WAITED
    place = Place(head.seq + 1, head.sha256, head.at if late and head.at else at)
    body = canonical(body_at(place))
    head.seq, head.sha256, head.at = place.seq, sha256_hex(body), place.at
    tx.add(head)
    return Link(place.seq, place.at, body, head.sha256)


def _begin(tx: Session, chain: str, at: datetime, body_at: BodyAt) -> Link | None:
    """The first body of a chain; None where the chain is there."""
    body = canonical(body_at(Place(0, GENESIS, at)))
    link = Link(0, at, body, sha256_hex(body))
    head = upserting(tx, ChainHead).values(chain=chain, seq=link.seq, sha256=link.sha256, at=at)
    made = tx.execute(head.on_conflict_do_nothing().returning(sa.column("seq")))
    return None if made.first() is None else link


def breaks(bodies: Iterable[tuple[int, bytes]], head: Ended | None) -> Iterator[Break]:
    """Every place where the stored bodies, in order of ``seq``, are not the chain that ended at ``head``.

    Only what links a body is decoded; the rest of it is held by the digest that the next one names.
    """
    expected, prev, at = 0, GENESIS, ""
    said: _Links | Statement
    for seq, body in bodies:
        try:
            said = _decode_links(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            said = stated(body)  # what can still be read of it
        if seq != expected:
            yield Break(expected, "event_missing")
        elif said.prev != prev:
            yield Break(seq, "event_altered")
        if said.seq != seq:
            yield Break(seq, "event_altered")
        if said.at < at:
            yield Break(seq, "time_backward")
        expected, prev, at = seq + 1, hashlib.sha256(stored_bytes(body)).hexdigest(), said.at
    yield from _at_the_end(expected, prev, at, head)


def _at_the_end(length: int, last: str, at: str, head: Ended | None) -> Iterator[Break]:
    if head is None:
        if length:
            yield Break(length, "head_missing")
    elif head.seq >= length:
        yield Break(length, "event_missing")
    elif head.seq < length - 1:
        yield Break(length - 1, "head_behind")
    elif head.sha256 != last or (head.at is not None and rfc3339(head.at) != at):
        yield Break(head.seq, "event_altered")
