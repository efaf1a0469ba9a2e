"""The catalogue of forms and the state of the installation."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.response import Template

import templates
from casesvc.acts import ask_canary
from casesvc.api.system import status_for
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.pages.forms import go
from casesvc.present import present_form


@get("/forms", include_in_schema=False, sync_to_thread=False)
def catalogue(request: CaseRequest) -> Template:
    forms = [present_form(form) for form in templates.catalogue()]
    groups = {stage: [form for form in forms if form.stage == stage] for stage in dict.fromkeys(f.stage for f in forms)}
    return Template("forms.html", context={"by": request.user, "forms": forms, "groups": groups})


@get("/status", include_in_schema=False, sync_to_thread=True)
def status_page(request: CaseRequest, tx: Looking, state: State) -> Template:
    status = status_for(state.installation, tx, request.user)
    return Template("status.html", context={"by": request.user, "status": status})


@post("/status/canary", include_in_schema=False, sync_to_thread=True)
def run_canary(request: CaseRequest, state: State) -> Response[Any]:
    ask_canary(state.installation, request.user)
    return go(request, "/status#canary")
