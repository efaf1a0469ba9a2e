"""The auditor's desk: all chains that a person audits, a case judged, what is exported, and who read an exhibit."""

from typing import Annotated
from urllib.parse import quote

from litestar import Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Stream

from casesvc.access import ReadsAsked, ReadsOut, see_reads
from casesvc.acts import now
from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.exhibits import ExhibitNumber, PurposeIn
from casesvc.audit_exports import list_as_csv, list_as_docx, statement_of
from casesvc.auditing import Asked, audit, judge_case, provide_asked
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, may
from casesvc.shown_custody import AuditOut, CaseCustodyOut
from evidence.act import Actor
from evidence.record import What, read
from workflows.documents import MEDIA_TYPE

ExportPurpose = Annotated[str, QueryParameter(description="Why it is exported; recorded with the person")]
After = Annotated[str, QueryParameter(description="`next` of the page before")]
WhatIsAsked = NamedDependency[Asked]
ASKED = {"asked": Provide(provide_asked, sync_to_thread=False)}


@get(
    "/custody/audit",
    summary="The chains of all exhibits that the person audits, a page at a time",
    description="Within the own unit for legal officers, all units that he sees for a supervisor. Health is that of "
    "the moment of the answer. Names of exhibits are not in the list.",
    operation_id="auditCustody",
    tags=["custody"],
    sync_to_thread=True,
    dependencies=ASKED,
    responses=problems(403, 404),
)
def audit_custody(request: CaseRequest, tx: Looking, asked: WhatIsAsked, after: After = "") -> AuditOut:
    return audit(tx, request.user, asked, after)


@get(
    "/custody/audit/export.csv",
    summary="The same list as CSV for Excel, at most 50,000 lines; the export is recorded",
    operation_id="exportCustodyCsv",
    tags=["custody"],
    sync_to_thread=True,
    dependencies=ASKED,
    media_type="text/csv; charset=utf-8",
    responses=problems(403, 404, 422),
)
def export_csv(request: CaseRequest, state: State, asked: WhatIsAsked, purpose: ExportPurpose = "") -> Stream:
    here: Installation = state.installation
    lines = list_as_csv(here, request.user, asked, PurposeIn(purpose=purpose).purpose)
    name = f"保管链审查清单 {now():%Y%m%d}.csv"
    return Stream(lines, media_type="text/csv; charset=utf-8", headers=_attached(name))


@get(
    "/custody/audit/export.docx",
    summary="The same list as a Word file, at most 1,000 rows; the export is recorded",
    operation_id="exportCustodyDocx",
    tags=["custody"],
    sync_to_thread=True,
    dependencies=ASKED,
    media_type=MEDIA_TYPE,
    responses=problems(403, 404, 422, 503),
)
def export_docx(request: CaseRequest, state: State, asked: WhatIsAsked, purpose: ExportPurpose = "") -> Response[bytes]:
    here: Installation = state.installation
    made = list_as_docx(here, request.user, asked, PurposeIn(purpose=purpose).purpose)
    return Response(made, media_type=MEDIA_TYPE, headers=_attached(f"保管链审查清单 {now():%Y%m%d}.docx"))


@get(
    "/cases/{number:str}/custody",
    summary="All exhibits of a case with the health of their chains and every gap",
    operation_id="judgeCase",
    tags=["custody"],
    sync_to_thread=True,
    responses=problems(403, 404),
)
def case_custody(request: CaseRequest, state: State, number: CaseNumber) -> CaseCustodyOut:
    return see_case_custody(state.installation, request.user, number)


def see_case_custody(here: Installation, by: Actor, number: str) -> CaseCustodyOut:
    """The chains of a case; they name its exhibits, so that they were read is recorded."""
    with here.database.reading() as tx:  # there may be thousands, so not while others' acts wait
        case = case_for(tx, by, number, Permission.SEE_CASE)
        shown = judge_case(tx, case, now(), with_reads=may(by, Permission.SEE_READS))
    with here.database.begin(by) as act:
        read(act, What.VIEW, purpose="查看全案保管链", case=case_for(act.tx, by, number, Permission.SEE_CASE))
    return shown


@get(
    "/cases/{number:str}/custody/statement",
    summary="保管链情况说明 (docx) of one exhibit or of all of a case; the export is recorded",
    operation_id="exportCustodyStatement",
    tags=["custody"],
    sync_to_thread=True,
    media_type=MEDIA_TYPE,
    responses=problems(403, 404, 422, 503),
)
def statement(
    request: CaseRequest,
    state: State,
    number: CaseNumber,
    exhibit: Annotated[str, QueryParameter(description="Number of the exhibit; empty for all")] = "",
    purpose: ExportPurpose = "",
) -> Response[bytes]:
    here: Installation = state.installation
    made = statement_of(here, request.user, number, exhibit, PurposeIn(purpose=purpose).purpose)
    return Response(made, media_type=MEDIA_TYPE, headers=_attached(f"保管链情况说明 {exhibit or number}.docx"))


@get(
    "/cases/{number:str}/exhibits/{exhibit:str}/reads",
    summary="Who read an exhibit, from where and why; that this was read is recorded too",
    operation_id="listReads",
    tags=["exhibits"],
    sync_to_thread=True,
    responses=problems(403, 404),
)
def list_reads(
    act: Acting,
    number: CaseNumber,
    exhibit: ExhibitNumber,
    what: Annotated[str, QueryParameter(description="view, download, verify, print, export or audit")] = "",
    person: Annotated[str, QueryParameter(description="Certificate of the person")] = "",
    before: Annotated[str, QueryParameter(description="`next` of the page before")] = "",
) -> ReadsOut:
    return see_reads(
        act, number, exhibit, ReadsAsked.model_validate({"what": what, "person": person, "before": before})
    )


def _attached(name: str) -> dict[str, str]:
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
