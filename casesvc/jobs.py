"""The background thread: reads new photographs, runs the canary daily; each job is derived from the record."""

import logging
import threading
import time
from datetime import datetime

from casesvc.accounts import touch
from casesvc.acts import now, read_photographs, run_and_record_canary
from casesvc.installation import Installation
from storage import StoreUnavailable

log = logging.getLogger(__name__)
SWEEP_SECONDS = 20.0
CANARY_SECONDS = 24 * 3600.0


class Jobs:
    """One thread that sweeps the record for work; ``wake`` makes it look at once."""

    def __init__(self, here: Installation) -> None:
        self._here = here
        self._wake = threading.Event()
        self._ending = False
        self._canary_due = time.monotonic()
        self._seen: dict[int, datetime] = {}
        self._failed: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def saw(self, session_id: int) -> None:
        """A login session was in use now; written at the next sweep."""
        self._seen[session_id] = now()

    def wake(self) -> None:
        self._wake.set()

    def end(self) -> None:
        """Stop after the job under way."""
        self._ending = True
        self._wake.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._ending:
            self._wake.clear()
            for job in (self._sessions, self._canary, self._photographs):
                try:
                    job()
                except StoreUnavailable as reason:
                    log.warning("%s; the next sweep tries again", reason)
                except Exception:  # a job that fails is found again by the next sweep
                    log.exception("job failed; the next sweep tries again")
            self._wake.wait(SWEEP_SECONDS)

    def _sessions(self) -> None:
        seen, self._seen = self._seen, {}
        for session_id, at in seen.items():
            with self._here.database.logins() as tx:
                touch(tx, session_id, at)

    def _canary(self) -> None:
        if time.monotonic() >= self._canary_due:
            run_and_record_canary(self._here)
            self._canary_due = time.monotonic() + CANARY_SECONDS

    def _photographs(self) -> None:
        while not self._ending and read_photographs(self._here, self._failed):
            pass
