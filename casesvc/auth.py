"""Who is asking: the session cookie becomes the Actor of a request."""

from datetime import timedelta
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection, Request
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from casesvc.accounts import recognise, touch
from casesvc.acts import now
from casesvc.errors import NotLoggedIn
from casesvc.installation import Installation
from evidence.act import Actor

COOKIE = "casesvc_session"


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Sets ``request.user`` to the Actor of the session, or refuses."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        here: Installation = connection.app.state.installation
        token = connection.cookies.get(COOKIE, "")
        actor = await anyio.to_thread.run_sync(_actor, here, token, address_of(connection))
        if actor is None:
            raise NotLoggedIn
        return AuthenticationResult(user=actor, auth=token)


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return connection.client.host if connection.client else ""


def _actor(here: Installation, token: str, address: str) -> Actor | None:
    if not token:
        return None
    with here.database.reading() as tx:
        known = recognise(tx, token, address=address, at=now(), idle=timedelta(hours=here.settings.session_hours))
    if known is not None and known.stale:
        with here.database.logins() as tx:
            touch(tx, known.session_id, now())
    return known.actor if known else None


CaseRequest = Request[Actor, str, Any]
