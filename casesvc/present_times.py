"""From the record to what faces show of clocks, times, places and the timeline (:mod:`casesvc.shown_times`)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from casesvc.shown_times import (
    ClockOut,
    DeviceOut,
    DeviceTimeOut,
    EntryOut,
    OutlierOut,
    PositionOut,
    TimelineOut,
    UndatedOut,
)
from evidence.clock import DeviceClock, clocks_of, holding
from evidence.comparison import Outlier
from evidence.custody_event import chains_of
from evidence.dating import DatedFile, DeviceTime, Zone, dated, dated_files
from evidence.exhibit import Kind
from evidence.moments import BEIJING
from evidence.position import Position, position_of
from evidence.reading import ReadingFinding
from evidence.register import Case, Person
from workflows.timeline import Entry, Timeline, timeline_of

UNKNOWN = "设备不明"
_NO_TIME = frozenset(
    {
        "no_exif",
        "exif_unreadable",
        "no_time",
        "no_container_time",
        "unreadable",
        "unreadable_video",
        "unreadable_file",
        "not_stored",
        "too_large",
        "timed_out",
    }
)


def offset_text(seconds: int) -> str:
    """How far a clock is off, as people say it: 快 1 小时 02 分 10 秒."""
    if not seconds:
        return "与北京时间一致"
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [f"{days} 天"] if days else []
    parts += [f"{hour:02d} 小时" if days else f"{hour} 小时"] if hours else []
    parts += [f"{minute:02d} 分" if hours else f"{minute} 分"] if minutes else []
    parts.append(f"{second:02d} 秒" if minutes else f"{second} 秒")
    return ("快 " if seconds > 0 else "慢 ") + " ".join(parts)


def present_clocks(tx: Session, clocks: list[DeviceClock]) -> list[ClockOut]:
    """Measurements in the order given; those of a whole case, so that it is known which holds."""
    persons = tx.exec(select(Person).where(col(Person.id).in_({clock.person_id for clock in clocks})))
    names = {person.id: person.name for person in persons}
    latest = {clock.id for clock in holding(clocks).values()}
    return [_clock(clock, names[clock.person_id], holds=clock.id in latest) for clock in clocks]


def _clock(clock: DeviceClock, by: str, *, holds: bool) -> ClockOut:
    return ClockOut(
        id=clock.id,
        device=clock.device,
        shown=clock.shown,
        beijing_at=clock.beijing_at,
        offset_seconds=clock.offset_seconds,
        offset=offset_text(clock.offset_seconds),
        how=clock.how,
        remark=clock.remark,
        by=by,
        at=clock.at,
        holds=holds,
    )


def present_devices(tx: Session, case: Case) -> list[DeviceOut]:
    return _devices(dated_files(tx, case, chains_of(tx, case)), present_clocks(tx, clocks_of(tx, case)))


def present_timeline(tx: Session, case: Case) -> tuple[TimelineOut, list[DeviceOut]]:
    """The timeline of a case, and the devices whose clocks it depends on."""
    timeline, clocks = timeline_of(tx, case), present_clocks(tx, clocks_of(tx, case))
    return _timeline(timeline, _held(clocks)), _devices(timeline.files, clocks)


def _devices(files: list[DatedFile], clocks: list[ClockOut]) -> list[DeviceOut]:
    """The devices of a case whose clock matters: those of files with a time, and of recordings, most files first; those
    that only were measured. A card is no clock: pictures without a time are not listed under it.
    """
    measured: dict[str, list[ClockOut]] = defaultdict(list)
    for clock in reversed(clocks):
        measured[clock.device].append(clock)
    made: dict[str, list[DatedFile]] = defaultdict(list)
    for file in files:
        if file.time.original or file.exhibit.kind in {Kind.VIDEO, Kind.ELECTRONIC}:
            made[file.time.device].append(file)
    devices = sorted(made.keys() | measured.keys(), key=lambda device: (not device, -len(made[device]), device))
    return [
        DeviceOut(
            device=device or UNKNOWN,
            known=bool(device),
            files=len(made[device]),
            told_apart=all(file.time.told_apart for file in made[device]),
            sources=sorted({file.source for file in made[device] if file.source}),
            clocks=measured[device],
        )
        for device in devices
    ]


def present_time(tx: Session, case: Case, facts: Mapping[str, Any], source: str) -> DeviceTimeOut:
    """When a file was made, from the facts read from it and where it was copied from."""
    clocks = clocks_of(tx, case)
    return _time(dated(facts, source, holding(clocks)), _held(present_clocks(tx, clocks)))


def present_position(facts: Mapping[str, Any]) -> PositionOut | None:
    position: Position | None = position_of(facts)
    return PositionOut(**vars(position)) if position else None


def _held(clocks: list[ClockOut]) -> dict[str, ClockOut]:
    """The measurements that hold, by device."""
    return {clock.device: clock for clock in clocks if clock.holds}


def _timeline(timeline: Timeline, clocks: Mapping[str, ClockOut]) -> TimelineOut:
    return TimelineOut(
        entries=[_entry(entry, clocks) for entry in timeline.entries],
        undated=[
            UndatedOut(
                exhibit=file.exhibit.number,
                name=file.exhibit.name,
                original=file.time.original,
                why=_why_undated(file),
            )
            for file in timeline.undated
        ],
        outliers=[present_outlier(outlier) for outlier in timeline.outliers],
    )


def _entry(entry: Entry, clocks: Mapping[str, ClockOut]) -> EntryOut:
    return EntryOut(
        at=entry.at,
        kind=entry.kind.value,
        kind_label=entry.kind.label,
        label=entry.label,
        certainty=entry.certainty.value,
        certainty_label=entry.certainty.label,
        by=entry.by,
        exhibit=entry.exhibit,
        document=entry.document,
        name=entry.name,
        event=entry.event,
        facts={**entry.facts, "误差": offset_text(entry.clock.offset_seconds)} if entry.clock else dict(entry.facts),
        time=_time(entry.time, clocks) if entry.time else None,
    )


def _time(time: DeviceTime, clocks: Mapping[str, ClockOut]) -> DeviceTimeOut:
    return DeviceTimeOut(
        device=time.device,
        original=time.original,
        zone=time.zone.value,
        zone_label=f"{time.zone.label} {time.offset}".strip(),
        at=time.at,
        corrected=time.corrected,
        clock=clocks[time.clock.device] if time.clock else None,
        doubts=_doubts(time),
    )


def _doubts(time: DeviceTime) -> list[str]:
    """What a person has to know of a device's time before relying on it."""
    doubts = []
    if time.original and time.at is None:
        doubts.append("文件所载时间无法识别，未作推定")
    if time.zone is Zone.UTC:
        local = f"若设备写入的是当地时间则为 {_told(time.if_local)}；" if time.if_local else ""
        doubts.append(f"未核实：{local}也可能是录像结束的时间，请与画面核对")
    if time.zone_differs:
        doubts.append("文件载明的不是北京时区" + ("；已按设备显示的时间校正，请核对" if time.clock else "，请核对"))
    if time.clock and time.corrected is None:
        doubts.append("按对时结果无法换算成有效时间")
    if time.clock and not time.told_apart:
        doubts.append("无序列号：同型号的不同设备不能区分，请核对是否为被对时的设备")
    return doubts


def _why_undated(file: DatedFile) -> str:
    if file.findings is None:
        return "尚未读取"
    if file.time.original:
        return "文件所载时间无法识别"
    labels = [ReadingFinding(finding).label for finding in file.findings if finding in _NO_TIME]
    return "；".join(labels) or "文件中没有时间"


def present_outlier(outlier: Outlier) -> OutlierOut:
    return OutlierOut(
        exhibit=outlier.exhibit,
        kind=outlier.kind.value,
        label=outlier.kind.label,
        group=outlier.group,
        found=_told(outlier.found),
        against=_told(outlier.against),
        agreeing=outlier.agreeing,
        device=outlier.device,
        name=outlier.name,
        whole=outlier.whole,
    )


def _told(value: str | datetime) -> str:
    return value if isinstance(value, str) else value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
