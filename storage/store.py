"""The protocol every object store keeps, its errors, and the keys it takes.

Nothing here deletes an object: there is no such function. What can be removed is an object that never came to be
(abandon). The only destructive calls are the canary's attacks, and they refuse every key outside "canary/".
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

BLOCK_SIZE = 1 << 20  # bytes; the largest block read() yields
LEAST_PART = 5 << 20  # bytes; every part but the last, as S3 has it
MOST_PARTS = 10_000
CANARY_PREFIX = "canary/"
MAX_KEY_LENGTH = 300  # characters
MAX_SEGMENT_LENGTH = 200  # characters; file systems (and MinIO's own) end at 255 bytes a name

_SEGMENT = rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{MAX_SEGMENT_LENGTH - 1}}}"
_KEY = re.compile(rf"{_SEGMENT}(/{_SEGMENT})*")
_MAKING = re.compile(r"[A-Za-z0-9_~=+-][A-Za-z0-9._~=+-]{0,299}")  # the upload ids of S3 servers, and ours


class StorageError(Exception):
    """Any refusal or fault of a store; the facts are attributes."""


class ObjectMissing(StorageError):
    """The store answered, and has no such version."""

    def __init__(self, key: str, version: str) -> None:
        super().__init__(f"no object {key!r} in version {version!r}")
        self.key = key
        self.version = version


class ObjectExists(StorageError):
    """A key is written once."""

    def __init__(self, key: str) -> None:
        super().__init__(f"an object {key!r} exists already")
        self.key = key


class KeyRefused(StorageError):
    """Not a key: see check_key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"not a permitted object key: {key!r}")
        self.key = key


class MakingUnknown(StorageError):
    """The store has no such object in the making, or has cleared it since."""

    def __init__(self, key: str, making: str) -> None:
        super().__init__(f"no making {making!r} of object {key!r}")
        self.key = key
        self.making = making


class PartsDiffer(StorageError):
    """What is stored of an object in the making is not the parts that were named."""

    def __init__(self, key: str, making: str) -> None:
        super().__init__(f"the parts of object {key!r} in making {making!r} are not those named")
        self.key = key
        self.making = making


class StoreUnavailable(StorageError):
    """The store gave no usable answer: unreachable, timed out, out of space, or refusing our credentials."""

    def __init__(self, store: str, cause: object) -> None:
        super().__init__(f"object store {store!r} is unavailable: {cause}")
        self.store = store
        self.cause = str(cause)


class StoreFull(StoreUnavailable):
    """There is no room for these bytes."""


@dataclass(frozen=True)
class StoredObject:
    """One version of one object. `size` in bytes; `version` is "" only where a store keeps none."""

    key: str
    version: str
    size: int


@dataclass(frozen=True)
class Part:
    """One part of an object in the making: `number` from 1, `offset` and `size` in bytes, the store's own `tag`."""

    number: int
    offset: int
    size: int
    tag: str


class ObjectStore(Protocol):
    """Where bytes are kept. Every method may raise KeyRefused and StoreUnavailable; all are thread-safe."""

    @property
    def name(self) -> str:
        """The kind of store: "minio", "file" or "memory"."""

    def prepare(self) -> None:
        """Make what the store needs (bucket, folders) unless it is there; needed once, and safe to repeat.

        Making the store object itself touches neither network nor disk.
        """

    def put(
        self,
        key: str,
        blocks: Iterable[bytes],
        *,
        lock: bool = False,
        fresh: bool = False,
        sha256: Callable[[], str] | None = None,
    ) -> StoredObject:
        """Store the blocks, of any number and length, under a new key. Memory use does not grow with them.

        `lock` asks for the store's configured retention (none where none is configured; one day below
        "canary/", so that what the canary leaves can be cleared). An exception of the iterable passes
        unchanged and leaves nothing under the key. After StoreUnavailable the object may be there or not, but
        never in part. Raises ObjectExists.

        `fresh` says that the key was drawn at random for these blocks: a store that would have to ask over the network
        whether it is free need not. `sha256` tells the digest (hex) of all blocks once they have passed, to a store
        that would take it again to have what arrives compared with it.
        """

    def begin(self, key: str, *, lock: bool = False) -> str:
        """Begin an object that arrives in parts, over days and through several processes; returns its making's name.

        Nothing is under the key before complete(). `lock` as in put(), counted from here. Raises ObjectExists.
        """

    def add_part(self, key: str, making: str, number: int, offset: int, part: bytes) -> Part:
        """Store one part; it is on disk on return. Numbers count from 1; every part but the last has at least
        LEAST_PART bytes, the last at least one.

        The same part again replaces it. Parts of one making may be added at the same time, in any order. After
        StoreUnavailable the part may be there or not; the parts acknowledged before are. Raises MakingUnknown, also
        once the object is complete, and ValueError outside 1..MOST_PARTS or for no bytes.
        """

    def complete(self, key: str, making: str, parts: Sequence[Part]) -> StoredObject:
        """Make the object of exactly these parts, given in their order and without gaps; the making is gone then.

        An object of these very parts, completed before or at the same moment by whomever, is returned. Raises
        ObjectExists for any other under the key, PartsDiffer where what is stored is not what was named (another
        process added the same part differently, or it was torn), and MakingUnknown.
        """

    def abandon(self, key: str, making: str) -> None:
        """Remove the parts of an object that is not to be. One that is complete stays; an unknown making is fine."""

    def read(self, key: str, version: str, start: int = 0) -> Generator[bytes, None, None]:
        """The bytes of exactly this version from the byte `start` on, in blocks of at most BLOCK_SIZE.

        From its end on, or behind it, there are none.

        Raises ObjectMissing at the call, not at the first block. The connection or file is closed at the end,
        by close(), and when the generator is dropped, even if never begun.
        """

    def stat(self, key: str, version: str) -> StoredObject:
        """The version's size without its bytes. Raises ObjectMissing."""

    def locked_until(self, key: str, version: str) -> datetime | None:
        """Until when (UTC) the store itself lets nobody destroy this version (S3: COMPLIANCE mode), or None.

        Raises ObjectMissing.
        """

    def set_legal_hold(self, key: str, version: str, on: bool) -> None:  # noqa: FBT001 - a state
        """Set or lift the hold, which S3 enforces and the other stores only record. Raises ObjectMissing."""

    def has_legal_hold(self, key: str, version: str) -> bool:
        """Whether the hold is set. Raises ObjectMissing."""

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        """Every version of every object whose key begins with `prefix`, in no promised order."""

    def try_overwrite(self, key: str, version: str, data: bytes) -> str:
        """Canary: try to replace the bytes. Returns the store's answer; ValueError outside "canary/"."""

    def try_delete(self, key: str, version: str) -> str:
        """Canary: try to destroy the version. Returns the store's answer; ValueError outside "canary/"."""

    def try_shorten(self, key: str, version: str) -> str:
        """Canary: try to shorten or weaken the lock. Returns the answer; ValueError outside "canary/"."""


def check_key(key: str) -> None:
    """Raise KeyRefused unless `key` is segments of [A-Za-z0-9._-] joined by "/".

    No segment is empty, begins with "." (so none is "..") or has more than 200 characters; the whole has at
    most 300.
    """
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise KeyRefused(key)


def check_prefix(prefix: str) -> None:
    """Raise KeyRefused for what no key can begin with. The empty prefix is that of every key."""
    if not _KEY.fullmatch(prefix + "x"):
        raise KeyRefused(prefix)


def check_making(key: str, making: str) -> None:
    """Raise MakingUnknown for what no store names a making: nothing, or what might lead elsewhere."""
    if not _MAKING.fullmatch(making):
        raise MakingUnknown(key, making)


def check_part(number: int, offset: int, part: bytes) -> None:
    """Raise ValueError for what is no part of any object: see ObjectStore.add_part."""
    if not 1 <= number <= MOST_PARTS or offset < 0 or not part:
        raise ValueError(f"no part: number {number}, {len(part)} bytes at {offset}")


def check_parts(key: str, making: str, parts: Sequence[Part]) -> None:
    """Raise PartsDiffer unless `parts` are numbered from 1 and follow each other without gaps from the first byte."""
    end = 0
    for number, part in enumerate(parts, 1):
        if part.number != number or part.offset != end or part.size < 1:
            raise PartsDiffer(key, making)
        end += part.size
    if not parts:
        raise PartsDiffer(key, making)


def check_canary_key(key: str) -> None:
    """Raise ValueError for a key the canary may not attack."""
    check_key(key)
    if not key.startswith(CANARY_PREFIX):
        raise ValueError(f"only keys below {CANARY_PREFIX!r} may be attacked, not {key!r}")
