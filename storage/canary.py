"""The canary: what a store protects is found out by attacking it, and judged by what is there afterwards.

Never by an error code: they differ between servers, and a test double may answer "AccessDenied" and delete
all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from storage.store import CANARY_PREFIX, ObjectMissing, ObjectStore


@dataclass(frozen=True)
class CanaryReport:
    """What one run saw. `shorten_refused` is None where nothing was retained; notes quote the store's
    answers.
    """

    store: str
    key: str
    version: str
    read_back: bool
    overwrite_refused: bool
    shorten_refused: bool | None
    delete_refused: bool
    overwrite_note: str
    shorten_note: str
    delete_note: str

    @property
    def sound(self) -> bool:
        """Whether the store protects a locked object against its own service's rights. No retention is not
        sound.
        """
        return self.read_back and self.overwrite_refused and self.delete_refused and self.shorten_refused is True


def run_canary(store: ObjectStore) -> CanaryReport:
    """Write a locked object below "canary/", try to overwrite, weaken and delete it, and look.

    The caller stamps the time. Raises StoreUnavailable only.
    """
    name = uuid4().hex
    data = f"canary {name}\n".encode()
    stored = store.put(f"{CANARY_PREFIX}{name}", [data], lock=True)
    key, version = stored.key, stored.version
    read_back = _bytes(store, key, version) == data

    overwrite_note = _note(lambda: store.try_overwrite(key, version, b"forged\n"))
    overwrite_refused = _bytes(store, key, version) == data

    # Weakened before deleted: a retention that could be shortened shows in both.
    until = _locked_until(store, key, version)
    shorten_note = _note(lambda: store.try_shorten(key, version))
    shorten_refused = None if until is None else _locked_until(store, key, version) == until

    delete_note = _note(lambda: store.try_delete(key, version))
    delete_refused = _bytes(store, key, version) is not None
    return CanaryReport(
        store=store.name,
        key=key,
        version=version,
        read_back=read_back,
        overwrite_refused=overwrite_refused,
        shorten_refused=shorten_refused,
        delete_refused=delete_refused,
        overwrite_note=overwrite_note,
        shorten_note=shorten_note,
        delete_note=delete_note,
    )


def _note(attack: Callable[[], str]) -> str:
    """What the store answered, also when an earlier attack already destroyed the version."""
    try:
        return attack()
    except ObjectMissing as missing:
        return str(missing)


def _locked_until(store: ObjectStore, key: str, version: str) -> datetime | None:
    """The end of the version's lock; None when it has none or is gone."""
    try:
        return store.locked_until(key, version)
    except ObjectMissing:
        return None


def _bytes(store: ObjectStore, key: str, version: str) -> bytes | None:
    """The version's bytes now; None when it is gone."""
    try:
        return b"".join(store.read(key, version))
    except ObjectMissing:
        return None
