"""The log: every custody event, every issued document and the heads of the record as leaves of one Merkle tree.

A leaf is *appended* in the act that it says (a custody event, an entry of this module), *sequenced* here – given its
index, in batches, by one sequencer at a time – and *published* by a checkpoint (:mod:`evidence.checkpoint`).

The order of the tree is an order of commits: what was committed before something else began has the smaller index.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard, lengthening
from evidence.chain import ChainHead, canonical
from evidence.columns import Labelled, StoredBytes, UtcDateTime, slug, stored_bytes, upserting
from evidence.custody_event import CustodyEvent
from evidence.merkle import Growing, Tree, leaf_hash
from evidence.moments import rfc3339
from evidence.record import CHAIN, READS, RecordEntry

BATCH = 10_000
"""Leaves that are sequenced in one transaction."""


class LeafKind(Labelled):
    """What an entry of the log is; custody events have their own table."""

    DOCUMENT = "document", "文书"
    AUDIT = "audit", "操作记录"


class LogEntry(SQLModel, table=True):
    """A leaf that is no custody event: ``body`` is canonical JSON; ``about`` the number of the document it is of."""

    __tablename__ = "log_entry"
    id: int = Field(default=None, primary_key=True)
    kind: LeafKind = Field(sa_type=slug(LeafKind))
    about: str = Field(max_length=80, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    body: bytes = Field(sa_type=StoredBytes)


class LogLeaf(SQLModel, table=True):
    """The place of a leaf in the tree: of an event or of an entry, never of both.

    Without foreign keys: to check them would lock, and so write, every event once more. What is named is in tables that
    nobody deletes from, and verification misses what is gone.
    """

    __tablename__ = "log_leaf"
    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: int | None = Field(default=None, unique=True)
    entry_id: int | None = Field(default=None, unique=True)
    __table_args__ = (sa.CheckConstraint("(event_id IS NULL) <> (entry_id IS NULL)", name="one"),)


class LogTile(SQLModel, table=True):
    """Hashes of the tree (:mod:`evidence.merkle`)."""

    __tablename__ = "log_tile"
    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    n: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hashes: bytes = Field(sa_type=StoredBytes)


class LogSize(SQLModel, table=True):
    """How many leaves are sequenced: one row, which a sequencer locks, and how far the record is covered."""

    __tablename__ = "log_size"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int
    audited: int


Appended = type[CustodyEvent] | type[LogEntry]
"""The tables whose rows are leaves."""

guard(LogEntry)
guard(LogLeaf)
guard(LogTile, lengthening("hashes", "level", "n"))


@dataclass(frozen=True)
class Leaf:
    """A leaf with its place, and the bytes it is the hash of."""

    index: int
    body: bytes


class _Waiting(NamedTuple):
    """A leaf that has no index yet. ``after`` is a time, comparable with those of other leaves, that orders tables."""

    after: Any
    id: int
    body: bytes
    event: bool


_PLACES = {
    "sqlite": "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')"
    " FROM json_each(:places)",
    "postgresql": "SELECT (value->>0)::integer, (value->>1)::integer, (value->>2)::integer"
    " FROM json_array_elements(CAST(:places AS json))",
}
"""Rows of index, event and entry out of one value: a statement for each row would take longer than all the hashing."""


# ── appending ─────────────────────────────────────────────


@dataclass(frozen=True)
class DocumentLeaf:
    """What the log says of an issued document: its printed number, when it was issued, and the members of its leaf."""

    number: str
    at: datetime
    facts: dict[str, Any]


def append_document(tx: Session, leaf: DocumentLeaf) -> LogEntry:
    """Append the leaf of a document in the act that issues it."""
    body = {"v": 1, "at": rfc3339(leaf.at), "nonce": nonce(), **leaf.facts}
    return _append(tx, LeafKind.DOCUMENT, leaf.number, leaf.at, body)


def documented(tx: Session) -> set[str]:
    """The numbers of all documents that the log knows."""
    return set(tx.exec(select(LogEntry.about).where(LogEntry.kind == LeafKind.DOCUMENT)))


def nonce() -> str:
    """32 random hex digits: the hash of a leaf that a proof shows to a stranger cannot be guessed back to the leaf."""
    return secrets.token_hex(16)


def _append(tx: Session, kind: LeafKind, about: str, at: datetime, body: dict[str, Any]) -> LogEntry:
    entry = LogEntry(kind=kind, about=about, at=at, body=canonical(body))
    tx.add(entry)
    tx.flush()
    return entry


# ── sequencing ────────────────────────────────────────────


class Sequencer:
    """Gives leaves their index. It remembers how far it need not look again; a new one looks at everything once."""

    def __init__(self) -> None:
        self._seen: dict[Appended, _Seen] = {CustodyEvent: _Seen(), LogEntry: _Seen()}
        self._ahead: dict[Appended, int] = {}

    def batch(self, tx: Session, at: datetime, most: int = BATCH) -> int:
        """Sequence up to ``most`` leaves that were committed; returns how many. The act of the caller commits it.

        Other sequencers, of this machine and others, wait until then.
        """
        size = locked_size(tx)
        seen = {model: seen.looked(tx, model) for model, seen in self._seen.items()}
        waiting = self._waiting(tx, most)
        if len(waiting) < most and self._ahead:
            self._ahead = {}
            waiting = self._waiting(tx, most)  # from the start: some may have been committed behind the last batch
        if len(waiting) < most:
            waiting += _record_head(tx, size, at)
            ahead: dict[Appended, int] = {}
        else:
            seen = self._seen
            ahead = self._ahead | {CustodyEvent if each.event else LogEntry: each.id for each in waiting}
        if waiting:
            _sequence(tx, size, waiting)

        def keep(_tx: Session) -> None:
            self._seen, self._ahead = seen, ahead

        sa.event.listen(tx, "after_commit", keep, once=True)  # what was not committed is looked for again
        return len(waiting)

    def _waiting(self, tx: Session, most: int) -> list[_Waiting]:
        """Committed leaves without an index: by when they were appended, those of a table in the order of their ids."""
        tables = [
            _unsequenced(tx, model, self._ahead.get(model, seen.before), most) for model, seen in self._seen.items()
        ]
        return list(islice(merge(*tables, key=attrgetter("after")), most))


@dataclass(frozen=True)
class _Seen:
    """Ids up to ``before`` are all sequenced, or were rolled back.

    Those up to ``then`` will be once all transactions before ``until`` have ended: ids are given before a commit.
    """

    before: int = 0
    then: int = 0
    until: int = 0

    def looked(self, tx: Session, model: "Appended") -> "_Seen":
        """What is known once all that is visible now is sequenced."""
        last = tx.exec(select(sa.func.coalesce(sa.func.max(col(model.id)), 0))).one()
        if tx.get_bind().dialect.name == "sqlite":  # one writer at a time: what is not visible will have a higher id
            return _Seen(before=last)
        oldest, next_ = tx.execute(
            sa.text(
                "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
                " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
            )
        ).one()
        if oldest >= self.until:
            return _Seen(before=self.then, then=last, until=next_)
        return self


def locked_size(tx: Session) -> LogSize:
    """The row of the log's size, locked until the transaction ends."""
    query = select(LogSize).with_for_update().execution_options(populate_existing=True)
    found = tx.exec(query).one_or_none()
    if found is None:
        made = upserting(tx, LogSize).values(id=1, size=0, audited=-1)
        tx.execute(made.on_conflict_do_nothing())
        found = tx.exec(query).one()
    return found


def _unsequenced(tx: Session, model: Appended, after: int, most: int) -> Iterator[_Waiting]:
    event = model is CustodyEvent
    place = LogLeaf.event_id if event else LogLeaf.entry_id
    at, body = (sa.type_coerce(each, sa.types.NullType()) for each in (col(model.at), col(model.body)))  # as they come
    # as a value, not as a join: a database would sort all bodies that follow to give the first of them
    placed = sa.select(col(LogLeaf.index)).where(col(place) == col(model.id)).scalar_subquery()
    query = sa.select(at, col(model.id), body).where(col(model.id) > after, placed.is_(None))
    query = query.order_by(col(model.id)).limit(most)
    latest: Any = None
    for recorded, id_, found in tx.connection().execute(query):
        if latest is None or recorded > latest:  # a clock that was set back does not change the order of ids
            latest = recorded
        yield _Waiting(latest, id_, stored_bytes(found), event)


def _record_head(tx: Session, size: LogSize, at: datetime) -> list[_Waiting]:
    """The head of the record of acts and reads as a leaf, where reads were recorded since the last."""
    reads = select(RecordEntry.seq).where(col(RecordEntry.seq) > size.audited, col(RecordEntry.what).in_(READS))
    head = tx.get(ChainHead, CHAIN, populate_existing=True)
    if head is None or tx.exec(reads.limit(1)).first() is None:
        return []
    body = {"v": 1, "audit": head.seq, "sha256": head.sha256, "at": rfc3339(at), "nonce": nonce()}
    entry = _append(tx, LeafKind.AUDIT, "", at, body)
    size.audited = head.seq
    return [_Waiting(at, entry.id, entry.body, event=False)]


def _sequence(tx: Session, size: LogSize, waiting: Sequence[_Waiting]) -> None:
    growing = Growing(size.size, tiles_of(tx))
    growing.extend(leaf_hash(each.body) for each in waiting)
    places = [
        (size.size + at, each.id if each.event else None, None if each.event else each.id)
        for at, each in enumerate(waiting)
    ]
    placing = f'INSERT INTO log_leaf ("index", event_id, entry_id) {_PLACES[tx.get_bind().dialect.name]}'
    tx.execute(sa.text(placing), {"places": json.dumps(places)})
    tiles = upserting(tx, LogTile)
    rows = [{"level": level, "n": n, "hashes": bytes(tile)} for (level, n), tile in sorted(growing.changed.items())]
    tx.execute(tiles.on_conflict_do_update(index_elements=["level", "n"], set_={"hashes": tiles.excluded.hashes}), rows)
    size.size = growing.size
    tx.add(size)
    tx.flush()


# ── reading ───────────────────────────────────────────────


def tiles_of(tx: Session) -> Callable[[int, int], bytes]:
    """The stored tiles, as :mod:`evidence.merkle` asks for them."""

    def tile_at(level: int, n: int) -> bytes:
        query = select(LogTile.hashes).where(LogTile.level == level, LogTile.n == n)
        return tx.exec(query).one_or_none() or b""

    return tile_at


def tree_of(tx: Session, size: int | None = None) -> Tree:
    """The tree over the first ``size`` leaves; over all that are sequenced where none is said."""
    return Tree(sequenced(tx) if size is None else size, tiles_of(tx))


def sequenced(tx: Session) -> int:
    """How many leaves have an index."""
    return tx.exec(select(LogSize.size)).one_or_none() or 0


def index_of_event(tx: Session, event: CustodyEvent) -> int | None:
    """The index of an event; None while it is not sequenced."""
    return tx.exec(select(LogLeaf.index).where(LogLeaf.event_id == event.id)).one_or_none()


def leaves(tx: Session) -> Iterator[Leaf]:
    """All leaves in order of the index."""
    body = sa.func.coalesce(col(CustodyEvent.body), col(LogEntry.body))
    query = (
        select(LogLeaf.index, body)
        .join(CustodyEvent, col(LogLeaf.event_id) == col(CustodyEvent.id), isouter=True)
        .join(LogEntry, col(LogLeaf.entry_id) == col(LogEntry.id), isouter=True)
        .order_by(col(LogLeaf.index))
        .execution_options(yield_per=1000)
    )
    return (Leaf(index, stored_bytes(found)) for index, found in tx.exec(query))
