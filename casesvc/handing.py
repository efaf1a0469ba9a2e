"""Handovers as undertakings: the receiver confirms, the service reads the bytes again, then the act begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore

from sqlmodel import Session, col, or_, select

from casesvc.accounts import Account
from casesvc.confirming import Confirmation, confirm
from casesvc.errors import ReceiverCannot, VerifyingBusy
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, exhibits_in, is_guest
from evidence.act import Actor
from evidence.custody import rules_of
from evidence.custody_event import EventType
from evidence.custody_rules import Receiver
from evidence.digest import digests_of
from evidence.errors import HandoverUnknown
from evidence.exhibit import Original, originals_of
from evidence.handing_over import Checked, To
from evidence.handover import POOLS, Handover, handover_by_number, rule_of
from evidence.register import Case, Level, Person, Unit
from storage import ObjectMissing, StoreUnavailable

READ_AT_ONCE = 2
_READING = BoundedSemaphore(READ_AT_ONCE)  # a film keeps a thread for minutes; pages must not wait for one


def handover_for(tx: Session, by: Actor, case_number: str, number: str) -> tuple[Case, Handover]:
    """A handover that ``by`` gives or receives, or may see; of a case that he may not see it is unknown."""
    case = case_for(tx, by, case_number, Permission.SEE_EXHIBIT)
    found = handover_by_number(tx, case, number)
    concerned = by.id in {found.giver_id, found.receiver_id} or found.receiver_unit_id == by.unit_id
    if is_guest(by) and not concerned:
        raise HandoverUnknown(number)
    return case, found


def signed(here: Installation, by: Actor, case_number: str, permission: Permission, given: Confirmation) -> str:
    """The means by which ``by`` confirmed what he may do: nobody spends a code on what is refused to him anyway."""
    with here.database.reading() as tx:
        case_for(tx, by, case_number, permission)
    return confirm(here, by, given).means.value


def reread(here: Installation, by: Actor, case_number: str, numbers: Sequence[str]) -> dict[str, Checked]:
    """Read the stored bytes of the electronic exhibits among ``numbers`` and compare both digests.

    Outside any transaction, as a recording takes minutes. Bytes that are gone or cannot be read differ from those
    registered; StoreUnavailable where the store itself is away.
    """
    with here.database.reading() as tx:
        case = case_for(tx, by, case_number, Permission.RECEIVE_EXHIBIT)
        exhibits = exhibits_in(tx, by, case, numbers)
        originals = originals_of(tx, case, [exhibit.id for exhibit in exhibits]) if exhibits else {}
    files = [(each.number, originals[each.id]) for each in exhibits if each.id in originals]
    if not files:
        return {}
    if not _READING.acquire(blocking=False):
        raise VerifyingBusy(READ_AT_ONCE)
    try:
        return {number: _compare(here, original) for number, original in files}
    finally:
        _READING.release()


def _compare(here: Installation, original: Original) -> Checked:
    try:
        found = digests_of(here.store.read(original.object_key, original.object_version))
    except ObjectMissing:
        return Checked("", "", unchanged=False)
    except StoreUnavailable:
        here.store.stat(original.object_key, original.object_version)  # raises when it is the store that is away
        return Checked("", "", unchanged=False)
    same = (found.size, found.sha256, found.sm3) == (original.size, original.sha256, original.sm3)
    return Checked(found.sha256, found.sm3, unchanged=same)


@dataclass(frozen=True)
class Colleague:
    """Somebody with an account who can receive exhibits of a case."""

    person: Person
    unit: str
    roles: frozenset[str]


def colleagues(tx: Session, case: Case) -> list[Colleague]:
    """Who may receive exhibits of a case: people of its unit, and of the city centre, with a role that receives."""
    query = (
        select(Account, Person, Unit)
        .join(Person, col(Account.person_id) == col(Person.id))
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(col(Account.disabled_at).is_(None))
        .where(or_(Unit.id == case.unit_id, Unit.level == Level.CITY))
        .order_by(col(Unit.code).desc(), col(Person.name))
    )
    found = [
        Colleague(person, unit.name, frozenset(account.roles.split(","))) for account, person, unit in tx.exec(query)
    ]
    return [each for each in found if not each.roles.isdisjoint(Permission.RECEIVE_EXHIBIT.roles)]


def check_receiver(tx: Session, case: Case, type_: EventType, to: To) -> None:
    """ReceiverCannot where the person named has no account, or not the role that such a handover needs."""
    receiver = rule_of(rules_of(case), type_).receiver
    role = POOLS.get(receiver)
    if to.person is not None:
        known = {each.person.id: each.roles for each in colleagues(tx, case)}
        roles = known.get(to.person.id)
        if roles is None or (role is not None and role not in roles):
            raise ReceiverCannot(to.person.name, receiver.label)
    elif to.unit is not None and receiver is Receiver.CUSTODIAN and to.unit.id != case.unit_id:
        raise ReceiverCannot(to.unit.name, receiver.label)
