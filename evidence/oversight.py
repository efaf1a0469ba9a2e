"""What others say of an exhibit's keeping: a request and its approval, a take-over and its review, a correction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evidence.act import Act
from evidence.chain import Statement
from evidence.columns import Labelled
from evidence.custody import Entry, locked, record_all, rules_of
from evidence.custody_event import CustodyEvent, EventType
from evidence.custody_facts import check_photos
from evidence.custody_rules import Receiver
from evidence.errors import (
    ActOutOfPlace,
    AlreadyHeld,
    CorrectionRefused,
    DecidesOwn,
    FactMissing,
    HappensLater,
    NotRequestable,
    RequestNotOpen,
    RequestStands,
    ReviewNotOpen,
)
from evidence.exhibit import Exhibit
from evidence.handing_over import holder_stated, received_as
from evidence.handover import POOLS, close_open_offers
from evidence.intake import Hazard
from evidence.moments import rfc3339
from evidence.register import Case


class Decision(Labelled):
    """What was decided."""

    AGREED = "agreed", "同意"
    REFUSED = "refused", "不同意"


FIXED = frozenset(
    {
        "from",
        "to",
        "file",
        "handover",
        "offer",
        "checked",
        "paper",
        "breach",
        "confirmed_by",
        "kind",
        "supersedes",
        "facts",
        "decision",
        "act",
        "request",
        "parent",
        "children",
        "quantity_after",
        "seal_after",
        "result",
        "findings",
        "term",
        "remote_returned_at",
        "happened_at",
        "received_as",
        "place_code",
        "relation",
        "event",
        "quantity_before",
        "whereabouts",
        "hand_in_until",
        "opinion",
    }
)
"""Facts that no correction changes: what the service found, who acted, what limits run from, and what other rows were
made of; when something happened has an argument of its own.

A wrong seal number is put right by what is done at the exhibit, resealing, which states both numbers.
"""


TAKEN = ("seal_before", "quantity", "condition", "place", "photos", "remark")
"""What can be said of an exhibit that is taken over."""


def request(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    type_: EventType,
    *,
    reason: str,
    to: str = "",
    term: datetime | None = None,
) -> CustodyEvent:
    """Ask for approval of an act that needs it: borrowing, return to the owner, destruction."""
    rules = rules_of(case)
    rule = rules.acts.get(type_) or rules.handovers.get(type_)
    if rule is None or not rule.approval:
        raise NotRequestable(type_.label)
    if not reason.strip():
        raise FactMissing("申请理由")
    if type_ is EventType.BORROWED and term is None:
        raise FactMissing("归还期限")
    if term is not None and term <= act.at:
        raise FactMissing("晚于现在的期限")
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    if chain.standing.request is not None:
        raise RequestStands(exhibit.number)
    if not chain.standing.here:
        raise ActOutOfPlace(exhibit.number, type_.label, chain.standing.where.label)
    facts: dict[str, Any] = {"act": type_.value, "reason": reason.strip()}
    if to.strip():
        facts["receiver"] = to.strip()
    if term is not None:
        facts["term"] = rfc3339(term)
    return record_all(act, [Entry(chain, EventType.REQUESTED, facts)])[0]


def approve(
    act: Act, case: Case, exhibit: Exhibit, *, decision: Decision, opinion: str, confirmed_by: str
) -> CustodyEvent:
    """Decide on the open request; who asked does not decide."""
    if not opinion.strip():
        raise FactMissing("审批意见")
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    seq = chain.standing.request
    if seq is None:
        raise RequestNotOpen(exhibit.number)
    asked = chain.said[seq]
    if asked.by.id == act.by.id:
        raise DecidesOwn(exhibit.number, act.by.name)
    facts = {
        "act": asked.facts["act"],
        "request": seq,
        "decision": decision.value,
        "opinion": opinion.strip(),
        "confirmed_by": confirmed_by,
    }
    return record_all(act, [Entry(chain, EventType.APPROVED, facts)])[0]


def take_over(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    *,
    reason: str,
    confirmed_by: str,
    facts: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
) -> CustodyEvent:
    """Take an exhibit without its giver, because it could not wait; a supervisor reviews it, and it stays visible.

    ``facts``: seal_before, quantity, condition, place, photos, remark as found.
    """
    if not reason.strip():
        raise FactMissing("紧急接管的原因")
    if happened_at is not None and happened_at > act.at:
        raise HappensLater(EventType.TAKEN_OVER.label)
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    standing = chain.standing
    if not standing.here:
        raise ActOutOfPlace(exhibit.number, EventType.TAKEN_OVER.label, standing.where.label)
    if standing.holder.id == act.by.id:
        raise AlreadyHeld(exhibit.number, act.by.name)
    found = {fact: value for fact, value in (facts or {}).items() if value and fact in TAKEN}
    check_photos(act.tx, case, found)
    said: dict[str, Any] = {
        **found,
        "from": holder_stated(standing.holder),
        "to": act.by.as_recorded(),
        "reason": reason.strip(),
        "confirmed_by": confirmed_by,
        **received_as(act, standing),
    }
    events = record_all(act, [Entry(chain, EventType.TAKEN_OVER, said, happened_at)])
    close_open_offers(act, events)
    return events[0]


def review(
    act: Act, case: Case, exhibit: Exhibit, *, decision: Decision, opinion: str, confirmed_by: str
) -> CustodyEvent:
    """A supervisor says whether a take-over was in order; not of his own."""
    if not opinion.strip():
        raise FactMissing("审查意见")
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    seq = chain.standing.review
    if seq is None:
        raise ReviewNotOpen(exhibit.number)
    if chain.said[seq].by.id == act.by.id:
        raise DecidesOwn(exhibit.number, act.by.name)
    facts = {
        "taken_over": seq,
        "decision": decision.value,
        "opinion": opinion.strip(),
        "confirmed_by": confirmed_by,
    }
    return record_all(act, [Entry(chain, EventType.REVIEWED, facts)])[0]


def correct(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    seq: int,
    facts: Mapping[str, str],
    *,
    reason: str,
    happened_at: datetime | None = None,
) -> CustodyEvent:
    """Say what is right of an earlier event; both stay and both are shown.

    By who said it, or a custodian. Only facts that the event states as text can be corrected, and when it happened;
    never who acted, what moved, or what the service itself found.
    """
    if not reason.strip():
        raise FactMissing("更正原因")
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    if not 0 <= seq < len(chain.said):
        raise CorrectionRefused(seq + 1, "没有这个事件")
    said = chain.said[seq]
    if said.kind == EventType.CORRECTED:
        raise CorrectionRefused(seq + 1, "更正本身不再更正，请对原事件再作更正")
    if said.by.id != act.by.id and POOLS[Receiver.CUSTODIAN] not in act.by.roles:
        raise CorrectionRefused(seq + 1, "由登记人本人或物证保管人更正")
    right = _put_right(seq, said, facts)
    if happened_at is not None:
        if happened_at > (said.recorded or act.at):
            raise HappensLater(EventType.CORRECTED.label)
        right["happened_at"] = rfc3339(happened_at)
    if not right:
        raise FactMissing("更正后的内容")
    correction = {"supersedes": seq, "facts": right, "reason": reason.strip()}
    return record_all(act, [Entry(chain, EventType.CORRECTED, correction)])[0]


def _put_right(seq: int, said: Statement, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that differ from what was said; CorrectionRefused for those that no correction changes."""
    right: dict[str, str] = {}
    for fact, value in facts.items():
        unknown_mark = fact == "hazard" and value.strip() not in {"", *Hazard}  # lists and labels look it up
        if fact in FIXED or unknown_mark or not isinstance(said.facts.get(fact, ""), str):
            raise CorrectionRefused(seq + 1, "该项内容不能更正")
        if value.strip() and value.strip() != said.facts.get(fact, ""):
            right[fact] = value.strip()
    return right
