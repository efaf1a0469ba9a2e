"""Blocks of any length, cut into parts of one."""

from collections import deque
from collections.abc import Iterable, Iterator
from io import BytesIO


def in_parts(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The blocks as parts of `size` bytes; the last may be shorter, an empty one stands alone."""
    part = BytesIO()
    count = 0
    for block in blocks:
        rest = memoryview(block)
        while part.tell() + len(rest) >= size:
            missing = size - part.tell()
            part.write(rest[:missing])
            rest = rest[missing:]
            whole, part = part.getvalue(), BytesIO()
            count += 1
            yield whole
            del whole  # before the next is gathered
        part.write(rest)
    if part.tell() or not count:
        yield part.getvalue()


def chain(first: deque[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """As itertools.chain, without keeping hold of the first ones."""
    while first:
        yield first.popleft()
    yield from rest
