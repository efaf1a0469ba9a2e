"""Stock-takes: the list, one under way or ended, with what is open."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template

from casesvc.api.places import places_for
from casesvc.api.stock_takes import EndingIn, ScanIn, StockTakeIn, begin, count, end, stock_take_for, stock_takes_for
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.forms import Form, filled, go
from casesvc.present_places import present_stock_take
from workflows.roles import Role

WORDS = {"place": "保管场所", "unit": "单位", "code": "标签编码", "proof": "密码或动态口令"}


@get("/custody/stock-takes", include_in_schema=False, sync_to_thread=True)
def stock_takes(request: CaseRequest, tx: Looking) -> Template:
    by = request.user
    found = stock_takes_for(tx, by)
    context = {
        "by": by,
        "under_way": [each for each in found if each.ended_at is None],
        "ended": [each for each in found if each.ended_at is not None],
        "places": [
            each
            for each in places_for(tx, by)
            if not each.closed and (each.unit_name == by.unit or Role.SUPERVISOR in by.roles)
        ],
    }
    return Template("stock_takes.html", context=context)


@post("/custody/stock-takes", include_in_schema=False, sync_to_thread=True)
def begin_stock_take(request: CaseRequest, act: Acting, data: Form) -> Response[Any]:
    unit, _, place = str(data.get("place", "")).partition("/")
    begun = begin(act, filled(StockTakeIn, {}, WORDS, unit=unit, place=place))
    return go(request, f"/custody/stock-takes/{begun.number}")


@get("/custody/stock-takes/{number:str}", include_in_schema=False, sync_to_thread=True)
def stock_take_page(request: CaseRequest, tx: Looking, number: FromPath[str]) -> Template:
    by = request.user
    detail = present_stock_take(tx, stock_take_for(tx, by, number))
    template = "stock_take.html" if detail.stock_take.ended_at is None else "stock_take_ended.html"
    return Template(template, context={"by": by, "detail": detail, "taken": detail.stock_take})


@post("/custody/stock-takes/{number:str}/scans", include_in_schema=False, sync_to_thread=True)
def scan(request: CaseRequest, act: Acting, number: FromPath[str], data: Form) -> Response[Any]:
    count(act, number, filled(ScanIn, data, WORDS))
    return go(request, f"/custody/stock-takes/{number}")


@post("/custody/stock-takes/{number:str}/end", include_in_schema=False, sync_to_thread=True)
def end_stock_take(request: CaseRequest, state: State, number: FromPath[str], data: Form) -> Response[Any]:
    end(state.installation, request.user, number, filled(EndingIn, data, WORDS))
    return go(request, f"/custody/stock-takes/{number}")
