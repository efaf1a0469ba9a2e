"""Chains of canonical JSON (RFC 8785): each body names the SHA-256 of the one before it.

Two kinds of chain use this: the custody events of one exhibit, and the installation's record of acts and reads.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlmodel import Field, Session, SQLModel, select

from evidence.append_only import growing, guard
from evidence.columns import upserting

GENESIS = "0" * 64
"""``prev`` of a chain's first body."""


class ChainHead(SQLModel, table=True):
    """Last link of each chain: the row an appender locks, and what a cut tail is noticed by. It only ever grows."""

    __tablename__ = "chain_head"
    chain: str = Field(primary_key=True, max_length=80)
    seq: int
    sha256: str = Field(max_length=64)


guard(ChainHead, growing)


@dataclass(frozen=True)
class Link:
    """One body as appended: its place, its exact bytes and their SHA-256."""

    seq: int
    body: bytes
    sha256: str


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold. ``what`` is a slug of :class:`evidence.verification.FindingKind`."""

    seq: int
    what: str


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value; floats do not occur (quantities are strings with a unit)."""
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def lock(tx: Session, chain: str) -> ChainHead:
    """The head of ``chain``, locked until the act commits: what is read of the chain after this stays true."""
    tx.execute(upserting(tx, ChainHead).values(chain=chain, seq=-1, sha256=GENESIS).on_conflict_do_nothing())
    query = select(ChainHead).where(ChainHead.chain == chain).with_for_update()
    return tx.exec(query.execution_options(populate_existing=True)).one()


def append(tx: Session, chain: str, body_at: Callable[[int, str], dict[str, Any]]) -> Link:
    """Add ``body_at(seq, prev)`` to ``chain``; the head row stays locked until the act commits, so seq is dense."""
    head = lock(tx, chain)
    body = canonical(body_at(head.seq + 1, head.sha256))
    link = Link(head.seq + 1, body, sha256_hex(body))
    head.seq, head.sha256 = link.seq, link.sha256
    tx.add(head)
    tx.flush()
    return link


def breaks(bodies: Iterable[tuple[int, bytes]], head: ChainHead | None) -> Iterator[Break]:
    """Every place where the stored bodies, in order of ``seq``, are not the chain that ended at ``head``."""
    expected, prev = 0, GENESIS
    for seq, body in bodies:
        if seq != expected:
            yield Break(expected, "event_missing")
        elif said(body, "prev") != prev:
            yield Break(seq, "event_altered")
        if said(body, "seq") != seq:
            yield Break(seq, "event_altered")
        expected, prev = seq + 1, sha256_hex(body)
    if head is None:
        if expected:
            yield Break(expected, "head_missing")
    elif head.seq >= expected:
        yield Break(expected, "event_missing")
    elif head.seq < expected - 1:
        yield Break(expected - 1, "head_behind")
    elif head.sha256 != prev:
        yield Break(head.seq, "event_altered")


def said(body: bytes, member: str) -> Any:
    """A member of a stored body, or None where the bytes are no longer a JSON object."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value.get(member) if isinstance(value, dict) else None
