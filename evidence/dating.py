"""When files were made: the device's own time verbatim, and beside it what its measured clock makes of it.

Nothing is filled in: a time that is missing or cannot be read leaves its file undated.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlmodel import Session, col, select

from evidence.clock import DeviceClock, beijing_wall, clocks_of, device_of, holding
from evidence.columns import Labelled
from evidence.custody_event import CustodyEvent, facts_of
from evidence.exhibit import Exhibit, Original, Reading
from evidence.moments import BEIJING
from evidence.register import Case

_EXIF = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_CONTAINER = re.compile(
    r"(?:UTC )?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?P<zone> ?UTC|Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_FARTHEST = timedelta(hours=14)  # no zone is farther from UTC
_NEVER_SET = (datetime(1904, 1, 1), datetime(1970, 1, 1))  # zero, as MP4 (ISO/IEC 14496-12) and Unix count  # noqa: DTZ001
_EIGHT = timezone(timedelta(hours=8))


class Zone(Labelled):
    """How the zone of a device's time is known."""

    STATED = "stated", "文件载明时区"
    UTC = "utc", "容器时间，按 UTC 换算"
    ASSUMED = "assumed", "无时区信息，按北京时间"


@dataclass(frozen=True)
class DeviceTime:
    """When a file was made by the clock of ``device``: ``original`` verbatim, ``at`` as a moment without correction,
    ``corrected`` by the measurement ``clock``. Moments are UTC; None where nothing can be said.

    ``if_local``: of a container's UTC, the moment (corrected where the clock was measured) if the device wrote its
    local time instead, as many do. ``told_apart``: false where two devices of one model have this name.
    """

    device: str = ""
    original: str = ""
    zone: Zone = Zone.ASSUMED
    offset: str = ""
    at: datetime | None = None
    corrected: datetime | None = None
    clock: DeviceClock | None = None
    if_local: datetime | None = None
    told_apart: bool = True

    @property
    def moment(self) -> datetime | None:
        """The best that can be said: corrected where the clock was measured."""
        return self.corrected or self.at

    @property
    def unambiguous(self) -> bool:
        """Whether there is one way to read it: of a container's UTC there are two, whole hours apart."""
        return self.zone is not Zone.UTC

    @property
    def zone_differs(self) -> bool:
        """The file states a zone that is not Beijing's: the measurement was taken as one of what the device showed."""
        zone = _zone(self.offset)
        return self.zone is Zone.STATED and zone is not None and zone != _EIGHT


@dataclass(frozen=True)
class DatedFile:
    """A file of a case with what was read from it; ``findings`` are slugs of its reader, None before it was read.

    ``path``: where it lay on what it was copied from, as the sender says; empty where he does not.
    """

    exhibit: Exhibit
    original: Original
    source: str
    time: DeviceTime
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: list[str] | None = None
    path: str = ""


def dated(facts: Mapping[str, Any], source: str, clocks: Mapping[str, DeviceClock]) -> DeviceTime:
    """When a file was made, from the facts read from it and where it came from.

    ``clocks`` are the measurements of the case that hold, by device (:func:`evidence.clock.holding`). A measurement
    compares what a device shows with Beijing time, so it corrects what the device showed, whatever zone the file names.
    """
    device = device_of(facts, source)
    told_apart = bool(facts.get("serial") or not facts.get("model"))
    return replace(_dated(facts, device, clocks.get(device)), told_apart=told_apart)


def _dated(facts: Mapping[str, Any], device: str, clock: DeviceClock | None) -> DeviceTime:
    exif, container = (str(facts.get(fact, "")).strip() for fact in ("device_time", "container_time"))
    if wall := _read(_EXIF.fullmatch(exif)):
        offset = str(facts.get("device_time_offset", "")).strip()
        zone = _zone(offset)
        known = Zone.ASSUMED if zone is None else Zone.STATED
        at = _moment(wall.replace(tzinfo=zone or BEIJING))
        return DeviceTime(device, exif, known, offset if zone else "", at, *_corrected(wall, clock))
    found = _CONTAINER.fullmatch(container)
    wall = _read(found)
    if found is None or wall is None or wall in _NEVER_SET:
        return DeviceTime(device, exif or str(facts.get("device_time_raw", "")) or container)
    stated = (found["zone"] or "").strip()
    zone = _zone(stated)
    if stated in {"Z", "UTC"} or zone == UTC or container.startswith("UTC "):
        at = _moment(wall.replace(tzinfo=UTC))
        if_local = _corrected(wall, clock)[0] or _moment(wall.replace(tzinfo=BEIJING))
        corrected = _corrected(beijing_wall(at) if at else None, clock)
        return DeviceTime(device, container, Zone.UTC, "", at, *corrected, if_local)
    at = _moment(wall.replace(tzinfo=zone or BEIJING))
    known, offset = (Zone.STATED, stated) if zone else (Zone.ASSUMED, "")
    return DeviceTime(device, container, known, offset, at, *_corrected(wall, clock))


def dated_files(tx: Session, case: Case, chains: Mapping[int, list[CustodyEvent]]) -> list[DatedFile]:
    """Every file of a case in order of its number; ``chains`` as of :func:`evidence.custody.chains_of`."""
    clocks = holding(clocks_of(tx, case))
    rows = tx.exec(
        select(Exhibit, Original)
        .join(Original, col(Original.exhibit_id) == Exhibit.id)
        .where(Exhibit.case_id == case.id)
        .order_by(col(Exhibit.serial))
    )
    latest = select(Reading).join(Original).join(Exhibit).where(Exhibit.case_id == case.id).order_by(col(Reading.id))
    readings = {reading.original_id: reading for reading in tx.exec(latest)}
    files = []
    for exhibit, original in rows:
        reading = readings.get(original.id)
        facts = reading.facts if reading else {}
        events = chains.get(exhibit.id, [])
        source, path = source_of(events), _stated(events, "path")
        time, findings = dated(facts, source, clocks), reading.findings if reading else None
        files.append(DatedFile(exhibit, original, source, time, facts, findings, path))
    return files


def source_of(events: list[CustodyEvent]) -> str:
    """The device or card that a file was copied from, as its first custody event states it; empty where it does not."""
    return _stated(events, "source")


def _stated(events: list[CustodyEvent], fact: str) -> str:
    """A text of the first event; empty where it does not say it."""
    value = facts_of(events[0]).get(fact) if events else None
    return value.strip() if isinstance(value, str) else ""


def _read(found: re.Match[str] | None) -> datetime | None:
    """The wall clock time in six groups; None for a time no calendar has (zeros, a leap second, 24:00)."""
    if found is None:
        return None
    try:
        return datetime(*(int(figures) for figures in found.groups()[:6]))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _zone(offset: str) -> timezone | None:
    found = _OFFSET.fullmatch(offset)
    if found is None or int(found[3]) > 59:
        return None
    distance = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if distance > _FARTHEST:
        return None
    return timezone(-distance if found[1] == "-" else distance)


def _corrected(wall: datetime | None, clock: DeviceClock | None) -> tuple[datetime | None, DeviceClock | None]:
    if wall is None or clock is None:
        return None, None
    try:
        return _moment((wall - timedelta(seconds=clock.offset_seconds)).replace(tzinfo=BEIJING)), clock
    except OverflowError:
        return None, clock


def _moment(at: datetime) -> datetime | None:
    """In UTC; None before the year 1 and after 9999."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
