"""Clocks of devices, measured against Beijing time, and the timeline of a case that they correct."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from pydantic import BeforeValidator, Field
from sqlmodel import Session

from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Moment, Text
from casesvc.auth import CaseRequest
from casesvc.errors import DeviceUnknown
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.present_times import present_clocks, present_devices, present_timeline
from casesvc.shown_times import ClockOut, DeviceOut, TimelineOut
from evidence.act import Actor
from evidence.clock import LONGEST_NAME, clocks_of, measure_clock, named
from evidence.record import What, read
from evidence.register import Case

LINE = "案件时间线"
T = TypeVar("T")
_SHOWN = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?(?P<zone>Z|[+-][\d:]+)?", re.ASCII)


def _as_shown(value: Any) -> Any:
    """What a display shows: any date since the year 1, no zone. A zone in it would be a guess of the sender's."""
    found = _SHOWN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None and found["zone"]:
        raise ValueError("照设备显示填写，不带时区")
    try:
        return datetime.fromisoformat(f"{found[1]} {found[2]}") if found else _refused()
    except ValueError:
        return _refused()


def _refused() -> NoReturn:
    raise ValueError("应照设备显示填写年月日时分秒，例如 2026-11-24 14:05:09") from None


Shown = Annotated[datetime, BeforeValidator(_as_shown, json_schema_input_type=str)]


class ClockIn(Given):
    """What a device showed, and Beijing time at that moment."""

    device: Text = Field("", title="设备", max_length=LONGEST_NAME, description="As listed for the case, or a new name")
    shown: Shown = Field(title="设备显示的时间", description="No zone, e.g. 2026-11-24 15:07:19")
    beijing_at: Moment = Field(title="同一时刻的北京时间", description="With time zone")
    how: Text = Field("", title="对时方法", max_length=200, description="How the two were compared")
    remark: Text = Field("", title="备注", max_length=300)
    unknown_device: bool = Field(
        False, title="确认设备暂无文件", description="Has to be true for a device of which the case has no file"
    )


class ClockController(Controller):
    path = "/cases/{number:str}"
    tags = ["timeline"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        "/clocks",
        summary="The devices of a case with their files and every measurement of their clocks",
        operation_id="listClocks",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def clocks(self, request: CaseRequest, state: State, number: CaseNumber) -> list[DeviceOut]:
        return looked(state.installation, request.user, number, "设备时钟", present_devices)

    @post(
        "/clocks",
        summary="Record what a device's clock showed against Beijing time; corrections are new measurements",
        operation_id="measureClock",
        sync_to_thread=True,
        responses=problems(403, 404, 422),
    )
    def measure(self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[ClockIn]) -> ClockOut:
        return enter_clock(state.installation, request.user, number, data)

    @get(
        "/timeline",
        summary="Everything dated in a case, in order of time, device clocks corrected",
        operation_id="getTimeline",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def timeline(self, request: CaseRequest, state: State, number: CaseNumber) -> TimelineOut:
        return looked(state.installation, request.user, number, LINE, present_timeline)[0]


def looked(here: Installation, by: Actor, number: str, purpose: str, show: Callable[[Session, Case], T]) -> T:
    """What ``show`` makes of a case, and that it was looked at. Thousands of files take seconds: outside the act, in
    which everybody else's would wait.
    """
    with here.database.snapshot() as tx:
        shown = show(tx, case_for(tx, by, number, Permission.SEE_CASE))
    with here.database.begin(by) as act:
        read(act, What.VIEW, purpose=purpose, case=case_for(act.tx, by, number, Permission.SEE_CASE))
    return shown


def enter_clock(here: Installation, by: Actor, number: str, data: ClockIn) -> ClockOut:
    """Record a measurement. It cannot be taken back, so one under a name that no file bears has to be meant."""
    device = named(data.device)
    with here.database.snapshot() as tx:  # outside the act, as in :func:`looked`
        case = case_for(tx, by, number, Permission.COLLECT_EXHIBIT)
        known = {each.device for each in present_devices(tx, case) if each.known and each.files}
    if device and device not in known and not data.unknown_device:
        raise DeviceUnknown(device)
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, number, Permission.COLLECT_EXHIBIT)
        measured = measure_clock(
            act,
            case,
            device=device,
            shown=data.shown,
            beijing_at=data.beijing_at,
            how=data.how,
            remark=data.remark,
        )
        clocks = clocks_of(act.tx, case)
        return present_clocks(act.tx, clocks)[clocks.index(measured)]
