"""The pages of a handover: offering, checking and answering exhibit by exhibit, the paper of somebody outside."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session, select

from casesvc.acts import now
from casesvc.api.handovers import (
    AnswerIn,
    AnsweringIn,
    OfferedIn,
    OfferIn,
    PaperIn,
    TakeBackIn,
    WithdrawIn,
    enter_answer,
    enter_offer,
    enter_paper,
    enter_taking_back,
    enter_withdrawal,
)
from casesvc.auth import CaseRequest
from casesvc.database import Acting
from casesvc.errors import InputRefused
from casesvc.handing import colleagues, handover_for
from casesvc.pages.custody import LABELS, Chosen, Wanted, act_type, chosen
from casesvc.pages.examinations import offer_preset
from casesvc.pages.forms import Form, beijing_or_none, filled, go, numbers_in
from casesvc.permissions import Permission
from casesvc.present import present_case
from casesvc.present_custody import present_handover
from evidence.act import Actor
from evidence.custody import rules_of
from evidence.custody_event import EventType
from evidence.custody_rules import HandoverRule, Receiver
from evidence.handover import POOLS, items_of
from evidence.handover_paper import papers_for
from evidence.place import places_of
from evidence.record import What, read
from evidence.register import Case, Level, Unit

OFFER = {
    **LABELS,
    "receiver": "接收人",
    "unit": "接收单位",
    "outside_name": "接收人姓名",
    "outside_organisation": "接收人单位或身份",
    "outside_document": "接收人证件号码",
    "purpose": "用途",
    "breach_reason": "不符合规定的情况说明",
    "paper": "签字交接单的证据编号",
}


@get("/cases/{number:str}/custody/offer", include_in_schema=False, sync_to_thread=True)
def offer_form(
    act: Acting, number: FromPath[str], wanted: Wanted = "", exhibits: Chosen = "", examination: FromQuery[str] = ""
) -> Template:
    """``examination`` is the number of the one that the exhibits go to or come back from."""
    type_ = act_type(wanted)
    case, items = chosen(act, number, exhibits, Permission.OFFER_EXHIBIT, f"办理{type_.label}")
    rule = rules_of(case).handovers.get(type_)
    if rule is None:
        raise InputRefused("该事项不是移交。")
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "type": type_,
        "rule": rule,
        "items": items,
        "people": _people(act.tx, case, rule, act.by),
        "units": _units(act.tx, case, rule),
        "preset": offer_preset(act.tx, act.by, case, type_, examination) if examination else {},
    }
    return Template("handover_offer.html", context=context)


def _people(tx: Session, case: Case, rule: HandoverRule, by: Actor) -> list[tuple[str, str]]:
    """Certificates and names of those who can receive."""
    if rule.receiver is Receiver.OUTSIDE:
        return []
    role = POOLS.get(rule.receiver)
    return [
        (each.person.certificate, f"{each.person.name}（{each.unit}）")
        for each in colleagues(tx, case)
        if each.person.id != by.id and (role is None or role in each.roles)
    ]


def _units(tx: Session, case: Case, rule: HandoverRule) -> list[tuple[str, str]]:
    """Codes and names of the units whose keepers or laboratory can receive, whoever of them is there."""
    if rule.receiver is Receiver.CUSTODIAN:
        unit = tx.get_one(Unit, case.unit_id)
        return [(unit.code, f"{unit.name}保管人（任何一人）")]
    if rule.receiver is Receiver.LABORATORY:
        return [
            (unit.code, f"{unit.name}检验鉴定人员（任何一人）")
            for unit in tx.exec(select(Unit).where(Unit.level == Level.CITY))
        ]
    return []


@post("/cases/{number:str}/custody/offer", include_in_schema=False, sync_to_thread=True)
def make_offer(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    items = [
        filled(OfferedIn, {**per_exhibit(data, each), "exhibit": each}, OFFER)
        for each in str(data.get("exhibits", "")).split(",")
        if each
    ]
    term = beijing_or_none(data, "term", OFFER["term"])
    to = str(data.get("to", ""))
    named = {"receiver": to} if not to.startswith("unit:") else {"unit": to.removeprefix("unit:")}
    handover = enter_offer(act, number, filled(OfferIn, {**data, **named}, OFFER, items=items, term=term))
    return go(request, f"/cases/{number}/handovers/{handover.number}")


@get("/cases/{number:str}/handovers/{handover:str}", include_in_schema=False, sync_to_thread=True)
def handover_page(act: Acting, number: FromPath[str], handover: FromPath[str]) -> Template:
    case, found = handover_for(act.tx, act.by, number, handover)
    names = {exhibit.number: exhibit.name for _, exhibit, _ in items_of(act.tx, found)}
    context = {
        "by": act.by,
        "at": now(),
        "case": present_case(act.tx, case),
        "handover": present_handover(act.tx, found, act.by),
        "names": names,
        "rule": rules_of(case).handovers[found.type],
        "keeps": found.type in {EventType.HANDED_IN, EventType.RETURNED},
        "places": [each for each in places_of(act.tx, act.by.unit_id) if not each.closed],
        "scans": papers_for(act.tx, case, found.offered_at) if found.outside else [],
    }
    read(act, What.VIEW, purpose=f"查看移交 {handover}", case=case)
    return Template("handover.html", context=context)


@post("/cases/{number:str}/handovers/{handover:str}/answers", include_in_schema=False, sync_to_thread=True)
def answer(
    request: CaseRequest, state: State, number: FromPath[str], handover: FromPath[str], data: Form
) -> Response[Any]:
    given = filled(AnsweringIn, data, OFFER, answers=answers_in(number, data))
    enter_answer(state.installation, request.user, number, handover, given)
    return go(request, f"/cases/{number}/handovers/{handover}")


@post("/cases/{number:str}/handovers/{handover:str}/paper", include_in_schema=False, sync_to_thread=True)
def paper(
    request: CaseRequest, state: State, number: FromPath[str], handover: FromPath[str], data: Form
) -> Response[Any]:
    when = beijing_or_none(data, "happened_at", "签字时间")
    given = filled(PaperIn, with_paper(number, data), OFFER, answers=answers_in(number, data), happened_at=when)
    enter_paper(state.installation, request.user, number, handover, given)
    return go(request, f"/cases/{number}/handovers/{handover}")


@post("/cases/{number:str}/handovers/{handover:str}/withdrawal", include_in_schema=False, sync_to_thread=True)
def withdraw(
    request: CaseRequest, act: Acting, number: FromPath[str], handover: FromPath[str], data: Form
) -> Response[Any]:
    enter_withdrawal(act, number, handover, filled(WithdrawIn, data, OFFER))
    return go(request, f"/cases/{number}/handovers/{handover}")


@get("/cases/{number:str}/custody/take-back", include_in_schema=False, sync_to_thread=True)
def take_back_form(act: Acting, number: FromPath[str], exhibits: Chosen = "") -> Template:
    case, items = chosen(act, number, exhibits, Permission.RECORD_CUSTODY, "办理检毕取回")
    context = {"by": act.by, "case": present_case(act.tx, case), "items": items}
    context["scans"] = papers_for(act.tx, case)
    return Template("custody_take_back.html", context=context)


@post("/cases/{number:str}/custody/take-back", include_in_schema=False, sync_to_thread=True)
def take_back(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    when = beijing_or_none(data, "happened_at", "签字时间")
    given = filled(TakeBackIn, with_paper(number, data), OFFER, answers=answers_in(number, data), happened_at=when)
    enter_taking_back(state.installation, request.user, number, given)
    return go(request, "/custody")


def with_paper(case: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The form with the whole number of its paper, which may be written by its last four digits."""
    return {**data, "paper": "".join(numbers_in(case, data, "paper"))}


def answers_in(case: str, data: Mapping[str, Any]) -> list[AnswerIn]:
    """The answers of a form: per exhibit its fields, and what holds for all where an exhibit has none of its own.

    An exhibit that was neither accepted nor rejected is left for later.
    """
    found = []
    for each in str(data.get("exhibits", "")).split(","):
        own = per_exhibit(data, each)
        answered = own.pop("answer", "")
        if not each or answered not in {"accept", "reject"}:
            continue
        for fact in ("place", "place_code", "witness"):
            own[fact] = own.get(fact) or str(data.get(fact, ""))
        photos = numbers_in(case, own, "photos")
        names = [name for name in (str(data.get(f"witness_{n}", "")) for n in (1, 2)) if name]
        given = {**own, "exhibit": each, "accepted": answered == "accept", "photos": photos, "witnesses": names}
        found.append(filled(AnswerIn, given, OFFER))
    if not found:
        raise InputRefused("请对至少一件证据选择接收或拒收。")
    return found


def per_exhibit(data: Mapping[str, Any], exhibit: str) -> dict[str, Any]:
    """The fields of a form that are one exhibit's: named field:number."""
    end = f":{exhibit}"
    return {name.removesuffix(end): value for name, value in data.items() if name.endswith(end)}
