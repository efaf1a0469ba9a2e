"""Incidents, cases, steps and verification."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from pydantic import Field
from sqlmodel import col, select

from casesvc.acts import verify
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, incident_for, require, visible_cases, visible_incidents
from casesvc.present import (
    present_case,
    present_cases,
    present_incident,
    present_steps,
    present_unit,
    present_verification,
)
from casesvc.runs import verifications_of
from casesvc.shown import CaseOut, IncidentOut, StepOut, UnitOut, VerificationOut
from evidence.act import Act
from evidence.register import Case, Procedure, Unit
from workflows.incident import Incident, open_case, record_alarm
from workflows.procedure import procedure
from workflows.steps import take_step

CaseNumber = Annotated[str, PathParameter(description="Case number, e.g. 4105022026O0001")]


class AlarmIn(Given):
    """An alarm as received (D01)."""

    received_at: Moment = Field(title="接报时间", description="When the alarm came in, with time zone")
    caller: Text = Field("", title="报警人", max_length=60)
    phone: Text = Field("", title="报警电话", max_length=40)
    place: Text = Field("", title="起火地点", max_length=200)
    burning: Text = Field("", title="燃烧对象", max_length=200, description="What burns")
    trapped: Text = Field("", title="人员被困情况", max_length=200, description="Persons trapped")


class OpeningIn(Given):
    incident: Text = Field(title="接报编号", description="Number of the incident")
    name: Text = Field("", title="火灾名称", max_length=200, description="Name of the fire")
    fire_at: Moment = Field(title="起火时间", description="Time of the fire, with time zone")
    procedure: Procedure = Field(Procedure.ORDINARY, title="调查程序")


class StepIn(Given):
    slug: Text = Field(title="步骤", description="Step of the procedure")
    facts: dict[str, Annotated[Paragraphs, Field(max_length=20_000)]] = Field(
        default_factory=dict, title="事项", description="The facts the step asks for"
    )

    @classmethod
    def name_of(cls, at: tuple[int | str, ...], data: Any) -> str:
        rules = {rule.slug: rule for rule in procedure().steps}
        rule = rules.get(str(data.get("slug"))) if isinstance(data, dict) else None
        if len(at) > 1 and rule is not None and str(at[1]) in rule.facts:
            return rule.facts[str(at[1])]
        return super().name_of(at, data)


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
        return [present_incident(tx, row) for row in tx.exec(visible_incidents(tx, request.user))]

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
    def verify(self, request: CaseRequest, state: State, number: CaseNumber) -> VerificationOut:
        here: Installation = state.installation
        run = verify(here, request.user, number)
        with here.database.reading() as tx:
            return present_verification(tx, run)

    @get(
        "/{number:str}/verifications",
        summary="The kept verifications of a case, newest first",
        operation_id="listVerifications",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def verifications(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> list[VerificationOut]:
        case = case_for(tx, request.user, number, Permission.SEE_CASE)
        return [present_verification(tx, run) for run in verifications_of(tx, case)]


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
    incident = incident_for(act.tx, act.by, data.incident, Permission.OPEN_CASE)
    unit = act.tx.get_one(Unit, incident.unit_id)
    return open_case(act, unit, incident, name=data.name, fire_at=data.fire_at, procedure_type=data.procedure)
