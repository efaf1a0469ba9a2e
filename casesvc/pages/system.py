"""The catalogue of forms, the state of the installation, and accounts."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Template
from sqlmodel import col, select

import templates
from casesvc.accounts import SHORTEST_PASSWORD
from casesvc.acts import ask_canary
from casesvc.api.system import AccountIn, enter_account, status_for
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.forms import Form, filled, go
from casesvc.permissions import Permission, require
from casesvc.present import present_form, present_unit
from evidence.register import Unit
from workflows.roles import Role

LABELS = {
    "name": "姓名",
    "certificate": "证件号",
    "unit": "单位",
    "login": "账号",
    "password": "初始密码",
    "roles": "角色",
}


@get("/forms", include_in_schema=False, sync_to_thread=False)
def catalogue(request: CaseRequest) -> Template:
    forms = [present_form(form) for form in templates.catalogue()]
    groups = {stage: [form for form in forms if form.stage == stage] for stage in dict.fromkeys(f.stage for f in forms)}
    return Template("forms.html", context={"by": request.user, "forms": forms, "groups": groups})


@get("/status", include_in_schema=False, sync_to_thread=True)
def status_page(request: CaseRequest, tx: Looking, state: State) -> Template:
    status = status_for(state.installation, tx, request.user)
    return Template("status.html", context={"by": request.user, "status": status})


@post("/status/canary", include_in_schema=False, sync_to_thread=True)
def run_canary(request: CaseRequest, state: State) -> Response[Any]:
    ask_canary(state.installation, request.user)
    return go(request, "/status#canary")


@get("/accounts/new", include_in_schema=False, sync_to_thread=True)
def new_account(request: CaseRequest, tx: Looking, added: FromQuery[str] = "") -> Template:
    require(request.user, Permission.ADD_ACCOUNT)
    units = [present_unit(unit) for unit in tx.exec(select(Unit).order_by(col(Unit.code)))]
    context = {
        "by": request.user,
        "units": units,
        "roles": list(Role),
        "added": added[:40],
        "shortest": SHORTEST_PASSWORD,
    }
    return Template("account_new.html", context=context)


@post("/accounts/new", include_in_schema=False, sync_to_thread=True)
def add_account(request: CaseRequest, act: Acting, data: Form) -> Response[Any]:
    roles = data.get("roles", [])
    account = enter_account(act, filled(AccountIn, data, LABELS, roles=roles if isinstance(roles, list) else [roles]))
    return go(request, f"/accounts/new?added={account.login}")
