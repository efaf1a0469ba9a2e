"""Logging in and out."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.response import Template

from casesvc import logins
from casesvc.answers import told, wants_json
from casesvc.api.session import begin_session
from casesvc.auth import COOKIE, CaseRequest
from casesvc.errors import LoginPaused, LoginRefused
from casesvc.headers import FORGET
from casesvc.pages.forms import Form, go, local_path


@get("/login", exclude_from_auth=True, include_in_schema=False, sync_to_thread=False)
def login_page(where: Annotated[str, QueryParameter(name="next")] = "/") -> Template:
    return Template("login.html", context={"by": None, "next": local_path(where), "login": "", "refusal": ""})


@post("/login", exclude_from_auth=True, include_in_schema=False)
async def log_in(request: Request[Any, Any, Any], data: Form, state: State) -> Response[Any] | Template:
    login, where = str(data.get("login", "")).strip(), local_path(str(data.get("next", "/")))
    try:
        cookie = await begin_session(state.installation, request, login, str(data.get("password", "")))
    except (LoginRefused, LoginPaused) as reason:
        if wants_json(request):
            raise
        problem, refusal = told(reason)
        context = {"by": None, "next": where, "login": login, "refusal": refusal}
        return Template("login.html", context=context, status_code=problem.status)
    answer = go(request, where)
    answer.set_cookie(cookie)
    return answer


@post("/logout", include_in_schema=False, before_own_password=True, sync_to_thread=True)
def log_out(request: CaseRequest, state: State) -> Response[Any]:
    logins.log_out(state.installation, request.auth)
    answer = go(request, "/login")
    answer.delete_cookie(COOKIE)
    answer.headers |= FORGET
    return answer
