"""Examinations: what a laboratory is asked, with which exhibits, until when, and the report that came of it.

The samples go out and back by handovers; how far an examination is follows from their chains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import lock, person_stated, stated
from evidence.columns import Labelled, UtcDateTime
from evidence.custody import CustodyStanding
from evidence.custody_event import CustodyEvent, EventType
from evidence.errors import (
    ActOutOfPlace,
    ExaminationEnded,
    ExaminationUnknown,
    FactMissing,
    HappensLater,
    PaperUnknown,
    ReceiverMissing,
    TermTooEarly,
)
from evidence.exhibit import Exhibit, original_of
from evidence.family import Kinship, Relation
from evidence.moments import BEIJING, rfc3339
from evidence.record import CHAIN, What, enter
from evidence.register import Case, Unit, next_serial
from evidence.standing import ENDED, Whereabouts


class Examination(SQLModel, table=True):
    """A commission (火灾事故调查规定 art. 23): the laboratory is a unit of ours or an outside institute by name.

    ``destroys``: the test uses samples up; ``notice`` says how the parties were told beforehand.
    """

    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    laboratory_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    institute: str = Field(max_length=120)
    contact: str = Field(max_length=120)
    questions: str = Field(max_length=2000)
    due_at: datetime = Field(sa_type=UtcDateTime)
    keep_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    destroys: bool
    notice: str = Field(max_length=500)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)


class ExaminationItem(SQLModel, table=True):
    """An exhibit that is to be examined."""

    __tablename__ = "examination_item"
    examination_id: int = Field(
        primary_key=True, foreign_key="examination.id", sa_column_kwargs={"autoincrement": False}
    )
    exhibit_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})


class ExaminationReport(SQLModel, table=True):
    """The report, an exhibit of its own: with it the examination has ended."""

    __tablename__ = "examination_report"
    examination_id: int = Field(
        primary_key=True, foreign_key="examination.id", sa_column_kwargs={"autoincrement": False}
    )
    exhibit_id: int = Field(foreign_key="exhibit.id")
    number: str = Field(max_length=80)
    conclusion: str = Field(max_length=2000)
    received_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)


for model in (Examination, ExaminationItem, ExaminationReport):
    guard(model)


class Course(Labelled):
    """How far an examination is."""

    REQUESTED = "requested", "已委托，未送检"
    OUT = "out", "检验中"
    BACK = "back", "样品已取回，待报告"
    REPORTED = "reported", "已出报告，样品未取回"
    ENDED = "ended", "办结"


@dataclass(frozen=True)
class Commission:
    """What is asked of a laboratory."""

    questions: str
    due_at: datetime
    institute: str = ""
    contact: str = ""
    keep_until: datetime | None = None
    destroys: bool = False
    notice: str = ""


def commission(
    act: Act, case: Case, exhibits: Sequence[Exhibit], asked: Commission, *, laboratory: Unit | None = None
) -> Examination:
    """Ask a laboratory of ours (``laboratory``) or an outside institute; the samples go there by a handover.

    A test that destroys needs the notice to the parties before it. ActOutOfPlace for an exhibit that is lost or not
    here any more.
    """
    _check_asked(act, exhibits, asked, laboratory)
    exhibits = sorted({exhibit.id: exhibit for exhibit in exhibits}.values(), key=lambda each: each.serial)
    for exhibit in exhibits:
        where = act.tx.get_one(CustodyStanding, exhibit.id, populate_existing=True).whereabouts
        if where in ENDED or where is Whereabouts.LOST:
            raise ActOutOfPlace(exhibit.number, EventType.SENT_FOR_EXAMINATION.label, where.label)
    unit = act.tx.get_one(Unit, case.unit_id)
    year = act.at.astimezone(BEIJING).year
    serial = next_serial(act.tx, f"examination/{unit.code}/{year}")
    made = Examination(
        number=f"JY{unit.code}{year}{serial:04d}",
        case_id=case.id,
        laboratory_id=laboratory.id if laboratory else None,
        institute=laboratory.name if laboratory else asked.institute.strip(),
        contact=asked.contact.strip(),
        questions=asked.questions.strip(),
        due_at=asked.due_at,
        keep_until=asked.keep_until,
        destroys=asked.destroys,
        notice=asked.notice.strip(),
        requested_at=act.at,
        person_id=act.by.id,
        record_seq=0,
    )
    entry = enter(act, What.EXAMINATION, examination_stated(act.tx, made, exhibits), case=case)
    made.requested_at, made.record_seq = entry.at, entry.seq
    act.tx.add(made)
    act.tx.flush()
    for exhibit in exhibits:
        act.tx.add(ExaminationItem(examination_id=made.id, exhibit_id=exhibit.id))
    act.tx.flush()
    return made


def _check_asked(act: Act, exhibits: Sequence[Exhibit], asked: Commission, laboratory: Unit | None) -> None:
    if laboratory is None and not asked.institute.strip():
        raise ReceiverMissing(EventType.SENT_FOR_EXAMINATION.label, "检验鉴定机构")
    if not exhibits:
        raise FactMissing("检材")
    if not asked.questions.strip():
        raise FactMissing("检验（鉴定）要求")
    if asked.due_at <= act.at:
        raise TermTooEarly("约定时限", "现在")
    if asked.keep_until is not None and asked.keep_until < asked.due_at:
        raise TermTooEarly("检材保管期限", "约定时限")
    if asked.destroys and not asked.notice.strip():
        raise FactMissing("破坏性检验事先告知当事人的情况")


def report(
    act: Act,
    case: Case,
    examination: Examination,
    paper: Exhibit,
    *,
    number: str,
    conclusion: str,
    received_at: datetime | None = None,
) -> ExaminationReport:
    """Enter the report that was received, once; its file is an exhibit of the case.

    ``received_at`` is when it came, where that was before now: the statutory term runs on from then.
    """
    for fact, value in (("报告编号", number), ("鉴定意见", conclusion)):
        if not value.strip():
            raise FactMissing(fact)
    if paper.case_id != case.id or original_of(act.tx, paper) is None:
        raise PaperUnknown(paper.number)
    received_at = received_at or act.at
    if received_at > act.at:
        raise HappensLater("收到报告")
    if received_at < examination.requested_at:
        raise TermTooEarly("收到报告的时间", "委托时间")
    sent = sent_at(act.tx, examination)
    if sent is not None and received_at < sent:
        raise TermTooEarly("收到报告的时间", "送检时间")
    lock(act.tx, CHAIN)  # of two who enter it at once, the other sees the first
    if act.tx.get(ExaminationReport, examination.id) is not None:
        raise ExaminationEnded(examination.number)
    made = ExaminationReport(
        examination_id=examination.id,
        exhibit_id=paper.id,
        number=number.strip(),
        conclusion=conclusion.strip(),
        received_at=received_at,
        person_id=act.by.id,
        record_seq=0,
    )
    entry = enter(act, What.EXAMINATION, report_stated(examination, made, paper), case=case, exhibit=paper)
    made.record_seq = entry.seq
    act.tx.add(made)
    act.tx.flush()
    return made


def examination_stated(tx: Session, examination: Examination, exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    """A commission as its entry in the record states it."""
    unit = tx.get(Unit, examination.laboratory_id) if examination.laboratory_id is not None else None
    return {
        "examination": examination.number,
        "laboratory": unit.code if unit else None,
        "institute": examination.institute,
        "contact": examination.contact,
        "questions": examination.questions,
        "due_at": rfc3339(examination.due_at),
        "keep_until": rfc3339(examination.keep_until) if examination.keep_until else None,
        "destroys": examination.destroys,
        "notice": examination.notice,
        "exhibits": [exhibit.number for exhibit in exhibits],
    }


def report_stated(examination: Examination, made: ExaminationReport, paper: Exhibit) -> dict[str, Any]:
    """A report as its entry in the record states it."""
    return {
        "examination": examination.number,
        "report": made.number,
        "conclusion": made.conclusion,
        "exhibit": paper.number,
        "received_at": rfc3339(made.received_at),
    }


def examination_by_number(tx: Session, case: Case, number: str) -> Examination:
    query = select(Examination).where(Examination.case_id == case.id, Examination.number == number)
    found = tx.exec(query).one_or_none()
    if found is None:
        raise ExaminationUnknown(number)
    return found


def exhibits_examined(tx: Session, examination: Examination) -> list[Exhibit]:
    """The exhibits of a commission, in order of their serial."""
    query = (
        select(Exhibit)
        .join(ExaminationItem, col(ExaminationItem.exhibit_id) == col(Exhibit.id))
        .where(ExaminationItem.examination_id == examination.id)
        .order_by(col(Exhibit.serial))
    )
    return list(tx.exec(query))


def samples_of(tx: Session, examination: Examination) -> list[Exhibit]:
    """The exhibits of a commission with what was divided off them since, in order of their serial."""
    samples = _with_portions([examination.id])
    query = select(Exhibit).join(samples, samples.c.exhibit_id == col(Exhibit.id)).order_by(col(Exhibit.serial))
    return list(tx.exec(query))


def _with_portions(ids: Sequence[int]) -> sa.CTE:
    """Columns examination_id and exhibit_id: what was asked for, and portions of it made after the commission."""
    found = (
        sa.select(col(ExaminationItem.examination_id), col(ExaminationItem.exhibit_id))
        .where(col(ExaminationItem.examination_id).in_(ids))
        .cte(recursive=True)
    )
    portions = (
        sa.select(found.c.examination_id, col(Kinship.child_id))
        .join(Kinship, col(Kinship.parent_id) == found.c.exhibit_id)
        .join(Exhibit, col(Exhibit.id) == col(Kinship.child_id))
        .join(Examination, col(Examination.id) == found.c.examination_id)
        .where(col(Kinship.relation) == Relation.SUB_SAMPLE, col(Exhibit.created_at) >= col(Examination.requested_at))
    )
    return found.union(portions)


def examinations_of(tx: Session, case: Case) -> list[Examination]:
    return list(tx.exec(select(Examination).where(Examination.case_id == case.id).order_by(col(Examination.id))))


def examinations_for(tx: Session, laboratory_id: int) -> list[Examination]:
    """The work list of a laboratory: what its unit was asked."""
    return _in_order(tx, col(Examination.laboratory_id) == laboratory_id)


def examinations_asked(tx: Session, unit_ids: Iterable[int]) -> list[Examination]:
    """What was asked in the cases of units."""
    cases = select(Case.id).where(col(Case.unit_id).in_(unit_ids))
    return _in_order(tx, col(Examination.case_id).in_(cases))


def _in_order(tx: Session, which: sa.ColumnElement[bool]) -> list[Examination]:
    """Those without a report first, by the day on which they are due: what is overdue longest stands at the top."""
    reported = select(ExaminationReport.examination_id)
    last = sa.case((col(Examination.id).in_(reported), 1), else_=0)
    query = select(Examination).where(which).order_by(last, col(Examination.due_at), col(Examination.id))
    return list(tx.exec(query))


def reports_of(tx: Session, examinations: Iterable[Examination]) -> dict[int, ExaminationReport]:
    """The reports that are there, by id of the examination."""
    wanted = [examination.id for examination in examinations]
    query = select(ExaminationReport).where(col(ExaminationReport.examination_id).in_(wanted))
    return {made.examination_id: made for made in tx.exec(query)}


def report_of(tx: Session, examination: Examination) -> ExaminationReport | None:
    return tx.get(ExaminationReport, examination.id)


def courses_of(tx: Session, examinations: Sequence[Examination]) -> dict[int, Course]:
    """How far each is, by where its exhibits are and whether the report is there; by id, in three queries."""
    ids = [examination.id for examination in examinations]
    samples = _with_portions(ids)
    away = (
        select(samples.c.examination_id)
        .join(CustodyStanding, col(CustodyStanding.exhibit_id) == samples.c.exhibit_id)
        .where(CustodyStanding.whereabouts == Whereabouts.EXAMINATION)
    )
    out, reported, sent = set(tx.scalars(away)), reports_of(tx, examinations), sent_of(tx, ids)

    def course(id_: int) -> Course:
        if id_ in reported:
            return Course.REPORTED if id_ in out else Course.ENDED
        if id_ in sent:
            return Course.OUT if id_ in out else Course.BACK
        return Course.REQUESTED

    return {id_: course(id_) for id_ in ids}


def course_of(tx: Session, examination: Examination) -> Course:
    return courses_of(tx, [examination])[examination.id]


def is_overdue(examination: Examination, course: Course, now: datetime) -> bool:
    """Whether the report should have been there by ``now``."""
    return course not in {Course.REPORTED, Course.ENDED} and examination.due_at < now


def sent_at(tx: Session, examination: Examination) -> datetime | None:
    """When the first of its exhibits was received by the laboratory after the commission; None before."""
    return sent_of(tx, [examination.id]).get(examination.id)


def sent_of(tx: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When the laboratory received the first exhibit, as its event states it; recorded after the commission.

    Of several commissions on one exhibit it is the one to whom the exhibit went, else the latest.
    """
    exhibits = select(ExaminationItem.exhibit_id).where(col(ExaminationItem.examination_id).in_(ids))
    asked: dict[int, list[Examination]] = {}
    query = select(ExaminationItem.exhibit_id, Examination)
    query = query.join(Examination, col(Examination.id) == col(ExaminationItem.examination_id))
    for exhibit_id, examination in tx.exec(query.where(col(ExaminationItem.exhibit_id).in_(exhibits))):
        asked.setdefault(exhibit_id, []).append(examination)
    sendings = select(CustodyEvent).where(CustodyEvent.type == EventType.SENT_FOR_EXAMINATION)
    first: dict[int, datetime] = {}
    for event in tx.exec(sendings.where(col(CustodyEvent.exhibit_id).in_(exhibits))):
        said = stated(event.body)
        before = [each for each in asked[event.exhibit_id] if each.requested_at <= event.at]
        went = person_stated(said.facts.get("to")).unit
        meant = [each for each in before if each.institute == went] or before
        if said.moment is None or not meant:
            continue
        id_ = max(meant, key=lambda each: (each.requested_at, each.id)).id
        if id_ in ids and (id_ not in first or said.moment < first[id_]):
            first[id_] = said.moment
    return first


@dataclass(frozen=True)
class Span:
    """A time of examination, which the statutory term of the determination does not count; ``end`` None: under way."""

    examination: str
    start: datetime
    end: datetime | None


def spans_of(tx: Session, case: Case) -> list[Span]:
    """The times of examination of a case, from the samples' arrival to the report (火灾事故调查规定 art. 18)."""
    spans = []
    for examination in examinations_of(tx, case):
        start, made = sent_at(tx, examination), report_of(tx, examination)
        if start is not None and (made is None or start <= made.received_at):
            spans.append(Span(examination.number, start, made.received_at if made else None))
    return spans
