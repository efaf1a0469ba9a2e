"""Storage places as a person meets them: those he may see, and acts that put exhibits into one of his unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from casesvc.errors import InputRefused, OutsideUnit
from casesvc.permissions import (
    Permission,
    check_case,
    exhibit_in,
    exhibits_to_record,
    may,
    require,
    visible_units,
)
from evidence.act import Act, Actor
from evidence.custody import CustodyStanding, lock_chains, perform_all
from evidence.custody_event import EventType
from evidence.errors import CaseUnknown, ExhibitUnknown, LabelUnknown, PlaceUnknown
from evidence.exhibit import Exhibit
from evidence.place import StoragePlace, place_by_code, place_facts
from evidence.place_rules import place_breaks
from evidence.register import Case, Unit
from evidence.standing import Whereabouts

_OF_THE_UNIT = {Permission.MANAGE_PLACES, Permission.RECORD_CUSTODY}


def place_for(tx: Session, by: Actor, unit: str, code: str, permission: Permission) -> StoragePlace:
    """The place, if ``by`` may do this with it: one of a unit that he may not see is unknown to him.

    Only its own unit changes it or puts something into it: OutsideUnit.
    """
    require(by, permission)
    seen = visible_units(tx, by) if may(by, Permission.SEE_PLACES) else {by.unit_id}
    found = tx.exec(select(Unit).where(Unit.code == unit, col(Unit.id).in_(seen))).one_or_none()
    if found is None:
        raise PlaceUnknown(code)
    place = place_by_code(tx, found.id, code)
    if permission in _OF_THE_UNIT and place.unit_id != by.unit_id:
        raise OutsideUnit(code)
    return place


@dataclass(frozen=True)
class Placed:
    """What an act says of the place it puts exhibits into, and the duties that this breaks, by exhibit id."""

    facts: dict[str, str] = field(default_factory=dict)
    broken: dict[int, list[str]] = field(default_factory=dict)


def placed(act: Act, code: str, exhibits: Sequence[Exhibit], arrived: Counter[int] | None = None) -> Placed:
    """The place of ``act.by``'s unit that ``code`` names; nothing where none is named.

    Call it before any chain is locked; with the same ``arrived`` for each place of an act that names several.
    """
    if not code:
        return Placed()
    return _into(act, place_by_code(act.tx, act.by.unit_id, code), exhibits, arrived)


def _into(act: Act, place: StoragePlace, exhibits: Sequence[Exhibit], arrived: Counter[int] | None = None) -> Placed:
    facts = place_facts(act.tx, place.unit_id, place.code)
    return Placed(facts, place_breaks(act.tx, place, exhibits, arrived))


def place_code(type_: EventType, facts: Mapping[str, Any]) -> str:
    """The code that the facts of an act name, where it is one that puts an exhibit into a place."""
    return str(facts.get("place_code") or "") if type_ in {EventType.STORED, EventType.MOVED} else ""


def put_away(
    act: Act, place: StoragePlace, numbers: Sequence[str], *, reason: str = "", breach_reason: str = ""
) -> list[tuple[Case, Exhibit]]:
    """Put exhibits, of any cases that the person works on, into a place of his unit, all or none.

    What was on a shelf already is moved, for which the law wants a reason; the rest is stored.
    """
    found = _seen(act.tx, act.by, numbers)
    for number in {case.number for case, _ in found}:
        of_case = [exhibit.number for case, exhibit in found if case.number == number]
        exhibits_to_record(act.tx, act.by, number, of_case, EventType.STORED)
    into = _into(act, place, [exhibit for _, exhibit in found])
    lock_chains(act.tx, [exhibit for _, exhibit in found])
    wanted: dict[tuple[int, EventType], list[Exhibit]] = {}
    for case, exhibit in found:
        row = act.tx.get_one(CustodyStanding, exhibit.id, populate_existing=True)
        moved = row.whereabouts is Whereabouts.STORED and row.place != ""
        wanted.setdefault((case.id, EventType.MOVED if moved else EventType.STORED), []).append(exhibit)
    facts = {**into.facts, "reason": reason}
    for (case_id, type_), exhibits in wanted.items():
        case = act.tx.get_one(Case, case_id)
        perform_all(act, case, exhibits, type_, facts, breach_reason=breach_reason, also_broken=into.broken)
    return found


def _seen(tx: Session, by: Actor, numbers: Sequence[str]) -> list[tuple[Case, Exhibit]]:
    """The exhibits with their cases in the order in which chains are locked; LabelUnknown for one he may not see."""
    if not numbers:
        raise InputRefused("请先扫描或填写证据。")
    return [exhibit_seen(tx, by, number) for number in sorted(set(numbers))]


def exhibit_seen(tx: Session, by: Actor, number: str) -> tuple[Case, Exhibit]:
    """An exhibit by its number alone, with its case; LabelUnknown where ``by`` may not see it."""
    exhibit = tx.exec(select(Exhibit).where(Exhibit.number == number)).one_or_none()
    if exhibit is None:
        raise LabelUnknown(number)
    case = tx.get_one(Case, exhibit.case_id)
    try:
        check_case(tx, by, case, Permission.SEE_EXHIBIT)
        return case, exhibit_in(tx, by, case, number)
    except (CaseUnknown, ExhibitUnknown):
        raise LabelUnknown(number) from None
