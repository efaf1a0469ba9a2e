"""Verification of the whole log: every leaf hashed again, every tile and every checkpoint held against them.

Only who looks at the whole log sees two chains of one exhibit: a package shows one of them (proof.md §5).
"""

import hashlib
from collections.abc import Iterator

from sqlmodel import Session, col, select

from evidence.chain import stated
from evidence.checkpoint import Checkpoint, LogKey, TimeStamp, head_of, key_of, keys_of, note_of, succession_text
from evidence.findings import Finding, FindingKind
from evidence.log import leaves, sequenced, tiles_of
from evidence.merkle import HASH, WIDTH, Frontier, Growing, leaf_hash
from evidence.note import NoteRefused, read_key, read_note
from evidence.stamp import stamped_digest

WHERE = "日志"


def log_findings(tx: Session) -> Iterator[Finding]:
    """Everything in which leaves, tiles, checkpoints, keys and stamps do not agree. Reads every leaf; memory is flat
    but for a number per exhibit.
    """
    yield from _key_findings(tx)
    checkpoints = {each.size: each for each in tx.exec(select(Checkpoint).order_by(col(Checkpoint.size)))}
    size, walk = sequenced(tx), _Walk(tx)
    for leaf in leaves(tx):
        if leaf.index > walk.size:
            yield Finding(WHERE, FindingKind.LEAF_MISSING, walk.size)  # the first of the gap, however wide it is
        yield from walk.take(leaf.index, leaf.body)
        if leaf.index + 1 in checkpoints:
            yield from _checkpoint_findings(tx, checkpoints.pop(leaf.index + 1), walk.root())
    yield from walk.settle(whole_only=False)
    if walk.size < size:
        yield Finding(WHERE, FindingKind.LEAF_MISSING, walk.size)
    for left in checkpoints.values():
        yield from _checkpoint_findings(tx, left, b"")


class _Walk:
    """The leaves so far: what the tree over them is, and how far each exhibit's chain has come."""

    def __init__(self, tx: Session) -> None:
        self._stored = tiles_of(tx)
        self._growing = Growing(0, lambda _level, _n: b"")
        self._frontier = Frontier()
        self._seqs: dict[str, int] = {}
        self._tile = b""
        self.size = 0

    def root(self) -> bytes:
        return self._frontier.root()

    def take(self, index: int, body: bytes) -> Iterator[Finding]:
        """The next leaf, at the index that its row says."""
        hash_ = leaf_hash(body)
        if self.size % WIDTH == 0:
            self._tile = self._stored(0, self.size // WIDTH)
        at = self.size % WIDTH * HASH
        if self._tile[at : at + HASH] != hash_:
            yield Finding(WHERE, FindingKind.LEAF_DIFFERS, index, self._tile[at : at + HASH].hex(), hash_.hex())
        yield from self._in_its_chain(index, body)
        self._growing.extend([hash_])
        self._frontier.add(hash_)
        self.size = index + 1
        if self.size % WIDTH == 0:
            yield from self.settle(whole_only=True)

    def settle(self, *, whole_only: bool) -> Iterator[Finding]:
        """Hold tiles against the stored ones; those of leaves were, leaf by leaf."""
        for (level, n), tile in sorted(self._growing.changed.items()):
            if whole_only and len(tile) < WIDTH * HASH:
                continue
            if level and bytes(tile) != self._stored(level, n):
                yield Finding(f"{WHERE} {level}/{n}", FindingKind.TILE_DIFFERS)
            del self._growing.changed[level, n]

    def _in_its_chain(self, index: int, body: bytes) -> Iterator[Finding]:
        said = stated(body)
        if not said.exhibit or said.seq is None:
            return
        expected = self._seqs.get(said.exhibit, -1) + 1
        if said.seq < expected:
            yield Finding(said.exhibit, FindingKind.CHAIN_FORKED, said.seq, found=f"{WHERE} #{index}")
        elif said.seq > expected:
            yield Finding(said.exhibit, FindingKind.LOG_ORDER, said.seq, found=f"{WHERE} #{index}")
        self._seqs[said.exhibit] = max(said.seq, expected - 1)


def _checkpoint_findings(tx: Session, checkpoint: Checkpoint, root: bytes) -> Iterator[Finding]:
    """What is wrong with a checkpoint, where the tree over the leaves it covers has this root."""
    where = f"检查点 {checkpoint.size}"
    try:
        head, signed = head_of(checkpoint), note_of(checkpoint).signed_by(key_of(tx, checkpoint))
    except NoteRefused as reason:
        yield Finding(where, FindingKind.CHECKPOINT_UNSIGNED, found=reason.reason)
        return
    if signed is None:
        yield Finding(where, FindingKind.CHECKPOINT_UNSIGNED)
    if (head.size, head.root) != (checkpoint.size, root):
        registered = f"{head.size} {head.root.hex()}"
        yield Finding(where, FindingKind.CHECKPOINT_DIFFERS, registered=registered, found=root.hex())
    digest = hashlib.sha256(checkpoint.note).digest()
    for stamp in tx.exec(select(TimeStamp).where(TimeStamp.size == checkpoint.size)):
        if stamped_digest(stamp.response) != digest:
            yield Finding(where, FindingKind.STAMP_DIFFERS, registered=stamp.authority)


def _key_findings(tx: Session) -> Iterator[Finding]:
    """A key that the one before it did not name: a lost key, or somebody else's log."""
    before: LogKey | None = None
    for key in keys_of(tx):
        if before is not None and not _succeeds(before, key):
            yield Finding(f"密钥 {key.line}", FindingKind.KEY_UNKNOWN)
        before = key


def _succeeds(before: LogKey, key: LogKey) -> bool:
    try:
        note, known = read_note(key.succession), read_key(before.line)
    except NoteRefused:
        return False
    return note.signed_by(known) is not None and note.text == succession_text(known.name, key.since, key.line)
