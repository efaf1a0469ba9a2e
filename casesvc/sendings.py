"""Taking files in over many requests: each goes on with a sending, acknowledges what is safe, and seals what is whole.

State is in the database and the store. A process only remembers digests that are under way, so that a file it has seen
all of need not be read back; one that was resumed elsewhere is sealed by reading the stored bytes.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from casesvc.accounts import actor_of_person
from casesvc.acts import now, system_actor
from casesvc.errors import AccountUnknown, ServiceError
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.taking import Checksum, Taking, end_unsealed, permitted, remembered
from evidence.act import Actor
from evidence.assembly import Assembly
from evidence.errors import DigestMismatch, EvidenceError, OffsetDiffers, PartsLost, SendingTakenOver
from evidence.exhibit import Kind
from evidence.sending import End, Sending, begin_sending, check_under_way, left_since, sending_named, take_turn

log = logging.getLogger(__name__)
LEFT = timedelta(minutes=2)
"""A sending that nobody has moved for so long is nobody's."""


def announce(
    here: Installation,
    by: Actor,
    case_number: str,
    *,
    name: str | None,
    file_name: str,
    length: int,
    kind: Kind,
    title: str = "",
    declared_sha256: str | None = None,
    facts: Mapping[str, str] | None = None,
) -> Sending:
    """Announce a file of ``length`` bytes, to be sent piece by piece; announced before under ``name``, it is that."""
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, case_number, Permission.COLLECT_EXHIBIT)
        return begin_sending(
            act,
            case,
            name=name,
            file_name=file_name,
            length=length,
            kind=kind,
            title=title,
            declared_sha256=declared_sha256,
            facts=dict(facts or {}),
        )


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
    checksum: Checksum | None = None,
    declared_sha256: str | None = None,
) -> Sending:
    """Take in the piece of a file that begins at ``offset``; with its last byte the file becomes an exhibit.

    However it ends, what has come in is acknowledged and need not be sent again; only a piece with a checksum counts
    whole or not at all. Raises OffsetDiffers, SendingEnded, SendingTakenOver, LongerThanDeclared, ChecksumDiffers,
    DigestMismatch, PartsLost, StorageError.
    """
    with here.database.begin(by) as act:
        sending = sending_named(act.tx, by.id, name)
        permitted(act.tx, by, sending)
        check_under_way(sending)
        if offset != sending.offset:
            raise OffsetDiffers(sending.file_name, offset, sending.offset)
        turn = take_turn(act, sending, declared_sha256=declared_sha256)
    with Assembly(here.store, turn, remembered.take(name, offset)) as assembly:
        taking = Taking(here, by, turn, assembly)
        with taking.losses():
            if checksum is None:
                taking.take(blocks)
            else:
                taking.take_checked(blocks, checksum)
            if assembly.received == sending.length:
                taking.seal()
    return own_sending(here, by, name)


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
    end_unsealed(here, by, turn, End.STOPPED)


def seal_left(here: Installation) -> int:
    """Seal whole files whose process died or whose store was away; returns how many were looked at."""
    with here.database.reading() as tx:
        left = left_since(tx, now() - LEFT, complete=True)
    for sending in left:
        with suppress(SendingTakenOver):
            _seal_left(here, sending)
    return len(left)


def _seal_left(here: Installation, left: Sending) -> None:
    with here.database.begin(system_actor()) as act:
        sending = act.tx.get_one(Sending, left.id)
        turn = take_turn(act, sending)
    try:
        with here.database.reading() as tx:
            by = actor_of_person(tx, sending.person_id)
        with Assembly(here.store, turn, None) as assembly:
            taking = Taking(here, by, turn, assembly)
            with taking.losses():
                taking.seal()
    except (DigestMismatch, PartsLost):
        log.warning("sending %s ended when it was sealed", sending.id, exc_info=True)
    except (AccountUnknown, ServiceError, EvidenceError) as reason:
        # who sent it may not register it any more
        log.warning("sending %s cannot be sealed: %s", sending.id, reason)
        end_unsealed(here, system_actor(), turn, End.REFUSED, {"permission": str(reason)})


def expire(here: Installation) -> int:
    """End what nobody has gone on with for too long, and remove its parts; returns how many ended."""
    with here.database.reading() as tx:
        left = left_since(tx, now() - timedelta(hours=here.settings.upload_hours), complete=False)
    ended = 0
    for each in left:
        with suppress(SendingTakenOver):
            with here.database.begin(system_actor()) as act:
                turn = take_turn(act, act.tx.get_one(Sending, each.id))
            end_unsealed(here, system_actor(), turn, End.EXPIRED)
            ended += 1
    return ended
