"""Log in, log out, who am I."""

from litestar import Controller, Response, delete, get, post
from litestar.datastructures import Cookie, State
from litestar.params import JSONBody
from pydantic import BaseModel, Field

from casesvc.accounts import log_in, log_out
from casesvc.acts import now
from casesvc.api.described import problems
from casesvc.auth import COOKIE, CaseRequest, address_of
from casesvc.installation import Installation
from casesvc.present import present_who
from casesvc.shown import WhoOut


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
        sync_to_thread=True,
        status_code=204,
        responses=problems(403, 429),
    )
    def log_in(self, request: CaseRequest, data: JSONBody[LoginIn], state: State) -> Response[None]:
        return Response(
            None, cookies=[begin_session(state.installation, data.login, data.password, address_of(request))]
        )

    @get(
        summary="The person of the session",
        operation_id="whoAmI",
        sync_to_thread=False,
        responses=problems(),
    )
    def who(self, request: CaseRequest) -> WhoOut:
        return present_who(request.user)

    @delete(
        summary="Log out",
        operation_id="logOut",
        sync_to_thread=True,
        responses=problems(403),
    )
    def log_out(self, request: CaseRequest, state: State) -> None:
        end_session(state.installation, request.auth)


def begin_session(here: Installation, login: str, password: str, address: str) -> Cookie:
    """Log in and return the session's cookie."""
    with here.database.logins() as tx:
        token = log_in(tx, login, password, address=address, at=now())
    return Cookie(COOKIE, value=token, httponly=True, samesite="lax", path="/", secure=here.settings.secure_cookies)


def end_session(here: Installation, token: str) -> None:
    with here.database.logins() as tx:
        log_out(tx, token, now())
