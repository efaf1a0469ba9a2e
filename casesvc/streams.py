"""A request's body as blocks for a consumer that runs in a thread: the sync core reads from the async edge."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

import anyio.from_thread
import anyio.to_thread

T = TypeVar("T")
BLOCK = 1024 * 1024  # bytes; larger blocks only cost memory


async def consume(chunks: AsyncIterator[bytes], consumer: Callable[[Iterator[bytes]], T]) -> T:
    """Run ``consumer`` in a thread over the body in blocks of about 1 MiB; one block is in memory at a time."""

    async def next_block() -> bytes:
        block = bytearray()
        async for chunk in chunks:
            block += chunk
            if len(block) >= BLOCK:
                break
        return bytes(block)

    def blocks() -> Iterator[bytes]:
        while block := anyio.from_thread.run(next_block):
            yield block

    return await anyio.to_thread.run_sync(lambda: consumer(blocks()))
