"""Storage places, and exhibits put into them."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import JSONBody, PathParameter
from pydantic import Field
from sqlmodel import Session, col, select

from casesvc.api.custody import Exhibits
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.permissions import Permission, require, visible_units
from casesvc.placing import place_for, put_away
from casesvc.present_places import present_contents, present_place, present_places, present_shelved
from casesvc.shown_places import PlaceDetailOut, PlaceOut, ShelvedOut
from evidence.act import Act, Actor
from evidence.custody import CustodyStanding
from evidence.place import PlaceFacts, PlaceKind, StoragePlace, change_place, enter_place
from evidence.register import Unit

UnitCode = Annotated[str, PathParameter(description="Division code of the unit, e.g. 410502")]
PlaceCode = Annotated[str, PathParameter(description="Code of the storage place, e.g. W1-G03-2")]


class PlaceFactsIn(Given):
    """What is said of a place."""

    name: Text = Field("", title="场所名称", max_length=60)
    capacity: int | None = Field(None, title="容量（件）", ge=1, le=1_000_000)
    access: Text = Field("", title="可进入的人员", max_length=300)
    fit_for_hazard: bool = Field(False, title="可存放危险物品")

    def facts(self) -> PlaceFacts:
        return PlaceFacts(self.name, self.capacity, self.access, self.fit_for_hazard)


class PlaceIn(PlaceFactsIn):
    """A new place; ``segment`` is its own part of the code."""

    kind: PlaceKind = Field(title="种类")
    segment: Text = Field(title="编码", max_length=20)
    parent: Text = Field("", title="上级场所", max_length=40, description="Code of the place it is in; none for a room")


class PlaceChangeIn(PlaceFactsIn):
    """A change; ``seen`` is that of the place as it was shown."""

    closed: bool = Field(False, title="停用")
    seen: int = Field(title="更改前的版本", ge=0)

    def facts(self) -> PlaceFacts:
        return PlaceFacts(self.name, self.capacity, self.access, self.fit_for_hazard, self.closed)


class PutAwayIn(Given):
    exhibits: Exhibits = Field(title="证据")
    reason: Paragraphs = Field("", title="移位原因", max_length=500)
    breach_reason: Paragraphs = Field("", title="不符合规定的情况说明", max_length=500)


class PlaceController(Controller):
    path = "/places"
    tags = ["places"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Storage places that you may see",
        operation_id="listPlaces",
        sync_to_thread=True,
        responses=problems(403),
    )
    def places(self, request: CaseRequest, tx: Looking) -> list[PlaceOut]:
        return places_for(tx, request.user)

    @post(
        summary="Set up a storage place of the own unit",
        operation_id="addPlace",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def add(self, act: Acting, data: JSONBody[PlaceIn]) -> PlaceOut:
        return present_place(act.tx, add_place(act, data))

    @get(
        "/{unit:str}/{code:str}",
        summary="A storage place with the exhibits that are in it by their chains",
        operation_id="getPlace",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def place(self, request: CaseRequest, tx: Looking, unit: UnitCode, code: PlaceCode) -> PlaceDetailOut:
        return present_contents(tx, place_for(tx, request.user, unit, code, Permission.SEE_PLACES))

    @post(
        "/{unit:str}/{code:str}",
        summary="Change what is said of a storage place, close it, open it again",
        operation_id="changePlace",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def change(self, act: Acting, unit: UnitCode, code: PlaceCode, data: JSONBody[PlaceChangeIn]) -> PlaceOut:
        return present_place(act.tx, say_of_place(act, unit, code, data))

    @post(
        "/{unit:str}/{code:str}/exhibits",
        summary="Put exhibits into a storage place: stored, or moved where they were in one",
        operation_id="putAway",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def put(self, act: Acting, unit: UnitCode, code: PlaceCode, data: JSONBody[PutAwayIn]) -> list[ShelvedOut]:
        return put_in_place(act, unit, code, data)


def places_for(tx: Session, by: Actor) -> list[PlaceOut]:
    require(by, Permission.SEE_PLACES)
    return present_places(tx, visible_units(tx, by))


def add_place(act: Act, data: PlaceIn) -> StoragePlace:
    require(act.by, Permission.MANAGE_PLACES)
    unit = act.tx.get_one(Unit, act.by.unit_id)
    parent = place_for(act.tx, act.by, unit.code, data.parent, Permission.MANAGE_PLACES) if data.parent else None
    return enter_place(act, unit, data.facts(), kind=data.kind, segment=data.segment, parent=parent)


def say_of_place(act: Act, unit: str, code: str, data: PlaceChangeIn) -> StoragePlace:
    place = place_for(act.tx, act.by, unit, code, Permission.MANAGE_PLACES)
    change_place(act, place, data.facts(), seen=data.seen)
    return place


def put_in_place(act: Act, unit: str, code: str, data: PutAwayIn) -> list[ShelvedOut]:
    place = place_for(act.tx, act.by, unit, code, Permission.RECORD_CUSTODY)
    found = put_away(act, place, data.exhibits, reason=data.reason, breach_reason=data.breach_reason)
    ids = [exhibit.id for _, exhibit in found]
    query = select(CustodyStanding).where(col(CustodyStanding.exhibit_id).in_(ids))
    rows = act.tx.exec(query.execution_options(populate_existing=True))
    return present_shelved(act.tx, rows)
