"""The catalogue of forms and the documents of a case."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from pydantic import BaseModel, Field

import templates
from casesvc.acts import issue
from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.exhibits import send
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.present import present_document, present_form
from casesvc.shown import DocumentOut, FormOut
from evidence.act import Act
from evidence.record import What, read
from evidence.register import Unit
from storage import StoredObject
from workflows.documents import MEDIA_TYPE, Registered, document_by_number, documents_of
from workflows.drafts import draft
from workflows.source import Source

About = Annotated[str, QueryParameter(description="What it is about: a handover (D61), an exhibit (D17, D18)")]


class IssueIn(BaseModel):
    form: str = Field(description="Form of the catalogue, e.g. D31")
    fields: dict[str, Any] = Field(description="The form's fields; the number is given by the register")


class DraftOut(BaseModel):
    form: FormOut
    fields: dict[str, Any] = Field(description="What the record fills in; the rest is for the person who issues")
    fields_schema: dict[str, Any] = Field(description="JSON Schema of all fields")


class DocumentController(Controller):
    path = "/cases/{number:str}/documents"
    tags = ["documents"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Documents of a case, with numbers taken and not yet used",
        operation_id="listDocuments",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def list_documents(self, request: CaseRequest, tx: Looking, number: CaseNumber) -> list[DocumentOut]:
        case = case_for(tx, request.user, number, Permission.SEE_CASE)
        return [present_document(tx, row) for row in documents_of(tx, case)]

    @get(
        "/drafts/{form:str}",
        summary="The fields of a form as far as the record fills them",
        operation_id="draftDocument",
        sync_to_thread=True,
        responses=problems(403, 404, 409),
    )
    def draft(self, act: Acting, number: CaseNumber, form: FromPath[str], about: About = "") -> DraftOut:
        schema = templates.fields_of(form).model_json_schema()
        return DraftOut(
            form=present_form(templates.form(form)),
            fields=draft_fields(act, number, form, about),
            fields_schema=schema,
        )

    @post(
        summary="Issue a document",
        operation_id="issueDocument",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422, 503),
    )
    def issue(self, request: CaseRequest, state: State, number: CaseNumber, data: JSONBody[IssueIn]) -> DocumentOut:
        here: Installation = state.installation
        issued = issue(here, request.user, number, data.form, data.fields)
        with here.database.reading() as tx:
            return present_document(tx, Registered(issued.number, issued.document))

    @get(
        "/{document:str}/file",
        summary="The Word file as issued, byte for byte; its reading is recorded",
        operation_id="downloadDocument",
        sync_to_thread=True,
        media_type=MEDIA_TYPE,
        responses=problems(403, 404, 502, 503),
    )
    def file(self, request: CaseRequest, state: State, number: CaseNumber, document: FromPath[str]) -> Stream:
        here: Installation = state.installation
        with here.database.begin(request.user) as act:
            case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
            registered, row = document_by_number(act.tx, case, document)
            read(act, What.DOWNLOAD, purpose=f"下载文书 {registered.number}", case=case)
        name = f"{templates.form(registered.form).name_zh} {registered.number}.docx"
        return send(here, StoredObject(row.object_key, row.object_version, row.size), name, MEDIA_TYPE)


@get(
    "/forms",
    summary="The catalogue of standard documents",
    operation_id="listForms",
    tags=["documents"],
    sync_to_thread=False,
    responses=problems(),
)
def list_forms() -> list[FormOut]:
    return [present_form(form) for form in templates.catalogue()]


def draft_fields(act: Act, number: str, form: str, about: str = "") -> dict[str, Any]:
    """What the record fills in of what the document is ``about``; it shows exhibits: that it was read is recorded."""
    case = case_for(act.tx, act.by, number, Permission.ISSUE_DOCUMENT)
    drafted = draft(Source(act.tx, case, act.tx.get_one(Unit, case.unit_id), act.by, act.at, about), form)
    read(act, What.VIEW, purpose=f"起草文书 {form}", case=case)
    return drafted
