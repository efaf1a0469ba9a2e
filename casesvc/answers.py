"""How exceptions become answers: RFC 9457 for programs, the same words as a page for people."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect, Template
from pydantic import BaseModel, Field, ValidationError

from casesvc.api.inputs import refusal
from casesvc.errors import NotLoggedIn, PasswordChangeNeeded
from casesvc.problem import Problem
from casesvc.problems import OTHERS, problem_of

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
    if isinstance(reason, HTTPException) or problem_of(reason) is not None:
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # foreseen: the store away, the sender gone
            log.warning("%s %s: %s", request.method, request.url.path, reason)
    elif problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
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
        returns = request.method == "GET" and not _is_api(request)
        back = {"next": request.url.path} if returns else None
        return Redirect("/login", query_params=back)
    if isinstance(reason, PasswordChangeNeeded):
        return Redirect("/password", status_code=303)
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
    if isinstance(reason, RecursionError):  # a body nested beyond reading
        return OTHERS[400], OTHERS[400].detail
    if isinstance(reason, ValidationException):
        return OTHERS[400], _unreadable(reason)
    status = reason.status_code if isinstance(reason, HTTPException) else 500
    problem = OTHERS.get(status) or OTHERS[400 if status < 500 else 500]
    return problem, problem.detail


def _unreadable(reason: ValidationException) -> str:
    """What of a request could not be read, by the names people know; a program's own names where there are none."""
    cause: BaseException | None = reason
    while cause is not None:
        if isinstance(cause, ValidationError):
            return refusal(cause, lambda at: _NAMES.get(str(at[0]), str(at[0]))).detail
        cause = cause.__cause__
    extra = reason.extra if isinstance(reason.extra, list) else []
    keys = [str(item["key"]) for item in extra if isinstance(item, dict) and item.get("key")]
    named = "、".join(f"“{_NAMES.get(key, key)}”" for key in keys)
    return f"{named}缺少或格式不对，请检查后重试。" if named else OTHERS[400].detail


_NAMES = {
    "q": "检索词",
    "page": "页码",
    "kind": "证据种类",
    "file_name": "文件名",
    "login": "账号",
    "password": "密码",
    "old": "原密码",
    "new": "新密码",
    "name": "姓名",
    "certificate": "证件号",
    "unit": "单位",
    "roles": "角色",
    "form": "文书式样",
    "fields": "文书内容",
}


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether a program asked: an API path that no browser opened by itself, or a page's script that says so."""
    accept = request.headers.get("accept", "")
    return (_is_api(request) and "text/html" not in accept) or "json" in accept


def _is_api(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/")
