"""Acts of custody: each appends an event to the exhibit's chain and brings its standing up to date.

What an act has to state, and which duties the law lays on it, are data (:mod:`evidence.custody_rules`). An act that
would break a duty is refused with the clause; where the fact has already happened it is recorded with the reason, and
shows as a defect for ever.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.chain import Link, Place, Statement, append_all, lock_all, stated
from evidence.columns import UtcDateTime, replacing, slug
from evidence.custody_defect import keep_defects
from evidence.custody_event import CustodyEvent, EventType, chain_of, said_by
from evidence.custody_facts import checked_facts, excuse
from evidence.custody_rules import ActRule, CustodyRules, rules_for
from evidence.defects import MINOR, Health, health
from evidence.errors import (
    ActNotDirect,
    ActOutOfPlace,
    HappensLater,
    OfferOpen,
)
from evidence.exhibit import Exhibit, Kind
from evidence.handover import close_open_offers
from evidence.moments import rfc3339
from evidence.register import Case
from evidence.seal import use_seals
from evidence.standing import CHANGING, Standing, Whereabouts, walk_stated

NOTHING: Mapping[int, Any] = MappingProxyType({})
"""What nobody has anything to say of, by exhibit id."""

OPEN = "open_offer <> false OR open_request <> false OR open_review <> false"
MARKED = "hazard <> ''"
"""The rows of two small indexes, in the words that a query has to use for the database to see that it may take them."""

_FILTERED = ("colour", "kind", "whereabouts")
"""What lists are filtered by: held in the index whose order they follow, so that no row is fetched to be left out."""


def _few(name: str, where: str, *columns: str) -> sa.Index:
    """An index of the few rows that ``where`` says."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


class CustodyStanding(SQLModel, table=True):
    """How each exhibit stands, for lists: an index of what its chain says, made anew with every event.

    ``due_at`` is when the next defect comes of itself, ``due`` its kind, ``grave_at`` when the next grave one does;
    ``colour`` is the health by what the events say, without a clock. Verification compares the row with the chain.

    Lists take its rows in order of ``exhibit_id`` or of ``since``, unit by unit (:mod:`evidence.auditing`).
    """

    __tablename__ = "custody_standing"
    exhibit_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    kind: Kind = Field(sa_type=slug(Kind))
    seq: int
    whereabouts: Whereabouts = Field(sa_type=slug(Whereabouts))
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    holder: str = Field(max_length=60)
    holder_unit: str = Field(max_length=120)
    place: str = Field(max_length=200)
    place_code: str = Field(max_length=60, index=True)
    seal: str = Field(max_length=60)
    hazard: str = Field(max_length=40)
    since: datetime = Field(sa_type=UtcDateTime)
    open_offer: bool
    open_request: bool
    open_review: bool
    defects: int
    grave: int
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due: str = Field(default="", max_length=40)
    colour: Health = Field(sa_type=slug(Health))
    grave_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    __table_args__ = (
        sa.Index("ix_custody_standing_holder_id_exhibit_id", "holder_id", "exhibit_id"),
        sa.Index("ix_custody_standing_holder", "holder", "since", "exhibit_id", "unit_id", "colour"),
        sa.Index("ix_custody_standing_newest", "unit_id", "exhibit_id", *_FILTERED),
        sa.Index("ix_custody_standing_longest", "unit_id", "since", "exhibit_id", *_FILTERED),
        sa.Index("ix_custody_standing_unit_id_colour", "unit_id", "colour", "exhibit_id"),
        sa.Index("ix_custody_standing_unit_id_whereabouts", "unit_id", "whereabouts", "exhibit_id"),
        sa.Index("ix_custody_standing_unit_id_kind", "unit_id", "kind", "exhibit_id"),
        _few("ix_custody_standing_unit_id_due_at", "due_at IS NOT NULL", "unit_id", "due_at"),
        _few("ix_custody_standing_open", OPEN, "unit_id", "exhibit_id"),
        _few("ix_custody_standing_hazard", MARKED, "unit_id", "exhibit_id"),
    )


def rules_of(case: Case) -> CustodyRules:
    """The edition of the rules that holds for a case: that of the day of its fire."""
    return rules_for(case.fire_at)


def standing_of(tx: Session, case: Case, exhibit: Exhibit) -> Standing:
    """How an exhibit stands by its chain."""
    return walk_stated(said_by(tx, [exhibit])[0], exhibit.kind, rules_of(case))


def standings_of(tx: Session, case: Case, among: Collection[int] = ()) -> dict[int, CustodyStanding]:
    """The rows of all exhibits of a case, as they are now, by exhibit id; ``among`` limits them to those exhibits."""
    query = select(CustodyStanding).where(CustodyStanding.case_id == case.id)
    if among:
        query = query.where(col(CustodyStanding.exhibit_id).in_(among))
    return {row.exhibit_id: row for row in tx.exec(query.execution_options(populate_existing=True))}


def health_of(row: CustodyStanding, now: datetime) -> Health:
    """The colour of a row at ``now``: a limit that has passed since it was written counts as a defect."""
    if row.colour is Health.DEFECTIVE or (row.grave_at is not None and row.grave_at < now):
        return Health.DEFECTIVE
    attention = row.colour is Health.ATTENTION or (row.due_at is not None and row.due_at < now)
    return Health.ATTENTION if attention else Health.SOUND


def lock_chains(tx: Session, exhibits: Iterable[Exhibit]) -> None:
    """Lock the chains of several exhibits, in one order for everybody, so that no two acts wait for each other."""
    lock_all(tx, map(chain_of, exhibits))


@dataclass(frozen=True)
class Locked:
    """The chain of an exhibit that the act has locked, and what it says; nothing where it is about to begin."""

    case: Case
    exhibit: Exhibit
    said: list[Statement] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True)
class Entry:
    """An event to be appended; ``happened_at`` only when it differs from the time of recording."""

    chain: Locked
    type_: EventType
    facts: dict[str, Any]
    happened_at: datetime | None = None


def locked(tx: Session, case: Case, exhibits: Iterable[Exhibit]) -> dict[int, Locked]:
    """The chains of exhibits of a case, locked and read, by exhibit id."""
    exhibits, rules = list(exhibits), rules_of(case)
    lock_chains(tx, exhibits)
    return {
        exhibit.id: Locked(case, exhibit, said, walk_stated(said, exhibit.kind, rules))
        for exhibit, said in zip(exhibits, said_by(tx, exhibits), strict=True)
    }


def record(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    type_: EventType,
    facts: dict[str, Any],
    *,
    happened_at: datetime | None = None,
) -> CustodyEvent:
    """Append one event to the chain of ``exhibit``."""
    chain = locked(act.tx, case, [exhibit])[exhibit.id]
    return record_all(act, [Entry(chain, type_, facts, happened_at)])[0]


def record_all(act: Act, entries: Sequence[Entry]) -> list[CustodyEvent]:
    """Append an event to each of several chains, no chain twice; the rows beside them follow.

    The number of statements does not grow with the entries.
    """
    bodies = [(chain_of(entry.chain.exhibit), partial(_body, act, entry)) for entry in entries]
    links = append_all(act.tx, act.at, bodies)
    events = [
        CustodyEvent(
            exhibit_id=entry.chain.exhibit.id,
            seq=link.seq,
            type=entry.type_,
            at=link.at,
            person_id=act.by.id,
            body=link.body,
            sha256=link.sha256,
        )
        for entry, link in zip(entries, links, strict=True)
    ]
    act.tx.add_all(events)
    act.tx.flush()
    sealed = [(entry.facts.get("seal_after"), event) for entry, event in zip(entries, events, strict=True)]
    use_seals(act.tx, [(number, event) for number, event in sealed if number])
    keep_standings(act.tx, [(entry.chain, _after(entry, link)) for entry, link in zip(entries, links, strict=True)])
    return events


def _body(act: Act, entry: Entry, place: Place) -> dict[str, Any]:
    event = {
        "v": 1,
        "case": entry.chain.case.number,
        "exhibit": entry.chain.exhibit.number,
        "seq": place.seq,
        "type": entry.type_.value,
        "at": rfc3339(place.at),
        "by": act.by.as_recorded(),
        "facts": entry.facts,
        "nonce": secrets.token_hex(16),
        "prev": place.prev,
    }
    return event if entry.happened_at is None else {**event, "happened_at": rfc3339(entry.happened_at)}


def _after(entry: Entry, link: Link) -> Standing:
    """How the exhibit stands when the event is there."""
    chain = entry.chain
    return walk_stated([*chain.said, stated(link.body)], chain.exhibit.kind, rules_of(chain.case))


def keep_standings(tx: Session, chains: Sequence[tuple[Locked, Standing]]) -> None:
    """Write the rows that lists read, of chains that stand in another way than when they were read."""
    if not chains:
        return
    rows = [standing_stated(chain.case, chain.exhibit, now) for chain, now in chains]
    tx.connection().execute(replacing(tx, CustodyStanding), rows)
    keep_defects(tx, [(chain.case, chain.exhibit, chain.standing, now) for chain, now in chains])


def standing_stated(case: Case, exhibit: Exhibit, standing: Standing) -> dict[str, Any]:
    """The columns of :class:`CustodyStanding` that follow from a standing."""
    due = standing.dues[0] if standing.dues else None
    return {
        "exhibit_id": exhibit.id,
        "case_id": case.id,
        "unit_id": case.unit_id,
        "kind": exhibit.kind,
        "seq": standing.seq,
        "whereabouts": standing.where,
        "holder_id": standing.holder.id,
        "holder": standing.holder.name[:60],
        "holder_unit": standing.holder.unit[:120],
        "place": standing.place[:200],
        "place_code": standing.place_code[:60],
        "seal": standing.seal[:60],
        "hazard": standing.hazard[:40],
        "since": standing.since or exhibit.created_at,
        "open_offer": standing.offer is not None,
        "open_request": standing.request is not None,
        "open_review": standing.review is not None,
        "defects": len(standing.defects),
        "grave": len([defect for defect in standing.defects if not defect.minor]),
        "due_at": due.at if due else None,
        "due": due.kind.value if due else "",
        "colour": health(standing.defects),
        "grave_at": next((each.at for each in standing.dues if each.kind not in MINOR), None),
    }


def complete_standings(tx: Session) -> int:
    """Make the rows that exhibits of an earlier version do not have yet; returns how many."""
    without = (
        select(Exhibit, Case)
        .join(Case, col(Exhibit.case_id) == col(Case.id))
        .where(col(Exhibit.id).not_in(select(CustodyStanding.exhibit_id)))
        .order_by(col(Exhibit.id))
        .limit(1000)  # there may be hundreds of thousands
    )
    made = 0
    while found := tx.exec(without).all():
        keep_standings(tx, [(Locked(case, exhibit), standing_of(tx, case, exhibit)) for exhibit, case in found])
        made += len(found)
    return made


def perform(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    type_: EventType,
    facts: Mapping[str, Any],
    *,
    found: Mapping[str, Any] | None = None,
    also_broken: Sequence[str] = (),
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> CustodyEvent:
    """:func:`perform_all` on one exhibit."""
    return perform_all(
        act,
        case,
        [exhibit],
        type_,
        facts,
        found={exhibit.id: found or {}},
        also_broken={exhibit.id: also_broken},
        happened_at=happened_at,
        breach_reason=breach_reason,
    )[0]


def perform_all(
    act: Act,
    case: Case,
    exhibits: Iterable[Exhibit],
    type_: EventType,
    facts: Mapping[str, Any],
    *,
    found: Mapping[int, Mapping[str, Any]] = NOTHING,
    also_broken: Mapping[int, Sequence[str]] = NOTHING,
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> list[CustodyEvent]:
    """Record an act that one side records by itself on each of ``exhibits``, with what its row of the rules asks for.

    By exhibit id: ``found`` are facts that follow from the others and nobody states, ``also_broken`` duties that the
    caller found broken. FactMissing names the first fact that is
    not there. RuleBroken names the first duty that it breaks, unless ``breach_reason`` says why it happened all the
    same. ActOutOfPlace where an exhibit is not where such an act can be, OfferOpen where it would change what somebody
    is about to receive.
    """
    rules = rules_of(case)
    rule = rules.acts.get(type_)
    if rule is None:
        raise ActNotDirect(type_.label)
    checked = checked_facts(act, case, rule, facts)
    if happened_at is not None and happened_at > act.at:
        raise HappensLater(type_.label)
    entries = []
    for id_, chain in locked(act.tx, case, exhibits).items():
        _in_place(chain, rule, type_)
        if chain.standing.offer is not None and type_ in CHANGING:
            raise OfferOpen(chain.exhibit.number)
        broken = [*also_broken.get(id_, ()), *_broken(act, rule, type_, chain.standing, checked, happened_at)]
        said = excuse(rules, {**checked, **found.get(id_, {})}, broken, breach_reason, chain.exhibit)
        entries.append(Entry(chain, type_, said, happened_at))
    events = record_all(act, entries)
    if type_ is EventType.LOST:
        close_open_offers(act, events)
    return events


def _in_place(chain: Locked, rule: ActRule, type_: EventType) -> None:
    standing = chain.standing
    allowed = standing.where in rule.where if rule.where else standing.here
    if not allowed:
        raise ActOutOfPlace(chain.exhibit.number, type_.label, standing.where.label)
    if type_ is EventType.SEALED and standing.seal:
        raise ActOutOfPlace(chain.exhibit.number, type_.label, f"已封装（{standing.seal}）")


def _broken(
    act: Act,
    rule: ActRule,
    type_: EventType,
    standing: Standing,
    facts: dict[str, Any],
    happened_at: datetime | None,
) -> list[str]:
    broken = []
    # somebody outside has no account: what was done there, the unit records
    if rule.by == "holder" and standing.holder.id not in {None, act.by.id}:
        broken.append("holder_acts")
    second = facts.get("second_officer", "")
    if rule.officers > 1 and (not second or second == act.by.name):
        broken.append("two_officers")
    if rule.witnesses > 1 and len(facts.get("witnesses") or []) < rule.witnesses:
        broken.append("two_witnesses")
    if rule.approval and not standing.approved(type_, happened_at):
        broken.append("approval_first")
    if standing.seal_differs(facts.get("seal_before", "")):
        broken.append("seal_agrees")
    return broken
