"""Clocks of the devices that made the evidence: what a device showed when it was what time in Beijing, by whom, how.

Device time is kept as the device wrote it. A measurement says how far that clock was off; what follows from it for a
file is in :mod:`evidence.dating`. A correction is a new measurement, the latest of a device holds.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.columns import UtcDateTime
from evidence.errors import FactMissing
from evidence.moments import BEIJING, rfc3339
from evidence.record import What, enter
from evidence.register import Case

LONGEST_NAME = 200  # characters


class DeviceClock(SQLModel, table=True):
    """One measurement. ``shown`` is what the device showed (``YYYY-MM-DD HH:MM:SS``, no zone), ``beijing_at`` the true
    moment of that showing; ``offset_seconds`` is device minus Beijing wall clock: positive where the device is fast.
    """

    __tablename__ = "device_clock"
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    device: str = Field(max_length=LONGEST_NAME)
    shown: str = Field(max_length=19)
    beijing_at: datetime = Field(sa_type=UtcDateTime)
    offset_seconds: int = Field(sa_type=sa.BigInteger)
    how: str = Field(max_length=200)
    remark: str = Field(max_length=300)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)
    record_seq: int = Field(default=None, foreign_key="record_entry.seq", unique=True)  # known before the flush


guard(DeviceClock)


def measure_clock(
    act: Act, case: Case, *, device: str, shown: datetime, beijing_at: datetime, how: str, remark: str = ""
) -> DeviceClock:
    """Record what ``device`` showed (naive) at the moment ``beijing_at``; a clock found right is recorded too."""
    device = named(device)
    for fact, value in (("设备", device), ("对时方法", how)):
        if not value.strip():
            raise FactMissing(fact)
    if shown.tzinfo is not None:
        raise ValueError("what a device shows has no time zone")
    shown = shown.replace(microsecond=0)
    measured = DeviceClock(
        case_id=case.id,
        device=device,
        shown=shown.isoformat(" "),
        beijing_at=beijing_at,
        offset_seconds=round((shown - beijing_wall(beijing_at)) / timedelta(seconds=1)),
        how=how.strip(),
        remark=remark.strip(),
        person_id=act.by.id,
        at=act.at,
    )
    entry = enter(act, What.CLOCK, clock_stated(measured), case=case)
    measured.at, measured.record_seq = entry.at, entry.seq
    act.tx.add(measured)
    act.tx.flush()
    return measured


def clock_stated(measured: DeviceClock) -> dict[str, str]:
    """A measurement as its entry in the record states it."""
    return {
        "device": measured.device,
        "shown": measured.shown,
        "beijing_at": rfc3339(measured.beijing_at),
        "offset": f"{measured.offset_seconds} s",
        "how": measured.how,
        "remark": measured.remark,
    }


def clocks_of(tx: Session, case: Case) -> list[DeviceClock]:
    """Every measurement of a case, oldest first."""
    return list(tx.exec(select(DeviceClock).where(DeviceClock.case_id == case.id).order_by(col(DeviceClock.id))))


def holding(clocks: list[DeviceClock]) -> dict[str, DeviceClock]:
    """The measurement that holds for each device: its latest."""
    return {clock.device: clock for clock in clocks}


def device_of(facts: Mapping[str, Any], source: str) -> str:
    """The device that made a file, as far as it is known: what the file says of it, else where it was copied from.

    Two devices of one model without serial numbers are one name here; the pages say so.
    """
    make, model, serial = (str(facts.get(fact, "")).strip() for fact in ("make", "model", "serial"))
    # many models repeat the maker: "Canon" and "Canon EOS 6D", "NIKON CORPORATION" and "NIKON D750"
    maker = "" if model and make and model.lower().startswith(make.split()[0].lower()) else make
    device = named(f"{maker} {model} 序列号 {serial}" if serial else f"{maker} {model}")
    return device or named(source)


def named(text: str) -> str:
    """A device's name with single spaces and of a length that can be kept: so that the same device has the same."""
    return re.sub(r"\s+", " ", text).strip()[:LONGEST_NAME].strip()


def beijing_wall(at: datetime) -> datetime:
    """What a right clock in Beijing shows at a moment, naive."""
    return at.astimezone(BEIJING).replace(tzinfo=None)
