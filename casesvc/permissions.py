"""Who may do what, and which incidents and cases a person sees: decided here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from casesvc.errors import NotPermitted, OutsideUnit
from evidence.act import Actor
from evidence.custody import standings_of
from evidence.custody_event import EventType
from evidence.errors import CaseUnknown, ExhibitUnknown, NotTheGiver
from evidence.examination import Examination, ExaminationItem
from evidence.exhibit import Exhibit
from evidence.handover import Handover, HandoverItem
from evidence.register import Case, Level, Unit
from workflows.errors import IncidentUnknown
from workflows.incident import Incident
from workflows.roles import Role, role_labels

I, C, L, A, S, M, E = (  # noqa: E741 - one letter a column of the table below
    Role.INVESTIGATOR,
    Role.CUSTODIAN,
    Role.LEGAL,
    Role.APPROVER,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
    Role.EXAMINER,
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
    SEE_EXHIBIT = "查看证据", frozenset({I, C, L, A, S, E})
    TAKE_STEP = "记录办案步骤", frozenset({I, L, A}), True
    COLLECT_EXHIBIT = "登记证据", frozenset({I}), True
    KEEP_EXHIBIT = "保管证据", frozenset({C}), True
    SEE_CUSTODY = "查看本人经手的证据", frozenset({I, C, A, S, E})
    SEE_PLACES = "查看保管场所", frozenset({C, S})
    MANAGE_PLACES = "管理保管场所", frozenset({C})
    SCAN_LABEL = "扫描标签", frozenset({I, C, S, E})
    PRINT_LABEL = "打印标签", frozenset({I, C}), True
    TAKE_STOCK = "盘点", frozenset({C, S})
    SEE_EXAMINATIONS = "查看检验鉴定", frozenset({I, C, L, S, E})
    RECORD_CUSTODY = "记录保管事项", frozenset({I, C}), True
    OFFER_EXHIBIT = "移交证据", frozenset({I, C, E})
    RECEIVE_EXHIBIT = "接收证据", frozenset({I, C, E})
    TAKE_OVER = "紧急接管证据", frozenset({I, C}), True
    REVIEW_TAKE_OVER = "审查紧急接管", frozenset({S})
    REQUEST_CUSTODY = "申请借用、返还或销毁", frozenset({I, C}), True
    APPROVE_CUSTODY = "审批借用、返还或销毁", frozenset({A}), True
    COMMISSION_EXAMINATION = "委托检验鉴定", frozenset({I}), True
    EXAMINE = "检验鉴定", frozenset({E})
    AUDIT_CUSTODY = "审查保管链", frozenset({L, S})
    DOWNLOAD_ORIGINAL = "下载原件", frozenset({I, C, L, A, S, E})
    DOWNLOAD_QUARANTINED = "调取隔离文件", frozenset({S})
    MAKE_COPY = "制作副本", frozenset({I, L}), True
    ISSUE_DOCUMENT = "出具文书", frozenset({I, C, L}), True
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
    seen = col(Case.unit_id).in_(visible_units(tx, by))
    return select(Case).where(seen).order_by(col(Case.opened_at).desc(), col(Case.id).desc())


def case_for(tx: Session, by: Actor, number: str, permission: Permission) -> Case:
    """The case, if ``by`` may do this with it. One that he may not see is unknown to him, not forbidden."""
    case = tx.exec(select(Case).where(Case.number == number)).one_or_none()
    if case is None:
        require(by, permission)
        raise CaseUnknown(number)
    check_case(tx, by, case, permission)
    return case


def check_case(tx: Session, by: Actor, case: Case, permission: Permission) -> None:
    """As :func:`case_for`, of a case that is at hand."""
    require(by, permission)
    require(by, Permission.SEE_EXHIBIT)
    if is_guest(by):
        entrusted = select(Exhibit.id).where(Exhibit.case_id == case.id, entrusted_to(by)).limit(1)
        if tx.exec(entrusted).first() is None:
            raise CaseUnknown(case.number)
        return
    if case.unit_id == by.unit_id:  # always visible, and no more is to be asked
        return
    if case.unit_id not in visible_units(tx, by):
        raise CaseUnknown(case.number)
    if permission.works:
        raise OutsideUnit(case.number)


def is_guest(by: Actor) -> bool:
    """Whether ``by`` examines and does nothing else: of a case he sees what was entrusted to his laboratory."""
    return by.roles == {Role.EXAMINER}


def entrusted_to(by: Actor) -> sa.ColumnElement[bool]:
    """The exhibits that an examiner's laboratory was asked to examine, that he was offered, that he divided off."""
    asked = (
        select(ExaminationItem.exhibit_id)
        .join(Examination, col(Examination.id) == col(ExaminationItem.examination_id))
        .where(Examination.laboratory_id == by.unit_id)
    )
    to_him = or_(Handover.receiver_id == by.id, Handover.receiver_unit_id == by.unit_id)
    offered = (
        select(HandoverItem.exhibit_id).join(Handover, col(Handover.id) == col(HandoverItem.handover_id)).where(to_him)
    )
    return or_(col(Exhibit.id).in_(asked), col(Exhibit.id).in_(offered), Exhibit.collected_by_id == by.id)


def exhibits_in(tx: Session, by: Actor, case: Case, numbers: Sequence[str]) -> list[Exhibit]:
    """Exhibits of a case that is at hand, in the order of ``numbers``; to an examiner one that was not entrusted to him
    is unknown.
    """
    query = select(Exhibit).where(Exhibit.case_id == case.id, col(Exhibit.number).in_(numbers))
    if is_guest(by):
        query = query.where(entrusted_to(by))
    found = {exhibit.number: exhibit for exhibit in tx.exec(query)}
    for number in numbers:
        if number not in found:
            raise ExhibitUnknown(number)
    return [found[number] for number in numbers]


def exhibit_in(tx: Session, by: Actor, case: Case, number: str) -> Exhibit:
    """One exhibit of a case that is at hand, by :func:`exhibits_in`."""
    return exhibits_in(tx, by, case, [number])[0]


def exhibit_for(tx: Session, by: Actor, case: str, number: str, permission: Permission) -> tuple[Case, Exhibit]:
    """The case and its exhibit, if ``by`` may do this with it; like a case, one that he may not see is unknown."""
    found = case_for(tx, by, case, permission)
    return found, exhibit_in(tx, by, found, number)


TESTING = frozenset({EventType.OPENED, EventType.SEALED, EventType.RESEALED, EventType.CONSUMED, EventType.DERIVED})
"""What a test does to an exhibit, as acts of custody."""

KEEPING = frozenset({EventType.STORED, EventType.MOVED, EventType.LOST, EventType.FOUND})
"""What only the holder can say, of whatever unit he is: where he keeps an exhibit, and that it is not there."""


def may_record(by: Actor, case: Case, holder_id: int | None, type_: EventType) -> bool:
    """Whether ``by`` may record this act of one side: people of the case's unit any, of what he holds an examiner what
    a test does to it, and others where they keep it.
    """
    if holder_id == by.id and type_ in _by_holders(by):
        return True
    return case.unit_id == by.unit_id and may(by, Permission.RECORD_CUSTODY)


def _by_holders(by: Actor) -> frozenset[EventType]:
    """The acts that ``by`` may record on what he holds, also where it is of another unit."""
    testing = TESTING if may(by, Permission.EXAMINE) else frozenset()
    return testing | (KEEPING if may(by, Permission.RECORD_CUSTODY) else frozenset())


def exhibits_to_record(
    tx: Session, by: Actor, case: str, numbers: Sequence[str], type_: EventType
) -> tuple[Case, list[Exhibit]]:
    """The exhibits on which ``by`` is to record an act of one side (:func:`may_record`), in the order of ``numbers``.

    NotTheGiver names the holder to an examiner who holds one no more.
    """
    if type_ in _by_holders(by):
        found = case_for(tx, by, case, Permission.SEE_EXHIBIT)
        exhibits = exhibits_in(tx, by, found, numbers)
        if found.unit_id == by.unit_id and may(by, Permission.RECORD_CUSTODY):
            return found, exhibits
        rows = standings_of(tx, found, [exhibit.id for exhibit in exhibits])
        others = [each for each in exhibits if not may_record(by, found, rows[each.id].holder_id, type_)]
        if not others:
            return found, exhibits
        if is_guest(by):
            raise NotTheGiver(others[0].number, rows[others[0].id].holder)
    found = case_for(tx, by, case, Permission.RECORD_CUSTODY)
    return found, exhibits_in(tx, by, found, numbers)


def exhibit_to_record(tx: Session, by: Actor, case: str, number: str, type_: EventType) -> tuple[Case, Exhibit]:
    """One exhibit by :func:`exhibits_to_record`."""
    found, exhibits = exhibits_to_record(tx, by, case, [number], type_)
    return found, exhibits[0]


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
