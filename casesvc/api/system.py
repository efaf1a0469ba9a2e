"""Health and status of the installation, the canary."""

from litestar import get, post
from litestar.datastructures import State
from pydantic import BaseModel, Field
from sqlmodel import Session

from casesvc.acts import ask_canary
from casesvc.api.described import problems
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, require
from casesvc.present import present_canary
from casesvc.runs import latest_canary
from casesvc.shown import CanaryOut
from evidence.act import Actor


class StatusOut(BaseModel):
    store: str = Field(description="Kind of object store")
    database: str = Field(description="Kind of database")
    canary: CanaryOut | None = Field(description="Latest test of what the store refuses")


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


def status_for(here: Installation, tx: Session, by: Actor) -> StatusOut:
    require(by, Permission.SEE_STATUS)
    run = latest_canary(tx)
    return StatusOut(
        store=here.store.name,
        database=here.database.engine.dialect.name,
        canary=present_canary(run) if run else None,
    )
