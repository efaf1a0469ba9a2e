"""Which fields each implemented form has, and the Chinese name of every one of them."""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from templates.catalogue import form
from templates.d13 import ExtractionList
from templates.d17 import DataExtraction
from templates.d18 import MediaSealing
from templates.d22 import ExaminationCommission
from templates.d31 import Determination
from templates.d48 import Referral
from templates.d61 import Handover
from templates.errors import FormNotImplemented
from templates.values import FormFields

_FIELDS: dict[str, type[FormFields]] = {
    "D13": ExtractionList,
    "D17": DataExtraction,
    "D18": MediaSealing,
    "D22": ExaminationCommission,
    "D31": Determination,
    "D48": Referral,
    "D61": Handover,
}


def fields_of(form_id: str) -> type[FormFields]:
    """The typed fields of a form. FormUnknown, FormNotImplemented."""
    try:
        return _FIELDS[form(form_id).id]
    except KeyError:
        raise FormNotImplemented(form_id) from None


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model a value of this annotation can be or can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType, Annotated, tuple}:
        for argument in get_args(annotation):
            yield from parts(argument)


class Location(NamedTuple):
    """Where a value stands: `field` dotted (items.1.name), `label` in Chinese (提取的痕迹物品第2项“名称”)."""

    field: str
    label: str


def locate(model: type[BaseModel], path: Sequence[int | str]) -> Location:
    """Name the value at a path as pydantic gives it; a step that names no field is the tag of a union."""
    models = [model]
    steps: list[str] = []
    named = ""
    for step in path:
        if isinstance(step, int):
            steps.append(str(step))
            named += f"第{step + 1}项"
            continue
        found = [each.model_fields[step] for each in models if step in each.model_fields]
        if not found and (tagged := [each for each in models if _has_tag(each, step)]):
            models = tagged
            continue
        steps.append(step)
        title = (found[0].title if found else None) or step
        named = f"{named}“{title}”" if named else title
        models = [part for each in found for part in parts(each.annotation)]
    return Location(".".join(steps), named or "全表")


def _has_tag(model: type[BaseModel], tag: str) -> bool:
    kind = model.model_fields.get("kind")
    return kind is not None and tag in get_args(kind.annotation)
