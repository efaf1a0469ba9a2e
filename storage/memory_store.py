"""A store in a dictionary, for tests. It protects nothing, and its canary says so."""

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from threading import Lock

from storage.store import (
    BLOCK_SIZE,
    ObjectExists,
    ObjectMissing,
    StoredObject,
    check_canary_key,
    check_key,
    check_prefix,
)

VERSION = "1"


class MemoryStore:
    """Objects live as long as the instance. Holds whole objects in memory, of course."""

    name = "memory"

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._holds: set[str] = set()
        self._lock = Lock()

    def prepare(self) -> None:
        """Nothing to prepare."""

    def put(self, key: str, blocks: Iterable[bytes], *, lock: bool = False) -> StoredObject:
        del lock  # this store has none
        check_key(key)
        if key in self._objects:
            raise ObjectExists(key)
        data = b"".join(blocks)
        with self._lock:
            if key in self._objects:
                raise ObjectExists(key)
            self._objects[key] = data
        return StoredObject(key, VERSION, len(data))

    def read(self, key: str, version: str) -> Generator[bytes, None, None]:
        data = self._find(key, version)
        return (data[start : start + BLOCK_SIZE] for start in range(0, len(data), BLOCK_SIZE))

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
