"""One turn of a sending at work: blocks become parts, what is safe is acknowledged, what is whole is sealed."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
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

ACKNOWLEDGED_EVERY = 1.0  # seconds; a process that dies loses no more than it took in since
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
    """One turn at work."""

    here: Installation
    by: Actor
    turn: Turn
    assembly: Assembly
    _known: int = field(default=0)
    """Parts of this turn that are acknowledged."""

    def take(self, blocks: Iterable[bytes]) -> None:
        """Take blocks in, acknowledging now and then, and at the end what there is, however it ends."""
        sending = self.turn.sending
        last = time.monotonic()
        try:
            for block in blocks:
                self._add(block)
                if time.monotonic() - last >= ACKNOWLEDGED_EVERY:
                    self._acknowledge(self.assembly.stored(), b"")
                    last = time.monotonic()
        except BaseException:
            with suppress(SendingTakenOver):
                self._settle()
            raise
        if self.assembly.received < sending.length:
            self._settle()

    def take_checked(self, blocks: Iterable[bytes], checksum: Checksum) -> None:
        """Take blocks in and acknowledge all of them or none."""
        sending = self.turn.sending
        before = self.assembly.running.copy() if self.assembly.running else None
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
        try:
            for block in blocks:
                digest.update(block)
                self._add(block)
            checksum.check(sending.file_name, digest.digest())
        except BaseException:
            remembered.keep(sending.name, before)
            raise
        if self.assembly.received < sending.length:
            self._settle()

    def _add(self, block: bytes) -> None:
        sending = self.turn.sending
        if self.assembly.received + len(block) > sending.length:
            raise LongerThanDeclared(sending.file_name, sending.length)
        self.assembly.add(block)

    def _settle(self) -> None:
        parts, tail = self.assembly.settle()
        self._acknowledge(parts, tail)
        remembered.keep(self.turn.sending.name, self.assembly.running)

    def _acknowledge(self, parts: list[Part], tail: bytes) -> None:
        fresh = len(parts) - self._known
        if not fresh and not tail:
            return
        with self.here.database.begin(self.by) as act:
            acknowledge(act, self.turn, making=self.assembly.making, parts=parts, fresh=fresh, tail=tail)
        self._known = len(parts)

    def seal(self) -> None:
        """Make the file an exhibit: compare what was declared, make the object, record both digests."""
        if known := self.assembly.digests():
            self._compare(known)
        if self.assembly.making is not None:
            # from here on whoever finds it can seal it: after a kill the object may be there, its parts no more
            self._acknowledge(*self.assembly.settle())
        try:
            with self._attended():
                stored = self.assembly.complete()
                # resumed in another process: the stored bytes say what came in
                digests = self.assembly.digests() or digests_of(self.here.store.read(stored.key, stored.version))
            self._compare(digests)
            self._register(Received(self.turn.sending.file_name, stored, digests))
        except BaseException:
            with suppress(SendingTakenOver):
                self._settle()  # all of it is there: the next sweep, or the sender, goes on
            raise

    def _register(self, received: Received) -> None:
        sending = self.turn.sending
        try:
            with self.here.database.begin(self.by) as act:
                case = permitted(act.tx, self.by, sending)
                exhibit = collect_file(
                    act,
                    case,
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
            end_unsealed(self.here, self.by, self.turn, End.REFUSED, {"reused": sending.name})
            raise SendingReused(sending.file_name) from None

    def _compare(self, digests: Digests) -> None:
        declared = self.turn.sending.declared_sha256
        if declared and declared != digests.sha256:
            end_unsealed(self.here, self.by, self.turn, End.REFUSED, {"declared": declared, "received": digests.sha256})
            raise DigestMismatch(self.turn.sending.file_name, "SHA-256", declared, digests.sha256)

    @contextmanager
    def _attended(self) -> Iterator[None]:
        """While a file is sealed, however long that takes, nobody else takes it for left."""
        done = Event()

        def attend() -> None:
            while not done.wait(KEPT_EVERY):
                try:
                    with self.here.database.begin(self.by) as act:
                        keep_turn(act, self.turn)
                except SendingTakenOver:
                    return  # or it is sealed

        attending = Thread(target=attend, name="attend", daemon=True)
        attending.start()
        try:
            yield
        finally:
            done.set()
            attending.join()

    @contextmanager
    def losses(self) -> Iterator[None]:
        """What the store says of parts that are gone ends the sending."""
        try:
            yield
        except (MakingUnknown, PartsDiffer) as reason:
            end_unsealed(self.here, self.by, self.turn, End.LOST)
            raise PartsLost(self.turn.sending.file_name) from reason


def end_unsealed(here: Installation, by: Actor, turn: Turn, end: End, reason: dict[str, Any] | None = None) -> None:
    """End a sending that became no exhibit, say so in the record, and remove its parts."""
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
    if sending.making is not None:
        with suppress(StoreUnavailable):  # what is left there is no object, and the store clears it in time
            here.store.abandon(sending.object_key, sending.making)


def permitted(tx: Session, by: Actor, sending: Sending) -> Case:
    case = tx.get_one(Case, sending.case_id)
    return case_for(tx, by, case.number, Permission.COLLECT_EXHIBIT)
