"""Who may do what, and which incidents and cases a person sees: decided here and nowhere else."""

from dataclasses import dataclass
from enum import Enum

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from casesvc.errors import NotPermitted, OutsideUnit
from evidence.act import Actor
from evidence.errors import CaseUnknown
from evidence.register import Case, Level, Unit
from workflows.errors import IncidentUnknown
from workflows.incident import Incident
from workflows.roles import Role, role_labels

I, C, L, A, S, M = (  # noqa: E741 - one letter a column of the table below
    Role.INVESTIGATOR,
    Role.CUSTODIAN,
    Role.LEGAL,
    Role.APPROVER,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
)


@dataclass(frozen=True)
class Rule:
    """A row: the Chinese name, the roles, and whether it is work on a case or incident: that only its own unit does."""

    label: str
    roles: frozenset[Role]
    works: bool = False


class Permission(Rule, Enum):
    """The table. The administrator runs the system and sees no case (三员分立)."""

    RECORD_INCIDENT = "登记接报", frozenset({I})
    SEE_INCIDENTS = "查看接报", frozenset({I, L, A, S})
    OPEN_CASE = "立案", frozenset({I}), True
    SEE_CASE = "查看案件", frozenset({I, C, L, A, S})
    TAKE_STEP = "记录办案步骤", frozenset({I, L, A}), True
    COLLECT_EXHIBIT = "登记证据", frozenset({I}), True
    KEEP_EXHIBIT = "保管证据", frozenset({C}), True
    DOWNLOAD_ORIGINAL = "下载原件", frozenset({I, C, L, A, S})
    DOWNLOAD_QUARANTINED = "调取隔离文件", frozenset({S})
    MAKE_COPY = "制作副本", frozenset({I, L}), True
    ISSUE_DOCUMENT = "出具文书", frozenset({I, L}), True
    VERIFY_CASE = "核验案件", frozenset({C, L, S})
    SEE_READS = "查看调阅记录", frozenset({S})
    SEE_STATUS = "查看系统状态", frozenset({S, M})
    RUN_CANARY = "检测存储", frozenset({S, M})
    MANAGE_ACCOUNTS = "管理账号", frozenset({M})


def may(by: Actor, permission: Permission) -> bool:
    return not by.roles.isdisjoint(permission.roles)


def require(by: Actor, permission: Permission) -> None:
    """Raise NotPermitted naming the roles that may."""
    if not may(by, permission):
        raise NotPermitted(permission.label, role_labels(sorted(permission.roles)))


def visible_units(tx: Session, by: Actor) -> set[int]:
    """Ids of the units whose incidents and cases ``by`` sees: the own; for city persons and supervisors those below."""
    own = tx.get_one(Unit, by.unit_id)
    if own.level is not Level.CITY and Role.SUPERVISOR not in by.roles:
        return {own.id}
    return set(tx.exec(select(Unit.id).where(or_(Unit.id == own.id, Unit.parent_id == own.id))))


def visible_cases(tx: Session, by: Actor) -> SelectOfScalar[Case]:
    """The query of all cases ``by`` may see, newest first."""
    require(by, Permission.SEE_CASE)
    return (
        select(Case)
        .where(col(Case.unit_id).in_(visible_units(tx, by)))
        .order_by(col(Case.opened_at).desc(), col(Case.id).desc())
    )


def case_for(tx: Session, by: Actor, number: str, permission: Permission) -> Case:
    """The case, if ``by`` may do this with it. One that he may not see is unknown to him, not forbidden."""
    require(by, permission)
    case = tx.exec(visible_cases(tx, by).where(Case.number == number)).one_or_none()
    if case is None:
        raise CaseUnknown(number)
    if permission.works and case.unit_id != by.unit_id:
        raise OutsideUnit(number)
    return case


def visible_incidents(tx: Session, by: Actor) -> SelectOfScalar[Incident]:
    """The query of all incidents ``by`` may see, newest first."""
    require(by, Permission.SEE_INCIDENTS)
    units = visible_units(tx, by)
    return select(Incident).where(col(Incident.unit_id).in_(units)).order_by(col(Incident.id).desc())


def incident_for(tx: Session, by: Actor, number: str, permission: Permission) -> Incident:
    """The incident, if ``by`` may do this with it; like a case, one that he may not see is unknown to him."""
    require(by, permission)
    incident = tx.exec(visible_incidents(tx, by).where(Incident.number == number)).one_or_none()
    if incident is None:
        raise IncidentUnknown(number)
    if permission.works and incident.unit_id != by.unit_id:
        raise OutsideUnit(number)
    return incident
