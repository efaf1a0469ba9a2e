"""Cases: the list, the case with its steps, exhibits and documents, and its verification."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from casesvc.acts import verify
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.finding import count_by_stage, find_cases, stages
from casesvc.pages.forms import Form, go
from casesvc.permissions import Permission, case_for, may
from casesvc.present import present_case, present_document, present_exhibits, present_report, present_steps
from evidence.record import What, read
from workflows.documents import documents_of
from workflows.steps import take_step

FACT = "fact."


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
def case_page(act: Acting, number: FromPath[str]) -> Template:
    case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
    own = case.unit_id == act.by.unit_id
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "stages": stages(),
        "steps": present_steps(act.tx, case, act.by),
        "exhibits": present_exhibits(act.tx, case),
        "documents": [present_document(act.tx, row) for row in documents_of(act.tx, case)],
        "works": {permission.name: own and may(act.by, permission) for permission in Permission if permission.works},
    }
    read(act, What.VIEW, purpose="查看案件及物证目录", case=case)
    return Template("case.html", context=context)


@post("/cases/{number:str}/steps", include_in_schema=False, sync_to_thread=True)
def record_step(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    case = case_for(act.tx, act.by, number, Permission.TAKE_STEP)
    facts = {name.removeprefix(FACT): str(value) for name, value in data.items() if name.startswith(FACT)}
    take_step(act, case, str(data.get("slug", "")), facts)
    return go(request, f"/cases/{number}#steps")


@post("/cases/{number:str}/verification", include_in_schema=False, sync_to_thread=True, status_code=200)
def verification(request: CaseRequest, tx: Looking, state: State, number: FromPath[str]) -> Template:
    report = present_report(verify(state.installation, request.user, number))
    case = present_case(tx, case_for(tx, request.user, number, Permission.SEE_CASE))
    return Template("verification.html", context={"by": request.user, "case": case, "report": report})
