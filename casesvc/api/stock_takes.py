"""Stock-takes: begun, scanned into, ended and signed."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from pydantic import Field
from sqlmodel import Session

from casesvc.api.described import problems
from casesvc.api.inputs import Given, Text
from casesvc.auth import CaseRequest
from casesvc.confirming import Confirmation, confirm
from casesvc.database import Acting, Looking
from casesvc.errors import OutsideUnit
from casesvc.installation import Installation
from casesvc.labelling import look
from casesvc.permissions import Permission, require, visible_units
from casesvc.placing import place_for
from casesvc.present_places import present_place, present_scan, present_stock_take, present_stock_takes
from casesvc.shown_places import CountedOut, StockTakeDetailOut, StockTakeOut
from evidence.act import Act, Actor
from evidence.errors import LabelUnknown, StockTakeUnknown
from evidence.place import StoragePlace
from evidence.stock_take import StockTake, StockTakeScan, counted_in, stock_take_by_number, stock_takes_of
from evidence.stock_taking import begin_stock_take, check_open, compare_one, end_stock_take, scan
from workflows.roles import Role

StockTakeNumber = Annotated[str, PathParameter(description="Number of the stock-take, e.g. PD41050220260001")]


class StockTakeIn(Given):
    unit: Text = Field(title="单位", max_length=6)
    place: Text = Field(title="保管场所", max_length=40)


class ScanIn(Given):
    """An exhibit that is seen; ``place`` is the code of the shelf it is on, if it is one of the place counted."""

    code: Text = Field("", title="标签编码", max_length=200, description="What the scanner read, or an exhibit number")
    place: Text = Field("", title="所在场所", max_length=40)


class EndingIn(Confirmation):
    """The end of a stock-take, signed with the own password or a one-time code."""


class StockTakeController(Controller):
    path = "/stock-takes"
    tags = ["places"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Stock-takes, newest first", operation_id="listStockTakes", sync_to_thread=True, responses=problems(403)
    )
    def stock_takes(self, request: CaseRequest, tx: Looking) -> list[StockTakeOut]:
        return stock_takes_for(tx, request.user)

    @post(
        summary="Begin to count a place with all in it",
        operation_id="beginStockTake",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def begin(self, act: Acting, data: JSONBody[StockTakeIn]) -> StockTakeDetailOut:
        return present_stock_take(act.tx, begin(act, data))

    @get(
        "/{number:str}",
        summary="A stock-take: what was seen, what is missing, what differed and is open",
        operation_id="getStockTake",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def stock_take(self, request: CaseRequest, tx: Looking, number: StockTakeNumber) -> StockTakeDetailOut:
        return present_stock_take(tx, stock_take_for(tx, request.user, number))

    @post(
        "/{number:str}/scans",
        summary="Note that an exhibit was seen; everybody who counts scans into the same stock-take",
        operation_id="scanInStockTake",
        sync_to_thread=True,
        status_code=200,
        responses=problems(403, 404, 409, 422),
    )
    def scan(self, act: Acting, number: StockTakeNumber, data: JSONBody[ScanIn]) -> CountedOut:
        return count(act, number, data)

    @post(
        "/{number:str}/end",
        summary="End a stock-take and sign its result",
        operation_id="endStockTake",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 429),
    )
    def end(
        self, request: CaseRequest, state: State, number: StockTakeNumber, data: JSONBody[EndingIn]
    ) -> StockTakeDetailOut:
        return end(state.installation, request.user, number, data)


def stock_takes_for(tx: Session, by: Actor) -> list[StockTakeOut]:
    require(by, Permission.TAKE_STOCK)
    return present_stock_takes(tx, stock_takes_of(tx, sorted(visible_units(tx, by))))


def stock_take_for(tx: Session, by: Actor, number: str) -> StockTake:
    """StockTakeUnknown where it is of a unit that he may not see."""
    require(by, Permission.TAKE_STOCK)
    found = stock_take_by_number(tx, number)
    if tx.get_one(StoragePlace, found.place_id).unit_id not in visible_units(tx, by):
        raise StockTakeUnknown(number)
    return found


def check_own(by: Actor, place: StoragePlace) -> None:
    """OutsideUnit for a custodian of another unit: he may count with others, but what was counted is signed for by the
    place's own custodian, or by a supervisor.
    """
    if place.unit_id != by.unit_id and Role.SUPERVISOR not in by.roles:
        raise OutsideUnit(place.code)


def begin(act: Act, data: StockTakeIn) -> StockTake:
    place = place_for(act.tx, act.by, data.unit, data.place, Permission.TAKE_STOCK)
    check_own(act.by, place)
    return begin_stock_take(act, place)


def count(act: Act, number: str, data: ScanIn) -> CountedOut:
    """The scan as it was noted, now or before."""
    stock_take = stock_take_for(act.tx, act.by, number)
    counted = present_place(act.tx, act.tx.get_one(StoragePlace, stock_take.place_id))
    found = look(act.tx, act.by, data.code)
    if isinstance(found, StoragePlace):
        raise LabelUnknown(found.code)
    exhibit = found[1]
    place = place_for(act.tx, act.by, counted.unit, data.place or counted.code, Permission.TAKE_STOCK)
    new = scan(act, stock_take, exhibit, place)
    row = act.tx.get_one(StockTakeScan, (stock_take.id, exhibit.id))
    shown = present_scan(act.tx, row, *compare_one(act.tx, stock_take, row))
    return CountedOut(scan=shown, again=not new, counted=counted_in(act.tx, stock_take), expected=counted.exhibits)


def end(here: Installation, by: Actor, number: str, data: EndingIn) -> StockTakeDetailOut:
    """Refused before it is signed where somebody else has ended it."""
    with here.database.reading() as tx:
        stock_take = stock_take_for(tx, by, number)
        check_own(by, tx.get_one(StoragePlace, stock_take.place_id))
        check_open(tx, stock_take)
    confirmed = confirm(here, by, data)
    with here.database.begin(by) as act:
        stock_take = stock_take_for(act.tx, by, number)
        end_stock_take(act, stock_take, confirmed_by=confirmed.means.value)
        return present_stock_take(act.tx, stock_take)
