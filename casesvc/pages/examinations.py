"""Examinations: the work list, asking a laboratory, and one examination with its samples, handovers and report."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import Session, col, select

from casesvc.acts import now
from casesvc.api.examinations import CommissionIn, ReportIn, enter_commission, enter_report, see_examination
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.examining import examination_for, examinations_seen
from casesvc.pages.custody import Chosen
from casesvc.pages.forms import Form, beijing_or_none, filled, go, numbers_in, several
from casesvc.permissions import Permission, case_for, is_guest, may
from casesvc.present import present_case
from casesvc.present_custody import present_handover
from casesvc.present_examinations import handovers_of_examination, present_examinations
from evidence.act import Actor
from evidence.custody import CustodyStanding, standings_of
from evidence.custody_event import EventType
from evidence.examination import Examination, samples_of, spans_of
from evidence.exhibit import Exhibit, Kind, exhibits_of
from evidence.moments import BEIJING
from evidence.record import What, read
from evidence.register import Case, Level, Person, Unit
from evidence.standing import ENDED, Whereabouts

SHOWN = 300
"""Rows of the work list and exhibits that a form offers; beyond these an exhibit is named by its number."""
LABELS = {
    "exhibits": "检材",
    "laboratory": "检验鉴定机构",
    "institute": "外部机构名称",
    "contact": "联系人和电话",
    "questions": "检验（鉴定）要求",
    "due_at": "约定时限",
    "keep_until": "检材保管期限",
    "notice": "事先告知当事人的情况",
    "exhibit": "报告文件",
    "number": "报告编号",
    "conclusion": "鉴定意见",
    "received_at": "收到报告的时间",
}


@get("/custody/examinations", include_in_schema=False, sync_to_thread=True)
def examinations(request: CaseRequest, tx: Looking) -> Template:
    by = request.user
    seen = examinations_seen(tx, by)
    shown = present_examinations(tx, seen[:SHOWN], now())
    context = {
        "by": by,
        "rows": shown,
        "total": len(seen),
        "overdue": len([each for each in shown if each.overdue]),
        "open": len([each for each in shown if each.report is None]),
        "laboratory": is_guest(by),
    }
    return Template("examinations.html", context=context)


@get("/cases/{number:str}/examinations/new", include_in_schema=False, sync_to_thread=True)
def new_examination(act: Acting, number: FromPath[str], exhibits: Chosen = "") -> Template:
    case = case_for(act.tx, act.by, number, Permission.COMMISSION_EXAMINATION)
    wanted = [each for each in exhibits.split(",") if each]
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "exhibits": examinable(act.tx, case, wanted),
        "chosen": wanted,
        "laboratories": [(unit.code, unit.name) for unit in act.tx.exec(select(Unit).where(Unit.level == Level.CITY))],
    }
    read(act, What.VIEW, purpose="起草检验鉴定委托", case=case)
    return Template("examination_new.html", context=context)


def examinable(tx: Session, case: Case, wanted: list[str]) -> list[tuple[Exhibit, str, bool]]:
    """Exhibits that can be sent, with their state and whether they are here: things first, photographs if wanted."""
    standings = standings_of(tx, case)
    found = []
    for exhibit in exhibits_of(tx, case):
        row = standings[exhibit.id]
        here = row.whereabouts not in ENDED and row.whereabouts is not Whereabouts.LOST
        if exhibit.number in wanted or (here and exhibit.kind is not Kind.PHOTO):
            found.append((exhibit, row.whereabouts.label, here))
    found.sort(key=lambda each: (each[0].number not in wanted, not each[0].kind.tangible, each[0].serial))
    return found[:SHOWN]


@post("/cases/{number:str}/examinations/new", include_in_schema=False, sync_to_thread=True)
def ask(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    outside = data.get("laboratory", "") == "outside"
    given = filled(
        CommissionIn,
        data,
        LABELS,
        exhibits=[*several(data, "exhibits"), *numbers_in(number, data, "more")],
        laboratory="" if outside else str(data.get("laboratory", "")),
        institute=str(data.get("institute", "")) if outside else "",
        due_at=day_end(data, "due_at"),
        keep_until=day_end(data, "keep_until"),
        destroys="destroys" in data,
    )
    made = enter_commission(act, number, given)
    return go(request, f"/cases/{number}/examinations/{made.number}")


def day_end(data: Mapping[str, Any], field: str) -> datetime | None:
    """The end of a day that a form names, in Beijing; a term that names a day lasts as long as it does."""
    day = beijing_or_none(data, field, LABELS[field])
    return day.replace(hour=23, minute=59, second=59) if day else None


@get("/cases/{number:str}/examinations/{examination:str}", include_in_schema=False, sync_to_thread=True)
def examination_page(act: Acting, number: FromPath[str], examination: FromPath[str]) -> Template:
    shown = see_examination(act, number, examination)
    case, found = examination_for(act.tx, act.by, number, examination)
    own = case.unit_id == act.by.unit_id and not is_guest(act.by)
    handovers = [present_handover(act.tx, each, act.by) for each in handovers_of_examination(act.tx, found)]
    span = next((each for each in spans_of(act.tx, case) if each.examination == found.number), None)
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "shown": shown,
        "handovers": handovers,
        "span": span,
        "span_days": (((span.end or now()) - span.start) // timedelta(days=1)) if span else 0,
        "asks": own and may(act.by, Permission.COMMISSION_EXAMINATION),
        "issues": own and may(act.by, Permission.ISSUE_DOCUMENT),
        "papers": _papers(act.tx, case) if own and shown.report is None else [],
        "movable": movable(act.tx, found, act.by),
    }
    return Template("examination.html", context=context)


def movable(tx: Session, examination: Examination, by: Actor) -> dict[str, list[str]]:
    """The exhibits that can be moved now: to the laboratory or back by who holds them, or fetched from outside."""
    found: dict[str, list[str]] = {"send": [], "back": [], "fetch": []}
    for exhibit in samples_of(tx, examination):
        number, row = exhibit.number, tx.get_one(CustodyStanding, exhibit.id)
        away = row.whereabouts is Whereabouts.EXAMINATION
        if away and row.holder_id is None:
            found["fetch"].append(number)
        elif row.holder_id == by.id and not row.open_offer and row.whereabouts not in {*ENDED, Whereabouts.LOST}:
            found["back" if away else "send"].append(number)
    return found


def offer_preset(tx: Session, by: Actor, case: Case, type_: EventType, number: str) -> dict[str, str]:
    """What the form of a handover is filled with where it is for an examination; by name of the field."""
    examination = examination_for(tx, by, case.number, number)[1]
    if type_ is EventType.RECEIVED_BACK:
        to = tx.get_one(Person, examination.person_id).certificate
        return {"to": to, "purpose": f"检毕取回（委托 {examination.number}）"}
    laboratory = tx.get(Unit, examination.laboratory_id) if examination.laboratory_id is not None else None
    term = (examination.keep_until or examination.due_at).astimezone(BEIJING)
    return {
        "to": f"unit:{laboratory.code}" if laboratory else "",
        "outside_organisation": "" if laboratory else examination.institute,
        "purpose": f"检验鉴定（委托 {examination.number}）",
        "term": term.strftime("%Y-%m-%dT%H:%M"),
    }


def _papers(tx: Session, case: Case) -> list[Exhibit]:
    """Files that can be the report, the latest first."""
    query = (
        select(Exhibit)
        .where(Exhibit.case_id == case.id, col(Exhibit.kind).in_([Kind.DOCUMENT, Kind.ELECTRONIC, Kind.PHOTO]))
        .order_by(col(Exhibit.serial).desc())
        .limit(50)
    )
    return list(tx.exec(query))


@post("/cases/{number:str}/examinations/{examination:str}/report", include_in_schema=False, sync_to_thread=True)
def record_report(
    request: CaseRequest, act: Acting, number: FromPath[str], examination: FromPath[str], data: Form
) -> Response[Any]:
    when = beijing_or_none(data, "received_at", LABELS["received_at"])
    enter_report(act, number, examination, filled(ReportIn, data, LABELS, received_at=when))
    return go(request, f"/cases/{number}/examinations/{examination}")
