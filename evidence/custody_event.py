"""Custody events: the append-only chain of one exhibit, in the fixed form (v 1) that a stranger can check.

The stored canonical bytes are the record; the columns beside them are an index. Reading never re-serialises them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard
from evidence.chain import Statement, stated
from evidence.columns import Labelled, StoredBytes, UtcDateTime, slug
from evidence.exhibit import Exhibit, in_case
from evidence.register import Case


class EventType(Labelled):
    """Custody acts (terms of 公安机关办理行政案件程序规定 arts. 187–192 and 法发〔2016〕22号).

    Those from OFFERED on say what both sides, an approver or a supervisor stated about an act.
    """

    COLLECTED = "collected", "提取"
    SEALED = "sealed", "封装"
    HANDED_IN = "handed_in", "接收入库"
    VERIFIED = "verified", "核验"
    LABELLED = "labelled", "贴标签"
    STORED = "stored", "上架存放"
    MOVED = "moved", "调整存放位置"
    HANDED_OVER = "handed_over", "接收移交"
    BORROWED = "borrowed", "借出"
    RETURNED = "returned", "归还入库"
    SENT_FOR_EXAMINATION = "sent_for_examination", "送检"
    RECEIVED_BACK = "received_back", "检毕取回"
    OPENED = "opened", "启封"
    RESEALED = "resealed", "重新封装"
    COPIED = "copied", "复制"
    DERIVED = "derived", "分样或提取"
    CONSUMED = "consumed", "检验消耗"
    PRESERVED = "preserved", "先行登记保存"
    DECIDED = "decided", "作出处理决定"
    TRANSFERRED_TO_POLICE = "transferred_to_police", "移送公安机关"
    RETURNED_TO_OWNER = "returned_to_owner", "返还权利人"
    DESTROYED = "destroyed", "销毁"
    LOST = "lost", "发现遗失"
    FOUND = "found", "找到"
    COUNTED = "counted", "盘点"
    CORRECTED = "corrected", "更正"
    OFFERED = "offered", "提出移交"
    REJECTED = "rejected", "拒绝接收"
    WITHDRAWN = "withdrawn", "撤回移交"
    TAKEN_OVER = "taken_over", "紧急接管"
    REVIEWED = "reviewed", "审查紧急接管"
    REQUESTED = "requested", "申请"
    APPROVED = "approved", "审批"


class CustodyEvent(SQLModel, table=True):
    """``body`` is the event: RFC 8785 bytes with members v, case, exhibit, seq, type, at, by, facts, nonce, prev."""

    __tablename__ = "custody_event"
    id: int = Field(default=None, primary_key=True)
    exhibit_id: int = Field(foreign_key="exhibit.id", index=True)
    seq: int
    type: EventType = Field(sa_type=slug(EventType))
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    body: bytes = Field(sa_type=StoredBytes)
    sha256: str = Field(max_length=64)
    __table_args__ = (sa.UniqueConstraint("exhibit_id", "seq"),)


guard(CustodyEvent)


def chain_of(exhibit: Exhibit) -> str:
    """Name of the exhibit's chain."""
    return f"exhibit/{exhibit.number}"


def events_of(tx: Session, exhibit: Exhibit) -> list[CustodyEvent]:
    """The chain in order of ``seq``."""
    query = select(CustodyEvent).where(CustodyEvent.exhibit_id == exhibit.id).order_by(col(CustodyEvent.seq))
    return list(tx.exec(query))


def said_by(tx: Session, exhibits: Sequence[Exhibit]) -> list[list[Statement]]:
    """What the events of each chain say, in order of ``seq``."""
    said: dict[int, list[Statement]] = {exhibit.id: [] for exhibit in exhibits}
    query = select(CustodyEvent.exhibit_id, CustodyEvent.body).where(col(CustodyEvent.exhibit_id).in_(said))
    for id_, body in tx.exec(query.order_by(col(CustodyEvent.exhibit_id), col(CustodyEvent.seq))):
        said[id_].append(stated(body))
    return [said[exhibit.id] for exhibit in exhibits]


def collections_of(tx: Session, case: Case, among: Collection[int] = ()) -> dict[int, Statement]:
    """What the first event of each chain of a case says, by exhibit id; ``among`` limits them to those ids."""
    query = select(CustodyEvent.exhibit_id, CustodyEvent.body).join(Exhibit)
    query = query.where(CustodyEvent.seq == 0, *in_case(case, among))
    return {id_: stated(body) for id_, body in tx.exec(query)}


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
