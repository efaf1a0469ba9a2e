"""What the handlers of forms share: how a form is read, how Beijing times are meant, where a person goes next."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from pydantic import BaseModel, ValidationError

from casesvc.answers import wants_json
from casesvc.api.inputs import refusal
from casesvc.errors import InputRefused
from evidence.moments import BEIJING

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
M = TypeVar("M", bound=BaseModel)


def filled(model: type[M], form: Mapping[str, Any], labels: Mapping[str, str], **read: object) -> M:
    """The model from the fields of a form; ``read`` are those already read. Refuses in the form's own words."""
    fields = {name: form[name] for name in model.model_fields if name in form}
    try:
        return model(**{**fields, **read})
    except ValidationError as reason:
        raise refusal(reason, lambda at: labels.get(str(at[0]), str(at[0]))) from reason


def beijing(form: Mapping[str, Any], field: str, label: str) -> datetime:
    """A datetime-local field, which people mean in Beijing time."""
    moment = beijing_or_none(form, field, label)
    if moment is None:
        raise InputRefused(f"请填写“{label}”。")
    return moment


def beijing_or_none(form: Mapping[str, Any], field: str, label: str) -> datetime | None:
    """The same, where the form may leave it empty."""
    value = form.get(field, "")
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError) as reason:
        raise InputRefused(f"“{label}”须写成年月日和时分，例如 2026-11-24 14:05。") from reason
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def several(form: Mapping[str, Any], field: str) -> list[str]:
    """A field that can be ticked more than once."""
    value = form.get(field, [])
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def numbers_in(case: str, form: Mapping[str, Any], field: str) -> list[str]:
    """Exhibit numbers that were written into one line, apart by spaces or commas; 0007 is that of this case."""
    words = re.split(r"[\s,，、;；]+", str(form.get(field, "")))
    return [f"{case}-{word:0>4}" if word.isdecimal() and len(word) <= 4 else word for word in words if word]


def go(request: Request[Any, Any, Any], url: str) -> Response[Any]:
    """Send the person on after a form was done; a page's script is told where to instead."""
    if wants_json(request):
        return Response({"location": url}, status_code=200)
    return Redirect(url, status_code=303)


def local_path(url: str) -> str:
    """``url`` if it is a path of this service, else the home page: a login must not lead elsewhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    elsewhere = parts.scheme or parts.netloc or not url.startswith("/") or url.startswith("//") or "\\" in url
    return "/" if elsewhere or not url.isprintable() else url
