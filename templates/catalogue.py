"""The catalogue of standard forms (catalogue.csv) and the numbers they carry (reference §5.1, §5.2)."""

import csv
import re
import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from templates.errors import CatalogueBroken, FormUnknown, NumberInvalid
from templates.values import LabelledEnum

_PACKAGE = files("templates")
_NOTE = re.compile(r"\s*\([^)]*\)\s*$")  # "(unverified)", "(internal)": remarks, no part of a number


class Stage(LabelledEnum):
    """Where in a case a form belongs."""

    INCIDENT = "incident", "接警出动"
    INVESTIGATION = "investigation", "调查取证"
    DETERMINATION = "determination", "事故认定"
    REVIEW = "review", "复核"
    REFERRAL = "referral", "移送"
    DISPOSAL = "disposal", "处理"
    ACCOUNTABILITY = "accountability", "责任追究"
    CUSTODY = "custody", "物证保管"
    ARCHIVE = "archive", "归档"
    ALL = "all", "各阶段"


class Confidence(StrEnum):
    """How sure the catalogue's source is: H read in a source, M recalled or analogous, L guessed."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class Numbering(StrEnum):
    """The kinds of register number a form can carry."""

    LEGAL = "legal"  # 〔2026〕第0001号 (legal forms, 2012 note)
    LETTER = "letter"  # 〔2026〕12号 (GB/T 9704-2012)
    INTERNAL = "internal"  # JJ-2026-0001 (own registers)
    NONE = "none"  # no printed register number


class Form(BaseModel):
    """One row of the catalogue. `copies` and `signer` are as the source gives them, in English notes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^D[0-9]{2}$")
    name_zh: str = Field(min_length=1)
    name_en: str = Field(pattern=r"^[a-z_]+$")
    number_format: str = Field(min_length=1)
    stage: Stage
    legal_basis: str = Field(min_length=1)
    signer: str = Field(min_length=1)
    copies: str = Field(min_length=1)
    confidence: Confidence
    implemented: bool

    @property
    def needs_confirmation(self) -> bool:
        """待中心确认: the form is a guess (L), or the characters of its number were not found in a source."""
        return self.confidence is Confidence.LOW or "unverified" in self.number_format

    @property
    def names_agency(self) -> bool:
        """Whether the number says which agency gave it, so that each agency can count for itself."""
        return "org" in self.number_format or self.numbering is Numbering.LETTER

    @property
    def numbering(self) -> Numbering:
        """Which kind of number the form carries."""
        if "第NNNN号" in self.number_format:
            return Numbering.LEGAL
        if "〕N号" in self.number_format:
            return Numbering.LETTER
        return Numbering.INTERNAL if "NNNN" in self.number_format else Numbering.NONE


class Edition(BaseModel):
    """Which catalogue this is; recorded with whatever it decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    effective: date
    source: str


@cache
def edition() -> Edition:
    """Version, effective date and source of the catalogue."""
    return Edition.model_validate(tomllib.loads(_PACKAGE.joinpath("catalogue.toml").read_text("utf-8")))


def template_of(form_id: str) -> bytes | None:
    """The form's .docx as it lies in the package; None when there is none."""
    source = _PACKAGE.joinpath("forms", f"{form_id}.docx")
    return source.read_bytes() if source.is_file() else None


@cache
def catalogue() -> tuple[Form, ...]:
    """All forms in the order of their ids. Read once; CatalogueBroken when a row is not valid."""
    rows = list(csv.DictReader(_PACKAGE.joinpath("catalogue.csv").read_text("utf-8").splitlines()))
    try:
        forms = tuple(Form.model_validate({**row, "implemented": _drafted(row["id"])}) for row in rows)
    except (ValidationError, KeyError) as error:
        raise CatalogueBroken(str(error)) from error
    if [each.id for each in forms] != [f"D{position:02}" for position in range(1, len(forms) + 1)]:
        raise CatalogueBroken("ids are not dense from D01")
    return forms


def _drafted(form_id: str) -> bool:
    return _PACKAGE.joinpath("forms", f"{form_id}.docx").is_file()


def form(form_id: str) -> Form:
    """The form of this id (D01…D70); FormUnknown otherwise."""
    for each in catalogue():
        if each.id == form_id:
            return each
    raise FormUnknown(form_id)


def number(form: Form, *, org: str, year: int, serial: int, day: date | None = None) -> str | None:
    """The register number of one document, as printed.

    `org` is what the agency puts before 消 (安文); for D01 and D02 the agency's code.
    `serial` counts from 1 within the year.
    Legal forms: 安文消火认字〔2026〕第0001号, four digits. Letters (GB/T 9704): 安消函〔2026〕12号.
    D01 is numbered by day and needs `day`. None for a form without a printed register number
    (number format none, 序号, serial, "with D48", …). NumberInvalid when a part cannot be used.
    """
    pattern = _NOTE.sub("", form.number_format).removeprefix("文号 ")
    if form.numbering is Numbering.NONE:
        return None
    _check_parts(form, pattern, org, year, serial, day)
    if day is not None:
        pattern = pattern.replace("YYYYMMDD", f"{day:%Y%m%d}")
    if form.numbering is Numbering.LETTER:
        return pattern.replace("X", org, 1).replace("YYYY", f"{year}").replace("N号", f"{serial}号")
    for blank, filled in (("{orgcode}", org), ("{org}", org), ("YYYY", f"{year}"), ("NNNN", f"{serial:04}")):
        pattern = pattern.replace(blank, filled)
    return pattern


def _check_parts(form: Form, pattern: str, org: str, year: int, serial: int, day: date | None) -> None:
    if ("org" in pattern or form.numbering is Numbering.LETTER) and not org.strip():
        raise NumberInvalid(form.id, "org", "机关代字不能为空")
    if not 1949 < year < 10_000:
        raise NumberInvalid(form.id, "year", "年份应为四位数")
    if serial < 1 or (serial > 9999 and form.numbering is not Numbering.LETTER):
        raise NumberInvalid(form.id, "serial", "序号应在1至9999之间")
    if "YYYYMMDD" in pattern and (day is None or day.year != year):
        raise NumberInvalid(form.id, "day", "本表按日编号，须给出当年的日期")
