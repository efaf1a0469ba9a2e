"""Objects as read-only files below a folder: the embedded default.

Layout, below `root`:
    store.json          which store this is; without it no call is answered
    objects/<key>@1     the object, mode 0444 ("@" is in no key, so no object's file is another's folder)
    incoming/<uuid>     a put under way; what a killed process left is no object and never was one
    making/<name>       an object that arrives in parts, each at its place
    holds/<key>@1       empty marker of a legal hold
Beside it lies `<root>.json`, a copy of store.json: a disk that is not mounted, or another one, is not taken for a
new store.

A file appears under its key by a hard link, whole and already on disk, or not at all: also after kill -9 or
power loss. The service's own rights suffice to destroy a file; nothing here says otherwise (see
storage/canary.py).
"""

import errno
import json
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from storage.disk import make_empty, make_folder, sync_folder, write_all, write_all_at, write_new
from storage.making import hold, holds_parts, is_made_of, making_path, new_name
from storage.store import (
    BLOCK_SIZE,
    MakingUnknown,
    ObjectExists,
    ObjectMissing,
    Part,
    PartsDiffer,
    StoredObject,
    StoreFull,
    StoreUnavailable,
    check_canary_key,
    check_key,
    check_part,
    check_parts,
    check_prefix,
)

VERSION = "1"
SUFFIX = f"@{VERSION}"
READ_ONLY = 0o444
READ_WRITE = 0o644
FORMAT = 1
LEFT_OVER_SECONDS = 24 * 3600.0
"""A put that has not written for so long is not under way any more."""
FORGOTTEN_SECONDS = 31 * 24 * 3600.0
"""A making that got no part for so long is nobody's: callers abandon theirs well before. This is for those whose name
was lost, by a process killed between begin() and its own record of it."""


class FileStore:
    """Objects below `root`, which must lie on one file system that knows hard links."""

    name = "file"

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._making = root / "making"
        self._holds = root / "holds"
        self._marker = root / "store.json"
        self._marker_beside = root.with_name(f"{root.name}.json")

    def prepare(self) -> None:
        """Make the folders and, the first time, the marker; clear puts left more than a day ago, makings after 31 days.

        Raises StoreUnavailable where `root` is not, or not any more, the store that was prepared under this name.
        """
        with self._faults():
            if self._marker_beside.exists():
                self._check_marked()
                if self._marker.read_bytes() != self._marker_beside.read_bytes():
                    raise StoreUnavailable(self.name, f"{self._marker} is that of another store")
            for folder in (self._objects, self._incoming, self._making, self._holds):
                make_folder(folder)
            if not self._marker.exists():
                write_new(self._marker, json.dumps({"id": uuid4().hex, "format": FORMAT}).encode())
            if not self._marker_beside.exists():
                write_new(self._marker_beside, self._marker.read_bytes())
            _clear(self._incoming, LEFT_OVER_SECONDS)
            for making in self._making.iterdir():
                _seal_published(making)
            _clear(self._making, FORGOTTEN_SECONDS)

    def put(
        self,
        key: str,
        blocks: Iterable[bytes],
        *,
        lock: bool = False,
        fresh: bool = False,
        sha256: Callable[[], str] | None = None,
    ) -> StoredObject:
        del lock, fresh, sha256  # this store has no lock, and never replaces a file
        target = self._path(self._objects, key)
        with self._faults():
            self._check_marked()
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

    def begin(self, key: str, *, lock: bool = False) -> str:
        del lock  # this store has none
        target = self._path(self._objects, key)
        making = new_name(key)
        with self._faults():
            self._check_marked()
            if target.exists():
                raise ObjectExists(key)
            make_empty(self._making / making)
        return making

    def add_part(self, key: str, making: str, number: int, offset: int, part: bytes) -> Part:
        target = self._path(self._objects, key)
        check_part(number, offset, part)
        with self._faults():
            self._check_marked()
            with hold(self._making, key, making, published=target, alone=False) as descriptor:
                write_all_at(descriptor, part, offset)
                os.fdatasync(descriptor)
        return Part(number, offset, len(part), sha256(part).hexdigest())

    def complete(self, key: str, making: str, parts: Sequence[Part]) -> StoredObject:
        """As the protocol. Reads the whole file again, to compare every part with what was acknowledged."""
        target = self._path(self._objects, key)
        path = making_path(self._making, key, making)
        check_parts(key, making, parts)
        size = sum(part.size for part in parts)
        with self._faults():
            self._check_marked()
            try:
                with hold(self._making, key, making, published=target, alone=True) as descriptor:
                    if not holds_parts(descriptor, parts):
                        raise PartsDiffer(key, making)
                    os.ftruncate(descriptor, size)  # a part that was torn and never acknowledged may reach further
                    os.fsync(descriptor)
                    _publish(path, target, key)
            except (MakingUnknown, ObjectExists):
                if not target.exists():
                    raise
                if not is_made_of(target, parts):
                    raise ObjectExists(key) from None
            _seal(path, target)
        return StoredObject(key, VERSION, size)

    def abandon(self, key: str, making: str) -> None:
        check_key(key)
        with self._faults(), suppress(MakingUnknown):
            self._check_marked()
            making_path(self._making, key, making).unlink(missing_ok=True)

    def read(self, key: str, version: str, start: int = 0) -> Generator[bytes, None, None]:
        with self._faults():
            descriptor = os.open(self._find(key, version), os.O_RDONLY)
        blocks = self._blocks(descriptor, start)
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
            make_folder(marker.parent)
            if on:
                marker.touch()
            else:
                marker.unlink(missing_ok=True)
            sync_folder(marker.parent)

    def has_legal_hold(self, key: str, version: str) -> bool:
        with self._faults():
            self._find(key, version)
            return self._path(self._holds, key).exists()

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        check_prefix(prefix)
        return self._walk(self._objects / prefix.rpartition("/")[0], prefix)

    def _walk(self, start: Path, prefix: str) -> Iterator[StoredObject]:
        with self._faults():
            self._check_marked()
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
                    write_all(descriptor, block)
                size += len(block)
            with self._faults():
                os.fchmod(descriptor, READ_ONLY)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return size

    def _blocks(self, descriptor: int, start: int) -> Generator[bytes, None, None]:
        try:
            yield b""
            os.lseek(descriptor, start, os.SEEK_SET)
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
        self._check_marked()
        raise ObjectMissing(key, version)

    def _check_marked(self) -> None:
        """Tell "this object is missing", a finding, from "the disk is not there", a fault."""
        if not self._marker.is_file():
            raise StoreUnavailable(self.name, f"{self._marker} is not there: not mounted, or never prepared")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise (StoreFull if full else StoreUnavailable)(self.name, error) from error


def _publish(incoming: Path, target: Path, key: str) -> None:
    """Give the finished file its name. link() refuses an existing one, which rename() would replace."""
    make_folder(target.parent)
    try:
        os.link(incoming, target)
    except FileExistsError:
        raise ObjectExists(key) from None
    sync_folder(target.parent)


def _seal(making: Path, target: Path) -> None:
    """Let a finished file keep only its key, read-only; after a process that died in between it is done again.

    In this order: a name in `making` never means a file that may not be written to, which would pass for a fault.
    """
    sync_folder(target.parent)
    making.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fchmod(descriptor, READ_ONLY)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _seal_published(making: Path) -> None:
    """Take the first name of a file that has been an object for a day: its process died before it could."""
    with suppress(FileNotFoundError):
        stands = making.stat()
        if stands.st_nlink > 1 and time.time() - stands.st_mtime > LEFT_OVER_SECONDS:
            making.chmod(READ_ONLY)
            making.unlink()


def _clear(folder: Path, seconds: float) -> None:
    """Remove the files nobody has written to for so long."""
    for left in folder.iterdir():
        with suppress(FileNotFoundError):  # its owner, or another process here, was quicker
            if time.time() - left.stat().st_mtime > seconds:
                left.unlink()


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
