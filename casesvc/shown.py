"""What faces show of the record: one model per thing, the same for the JSON API and the pages."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from casesvc.shown_custody import CustodyOut, StandingOut
from casesvc.shown_times import DeviceTimeOut, PositionOut


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


class ScanOut(BaseModel):
    """What a virus scanner said of the original."""

    at: datetime
    engine: str = Field(description="Program and signature database, in the scanner's words")
    outcome: str = Field(description="clean, found or too_large")
    outcome_label: str
    signature: str = Field(description="What was found; empty where nothing was")


class ReadingOut(BaseModel):
    """What was read from a file."""

    reader: str
    facts: dict[str, Any]
    findings: list[str] = Field(description="What was not found, or found odd, in Chinese")
    remarks: list[str] = Field(description="What most files lack and nothing follows from, in Chinese")


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
    custody: CustodyOut | None = Field(description="How it stands by its chain; none where its chain is damaged")
    has_thumbnail: bool
    scan: ScanOut | None = Field(description="Latest virus scan of the original; none while there was none")
    quarantined: bool = Field(description="A virus was found: the original is kept from download, copies are shown")


class EventOut(BaseModel):
    """A custody event; ``body`` is the record itself, byte for byte (canonical JSON, ASCII or UTF-8)."""

    seq: int
    type: str
    type_label: str
    at: datetime
    happened_at: datetime = Field(description="When it happened; the same as `at` unless it was recorded later")
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
    certificate: str
    address: str = Field(description="Empty for an act at the machine itself")
    session: str = Field(description="Which login it was: the same for all that was done in one")
    purpose: str


class UploadedOut(BaseModel):
    """The receipt of one file."""

    exhibit: ExhibitOut
    file: FileOut
    twins: list[str] = Field(description="Earlier exhibits of the case with the same bytes: flagged, never dropped")


class SendingOut(BaseModel):
    """How an upload stands."""

    name: str = Field(description="The sender's own name of it, the last part of its address")
    case: str
    file_name: str
    kind_label: str
    by: str
    length: int = Field(description="Bytes announced")
    offset: int = Field(description="Bytes acknowledged")
    state: str = Field(description="receiving, sealing, sealed, refused, stopped, expired or lost")
    state_label: str
    reason: str = Field(description="Why it became no exhibit, in Chinese; empty otherwise")
    begun_at: datetime
    moved_at: datetime
    expires_at: datetime | None = Field(description="When it ends if nobody goes on with it")
    receipt: UploadedOut | None = Field(description="What it became")


class CopyOut(BaseModel):
    """A copy made by hand: of which original, with what, by whom."""

    id: int = Field(description="The last part of its address")
    title: str = Field(description="What it is for")
    made_at: datetime
    by: str
    unit: str
    original_sha256: str
    tool: str
    parameters: dict[str, Any] = Field(description="Its operations, in order, and how it was saved")
    size: int = Field(description="Bytes")
    sha256: str
    sm3: str


class ExhibitDetailOut(BaseModel):
    exhibit: ExhibitOut
    reading: ReadingOut | None
    time: DeviceTimeOut | None = Field(description="Its time by the device and by Beijing; none before it was read")
    position: PositionOut | None
    twins: list[str] = Field(description="Other exhibits of the case with the same bytes")
    derived: list[dict[str, str]] = Field(description="Copies the system made")
    copies: list[CopyOut] = Field(description="Copies made by hand: turned, cropped, annotated, redacted")
    chain: list[EventOut]
    standing: StandingOut
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
