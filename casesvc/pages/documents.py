"""Issuing a document: a form of the catalogue as a page, filled from the record as far as it goes."""

import logging
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import Session

import templates
from casesvc.acts import issue, now
from casesvc.answers import told
from casesvc.api.documents import About, draft_fields
from casesvc.auth import CaseRequest
from casesvc.database import Acting
from casesvc.installation import Installation
from casesvc.pages.form_fields import GIVEN_BY_REGISTER, Fault, Posted, Widget, parse, widgets
from casesvc.pages.forms import Form, go
from casesvc.permissions import Permission, case_for
from casesvc.present import present_case, present_form
from casesvc.problem import Problem
from casesvc.problems import problem_of
from evidence.act import Act, Actor
from evidence.moments import BEIJING
from evidence.register import Case, Unit
from workflows.documents import issuing_step
from workflows.errors import WorkflowError
from workflows.steps import check_step, steps_of

LARGEST_DOCUMENT = 16 * 1024 * 1024  # bytes; 500 rows of a list, each with a long text
log = logging.getLogger(__name__)


@get("/cases/{number:str}/documents/new/{form:str}", include_in_schema=False, sync_to_thread=True)
def document_form(act: Acting, number: FromPath[str], form: FromPath[str], about: About = "") -> Template:
    return _page(act, number, form, about)


@post(
    "/cases/{number:str}/documents/new/{form:str}",
    include_in_schema=False,
    sync_to_thread=True,
    request_max_body_size=LARGEST_DOCUMENT,
)
def issue_form(
    request: CaseRequest, state: State, number: FromPath[str], form: FromPath[str], data: Form, about: About = ""
) -> Response[Any] | Template:
    """Issue; whatever stands in the way, the person gets the form back as he filled it."""
    here: Installation = state.installation
    posted = parse(form, data)
    try:
        issue(here, request.user, number, form, posted.fields)
    except Exception as reason:
        if problem_of(reason) is None:
            raise
        problem, detail = told(reason)
        if problem.status >= 500:
            log.exception("issue of %s in %s", form, number)
        fault = Fault(getattr(reason, "field", ""), getattr(reason, "reason", "请填写"))
        with here.database.begin(request.user) as act:
            return _page(act, number, form, about, posted=posted, problem=problem, detail=detail, fault=fault)
    return go(request, f"/cases/{number}#documents")


def _page(
    act: Act,
    number: str,
    form: str,
    about: str,
    *,
    posted: Posted | None = None,
    problem: Problem | None = None,
    detail: str = "",
    fault: Fault | None = None,
) -> Template:
    tx, by = act.tx, act.by
    known = draft_fields(act, number, form, about)
    case = case_for(tx, by, number, Permission.ISSUE_DOCUMENT)
    inputs = widgets(form, posted or Posted(known), known=known, fault=fault)
    refusal = _refusal(tx, case, by, form)
    context = {
        "by": by,
        "case": present_case(tx, case),
        "form": present_form(templates.form(form)),
        "numbering": numbering(form, tx.get_one(Unit, case.unit_id)),
        "sections": sections(inputs),
        "recorded": [widget.label for widget in inputs if any(leaf.recorded for leaf in widget.leaves())],
        "refusal": refusal,
        "problem": None if refusal and refusal == detail else problem,
        "detail": detail,
        "fault": faulty_input(inputs),
    }
    return Template("document_form.html", context=context, status_code=problem.status if problem else 200)


def _refusal(tx: Session, case: Case, by: Actor, form: str) -> str:
    """Why this person cannot issue this form in the case now, in Chinese; empty when nothing stands in the way."""
    try:
        check_step(case, steps_of(tx, case), issuing_step(form), by)
    except WorkflowError as reason:
        return told(reason)[1]
    return ""


def numbering(form: str, unit: Unit) -> str:
    """How the number that the register will give looks, with the serial left open; empty where none is printed."""
    if GIVEN_BY_REGISTER not in templates.fields_of(form).model_fields:
        return ""
    year = now().astimezone(BEIJING).year
    given = templates.number(templates.form(form), org=unit.short_name, year=year, serial=1) or ""
    return given.replace("0001", "××××")


def sections(inputs: tuple[Widget, ...]) -> list[list[Widget]]:
    """The inputs in their order: runs of single ones together, each nested one alone."""
    found: list[list[Widget]] = []
    for widget in inputs:
        if widget.nested or not found or found[-1][-1].nested:
            found.append([widget])
        else:
            found[-1].append(widget)
    return found


def faulty_input(inputs: tuple[Widget, ...]) -> str:
    """The id of the innermost input that was refused; empty when none was."""
    for widget in inputs:
        below = (*widget.children, *(child for option in widget.options if option.chosen for child in option.children))
        if found := faulty_input(below):
            return found
        if widget.error:
            return widget.id
    return ""
