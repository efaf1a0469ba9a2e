"""Scanning: a code opens its exhibit, or codes are collected for an act: put away, offered, counted."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect, Template
from pydantic import Field

from casesvc.api.inputs import Text
from casesvc.api.labels import Code, present_scanned
from casesvc.api.places import PutAwayIn, put_in_place
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.pages.forms import Form, filled, go
from casesvc.permissions import Permission, may, require
from evidence.columns import Labelled


class Mode(Labelled):
    """What is done with what is scanned."""

    OPEN = "open", "打开证据"
    STORE = "store", "上架、移位"
    OFFER = "offer", "提出移交"


class PutAwayForm(PutAwayIn):
    unit: Text = Field("", title="单位", max_length=6)
    place: Text = Field("", title="保管场所", max_length=40)


WANTED = {Mode.STORE: Permission.RECORD_CUSTODY, Mode.OFFER: Permission.OFFER_EXHIBIT}
Wanted = Annotated[str, QueryParameter(description="open, store or offer")]


@get("/custody/scan", include_in_schema=False, sync_to_thread=True)
def scan_page(
    request: CaseRequest, tx: Looking, mode: Wanted = "open", code: Code = "", done: FromQuery[int] = 0
) -> Response[Any]:
    """With ``code`` (no script on the page, or a scanner that opens addresses) it goes where the code leads."""
    by = request.user
    require(by, Permission.SCAN_LABEL)
    if code:
        return Redirect(present_scanned(tx, by, code).url, status_code=303)
    modes = [each for each in Mode if each not in WANTED or may(by, WANTED[each])]
    chosen = mode if mode in modes else Mode.OPEN.value
    return Template("scan.html", context={"by": by, "modes": modes, "mode": chosen, "done": done})


@post("/custody/scan/put-away", include_in_schema=False, sync_to_thread=True)
def put_away(request: CaseRequest, act: Acting, data: Form) -> Response[Any]:
    numbers = [each for each in str(data.get("exhibits", "")).split(",") if each]
    given = filled(PutAwayForm, data, {"exhibits": "证据", "place": "保管场所"}, exhibits=numbers)
    placed = put_in_place(act, given.unit, given.place, given)
    return go(request, f"/custody/scan?mode=store&done={len(placed)}")
