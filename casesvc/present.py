"""From the record to what faces show of it (:mod:`casesvc.shown`)."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, func, select

import templates
from casesvc.present_copies import present_copies
from casesvc.present_custody import present_row, present_standing
from casesvc.present_times import present_position, present_time
from casesvc.problems import problem_of
from casesvc.runs import CanaryRun, VerificationRun
from casesvc.shown import (
    CanaryOut,
    CaseOut,
    DocumentOut,
    EventOut,
    ExhibitDetailOut,
    ExhibitOut,
    FileOut,
    FormOut,
    IncidentOut,
    ReadingOut,
    ReadOut,
    ReportOut,
    ScanOut,
    SendingOut,
    StepOut,
    UnitOut,
    UploadedOut,
    VerificationOut,
    WhoOut,
)
from evidence.act import Actor
from evidence.chain import Statement, stated
from evidence.clamav import ScanOutcome
from evidence.custody import CustodyStanding, standings_of
from evidence.custody_event import CustodyEvent, collections_of
from evidence.dating import source_of
from evidence.exhibit import (
    Derivative,
    Exhibit,
    Original,
    Purpose,
    Reading,
    copied_of,
    exhibits_of,
    original_of,
    originals_of,
    reading_of,
    twins_of,
)
from evidence.reading import NEUTRAL, ReadingFinding
from evidence.record import RecordEntry
from evidence.register import Case, Person, Unit
from evidence.scanning import Scan, latest_scans
from evidence.sending import End, Sending
from evidence.standing import Standing
from workflows.documents import Registered
from workflows.incident import Incident, case_of
from workflows.procedure import procedure
from workflows.roles import Role
from workflows.steps import StepState, stage_of, state_of, steps_by_case, steps_of

MOVING = timedelta(minutes=2)
"""Longest silence of a file that is said to be on its way."""


def present_unit(unit: Unit) -> UnitOut:
    return UnitOut(code=unit.code, name=unit.name, short_name=unit.short_name, level=unit.level.value)


def present_who(by: Actor) -> WhoOut:
    return WhoOut(name=by.name, unit=by.unit, certificate=by.certificate, roles=sorted(by.roles))


def present_incident(tx: Session, incident: Incident) -> IncidentOut:
    case = case_of(tx, incident)
    return IncidentOut(
        number=incident.number,
        received_at=incident.received_at,
        caller=incident.caller,
        phone=incident.phone,
        place=incident.place,
        burning=incident.burning,
        trapped=incident.trapped,
        case=case.number if case else None,
    )


def present_case(tx: Session, case: Case) -> CaseOut:
    return present_cases(tx, [case])[0]


def present_cases(tx: Session, cases: list[Case]) -> list[CaseOut]:
    """Cases with unit, stage and count; the number of queries does not grow with the list."""
    units = {unit.id: unit for unit in tx.exec(select(Unit))}
    openers = {case.opened_by_id for case in cases}
    persons = {person.id: person for person in tx.exec(select(Person).where(col(Person.id).in_(openers)))}
    steps = steps_by_case(tx, cases)
    query = select(Exhibit.case_id, func.count()).where(col(Exhibit.case_id).in_(steps)).group_by(col(Exhibit.case_id))
    counts = dict(tx.exec(query).all())
    shown = []
    for case in cases:
        stage = stage_of(steps[case.id])
        shown.append(
            CaseOut(
                number=case.number,
                name=case.name,
                unit=units[case.unit_id].name,
                unit_code=units[case.unit_id].code,
                procedure=case.procedure.value,
                procedure_label=case.procedure.label,
                stage=stage.slug,
                stage_label=stage.label,
                fire_at=case.fire_at,
                place=case.place,
                opened_at=case.opened_at,
                opened_by=persons[case.opened_by_id].name,
                exhibits=counts.get(case.id, 0),
            )
        )
    return shown


def present_steps(tx: Session, case: Case, by: Actor) -> list[StepOut]:
    return [_step(state) for state in state_of(case, steps_of(tx, case), by)]


def _step(state: StepState) -> StepOut:
    rule = state.rule
    refusal = ""
    if state.refusal is not None:
        problem = problem_of(state.refusal)
        refusal = problem.about(state.refusal) if problem else str(state.refusal)
    return StepOut(
        slug=rule.slug,
        label=rule.label,
        stage=rule.stage,
        stage_label=procedure().stage(rule.stage).label,
        basis=rule.basis,
        roles=[Role(role).label for role in rule.roles],
        document=rule.document,
        facts=rule.facts,
        needs_confirmation=rule.needs_confirmation,
        recorded=[{"at": step.at, "by": step.person, "facts": step.facts} for step in state.recorded],
        decides=rule.decides,
        stands=any(step.stands for step in state.recorded),
        open=state.refusal is None,
        refusal=refusal,
    )


def present_exhibit(tx: Session, case: Case, exhibit: Exhibit) -> ExhibitOut:
    return present_exhibits(tx, case, [exhibit])[0]


def present_exhibits(tx: Session, case: Case, among: list[Exhibit] | None = None) -> list[ExhibitOut]:
    """All exhibits of a case, or those named, as lists show them; the number of queries does not grow with them."""
    ids = [exhibit.id for exhibit in among or ()]
    collected, standings = collections_of(tx, case, ids), standings_of(tx, case, ids)
    files = among is None or not all(exhibit.kind.tangible for exhibit in among)
    originals = originals_of(tx, case, ids) if files else {}
    scans = latest_scans(tx, case, ids) if originals else {}
    copied = copied_of(tx, case, Purpose.THUMBNAIL, ids) if originals else set()
    shown = []
    for exhibit in exhibits_of(tx, case) if among is None else among:
        original = originals.get(exhibit.id)
        thumbnail = original is not None and original.id in copied
        scan = scans.get(original.id) if original else None
        said, row = collected.get(exhibit.id, Statement()), standings.get(exhibit.id)
        shown.append(_exhibit(case, exhibit, original, said, row, scan, thumbnail=thumbnail))
    return shown


def _exhibit(
    case: Case,
    exhibit: Exhibit,
    original: Original | None,
    collected: Statement,
    row: CustodyStanding | None,
    scan: Scan | None,
    *,
    thumbnail: bool,
) -> ExhibitOut:
    return ExhibitOut(
        number=exhibit.number,
        case=case.number,
        kind=exhibit.kind.value,
        kind_label=exhibit.kind.label,
        name=exhibit.name,
        category=str(collected.facts.get("category", "")),
        created_at=exhibit.created_at,
        file=present_file(original) if original else None,
        holder=f"{row.holder}（{row.holder_unit}）" if row and row.holder else "",
        custody=present_row(row, datetime.now(UTC)) if row else None,
        has_thumbnail=thumbnail,
        scan=present_scan(scan) if scan else None,
        quarantined=scan is not None and scan.outcome is ScanOutcome.FOUND,
    )


def present_scan(scan: Scan) -> ScanOut:
    return ScanOut(
        at=scan.at,
        engine=scan.engine,
        outcome=scan.outcome.value,
        outcome_label=scan.outcome.label,
        signature=scan.signature,
    )


def present_file(original: Original) -> FileOut:
    return FileOut(
        name=original.file_name,
        size=original.size,
        sha256=original.sha256,
        sm3=original.sm3,
        received_at=original.received_at,
    )


def present_uploaded(tx: Session, exhibit: Exhibit) -> UploadedOut:
    """The receipt of a file that is an exhibit now."""
    case = tx.get_one(Case, exhibit.case_id)
    original = tx.exec(select(Original).where(Original.exhibit_id == exhibit.id)).one()
    return UploadedOut(
        exhibit=present_exhibit(tx, case, exhibit),
        file=present_file(original),
        twins=[twin.number for twin in twins_of(tx, case, original.sha256) if twin.serial < exhibit.serial],
    )


def present_sending(tx: Session, sending: Sending, expires_at: datetime | None, at: datetime) -> SendingOut:
    """How a sending stands at the moment ``at``."""
    waits = "sealing" if sending.offset == sending.length else "receiving"
    label = "正在登记" if waits == "sealing" else "正在上传" if at - sending.moved_at < MOVING else "未传完"
    reason = ""
    if "declared" in sending.reason:
        reason = f"声明的 SHA-256 为 {sending.reason['declared']}，收到的为 {sending.reason['received']}。"
    elif "permission" in sending.reason:
        reason = "上传人已无登记权限。"
    elif "longer" in sending.reason:
        reason = "实际发送的内容超过声明的长度。"
    elif "reused" in sending.reason:
        reason = "上传标识已用于另一次上传。"
    return SendingOut(
        name=sending.name,
        case=tx.get_one(Case, sending.case_id).number,
        file_name=sending.file_name,
        kind_label=sending.kind.label,
        by=tx.get_one(Person, sending.person_id).name,
        length=sending.length,
        offset=sending.length if sending.end is End.SEALED else sending.offset,
        state=sending.end.value if sending.end else waits,
        state_label=sending.end.label if sending.end else label,
        reason=reason,
        begun_at=sending.begun_at,
        moved_at=sending.moved_at,
        expires_at=expires_at,
        receipt=present_uploaded(tx, tx.get_one(Exhibit, sending.exhibit_id)) if sending.exhibit_id else None,
    )


def present_detail(
    tx: Session, case: Case, exhibit: Exhibit, events: list[CustodyEvent], standing: Standing, reads: list[RecordEntry]
) -> ExhibitDetailOut:
    """An exhibit whole, with its chain (``events``) and how it stands by it."""
    original = original_of(tx, exhibit)
    reading = reading_of(tx, original) if original else None
    return ExhibitDetailOut(
        exhibit=present_exhibit(tx, case, exhibit),
        reading=_reading(reading) if reading else None,
        time=present_time(tx, case, reading.facts, source_of(events)) if reading else None,
        position=present_position(reading.facts) if reading else None,
        twins=_twins(tx, case, exhibit, original) if original else [],
        derived=[
            {
                "copy": copy.purpose.value,
                "purpose": copy.purpose.label,
                "tool": copy.tool,
                "sha256": copy.sha256,
                "sm3": copy.sm3,
            }
            for copy in (_derived(tx, original) if original else [])
        ],
        copies=present_copies(tx, original) if original else [],
        chain=[present_event(event) for event in events],
        standing=present_standing(case, standing, datetime.now(UTC)),
        reads=[present_read(entry) for entry in reads],
    )


def _twins(tx: Session, case: Case, exhibit: Exhibit, original: Original) -> list[str]:
    return [twin.number for twin in twins_of(tx, case, original.sha256) if twin.id != exhibit.id]


def present_event(event: CustodyEvent) -> EventOut:
    said = stated(event.body)
    return EventOut(
        seq=event.seq,
        type=event.type.value,
        type_label=event.type.label,
        at=event.at,
        happened_at=said.moment or event.at,
        by=said.by.name,
        unit=said.by.unit,
        certificate=said.by.certificate,
        facts=said.facts,
        sha256=event.sha256,
        body=event.body.decode(errors="replace"),
    )


def present_form(form: templates.Form) -> FormOut:
    return FormOut(
        id=form.id,
        name=form.name_zh,
        stage=form.stage.label,
        number_format=form.number_format,
        legal_basis=form.legal_basis,
        signer=form.signer,
        copies=form.copies,
        confidence=form.confidence.value,
        implemented=form.implemented,
        needs_confirmation=form.needs_confirmation,
    )


def present_document(tx: Session, registered: Registered) -> DocumentOut:
    number, document = registered.number, registered.document
    return DocumentOut(
        number=number.number,
        form=number.form,
        name=templates.form(number.form).name_zh,
        issued_at=document.issued_at if document else None,
        by=tx.get_one(Person, (document or number).person_id).name,
        size=document.size if document else None,
        sha256=document.sha256 if document else "",
        sm3=document.sm3 if document else "",
        issued=document is not None,
    )


def present_verification(tx: Session, run: VerificationRun) -> VerificationOut:
    person = tx.get_one(Person, run.person_id)
    return VerificationOut(
        id=run.id,
        at=run.at,
        by=person.name,
        unit=tx.get_one(Unit, person.unit_id).name,
        certificate=person.certificate,
        report=ReportOut.model_validate(run.report),
    )


def present_canary(run: CanaryRun) -> CanaryOut:
    return CanaryOut(at=run.at, store=run.store, sound=run.sound, report=run.report)


def _derived(tx: Session, original: Original) -> list[Derivative]:
    """Those made by the system."""
    query = select(Derivative).where(Derivative.original_id == original.id, Derivative.purpose != Purpose.EDITED)
    return list(tx.exec(query))


def _reading(reading: Reading) -> ReadingOut:
    findings = [ReadingFinding(finding) for finding in reading.findings]
    return ReadingOut(
        reader=reading.reader,
        facts=reading.facts,
        findings=[finding.label for finding in findings if finding not in NEUTRAL],
        remarks=[finding.label for finding in findings if finding in NEUTRAL],
    )


def present_read(entry: RecordEntry) -> ReadOut:
    said = stated(entry.body)
    return ReadOut(
        seq=entry.seq,
        what=entry.what.value,
        what_label=entry.what.label,
        at=entry.at,
        by=said.by.name,
        unit=said.by.unit,
        certificate=said.by.certificate,
        address=said.address,
        session=said.session,
        purpose=str(said.facts.get("purpose", "")),
    )
