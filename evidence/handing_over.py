"""Handing over: the giver offers, the receiver checks and accepts or rejects each exhibit; custody moves only then.

Both sides are events in the exhibit's chain: ``offered`` by the giver, then the act itself or ``rejected`` by the
receiver, or ``withdrawn`` by the giver.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import NamedPerson, moment_stated
from evidence.custody import Entry, Locked, lock_chains, locked, record_all, rules_of
from evidence.custody_event import CustodyEvent, EventType
from evidence.custody_facts import check_photos, check_witnesses, excuse
from evidence.custody_rules import HandoverRule, Receiver
from evidence.errors import (
    ActOutOfPlace,
    FactMissing,
    HandoverAnswered,
    HappensLater,
    NotHandover,
    NotTheGiver,
    NotTheReceiver,
    OfferOpen,
    ReceiverIsGiver,
    ReceiverMissing,
    StoredBytesDiffer,
)
from evidence.exhibit import Exhibit, Kind
from evidence.family import Kinship, Relation
from evidence.handover import (
    POOLS,
    Handover,
    HandoverItem,
    Outcome,
    end_items,
    exhibits_open,
    is_receiver,
    may_receive,
    open_items,
    rule_of,
)
from evidence.handover_paper import paper_stated
from evidence.moments import BEIJING, rfc3339
from evidence.quantity import differ
from evidence.register import Case, Person, Unit, next_serial
from evidence.standing import Standing


@dataclass(frozen=True)
class To:
    """Who is to receive: exactly one of a person, a unit's keepers (or laboratory), somebody outside."""

    person: Person | None = None
    unit: Unit | None = None
    name: str = ""
    organisation: str = ""
    document: str = ""

    def stated(self, tx: Session) -> dict[str, Any]:
        """As an event names him."""
        if self.person is not None:
            unit = tx.get_one(Unit, self.person.unit_id).name
            certificate = self.person.certificate
            return {"id": self.person.id, "name": self.person.name, "unit": unit, "certificate": certificate}
        if self.unit is not None:
            return {"unit": self.unit.name}
        return {"name": self.name, "unit": self.organisation, "certificate": self.document}


@dataclass(frozen=True)
class Checked:
    """What re-reading an original's stored bytes gave, at the moment of the handover."""

    sha256: str
    sm3: str
    unchanged: bool

    def stated(self) -> dict[str, str]:
        result = "unchanged" if self.unchanged else "differs"
        return {"result": result, "sha256": self.sha256, "sm3": self.sm3}


@dataclass(frozen=True)
class Answer:
    """What the receiver says of one exhibit: accepted, with what he found, or rejected with the reason.

    ``facts``: seal_before, quantity, condition, place, place_code, photos, witness, witnesses, remark.
    ``also_broken``: the duties that its place breaks (:func:`evidence.place_rules.place_breaks`).
    """

    exhibit: Exhibit
    accepted: bool
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    checked: Checked | None = None
    also_broken: Sequence[str] = ()

    @property
    def outcome(self) -> Outcome:
        return Outcome.ACCEPTED if self.accepted else Outcome.REJECTED


ANSWERED = ("seal_before", "quantity", "condition", "place", "place_code", "photos", "witness", "witnesses", "remark")
TAKEN_BACK = frozenset({EventType.RECEIVED_BACK, EventType.RETURNED})
OFFERED = ("seal_before", "quantity", "condition", "remark")


def offer(
    act: Act,
    case: Case,
    type_: EventType,
    exhibits: Sequence[Exhibit],
    to: To,
    *,
    purpose: str,
    term: datetime | None = None,
    facts: Mapping[int, Mapping[str, str]] | None = None,
    breach_reason: str = "",
) -> Handover:
    """Offer exhibits that ``act.by`` holds; he stays their holder until the receiver has accepted.

    ``facts`` by exhibit id: seal_before, quantity, condition and remark as the giver sees them.
    """
    rules = rules_of(case)
    rule = rule_of(rules, type_)
    _check_offer(act, rule, exhibits, to, purpose, term)
    term = term if rule.term else None  # what is kept, or gone for good, has none
    chains = locked(act.tx, case, exhibits)
    for chain in chains.values():
        _may_offer(act, chain, rule)
    unit = act.tx.get_one(Unit, case.unit_id)
    year = act.at.astimezone(BEIJING).year
    handover = Handover(
        number=f"JJ{unit.code}{year}{next_serial(act.tx, f'handover/{unit.code}/{year}'):04d}",
        case_id=case.id,
        type=type_,
        giver_id=act.by.id,
        receiver_id=to.person.id if to.person else None,
        receiver_unit_id=to.unit.id if to.unit else None,
        outside={} if to.person or to.unit else to.stated(act.tx),
        purpose=purpose.strip(),
        term=term,
        offered_at=act.at,
    )
    act.tx.add(handover)
    act.tx.flush()
    offered = {
        "handover": handover.number,
        "act": type_.value,
        "from": act.by.as_recorded(),
        "to": to.stated(act.tx),
        "purpose": handover.purpose,
        **({"term": rfc3339(term)} if term else {}),
    }
    entries = []
    for id_, chain in chains.items():
        given = (facts or {}).get(id_, {})
        said: dict[str, Any] = {**offered, **{fact: given[fact] for fact in OFFERED if given.get(fact)}}
        broken = _offer_breaks(rule, type_, chain.standing, said)
        entries.append(Entry(chain, EventType.OFFERED, excuse(rules, said, broken, breach_reason, chain.exhibit)))
    events = record_all(act, entries)
    act.tx.add_all(HandoverItem(handover_id=handover.id, exhibit_id=on.exhibit_id, seq=on.seq) for on in events)
    act.tx.flush()
    return handover


def _check_offer(
    act: Act, rule: HandoverRule, exhibits: Sequence[Exhibit], to: To, purpose: str, term: datetime | None
) -> None:
    if not exhibits:
        raise FactMissing("证据")
    if not purpose.strip():
        raise FactMissing("用途")
    for exhibit in exhibits:
        if exhibits.count(exhibit) > 1:
            raise OfferOpen(exhibit.number)
    if rule.term and term is None:
        raise FactMissing("期限")
    if term is not None and term <= act.at:
        raise FactMissing("晚于现在的期限")
    outside = bool(to.name.strip() and to.organisation.strip())
    allowed = {
        Receiver.CUSTODIAN: to.person is not None or to.unit is not None,
        Receiver.COLLEAGUE: to.person is not None,
        Receiver.LABORATORY: to.person is not None or to.unit is not None or outside,
        Receiver.OUTSIDE: outside,
    }
    if not allowed[rule.receiver]:
        raise ReceiverMissing(rule.label, rule.receiver.label)
    if to.person is not None and to.person.id == act.by.id:
        raise ReceiverIsGiver(act.by.name)


def _may_offer(act: Act, chain: Locked, rule: HandoverRule) -> None:
    standing = chain.standing
    if standing.holder.id != act.by.id:
        raise NotTheGiver(chain.exhibit.number, standing.holder.name)
    if standing.offer is not None:
        raise OfferOpen(chain.exhibit.number)
    if standing.where not in rule.where if rule.where else not standing.here:
        raise ActOutOfPlace(chain.exhibit.number, rule.label, standing.where.label)


def _offer_breaks(rule: HandoverRule, type_: EventType, standing: Standing, said: Mapping[str, Any]) -> list[str]:
    broken = []
    if rule.approval and not standing.approved(type_, term=moment_stated(said.get("term"))):
        broken.append("approval_first")
    if standing.seal_differs(said.get("seal_before", "")):
        broken.append("seal_agrees")
    return broken


def answer(
    act: Act,
    case: Case,
    handover: Handover,
    answers: Sequence[Answer],
    *,
    confirmed_by: str,
    breach_reason: str = "",
) -> list[CustodyEvent]:
    """The receiver accepts or rejects each exhibit, having confirmed that it is he (``confirmed_by``: the means)."""
    if not is_receiver(act.by, act.tx, handover):
        raise NotTheReceiver(handover.number)
    extra = {"confirmed_by": confirmed_by}
    return _answer(act, case, handover, answers, act.by.as_recorded(), extra, breach_reason)


def answer_on_paper(
    act: Act,
    case: Case,
    handover: Handover,
    answers: Sequence[Answer],
    *,
    paper: Exhibit,
    confirmed_by: str,
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> list[CustodyEvent]:
    """The giver records that somebody outside has signed: ``paper`` is the scanned D61, an exhibit of the case."""
    if not handover.outside:
        raise NotTheReceiver(handover.number)
    if handover.giver_id != act.by.id:
        raise NotTheGiver(handover.number, act.tx.get_one(Person, handover.giver_id).name)
    if happened_at is not None and happened_at > act.at:
        raise HappensLater(handover.type.label)
    extra = {"paper": paper_stated(act.tx, case, paper, handover, happened_at), "confirmed_by": confirmed_by}
    return _answer(act, case, handover, answers, handover.outside, extra, breach_reason, happened_at)


def take_back(
    act: Act,
    case: Case,
    type_: EventType,
    answers: Sequence[Answer],
    *,
    paper: Exhibit,
    purpose: str,
    confirmed_by: str,
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> list[CustodyEvent]:
    """Receive exhibits from somebody outside who holds them and has signed ``paper``; there was no offer here."""
    rule = rule_of(rules_of(case), type_)
    if not answers:
        raise FactMissing("证据")
    if not purpose.strip():
        raise FactMissing("用途")
    if type_ not in TAKEN_BACK:
        raise NotHandover(type_.label)
    if not may_receive(act.by, rule):
        raise ReceiverMissing(rule.label, rule.receiver.label)
    if happened_at is not None and happened_at > act.at:
        raise HappensLater(type_.label)
    signed = paper_stated(act.tx, case, paper, None, happened_at)
    chains = locked(act.tx, case, [each.exhibit for each in answers])
    receiving = _Receiving(act, case, rule, breach_reason, happened_at)
    _check_each_once(answers, lambda each: NotTheGiver(each.exhibit.number, act.by.name))
    entries = []
    for each in answers:
        standing = chains[each.exhibit.id].standing
        if standing.holder.id is not None:
            raise NotTheGiver(each.exhibit.number, standing.holder.name)
        if standing.where not in rule.where:
            raise ActOutOfPlace(each.exhibit.number, rule.label, standing.where.label)
        said = {
            "from": holder_stated(standing.holder),
            "to": act.by.as_recorded(),
            "paper": signed,
            "purpose": purpose.strip(),
            "confirmed_by": confirmed_by,
            **received_as(act, standing),
            **_found(standing, each),
        }
        said = receiving.excused(standing, each, said)
        entries.append(Entry(chains[each.exhibit.id], type_, said, happened_at))
    return record_all(act, entries)


def holder_stated(holder: NamedPerson) -> dict[str, Any]:
    """A holder as an event names him: without what is not known of somebody outside."""
    return {name: value for name, value in asdict(holder).items() if value is not None}


def _answer(
    act: Act,
    case: Case,
    handover: Handover,
    answers: Sequence[Answer],
    to: dict[str, Any],
    extra: dict[str, Any],
    breach_reason: str,
    happened_at: datetime | None = None,
) -> list[CustodyEvent]:
    if not answers:
        raise FactMissing("证据")
    receiving = _Receiving(act, case, rule_of(rules_of(case), handover.type), breach_reason, happened_at)
    chains = locked(act.tx, case, [each.exhibit for each in answers])
    items = open_items(act.tx, handover, [each.exhibit for each in answers])
    _check_each_once(answers, lambda each: HandoverAnswered(each.exhibit.number, act.by.name, each.outcome.label))
    entries = []
    for each in answers:
        chain = chains[each.exhibit.id]
        said: dict[str, Any] = {
            "handover": handover.number,
            "offer": items[each.exhibit.id].seq,
            "from": holder_stated(chain.standing.holder),
            "to": to,
            **extra,
        }
        if each.accepted:
            said |= {"purpose": handover.purpose, **_found(chain.standing, each)}
            if handover.term:
                said["term"] = rfc3339(handover.term)
            if not handover.outside:
                said |= received_as(act, chain.standing)
            said, type_ = receiving.excused(chain.standing, each, said), handover.type
        else:
            if not each.reason.strip():
                raise FactMissing("拒收原因")
            said |= {"reason": each.reason.strip(), **({"checked": each.checked.stated()} if each.checked else {})}
            type_ = EventType.REJECTED
        entries.append(Entry(chain, type_, said, happened_at))
    events = record_all(act, entries)
    outcomes = [each.outcome for each in answers]
    end_items(act, [(items[on.exhibit_id], on, outcome) for on, outcome in zip(events, outcomes, strict=True)])
    return events


def _check_each_once(answers: Sequence[Answer], refusal: Callable[[Answer], Exception]) -> None:
    """An exhibit that is answered for twice is refused the second time."""
    seen: set[int] = set()
    for each in answers:
        if each.exhibit.id in seen:
            raise refusal(each)
        seen.add(each.exhibit.id)


def _found(standing: Standing, each: Answer) -> dict[str, Any]:
    """What the receiver found, complete for the kind of exhibit; StoredBytesDiffer where the bytes are not the same."""
    found: dict[str, Any] = {fact: each.facts[fact] for fact in ANSWERED if each.facts.get(fact)}
    if not each.exhibit.kind.tangible:
        if each.checked is None:
            raise FactMissing("校验值核对")
        if not each.checked.unchanged:
            raise StoredBytesDiffer(each.exhibit.number)
        return {**found, "checked": each.checked.stated()}
    for fact, label in (("quantity", "清点数量"), ("condition", "接收时的状态")):
        if not found.get(fact):
            raise FactMissing(label)
    if standing.seal and not found.get("seal_before"):
        raise FactMissing("所见封条号")
    return found


@dataclass(frozen=True)
class _Receiving:
    """What is the same for all exhibits that are received in one act."""

    act: Act
    case: Case
    rule: HandoverRule
    breach_reason: str
    happened_at: datetime | None

    def excused(self, standing: Standing, each: Answer, said: dict[str, Any]) -> dict[str, Any]:
        """What is said of one exhibit, with the duties that it broke and why."""
        check_witnesses(self.act, said)
        check_photos(self.act.tx, self.case, said)
        broken = [*each.also_broken, *self._breaks(standing, each.exhibit, said)]
        return excuse(rules_of(self.case), said, broken, self.breach_reason, each.exhibit)

    def _breaks(self, standing: Standing, exhibit: Exhibit, said: Mapping[str, Any]) -> list[str]:
        rule, broken = self.rule, []
        by = self.act.by
        if rule.receiver is Receiver.CUSTODIAN and (standing.collected_by(by.id, by.name) or self._investigates):
            broken.append("custodian_apart")
        if rule.approval and not standing.approved(rule.slug, self.happened_at, moment_stated(said.get("term"))):
            broken.append("approval_first")
        if exhibit.kind.tangible and standing.seal_differs(said.get("seal_before", "")):
            broken.append("seal_agrees")
        if exhibit.kind.tangible and differ(standing.quantity, said.get("quantity", "")):
            broken.append("quantity_agrees")
        if len(said.get("witnesses") or []) < rule.witnesses:
            broken.append("two_witnesses")
        return broken

    @cached_property
    def _investigates(self) -> bool:
        """Whether he took any thing of the case that is not a portion of another."""
        tangible = [kind for kind in Kind if kind.tangible]
        taken = select(Exhibit.id).where(
            Exhibit.case_id == self.case.id,
            Exhibit.collected_by_id == self.act.by.id,
            col(Exhibit.kind).in_(tangible),
            col(Exhibit.id).not_in(select(Kinship.child_id).where(Kinship.relation == Relation.SUB_SAMPLE)),
        )
        return self.act.tx.exec(taken.limit(1)).first() is not None


def received_as(act: Act, standing: Standing) -> dict[str, str]:
    """That a custodian has it, whatever the handover is called."""
    apart = not standing.collected_by(act.by.id, act.by.name)
    return {"received_as": Receiver.CUSTODIAN.value} if apart and POOLS[Receiver.CUSTODIAN] in act.by.roles else {}


def withdraw(act: Act, case: Case, handover: Handover, *, reason: str) -> list[CustodyEvent]:
    """The giver takes back what has not been answered; HandoverAnswered where everything has."""
    if handover.giver_id != act.by.id:
        raise NotTheGiver(handover.number, act.tx.get_one(Person, handover.giver_id).name)
    if not reason.strip():
        raise FactMissing("撤回原因")
    lock_chains(act.tx, exhibits_open(act.tx, handover))
    exhibits = exhibits_open(act.tx, handover)  # the receiver may have been first
    if not exhibits:
        raise HandoverAnswered(handover.number, "全部", Outcome.ACCEPTED.label)
    items = open_items(act.tx, handover, exhibits)
    entries = []
    for id_, chain in locked(act.tx, case, exhibits).items():
        said = {"handover": handover.number, "offer": items[id_].seq, "reason": reason.strip()}
        entries.append(Entry(chain, EventType.WITHDRAWN, said))
    events = record_all(act, entries)
    end_items(act, [(items[event.exhibit_id], event, Outcome.WITHDRAWN) for event in events])
    return events
