"""Verification of a case's procedure and documents against the chained record and the stored bytes."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, select

from evidence.chain import sha256_hex
from evidence.columns import Labelled
from evidence.digest import Digests
from evidence.record import RecordEntry, What
from evidence.register import Case, Serial
from evidence.verification import Finding, Report, verify_case, verify_stored
from storage import ObjectStore
from workflows.documents import Document, DocumentNumber, Registered, documents_of
from workflows.steps import Step, steps_of


class FindingKind(Labelled):
    """What can be wrong between procedure, documents and record."""

    STEP_DIFFERS = "step_differs", "办案步骤与操作记录不符"
    STEP_MISSING = "step_missing", "操作记录中的办案步骤在案件中缺失"
    DOCUMENT_DIFFERS = "document_differs", "文书登记与操作记录不符"
    DOCUMENT_MISSING = "document_missing", "操作记录中已出具的文书登记缺失"
    NUMBER_MISSING = "number_missing", "文书编号不连续，登记缺失"


def verify_whole_case(tx: Session, store: ObjectStore, case: Case, report: Report) -> Report:
    """Exhibits and chains, then steps and documents; the installation's record itself is ``verify_record``."""
    verify_case(tx, store, case, report)
    entries = _entries(tx, case)
    report.findings += _step_findings(steps_of(tx, case), entries)
    registered = documents_of(tx, case)
    report.findings += _document_findings(registered, entries)
    for row in registered:
        if row.document is not None:
            report.documents += 1
            verify_stored(
                store,
                report,
                where=row.number.number,
                key=row.document.object_key,
                version=row.document.object_version,
                registered=Digests(row.document.size, row.document.sha256, row.document.sm3),
            )
    return report


def verify_numbers(tx: Session, report: Report) -> Report:
    """Every document series of the installation is dense from 1 to its last number."""
    given: dict[str, set[int]] = defaultdict(set)
    for number in tx.exec(select(DocumentNumber)):
        given[number.series].add(number.serial)
    lasts = {row.series: row.last for row in tx.exec(select(Serial)) if row.series.startswith("document/")}
    for series in sorted(given.keys() | lasts.keys()):
        last = max([lasts.get(series, 0), *given[series]])
        report.findings += [
            Finding(series, FindingKind.NUMBER_MISSING, serial)
            for serial in range(1, last + 1)
            if serial not in given[series]
        ]
    return report


def _entries(tx: Session, case: Case) -> dict[int, dict[str, Any]]:
    entries = {}
    for entry in tx.exec(select(RecordEntry).where(RecordEntry.case_id == case.id)):
        try:
            body = json.loads(entry.body)
        except ValueError:
            continue  # verify_record reports it
        if isinstance(body, dict) and isinstance(body.get("facts"), dict):
            entries[entry.seq] = body
    return entries


def _step_findings(steps: list[Step], entries: dict[int, dict[str, Any]]) -> Iterator[Finding]:
    for step in steps:
        entry = entries.get(step.record_seq, {})
        if entry.get("facts") != {"step": step.slug, **step.facts} or entry["by"]["id"] != step.person_id:
            yield Finding(step.slug, FindingKind.STEP_DIFFERS, step.record_seq)
    there = {step.record_seq for step in steps}
    for seq, entry in entries.items():
        if entry.get("what") == What.STEP and seq not in there:
            yield Finding(str(entry["facts"].get("step")), FindingKind.STEP_MISSING, seq)


def _document_findings(registered: list[Registered], entries: dict[int, dict[str, Any]]) -> Iterator[Finding]:
    issued = [(row.number, row.document) for row in registered if row.document is not None]
    for number, document in issued:
        if entries.get(document.record_seq, {}).get("facts") != _stated(number, document):
            yield Finding(number.number, FindingKind.DOCUMENT_DIFFERS, document.record_seq)
    there = {document.record_seq for _, document in issued}
    for seq, entry in entries.items():
        if entry.get("what") == What.ISSUE and seq not in there:
            yield Finding(str(entry["facts"].get("document")), FindingKind.DOCUMENT_MISSING, seq)


def _stated(number: DocumentNumber, document: Document) -> dict[str, str]:
    return {
        "document": number.number,
        "form": number.form,
        "sha256": document.sha256,
        "sm3": document.sm3,
        "template_sha256": document.template_sha256,
        "data_sha256": sha256_hex(document.data),
    }
