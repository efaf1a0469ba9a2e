"""From examinations to what faces show of them (:mod:`casesvc.shown_examinations`)."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from casesvc.shown_examinations import ExaminationDetailOut, ExaminationOut, ReportedOut, SampleOut
from evidence.custody import rules_of
from evidence.custody_event import EventType, events_of
from evidence.defects import health
from evidence.examination import (
    Examination,
    ExaminationItem,
    ExaminationReport,
    courses_of,
    is_overdue,
    reports_of,
    samples_of,
    sent_of,
)
from evidence.exhibit import Exhibit
from evidence.handover import Handover, HandoverItem
from evidence.register import Case, Person, Unit
from evidence.standing import walk


def present_examinations(tx: Session, examinations: Sequence[Examination], now: datetime) -> list[ExaminationOut]:
    """In the order given; the number of queries does not grow with them."""
    ids = [examination.id for examination in examinations]
    reports, courses, sent = reports_of(tx, examinations), courses_of(tx, examinations), sent_of(tx, ids)
    cases = {case.id: case for case in tx.exec(select(Case).where(col(Case.id).in_({e.case_id for e in examinations})))}
    units = {unit.id: unit for unit in tx.exec(select(Unit))}
    who = {each.person_id for each in examinations} | {made.person_id for made in reports.values()}
    persons = {person.id: person for person in tx.exec(select(Person).where(col(Person.id).in_(who)))}
    names = {id_: f"{person.name}（{units[person.unit_id].name}）" for id_, person in persons.items()}
    exhibits = _exhibits(tx, ids)
    return [
        ExaminationOut(
            number=each.number,
            case=cases[each.case_id].number,
            case_name=cases[each.case_id].name,
            laboratory=units[each.laboratory_id].code if each.laboratory_id is not None else "",
            institute=each.institute,
            contact=each.contact,
            questions=each.questions,
            due_at=each.due_at,
            keep_until=each.keep_until,
            destroys=each.destroys,
            notice=each.notice,
            requested_at=each.requested_at,
            requested_by=names[each.person_id],
            course=courses[each.id].value,
            course_label=courses[each.id].label,
            overdue=is_overdue(each, courses[each.id], now),
            exhibits=[exhibit.number for exhibit in exhibits.get(each.id, [])],
            started_at=sent.get(each.id),
            report=_report(tx, reports.get(each.id), names),
        )
        for each in examinations
    ]


def _exhibits(tx: Session, ids: list[int]) -> dict[int, list[Exhibit]]:
    query = (
        select(ExaminationItem.examination_id, Exhibit)
        .join(Exhibit, col(Exhibit.id) == col(ExaminationItem.exhibit_id))
        .where(col(ExaminationItem.examination_id).in_(ids))
        .order_by(col(Exhibit.serial))
    )
    found: dict[int, list[Exhibit]] = {}
    for id_, exhibit in tx.exec(query):
        found.setdefault(id_, []).append(exhibit)
    return found


def _report(tx: Session, made: ExaminationReport | None, names: dict[int, str]) -> ReportedOut | None:
    if made is None:
        return None
    return ReportedOut(
        exhibit=tx.get_one(Exhibit, made.exhibit_id).number,
        number=made.number,
        conclusion=made.conclusion,
        received_at=made.received_at,
        entered_by=names[made.person_id],
    )


def present_examination(tx: Session, case: Case, examination: Examination, now: datetime) -> ExaminationDetailOut:
    (row,) = present_examinations(tx, [examination], now)
    exhibits = samples_of(tx, examination)
    return ExaminationDetailOut(
        **row.model_dump(),
        samples=[_sample(tx, case, exhibit, now) for exhibit in exhibits],
        handovers=[each.number for each in handovers_of_examination(tx, examination)],
    )


def _sample(tx: Session, case: Case, exhibit: Exhibit, now: datetime) -> SampleOut:
    standing = walk(events_of(tx, exhibit), exhibit.kind, rules_of(case))
    colour = health(standing.defects_at(now))
    return SampleOut(
        number=exhibit.number,
        name=exhibit.name,
        kind=exhibit.kind.value,
        kind_label=exhibit.kind.label,
        quantity=standing.quantity,
        seal=standing.seal,
        whereabouts=standing.where.value,
        whereabouts_label=standing.where.label,
        holder=standing.holder.name,
        holder_unit=standing.holder.unit,
        health=colour.value,
        health_label=colour.label,
    )


def handovers_of_examination(tx: Session, examination: Examination) -> list[Handover]:
    """By which its exhibits were to go to the laboratory and back since the commission, oldest first."""
    examined = [exhibit.id for exhibit in samples_of(tx, examination)]
    with_them = select(HandoverItem.handover_id).where(col(HandoverItem.exhibit_id).in_(examined))
    query = (
        select(Handover)
        .where(
            col(Handover.id).in_(with_them),
            col(Handover.type).in_([EventType.SENT_FOR_EXAMINATION, EventType.RECEIVED_BACK]),
            Handover.offered_at >= examination.requested_at,
        )
        .order_by(col(Handover.id))
    )
    return list(tx.exec(query))
