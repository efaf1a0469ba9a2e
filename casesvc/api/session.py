"""Log in, log out, who am I."""

from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie, State
from litestar.params import JSONBody
from pydantic import BaseModel, Field

from casesvc.api.described import problems
from casesvc.auth import COOKIE, CaseRequest, address_of
from casesvc.headers import FORGET
from casesvc.installation import Installation
from casesvc.logins import log_in, log_out
from casesvc.passwords import AT_ONCE
from casesvc.present import present_who
from casesvc.shown import WhoOut

_limiter = anyio.CapacityLimiter(AT_ONCE)
"""Logins wait for a thread of their own: pages must not stand behind a flood of them."""


class LoginIn(BaseModel):
    login: str = Field(max_length=40)
    password: str = Field(max_length=200)


class SessionController(Controller):
    path = "/session"
    tags = ["session"]  # noqa: RUF012 - Litestar reads it as a plain list

    @post(
        summary="Log in",
        description="Sets the session cookie. Like every writing call it needs the header x-csrftoken with the value "
        "of the cookie csrftoken, which any GET sets.",
        operation_id="logIn",
        exclude_from_auth=True,
        status_code=204,
        responses=problems(403, 429),
    )
    async def log_in(self, request: CaseRequest, data: JSONBody[LoginIn], state: State) -> Response[None]:
        return Response(None, cookies=[await begin_session(state.installation, request, data.login, data.password)])

    @get(
        summary="The person of the session",
        operation_id="whoAmI",
        before_own_password=True,
        sync_to_thread=False,
        responses=problems(),
    )
    def who(self, request: CaseRequest) -> WhoOut:
        return present_who(request.user)

    @delete(
        summary="Log out",
        operation_id="logOut",
        before_own_password=True,
        sync_to_thread=True,
        responses=problems(403),
    )
    def log_out(self, request: CaseRequest, state: State) -> Response[None]:
        log_out(state.installation, request.auth)
        return Response(None, headers=FORGET)


async def begin_session(here: Installation, request: Request[Any, Any, Any], login: str, password: str) -> Cookie:
    """Log in and return the session's cookie."""
    address, replaced = address_of(request), request.cookies.get(COOKIE, "")
    logging_in = partial(log_in, here, login, password, address=address, replacing=replaced)
    token = await anyio.to_thread.run_sync(logging_in, limiter=_limiter)
    return Cookie(COOKIE, value=token, httponly=True, samesite="lax", path="/", secure=here.settings.secure_cookies)
