"""Accounts for the administrator, and everybody's own password."""

from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import col, select

from casesvc.accounts import own_account
from casesvc.api.accounts import (
    AccountIn,
    PasswordIn,
    ResetIn,
    all_accounts,
    close_account,
    enter_account,
    give_password,
    one_account,
)
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.errors import InputRefused
from casesvc.logins import change_password
from casesvc.pages.forms import Form, filled, go
from casesvc.passwords import SHORTEST
from casesvc.permissions import Permission, require
from casesvc.present import present_unit
from evidence.register import Unit
from workflows.roles import Role


@get("/accounts", include_in_schema=False, sync_to_thread=True)
def accounts(request: CaseRequest, tx: Looking) -> Template:
    context = {"by": request.user, "accounts": all_accounts(tx, request.user)}
    return Template("accounts.html", context=context)


@get("/accounts/new", include_in_schema=False, sync_to_thread=True)
def new_account(request: CaseRequest, tx: Looking) -> Template:
    require(request.user, Permission.MANAGE_ACCOUNTS)
    units = [present_unit(unit) for unit in tx.exec(select(Unit).order_by(col(Unit.code)))]
    context = {"by": request.user, "units": units, "roles": list(Role), "shortest": SHORTEST}
    return Template("account_new.html", context=context)


@post("/accounts/new", include_in_schema=False, sync_to_thread=True)
def add_account(request: CaseRequest, state: State, data: Form) -> Response[Any]:
    require(request.user, Permission.MANAGE_ACCOUNTS)
    roles = data.get("roles", [])
    asked = filled(AccountIn, data, {}, roles=roles if isinstance(roles, list) else [roles])
    account = enter_account(state.installation, request.user, asked)
    return _to(request, account.login, "added")


@get("/accounts/{login:str}", include_in_schema=False, sync_to_thread=True)
def account(request: CaseRequest, tx: Looking, login: FromPath[str], done: FromQuery[str] = "") -> Template:
    context = {
        "by": request.user,
        "account": one_account(tx, request.user, login),
        "done": done,
        "shortest": SHORTEST,
    }
    return Template("account.html", context=context)


@post("/accounts/{login:str}/disable", include_in_schema=False, sync_to_thread=True)
def disable(request: CaseRequest, act: Acting, login: FromPath[str]) -> Response[Any]:
    close_account(act, login)
    return _to(request, login, "disabled")


@post("/accounts/{login:str}/reset", include_in_schema=False, sync_to_thread=True)
def reset(request: CaseRequest, state: State, login: FromPath[str], data: Form) -> Response[Any]:
    give_password(state.installation, request.user, login, filled(ResetIn, data, {}))
    return _to(request, login, "reset")


@get("/password", include_in_schema=False, before_own_password=True, sync_to_thread=True)
def password(request: CaseRequest, tx: Looking, done: FromQuery[str] = "") -> Template:
    context = {
        "by": request.user,
        "given": not own_account(tx, request.user).password_set_by_owner,
        "done": done,
        "shortest": SHORTEST,
    }
    return Template("password.html", context=context)


@post("/password", include_in_schema=False, before_own_password=True, sync_to_thread=True)
def set_password(request: CaseRequest, state: State, data: Form) -> Response[Any]:
    asked = filled(PasswordIn, data, {})
    if data.get("again") != asked.new:
        raise InputRefused("两次输入的新密码不一致，请重新输入。")
    change_password(state.installation, request.user, request.auth, old=asked.old, new=asked.new)
    return go(request, "/password?done=changed")


def _to(request: CaseRequest, login: str, done: str) -> Response[Any]:
    return go(request, f"/accounts/{quote(login)}?done={done}")
