"""One turn of a sending at work: blocks become parts, what is safe is acknowledged, what is whole is sealed."""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from casesvc.installation import Installation
from casesvc.permissions import Permission, check_case
from evidence.act import Actor
from evidence.assembly import Assembly
from evidence.digest import Digests, RunningDigests, digests_of
from evidence.errors import (
    ChecksumDiffers,
    DigestMismatch,
    LongerThanDeclared,
    PartsLost,
    SendingReused,
    SendingTakenOver,
)
from evidence.intake import Received, collect_file
from evidence.record import What, enter
from evidence.register import Case
from evidence.sending import End, Sending, Turn, acknowledge, end_sending, keep_turn
from storage import MakingUnknown, Part, PartsDiffer, StoreUnavailable

log = logging.getLogger(__name__)
ACKNOWLEDGED_EVERY = 1.0  # seconds; a process that dies loses what is in no acknowledged part
KEPT_EVERY = 20.0  # seconds
CHECKSUMS = ("sha1", "sha256")


@dataclass(frozen=True)
class Checksum:
    """What a piece of a file should hash to: ``algorithm`` of CHECKSUMS, ``digest`` raw."""

    algorithm: str
    digest: bytes

    def check(self, file_name: str, found: bytes) -> None:
        """Raise ChecksumDiffers."""
        if found != self.digest:
            raise ChecksumDiffers(file_name, self.algorithm)


class Remembered:
    """Digests under way of sendings that this process has taken in from their first byte."""

    MOST = 500

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: OrderedDict[str, RunningDigests] = OrderedDict()

    def take(self, name: str, offset: int) -> RunningDigests | None:
        with self._lock:
            running = self._running.pop(name, None)
        return running if running is not None and running.size == offset else None

    def keep(self, name: str, running: RunningDigests | None) -> None:
        if running is None:
            return
        with self._lock:
            self._running[name] = running
            while len(self._running) > self.MOST:
                self._running.popitem(last=False)


remembered = Remembered()


@dataclass
class Taking:
    """One turn at work; :meth:`at_work` is around all of it."""

    here: Installation
    by: Actor
    case: Case
    turn: Turn
    assembly: Assembly
    _known: int = 0
    """Parts of this turn that are acknowledged."""
    _making: str | None = field(init=False)
    """The making that is acknowledged."""

    def __post_init__(self) -> None:
        self._making = self.turn.sending.making

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Parts that the store says are gone end the sending; a making begun and not acknowledged is removed."""
        try:
            yield
        except (MakingUnknown, PartsDiffer) as reason:
            self._end(End.LOST)
            raise PartsLost(self.turn.sending.file_name) from reason
        finally:
            if self.assembly.making != self._making:
                self._abandon()

    def take(self, blocks: Iterable[bytes]) -> None:
        """Take blocks in, acknowledging whole parts now and then, and at the end all there is, however it ends."""
        last = time.monotonic()
        try:
            for block in blocks:
                self._add(block)
                if time.monotonic() - last >= ACKNOWLEDGED_EVERY:
                    self._acknowledge(self.assembly.stored(), b"")
                    last = time.monotonic()
        except LongerThanDeclared:
            self._end(End.REFUSED, {"longer": f"{self.turn.sending.length} B"})
            raise
        except BaseException:
            with suppress(SendingTakenOver):
                self._settle()
            raise
        if self.assembly.received < self.turn.sending.length:
            self._settle()

    def take_checked(self, blocks: Iterable[bytes], checksum: Checksum) -> None:
        """Take blocks in and acknowledge all of them or none."""
        sending = self.turn.sending
        before = self.assembly.running.copy() if self.assembly.running else None
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
        try:
            with self._attended():
                for block in blocks:
                    digest.update(block)
                    self._add(block)
            checksum.check(sending.file_name, digest.digest())
        except BaseException:
            remembered.keep(sending.name, before)
            raise
        if self.assembly.received < sending.length:
            self._settle()

    def seal(self) -> Sending:
        """Make the file an exhibit: compare what was declared, make the object, record both digests.

        Returns the sending as it then stands.
        """
        known = self.assembly.sha256()
        if known is not None:
            self._compare(known)
        if self.assembly.making is not None:
            # from here on whoever finds it can seal it: after a kill the object may be there, its parts no more
            self._acknowledge(*self.assembly.settle())
        sending = self.turn.sending
        may_be_taken_for_left = self.assembly.making is not None or sending.offset == sending.length
        try:
            with self._attended() if may_be_taken_for_left else nullcontext():
                stored = self.assembly.complete()
                # resumed in another process: the stored bytes say what came in
                digests = self.assembly.digests() or digests_of(self.here.store.read(stored.key, stored.version))
            self._compare(digests.sha256)
            self._check_stored(known, digests)
            return self._register(Received(sending.file_name, stored, digests))
        except BaseException:
            with suppress(SendingTakenOver):
                self._settle()  # all of it is there: the next sweep, or the sender, goes on
            raise

    def _add(self, block: bytes) -> None:
        sending = self.turn.sending
        if self.assembly.received + len(block) > sending.length:
            raise LongerThanDeclared(sending.file_name, sending.length)
        self.assembly.add(block)

    def _settle(self) -> None:
        parts, tail = self.assembly.settle()
        self._acknowledge(parts, tail)
        size = sum(part.size for part in (*self.turn.parts, *parts)) + len(tail)
        if self.assembly.running is not None and self.assembly.running.size == size:
            remembered.keep(self.turn.sending.name, self.assembly.running)

    def _acknowledge(self, parts: list[Part], tail: bytes) -> None:
        fresh = len(parts) - self._known
        if not fresh and not tail:
            return
        with self.here.database.begin(self.by) as act:
            acknowledge(act, self.turn, making=self.assembly.making, parts=parts, fresh=fresh, tail=tail)
        self._known, self._making = len(parts), self.assembly.making

    def _register(self, received: Received) -> Sending:
        sending = self.turn.sending
        try:
            with self.here.database.begin(self.by) as act:
                check_case(act.tx, self.by, self.case, Permission.COLLECT_EXHIBIT)
                exhibit = collect_file(
                    act,
                    self.case,
                    received,
                    kind=sending.kind,
                    name=sending.title,
                    sending=sending.name,
                    facts=sending.facts,
                )
                end_sending(act, self.turn, End.SEALED, exhibit=exhibit)
        except IntegrityError as reason:
            if "sending" not in str(reason.orig):
                raise
            # sent in one request under the same name meanwhile
            self._end(End.REFUSED, {"reused": sending.name})
            raise SendingReused(sending.file_name) from None
        sending.end, sending.exhibit_id = End.SEALED, exhibit.id  # as its row says now
        return sending

    def _compare(self, sha256: str) -> None:
        declared = self.turn.sending.declared_sha256
        if declared and declared != sha256:
            self._end(End.REFUSED, {"declared": declared, "received": sha256})
            raise DigestMismatch(self.turn.sending.file_name, "SHA-256", declared, sha256)

    def _end(self, end: End, reason: dict[str, Any] | None = None) -> None:
        end_unsealed(self.here, self.by, self.turn, end, reason)
        self._abandon()

    def _abandon(self) -> None:
        abandon(self.here, self.turn.sending, self.assembly.making)

    def _check_stored(self, received: str | None, stored: Digests) -> None:
        """PartsLost where the object was made before of other bytes, by one who died before he could record it.

        ``received`` is the SHA-256 of what came in, where this process has taken all of it in.
        """
        if received not in {None, stored.sha256}:
            self._end(End.LOST)
            raise PartsLost(self.turn.sending.file_name)

    @contextmanager
    def _attended(self) -> Iterator[None]:
        """While this takes its time, nobody takes the sending for left."""
        done = Event()

        def attend() -> None:
            while not done.wait(KEPT_EVERY):
                try:
                    with self.here.database.begin(self.by) as act:
                        keep_turn(act, self.turn)
                except SendingTakenOver:
                    return  # or it is sealed
                except Exception:  # the database is busy, or away for a moment
                    log.exception("turn of sending %s not kept; tried again", self.turn.sending.id)

        attending = Thread(target=attend, name="attend", daemon=True)
        attending.start()
        try:
            yield
        finally:
            done.set()
            attending.join()


def end_unsealed(here: Installation, by: Actor, turn: Turn, end: End, reason: dict[str, Any] | None = None) -> None:
    """End a sending that became no exhibit, and say so in the record; its parts are still to be abandoned."""
    sending = turn.sending
    with here.database.begin(by) as act:
        end_sending(act, turn, end, reason=reason)
        stated = {
            "sending": sending.name,
            "file": sending.file_name,
            "length": f"{sending.length} B",
            "end": end.value,
            **(reason or {}),
        }
        enter(act, What.UPLOAD, stated, case=act.tx.get_one(Case, sending.case_id))


def abandon(here: Installation, sending: Sending, making: str | None) -> None:
    """Remove the parts of an object that is not to be; where the store is away, it clears them itself in time."""
    if making is not None:
        with suppress(StoreUnavailable):
            here.store.abandon(sending.object_key, making)


def permitted(tx: Session, by: Actor, sending: Sending) -> Case:
    """The case of a sending, if ``by`` may register evidence in it now."""
    case = tx.get_one(Case, sending.case_id)
    check_case(tx, by, case, Permission.COLLECT_EXHIBIT)
    return case
