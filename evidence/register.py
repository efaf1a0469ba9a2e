"""The register everything hangs on: units, persons and cases. No procedure state lives here."""

import csv
from datetime import datetime
from importlib import resources
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, select

from evidence.act import Act
from evidence.append_only import growing, guard
from evidence.columns import Labelled, UtcDateTime, slug, upserting
from evidence.errors import CaseUnknown, FactMissing, UnitUnknown
from evidence.moments import BEIJING


class Level(Labelled):
    """Level of a fire agency (火灾事故调查规定 art. 6)."""

    CITY = "city", "市级"
    COUNTY = "county", "县（区）级"


class Procedure(Labelled):
    """How a fire is investigated (火灾事故调查规定 arts. 12–14); the letter stands in the case number."""

    SUMMARY = "summary", "简易程序"
    ORDINARY = "ordinary", "一般程序"


PROCEDURE_LETTER = {Procedure.SUMMARY: "S", Procedure.ORDINARY: "O"}


class Unit(SQLModel, table=True):
    """A fire agency. ``code`` is its division code; ``short_name`` opens its document numbers and is 待中心确认."""

    id: int = Field(default=None, primary_key=True)  # given by the database at flush
    code: str = Field(unique=True, max_length=6)
    name: str = Field(max_length=60)
    short_name: str = Field(max_length=10)
    level: Level = Field(sa_type=slug(Level))
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    superior: str = Field(max_length=60)
    police: str = Field(max_length=60)
    procuratorate: str = Field(max_length=60)


class Person(SQLModel, table=True):
    """A member of a unit; ``certificate`` is the number of the enforcement certificate."""

    id: int = Field(default=None, primary_key=True)  # given by the database at flush
    name: str = Field(max_length=40)
    certificate: str = Field(unique=True, max_length=40)
    unit_id: int = Field(foreign_key="unit.id", index=True)


class Case(SQLModel, table=True):
    """One fire under investigation; its stage is derived from its recorded steps."""

    __tablename__ = "fire_case"  # CASE is a word of SQL
    id: int = Field(default=None, primary_key=True)  # given by the database at flush
    number: str = Field(unique=True, max_length=20)
    name: str = Field(max_length=200)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    procedure: Procedure = Field(sa_type=slug(Procedure))
    fire_at: datetime = Field(sa_type=UtcDateTime)
    place: str = Field(max_length=200)
    opened_at: datetime = Field(sa_type=UtcDateTime, index=True)
    opened_by_id: int = Field(foreign_key="person.id")


class Serial(SQLModel, table=True):
    """Last number given out of each dense series."""

    series: str = Field(primary_key=True, max_length=80)
    last: int


guard(Serial, growing("series", "last"))
guard(Case)


def next_serial(tx: Session, series: str) -> int:
    """The next number of ``series``, from 1, without gaps: a rolled-back act gives its number back."""
    statement: Any = (
        upserting(tx, Serial)
        .values(series=series, last=1)
        .on_conflict_do_update(index_elements=["series"], set_={"last": Serial.__table__.c.last + 1})  # type: ignore[attr-defined]  # set by SQLModel
        .returning(sa.column("last"))
    )
    number: int = tx.execute(statement).scalar_one()
    return number


def load_units(tx: Session) -> list[Unit]:
    """Enter the agencies of Anyang that are not yet registered; the file is data, edited by the centre."""
    text = (resources.files("evidence") / "data" / "units.csv").read_text("utf-8")
    known = {unit.code: unit for unit in tx.exec(select(Unit))}
    for row in csv.DictReader(text.splitlines()):
        if row["code"] in known:
            continue
        parent = known.get(row["parent"])
        unit = Unit(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            level=Level(row["level"]),
            parent_id=parent.id if parent else None,
            superior=row["superior"],
            police=row["police"],
            procuratorate=row["procuratorate"],
        )
        tx.add(unit)
        tx.flush()
        known[unit.code] = unit
    return list(known.values())


def unit_by_code(tx: Session, code: str) -> Unit:
    unit = tx.exec(select(Unit).where(Unit.code == code)).one_or_none()
    if unit is None:
        raise UnitUnknown(code)
    return unit


def case_by_number(tx: Session, number: str) -> Case:
    case = tx.exec(select(Case).where(Case.number == number)).one_or_none()
    if case is None:
        raise CaseUnknown(number)
    return case


def register_case(act: Act, unit: Unit, *, name: str, fire_at: datetime, place: str, procedure: Procedure) -> Case:
    """Enter a case under ``{division6}{YYYY}{S|O}{serial4}``, dense within division and year of the opening."""
    for fact, value in (("火灾名称", name), ("起火地点", place)):
        if not value.strip():
            raise FactMissing(fact)
    year = act.at.astimezone(BEIJING).year
    serial = next_serial(act.tx, f"case/{unit.code}/{year}")
    case = Case(
        number=f"{unit.code}{year}{PROCEDURE_LETTER[procedure]}{serial:04d}",
        name=name.strip(),
        unit_id=unit.id,
        procedure=procedure,
        fire_at=fire_at,
        place=place.strip(),
        opened_at=act.at,
        opened_by_id=act.by.id,
    )
    act.tx.add(case)
    act.tx.flush()
    return case
