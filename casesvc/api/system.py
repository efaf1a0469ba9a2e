"""Health and status of the installation, the canary, accounts."""

from litestar import get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from pydantic import BaseModel, Field
from sqlmodel import Session

from casesvc.accounts import add_account
from casesvc.acts import ask_canary, latest_canary
from casesvc.api.described import problems
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, require
from casesvc.present import present_canary
from casesvc.shown import CanaryOut
from evidence.act import Act, Actor
from evidence.register import unit_by_code
from workflows.roles import Role


class StatusOut(BaseModel):
    store: str = Field(description="Kind of object store")
    database: str = Field(description="Kind of database")
    canary: CanaryOut | None = Field(description="Latest test of what the store refuses")


class AccountIn(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    certificate: str = Field(min_length=1, max_length=40)
    unit: str = Field(description="Code of the unit")
    login: str = Field(min_length=2, max_length=40)
    password: str = Field(max_length=200)
    roles: list[Role] = Field(min_length=1)


class AccountOut(BaseModel):
    login: str
    roles: list[str]


@get(
    "/health",
    summary="Whether the service answers and its database too",
    operation_id="health",
    tags=["system"],
    exclude_from_auth=True,
    sync_to_thread=True,
    status_code=204,
)
def health(state: State) -> None:
    state.installation.database.ping()


@get(
    "/status",
    summary="Store, database, canary",
    operation_id="status",
    tags=["system"],
    sync_to_thread=True,
    responses=problems(403),
)
def status(request: CaseRequest, tx: Looking, state: State) -> StatusOut:
    return status_for(state.installation, tx, request.user)


@post(
    "/canary",
    summary="Test now what the store refuses",
    operation_id="runCanary",
    tags=["system"],
    sync_to_thread=True,
    status_code=200,
    responses=problems(403, 503),
)
def canary(request: CaseRequest, state: State) -> CanaryOut:
    return present_canary(ask_canary(state.installation, request.user))


@post(
    "/accounts",
    summary="Add a person with a login",
    operation_id="addAccount",
    tags=["system"],
    sync_to_thread=True,
    responses=problems(403, 404, 409, 422),
)
def accounts(act: Acting, data: JSONBody[AccountIn]) -> AccountOut:
    return enter_account(act, data)


def status_for(here: Installation, tx: Session, by: Actor) -> StatusOut:
    require(by, Permission.SEE_STATUS)
    run = latest_canary(tx)
    return StatusOut(
        store=here.store.name,
        database=here.database.engine.dialect.name,
        canary=present_canary(run) if run else None,
    )


def enter_account(act: Act, data: JSONBody[AccountIn]) -> AccountOut:
    require(act.by, Permission.ADD_ACCOUNT)
    account = add_account(
        act,
        unit_by_code(act.tx, data.unit),
        name=data.name,
        certificate=data.certificate,
        login=data.login,
        password=data.password,
        roles=frozenset(data.roles),
    )
    return AccountOut(login=account.login, roles=account.roles.split(","))
