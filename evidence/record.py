"""The record of acts and reads: one chain per installation of everything that is not a custody event.

Each view and download of evidence stands here with who and why; so do each incident, step, number, issued document and
reading, whose rows name their entry: a row that was changed then contradicts it, a row that is gone is missed.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import Place, append
from evidence.columns import Labelled, StoredBytes, UtcDateTime, slug
from evidence.exhibit import Exhibit
from evidence.moments import rfc3339
from evidence.register import Case, Person

CHAIN = "record"


class What(Labelled):
    """What an entry of the record says was done."""

    VIEW = "view", "查看"
    DOWNLOAD = "download", "下载"
    VERIFY = "verify", "核验"
    STEP = "step", "办案步骤"
    RESERVE = "reserve", "取号"
    ISSUE = "issue", "出具文书"
    INCIDENT = "incident", "接报登记"
    ACCOUNT = "account", "账号变动"
    READING = "reading", "读取文件"
    EDIT = "edit", "制作副本"
    CLOCK = "clock", "时钟校准"
    SCAN = "scan", "病毒扫描"
    UPLOAD = "upload", "中止上传"
    EXAMINATION = "examination", "检验鉴定"
    PLACE = "place", "保管场所"
    STOCK_TAKE = "stock_take", "盘点"
    PRINT = "print", "打印"
    EXPORT = "export", "导出"
    AUDIT = "audit", "查看调阅记录"


READS = (What.VIEW, What.DOWNLOAD, What.VERIFY, What.PRINT, What.EXPORT, What.AUDIT)


class RecordEntry(SQLModel, table=True):
    """``body`` is the entry: RFC 8785 bytes of v, seq, what, at, by, address, session, case, exhibit, facts, prev.

    ``person_id`` is none where the service acted by itself.
    """

    __tablename__ = "record_entry"
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    what: What = Field(sa_type=slug(What))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    case_id: int | None = Field(default=None, foreign_key="fire_case.id", index=True)
    exhibit_id: int | None = Field(default=None, foreign_key="exhibit.id", index=True)
    body: bytes = Field(sa_type=StoredBytes)
    sha256: str = Field(max_length=64)


guard(RecordEntry)


def enter(
    act: Act, what: What, facts: dict[str, Any], *, case: Case | None = None, exhibit: Exhibit | None = None
) -> RecordEntry:
    """Append an entry. Call it last in an act: its chain is the installation's, and stays locked until the commit."""

    def body_at(place: Place) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "v": 1,
            "seq": place.seq,
            "what": what.value,
            "at": rfc3339(place.at),
            "by": act.by.as_recorded(),
            "address": act.by.address,
            "session": act.by.session,
            "facts": facts,
            "prev": place.prev,
        }
        if case is not None:
            entry["case"] = case.number
        if exhibit is not None:
            entry["exhibit"] = exhibit.number
        return entry

    link = append(act.tx, CHAIN, act.at, body_at)
    entry = RecordEntry(
        seq=link.seq,
        what=what,
        at=link.at,
        person_id=act.by.id or None,
        case_id=case.id if case else None,
        exhibit_id=exhibit.id if exhibit else None,
        body=link.body,
        sha256=link.sha256,
    )
    act.tx.add(entry)
    act.tx.flush()
    return entry


def read(act: Act, what: What, *, purpose: str, case: Case, exhibit: Exhibit | None = None) -> RecordEntry:
    """Record that evidence was read, by whom, from where and why."""
    return enter(act, what, {"purpose": purpose}, case=case, exhibit=exhibit)


def reads_of(
    tx: Session,
    exhibit: Exhibit,
    limit: int = 100,
    *,
    what: What | None = None,
    person_id: int | None = None,
    before: int | None = None,
) -> list[RecordEntry]:
    """The latest reads of an exhibit, newest first: of one sort, by one person, before the entry ``before``."""
    query = select(RecordEntry).where(RecordEntry.exhibit_id == exhibit.id, col(RecordEntry.what).in_(READS))
    if what is not None:
        query = query.where(RecordEntry.what == what)
    if person_id is not None:
        query = query.where(RecordEntry.person_id == person_id)
    if before is not None:
        query = query.where(RecordEntry.seq < before)
    return list(tx.exec(query.order_by(col(RecordEntry.seq).desc()).limit(limit)))


def readers_of(tx: Session, exhibit: Exhibit) -> list[Person]:
    """Who has read an exhibit."""
    readers = select(RecordEntry.person_id).where(
        RecordEntry.exhibit_id == exhibit.id, col(RecordEntry.what).in_(READS)
    )
    query = select(Person).where(col(Person.id).in_(readers)).order_by(col(Person.name), col(Person.id))
    return list(tx.exec(query))
