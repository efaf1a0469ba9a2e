"""Documents of a case: a number from a dense register, rendered, stored as a locked object, entered with both digests.

Issue has three parts, so that bytes stand before rows and no network is waited for inside an act:
``reserve`` (an act: the number), ``make`` (no act: render and store), ``complete`` (an act: the row and its step).
A number reserved and not completed stays visible and is taken up by the next issue of the same form in the same case.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field, Session, SQLModel, col, select

import templates
from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import canonical, sha256_hex, stated
from evidence.columns import StoredBytes, UtcDateTime
from evidence.digest import Digesting, Digests
from evidence.log import DocumentLeaf, append_document, documented
from evidence.moments import BEIJING
from evidence.record import RecordEntry, What, enter
from evidence.register import Case, Unit, next_serial
from storage import ObjectStore, StoredObject
from workflows.errors import DocumentBeingIssued, DocumentUnknown
from workflows.procedure import StepRule, procedure
from workflows.steps import check_step, enter_step, lock_case, steps_of

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentNumber(SQLModel, table=True):
    """One number of the register. ``series`` is dense from 1; ``number`` is printed on the document."""

    __tablename__ = "document_number"
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    form: str = Field(max_length=3)
    series: str = Field(max_length=80)
    serial: int
    number: str = Field(unique=True, max_length=80)
    reserved_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)
    __table_args__ = (sa.UniqueConstraint("series", "serial"),)


class Document(SQLModel, table=True):
    """An issued document: where its bytes are, both digests, and digests of the template and the data it came from."""

    id: int = Field(default=None, primary_key=True)
    number_id: int = Field(foreign_key="document_number.id", unique=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    size: int
    sha256: str = Field(max_length=64)
    sm3: str = Field(max_length=64)
    template_sha256: str = Field(max_length=64)
    data: bytes = Field(sa_type=StoredBytes)
    data_sha256: str = Field(max_length=64)
    object_key: str = Field(max_length=300, unique=True)
    object_version: str = Field(max_length=120)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    person_id: int = Field(foreign_key="person.id")
    record_seq: int = Field(default=None, foreign_key="record_entry.seq", unique=True)  # known before the flush


guard(DocumentNumber)
guard(Document)


@dataclass(frozen=True)
class Made:
    """A rendered document in the store that is not issued yet."""

    stored: StoredObject
    digests: Digests
    template_sha256: str
    data: bytes


def issuing_step(form_id: str) -> StepRule:
    """The step of the procedure that issuing this form is; FormNotImplemented where there is none yet."""
    for rule in procedure().steps:
        if rule.document == form_id:
            return rule
    raise templates.FormNotImplemented(templates.form(form_id).id)


def check_fields(form_id: str, fields: Mapping[str, Any], *, number: str | None = None) -> BaseModel:
    """The typed fields, or FieldMissing/FieldInvalid; before a number is reserved a specimen stands in its place."""
    wanted = templates.fields_of(form_id)
    if "number" in wanted.model_fields:
        specimen = templates.number(templates.form(form_id), org="安", year=2000, serial=1)
        fields = {**fields, "number": number or specimen}
    return templates.validated(form_id, fields)


def reserve(act: Act, case: Case, unit: Unit, form_id: str) -> DocumentNumber:
    """Take the number for a document that ``act.by`` may issue now, or the one left by an issue that did not end.

    One left from an earlier year stays unused: the year in a number is the year of issue.
    """
    lock_case(act.tx, case)
    check_step(case, steps_of(act.tx, case), issuing_step(form_id), act.by)
    form = templates.form(form_id)
    year = act.at.astimezone(BEIJING).year
    if form.numbering is templates.Numbering.NONE:
        # no register number by law: a serial within the case, so that copies of a list can be told apart
        series = f"document/{form_id}/{case.number}"
    else:
        # where the number names no agency, the register is one for the installation
        series = f"document/{form_id}/{unit.code}/{year}" if form.names_agency else f"document/{form_id}/{year}"
    left = act.tx.exec(
        select(DocumentNumber)
        .where(DocumentNumber.case_id == case.id, DocumentNumber.series == series)
        .where(col(DocumentNumber.id).not_in(select(Document.number_id)))
        .order_by(col(DocumentNumber.id))
    ).first()
    if left is not None:
        return left
    serial = next_serial(act.tx, series)
    number = templates.number(form, org=unit.short_name, year=year, serial=serial)
    number = number or f"{case.number}-{form_id}-{serial:02d}"
    entry = enter(act, What.RESERVE, number_stated(number, form_id, series, serial), case=case)
    reserved = DocumentNumber(
        case_id=case.id,
        form=form_id,
        series=series,
        serial=serial,
        number=number,
        reserved_at=entry.at,
        person_id=act.by.id,
        record_seq=entry.seq,
    )
    act.tx.add(reserved)
    act.tx.flush()
    return reserved


def number_stated(number: str, form_id: str, series: str, serial: int) -> dict[str, Any]:
    """A number of the register as its entry in the record states it."""
    return {"document": number, "form": form_id, "series": series, "serial": serial}


def make(store: ObjectStore, form_id: str, fields: Mapping[str, Any], *, number: str) -> Made:
    """Render strictly and store as a locked object; nothing is issued by this."""
    checked = check_fields(form_id, fields, number=number)
    rendered = templates.render(form_id, checked)
    digesting = Digesting([rendered.content])
    stored = store.put(f"documents/{uuid.uuid4().hex}.docx", digesting, lock=True)
    data = canonical(checked.model_dump(mode="json"))
    return Made(stored, digesting.digests, rendered.template_sha256, data)


def complete(act: Act, case: Case, reserved: DocumentNumber, made: Made) -> Document:
    """Issue: the row, the step it is, and the entries of both in the chained record."""
    lock_case(act.tx, case)
    if act.tx.exec(select(Document).where(Document.number_id == reserved.id)).first() is not None:
        raise DocumentBeingIssued(reserved.number)
    rule = issuing_step(reserved.form)
    check_step(case, steps_of(act.tx, case), rule, act.by)
    document = Document(
        number_id=reserved.id,
        case_id=case.id,
        size=made.digests.size,
        sha256=made.digests.sha256,
        sm3=made.digests.sm3,
        template_sha256=made.template_sha256,
        data=made.data,
        data_sha256=sha256_hex(made.data),
        object_key=made.stored.key,
        object_version=made.stored.version,
        issued_at=act.at,
        person_id=act.by.id,
    )
    entry = enter(act, What.ISSUE, document_stated(reserved, document), case=case)
    document.issued_at, document.record_seq = entry.at, entry.seq
    act.tx.add(document)
    act.tx.flush()
    append_document(act.tx, leaf_of(case, reserved, document, act.by.as_recorded()))
    enter_step(act, case, rule, {"document": reserved.number, "sha256": made.digests.sha256})
    return document


def document_stated(number: DocumentNumber, document: Document) -> dict[str, Any]:
    """An issued document as its entry in the record states it."""
    return {
        "document": number.number,
        "form": number.form,
        "size": f"{document.size} B",
        "sha256": document.sha256,
        "sm3": document.sm3,
        "template_sha256": document.template_sha256,
        "data_sha256": document.data_sha256,
    }


def leaf_of(case: Case, number: DocumentNumber, document: Document, by: Mapping[str, Any]) -> DocumentLeaf:
    """An issued document as the log holds it (proof.md §3)."""
    facts = {
        "document": number.number,
        "kind": number.form,
        "case": case.number,
        "by": dict(by),
        "sha256": document.sha256,
        "sm3": document.sm3,
        "template_sha256": document.template_sha256,
        "data_sha256": document.data_sha256,
    }
    return DocumentLeaf(number.number, document.issued_at, facts)


def complete_leaves(tx: Session) -> None:
    """Append the leaf of each document that was issued before there was a log, by the person its entry names."""
    known = documented(tx)
    query = select(Case, DocumentNumber, Document, RecordEntry.body)
    query = query.join(Case, col(Document.case_id) == col(Case.id))
    query = query.join(DocumentNumber, col(Document.number_id) == col(DocumentNumber.id))
    query = query.join(RecordEntry, col(Document.record_seq) == col(RecordEntry.seq))
    for case, number, document, body in tx.exec(query.order_by(col(Document.id))).all():
        if number.number not in known:
            append_document(tx, leaf_of(case, number, document, asdict(stated(body).by)))


@dataclass(frozen=True)
class Registered:
    """A number of the register with its document, or without where an issue did not end."""

    number: DocumentNumber
    document: Document | None


def documents_of(tx: Session, case: Case) -> list[Registered]:
    """Every number given in a case, oldest first."""
    query = (
        select(DocumentNumber, Document)
        .join(Document, col(Document.number_id) == DocumentNumber.id, isouter=True)
        .where(DocumentNumber.case_id == case.id)
        .order_by(col(DocumentNumber.id))
    )
    return [Registered(number, document) for number, document in tx.exec(query)]


def document_by_number(tx: Session, case: Case, number: str) -> tuple[DocumentNumber, Document]:
    """An issued document of ``case`` by its printed number."""
    for registered in documents_of(tx, case):
        if registered.number.number == number and registered.document is not None:
            return registered.number, registered.document
    raise DocumentUnknown(number)
