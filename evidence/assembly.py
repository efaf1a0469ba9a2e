"""Assembling a file from blocks: parts go to the store while both digests are taken and more blocks come in.

Runs outside any transaction. What the store has is told by ``stored``, in order and without gaps; the caller
acknowledges it.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from types import TracebackType
from typing import Self

from evidence.digest import Digests, RunningDigests
from evidence.sending import Turn
from storage import MakingUnknown, ObjectExists, ObjectStore, Part, StoredObject

PARALLEL_PARTS = 3
_in_memory = BoundedSemaphore(8)
"""Parts under way of all sendings of a process; each waits here with no more than the blocks it gathers."""


class Assembly:
    """One turn of a sending. ``digests`` are those of all before it, where this process has taken that in itself."""

    def __init__(self, store: ObjectStore, turn: Turn, digests: RunningDigests | None) -> None:
        self._store = store
        self._key = turn.sending.object_key
        self.making = turn.sending.making
        self._before = turn.parts
        self._size = turn.part_size
        self._first = turn.number == 1  # nobody before can have made the object
        self._blocks = [turn.tail] if turn.tail else []
        self._gathered = len(turn.tail)
        self._number = len(turn.parts)
        self._offset = sum(part.size for part in turn.parts)
        self._stored: list[Part] = []
        self._under_way: deque[Future[Part]] = deque()
        self._pool = ThreadPoolExecutor(PARALLEL_PARTS, thread_name_prefix="part")
        self.running = digests
        if digests is None and not turn.parts:  # all of it is at hand
            self.running = RunningDigests()
            self.running.update(turn.tail)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, reason: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    @property
    def received(self) -> int:
        """Bytes of the whole file that have come in, by this turn and those before."""
        return self._offset + self._gathered

    @property
    def tail(self) -> bytes:
        """What has come in and is in no part."""
        return b"".join(self._blocks)

    def add(self, block: bytes) -> None:
        """Take a block in. Raises what the store raised for an earlier part."""
        if self.running is not None:
            self.running.update(block)
        self._blocks.append(block)
        self._gathered += len(block)
        while self._gathered >= self._size:
            self._send()

    def stored(self) -> list[Part]:
        """The parts of this turn that the store has by now."""
        while self._under_way and self._under_way[0].done():
            self._take()
        return list(self._stored)

    def settle(self) -> tuple[list[Part], bytes]:
        """Wait for the parts under way; the parts and the tail that can be acknowledged now.

        After a part that failed nothing counts as sent, the tail neither. What failed is raised by ``add`` and
        ``complete``, not here.
        """
        while self._under_way and self._under_way[0].exception() is None:
            self._take()
        for failed in self._under_way:
            failed.exception()
        return list(self._stored), b"" if self._under_way else self.tail

    def complete(self) -> StoredObject:
        """Make the object of all parts and the tail. Only for a file that is whole."""
        while self._under_way:
            self._take()
        if self.making is None:
            return self._put()
        parts = [*self._before, *self._stored]
        try:
            if self._gathered:
                last = self._store.add_part(self._key, self.making, self._number + 1, self._offset, self.tail)
                parts.append(last)
            return self._store.complete(self._key, self.making, parts)
        except (MakingUnknown, ObjectExists):
            return self._made_before()

    def sha256(self) -> str | None:
        """SHA-256 of the whole file, if this process has taken all of it in; it waits for no SM3."""
        return self._whole.sha256 if self._whole else None

    def digests(self) -> Digests | None:
        """Both digests of the whole file, if this process has taken all of it in."""
        return self._whole.digests() if self._whole else None

    @property
    def _whole(self) -> RunningDigests | None:
        return self.running if self.running is not None and self.running.size == self.received else None

    def _put(self) -> StoredObject:
        known = self.sha256()
        try:
            return self._store.put(
                self._key, self._blocks, lock=True, fresh=self._first, sha256=(lambda: known) if known else None
            )
        except ObjectExists:
            return self._made_before()

    def _made_before(self) -> StoredObject:
        """The object that a process made which died before it could say so; what it is, its bytes will tell."""
        self.running = None
        for stored in self._store.keys(self._key):
            if stored.size == self.received:
                return stored
        raise MakingUnknown(self._key, self.making or "")

    def _send(self) -> None:
        # what can fail comes first: until it is under way, a part counts as gathered
        if self.making is None:
            self.making = self._store.begin(self._key, lock=True)
        if len(self._under_way) == PARALLEL_PARTS:
            self._take()
        whole = self.tail
        part, rest = (whole, b"") if len(whole) == self._size else (whole[: self._size], whole[self._size :])
        _in_memory.acquire()
        number, offset = self._number + 1, self._offset
        sent = self._pool.submit(self._store.add_part, self._key, self.making, number, offset, part)
        sent.add_done_callback(lambda _: _in_memory.release())
        self._under_way.append(sent)
        self._number, self._offset = number, offset + len(part)
        self._blocks = [rest] if rest else []
        self._gathered = len(rest)

    def _take(self) -> None:
        self._stored.append(self._under_way[0].result())
        self._under_way.popleft()
