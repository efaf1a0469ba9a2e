"""Blocks of any length, cut into parts of one."""

from collections import deque
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice


def in_parts(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The blocks as parts of `size` bytes; the last may be shorter, an empty one stands alone."""
    coming = iter(blocks)
    begin = deque(islice(coming, 2))
    if len(begin) == 1 and len(begin[0]) <= size:
        yield begin.popleft()  # as it is, without a copy
        return
    part = BytesIO()
    count = 0
    for block in chain(begin, coming):
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
