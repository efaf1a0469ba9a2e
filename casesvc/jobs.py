"""Background threads: read files, make films playable, scan for viruses, run the canary, publish the log.

All they have to do is found in the record.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from casesvc.accounts import touch
from casesvc.acts import now, run_and_record_canary
from casesvc.installation import Installation
from casesvc.publishing import cosign_latest, sequence_and_publish, stamp_latest
from casesvc.readings import give_way, make_next_playable, read_files
from casesvc.scanning import scan_next
from casesvc.sendings import expire, seal_left
from evidence.errors import ScannerUnavailable
from evidence.errors_proof import AuthorityUnavailable, StampRefused, WitnessUnavailable
from evidence.log import Sequencer
from storage import StoreUnavailable

log = logging.getLogger(__name__)
SWEEP_SECONDS = 20.0
PUBLISH_SECONDS = 10.0
ASK_AGAIN_SECONDS = 60.0
_PASSING = (StoreUnavailable, ScannerUnavailable, AuthorityUnavailable, StampRefused, WitnessUnavailable)
"""Faults of others: they pass, and are no news."""
CANARY_SECONDS = 24 * 3600.0
RETRY_SECONDS = 3600.0


class Sweep:
    """A thread of its own that does its jobs again ``every`` so many seconds; ``wake`` makes it begin at once.

    ``settle`` is called before every round but the first, and may take its time.
    """

    def __init__(
        self,
        name: str,
        *jobs: Callable[[], None],
        settle: Callable[[], None] = lambda: None,
        every: float = SWEEP_SECONDS,
    ) -> None:
        self._jobs = jobs
        self._every = every
        self._settle = settle
        self._wake = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def end(self) -> None:
        self._ending = True
        self._wake.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._ending:
            for job in self._jobs:
                try:
                    job()
                except _PASSING as reason:
                    log.warning("%s; the next sweep tries again", reason)
                except Exception:  # a job that fails is found again by the next sweep
                    log.exception("job failed; the next sweep tries again")
            self._wake.wait(self._every)
            self._settle()
            self._wake.clear()


class PutAside:
    """Originals that failed for a reason of this machine: they keep no other waiting, and are tried again each hour."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._retry_due = time.monotonic() + RETRY_SECONDS

    def ids(self) -> set[int]:
        if time.monotonic() >= self._retry_due:
            self._ids.clear()
            self._retry_due = time.monotonic() + RETRY_SECONDS
        return self._ids


class Jobs:
    """What the service does by itself. Scanning and films have threads of their own: a large file takes minutes, and
    photographs wait for none.
    """

    def __init__(self, here: Installation) -> None:
        self._here = here
        self._ending = False
        self._canary_due = time.monotonic()
        self._seen: dict[int, datetime] = {}
        self._stop = threading.Event()
        self._unread, self._unread_large, self._unplayable, self._unscannable = (PutAside() for _ in range(4))
        self._prompt = [
            Sweep("jobs", self._sessions, self._canary, self._files, settle=self._give_way),
            Sweep("films", self._large_files, self._films, settle=self._give_way),
            Sweep("scans", self._scans, settle=self._give_way),
        ]
        self._sequencer = Sequencer()
        self._ask_due: dict[str, float] = {}
        self._sweeps = [
            *self._prompt,
            Sweep("uploads", self._uploads),
            Sweep("log", self._publish, self._stamp, self._cosign, every=PUBLISH_SECONDS),
        ]

    def start(self) -> None:
        for sweep in self._sweeps:
            sweep.start()

    def saw(self, session_id: int) -> None:
        """A login session was in use now; written at the next sweep."""
        self._seen[session_id] = now()

    def wake(self) -> None:
        """A file came in: it is read, made playable and scanned at once, or as soon as no more come in."""
        for sweep in self._prompt:
            sweep.wake()

    def end(self) -> None:
        """Stop after the jobs under way, within half a minute: what is cut off is found again at the next start."""
        self._ending = True
        self._stop.set()
        until = time.monotonic() + 30
        for sweep in self._sweeps:
            sweep.end()
        for sweep in self._sweeps:
            sweep.join(max(until - time.monotonic(), 0))

    def _give_way(self) -> None:
        give_way(now(), self._stop)

    def _sessions(self) -> None:
        seen, self._seen = self._seen, {}
        for session_id, at in seen.items():
            with self._here.database.logins() as tx:
                touch(tx, session_id, at)

    def _canary(self) -> None:
        if time.monotonic() >= self._canary_due:
            run_and_record_canary(self._here)
            self._canary_due = time.monotonic() + CANARY_SECONDS

    def _files(self) -> None:
        while not self._ending and read_files(self._here, self._unread.ids(), self._stop):
            pass

    def _large_files(self) -> None:
        while not self._ending and read_files(self._here, self._unread_large.ids(), self._stop, large=True):
            pass

    def _films(self) -> None:
        while not self._ending and make_next_playable(self._here, self._unplayable.ids(), self._stop):
            pass

    def _uploads(self) -> None:
        try:
            seal_left(self._here, self._stop)
        finally:
            expire(self._here)

    def _publish(self) -> None:
        sequence_and_publish(self._here, self._sequencer)

    def _stamp(self) -> None:
        self._not_too_often("stamp", stamp_latest)

    def _cosign(self) -> None:
        self._not_too_often("cosign", cosign_latest)

    def _not_too_often(self, name: str, ask: Callable[[Installation], object]) -> None:
        """Others who did not answer well are asked again after a minute."""
        if time.monotonic() < self._ask_due.get(name, 0):
            return
        try:
            ask(self._here)
        except Exception:
            self._ask_due[name] = time.monotonic() + ASK_AGAIN_SECONDS
            raise

    def _scans(self) -> None:
        while not self._ending and scan_next(self._here, self._unscannable.ids()):
            pass
