"""The chains of all exhibits by nothing but their bytes: what is said beside them is not read, so it takes minutes."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from evidence.chain import ChainHead, breaks
from evidence.custody_event import CustodyEvent
from evidence.exhibit import Exhibit
from evidence.findings import Finding, FindingKind

EXHIBITS_AT_ONCE = 2000
BODIES_AT_ONCE = 1000


def chain_findings(tx: Session, counted: dict[str, int]) -> Iterator[Finding]:
    """Every break of every chain, exhibit by exhibit; ``counted`` grows by the exhibits and events that were read."""
    after = 0
    while ends := {end.id: end for end in tx.execute(_ends(after))}:
        last = max(ends)
        counted["exhibits"] += len(ends)
        for id_, bodies in _chains(tx, after, last):
            counted["events"] += len(bodies)
            yield from _findings(ends.pop(id_), bodies) if id_ in ends else _orphaned(id_)
        for end in ends.values():
            yield from _findings(end, [])
        after = last
    for id_, _ in _chains(tx, after):
        yield from _orphaned(id_)


def _ends(after: int) -> sa.Executable:
    """The next exhibits with the heads of their chains."""
    chain = sa.literal("exhibit/") + col(Exhibit.number)
    columns = (col(Exhibit.id), col(Exhibit.number), col(ChainHead.seq), col(ChainHead.sha256), col(ChainHead.at))
    query = sa.select(*columns).join(ChainHead, col(ChainHead.chain) == chain, isouter=True)
    return query.where(col(Exhibit.id) > after).order_by(col(Exhibit.id)).limit(EXHIBITS_AT_ONCE)


def _chains(tx: Session, after: int, last: int | None = None) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
    """The chains of the exhibits behind ``after``, up to ``last`` or all."""
    id_, body = col(CustodyEvent.exhibit_id), sa.type_coerce(col(CustodyEvent.body), sa.types.NullType())  # as it comes
    query = sa.select(id_, col(CustodyEvent.seq), body).where(id_ > after)
    chosen = query if last is None else query.where(id_ <= last)
    ordered = chosen.order_by(id_, col(CustodyEvent.seq)).execution_options(yield_per=BODIES_AT_ONCE)
    for exhibit_id, chain in groupby(tx.connection().execute(ordered), key=itemgetter(0)):
        yield exhibit_id, list(map(itemgetter(1, 2), chain))


def _orphaned(exhibit_id: int) -> Iterator[Finding]:
    yield Finding(f"#{exhibit_id}", FindingKind.EXHIBIT_MISSING)


def _findings(end: Any, bodies: Iterable[tuple[int, bytes]]) -> Iterator[Finding]:
    began = end.seq is not None
    if not began and not bodies:
        yield Finding(end.number, FindingKind.EVENT_MISSING, 0)
    for broken in breaks(bodies, end if began else None):
        yield Finding(end.number, FindingKind(broken.what), broken.seq)
