"""What faces show of device clocks, of the times and places in files, and of a case's timeline: one model per thing."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class ClockOut(BaseModel):
    """A device's clock held against Beijing time."""

    id: int = Field(description="Its number in the installation")
    device: str
    shown: str = Field(description="What the device showed, no zone", examples=["2026-11-24 15:07:19"])
    beijing_at: datetime = Field(description="The moment of that showing")
    offset_seconds: int = Field(description="Device minus Beijing time: positive where the device is fast")
    offset: str = Field(description="The same, in Chinese")
    how: str
    remark: str
    by: str
    at: datetime = Field(description="When it was recorded")
    holds: bool = Field(description="False where a later measurement of the device replaces it")


class DeviceOut(BaseModel):
    """A device of the case: how many files it made, where they were copied from, its measurements, the latest first."""

    device: str
    known: bool = Field(description="False for files that name no device and no source")
    files: int
    told_apart: bool = Field(description="False where its files name a model and no serial number: two may be one here")
    sources: list[str]
    clocks: list[ClockOut]


class DeviceTimeOut(BaseModel):
    """When a file was made, by its device and by Beijing time."""

    device: str
    original: str = Field(description="As the file has it, verbatim; empty where it has none")
    zone: str = Field(description="`stated`, `utc` or `assumed`")
    zone_label: str
    at: datetime | None = Field(description="That moment without correction; null where it cannot be read")
    corrected: datetime | None = Field(description="By the measured clock; null where none was measured")
    clock: ClockOut | None = Field(description="The measurement applied")
    doubts: list[str] = Field(description="In Chinese")


class PositionOut(BaseModel):
    """Degrees: as recorded, and as maps published in China draw it."""

    latitude: str = Field(description="WGS-84")
    longitude: str = Field(description="WGS-84")
    gcj_latitude: str = Field(description="GCJ-02, converted")
    gcj_longitude: str = Field(description="GCJ-02, converted")


class EntryOut(BaseModel):
    """Something dated in a case."""

    at: datetime
    kind: str
    kind_label: str
    label: str
    certainty: str
    certainty_label: str
    by: str
    exhibit: str = Field(description="Number of the exhibit; empty where it speaks of none")
    document: str = Field(description="Number of the document; empty where it speaks of none")
    name: str
    event: str = Field(description="Type of the custody event; empty for others")
    facts: dict[str, Any] = Field(description="By slug, or in Chinese")
    time: DeviceTimeOut | None = Field(description="For evidence: original and corrected time side by side")


class UndatedOut(BaseModel):
    """A photograph or recording that cannot be put on the timeline; nothing is filled in."""

    exhibit: str
    name: str
    original: str = Field(description="What the file has for a time, verbatim; empty where it has none")
    why: str = Field(description="In Chinese")


class OutlierOut(BaseModel):
    """A file that does not go with the rest of its card; for a person to look at."""

    exhibit: str
    kind: str
    label: str
    group: str = Field(description="What is compared: a card or source, or a device and folder; empty: the case")
    found: str
    against: str
    agreeing: int = Field(description="Files of the group that say otherwise; 0 where none were compared")
    device: str = Field(description="What made the file; empty where it is not known")
    name: str = Field(description="The file's name")
    whole: bool = Field(description="So do all files of this device in the group, three at least")


class TimelineOut(BaseModel):
    entries: list[EntryOut]
    undated: list[UndatedOut]
    outliers: list[OutlierOut]
