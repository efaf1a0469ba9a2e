"""What people and programs send, checked at the door: texts that can be kept and printed, moments that can be true.

A request model derives from ``Given``: whatever is wrong is told in Chinese with the field's own name (its ``title``),
the same to a program, a form and the command line.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from casesvc.errors import InputRefused
from templates.values import unprintable

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
FARTHEST = timedelta(days=3660)
"""Clocks differ, and so do time zones; a fire of next week is a slip of the pen."""


def _line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\t", " ").strip()
    if "\n" in text or "\r" in text:
        raise ValueError("只能填写一行，不能换行")
    return _printable(text)


def _paragraphs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    lines = value.replace("\t", " ").replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(_printable(line) for line in lines)


def _printable(text: str) -> str:
    if fault := unprintable(text):
        raise ValueError(fault)
    return text


def _believable(moment: datetime) -> datetime:
    if moment < EARLIEST:
        raise ValueError("不能早于1980年，请核对年份")
    if moment > datetime.now(UTC) + AHEAD:
        raise ValueError("晚于现在，请核对日期和时间")
    return moment


def _to_come(moment: datetime) -> datetime:
    if moment > datetime.now(UTC) + FARTHEST:
        raise ValueError("过远，请核对年份")
    return moment


Text = Annotated[str, BeforeValidator(_line)]
"""One line without control characters, stripped; a tab, which comes with pasted text, is a space."""
Paragraphs = Annotated[str, BeforeValidator(_paragraphs)]
"""The same, of several lines."""
Moment = Annotated[AwareDatetime, AfterValidator(_believable)]
"""When something happened: since 1980, and not in the future."""
Later = Annotated[AwareDatetime, AfterValidator(_to_come)]
"""When something is to happen; that it is not past is for the act to say, which knows its own time."""

# pydantic's error type → what a person is told; blanks are filled from the error's context.
_REASONS = {
    "string_too_long": "最多 {max_length} 个字",
    "string_type": "应为文字",
    "string_unicode": "含有残缺的编码",
    "enum": "不是可选的类别",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "timezone_aware": "须带时区，例如 2026-11-24T14:05+08:00",
}
_EMPTY = frozenset({"missing", "string_too_short", "too_short"})
_MOMENT = "应为日期和时间，例如 2026-11-24T14:05+08:00"


class Given(BaseModel):
    """Base of request models: raises InputRefused, never a ValidationError."""

    @model_validator(mode="wrap")
    @classmethod
    def _told(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as reason:
            raise refusal(reason, lambda at: cls.name_of(at, data)) from reason

    @classmethod
    def name_of(cls, at: tuple[int | str, ...], data: Any) -> str:
        """The Chinese name of the field at a path as pydantic gives it, inside of what was sent."""
        del data
        field = cls.model_fields.get(str(at[0]))
        return field.title or str(at[0]) if field else ".".join(map(str, at))


def refusal(reason: ValidationError, name_of: Callable[[tuple[int | str, ...]], str]) -> InputRefused:
    """All that is wrong, one sentence each."""
    faults = (error for error in reason.errors(include_url=False, include_input=False))
    return InputRefused(
        "".join(_sentence(error["loc"], error["type"], error.get("ctx", {}), name_of) for error in faults)
    )


def _sentence(
    at: tuple[int | str, ...], kind: str, context: Mapping[str, Any], name_of: Callable[[tuple[int | str, ...]], str]
) -> str:
    if not at:
        return "内容的格式不对，应为逐项填写的字段。"
    name = f"“{name_of(at)}”"
    if kind in _EMPTY:
        return f"请填写{name}。"
    if kind == "value_error":
        return f"{name}{context['error']}。"
    said = _MOMENT if kind.startswith("datetime") else _REASONS.get(kind, "填写有误")
    return f"{name}{said.format_map(context)}，请改正。"
