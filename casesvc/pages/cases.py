"""Cases: the list, the case with its steps, exhibits and documents, and its verification."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from casesvc.acts import now, verify
from casesvc.api.cases import StepIn
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.pages.finding import count_by_stage, find_cases, stages
from casesvc.pages.forms import Form, go
from casesvc.permissions import Permission, case_for, may
from casesvc.present import (
    present_case,
    present_document,
    present_exhibits,
    present_steps,
    present_verification,
)
from casesvc.runs import verifications_of
from evidence.record import What, read
from workflows.deadlines import determination_term
from workflows.documents import documents_of
from workflows.steps import take_step

FACT = "fact."
MOST_PHOTOS = 24
"""Photographs on the page of a case; the gallery shows all."""


@get("/cases", include_in_schema=False, sync_to_thread=True)
def cases(
    request: CaseRequest,
    tx: Looking,
    words: Annotated[str, QueryParameter(name="q", max_length=100)] = "",
    stage: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Template:
    by = request.user
    context = {
        "by": by,
        "words": words,
        "stage": stage,
        "stages": stages(),
        "counts": count_by_stage(tx, by, words=words),
        "found": find_cases(tx, by, words=words, stage=stage, page=page),
    }
    return Template("cases.html", context=context)


@get("/cases/{number:str}", include_in_schema=False, sync_to_thread=True)
def case_page(request: CaseRequest, state: State, number: FromPath[str]) -> Template:
    here: Installation = state.installation
    by = request.user
    with here.database.reading() as tx:  # there may be thousands of exhibits, so not while others' acts wait
        case = case_for(tx, by, number, Permission.SEE_CASE)
        own = case.unit_id == by.unit_id
        context = {
            "by": by,
            "case": present_case(tx, case),
            "stages": stages(),
            "steps": present_steps(tx, case, by),
            "exhibits": present_exhibits(tx, case),
            "documents": [present_document(tx, row) for row in documents_of(tx, case)],
            "works": {permission.name: own and may(by, permission) for permission in Permission if permission.works},
            "most_photos": MOST_PHOTOS,
            "term": determination_term(tx, case, now()),
            "now": now(),
        }
    with here.database.begin(by) as act:
        read(act, What.VIEW, purpose="查看案件及证据目录", case=case)
    return Template("case.html", context=context)


@post("/cases/{number:str}/steps", include_in_schema=False, sync_to_thread=True)
def record_step(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    case = case_for(act.tx, act.by, number, Permission.TAKE_STEP)
    facts = {name.removeprefix(FACT): str(value) for name, value in data.items() if name.startswith(FACT)}
    step = StepIn(slug=str(data.get("slug", "")), facts=facts)
    take_step(act, case, step.slug, step.facts)
    return go(request, f"/cases/{number}#steps")


@post("/cases/{number:str}/verification", include_in_schema=False, sync_to_thread=True)
def verify_case(request: CaseRequest, state: State, number: FromPath[str]) -> Response[Any]:
    run = verify(state.installation, request.user, number)
    return go(request, f"/cases/{number}/verifications/{run.id}")


@get("/cases/{number:str}/verifications/{run:int}", include_in_schema=False, sync_to_thread=True)
def verification(request: CaseRequest, tx: Looking, number: FromPath[str], run: FromPath[int]) -> Template:
    case = case_for(tx, request.user, number, Permission.SEE_CASE)
    kept = [present_verification(tx, row) for row in verifications_of(tx, case)]
    shown = next((one for one in kept if one.id == run), None)
    if shown is None:
        raise NotFoundException
    context = {"by": request.user, "case": present_case(tx, case), "verification": shown, "earlier": kept}
    return Template("verification.html", context=context)
