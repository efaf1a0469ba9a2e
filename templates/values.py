"""The kinds of value a form takes, and how each is printed (reference §6.3)."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

BEIJING = ZoneInfo("Asia/Shanghai")
# Marks that reverse the reading order: a document could show another text than the one recorded.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TWO_PLACES = Decimal("0.01")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
_FIGURES = "零一二三四五六七八九"


class LabelledEnum(StrEnum):
    """A slug to store and a Chinese `label` to print."""

    label: str

    def __new__(cls, slug: str, label: str) -> Self:
        member = str.__new__(cls, slug)
        member._value_ = slug
        member.label = label
        return member


class Wording(NamedTuple):
    """Where the words of a form come from; confidence H, M or L as in the catalogue. Never printed."""

    confidence: str
    source: str


class Part(BaseModel):
    """Base of a form's fields and of their parts: nothing unknown, nothing changed after validation."""

    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="always")


class FormFields(Part):
    """Base of the fields of one form."""

    wording: ClassVar[Wording]


def unprintable(text: str) -> str | None:
    """What in this text no document can hold (XML 1.0 §2.2), in Chinese; None when all is well."""
    for position, char in enumerate(text, start=1):
        kind = unicodedata.category(char)
        if kind == "Cs":
            return f"第{position}个字符是残缺的编码（U+{ord(char):04X}），无法写入文书"
        if kind in {"Cc", "Zl", "Zp"} or ord(char) & 0xFFFE == 0xFFFE:
            return f"第{position}个字符是控制字符（U+{ord(char):04X}），无法写入文书"
        if char in _TURNING:
            return f"第{position}个字符会改变文字方向（U+{ord(char):04X}），文书中不能使用"
    return None


def _line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip(" \t\r\n")
    if "\n" in text or "\r" in text:
        raise ValueError("本项只能填写一行，不能换行")
    if fault := unprintable(text):
        raise ValueError(fault)
    return _visible(text)


def _paragraphs(value: Any) -> Any:
    """Line ends become one kind; blank lines and indents go, for the form's style sets both."""
    if not isinstance(value, str):
        return value
    lines = [line.strip(" \t") for line in value.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if fault := unprintable("".join(lines)):
        raise ValueError(fault)
    return "\n".join(line for line in map(_visible, lines) if line)


def _visible(text: str) -> str:
    """The text without spaces at its ends; nothing when only zero-width characters are left."""
    text = text.strip()
    return text if any(unicodedata.category(char) not in {"Cf", "Zs"} for char in text) else ""


def _exact(value: Any) -> Any:
    """Refuse binary fractions and truth values where a quantity is asked."""
    if isinstance(value, bool | float):
        raise ValueError("数量须以整数或十进制文字给出，不能用浮点数")  # noqa: TRY004
    return value


def _cents(value: Any) -> Any:
    """179000.5 yuan is printed 179000.50."""
    exact = _exact(value)
    if isinstance(exact, Decimal) and exact.is_finite() and exact != exact.to_integral_value():
        return exact.quantize(_TWO_PLACES) if exact == exact.quantize(_TWO_PLACES) else exact
    return exact


def _believable(value: date) -> date:
    """A day no fire of ours has: a year that no document could print among it."""
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"年份须在{EARLIEST_YEAR}年至{LATEST_YEAR}年之间")
    return value


def _digest(value: str) -> str:
    """A digest as openssl and sha256sum print it: small letters, nothing between them."""
    if re.fullmatch(r"[0-9a-f]{64}", value) is None:
        raise ValueError("校验值应为64位十六进制数字（小写）")
    return value


def _short_digest(value: str) -> str:
    if re.fullmatch(r"[0-9a-f]{16}", value) is None:
        raise ValueError("应填写校验值的前16位（小写十六进制）")
    return value


def _handover_number(value: str) -> str:
    if re.fullmatch(r"JJ-[0-9]{4}-[0-9]{4}", value) is None:
        raise ValueError("编号应如“JJ-2026-0001”")
    return value


def in_order(started: datetime, ended: datetime) -> None:
    """ValueError where an act ends before it begins."""
    if ended < started:
        raise ValueError("结束时间不能早于开始时间")


# The validator stands last, so that it runs before the constraints and these are reported as those of a text.
Line = Annotated[str, StringConstraints(min_length=1, max_length=300), BeforeValidator(_line)]
Paragraphs = Annotated[str, StringConstraints(min_length=1, max_length=20_000), BeforeValidator(_paragraphs)]
Count = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(_exact)]
AtLeastOne = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(_exact)]
Bytes = Annotated[int, Field(ge=0, le=10**18), BeforeValidator(_exact)]
Yuan = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2), BeforeValidator(_cents)]
SquareMetres = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), BeforeValidator(_exact)]
Moment = Annotated[AwareDatetime, AfterValidator(_believable)]
Day = Annotated[date, AfterValidator(_believable)]
LegalNumber = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40, pattern=r"^\S+字〔[0-9]{4}〕第[0-9]{4}号$"),
    BeforeValidator(_line),
]

HandoverNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=40), AfterValidator(_handover_number), BeforeValidator(_line)
]
Digest = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_digest), BeforeValidator(_line)]
ShortDigest = Annotated[
    str, StringConstraints(min_length=1, max_length=16), AfterValidator(_short_digest), BeforeValidator(_line)
]


def numeral(number: int) -> str:
    """A whole number from 1 to 999 in Chinese: 二, 十一, 二十, 一百零八. ValueError beyond."""
    if not 0 < number < 1000:
        raise ValueError(f"{number} is written in figures")
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    words = f"{_FIGURES[hundreds]}百" if hundreds else ""
    if tens:
        words += f"{'' if tens == 1 and not hundreds else _FIGURES[tens]}十"
    elif hundreds and units:
        words += "零"
    return words + (_FIGURES[units] if units else "")


def printed(value: object) -> str:
    """One value as the document shows it.

    date → 2026年11月4日; datetime (aware) → 2026年11月4日14时05分, Beijing time;
    Decimal → without separators or exponent; enum → its Chinese label.
    TypeError for anything a form does not hold, None and float among it.
    """
    match value:
        case LabelledEnum():
            return value.label
        case str():
            return value
        case datetime():
            local = value.astimezone(BEIJING)
            return f"{printed(local.date())}{local:%H}时{local:%M}分"
        case date():
            return f"{value.year}年{value.month}月{value.day}日"
        case Decimal():
            whole = value.to_integral_value()
            return f"{whole if whole == value else value:f}"
        case int() if not isinstance(value, bool):
            return str(value)
        case _:
            raise TypeError(f"a form cannot print {type(value).__name__}")
