"""What every request is refused for and what every answer carries: pages, JSON, problems and files alike."""

from typing import Any

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from casesvc.errors import InputRefused


def page_policy(pictures: str = "") -> str:
    """What a page may load: all from here, and pictures of one more origin where the page shows a map of its tiles."""
    return (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
        f"img-src 'self' data:{pictures and ' '}{pictures}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


PAGE_POLICY = page_policy()
SCHEMA_POLICY = "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
"""The interactive documentation brings a script in its page."""
DEVICES = "camera=(self), microphone=(), geolocation=()"
"""The camera reads labels; nothing else of a device is for a page."""
FORGET = {"clear-site-data": '"cache"'}
"""With a logout: the next person at this computer finds no picture in the browser."""


async def complete(message: Message, scope: Scope) -> None:
    """Set what a handler has not set: nothing of a case is kept by a browser or a proxy on the way."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("referrer-policy", "same-origin")
    if scope["path"].startswith("/api/v1/uploads") and scope.get("method") != "OPTIONS":
        headers.setdefault("tus-resumable", "1.0.0")
        if message["status"] == 412:
            headers.setdefault("tus-version", "1.0.0")
    if not scope["path"].startswith("/static/"):
        headers.setdefault("cache-control", "no-store")
    if headers.get("content-type", "").startswith("text/html"):
        policy = SCHEMA_POLICY if scope["path"].startswith("/schema") else PAGE_POLICY
        headers.setdefault("content-security-policy", policy)
        headers.setdefault("permissions-policy", DEVICES)


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """Refuse an address with NUL in it: no number and no word has one, and PostgreSQL takes none."""
    if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise InputRefused("地址中含有空字符（%00），请核对编号或检索词后重试。")
