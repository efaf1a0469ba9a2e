"""The inputs of any form: a tree of widgets filled from values, and values read back from what was posted.

An input is named by the dotted path of its field (``items.0.name``); below a union the member's tag stands in the name
too (``cause.found.area``), so that a page without script can show all members at once.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel

import templates
from casesvc.pages.form_shapes import NESTED, TAG, YES_NO, Shape, WidgetKind, shapes_of, title_of
from evidence.moments import BEIJING

GIVEN_BY_REGISTER = "number"
FEW = 4  # fields of a row that fit one line of the page
TRUE, FALSE = "true", "false"


@dataclass(frozen=True)
class Option:
    """A choice; in a union with the widgets it brings."""

    value: str
    label: str
    chosen: bool
    children: "tuple[Widget, ...]" = ()


@dataclass(frozen=True)
class Widget:
    """An input, or a group of them. ``name`` is posted, ``path`` is how errors name the field.

    ``children``: the fields of a group, the rows of rows and lines. ``blank``: a row to add, with ``mark`` in its names
    where the index goes.
    """

    shape: Shape
    name: str
    path: str
    label: str
    value: str = ""
    children: "tuple[Widget, ...]" = ()
    options: tuple[Option, ...] = ()
    blank: "Widget | None" = None
    mark: str = ""
    recorded: bool = False
    error: str = ""

    @property
    def kind(self) -> WidgetKind:
        return self.shape.kind

    @property
    def id(self) -> str:
        return f"f-{self.name.replace('.', '-')}"

    @property
    def nested(self) -> bool:
        return self.kind in NESTED

    @property
    def compact(self) -> bool:
        """Whether a row fits one line: few fields, none of them long or nested."""
        return len(self.children) <= FEW and all(
            not child.nested and child.kind is not WidgetKind.PARAGRAPHS for child in self.children
        )

    @property
    def summary(self) -> str:
        return " · ".join(child.value for child in self.children if child.value and not child.nested)[:80]

    def leaves(self) -> Iterator["Widget"]:
        """Every single input below and including this one; of a union, those of the chosen member."""
        if not self.nested:
            yield self
        for child in self.children:
            yield from child.leaves()
        for option in self.options:
            if option.chosen:
                for child in option.children:
                    yield from child.leaves()

    @property
    def missing(self) -> int:
        """How many required inputs are still empty."""
        return sum(leaf.shape.required and not leaf.value for leaf in self.leaves())

    @property
    def faulty(self) -> bool:
        return bool(self.error) or any(leaf.error for leaf in self.leaves()) or any(c.faulty for c in self.children)


@dataclass(frozen=True)
class Fault:
    """What was refused: the dotted path of the field, and why, in Chinese."""

    field: str
    reason: str


@dataclass(frozen=True)
class Posted:
    """What a person typed: ``fields`` for the form, ``aside`` what stands in members of unions that were not chosen."""

    fields: dict[str, Any]
    aside: dict[str, dict[str, Any]] = field(default_factory=dict)


def widgets(
    form_id: str, posted: Posted, *, known: Mapping[str, Any] | None = None, fault: Fault | None = None
) -> tuple[Widget, ...]:
    """The inputs of a form with these values; those equal to what is ``known`` from the record are marked."""
    return _Page(posted.aside, fault).model(templates.fields_of(form_id), posted.fields, known or {}, "", "")


def parse(form_id: str, posted: Mapping[str, Any]) -> Posted:
    """Typed fields, ready for JSON; blanks and wholly blank rows are left out, what is wrong is kept as typed."""
    reading = _Reading(posted)
    fields = reading.model(templates.fields_of(form_id), "", "")
    return Posted(fields, reading.aside)


class _Page:
    def __init__(self, aside: Mapping[str, Mapping[str, Any]], fault: Fault | None) -> None:
        self.aside = aside
        self.fault = fault or Fault("", "")

    def model(self, model: type[BaseModel], values: Any, known: Any, name: str, path: str) -> tuple[Widget, ...]:
        values, known = _mapping(values), _mapping(known)
        return tuple(
            self.field(
                shape, values.get(key, shape.default), known.get(key), _join(name, key), _join(path, key), shape.label
            )
            for key, shape in shapes_of(model).items()
            if name or key != GIVEN_BY_REGISTER
        )

    def field(self, shape: Shape, value: Any, known: Any, name: str, path: str, label: str) -> Widget:
        widget = Widget(shape, name, path, label, error=self.fault.reason if self.fault.field == path else "")
        match shape.kind:
            case WidgetKind.GROUP if shape.model:
                return replace(widget, children=self.model(shape.model, value, known, name, path))
            case WidgetKind.UNION:
                return self.union(widget, _mapping(value), _mapping(known))
            case WidgetKind.ROWS | WidgetKind.LINES:
                return self.rows(widget, _list(value), _list(known))
        text = typed(shape, value)
        options = tuple(Option(slug, words, slug == text) for slug, words in shape.choices)
        recorded = bool(text) and known is not None and typed(shape, known) == text
        return replace(widget, value=text, options=options, recorded=recorded)

    def union(self, widget: Widget, values: Mapping[str, Any], known: Mapping[str, Any]) -> Widget:
        chosen = str(values.get(TAG) or "")
        options = []
        variants = widget.shape.variants or {}
        for tag, model in variants.items():
            shared = values if tag == chosen else _shared(values, variants.get(chosen), model)
            kept = {**shared, **self.aside.get(_join(widget.path, tag), {})}
            children = self.model(model, kept, known, _join(widget.name, tag), widget.path)
            options.append(Option(tag, title_of(model, tag), tag == chosen, children))
        error = self.fault.reason if self.fault.field == _join(widget.path, TAG) else widget.error
        return replace(widget, value=chosen, options=tuple(options), error=error)

    def rows(self, widget: Widget, values: list[Any], known: list[Any]) -> Widget:
        item, least = widget.shape.item, widget.shape.least
        if item is None:
            raise TypeError(f"{widget.name} has rows of nothing")
        mark = f"__{widget.name.count('__') // 2}__"
        shown = [*values, *([None] * (max(least, 1) - len(values)))]
        if widget.shape.most:
            shown = [*shown[: max(widget.shape.most, len(values))]]
        given = [*known, *([None] * len(shown))]
        children = tuple(
            self.field(item, value, given[i], _join(widget.name, str(i)), _join(widget.path, str(i)), f"第{i + 1}项")
            for i, value in enumerate(shown)
        )
        blank = self.field(item, None, None, _join(widget.name, mark), _join(widget.path, mark), "新增项")
        return replace(widget, children=children, blank=blank, mark=mark)


class _Reading:
    def __init__(self, posted: Mapping[str, Any]) -> None:
        self.posted = posted
        self.aside: dict[str, dict[str, Any]] = {}
        self.indices: defaultdict[str, set[int]] = defaultdict(set)
        for key in posted:
            parts = key.split(".")
            for place, part in enumerate(parts):
                if part.isascii() and part.isdigit() and len(part) <= 6:
                    self.indices[".".join(parts[:place])].add(int(part))

    def model(self, model: type[BaseModel], name: str, path: str) -> dict[str, Any]:
        read = {}
        for key, shape in shapes_of(model).items():
            if not name and key == GIVEN_BY_REGISTER:
                continue
            value = self.field(shape, _join(name, key), _join(path, key))
            if value is not None or shape.nullable:
                read[key] = value
        return read

    def field(self, shape: Shape, name: str, path: str) -> Any:
        """The value of a field; None for a blank."""
        match shape.kind:
            case WidgetKind.GROUP if shape.model:
                value: Any = self.model(shape.model, name, path)
                return None if shape.nullable and blank(value) else value
            case WidgetKind.UNION:
                value = self.union(shape, name, path)
                return None if shape.nullable and blank(value) else value
            case WidgetKind.ROWS | WidgetKind.LINES:
                value = self.rows(shape, name, path)
                return None if shape.nullable and not value else value
        text = self.posted.get(name, "")
        return given(shape, text[-1] if isinstance(text, list) else text)

    def union(self, shape: Shape, name: str, path: str) -> dict[str, Any]:
        chosen = self.posted.get(_join(name, TAG), "")
        read: dict[str, Any] = {}
        for tag, model in (shape.variants or {}).items():
            values = self.model(model, _join(name, tag), path)
            if tag == chosen:
                read = {TAG: tag, **values}
            elif not blank(values):
                self.aside[_join(path, tag)] = values
        return read

    def rows(self, shape: Shape, name: str, path: str) -> list[Any]:
        read: list[Any] = []
        for index in sorted(self.indices[name]):
            value = self.field(shape.item, _join(name, str(index)), _join(path, str(len(read)))) if shape.item else None
            if not blank(value):
                read.append(value)
        return read


def typed(shape: Shape, value: Any) -> str:
    """A value as an input shows it: moments in Beijing time, truth as true or false."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if shape.kind is WidgetKind.MOMENT:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        local = at.astimezone(BEIJING) if at.tzinfo else at
        return local.replace(tzinfo=None).isoformat(timespec="seconds" if local.second else "minutes")
    return str(value)


def given(shape: Shape, text: str) -> Any:
    """What an input holds as a value for JSON; None for a blank. What cannot be read stays as typed, to be refused."""
    if shape.kind is WidgetKind.BOOLEAN:
        return text == TRUE
    if not text.strip():
        return None
    match shape.kind:
        case WidgetKind.MOMENT:
            return _moment(text.strip())
        case WidgetKind.INTEGER | WidgetKind.DECIMAL:
            # the digits of a Chinese keyboard may be full-width
            digits = unicodedata.normalize("NFKC", text).strip()
            whole = shape.kind is WidgetKind.INTEGER and re.fullmatch("[0-9]{1,18}", digits)
            return int(digits) if whole else digits
        case WidgetKind.CHOICE if shape.choices == YES_NO:
            return {TRUE: True, FALSE: False}.get(text, text)
    return text


def _moment(text: str) -> str:
    """A time without zone is one of Beijing."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).isoformat()


def blank(value: Any) -> bool:
    """Nothing was typed: a truth value that was not set counts as nothing."""
    if isinstance(value, dict):
        return all(map(blank, value.values()))
    return value is None or value is False or value in ("", [])


def _shared(values: Mapping[str, Any], chosen: type[BaseModel] | None, other: type[BaseModel]) -> dict[str, Any]:
    """What another member of a union also asks, under the same Chinese name."""
    if chosen is None:
        return {}
    here, there = shapes_of(chosen), shapes_of(other)
    return {
        key: value
        for key, value in values.items()
        if key in here and key in there and here[key].label == there[key].label
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
