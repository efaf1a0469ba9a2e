"""A store in a dictionary, for tests. It protects nothing, and its canary says so."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from threading import Lock
from uuid import uuid4

from storage.store import (
    BLOCK_SIZE,
    MakingUnknown,
    ObjectExists,
    ObjectMissing,
    Part,
    PartsDiffer,
    StoredObject,
    check_canary_key,
    check_key,
    check_part,
    check_parts,
    check_prefix,
)

VERSION = "1"


class MemoryStore:
    """Objects live as long as the instance. Holds whole objects in memory, of course."""

    name = "memory"

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._makings: dict[tuple[str, str], bytearray] = {}
        self._holds: set[str] = set()
        self._lock = Lock()

    def prepare(self) -> None:
        """Nothing to prepare."""

    def put(
        self,
        key: str,
        blocks: Iterable[bytes],
        *,
        lock: bool = False,
        fresh: bool = False,
        sha256: Callable[[], str] | None = None,
    ) -> StoredObject:
        del lock, fresh, sha256  # this store has no lock, and looks for nothing over a network
        check_key(key)
        if key in self._objects:
            raise ObjectExists(key)
        data = b"".join(blocks)
        with self._lock:
            if key in self._objects:
                raise ObjectExists(key)
            self._objects[key] = data
        return StoredObject(key, VERSION, len(data))

    def begin(self, key: str, *, lock: bool = False) -> str:
        del lock  # this store has none
        check_key(key)
        if key in self._objects:
            raise ObjectExists(key)
        making = uuid4().hex
        self._makings[key, making] = bytearray()
        return making

    def add_part(self, key: str, making: str, number: int, offset: int, part: bytes) -> Part:
        check_key(key)
        check_part(number, offset, part)
        with self._lock:
            made = self._makings.get((key, making))
            if made is None:
                raise MakingUnknown(key, making)
            made.extend(bytes(max(0, offset - len(made))))
            made[offset : offset + len(part)] = part
        return Part(number, offset, len(part), sha256(part).hexdigest())

    def complete(self, key: str, making: str, parts: Sequence[Part]) -> StoredObject:
        check_key(key)
        check_parts(key, making, parts)
        size = sum(part.size for part in parts)
        with self._lock:
            if (taken := self._objects.get(key)) is not None:
                if len(taken) != size or not _holds_parts(taken, parts):
                    raise ObjectExists(key)
            else:
                made = self._makings.get((key, making))
                if made is None:
                    raise MakingUnknown(key, making)
                if not _holds_parts(made, parts):
                    raise PartsDiffer(key, making)
                self._objects[key] = bytes(made[:size])
            self._makings.pop((key, making), None)
        return StoredObject(key, VERSION, size)

    def abandon(self, key: str, making: str) -> None:
        check_key(key)
        with self._lock:
            self._makings.pop((key, making), None)

    def read(self, key: str, version: str, start: int = 0) -> Generator[bytes, None, None]:
        data = self._find(key, version)
        return (data[at : at + BLOCK_SIZE] for at in range(start, len(data), BLOCK_SIZE))

    def stat(self, key: str, version: str) -> StoredObject:
        return StoredObject(key, VERSION, len(self._find(key, version)))

    def locked_until(self, key: str, version: str) -> datetime | None:
        self._find(key, version)
        return None

    def set_legal_hold(self, key: str, version: str, on: bool) -> None:  # noqa: FBT001 - as the protocol
        self._find(key, version)
        (self._holds.add if on else self._holds.discard)(key)

    def has_legal_hold(self, key: str, version: str) -> bool:
        self._find(key, version)
        return key in self._holds

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        check_prefix(prefix)
        with self._lock:
            found = [(key, len(data)) for key, data in self._objects.items() if key.startswith(prefix)]
        return (StoredObject(key, VERSION, size) for key, size in found)

    def try_overwrite(self, key: str, version: str, data: bytes) -> str:
        check_canary_key(key)
        self._find(key, version)
        self._objects[key] = data
        return "overwritten in memory"

    def try_delete(self, key: str, version: str) -> str:
        check_canary_key(key)
        self._find(key, version)
        del self._objects[key]
        return "deleted from memory"

    def try_shorten(self, key: str, version: str) -> str:
        check_canary_key(key)
        self._find(key, version)
        return "no retention to shorten"

    def _find(self, key: str, version: str) -> bytes:
        check_key(key)
        data = self._objects.get(key)
        if data is None or version != VERSION:
            raise ObjectMissing(key, version)
        return data


def _holds_parts(data: bytes | bytearray, parts: Sequence[Part]) -> bool:
    """Whether every part is where it belongs, byte for byte."""
    for part in parts:
        stored = bytes(data[part.offset : part.offset + part.size])
        if len(stored) < part.size or sha256(stored).hexdigest() != part.tag:
            return False
    return True
