"""A file announced: what its sender says of it, checked, and the sending that it becomes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlmodel import Session, col, func, select

from evidence.act import Act
from evidence.errors import EmptyFile, FileTooLarge, KindNeedsSample, SendingReused, TooManyUnfinished
from evidence.exhibit import Kind, sent_as
from evidence.intake import checked_digest, checked_file_name
from evidence.register import Case
from evidence.sending import LARGEST_FILE, Sending, Turn, known_as, take_turn

MOST_UNDER_WAY = 500
"""Sendings of one person: each may keep a tail in the database."""


@dataclass(frozen=True)
class Announced:
    """``length`` in bytes. ``name`` is the sender's own name of this one sending, none where he gives it none."""

    file_name: str
    length: int
    kind: Kind
    name: str | None = None
    title: str = ""
    declared_sha256: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def checked(self) -> "Announced":
        """The same as it is kept.

        Raises EmptyFile, FileTooLarge, FileNameRefused, DigestUnreadable, KindNeedsSample.
        """
        file_name = checked_file_name(self.file_name)
        declared = checked_digest(self.declared_sha256) if self.declared_sha256 else None
        if self.kind.tangible:
            raise KindNeedsSample(file_name)
        if self.length == 0:
            raise EmptyFile(file_name)
        if self.length > LARGEST_FILE:
            raise FileTooLarge(file_name, LARGEST_FILE >> 30)
        return replace(self, file_name=file_name, declared_sha256=declared, title=self.title.strip())


def begin_sending(act: Act, case: Case, said: Announced) -> Sending:
    """Announce a file. Announced before under the same name by the same person, it is that one again.

    Raises what :meth:`Announced.checked` does, SendingReused, or TooManyUnfinished where he has begun more than he
    ends.
    """
    said = said.checked()
    return _announced_before(act.tx, act.by.id, case, said) or _begun(act, case, said, turn=0)


def begin_turn(act: Act, case: Case, said: Announced) -> tuple[Sending, Turn | None]:
    """As :func:`begin_sending`, for a file whose bytes come with the announcement: its first turn is taken with it.

    No turn where it has ended, or where some of it has come in before: where to go on its sender has to ask.
    """
    said = said.checked()
    known = _announced_before(act.tx, act.by.id, case, said)
    if known is None:
        begun = _begun(act, case, said, turn=1)
        return begun, Turn(begun, begun.turn, (), b"")
    return known, take_turn(act, known) if known.end is None and known.offset == 0 else None


def _announced_before(tx: Session, person_id: int, case: Case, said: Announced) -> Sending | None:
    if said.name is None:
        return None
    known = known_as(tx, person_id, said.name)
    if known is not None:
        same = (known.case_id, known.file_name, known.length) == (case.id, said.file_name, said.length)
        if not same or (said.declared_sha256 and known.declared_sha256 not in {None, said.declared_sha256}):
            raise SendingReused(said.file_name)
    elif sent_as(tx, said.name, person_id) is not None:  # in one request, before
        raise SendingReused(said.file_name)
    return known


def _begun(act: Act, case: Case, said: Announced, *, turn: int) -> Sending:
    under_way = select(func.count()).where(Sending.person_id == act.by.id, col(Sending.end).is_(None))
    if act.tx.exec(under_way).one() >= MOST_UNDER_WAY:
        raise TooManyUnfinished(MOST_UNDER_WAY)
    sending = Sending(
        name=said.name or secrets.token_hex(16),
        case_id=case.id,
        person_id=act.by.id,
        file_name=said.file_name,
        kind=said.kind,
        title=said.title,
        facts=dict(said.facts),
        declared_sha256=said.declared_sha256,
        length=said.length,
        turn=turn,
        object_key=f"originals/{secrets.token_hex(16)}",
        begun_at=act.at,
        moved_at=act.at,
    )
    act.tx.add(sending)
    act.tx.flush()
    return sending
