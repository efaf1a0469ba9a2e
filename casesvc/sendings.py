"""Taking files in over many requests: each goes on with a sending, acknowledges what is safe, and seals what is whole.

State is in the database and the store. A process only remembers digests that are under way, so that a file it has seen
all of need not be read back; one that was resumed elsewhere is sealed by reading the stored bytes.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy.exc import IntegrityError

from casesvc.accounts import actor_of_person
from casesvc.acts import now, system_actor
from casesvc.errors import ServiceError
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.taking import Checksum, Taking, abandon, end_unsealed, permitted, remembered
from evidence.act import Actor
from evidence.announcing import Announced, begin_sending, begin_turn
from evidence.assembly import Assembly
from evidence.errors import (
    DigestMismatch,
    EvidenceError,
    LongerThanDeclared,
    OffsetDiffers,
    PartsLost,
    SendingTakenOver,
)
from evidence.register import Case
from evidence.sending import (
    End,
    Sending,
    Turn,
    check_under_way,
    left_since,
    sending_named,
    take_turn,
)

log = logging.getLogger(__name__)
LEFT = timedelta(minutes=2)
"""A sending that nobody has moved for so long is nobody's."""


def announce(here: Installation, by: Actor, case_number: str, said: Announced) -> Sending:
    """Announce a file, to be sent piece by piece; announced before under the same name, it is that."""

    def begin() -> Sending:
        with here.database.begin(by) as act:
            case = case_for(act.tx, by, case_number, Permission.COLLECT_EXHIBIT)
            return begin_sending(act, case, said)

    try:
        return begin()
    except IntegrityError:  # announced twice at once: now the first is there
        return begin()


def announce_and_take(
    here: Installation,
    by: Actor,
    case_number: str,
    said: Announced,
    blocks: Iterable[bytes],
    *,
    checksum: Checksum | None = None,
) -> Sending:
    """Announce a file and take in its first bytes, which come along; as :func:`announce` and :func:`go_on`.

    Of one that was announced before and has come in in part, none are taken.
    """

    def begin() -> tuple[Case, Sending, Turn | None]:
        with here.database.begin(by) as act:
            case = case_for(act.tx, by, case_number, Permission.COLLECT_EXHIBIT)
            return case, *begin_turn(act, case, said)

    try:
        case, sending, turn = begin()
    except IntegrityError:
        case, sending, turn = begin()
    if turn is None:
        return sending
    return _take(here, by, case, turn, blocks, checksum)


def own_sending(here: Installation, by: Actor, name: str) -> Sending:
    """A sending as it stands, for the person who sends it."""
    with here.database.reading() as tx:
        sending = sending_named(tx, by.id, name)
        permitted(tx, by, sending)
        return sending


def go_on(
    here: Installation,
    by: Actor,
    name: str,
    offset: int,
    blocks: Iterable[bytes],
    *,
    size: int | None = None,
    checksum: Checksum | None = None,
    declared_sha256: str | None = None,
) -> Sending:
    """Take in the piece of a file that begins at ``offset``; with its last byte the file becomes an exhibit.

    ``size`` is what the sender says of the piece, where he does: one that is too long is not begun.

    However it ends, short of the process dying, what has come in is acknowledged and need not be sent again; only a
    piece with a checksum counts whole or not at all. Raises OffsetDiffers, SendingEnded, SendingTakenOver,
    LongerThanDeclared, ChecksumDiffers, DigestMismatch, PartsLost, StorageError.
    """
    with here.database.begin(by) as act:
        sending = sending_named(act.tx, by.id, name)
        case = permitted(act.tx, by, sending)
        check_under_way(sending)
        if offset != sending.offset:
            raise OffsetDiffers(sending.file_name, offset, sending.offset)
        if size is not None and offset + size > sending.length:
            raise LongerThanDeclared(sending.file_name, sending.length)
        turn = take_turn(act, sending, declared_sha256=declared_sha256)
    return _take(here, by, case, turn, blocks, checksum)


def _take(
    here: Installation, by: Actor, case: Case, turn: Turn, blocks: Iterable[bytes], checksum: Checksum | None
) -> Sending:
    """The sending as it stands after this turn."""
    running = remembered.take(turn.sending.name, turn.sending.offset)
    with Assembly(here.store, turn, running) as assembly:
        taking = Taking(here, by, case, turn, assembly)
        with taking.at_work():
            if checksum is None:
                taking.take(blocks)
            else:
                taking.take_checked(blocks, checksum)
            if assembly.received == turn.sending.length:
                return taking.seal()
    with here.database.reading() as tx:
        return sending_named(tx, by.id, turn.sending.name)


def expires_at(here: Installation, sending: Sending) -> datetime | None:
    """When a sending ends that nobody goes on with; None for one that is whole or has ended."""
    if sending.end is not None or sending.offset == sending.length:
        return None
    return sending.moved_at + timedelta(hours=here.settings.upload_hours)


def stop(here: Installation, by: Actor, name: str) -> None:
    """The sender does not want it any more; what has come in is removed."""
    with here.database.begin(by) as act:
        sending = sending_named(act.tx, by.id, name)
        turn = take_turn(act, sending)
    _end(here, by, turn, End.STOPPED)


def seal_left(here: Installation, stop: Event) -> int:
    """Seal whole files whose process died or whose store was away; returns how many were tried. ``stop`` ends it."""
    with here.database.reading() as tx:
        left = left_since(tx, now() - LEFT, complete=True)
    tried = 0
    for sending in left:
        if stop.is_set():
            break
        with suppress(SendingTakenOver):
            _seal_left(here, sending)
            tried += 1
    return tried


def _seal_left(here: Installation, left: Sending) -> None:
    with here.database.begin(system_actor()) as act:
        turn = take_turn(act, left, left=True)
    try:
        with here.database.reading() as tx:
            by = actor_of_person(tx, left.person_id)
            case = permitted(tx, by, left)
        with Assembly(here.store, turn, None) as assembly:
            taking = Taking(here, by, case, turn, assembly)
            with taking.at_work():
                taking.seal()
    except (DigestMismatch, PartsLost, SendingTakenOver) as reason:
        log.warning("sending %s was not sealed: %s", left.id, reason)
    except (ServiceError, EvidenceError) as reason:
        # who sent it may not register it any more
        log.warning("sending %s cannot be sealed: %s", left.id, reason)
        _end(here, system_actor(), turn, End.REFUSED, {"permission": str(reason)})


def expire(here: Installation) -> int:
    """End what nobody has gone on with for too long, and remove its parts; returns how many ended."""
    with here.database.reading() as tx:
        left = left_since(tx, now() - timedelta(hours=here.settings.upload_hours), complete=False)
    ended = 0
    for each in left:
        with suppress(SendingTakenOver):
            with here.database.begin(system_actor()) as act:
                turn = take_turn(act, each, left=True)
            _end(here, system_actor(), turn, End.EXPIRED)
            ended += 1
    return ended


def _end(here: Installation, by: Actor, turn: Turn, end: End, reason: dict[str, Any] | None = None) -> None:
    end_unsealed(here, by, turn, end, reason)
    abandon(here, turn.sending, turn.sending.making)
