"""Handovers: which exhibits were offered by whom to whom, and how each ended: the index of what the chains say.

A handover is never changed: it is withdrawn and offered anew. The acts are in :mod:`evidence.handing_over`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act, Actor
from evidence.append_only import guard
from evidence.columns import Labelled, UtcDateTime, slug
from evidence.custody_event import CustodyEvent, EventType
from evidence.custody_rules import CustodyRules, HandoverRule, Receiver, rules_for
from evidence.errors import HandoverAnswered, HandoverUnknown, NotHandover
from evidence.exhibit import Exhibit
from evidence.register import Case, Person

POOLS = {Receiver.CUSTODIAN: "custodian", Receiver.LABORATORY: "examiner"}
"""Receivers that are whoever has this role in a unit."""


class Outcome(Labelled):
    """How the offer of one exhibit ended."""

    ACCEPTED = "accepted", "已接收"
    REJECTED = "rejected", "已拒收"
    WITHDRAWN = "withdrawn", "已撤回"


class Handover(SQLModel, table=True):
    """One offer: of which act, by whom, to whom. The receiver is a person, the keepers of a unit, or somebody outside
    (``outside``: name, organisation, identity document).
    """

    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    type: EventType = Field(sa_type=slug(EventType))
    giver_id: int = Field(foreign_key="person.id", index=True)
    receiver_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    receiver_unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    outside: dict[str, str] = Field(sa_type=sa.JSON)
    purpose: str = Field(max_length=300)
    term: datetime | None = Field(default=None, sa_type=UtcDateTime)
    offered_at: datetime = Field(sa_type=UtcDateTime)


class HandoverItem(SQLModel, table=True):
    """One exhibit of a handover; ``seq`` is that of its ``offered`` event."""

    __tablename__ = "handover_item"
    id: int = Field(default=None, primary_key=True)
    handover_id: int = Field(foreign_key="handover.id", index=True)
    exhibit_id: int = Field(foreign_key="exhibit.id", index=True)
    seq: int
    __table_args__ = (sa.UniqueConstraint("handover_id", "exhibit_id"),)


class HandoverAnswer(SQLModel, table=True):
    """How an item ended, once; ``seq`` is that of the event that says so."""

    __tablename__ = "handover_answer"
    item_id: int = Field(primary_key=True, foreign_key="handover_item.id", sa_column_kwargs={"autoincrement": False})
    outcome: Outcome = Field(sa_type=slug(Outcome))
    seq: int
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


for model in (Handover, HandoverItem, HandoverAnswer):
    guard(model)


def rule_of(rules: CustodyRules, type_: EventType) -> HandoverRule:
    rule = rules.handovers.get(type_)
    if rule is None:
        raise NotHandover(type_.label)
    return rule


def close_open_offers(act: Act, events: Iterable[CustodyEvent]) -> None:
    """Events that end offers in another way: the items are withdrawn by them."""
    ending = {event.exhibit_id: event for event in events}
    query = select(HandoverItem).where(col(HandoverItem.exhibit_id).in_(ending), _unanswered())
    end_items(act, [(item, ending[item.exhibit_id], Outcome.WITHDRAWN) for item in act.tx.exec(query)])


def end_items(act: Act, ended: Iterable[tuple[HandoverItem, CustodyEvent, Outcome]]) -> None:
    """Say how items ended, each by an event."""
    for item, event, outcome in ended:
        act.tx.add(HandoverAnswer(item_id=item.id, outcome=outcome, seq=event.seq, person_id=act.by.id, at=event.at))
    act.tx.flush()


def may_receive(by: Actor, rule: HandoverRule) -> bool:
    """Whether ``by`` has the role that such a handover takes; outside nobody has one."""
    role = POOLS.get(rule.receiver)
    return role is None or role in by.roles


def is_receiver(by: Actor, tx: Session, handover: Handover) -> bool:
    """Whether ``by`` may answer: the person named, or one of the unit named, who has the role that it takes."""
    case = tx.get_one(Case, handover.case_id)
    if not may_receive(by, rule_of(rules_for(case.fire_at), handover.type)):
        return False
    if handover.receiver_id is not None:
        return handover.receiver_id == by.id
    return handover.receiver_unit_id == by.unit_id and handover.giver_id != by.id


def handover_by_number(tx: Session, case: Case, number: str) -> Handover:
    """A handover of ``case``; one of another case is unknown here."""
    query = select(Handover).where(Handover.case_id == case.id, Handover.number == number)
    handover = tx.exec(query).one_or_none()
    if handover is None:
        raise HandoverUnknown(number)
    return handover


def items_of(tx: Session, handover: Handover) -> list[tuple[HandoverItem, Exhibit, HandoverAnswer | None]]:
    """The exhibits of a handover with how each ended, in order of their serial."""
    query = (
        select(HandoverItem, Exhibit, HandoverAnswer)
        .join(Exhibit, col(HandoverItem.exhibit_id) == col(Exhibit.id))
        .join(HandoverAnswer, col(HandoverAnswer.item_id) == col(HandoverItem.id), isouter=True)
        .where(HandoverItem.handover_id == handover.id)
        .order_by(col(Exhibit.serial))
    )
    return [(item, exhibit, ended) for item, exhibit, ended in tx.exec(query)]


def exhibits_open(tx: Session, handover: Handover) -> list[Exhibit]:
    """The exhibits of a handover that nobody has answered for."""
    return [exhibit for _, exhibit, ended in items_of(tx, handover) if ended is None]


def open_items(tx: Session, handover: Handover, exhibits: Sequence[Exhibit]) -> dict[int, HandoverItem]:
    """The items that are to be answered, by exhibit id; HandoverAnswered tells how one ended where it has."""
    items = {exhibit.id: (item, ended) for item, exhibit, ended in items_of(tx, handover)}
    for exhibit in exhibits:
        if exhibit.id not in items:
            raise HandoverUnknown(handover.number)
        _, ended = items[exhibit.id]
        if ended is not None:
            raise HandoverAnswered(exhibit.number, tx.get_one(Person, ended.person_id).name, ended.outcome.label)
    return {exhibit.id: items[exhibit.id][0] for exhibit in exhibits}


def offers_open(tx: Session, *, giver: Actor | None = None, receiver: Actor | None = None) -> list[Handover]:
    """Handovers with something unanswered, oldest first: offered by ``giver``, or to ``receiver``."""
    unanswered = select(HandoverItem.handover_id).where(_unanswered())
    query = select(Handover).where(col(Handover.id).in_(unanswered)).order_by(col(Handover.offered_at))
    if giver is not None:
        query = query.where(Handover.giver_id == giver.id)
    if receiver is not None:
        mine = sa.or_(col(Handover.receiver_id) == receiver.id, col(Handover.receiver_unit_id) == receiver.unit_id)
        query = query.where(mine)
    found = list(tx.exec(query))
    return [each for each in found if is_receiver(receiver, tx, each)] if receiver is not None else found


def _unanswered() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(col(HandoverAnswer.item_id) == col(HandoverItem.id))
