"""Objects as read-only files below a folder: the embedded default.

Layout, below `root`:
    objects/<key>@1     the object, mode 0444 ("@" is in no key, so no object's file is another's folder)
    incoming/<uuid>     a put under way; what a killed process left is no object, and may go while nothing
    runs holds/<key>@1       empty marker of a legal hold

A file appears under its key by a hard link, whole and already on disk, or not at all: also after kill -9 or
power loss. The service's own rights suffice to destroy a file; nothing here says otherwise (see
storage/canary.py).
"""

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from storage.store import (
    BLOCK_SIZE,
    ObjectExists,
    ObjectMissing,
    StoredObject,
    StoreUnavailable,
    check_canary_key,
    check_key,
    check_prefix,
)

VERSION = "1"
SUFFIX = f"@{VERSION}"
READ_ONLY = 0o444
READ_WRITE = 0o644


class FileStore:
    """Objects below `root`, which is made if absent and must lie on one file system that knows hard links."""

    name = "file"

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._holds = root / "holds"
        with self._faults():
            for folder in (self._objects, self._incoming, self._holds):
                _make_folder(folder)

    def put(self, key: str, blocks: Iterable[bytes], *, lock: bool = False) -> StoredObject:
        del lock  # this store has none
        target = self._path(self._objects, key)
        with self._faults():
            if target.exists():
                raise ObjectExists(key)
        incoming = self._incoming / uuid4().hex
        try:
            size = self._receive(incoming, blocks)
            with self._faults():
                _publish(incoming, target, key)
        finally:
            with suppress(OSError):  # a left-over here is no object; the first error is the one to report
                incoming.unlink(missing_ok=True)
        return StoredObject(key, VERSION, size)

    def read(self, key: str, version: str) -> Generator[bytes, None, None]:
        with self._faults():
            descriptor = os.open(self._find(key, version), os.O_RDONLY)
        blocks = self._blocks(descriptor)
        next(blocks)  # begun: from here on its finally closes the file, even if nobody reads
        return blocks

    def stat(self, key: str, version: str) -> StoredObject:
        with self._faults():
            return StoredObject(key, VERSION, self._find(key, version).stat().st_size)

    def locked_until(self, key: str, version: str) -> datetime | None:
        with self._faults():
            self._find(key, version)
        return None

    def set_legal_hold(self, key: str, version: str, on: bool) -> None:  # noqa: FBT001 - as the protocol
        with self._faults():
            self._find(key, version)
            marker = self._path(self._holds, key)
            _make_folder(marker.parent)
            if on:
                marker.touch()
            else:
                marker.unlink(missing_ok=True)
            _sync_folder(marker.parent)

    def has_legal_hold(self, key: str, version: str) -> bool:
        with self._faults():
            self._find(key, version)
            return self._path(self._holds, key).exists()

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        check_prefix(prefix)
        return self._walk(self._objects / prefix.rpartition("/")[0], prefix)

    def _walk(self, start: Path, prefix: str) -> Iterator[StoredObject]:
        with self._faults():
            self._check_mounted()
            for place, _, names in os.walk(start, onerror=_raise_unless_missing):
                for name in names:
                    path = Path(place, name)
                    key = path.relative_to(self._objects).as_posix().removesuffix(SUFFIX)
                    if name.endswith(SUFFIX) and key.startswith(prefix):
                        yield StoredObject(key, VERSION, path.stat().st_size)

    def try_overwrite(self, key: str, version: str, data: bytes) -> str:
        check_canary_key(key)
        try:
            path = self._find(key, version)
            path.chmod(READ_WRITE)
            path.write_bytes(data)
            path.chmod(READ_ONLY)
        except OSError as error:
            return f"the system answered: {error.strerror}"
        return "made writable and written over"

    def try_delete(self, key: str, version: str) -> str:
        check_canary_key(key)
        try:
            self._find(key, version).unlink()
        except OSError as error:
            return f"the system answered: {error.strerror}"
        return "removed"

    def try_shorten(self, key: str, version: str) -> str:
        check_canary_key(key)
        self._find(key, version)
        return "no retention to shorten"

    def _receive(self, incoming: Path, blocks: Iterable[bytes]) -> int:
        """Write the blocks to a new file, through to the disk, and make it read-only; returns its size in
        bytes.
        """
        with self._faults():
            descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            size = 0
            for block in blocks:  # outside _faults: an OSError of the source is not ours
                with self._faults():
                    _write_all(descriptor, block)
                size += len(block)
            with self._faults():
                os.fchmod(descriptor, READ_ONLY)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return size

    def _blocks(self, descriptor: int) -> Generator[bytes, None, None]:
        try:
            yield b""
            while True:
                with self._faults():
                    block = os.read(descriptor, BLOCK_SIZE)
                if not block:
                    return
                yield block
        finally:
            os.close(descriptor)

    def _path(self, tree: Path, key: str) -> Path:
        check_key(key)
        return tree / (key + SUFFIX)

    def _find(self, key: str, version: str) -> Path:
        path = self._path(self._objects, key)
        if version == VERSION and path.is_file():
            return path
        self._check_mounted()
        raise ObjectMissing(key, version)

    def _check_mounted(self) -> None:
        """Tell "this object is missing", a finding, from "the disk is not there", a fault."""
        if not self._objects.is_dir():
            raise StoreUnavailable(self.name, f"{self._objects} is not there")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(self.name, error) from error


def _publish(incoming: Path, target: Path, key: str) -> None:
    """Give the finished file its name. link() refuses an existing one, which rename() would replace."""
    _make_folder(target.parent)
    try:
        os.link(incoming, target)
    except FileExistsError:
        raise ObjectExists(key) from None
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each entry on disk before the next is made."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
