"""What faces show of the record: one model per thing, the same for the JSON API and the pages."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class UnitOut(BaseModel):
    code: str = Field(description="Division code, six digits")
    name: str
    short_name: str = Field(description="Opens the unit's document numbers; 待中心确认")
    level: str


class WhoOut(BaseModel):
    """The person of the session."""

    name: str
    unit: str
    certificate: str
    roles: list[str]


class IncidentOut(BaseModel):
    number: str
    received_at: datetime
    caller: str
    phone: str
    place: str
    burning: str
    trapped: str
    case: str | None = Field(description="Number of the case opened on it")


class CaseOut(BaseModel):
    number: str
    name: str
    unit: str
    unit_code: str
    procedure: str
    procedure_label: str
    stage: str
    stage_label: str
    fire_at: datetime
    place: str
    opened_at: datetime
    opened_by: str
    exhibits: int = Field(description="How many exhibits are registered")


class StepOut(BaseModel):
    """A row of the procedure as it stands in the case, for the person asking."""

    slug: str
    label: str
    stage: str
    stage_label: str
    basis: str
    roles: list[str]
    document: str | None
    facts: dict[str, str] = Field(description="Facts the step asks for: slug to Chinese name")
    needs_confirmation: bool = Field(description="待中心确认")
    decides: bool = Field(description="The step asks for a decision: fact `decision`, agreed or refused")
    stands: bool = Field(description="Recorded, and agreed to where it asks for a decision")
    recorded: list[dict[str, Any]]
    open: bool = Field(description="Whether the person asking may record it now")
    refusal: str = Field(description="Why not, in Chinese; empty when open")


class FileOut(BaseModel):
    """The original of an exhibit."""

    name: str
    size: int = Field(description="Bytes")
    sha256: str
    sm3: str
    received_at: datetime


class ReadingOut(BaseModel):
    """What was read from a photograph."""

    reader: str
    facts: dict[str, Any]
    findings: list[str] = Field(description="In Chinese")


class ExhibitOut(BaseModel):
    number: str
    case: str
    kind: str
    kind_label: str
    name: str
    category: str
    created_at: datetime
    file: FileOut | None
    holder: str = Field(description="Who has it in hand, by its chain")
    has_thumbnail: bool


class EventOut(BaseModel):
    """A custody event; ``body`` is the record itself, byte for byte (canonical JSON, ASCII or UTF-8)."""

    seq: int
    type: str
    type_label: str
    at: datetime
    by: str
    unit: str
    certificate: str
    facts: dict[str, Any]
    sha256: str
    body: str


class ReadOut(BaseModel):
    """An entry of the record of reads."""

    seq: int
    what: str
    what_label: str
    at: datetime
    by: str
    unit: str
    address: str
    purpose: str


class ExhibitDetailOut(BaseModel):
    exhibit: ExhibitOut
    reading: ReadingOut | None
    derived: list[dict[str, str]]
    chain: list[EventOut]
    reads: list[ReadOut] = Field(description="For supervisors; empty for others")


class FormOut(BaseModel):
    id: str
    name: str
    stage: str
    number_format: str
    legal_basis: str
    signer: str
    copies: str
    confidence: str
    implemented: bool
    needs_confirmation: bool


class DocumentOut(BaseModel):
    number: str
    form: str
    name: str
    issued_at: datetime | None
    by: str
    size: int | None
    sha256: str
    sm3: str
    issued: bool = Field(description="False: a number was taken and the issue did not end; the next issue uses it")


class FindingOut(BaseModel):
    where: str
    kind: str
    label: str
    seq: int | None
    registered: str
    found: str


class ReportOut(BaseModel):
    """Outcome of a verification, with what was read."""

    sound: bool
    exhibits: int
    events: int
    originals: int
    copies: int = Field(description="Derived copies")
    documents: int
    entries: int
    bytes_read: int
    findings: list[FindingOut]


class VerificationOut(BaseModel):
    """A kept verification: by whom, when, with what outcome."""

    id: int
    at: datetime
    by: str
    unit: str
    certificate: str
    report: ReportOut


class CanaryOut(BaseModel):
    at: datetime
    store: str
    sound: bool
    report: dict[str, Any]
