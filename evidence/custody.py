"""Custody events: the append-only chain of one exhibit, in the fixed form (v 1) that a stranger can check.

The stored canonical bytes are the record; the columns beside them are an index. Reading never re-serialises them.
"""

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import NamedPerson, Place, append, lock, person_stated, stated
from evidence.columns import Labelled, UtcDateTime, slug
from evidence.errors import AlreadyHeld, CustodianIsInvestigator, FactMissing
from evidence.exhibit import Exhibit
from evidence.moments import rfc3339
from evidence.register import Case


class EventType(Labelled):
    """Custody acts (domain terms of 公安机关办理行政案件程序规定 arts. 187–192 and 法发〔2016〕22号)."""

    COLLECTED = "collected", "提取"
    SEALED = "sealed", "封装"
    HANDED_IN = "handed_in", "接收入库"
    VERIFIED = "verified", "核验"


class CustodyEvent(SQLModel, table=True):
    """``body`` is the event: RFC 8785 bytes with members v, case, exhibit, seq, type, at, by, facts, nonce, prev."""

    __tablename__ = "custody_event"
    id: int = Field(default=None, primary_key=True)
    exhibit_id: int = Field(foreign_key="exhibit.id", index=True)
    seq: int
    type: EventType = Field(sa_type=slug(EventType))
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    body: bytes
    sha256: str = Field(max_length=64)
    __table_args__ = (sa.UniqueConstraint("exhibit_id", "seq"),)


guard(CustodyEvent)


def chain_of(exhibit: Exhibit) -> str:
    """Name of the exhibit's chain."""
    return f"exhibit/{exhibit.number}"


def record(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    type_: EventType,
    facts: dict[str, Any],
    *,
    happened_at: datetime | None = None,
) -> CustodyEvent:
    """Append one event to the chain of ``exhibit``; ``happened_at`` only when it differs from the time of recording."""

    def body_at(place: Place) -> dict[str, Any]:
        event = {
            "v": 1,
            "case": case.number,
            "exhibit": exhibit.number,
            "seq": place.seq,
            "type": type_.value,
            "at": rfc3339(place.at),
            "by": act.by.as_recorded(),
            "facts": facts,
            "nonce": secrets.token_hex(16),
            "prev": place.prev,
        }
        return event if happened_at is None else {**event, "happened_at": rfc3339(happened_at)}

    link = append(act.tx, chain_of(exhibit), act.at, body_at)
    event = CustodyEvent(
        exhibit_id=exhibit.id,
        seq=link.seq,
        type=type_,
        at=link.at,
        person_id=act.by.id,
        body=link.body,
        sha256=link.sha256,
    )
    act.tx.add(event)
    act.tx.flush()
    return event


def events_of(tx: Session, exhibit: Exhibit) -> list[CustodyEvent]:
    """The chain in order of ``seq``."""
    query = select(CustodyEvent).where(CustodyEvent.exhibit_id == exhibit.id).order_by(col(CustodyEvent.seq))
    return list(tx.exec(query))


def chains_of(tx: Session, case: Case) -> dict[int, list[CustodyEvent]]:
    """The chains of all exhibits of a case, by exhibit id."""
    query = (
        select(CustodyEvent)
        .join(Exhibit)
        .where(Exhibit.case_id == case.id)
        .order_by(col(CustodyEvent.exhibit_id), col(CustodyEvent.seq))
    )
    chains: dict[int, list[CustodyEvent]] = {}
    for event in tx.exec(query):
        chains.setdefault(event.exhibit_id, []).append(event)
    return chains


def facts_of(event: CustodyEvent) -> dict[str, Any]:
    """The facts as they were recorded; none where the bytes were damaged, which verification reports."""
    return stated(event.body).facts


def holder_of(events: list[CustodyEvent]) -> NamedPerson:
    """The person to whom the last event that moved custody gave the exhibit; nobody where no event says so."""
    for event in reversed(events):
        to = facts_of(event).get("to")
        if to is not None:
            return person_stated(to)
    return NamedPerson()


def hand_in(act: Act, case: Case, exhibit: Exhibit, *, place: str, remark: str = "") -> CustodyEvent:
    """The custodian takes the exhibit into keeping and says so (行政案件程序规定 arts. 188, 190).

    He who collected it cannot be its custodian.
    """
    if not place.strip():
        raise FactMissing("保管场所")
    if exhibit.collected_by_id == act.by.id:
        raise CustodianIsInvestigator(exhibit.number, act.by.name)
    lock(act.tx, chain_of(exhibit))  # two custodians at once: the second sees that the first has it
    held_by = holder_of(events_of(act.tx, exhibit))
    if held_by.id == act.by.id:
        raise AlreadyHeld(exhibit.number, act.by.name)
    facts: dict[str, Any] = {"from": asdict(held_by), "to": act.by.as_recorded(), "place": place.strip()}
    if remark.strip():
        facts["remark"] = remark.strip()
    return record(act, case, exhibit, EventType.HANDED_IN, facts)
