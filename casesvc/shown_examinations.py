"""What faces show of examinations."""

from datetime import datetime

from pydantic import BaseModel, Field


class ReportedOut(BaseModel):
    """The report that was received; its file is an exhibit of the case."""

    exhibit: str
    number: str
    conclusion: str
    received_at: datetime
    entered_by: str


class ExaminationOut(BaseModel):
    """A commission as lists show it; the names of its exhibits are not in it."""

    number: str
    case: str
    case_name: str
    laboratory: str = Field(description="Code of the unit whose laboratory it is; empty for an institute outside")
    institute: str
    contact: str
    questions: str
    due_at: datetime
    keep_until: datetime | None
    destroys: bool = Field(description="The test uses samples up")
    notice: str = Field(description="How the parties were told of that beforehand")
    requested_at: datetime
    requested_by: str
    course: str
    course_label: str
    overdue: bool = Field(description="No report, and the agreed time is over")
    exhibits: list[str]
    started_at: datetime | None = Field(description="From when the term of the determination stands still (art. 18)")
    report: ReportedOut | None


class SampleOut(BaseModel):
    """An exhibit that is examined, or a portion of one made since, as it stands now."""

    number: str
    name: str
    kind: str
    kind_label: str
    quantity: str
    seal: str
    whereabouts: str
    whereabouts_label: str
    holder: str
    holder_unit: str
    health: str
    health_label: str


class ExaminationDetailOut(ExaminationOut):
    """A commission with where its exhibits are and by which handovers they went out and came back."""

    samples: list[SampleOut]
    handovers: list[str] = Field(description="Numbers of the handovers to the laboratory and back, oldest first")
