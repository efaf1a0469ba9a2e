"""The log's page: its newest checkpoint, and the place where a printed one is typed or scanned in."""

from litestar import get
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Template

from casesvc.answers import told
from casesvc.api.log import checked, log_for
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.permissions import Permission, may
from evidence.errors_proof import CheckpointUnreadable


@get("/log", include_in_schema=False, sync_to_thread=True)
def log_page(request: CaseRequest, tx: Looking, state: State, printed: FromQuery[str] = "") -> Template:
    by = request.user
    context = {"by": by, "printed": printed[:1000], "log": None, "check": None, "refusal": ""}
    if may(by, Permission.SEE_STATUS):
        context["log"] = log_for(state.installation, tx, by)
    if printed.strip():
        try:
            context["check"] = checked(tx, printed[:1000])
        except CheckpointUnreadable as reason:
            context["refusal"] = told(reason)[1]
    return Template("log.html", context=context)
