"""The Jinja environment of the pages: strict, escaping, with the few filters that speak Chinese and Beijing time."""

from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from casesvc.pages.facts import catalogue_text, exif_name, exif_text, fact_name, fact_text, ordered, parsed, store_note
from casesvc.permissions import Permission, may
from evidence.moments import BEIJING
from workflows.roles import Role

HTML = Path(__file__).parent / "html"
ICONS = Path(__file__).parent.parent / "static" / "vendor" / "icons"


def make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HTML),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": moment,
        "minute": minute,
        "day": day,
        "field_moment": field_moment,
        "size": size,
        "role": role,
        "fact_name": fact_name,
        "fact_text": fact_text,
        "exif_name": exif_name,
        "exif_text": exif_text,
        "catalogue_text": catalogue_text,
        "ordered": ordered,
        "store_note": store_note,
        "parsed": parsed,
    }
    environment.globals |= {"icon": icon, "may": may, "Permission": Permission}
    return environment


def moment(at: datetime) -> str:
    """2026-11-24 14:05:09 in Beijing."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def minute(at: datetime) -> str:
    """2026-11-24 14:05 in Beijing."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def field_moment(at: datetime) -> str:
    """What a datetime-local field takes."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def day(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d")


def size(number: int) -> str:
    """Bytes for people: 1.4 MB."""
    value = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def role(slug: str) -> str:
    return Role(slug).label


@cache
def icon(name: str) -> Markup:
    """An icon of the set the page libraries brought, inline; always beside words, so hidden from screen readers."""
    svg = (ICONS / f"{name}.svg").read_text("utf-8")
    return Markup(svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704 - a file of ours, not of a user
