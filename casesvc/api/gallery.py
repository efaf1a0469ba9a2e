"""The gallery of a case: everything that it lists, filters and puts on its map, in one answer.

The number of queries does not grow with the list, and no chain is parsed beyond what the list says.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from litestar import get
from litestar.datastructures import State
from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.auth import CaseRequest
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from evidence.chain import NamedPerson, Statement, person_stated, stated
from evidence.clamav import ScanOutcome
from evidence.clock import DeviceClock, clocks_of, holding
from evidence.custody_event import CustodyEvent, EventType
from evidence.dating import dated
from evidence.exhibit import Exhibit, Original, Purpose, Reading, copied_of
from evidence.position import position_of
from evidence.reading import NEUTRAL
from evidence.record import What, read
from evidence.register import Case
from evidence.scanning import Scan


class GalleryItemOut(BaseModel):
    """A file exhibit as the gallery lists it. Texts that the record does not have are empty."""

    number: str
    serial: int
    kind: str
    kind_label: str
    name: str
    file_name: str
    size: int = Field(description="Bytes")
    received_at: datetime
    category: str
    place: str = Field(description="Where it was taken, as stated at the collection")
    person: str = Field(description="Who took it, as stated; else who collected it")
    device: str = Field(description="What made it, as the file says; else where it was copied from")
    device_time: str = Field(description="When it was taken by the device's clock, as the file says it")
    taken_at: datetime | None = Field(description="The same as a moment; none where it cannot be read")
    corrected: bool = Field(description="The moment is corrected by a measurement of the device's clock")
    unambiguous: bool = Field(description="False for a container's UTC, which many devices write in their local time")
    wgs84: tuple[float, float] | None = Field(description="Latitude and longitude in degrees, as the device gave them")
    gcj02: tuple[float, float] | None = Field(description="The same, as maps published in China draw it; converted")
    has_thumbnail: bool
    findings: int = Field(description="How many things a reader could not find in the file, or found odd")
    twin: str = Field(description="First other exhibit of the case with the same bytes; empty where there is none")
    quarantined: bool = Field(description="A virus was found in the original")
    holder: str = Field(description="Who has it in hand, by its chain")


@get(
    "/cases/{number:str}/gallery",
    summary="All file exhibits of a case with what they are filtered and mapped by",
    operation_id="getGallery",
    sync_to_thread=True,
    responses=problems(403, 404),
    tags=["exhibits"],
)
def gallery(request: CaseRequest, state: State, number: CaseNumber) -> list[GalleryItemOut]:
    here: Installation = state.installation
    by = request.user
    with here.database.reading() as tx:  # thousands of rows, so not while everybody else's acts wait
        shown = gallery_of(tx, case_for(tx, by, number, Permission.SEE_CASE))
    with here.database.begin(by) as act:
        read(act, What.VIEW, purpose="图库目录", case=case_for(act.tx, by, number, Permission.SEE_CASE))
    return shown


@dataclass(frozen=True)
class _Told:
    """What the record tells of the files of a case, by id of the exhibit or of the original."""

    collections: Mapping[int, Statement]
    holders: Mapping[int, NamedPerson]
    readings: Mapping[int, tuple[Mapping[str, Any], Sequence[str]]]
    copied: set[int]
    quarantined: set[int]
    clocks: Mapping[str, DeviceClock]
    alike: Mapping[str, list[str]]


def gallery_of(tx: Session, case: Case) -> list[GalleryItemOut]:
    """File exhibits of a case in order of their serial."""
    rows = _files(tx, case)
    alike: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        alike[row.sha256].append(row.number)
    told = _Told(
        *_told_by_chains(tx, case),
        readings=_readings(tx, case),
        copied=copied_of(tx, case, Purpose.THUMBNAIL),
        quarantined=_quarantined(tx, case),
        clocks=holding(clocks_of(tx, case)),
        alike=alike,
    )
    return [_item(row, told) for row in rows]


def _item(row: sa.Row[Any], told: _Told) -> GalleryItemOut:
    collected = told.collections.get(row.id, Statement())
    holder = told.holders.get(row.id, NamedPerson())
    facts, findings = told.readings.get(row.original_id, ({}, []))
    place, time = position_of(facts), dated(facts, _text(collected.facts, "source"), told.clocks)
    return GalleryItemOut(
        number=row.number,
        serial=row.serial,
        kind=row.kind.value,
        kind_label=row.kind.label,
        name=row.name,
        file_name=row.file_name,
        size=row.size,
        received_at=row.received_at,
        category=_text(collected.facts, "category"),
        place=_text(collected.facts, "place"),
        person=_text(collected.facts, "taken_by") or collected.by.name,
        device=time.device,
        device_time=time.original,
        taken_at=time.moment,
        corrected=time.corrected is not None,
        unambiguous=time.unambiguous,
        wgs84=(float(place.latitude), float(place.longitude)) if place else None,
        gcj02=(float(place.gcj_latitude), float(place.gcj_longitude)) if place else None,
        has_thumbnail=row.original_id in told.copied,
        findings=len(set(findings) - NEUTRAL),
        quarantined=row.original_id in told.quarantined,
        twin=next((number for number in told.alike[row.sha256][:2] if number != row.number), ""),
        holder=f"{holder.name}（{holder.unit}）" if holder.name else "",
    )


def _files(tx: Session, case: Case) -> Sequence[sa.Row[Any]]:
    """What the rows of exhibits and originals say: columns, as making thousands of objects takes most of the time."""
    query = (
        sa.select(
            *(col(column) for column in (Exhibit.id, Exhibit.number, Exhibit.serial, Exhibit.kind, Exhibit.name)),
            col(Original.id).label("original_id"),
            *(col(column) for column in (Original.file_name, Original.size, Original.sha256, Original.received_at)),
        )
        .join(Original, col(Original.exhibit_id) == Exhibit.id)
        .where(col(Exhibit.case_id) == case.id)
        .order_by(col(Exhibit.serial))
    )
    return tx.execute(query).all()


def _told_by_chains(tx: Session, case: Case) -> tuple[dict[int, Statement], dict[int, NamedPerson]]:
    """By exhibit id: what the first event states, and the person to whom the last one that says so gave it.

    A chain grows by an event with each verification, which moves nothing: those are left where they are.
    """
    query = (
        select(CustodyEvent.exhibit_id, CustodyEvent.seq, CustodyEvent.body)
        .join(Exhibit, col(CustodyEvent.exhibit_id) == Exhibit.id)
        .join(Original, col(Original.exhibit_id) == Exhibit.id)
        .where(Exhibit.case_id == case.id, CustodyEvent.type != EventType.VERIFIED)
        .order_by(col(CustodyEvent.exhibit_id), col(CustodyEvent.seq))
    )
    collections, holders = {}, {}
    for exhibit_id, seq, body in tx.exec(query):
        said = stated(body)
        if seq == 0:
            collections[exhibit_id] = said
        if (to := said.facts.get("to")) is not None:
            holders[exhibit_id] = person_stated(to)
    return collections, holders


def _readings(tx: Session, case: Case) -> dict[int, tuple[Mapping[str, Any], Sequence[str]]]:
    """Facts and findings of the latest reading, by id of the original."""
    query = (
        select(Reading.original_id, Reading.facts, Reading.findings)
        .join(Original, col(Reading.original_id) == Original.id)
        .join(Exhibit, col(Original.exhibit_id) == Exhibit.id)
        .where(Exhibit.case_id == case.id)
        .order_by(col(Reading.id))
    )
    return {original_id: (facts, findings) for original_id, facts, findings in tx.exec(query)}


def _quarantined(tx: Session, case: Case) -> set[int]:
    """Ids of the originals whose latest scan found something."""
    query = (
        select(Scan.original_id, Scan.outcome)
        .join(Original, col(Scan.original_id) == Original.id)
        .join(Exhibit, col(Original.exhibit_id) == Exhibit.id)
        .where(Exhibit.case_id == case.id)
        .order_by(col(Scan.record_seq))
    )
    latest = dict(tx.exec(query).all())
    return {of for of, outcome in latest.items() if outcome == ScanOutcome.FOUND}


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name, "")
    return value if isinstance(value, str) else ""
