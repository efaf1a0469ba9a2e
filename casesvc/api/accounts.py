"""Accounts for the administrator, and everybody's own password."""

import re
from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlmodel import Session

from casesvc.accounts import (
    Account,
    account_of,
    accounts_with_persons,
    add_account,
    disable_account,
    reset_account,
)
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.logins import change_password
from casesvc.passwords import hashed
from casesvc.permissions import Permission, require
from evidence.act import Act, Actor
from evidence.register import Person, Unit, unit_by_code
from workflows.roles import Role

Login = Annotated[str, PathParameter(description="Login of the account")]


def _login(value: str) -> str:
    if not re.fullmatch(r"\w[\w.-]*\w", value) or value == "new":
        raise ValueError("只能由字母、数字、汉字和 . _ - 组成，首尾须为字母、数字或汉字，不能是 new")
    return value


class AccountIn(Given):
    name: Text = Field(title="姓名", min_length=1, max_length=40)
    certificate: Text = Field(title="证件号", min_length=1, max_length=40)
    unit: Text = Field(title="单位", min_length=1, max_length=6, description="Code of the unit")
    login: Annotated[Text, AfterValidator(_login)] = Field(title="账号", min_length=2, max_length=40)
    password: str = Field(title="初始密码", max_length=200, description="Initial; its owner must change it")
    roles: list[Role] = Field(title="角色", min_length=1)


class ResetIn(Given):
    password: str = Field(title="新的初始密码", max_length=200, description="Initial; its owner must change it")


class PasswordIn(Given):
    old: str = Field(title="原密码", max_length=200)
    new: str = Field(title="新密码", max_length=200)


class AccountOut(BaseModel):
    login: str
    name: str
    certificate: str
    unit: str
    roles: list[str]
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    password_set_by_owner: bool = Field(description="False until the owner has changed the initial password")


class AccountController(Controller):
    path = "/accounts"
    tags = ["accounts"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="All accounts, by unit and login",
        operation_id="listAccounts",
        sync_to_thread=True,
        responses=problems(403),
    )
    def list_accounts(self, request: CaseRequest, tx: Looking) -> list[AccountOut]:
        return all_accounts(tx, request.user)

    @post(
        summary="Add a person with a login",
        operation_id="addAccount",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def add(self, request: CaseRequest, state: State, data: JSONBody[AccountIn]) -> AccountOut:
        return enter_account(state.installation, request.user, data)

    @post(
        "/{login:str}/disable",
        summary="Close an account and end its sessions",
        operation_id="disableAccount",
        sync_to_thread=True,
        status_code=200,
        responses=problems(403, 404),
    )
    def disable(self, act: Acting, login: Login) -> AccountOut:
        return close_account(act, login)

    @post(
        "/{login:str}/reset",
        summary="Give an account a new initial password and end its sessions; opens a closed one again",
        operation_id="resetAccount",
        sync_to_thread=True,
        status_code=200,
        responses=problems(403, 404, 422),
    )
    def reset(self, request: CaseRequest, state: State, login: Login, data: JSONBody[ResetIn]) -> AccountOut:
        return give_password(state.installation, request.user, login, data)


@post(
    "/password",
    summary="Change the own password; the other sessions of the account end",
    operation_id="changePassword",
    tags=["session"],
    before_own_password=True,
    sync_to_thread=True,
    status_code=204,
    responses=problems(403, 422, 429),
)
def own_password(request: CaseRequest, state: State, data: JSONBody[PasswordIn]) -> None:
    change_password(state.installation, request.user, request.auth, old=data.old, new=data.new)


def all_accounts(tx: Session, by: Actor) -> list[AccountOut]:
    require(by, Permission.MANAGE_ACCOUNTS)
    return [_account(account, person, unit) for account, person, unit in accounts_with_persons(tx)]


def one_account(tx: Session, by: Actor, login: str) -> AccountOut:
    require(by, Permission.MANAGE_ACCOUNTS)
    return _shown(tx, account_of(tx, login))


def enter_account(here: Installation, by: Actor, data: AccountIn) -> AccountOut:
    require(by, Permission.MANAGE_ACCOUNTS)
    return register_account(here, by, data)


def register_account(here: Installation, by: Actor, data: AccountIn) -> AccountOut:
    """Without asking for a permission: the first account is made at the machine, by nobody."""
    password_hash = hashed(data.password)
    with here.database.begin(by) as act:
        account = add_account(
            act,
            unit_by_code(act.tx, data.unit),
            name=data.name,
            certificate=data.certificate,
            login=data.login,
            password_hash=password_hash,
            roles=frozenset(data.roles),
        )
        return _shown(act.tx, account)


def close_account(act: Act, login: str) -> AccountOut:
    require(act.by, Permission.MANAGE_ACCOUNTS)
    return _shown(act.tx, disable_account(act, login))


def give_password(here: Installation, by: Actor, login: str, data: ResetIn) -> AccountOut:
    require(by, Permission.MANAGE_ACCOUNTS)
    password_hash = hashed(data.password)
    with here.database.begin(by) as act:
        return _shown(act.tx, reset_account(act, login, password_hash=password_hash))


def _shown(tx: Session, account: Account) -> AccountOut:
    person = tx.get_one(Person, account.person_id)
    return _account(account, person, tx.get_one(Unit, person.unit_id))


def _account(account: Account, person: Person, unit: Unit) -> AccountOut:
    return AccountOut(
        login=account.login,
        name=person.name,
        certificate=person.certificate,
        unit=unit.name,
        roles=account.roles.split(",") if account.roles else [],
        created_at=account.created_at,
        disabled_at=account.disabled_at,
        password_set_by_owner=account.password_set_by_owner,
    )
