"""The timeline of a case, the clocks of its devices, and what does not go with the rest of a card."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session

from casesvc.acts import now
from casesvc.api.clocks import LINE, ClockIn, enter_clock, looked
from casesvc.auth import CaseRequest
from casesvc.pages.doubts import UNDATED, doubts_of
from casesvc.pages.forms import Form, beijing, filled, go
from casesvc.permissions import Permission, may
from casesvc.present import present_case
from casesvc.present_times import present_timeline
from casesvc.shown import CaseOut
from casesvc.shown_times import ClockOut, DeviceOut, EntryOut, TimelineOut
from evidence.moments import BEIJING
from evidence.register import Case
from workflows.timeline import EntryKind

LABELS = {
    "device": "设备",
    "shown": "设备显示的时间",
    "beijing_at": "同一时刻的北京时间",
    "how": "对时方法",
    "remark": "备注",
    "unknown_device": "确认设备暂无文件",
}
WAYS = (
    "用手机网络时间同框拍照对照",
    "与国家授时中心网络时间对照",
    "与监控主机时钟画面同框录像对照",
    "设备已由 NTP 自动校时，核对无误",
)
TOGETHER = timedelta(minutes=10)


@dataclass(frozen=True)
class Row:
    """What one line of the page tells: an entry, or the same done by one person to many exhibits at once."""

    first: EntryOut
    others: list[EntryOut] = field(default_factory=list)

    @property
    def entries(self) -> list[EntryOut]:
        return [self.first, *self.others]


@dataclass(frozen=True)
class Measured:
    """A measurement just recorded, and how many files it dated anew."""

    clock: ClockOut
    files: int


@get("/cases/{number:str}/timeline", include_in_schema=False, sync_to_thread=True)
def timeline_page(
    request: CaseRequest, state: State, number: FromPath[str], kind: FromQuery[str] = "", measured: FromQuery[int] = 0
) -> Template:
    """``kind``: what of it is shown; ``measured``: number of the measurement that this is the answer to."""
    by = request.user
    case, unit, (timeline, devices) = looked(state.installation, by, number, LINE, _case_and_timeline)
    rows = rows_of(timeline.entries)
    of_kind = [row for row in rows if row.first.kind == kind]
    doubts = doubts_of(timeline.outliers)
    context = {
        "by": by,
        "now": now(),
        "case": case,
        "timeline": timeline,
        "rows": len(rows),
        "kind": kind if of_kind else "",
        "kinds": [(each, sum(row.first.kind == each for row in rows)) for each in EntryKind],
        "days": days_of(of_kind or rows),
        "doubts": doubts,
        "doubted": sum(doubt.rows for doubt in doubts) + len(timeline.undated),
        "undated_advice": UNDATED,
        "devices": devices,
        "measured": _measured(measured, devices, timeline),
        "ways": WAYS,
        "measures": may(by, Permission.COLLECT_EXHIBIT) and unit == by.unit_id,
    }
    return Template("timeline.html", context=context)


def _case_and_timeline(tx: Session, case: Case) -> tuple[CaseOut, int, tuple[TimelineOut, list[DeviceOut]]]:
    return present_case(tx, case), case.unit_id, present_timeline(tx, case)


@post("/cases/{number:str}/clocks", include_in_schema=False, sync_to_thread=True)
def record_clock(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    at = beijing(data, "beijing_at", LABELS["beijing_at"])
    clock = enter_clock(state.installation, request.user, number, filled(ClockIn, data, LABELS, beijing_at=at))
    return go(request, f"/cases/{number}/timeline?measured={clock.id}#clocks")


def _measured(number: int, devices: list[DeviceOut], timeline: TimelineOut) -> Measured | None:
    """What measurement ``number`` did, while it holds; None for one of another case, or replaced."""
    for clock in (clock for device in devices for clock in device.clocks if clock.holds and clock.id == number):
        times = [entry.time for entry in timeline.entries if entry.time and entry.time.corrected]
        return Measured(clock, sum(time.device == clock.device for time in times))
    return None


def rows_of(entries: Iterable[EntryOut]) -> list[Row]:
    """Entries in order; a hundred photographs taken in within ten minutes are one row, not a hundred."""
    rows: list[Row] = []
    for entry in entries:
        last = rows[-1] if rows else None
        if last is not None and _like(last, entry):
            last.others.append(entry)
        else:
            rows.append(Row(entry))
    return rows


def _like(row: Row, entry: EntryOut) -> bool:
    first = row.first
    same = (entry.event, entry.by, entry.certainty, entry.facts) == (
        first.event,
        first.by,
        first.certainty,
        first.facts,
    )
    return entry.kind == EntryKind.CUSTODY and same and entry.at - first.at <= TOGETHER


def days_of(rows: list[Row]) -> list[tuple[date, list[Row]]]:
    """Rows by the day in Beijing on which they begin."""
    return [
        (day, list(of_day)) for day, of_day in groupby(rows, key=lambda row: row.first.at.astimezone(BEIJING).date())
    ]
