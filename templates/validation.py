"""From what a caller gives to the typed fields of a form, or to the first field that is missing or wrong."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from templates.errors import FieldInvalid, FieldMissing
from templates.fields import fields_of, locate
from templates.values import FormFields

# pydantic's error type → what a clerk is told; blanks are filled from the error's context.
_REASONS = {
    "extra_forbidden": "本表没有这一项",
    "string_type": "应填写文字",
    "string_too_long": "最多填写{max_length}个字",
    "string_pattern_mismatch": "文号应如“安文消火认字〔2026〕第0001号”",
    "too_short": "至少填写{min_length}项",
    "too_long": "最多填写{max_length}项",
    "tuple_type": "应为列表",
    "int_type": "应填写整数",
    "int_parsing": "应填写整数",
    "int_from_float": "应填写整数",
    "decimal_type": "应填写数字",
    "decimal_parsing": "应填写数字",
    "finite_number": "应填写数字",
    "decimal_max_places": "小数最多{decimal_places}位",
    "decimal_max_digits": "数字过大",
    "decimal_whole_digits": "数字过大",
    "greater_than_equal": "不能小于{ge}",
    "less_than_equal": "不能大于{le}",
    "date_type": "应填写日期",
    "date_parsing": "应填写日期，如2026-11-24",
    "date_from_datetime_parsing": "应填写日期，如2026-11-24",
    "date_from_datetime_inexact": "只填写日期，不带时间",
    "datetime_type": "应填写时间",
    "datetime_parsing": "应填写时间，如2026-11-24T14:05+08:00",
    "datetime_from_date_parsing": "应填写时间，如2026-11-24T14:05+08:00",
    "timezone_aware": "时间须带时区",
    "enum": "不是可选的类别",
    "union_tag_invalid": "不是可选的类别",
    "bool_type": "应填写是或否",
    "bool_parsing": "应填写是或否",
    "model_type": "应逐项填写",
    "model_attributes_type": "应逐项填写",
}
F = TypeVar("F", bound=FormFields)
_ABSENT: tuple[object, ...] = (None, (), [])


def validated(form_id: str, fields: BaseModel | Mapping[str, Any]) -> FormFields:
    """The fields of the form, checked again even when already typed. FieldMissing or FieldInvalid."""
    return checked(form_id, fields_of(form_id), fields)


def checked(name: str, model: type[F], fields: BaseModel | Mapping[str, Any]) -> F:
    """The fields of the document of this name as `model` asks for them. FieldMissing or FieldInvalid."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _refusal(name, model, first) from None


def _refusal(form_id: str, model: type[FormFields], error: ErrorDetails) -> FieldMissing | FieldInvalid:
    path, context = error["loc"], error.get("ctx", {})
    if error["type"].startswith("union_tag"):
        path = (*path, "kind")  # pydantic names the union, not the field that chooses in it
    field, label = locate(model, path)
    if error["type"] in {"missing", "union_tag_not_found"} or _is_absent(error):
        return FieldMissing(form_id, field, label)
    if error["type"] == "value_error":
        return FieldInvalid(form_id, field, label, str(context["error"]))
    return FieldInvalid(form_id, field, label, _REASONS.get(error["type"], "内容不符合要求").format_map(context))


def _is_absent(error: ErrorDetails) -> bool:
    """A blank where something is required: null, an empty list, a text of spaces."""
    given = error["input"]
    blank = given.strip() == "" if isinstance(given, str) else given in _ABSENT
    return blank and error["type"] not in {"extra_forbidden", "value_error"}
