"""Originals read and copied by the jobs: what has no reading yet, and films that no browser can play yet."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

from casesvc.acts import now, system_actor
from casesvc.installation import Installation
from casesvc.streams import quiet_for
from evidence.exhibit import Kind, Original
from evidence.read_apart import OTHERS, Workplace, make_playable, read_file
from evidence.reading import FFMPEG, Outcome, ReadingFinding, enter_playable, enter_reading, unplayed, unread
from storage import ObjectMissing, ObjectStore, StoreUnavailable

log = logging.getLogger(__name__)
QUIET = 0.5  # seconds without a body: between two files of one sender there is less
PUT_OFF = timedelta(seconds=15)
LOOKED_EVERY = 0.1  # seconds


def read_files(here: Installation, failed: set[int], stop: Event, *, large: bool = False) -> int:
    """Read originals that have no reading yet; returns how many were tried. What is missing is derived anew.

    One that cannot be read from the store gets a reading that says so. One that failed for a reason of this machine
    goes into ``failed``, which the caller empties now and then: neither keeps the others waiting. ``stop`` ends it
    early.
    """
    with here.database.reading() as tx:
        originals = unread(tx, failed, large=large)
    for original, kind in originals:
        give_way(original.received_at, stop)
        with _kept_apart(original, failed):
            try:
                outcome = _read(here, original, kind, stop)
            except (ObjectMissing, StoreUnavailable) as reason:
                _raise_unless_lost(here.store, original, reason)
                outcome = Outcome(OTHERS, findings=[ReadingFinding.NOT_STORED])
            with here.database.begin(system_actor()) as act:
                enter_reading(act, original, outcome)
    return len(originals)


def give_way(since: datetime, stop: Event) -> None:
    """Wait while files come in, which people wait for; no longer than PUT_OFF ``since``, and not when it is stopped."""
    until = since + PUT_OFF
    while quiet_for() < QUIET and now() < until and not stop.wait(LOOKED_EVERY):
        pass


def make_next_playable(here: Installation, failed: set[int], stop: Event) -> bool:
    """Make the copies that one film lacks; false where there is none, or no ffmpeg. As :func:`read_files`."""
    if shutil.which(FFMPEG) is None:
        return False
    with here.database.reading() as tx:
        found = unplayed(tx, failed)
    if found is None:
        return False
    original, missing = found
    with _kept_apart(original, failed):
        try:
            outcome = make_playable(here.store, original, missing, workplace(here, stop))
        except (ObjectMissing, StoreUnavailable) as reason:
            _raise_unless_lost(here.store, original, reason)
            raise OSError(f"film {original.id} is not readable in the store") from reason
        with here.database.begin(system_actor()) as act:
            enter_playable(act, original, outcome)
    return True


def _read(here: Installation, original: Original, kind: Kind, stop: Event) -> Outcome:
    """Read a file; where the store breaks off, once more: one broken line is no lost original."""
    try:
        return read_file(here.store, original, kind, workplace(here, stop))
    except StoreUnavailable:
        return read_file(here.store, original, kind, workplace(here, stop))


@contextmanager
def _kept_apart(original: Original, failed: set[int]) -> Iterator[None]:
    """What fails for one original leaves the others alone, unless the store is away. What is stopped is done anew."""
    try:
        yield
    except StoreUnavailable:
        raise
    except CancelledError:
        log.info("reading of original %s was stopped", original.id)
    except Exception:
        log.exception("reading of original %s failed", original.id)
        failed.add(original.id)


def _raise_unless_lost(store: ObjectStore, original: Original, reason: Exception) -> None:
    """Passes where the store answers and only this object is missing or broken."""
    if not isinstance(reason, ObjectMissing):
        store.stat(original.object_key, original.object_version)  # raises when it is the store that is away


def workplace(here: Installation, stop: Event) -> Workplace:
    """Private copies lie on the disk of the data: the system's place for them is often memory."""
    here.settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Workplace(here.settings.data_dir, stop)
