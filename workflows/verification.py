"""Verification of cases, procedure, incidents and documents: each row against its entry in the chained record.

It goes from the record to the rows as well as from the rows to the record, so that what is gone is missed too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from evidence.chain import Statement, sha256_hex
from evidence.columns import Labelled
from evidence.digest import Digests
from evidence.examination import Examination
from evidence.findings import Finding
from evidence.findings import FindingKind as RowKind
from evidence.handover import Handover
from evidence.log_findings import log_findings
from evidence.moments import rfc3339
from evidence.place_findings import place_findings, stock_take_findings
from evidence.record import What
from evidence.register import Case, Serial, Unit
from evidence.stock_take import StockTake
from evidence.verification import Entries, Report, Stored, entries_of, verify_case, verify_heads, walk_record
from workflows.documents import (
    Document,
    DocumentNumber,
    Registered,
    document_stated,
    documents_of,
    number_stated,
)
from workflows.incident import Incident, IncidentCase, case_stated, incident_stated
from workflows.steps import Step, step_stated, steps_of

_CASE = re.compile(r"(\d{6})(\d{4})[SO](\d{4,})")
_INCIDENT = re.compile(r"(\d{6})-BJ-(\d{8})-(\d{4,})")
_HANDOVER = re.compile(r"JJ(\d{6})(\d{4})(\d{4,})")
_EXAMINATION = re.compile(r"JY(\d{6})(\d{4})(\d{4,})")
_STOCK_TAKE = re.compile(r"PD(\d{6})(\d{4})(\d{4,})")
_NUMBERED: tuple[tuple[str, re.Pattern[str], Any], ...] = (
    ("case", _CASE, Case.number),
    ("incident", _INCIDENT, Incident.number),
    ("handover", _HANDOVER, Handover.number),
    ("examination", _EXAMINATION, Examination.number),
    ("stock-take", _STOCK_TAKE, StockTake.number),
)
"""Series of numbers: prefix of the series, how a number is read, and the column where the numbers are."""


class FindingKind(Labelled):
    """What can be wrong between cases, procedure, documents and record."""

    CASE_DIFFERS = "case_differs", "案件登记与立案记录不符"
    CASE_MISSING = "case_missing", "操作记录中的案件登记缺失"
    INCIDENT_DIFFERS = "incident_differs", "接报登记与操作记录不符"
    INCIDENT_MISSING = "incident_missing", "操作记录中的接报登记缺失"
    STEP_DIFFERS = "step_differs", "办案步骤与操作记录不符"
    STEP_MISSING = "step_missing", "操作记录中的办案步骤在案件中缺失"
    DOCUMENT_DIFFERS = "document_differs", "文书登记与操作记录不符"
    DOCUMENT_MISSING = "document_missing", "操作记录中已出具的文书登记缺失"
    NUMBER_DIFFERS = "number_differs", "文书编号登记与操作记录不符"
    NUMBER_MISSING = "number_missing", "编号不连续，登记缺失"


def verify_everything(tx: Session, report: Report) -> None:
    """The rows of the whole installation; which objects are to be read is noted in the report."""
    entries = walk_record(tx, report)
    cases = tx.exec(select(Case).order_by(col(Case.id))).all()
    by_case = _grouped(entries)
    for case in cases:
        _verify_rows(tx, case, by_case.pop(case.number, {}), report)
    for seq, said in by_case.pop("", {}).items():
        if said.kind == What.INCIDENT:
            report.findings += _incident_findings(tx, seq, said)
    report.findings += [Finding(number, FindingKind.CASE_MISSING, min(gone)) for number, gone in by_case.items()]
    report.findings += _unstated_incidents(tx, entries)
    report.findings += place_findings(tx, entries_of(entries, What.PLACE))
    report.findings += stock_take_findings(tx, entries_of(entries, What.STOCK_TAKE))
    verify_heads(tx, "exhibit/", report)
    report.findings += _gaps(tx, "")
    report.findings += log_findings(tx)


def verify_one_case(tx: Session, case: Case, report: Report) -> None:
    """The rows of one case, with the installation's record and the series of the case's unit."""
    entries = walk_record(tx, report)
    _verify_rows(tx, case, _grouped(entries).get(case.number, {}), report)
    verify_heads(tx, f"exhibit/{case.number}-", report)
    report.findings += _gaps(tx, tx.get_one(Unit, case.unit_id).code)


def _verify_rows(tx: Session, case: Case, entries: Entries, report: Report) -> None:
    verify_case(tx, case, entries, report)
    report.findings += _case_findings(tx, case, entries)
    report.findings += _step_findings(steps_of(tx, case), entries)
    registered = documents_of(tx, case)
    report.findings += _number_findings(registered, entries)
    report.findings += _document_findings(registered, entries, report)


def _grouped(entries: Entries) -> dict[str, Entries]:
    """Entries by the case they speak of, and those of none under the empty name."""
    grouped: dict[str, Entries] = {}
    for seq, said in entries.items():
        grouped.setdefault(said.case, {})[seq] = said
    return grouped


def _case_findings(tx: Session, case: Case, entries: Entries) -> Iterator[Finding]:
    openings = {
        str(said.facts.get("step")): said
        for said in entries_of(entries, What.STEP).values()
        if said.facts.get("step") in {"alarm_recorded", "case_opened"}
    }
    opened = openings.get("case_opened", Statement())
    stands = (case_stated(case, tx.get_one(Unit, case.unit_id)), case.opened_by_id)
    if stands != (opened.facts.get("facts"), opened.by.id):
        yield Finding(case.number, FindingKind.CASE_DIFFERS)
    alarm = openings.get("alarm_recorded", Statement()).facts.get("facts")
    query = select(Incident.number).join(IncidentCase).where(IncidentCase.case_id == case.id)
    if [alarm.get("incident") if isinstance(alarm, dict) else None] != list(tx.exec(query)):
        yield Finding(case.number, FindingKind.INCIDENT_MISSING)


def _incident_findings(tx: Session, seq: int, said: Statement) -> Iterator[Finding]:
    where = str(said.facts.get("incident"))
    incident = tx.exec(select(Incident).where(Incident.record_seq == seq)).one_or_none()
    if incident is None:
        yield Finding(where, FindingKind.INCIDENT_MISSING, seq)
        return
    stands = (incident_stated(incident, tx.get_one(Unit, incident.unit_id)), incident.recorded_by_id)
    if stands != (said.facts, said.by.id) or rfc3339(incident.recorded_at) != said.at:
        yield Finding(where, FindingKind.INCIDENT_DIFFERS, seq)


def _unstated_incidents(tx: Session, entries: Entries) -> Iterator[Finding]:
    stated = set(entries_of(entries, What.INCIDENT))
    for number, seq in tx.exec(select(Incident.number, Incident.record_seq)):
        if seq not in stated:
            yield Finding(number, FindingKind.INCIDENT_DIFFERS, seq)


def _step_findings(steps: list[Step], entries: Entries) -> Iterator[Finding]:
    stated = entries_of(entries, What.STEP)
    for step in steps:
        said = stated.get(step.record_seq, Statement())
        stands = (step_stated(step.slug, step.procedure, step.facts), step.person_id, step.person, rfc3339(step.at))
        if stands != (said.facts, said.by.id, said.by.name, said.at):
            yield Finding(step.slug, FindingKind.STEP_DIFFERS, step.record_seq)
    for seq in stated.keys() - {step.record_seq for step in steps}:
        yield Finding(str(stated[seq].facts.get("step")), FindingKind.STEP_MISSING, seq)


def _number_findings(registered: list[Registered], entries: Entries) -> Iterator[Finding]:
    stated = entries_of(entries, What.RESERVE)
    for row in registered:
        number: DocumentNumber = row.number
        said = stated.get(number.record_seq, Statement())
        named = number_stated(number.number, number.form, number.series, number.serial)
        if (named, number.person_id, rfc3339(number.reserved_at)) != (said.facts, said.by.id, said.at):
            yield Finding(number.number, FindingKind.NUMBER_DIFFERS, number.record_seq)
    for seq in stated.keys() - {row.number.record_seq for row in registered}:
        yield Finding(str(stated[seq].facts.get("document")), FindingKind.NUMBER_MISSING, seq)


def _document_findings(registered: list[Registered], entries: Entries, report: Report) -> Iterator[Finding]:
    stated = entries_of(entries, What.ISSUE)
    there = set()
    for row in registered:
        document: Document | None = row.document
        if document is None:
            continue
        report.documents += 1
        there.add(document.record_seq)
        digests = Digests(document.size, document.sha256, document.sm3)
        report.to_read.append(Stored(row.number.number, document.object_key, document.object_version, digests))
        said = stated.get(document.record_seq, Statement())
        stands = (document_stated(row.number, document), document.person_id, rfc3339(document.issued_at))
        digest = sha256_hex(document.data)
        if stands != (said.facts, said.by.id, said.at) or (digest, document.case_id) != (
            document.data_sha256,
            row.number.case_id,
        ):
            yield Finding(row.number.number, FindingKind.DOCUMENT_DIFFERS, document.record_seq)
    for seq in stated.keys() - there:
        yield Finding(str(stated[seq].facts.get("document")), FindingKind.DOCUMENT_MISSING, seq)


def _gaps(tx: Session, unit_code: str) -> Iterator[Finding]:
    """Every series of numbers is dense from 1 to its last; of one unit, or of all."""
    given: dict[str, set[int]] = defaultdict(set)
    for row in tx.exec(select(DocumentNumber)):
        given[row.series].add(row.serial)
    for series, pattern, numbers in _NUMBERED:
        for number in tx.exec(select(numbers)):
            if found := pattern.fullmatch(number):
                given[f"{series}/{found[1]}/{found[2]}"].add(int(found[3]))
    lasts = {row.series: row.last for row in tx.exec(select(Serial)) if not row.series.startswith("exhibit/")}
    for series in sorted(given.keys() | lasts.keys()):
        if unit_code and unit_code not in series:
            continue
        if given[series] and lasts.get(series, 0) < max(given[series]):
            yield Finding(series, RowKind.SERIES_BEHIND, lasts.get(series, 0))
        for serial in range(1, max([lasts.get(series, 0), *given[series]]) + 1):
            if serial not in given[series]:
                yield Finding(series, FindingKind.NUMBER_MISSING, serial)
