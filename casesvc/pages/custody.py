"""What a person has in hand and what waits for him; the forms of acts that one side records."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template
from sqlmodel import Session, col, func, select

from casesvc.acts import now
from casesvc.api.custody import (
    ActIn,
    CorrectionIn,
    DecisionIn,
    RequestIn,
    TakeOverIn,
    enter_act,
    enter_correction,
    enter_decision,
    enter_request,
    enter_review,
    enter_take_over,
)
from casesvc.api.handovers import present_open
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.errors import InputRefused
from casesvc.pages.facts import FACTS, fact_text
from casesvc.pages.forms import Form, beijing_or_none, filled, go, numbers_in
from casesvc.permissions import TESTING, Permission, case_for, exhibit_in, may, may_record, require, visible_units
from casesvc.present import present_case
from casesvc.present_custody import present_handover, present_row
from casesvc.shown_custody import CustodyOut, HandoverOut
from evidence.act import Act, Actor
from evidence.chain import Statement, stated
from evidence.custody import CustodyStanding, rules_of, standing_of
from evidence.custody_event import CustodyEvent, EventType, events_of
from evidence.exhibit import Exhibit, Kind
from evidence.handover import offers_open
from evidence.oversight import FIXED
from evidence.place import places_of
from evidence.record import What, read
from evidence.register import Case
from evidence.standing import Standing, Whereabouts

Chosen = Annotated[str, QueryParameter(description="Exhibit numbers, joined by commas")]
Wanted = Annotated[str, QueryParameter(name="type", description="Slug of the act")]
SHOWN = 200
"""Rows of a list of things in hand; beyond it, the case's own page lists them."""
REQUESTED = (EventType.BORROWED, EventType.RETURNED_TO_OWNER, EventType.DESTROYED)
LABELS = {**FACTS, "proof": "密码或动态口令", "term": "期限", "happened_at": "实际发生时间"}


@dataclass(frozen=True)
class Held:
    """A row of a list of exhibits: numbers and cases, no names, which stand on pages whose view is recorded."""

    number: str
    case: str
    case_name: str
    kind: Kind
    custody: CustodyOut
    asked: str = ""
    """For who is to decide: who asked for what, or took it over, and why."""


@dataclass(frozen=True)
class Item:
    """An exhibit in a form, as it stands."""

    exhibit: Exhibit
    standing: Standing


@get("/custody", include_in_schema=False, sync_to_thread=True)
def hands(request: CaseRequest, tx: Looking) -> Template:
    by = request.user
    require(by, Permission.SEE_CUSTODY)
    handovers = present_open(tx, by) if may(by, Permission.RECEIVE_EXHIBIT) else []
    mine = CustodyStanding.holder_id == by.id
    things = col(CustodyStanding.kind).in_([kind for kind in Kind if kind.tangible])
    seen = col(CustodyStanding.unit_id).in_(visible_units(tx, by))
    own = CustodyStanding.unit_id == by.unit_id
    context = {
        "by": by,
        "at": now(),
        "to_me": [each for each in handovers if each.to_me],
        "from_me": [each for each in handovers if each.from_me],
        "escalated": _escalated(tx, by) if may(by, Permission.REVIEW_TAKE_OVER) else [],
        "things": _held(tx, mine, things),
        "files": _files(tx, by),
        "overdue": _held(tx, mine, col(CustodyStanding.due_at) < now()),
        "requests": _asked(tx, EventType.REQUESTED, own, CustodyStanding.open_request)
        if may(by, Permission.APPROVE_CUSTODY)
        else [],
        "reviews": _asked(tx, EventType.TAKEN_OVER, seen, CustodyStanding.open_review)
        if may(by, Permission.REVIEW_TAKE_OVER)
        else [],
    }
    return Template("hands.html", context=context)


def _escalated(tx: Session, by: Actor) -> list[HandoverOut]:
    """Offers that have waited too long, in the units that a supervisor looks after."""
    seen = [each for each in offers_open(tx) if tx.get_one(Case, each.case_id).unit_id in visible_units(tx, by)]
    shown = [present_handover(tx, each, by) for each in seen]
    return [each for each in shown if each.escalated_at < now()]


def _held(tx: Session, *which: Any) -> list[Held]:
    query = (
        select(CustodyStanding, Exhibit, Case)
        .join(Exhibit, col(CustodyStanding.exhibit_id) == col(Exhibit.id))
        .join(Case, col(Exhibit.case_id) == col(Case.id))
        .where(*which)
        .order_by(col(Case.id).desc(), col(Exhibit.serial))
        .limit(SHOWN)
    )
    at = now()
    return [
        Held(exhibit.number, case.number, case.name, exhibit.kind, present_row(row, at))
        for row, exhibit, case in tx.exec(query)
    ]


def _asked(tx: Session, type_: EventType, *which: Any) -> list[Held]:
    """Exhibits on which somebody is to decide, with what was asked: the newest event of ``type_`` says it."""
    held = _held(tx, *which)
    numbers = [each.number for each in held]
    query = (
        select(Exhibit.number, CustodyEvent)
        .join(Exhibit, col(CustodyEvent.exhibit_id) == col(Exhibit.id))
        .where(col(Exhibit.number).in_(numbers), CustodyEvent.type == type_)
        .order_by(col(CustodyEvent.seq))
    )
    newest = {number: stated(event.body) for number, event in tx.exec(query)}
    return [replace(each, asked=_in_words(newest.get(each.number, Statement()))) for each in held]


def _in_words(said: Statement) -> str:
    facts = said.facts
    act = fact_text(facts["act"], "act") if "act" in facts else EventType.TAKEN_OVER.label
    term = f"；期限 {fact_text(facts['term'])}" if "term" in facts else ""
    to = f"；交给 {facts['receiver']}" if "receiver" in facts else ""
    return f"{said.by.name}：{act}，{facts.get('reason', '')}{to}{term}"


def _files(tx: Session, by: Actor) -> list[tuple[str, str, int]]:
    """Electronic exhibits in hand: case number and name, and how many."""
    query = (
        select(Case.number, Case.name, func.count())
        .join(CustodyStanding, col(CustodyStanding.case_id) == col(Case.id))
        .where(
            CustodyStanding.holder_id == by.id,
            col(CustodyStanding.kind).not_in([kind for kind in Kind if kind.tangible]),
        )
        .group_by(col(Case.number), col(Case.name))
        .order_by(col(Case.number).desc())
        .limit(SHOWN)
    )
    return [(number, name, count) for number, name, count in tx.exec(query)]


def chosen(act: Act, number: str, exhibits: str, permission: Permission, purpose: str) -> tuple[Case, list[Item]]:
    """The exhibits that a form is about, as they stand; that they were looked at for it is recorded."""
    case = case_for(act.tx, act.by, number, permission)
    found = [exhibit_in(act.tx, act.by, case, each) for each in dict.fromkeys(exhibits.split(",")) if each]
    if not found:
        raise InputRefused("请先选择证据。")
    items = [Item(exhibit, standing_of(act.tx, case, exhibit)) for exhibit in found]
    read(act, What.VIEW, purpose=f"{purpose}：{'、'.join(each.number for each in found)}", case=case)
    return case, items


def act_type(wanted: str) -> EventType:
    """The act that a form is for, from its slug."""
    try:
        return EventType(wanted)
    except ValueError:
        raise InputRefused("没有该保管事项。") from None


@get("/cases/{number:str}/custody/act", include_in_schema=False, sync_to_thread=True)
def act_form(act: Acting, number: FromPath[str], wanted: Wanted = "", exhibits: Chosen = "") -> Template:
    type_ = act_type(wanted)
    examines = type_ in TESTING and may(act.by, Permission.EXAMINE)  # of what he holds, which the act itself looks at
    permission = Permission.SEE_EXHIBIT if examines else Permission.RECORD_CUSTODY
    case, items = chosen(act, number, exhibits, permission, f"办理{type_.label}")
    rule = rules_of(case).acts.get(type_)
    if rule is None:
        raise InputRefused("该事项不能单方登记。")
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "type": type_,
        "rule": rule,
        "items": items,
        "places": [each for each in places_of(act.tx, act.by.unit_id) if not each.closed],
    }
    return Template("custody_act.html", context=context)


@post("/cases/{number:str}/custody/act", include_in_schema=False, sync_to_thread=True)
def record_act(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    numbers = _numbers(data)
    given = filled(
        ActIn,
        data,
        LABELS,
        exhibits=numbers,
        facts=_facts(data),
        witnesses=_several(data, "witnesses"),
        photos=numbers_in(number, data, "photos"),
        happened_at=beijing_or_none(data, "happened_at", LABELS["happened_at"]),
    )
    enter_act(act, number, given)
    return go(request, after(number, numbers))


@get("/cases/{number:str}/custody/request", include_in_schema=False, sync_to_thread=True)
def request_form(act: Acting, number: FromPath[str], wanted: Wanted = "", exhibits: Chosen = "") -> Template:
    type_ = act_type(wanted)
    case, items = chosen(act, number, exhibits, Permission.REQUEST_CUSTODY, f"申请{type_.label}")
    context = {"by": act.by, "case": present_case(act.tx, case), "type": type_, "items": items, "types": REQUESTED}
    return Template("custody_request.html", context=context)


@post("/cases/{number:str}/custody/request", include_in_schema=False, sync_to_thread=True)
def ask(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    numbers = _numbers(data)
    term = beijing_or_none(data, "term", LABELS["term"])
    enter_request(act, number, filled(RequestIn, data, LABELS, exhibits=numbers, term=term))
    return go(request, after(number, numbers))


@get("/cases/{number:str}/custody/take-over", include_in_schema=False, sync_to_thread=True)
def take_over_form(act: Acting, number: FromPath[str], exhibits: Chosen = "") -> Template:
    case, items = chosen(act, number, exhibits, Permission.TAKE_OVER, "办理紧急接管")
    limit = rules_of(case).limits["take_over_reviewed"]
    context = {"by": act.by, "case": present_case(act.tx, case), "items": items, "limit": limit}
    return Template("custody_take_over.html", context=context)


@post("/cases/{number:str}/custody/take-over", include_in_schema=False, sync_to_thread=True)
def take_it_over(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    numbers = _numbers(data)
    when = beijing_or_none(data, "happened_at", LABELS["happened_at"])
    photos = numbers_in(number, data, "photos")
    given = filled(TakeOverIn, data, LABELS, exhibits=numbers, photos=photos, happened_at=when)
    enter_take_over(state.installation, request.user, number, given)
    return go(request, after(number, numbers))


@post("/cases/{number:str}/custody/decision", include_in_schema=False, sync_to_thread=True)
def decide(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    numbers = _numbers(data)
    enter_decision(state.installation, request.user, number, filled(DecisionIn, data, LABELS, exhibits=numbers))
    return go(request, after(number, numbers))


@post("/cases/{number:str}/custody/review", include_in_schema=False, sync_to_thread=True)
def review(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    numbers = _numbers(data)
    enter_review(state.installation, request.user, number, filled(DecisionIn, data, LABELS, exhibits=numbers))
    return go(request, after(number, numbers))


@get("/cases/{number:str}/custody/correct", include_in_schema=False, sync_to_thread=True)
def correction_form(act: Acting, number: FromPath[str], exhibits: Chosen = "", event: FromQuery[int] = 0) -> Template:
    case, items = chosen(act, number, exhibits, Permission.RECORD_CUSTODY, "更正保管事件")
    events = events_of(act.tx, items[0].exhibit)
    if not 0 <= event < len(events):
        raise InputRefused("没有该保管事件。")
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "item": items[0],
        "event": events[event],
        "happened_at": happened(events[event]),
        "facts": correctable(events[event]),
    }
    return Template("custody_correct.html", context=context)


@post("/cases/{number:str}/custody/correct", include_in_schema=False, sync_to_thread=True)
def correct(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    when = beijing_or_none(data, "happened_at", LABELS["happened_at"])
    given = filled(CorrectionIn, data, LABELS, facts=_facts(data), happened_at=when)
    enter_correction(act, number, given)
    return go(request, after(number, [given.exhibit]))


@dataclass(frozen=True)
class Doing:
    """Something the person may do with an exhibit now, and where."""

    label: str
    icon: str
    href: str
    main: bool = False
    holders: bool = False
    """Whether it is for the holder to do, and the person does not hold the exhibit."""


HOME = {
    Whereabouts.HELD: EventType.HANDED_IN,
    Whereabouts.BORROWED: EventType.RETURNED,
    Whereabouts.EXAMINATION: EventType.RECEIVED_BACK,
}
"""The handover by which an exhibit comes into the store from where it is."""
DIRECT = (
    (EventType.STORED, "archive"),
    (EventType.MOVED, "map-pin"),
    (EventType.SEALED, "lock"),
    (EventType.OPENED, "lock-open"),
    (EventType.RESEALED, "lock"),
    (EventType.CONSUMED, "flask"),
    (EventType.COPIED, "copy"),
    (EventType.PRESERVED, "certificate"),
    (EventType.DECIDED, "gavel"),
    (EventType.DESTROYED, "trash"),
    (EventType.LOST, "alert-octagon"),
    (EventType.FOUND, "search"),
)


def doings(by: Actor, case: Case, exhibit: Exhibit, standing: Standing) -> list[Doing]:
    """What ``by`` may do with an exhibit as it stands: handing over what he holds, and acts of one side."""
    rules, own = rules_of(case), case.unit_id == by.unit_id
    here, last = f"/cases/{case.number}/custody", f"exhibits={exhibit.number}"
    found: list[Doing] = []
    if standing.holder.id == by.id and standing.offer is None and may(by, Permission.OFFER_EXHIBIT):
        for slug, handover in rules.handovers.items():
            if standing.where in handover.where if handover.where else standing.here:
                href = f"{here}/offer?type={slug}&{last}"
                label = "检毕交还" if slug == EventType.RECEIVED_BACK else handover.label
                found.append(Doing(label, "transfer-out", href, slug == HOME.get(standing.where)))
    if standing.ended:
        return found
    found += _of_one_side(by, case, exhibit, standing)
    if not own:
        return found
    if may(by, Permission.PRINT_LABEL):
        found.append(Doing("打印标签", "printer", f"/cases/{case.number}/labels?{last}"))
    if may(by, Permission.REQUEST_CUSTODY) and standing.request is None and standing.here:
        found += [
            Doing(f"申请{type_.label}", "writing", f"{here}/request?type={type_.value}&{last}") for type_ in REQUESTED
        ]
    if may(by, Permission.COMMISSION_EXAMINATION) and standing.where is not Whereabouts.LOST:
        href = f"/cases/{case.number}/examinations/new?{last}"
        found.append(Doing("委托检验鉴定", "microscope", href))
    if may(by, Permission.TAKE_OVER) and standing.holder.id != by.id:
        found.append(Doing("紧急接管", "hand-stop", f"{here}/take-over?{last}"))
    return found


def _of_one_side(by: Actor, case: Case, exhibit: Exhibit, standing: Standing) -> list[Doing]:
    """The acts that ``by`` may record by himself; from a thing come portions, from a medium or a file come files."""
    found, lost = [], standing.where is Whereabouts.LOST
    for type_, image in DIRECT:
        rule = rules_of(case).acts[type_]
        fits = standing.where in rule.where if rule.where else not lost
        things = exhibit.kind.tangible or type_ is EventType.COPIED
        if fits and things and may_record(by, case, standing.holder.id, type_):
            href = f"/cases/{case.number}/custody/act?type={type_.value}&exhibits={exhibit.number}"
            others = rule.by == "holder" and standing.holder.id != by.id
            found.append(Doing(type_.label, image, href, holders=others))
    if may_record(by, case, standing.holder.id, EventType.DERIVED) and not lost:
        here = f"/cases/{case.number}/exhibits/{exhibit.number}"
        portions = [Doing("分样", "arrows-split-2", f"{here}/split")] if exhibit.kind is Kind.PHYSICAL else []
        found += [*portions, Doing("提取或复制文件", "file-import", f"{here}/derive")]
    return found


def correctable(event: CustodyEvent) -> dict[str, str]:
    """The facts of an event that a correction may change, as they are."""
    facts = stated(event.body).facts
    return {fact: value for fact, value in facts.items() if fact not in FIXED and isinstance(value, str)}


def happened(event: CustodyEvent) -> datetime:
    return stated(event.body).moment or event.at


def after(number: str, exhibits: list[str]) -> str:
    """Where a person goes when an act is done: to the chain of one, else to what he has in hand."""
    return f"/cases/{number}/exhibits/{exhibits[0]}#chain" if len(exhibits) == 1 else "/custody"


def _numbers(data: Mapping[str, Any]) -> list[str]:
    return [each for each in str(data.get("exhibits", "")).split(",") if each]


def _facts(data: Mapping[str, Any]) -> dict[str, str]:
    """Fields named fact:… of a form."""
    return {name.removeprefix("fact:"): str(value) for name, value in data.items() if name.startswith("fact:")}


def _several(data: Mapping[str, Any], name: str) -> list[str]:
    """A field into which several are written, apart by commas, spaces or 、."""
    text = str(data.get(name, ""))
    for mark in ("、", "，", ",", "\u3000"):
        text = text.replace(mark, " ")
    return text.split()
