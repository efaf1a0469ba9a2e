"""What each field of a form is, read from its pydantic model: the kinds of input a page can show for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from templates.values import LabelledEnum

LONGEST_LINE = 300  # characters of templates.values.Line; what may be longer gets a text area
TAG = "kind"  # the field that chooses in a union
YES_NO = (("true", "是"), ("false", "否"))
_UNIT = "单位："
_ZONED = "带时区的时间，"


class WidgetKind(StrEnum):
    TEXT = "text"
    PARAGRAPHS = "paragraphs"
    MOMENT = "moment"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    GROUP = "group"
    UNION = "union"
    ROWS = "rows"
    LINES = "lines"


NESTED = frozenset({WidgetKind.GROUP, WidgetKind.UNION, WidgetKind.ROWS, WidgetKind.LINES})
_SCALARS: dict[Any, WidgetKind] = {
    bool: WidgetKind.BOOLEAN,
    int: WidgetKind.INTEGER,
    Decimal: WidgetKind.DECIMAL,
    datetime: WidgetKind.MOMENT,
    AwareDatetime: WidgetKind.MOMENT,
    date: WidgetKind.DATE,
}


@dataclass(frozen=True)
class Shape:
    """One field. ``least`` and ``most`` bound the rows; ``variants`` are the models of a union by their tag."""

    kind: WidgetKind
    label: str = ""
    hint: str = ""
    unit: str = ""
    example: str = ""
    required: bool = True
    nullable: bool = False
    default: Any = None
    longest: int | None = None
    least: int = 0
    most: int | None = None
    model: type[BaseModel] | None = None
    item: "Shape | None" = None
    variants: Mapping[str, type[BaseModel]] | None = None
    choices: tuple[tuple[str, str], ...] = ()


@cache
def shapes_of(model: type[BaseModel]) -> dict[str, Shape]:
    """The fields of a model in their order, without the tag of a member of a union. TypeError where no input fits."""
    return {name: _of_field(field) for name, field in model.model_fields.items() if not _is_tag(name, field)}


def title_of(model: type[BaseModel], tag: str) -> str:
    """The Chinese name of a member of a union: the title of its class."""
    return model.model_config.get("title") or tag


def _is_tag(name: str, field: FieldInfo) -> bool:
    return name == TAG and get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _of_field(field: FieldInfo) -> Shape:
    shape = _of_type(field.annotation, tuple(field.metadata))
    hint, unit = field.description or "", ""
    if hint.startswith(_UNIT):
        hint, unit = "", hint.removeprefix(_UNIT)
    if shape.kind is WidgetKind.MOMENT:
        hint, unit = hint.removeprefix(_ZONED).removeprefix("按北京时间打印").removeprefix("；"), "北京时间"
    if shape.kind is WidgetKind.BOOLEAN and field.is_required():
        shape = replace(shape, kind=WidgetKind.CHOICE, choices=YES_NO)
    return replace(
        shape,
        label=field.title or "",
        hint=hint,
        unit=unit,
        example=_example(field.examples),
        required=field.is_required() and not shape.nullable,
        default=None if field.is_required() else field.get_default(call_default_factory=True, validated_data={}),
    )


def _example(examples: list[Any] | None) -> str:
    """All examples in one line; one of a list shows its members."""
    flat = [str(one) for each in examples or () for one in (each if isinstance(each, list | tuple) else (each,))]
    return "、".join(flat)


def _of_type(annotation: Any, facts: tuple[Any, ...] = ()) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of_type(arguments[0], (*facts, *arguments[1:]))
    if origin in {Union, UnionType}:
        members = [member for member in arguments if member is not NoneType]
        shape = _of_type(members[0], facts) if len(members) == 1 else _of_union(members)
        return replace(shape, nullable=NoneType in arguments, required=NoneType not in arguments)
    if origin in {tuple, list} and arguments[1:] in {(), (Ellipsis,)}:
        item = _of_type(arguments[0])
        kind = WidgetKind.ROWS if item.kind in NESTED else WidgetKind.LINES
        return Shape(kind, item=item, least=_bound(facts, "min_length") or 0, most=_bound(facts, "max_length"))
    if origin is Literal:
        return Shape(WidgetKind.CHOICE, choices=tuple((str(value), str(value)) for value in arguments))
    return _of_class(annotation, facts)


def _of_class(annotation: Any, facts: tuple[Any, ...]) -> Shape:
    if annotation in _SCALARS:
        return Shape(_SCALARS[annotation])
    if annotation is str:
        longest = _bound(facts, "max_length")
        short = longest is not None and longest <= LONGEST_LINE
        return Shape(WidgetKind.TEXT if short else WidgetKind.PARAGRAPHS, longest=longest)
    if isinstance(annotation, type) and issubclass(annotation, LabelledEnum):
        return Shape(WidgetKind.CHOICE, choices=tuple((member.value, member.label) for member in annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(WidgetKind.GROUP, model=annotation)
    raise TypeError(f"no input of a page fits {annotation!r}")


def _of_union(members: list[Any]) -> Shape:
    variants: dict[str, type[BaseModel]] = {}
    for member in members:
        if not (isinstance(member, type) and issubclass(member, BaseModel) and TAG in member.model_fields):
            raise TypeError(f"no input of a page fits a union with {member!r}")
        variants[str(get_args(member.model_fields[TAG].annotation)[0])] = member
    return Shape(WidgetKind.UNION, variants=variants)


def _bound(facts: tuple[Any, ...], name: str) -> int | None:
    """A bound of length, wherever it was declared; of several the tightest is pydantic's, the page takes the last."""
    found: list[int] = [bound for fact in facts if (bound := getattr(fact, name, None)) is not None]
    return found[-1] if found else None
