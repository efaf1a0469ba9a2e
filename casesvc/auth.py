"""Who is asking: the session cookie becomes the Actor of a request."""

from datetime import timedelta
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection, Request
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from casesvc.accounts import Recognised, recognise
from casesvc.acts import now
from casesvc.errors import NotLoggedIn, PasswordChangeNeeded
from casesvc.installation import Installation
from evidence.act import Actor

COOKIE = "casesvc_session"


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Sets ``request.user`` to the Actor of the session, or refuses.

    A person whose password somebody else gave gets no further than the routes marked ``before_own_password``.
    """

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        here: Installation = connection.app.state.installation
        token = connection.cookies.get(COOKIE, "")
        known = await anyio.to_thread.run_sync(_known, here, token, address_of(connection))
        if known is None:
            raise NotLoggedIn
        if known.stale:
            # written by the jobs: a request must not wait for a lock before it has begun
            connection.app.state.jobs.saw(known.session_id)
        if not (known.password_set_by_owner or connection.route_handler.opt.get("before_own_password")):
            raise PasswordChangeNeeded
        return AuthenticationResult(user=known.actor, auth=token)


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return connection.client.host if connection.client else ""


def _known(here: Installation, token: str, address: str) -> Recognised | None:
    if not token:
        return None
    with here.database.glance() as tx:
        return recognise(tx, token, address=address, at=now(), idle=timedelta(hours=here.settings.session_hours))


CaseRequest = Request[Actor, str, Any]
