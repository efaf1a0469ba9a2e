"""A request's body as blocks for a consumer that runs in a thread: the sync core reads from the async edge."""

import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from litestar.exceptions import HTTPException

from casesvc.errors import SendingBroken, SendingsBusy, SendingStalled

T = TypeVar("T")
BLOCK = 1024 * 1024  # bytes; larger blocks only cost memory
MOST_DRAINED = 64 * 1024 * 1024  # bytes
PATIENCE = 60  # seconds
LEAST = 64 * 1024  # bytes within PATIENCE: a sleeping laptop must not keep a thread, the slowest line is let through
AT_ONCE, AT_ONCE_EACH = 32, 8
"""Bodies taken in at once, by all and by one person: each keeps a thread, and nobody may keep the others out."""
_under_way: Counter[int] = Counter()
_threads = anyio.CapacityLimiter(AT_ONCE)


@dataclass
class _Last:
    """When the last body ended, by the monotonic clock."""

    ended: float = -math.inf


_last = _Last()


async def consume(
    chunks: AsyncIterator[bytes], consumer: Callable[[Iterator[bytes]], T], *, person: int, whole: int = 0
) -> T:
    """Run ``consumer`` in a thread over the body in blocks of about 1 MiB; one block is in memory at a time.

    A body of no more than ``whole`` bytes comes as one block: each block is a way to the event loop and back.

    When it ends early, a rest of the body of up to 64 MiB is read and dropped first: a browser that is still sending
    would otherwise see a broken connection instead of the answer.
    """
    body = _Body(chunks, max(BLOCK, whole + 1))

    def blocks() -> Iterator[bytes]:
        while not body.ended and (block := anyio.from_thread.run(body.block)):
            yield block

    if _under_way.total() >= AT_ONCE or _under_way[person] >= AT_ONCE_EACH:
        await body.drain()
        raise SendingsBusy
    _under_way[person] += 1
    try:
        return await anyio.to_thread.run_sync(lambda: consumer(blocks()), limiter=_threads)
    finally:
        _under_way[person] -= 1
        _last.ended = time.monotonic()
        await body.drain()


def quiet_for() -> float:
    """Seconds since a body came in; 0 while one does, infinite where none has yet."""
    return 0.0 if _under_way.total() else time.monotonic() - _last.ended


class _Body:
    """A body that is on its way, taken in blocks of at least ``size`` bytes but for the last."""

    def __init__(self, chunks: AsyncIterator[bytes], size: int) -> None:
        self._chunks = chunks
        self._size = size
        self._fault: Exception | None = None
        self.ended = False
        """Whether nothing comes any more, and nothing is to be said of how it ended."""

    async def block(self) -> bytes:
        """The next block; empty at the end. SendingStalled when too little came for too long, SendingBroken at a cut.

        What came before a line broke is a block too: the fault is raised by the call after it.
        """
        if self._fault is not None:
            raise self._fault
        came: list[bytes] = []
        size = paid = 0
        looked = time.monotonic()
        try:
            with anyio.fail_after(PATIENCE) as patience:
                async for chunk in self._chunks:
                    came.append(chunk)
                    size += len(chunk)
                    if size - paid >= LEAST and time.monotonic() >= looked + PATIENCE / 20:  # a deadline set costs
                        paid, looked = size, time.monotonic()
                        patience.deadline = anyio.current_time() + PATIENCE
                    if size >= self._size:
                        break
                else:
                    self.ended = True
        except TimeoutError:
            self._fault = SendingStalled(PATIENCE)
        except HTTPException:  # the only one of Litestar's streams: the client is gone
            self._fault = SendingBroken()
        if self._fault is not None and not came:
            raise self._fault
        return b"".join(came)

    async def drain(self) -> None:
        """Read and drop what is left, up to a bound."""
        drained = 0
        with suppress(SendingBroken, SendingStalled):  # the sender is gone: nobody waits for the answer
            while drained < MOST_DRAINED and not self.ended and (block := await self.block()):
                drained += len(block)
