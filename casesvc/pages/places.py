"""Storage places: the tree, one place with what is in it, setting up, changing, labels of places."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from casesvc.api.labels import LabelsIn
from casesvc.api.places import PlaceChangeIn, PlaceIn, add_place, places_for, say_of_place
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.labelling import print_place_labels
from casesvc.pages.forms import Form, filled, go
from casesvc.pages.labels import several, sheets
from casesvc.permissions import Permission, require
from casesvc.placing import place_for
from casesvc.present_places import present_contents, present_place
from evidence.label import LabelFormat
from evidence.place import PlaceKind, StoragePlace
from evidence.register import Unit
from evidence.stock_take import open_stock_takes

Within = Annotated[str, QueryParameter(name="parent", description="Code of the place it is to be in")]
SHOWN = 500
"""Exhibits of one place that its page lists."""


@get("/custody/places", include_in_schema=False, sync_to_thread=True)
def places(request: CaseRequest, tx: Looking) -> Template:
    by = request.user
    found = places_for(tx, by)
    units: dict[str, list[Any]] = {}
    for place in found:
        units.setdefault(place.unit, []).append(place)
    own = tx.get_one(Unit, by.unit_id)
    context = {"by": by, "units": units, "own": own.code, "formats": list(LabelFormat)}
    return Template("places.html", context=context)


@get("/custody/places/new", include_in_schema=False, sync_to_thread=True)
def new_place(request: CaseRequest, tx: Looking, within: Within = "") -> Template:
    by = request.user
    require(by, Permission.MANAGE_PLACES)
    own = tx.get_one(Unit, by.unit_id).code
    parent = present_place(tx, place_for(tx, by, own, within, Permission.MANAGE_PLACES)) if within else None
    kinds = list(PlaceKind)
    below = kinds[kinds.index(PlaceKind(parent.kind)) + 1 :] if parent else [PlaceKind.ROOM]
    return Template("place_new.html", context={"by": by, "parent": parent, "kinds": below})


@post("/custody/places/new", include_in_schema=False, sync_to_thread=True)
def set_up_place(request: CaseRequest, act: Acting, data: Form) -> Response[Any]:
    given = filled(PlaceIn, _facts(data), {})
    place = add_place(act, given)
    unit = act.tx.get_one(Unit, place.unit_id).code
    return go(request, f"/custody/places/{unit}/{place.code}")


@get("/custody/places/{unit:str}/{code:str}", include_in_schema=False, sync_to_thread=True)
def place_page(
    request: CaseRequest, tx: Looking, unit: FromPath[str], code: FromPath[str], done: FromQuery[str] = ""
) -> Template:
    by = request.user
    place = place_for(tx, by, unit, code, Permission.SEE_PLACES)
    detail = present_contents(tx, place)
    tree = places_for(tx, by)
    context = {
        "by": by,
        "place": detail.place,
        "contents": detail.contents[:SHOWN],
        "inner": [each for each in tree if each.unit == unit and each.parent == code],
        "counting": [each for each in _counting(tx, place.unit_id) if _line(each[1], code)],
        "own": place.unit_id == by.unit_id,
        "innermost": place.kind is PlaceKind.BOX,
        "formats": list(LabelFormat),
        "done": done,
    }
    return Template("place.html", context=context)


@post("/custody/places/{unit:str}/{code:str}", include_in_schema=False, sync_to_thread=True)
def change_place(
    request: CaseRequest, act: Acting, unit: FromPath[str], code: FromPath[str], data: Form
) -> Response[Any]:
    say_of_place(act, unit, code, filled(PlaceChangeIn, _facts(data), {}))
    return go(request, f"/custody/places/{unit}/{code}?done=changed")


@post("/custody/places/labels", include_in_schema=False, sync_to_thread=True)
def place_labels(act: Acting, data: Form) -> Template:
    codes = several(data, "place")
    unit = act.tx.get_one(Unit, act.by.unit_id).code
    given = filled(LabelsIn, data, {}, exhibits=["-"])
    labels = print_place_labels(act, unit, codes)
    context = {"format": given.format, "pages": sheets(labels, given), "of_places": True, "back": "/custody/places"}
    return Template("labels.html", context=context)


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form of a place: an empty capacity is none, boxes that were not ticked are not there."""
    return {**data, "capacity": data.get("capacity") or None}


def _counting(tx: Any, unit_id: int) -> list[tuple[str, str]]:
    """Stock-takes of a unit that are under way: number and code of the place."""
    return [(each.number, tx.get_one(StoragePlace, each.place_id).code) for each in open_stock_takes(tx, unit_id)]


def _line(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
