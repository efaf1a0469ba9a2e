"""An object in the making as one file: its name, who may write to it, and whether it is what was named.

Parts are written side by side, by several threads and processes, each holding a shared lock of the file; who makes it
an object holds it alone. Who waited for the lock looks again what the name means now: a file that has become an
object is never written to.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from storage.store import BLOCK_SIZE, MakingUnknown, Part

_NAME = re.compile("[0-9a-f]{32}-[0-9a-f]{16}")


def new_name(key: str) -> str:
    """A name for a making, tied to its key."""
    return f"{uuid4().hex}-{_mark(key)}"


def making_path(folder: Path, key: str, making: str) -> Path:
    """Where the making's file is, if it is. Raises MakingUnknown for what new_name() did not give for this key."""
    if not _NAME.fullmatch(making) or not making.endswith(_mark(key)):
        raise MakingUnknown(key, making)
    return folder / making


@contextmanager
def hold(folder: Path, key: str, making: str, *, published: Path, alone: bool) -> Iterator[int]:
    """A descriptor of the making's file, locked for one who writes a part, or alone; `published` is its key's file.

    Raises MakingUnknown, also where it was completed or abandoned while this call waited.
    """
    path = making_path(folder, key, making)
    try:
        descriptor = os.open(path, os.O_RDWR)  # of its own: threads lock each other out, too
    except FileNotFoundError:
        raise MakingUnknown(key, making) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not _means(path, descriptor) or _means(published, descriptor):
            raise MakingUnknown(key, making)
        yield descriptor
    finally:
        os.close(descriptor)


def holds_parts(descriptor: int, parts: Sequence[Part]) -> bool:
    """Whether every part is where it belongs, byte for byte."""
    for part in parts:
        digest = sha256()
        offset, end = part.offset, part.offset + part.size
        while offset < end and (block := os.pread(descriptor, min(BLOCK_SIZE, end - offset), offset)):
            digest.update(block)
            offset += len(block)
        if offset < end or digest.hexdigest() != part.tag:
            return False
    return True


def is_made_of(target: Path, parts: Sequence[Part]) -> bool:
    """Whether the object's file is these parts and nothing more."""
    with target.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size == sum(part.size for part in parts) and holds_parts(file.fileno(), parts)


def _mark(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:16]


def _means(path: Path, descriptor: int) -> bool:
    """Whether the path now means the open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
