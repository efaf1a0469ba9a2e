"""Incidents, cases, steps and verification."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session, col, select

from casesvc.acts import verify
from casesvc.api.described import problems
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.permissions import Permission, case_for, require, visible_cases, visible_units
from casesvc.present import present_case, present_cases, present_incident, present_report, present_steps, present_unit
from casesvc.shown import CaseOut, IncidentOut, ReportOut, StepOut, UnitOut
from evidence.act import Act
from evidence.register import Case, Procedure, Unit
from workflows.errors import IncidentUnknown
from workflows.incident import Incident, incident_by_number, open_case, record_alarm
from workflows.steps import take_step

CaseNumber = Annotated[str, PathParameter(description="Case number, e.g. 4105022026O0001")]


class AlarmIn(BaseModel):
    """An alarm as received (D01)."""

    received_at: AwareDatetime = Field(description="When the alarm came in, with time zone")
    caller: str = Field("", max_length=60)
    phone: str = Field("", max_length=40)
    place: str = Field("", max_length=200)
    burning: str = Field("", max_length=200, description="What burns")
    trapped: str = Field("", max_length=200, description="Persons trapped")


class OpeningIn(BaseModel):
    incident: str = Field(description="Number of the incident")
    name: str = Field("", max_length=200, description="Name of the fire")
    fire_at: AwareDatetime = Field(description="Time of the fire, with time zone")
    procedure: Procedure = Procedure.ORDINARY


class StepIn(BaseModel):
    slug: str = Field(description="Step of the procedure")
    facts: dict[str, str] = Field(default_factory=dict, description="The facts the step asks for")


class IncidentController(Controller):
    path = "/incidents"
    tags = ["incidents"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Incidents of the own unit and those below, newest first",
        operation_id="listIncidents",
        sync_to_thread=True,
        responses=problems(403),
    )
    def list_incidents(self, request: CaseRequest, tx: Looking) -> list[IncidentOut]:
        require(request.user, Permission.SEE_INCIDENTS)
        return [present_incident(tx, row) for row in visible_incidents(tx, request)]

    @post(
        summary="Record an alarm",
        operation_id="recordAlarm",
        sync_to_thread=True,
        responses=problems(403, 422),
    )
    def record(self, act: Acting, data: JSONBody[AlarmIn]) -> IncidentOut:
        return present_incident(act.tx, enter_alarm(act, data))


class CaseController(Controller):
    path = "/cases"
    tags = ["cases"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Cases the person may see, newest first",
        operation_id="listCases",
        sync_to_thread=True,
        responses=problems(403),
    )
    def list_cases(self, request: CaseRequest, tx: Looking) -> list[CaseOut]:
        return present_cases(tx, list(tx.exec(visible_cases(tx, request.user))))

    @post(
        summary="Open the case of an incident",
        operation_id="openCase",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def open(self, act: Acting, data: JSONBody[OpeningIn]) -> CaseOut:
        return present_case(act.tx, open_on_incident(act, data))

    @get(
        "/{number:str}",
        summary="A case",
        operation_id="getCase",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def case(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> CaseOut:
        return present_case(tx, case_for(tx, request.user, number, Permission.SEE_CASE))

    @get(
        "/{number:str}/steps",
        summary="The procedure as it stands in a case",
        operation_id="listSteps",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def steps(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> list[StepOut]:
        case = case_for(tx, request.user, number, Permission.SEE_CASE)
        return present_steps(tx, case, request.user)

    @post(
        "/{number:str}/steps",
        summary="Record a step that is not the issue of a document",
        operation_id="takeStep",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def take(self, act: Acting, number: CaseNumber, data: JSONBody[StepIn]) -> list[StepOut]:
        case = case_for(act.tx, act.by, number, Permission.TAKE_STEP)
        take_step(act, case, data.slug, data.facts)
        return present_steps(act.tx, case, act.by)

    @post(
        "/{number:str}/verification",
        summary="Verify a case: re-read every stored byte and re-walk every chain",
        operation_id="verifyCase",
        sync_to_thread=True,
        status_code=200,
        responses=problems(403, 404, 503),
    )
    def verify(self, request: CaseRequest, state: State, number: CaseNumber) -> ReportOut:
        return present_report(verify(state.installation, request.user, number))


@get(
    "/units",
    summary="The fire agencies of the installation",
    operation_id="listUnits",
    tags=["cases"],
    sync_to_thread=True,
    responses=problems(),
)
def list_units(tx: Looking) -> list[UnitOut]:
    return [present_unit(unit) for unit in tx.exec(select(Unit).order_by(col(Unit.code)))]


def visible_incidents(tx: Session, request: CaseRequest) -> list[Incident]:
    """Incidents of the units whose cases the person sees, newest first."""
    units = visible_units(tx, request.user)
    query = select(Incident).where(col(Incident.unit_id).in_(units)).order_by(col(Incident.id).desc())
    return list(tx.exec(query))


def enter_alarm(act: Act, data: AlarmIn) -> Incident:
    require(act.by, Permission.RECORD_INCIDENT)
    return record_alarm(
        act,
        act.tx.get_one(Unit, act.by.unit_id),
        received_at=data.received_at,
        caller=data.caller,
        phone=data.phone,
        place=data.place,
        burning=data.burning,
        trapped=data.trapped,
    )


def open_on_incident(act: Act, data: OpeningIn) -> Case:
    """Open a case on an incident of the person's own unit."""
    require(act.by, Permission.OPEN_CASE)
    incident = incident_by_number(act.tx, data.incident)
    if incident.unit_id != act.by.unit_id:
        raise IncidentUnknown(data.incident)
    unit = act.tx.get_one(Unit, incident.unit_id)
    return open_case(act, unit, incident, name=data.name, fire_at=data.fire_at, procedure_type=data.procedure)
