"""Folders and files that are on disk, not only in memory, when the call returns. OSError passes through."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each entry on disk before the next is made."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_empty(path: Path) -> None:
    """A new empty file that only this user may read and write. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """A file that appears whole and on disk, or stays as another process has made it meanwhile."""
    written = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with written.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        written.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_all(descriptor: int, block: bytes) -> None:
    """Write the whole block where the descriptor stands."""
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_all_at(descriptor: int, block: bytes, offset: int) -> None:
    """Write the whole block at `offset` bytes."""
    rest = memoryview(block)
    while rest:
        done = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[done:], offset + done
