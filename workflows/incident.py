"""Incidents: the alarm as it was received (D01), and the case opened on it."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.columns import UtcDateTime
from evidence.errors import FactMissing
from evidence.moments import BEIJING, rfc3339
from evidence.record import What, enter
from evidence.register import Case, Procedure, Unit, next_serial, register_case
from workflows.errors import FireAfterAlarm, IncidentHasCase
from workflows.procedure import procedure
from workflows.steps import check_step, enter_step, steps_of


class Incident(SQLModel, table=True):
    """An alarm. ``number`` is ``{division6}-BJ-{YYYYMMDD}-{serial4}``, dense within unit and day (Beijing)."""

    id: int = Field(default=None, primary_key=True)
    number: str = Field(unique=True, max_length=30)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    caller: str = Field(max_length=60)
    phone: str = Field(max_length=40)
    place: str = Field(max_length=200)
    burning: str = Field(max_length=200)
    trapped: str = Field(max_length=200)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(default=None, foreign_key="record_entry.seq", unique=True)  # known before the flush


class IncidentCase(SQLModel, table=True):
    """Which case an incident became; an incident has at most one."""

    __tablename__ = "incident_case"
    incident_id: int = Field(primary_key=True, foreign_key="incident.id")
    case_id: int = Field(foreign_key="fire_case.id", unique=True)


guard(Incident)
guard(IncidentCase)


def record_alarm(
    act: Act,
    unit: Unit,
    *,
    received_at: datetime,
    caller: str,
    phone: str,
    place: str,
    burning: str,
    trapped: str = "",
) -> Incident:
    """Record an alarm (火灾事故调查规定 art. 9)."""
    stated = {"caller": caller, "phone": phone, "place": place, "burning": burning}
    labels = {"caller": "报警人", "phone": "报警电话", "place": "起火地点", "burning": "燃烧对象"}
    for fact, value in stated.items():
        if not value.strip():
            raise FactMissing(labels[fact])
    check_step(None, [], procedure().rule("alarm_recorded"), act.by)
    day = received_at.astimezone(BEIJING).strftime("%Y%m%d")
    number = f"{unit.code}-BJ-{day}-{next_serial(act.tx, f'incident/{unit.code}/{day}'):04d}"
    incident = Incident(
        number=number,
        unit_id=unit.id,
        received_at=received_at,
        caller=caller.strip(),
        phone=phone.strip(),
        place=place.strip(),
        burning=burning.strip(),
        trapped=trapped.strip(),
        recorded_at=act.at,
        recorded_by_id=act.by.id,
    )
    entry = enter(act, What.INCIDENT, incident_stated(incident, unit))
    incident.recorded_at, incident.record_seq = entry.at, entry.seq
    act.tx.add(incident)
    act.tx.flush()
    return incident


def incident_stated(incident: Incident, unit: Unit) -> dict[str, str]:
    """An incident as its entry in the record states it."""
    return {
        "incident": incident.number,
        "unit": unit.code,
        "received_at": rfc3339(incident.received_at),
        "caller": incident.caller,
        "phone": incident.phone,
        "place": incident.place,
        "burning": incident.burning,
        "trapped": incident.trapped,
    }


def case_stated(case: Case, unit: Unit) -> dict[str, str]:
    """A case as its opening states it."""
    return {
        "unit": unit.code,
        "name": case.name,
        "place": case.place,
        "procedure": case.procedure.value,
        "fire_at": rfc3339(case.fire_at),
        "opened_at": rfc3339(case.opened_at),
    }


def open_case(
    act: Act, unit: Unit, incident: Incident, *, name: str, fire_at: datetime, procedure_type: Procedure
) -> Case:
    """Open the case of an incident; its first two steps are the alarm and the opening."""
    act.tx.exec(select(Incident.id).where(Incident.id == incident.id).with_for_update(key_share=True)).one()
    taken = act.tx.get(IncidentCase, incident.id)
    if taken is not None:
        case = act.tx.get_one(Case, taken.case_id)
        raise IncidentHasCase(incident.number, case.number)
    table = procedure()
    alarm, opening = table.rule("alarm_recorded"), table.rule("case_opened")
    check_step(None, [], alarm, act.by)
    if fire_at > incident.received_at:
        raise FireAfterAlarm(incident.number)
    case = register_case(act, unit, name=name, fire_at=fire_at, place=incident.place, procedure=procedure_type)
    act.tx.add(IncidentCase(incident_id=incident.id, case_id=case.id))
    enter_step(act, case, alarm, {"incident": incident.number, "received_at": rfc3339(incident.received_at)})
    check_step(case, steps_of(act.tx, case), opening, act.by)
    enter_step(act, case, opening, case_stated(case, unit))
    return case


def case_of(tx: Session, incident: Incident) -> Case | None:
    return tx.exec(select(Case).join(IncidentCase).where(IncidentCase.incident_id == incident.id)).one_or_none()
