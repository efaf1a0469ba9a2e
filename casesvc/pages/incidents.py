"""Alarms, and the case that is opened on one."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from casesvc.acts import now
from casesvc.api.cases import AlarmIn, OpeningIn, enter_alarm, open_on_incident
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.forms import Form, beijing, filled, go
from casesvc.permissions import Permission, incident_for, require, visible_incidents
from casesvc.present import present_incident
from evidence.register import Procedure

LABELS = {
    "received_at": "接报时间",
    "caller": "报警人",
    "phone": "报警电话",
    "place": "起火地点",
    "burning": "燃烧对象",
    "trapped": "人员被困情况",
    "name": "火灾名称",
    "fire_at": "起火时间",
    "procedure": "调查程序",
}


@get("/incidents", include_in_schema=False, sync_to_thread=True)
def incidents(request: CaseRequest, tx: Looking) -> Template:
    by = request.user
    rows = list(tx.exec(visible_incidents(tx, by)))
    context = {
        "by": by,
        "incidents": [present_incident(tx, row) for row in rows],
        "own": {row.number for row in rows if row.unit_id == by.unit_id},
    }
    return Template("incidents.html", context=context)


@get("/incidents/new", include_in_schema=False, sync_to_thread=False)
def new_incident(request: CaseRequest) -> Template:
    require(request.user, Permission.RECORD_INCIDENT)
    return Template("incident_new.html", context={"by": request.user, "now": now()})


@post("/incidents/new", include_in_schema=False, sync_to_thread=True)
def record_incident(request: CaseRequest, act: Acting, data: Form) -> Response[Any]:
    at = beijing(data, "received_at", LABELS["received_at"])
    incident = enter_alarm(act, filled(AlarmIn, data, LABELS, received_at=at))
    return go(request, f"/incidents/{incident.number}/case" if data.get("then") == "case" else "/incidents")


@get("/incidents/{number:str}/case", include_in_schema=False, sync_to_thread=True)
def opening(request: CaseRequest, tx: Looking, number: FromPath[str]) -> Template:
    incident = present_incident(tx, incident_for(tx, request.user, number, Permission.OPEN_CASE))
    context = {"by": request.user, "incident": incident, "procedures": list(Procedure)}
    return Template("case_open.html", context=context)


@post("/incidents/{number:str}/case", include_in_schema=False, sync_to_thread=True)
def open_case(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    at = beijing(data, "fire_at", LABELS["fire_at"])
    case = open_on_incident(act, filled(OpeningIn, data, LABELS, incident=number, fire_at=at))
    return go(request, f"/cases/{case.number}")
