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
from evidence.errors import ScannerUnavailable
from evidence.scanning import count_scans


class ScannerOut(BaseModel):
    """The virus scanner, asked now."""

    available: bool
    engine: str = Field(description="Program and signature database, in the scanner's words; empty while it is away")
    cause: str = Field(description="Why it is away; empty while it answers")
    unscanned: int = Field(description="Originals that have no scan yet")
    quarantined: int = Field(description="Originals whose latest scan found a virus")


class StatusOut(BaseModel):
    store: str = Field(description="Kind of object store")
    database: str = Field(description="Kind of database")
    scanner: ScannerOut | None = Field(description="None where no virus scanner is configured")
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
    summary="Store, database, virus scanner, canary",
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
    scanner = scanner_now(here, tx)
    run = latest_canary(tx)
    return StatusOut(
        store=here.store.name,
        database=here.database.engine.dialect.name,
        scanner=scanner,
        canary=present_canary(run) if run else None,
    )


def scanner_now(here: Installation, tx: Session) -> ScannerOut | None:
    """Asked before anything is read: no transaction stands open while a scanner is slow to answer."""
    if here.scanner is None:
        return None
    engine, cause = "", ""
    try:
        engine = here.scanner.version()
    except ScannerUnavailable as reason:
        cause = reason.cause
    waiting, found = count_scans(tx)
    return ScannerOut(available=not cause, engine=engine, cause=cause, unscanned=waiting, quarantined=found)
