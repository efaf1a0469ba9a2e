"""How exceptions become answers: RFC 9457 for programs, the same words as a page for people."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect, Template
from pydantic import BaseModel, Field

from casesvc.errors import NotLoggedIn
from casesvc.problems import OTHERS, Problem, problem_of

log = logging.getLogger(__name__)


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="Slug of the problem", examples=["urn:casesvc:problem:case-unknown"])
    title: str = Field(description="What it is, in Chinese")
    status: int = Field(description="HTTP status")
    detail: str = Field(description="What happened and what to do, in Chinese")


def answer(request: Request[Any, Any, Any], reason: Exception) -> Response[Any]:
    """The answer to any exception that reaches the edge."""
    problem, detail = told(reason)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s: %s", request.method, request.url.path, reason, exc_info=reason)
    if wants_json(request):
        body = ProblemDetails(
            type=f"urn:casesvc:problem:{problem.slug}",
            title=problem.title,
            status=problem.status,
            detail=detail,
        )
        return Response(body.model_dump(), status_code=problem.status, media_type=MediaType.JSON, headers=_PROBLEM_JSON)
    if isinstance(reason, NotLoggedIn):
        back = {"next": request.url.path} if request.method == "GET" else None
        return Redirect("/login", query_params=back)
    return Template(
        "problem.html",
        context={"problem": problem, "detail": detail, "by": request.scope.get("user")},
        status_code=problem.status,
    )


_PROBLEM_JSON = {"content-type": "application/problem+json"}


def told(reason: Exception) -> tuple[Problem, str]:
    """The problem and its Chinese detail for any exception."""
    known = problem_of(reason)
    if known is not None:
        return known, known.about(reason)
    if isinstance(reason, ValidationException):
        extra = reason.extra if isinstance(reason.extra, list) else []
        keys = "、".join(str(item.get("key", "")) for item in extra if isinstance(item, dict) and item.get("key"))
        problem = OTHERS[400]
        return problem, f"请求中的 {keys} 缺少或格式不对，请检查后重试。" if keys else problem.detail
    status = reason.status_code if isinstance(reason, HTTPException) else 500
    problem = OTHERS.get(status) or OTHERS[400 if status < 500 else 500]
    return problem, problem.detail


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether a program asked: an API path, or a page's script that says so."""
    return request.url.path.startswith("/api/") or "json" in request.headers.get("accept", "")
