"""Everybody's own one-time codes (动态口令): begun, put in force, ended."""

import io
from typing import Any

import segno
from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Template
from markupsafe import Markup

from casesvc.acts import now
from casesvc.api.totp import FirstCodeIn, PasswordProofIn
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.enrolling import begin_enrolment, end_enrolment, enrolment_of, put_in_force
from casesvc.pages.forms import Form, filled, go
from casesvc.totp import BEGUN_FOR


@get("/totp", include_in_schema=False, sync_to_thread=True)
def totp(request: CaseRequest, tx: Looking, state: State, done: FromQuery[str] = "") -> Template:
    found = enrolment_of(tx, state.installation, request.user, now())
    context = {
        "by": request.user,
        "found": found,
        "qr": _qr(found.uri) if found.uri else "",
        "minutes": int(BEGUN_FOR.total_seconds() // 60),
        "done": done,
    }
    return Template("totp.html", context=context)


@post("/totp", include_in_schema=False, sync_to_thread=True)
def begin_totp(request: CaseRequest, state: State, data: Form) -> Response[Any]:
    begin_enrolment(state.installation, request.user, filled(PasswordProofIn, data, {}).password)
    return go(request, "/totp")


@post("/totp/first-code", include_in_schema=False, sync_to_thread=True)
def first_code(request: CaseRequest, state: State, data: Form) -> Response[Any]:
    put_in_force(state.installation, request.user, filled(FirstCodeIn, data, {}).code)
    return go(request, "/totp?done=in-force")


@post("/totp/end", include_in_schema=False, sync_to_thread=True)
def end_totp(request: CaseRequest, state: State, data: Form) -> Response[Any]:
    end_enrolment(state.installation, request.user, filled(PasswordProofIn, data, {}).password)
    return go(request, "/totp?done=ended")


def _qr(uri: str) -> Markup:
    """The address as a QR code, an SVG in the page itself: an image of its own would be one more place of the key."""
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, nl=False, svgclass="qr", lineclass=None, light="#fff"
    )
    return Markup(out.getvalue().decode().replace("<svg", '<svg role="img" aria-label="二维码：动态口令密钥"', 1))  # noqa: S704 - drawn by a library of squares
