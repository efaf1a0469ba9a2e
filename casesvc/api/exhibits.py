"""Exhibits: files streamed in, samples registered, custody shown, originals read with a purpose."""

import base64
import binascii
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from pydantic import BaseModel, Field

from casesvc.acts import Uploaded, upload
from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting
from casesvc.errors import InputRefused, NotAFile, PurposeMissing
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, may
from casesvc.present import present_detail, present_exhibit, present_exhibits, present_file
from casesvc.shown import ExhibitDetailOut, ExhibitOut, FileOut
from casesvc.streams import consume
from evidence.act import Act, Actor
from evidence.custody import hand_in
from evidence.exhibit import (
    Exhibit,
    Kind,
    Purpose,
    derivative_of,
    exhibit_by_number,
    original_of,
)
from evidence.intake import SampleFacts, collect_sample
from evidence.record import What, read, reads_of
from storage import StoredObject

ExhibitNumber = Annotated[str, PathParameter(description="Exhibit number, e.g. 4105022026O0001-0001")]
ReadPurpose = Annotated[str, QueryParameter(description="Why it is read; recorded with the person")]


class UploadedOut(BaseModel):
    """The receipt of one file."""

    exhibit: ExhibitOut
    file: FileOut
    twins: list[str] = Field(description="Earlier exhibits of the case with the same bytes: flagged, never dropped")


class FileIn(Given):
    """What is said of a file; all of it may be left out."""

    name: Text = Field("", title="名称", max_length=200)
    category: Text = Field("", title="照片类别", max_length=20)
    place: Text = Field("", title="提取地点", max_length=200)
    witness: Text = Field("", title="见证人", max_length=60)


class PurposeIn(Given):
    purpose: Text = Field("", title="用途", max_length=200)


class SampleIn(Given):
    """A physical sample (火灾事故调查规定 art. 21; XF 839 §4.7); quantities with their unit."""

    name: Text = Field("", title="名称", max_length=200)
    quantity: Text = Field("", title="数量", max_length=100)
    features: Paragraphs = Field("", title="规格特征", max_length=500)
    position: Paragraphs = Field(
        "", title="提取部位", max_length=500, description="Where it was taken, with measured distances"
    )
    method: Text = Field("", title="提取方法", max_length=200)
    packing: Text = Field("", title="包装方式", max_length=200)
    second_officer: Text = Field("", title="第二提取人", max_length=40)
    witness: Text = Field("", title="见证人", max_length=60)
    no_witness_reason: Text = Field("", title="无见证人的原因", max_length=300)
    photo: Text = Field("", title="照片号", max_length=100)
    remark: Text = Field("", title="备注", max_length=300)
    seal: Text = Field(
        "", title="封条号", max_length=60, description="Seal number; its sealing becomes an event of its own"
    )
    taken_at: Moment | None = Field(None, title="提取时间", description="When it was taken, if before the recording")


class HandInIn(Given):
    place: Text = Field("", title="保管场所", max_length=200, description="Place of keeping: room, cabinet, shelf")
    remark: Text = Field("", title="备注", max_length=300)


class ExhibitController(Controller):
    path = "/cases/{number:str}/exhibits"
    tags = ["exhibits"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Exhibits of a case",
        operation_id="listExhibits",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def list_exhibits(self, act: Acting, number: CaseNumber) -> list[ExhibitOut]:
        case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
        read(act, What.VIEW, purpose="证据目录", case=case)
        return present_exhibits(act.tx, case)

    @post(
        "/files",
        summary="Upload one file as an exhibit: the body is its bytes",
        description="Streamed once while both digests are taken. A declared SHA-256 (Content-Digest, RFC 9530) that "
        "differs refuses the file with 422 and nothing is kept. Sent again under the same Idempotency-Key because the "
        "answer did not arrive, it is answered with the exhibit that it became.",
        operation_id="uploadFile",
        request_max_body_size=None,
        responses=problems(403, 404, 422, 503),
    )
    async def upload_file(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        file_name: Annotated[str, QueryParameter(description="Name of the file as received")],
        kind: FromQuery[Kind],
        name: Annotated[str, QueryParameter(description="Title, up to 200; the file name where empty")] = "",
        category: Annotated[str, QueryParameter(description="方位, 概貌, 重点部位 or 细目")] = "",
        place: Annotated[str, QueryParameter(description="Where it was taken, up to 200")] = "",
        witness: Annotated[str, QueryParameter(description="Witness of the collection, up to 60")] = "",
        content_digest: Annotated[str | None, HeaderParameter(name="Content-Digest")] = None,
        idempotency_key: Annotated[
            str | None, HeaderParameter(name="Idempotency-Key", pattern="^[A-Za-z0-9-]{8,64}$")
        ] = None,
    ) -> UploadedOut:
        here: Installation = state.installation
        by: Actor = request.user
        declared = declared_sha256(content_digest)
        said = FileIn(name=name, category=category, place=place, witness=witness)

        def take(blocks: Iterator[bytes]) -> UploadedOut:
            taken = upload(
                here,
                by,
                number,
                blocks,
                file_name=file_name,
                kind=kind,
                name=said.name,
                declared_sha256=declared,
                sending=idempotency_key,
                facts=said.model_dump(exclude={"name"}),
            )
            return _receipt(here, by, number, taken)

        receipt = await consume(request.stream(), take, person=by.id)
        state.jobs.wake()
        return receipt

    @post(
        "/samples",
        summary="Register a physical sample",
        operation_id="registerSample",
        sync_to_thread=True,
        responses=problems(403, 404, 422),
    )
    def register_sample(self, act: Acting, number: CaseNumber, data: JSONBody[SampleIn]) -> ExhibitOut:
        case = case_for(act.tx, act.by, number, Permission.COLLECT_EXHIBIT)
        return present_exhibit(act.tx, case, enter_sample(act, number, data))

    @get(
        "/{exhibit:str}",
        summary="An exhibit with its custody chain and what was read from it",
        operation_id="getExhibit",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def exhibit(self, act: Acting, number: CaseNumber, exhibit: ExhibitNumber) -> ExhibitDetailOut:
        return see_exhibit(act, number, exhibit, purpose="查看证据及保管链")

    @post(
        "/{exhibit:str}/hand-in",
        summary="The custodian takes an exhibit into keeping",
        operation_id="handIn",
        sync_to_thread=True,
        responses=problems(403, 404, 409, 422),
    )
    def hand_in(
        self, act: Acting, number: CaseNumber, exhibit: ExhibitNumber, data: JSONBody[HandInIn]
    ) -> ExhibitDetailOut:
        keep_exhibit(act, number, exhibit, data)
        case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
        return present_detail(act.tx, case, exhibit_by_number(act.tx, case, exhibit), [])

    @get(
        "/{exhibit:str}/original",
        summary="Download an original; the purpose is recorded",
        operation_id="downloadOriginal",
        sync_to_thread=True,
        media_type="application/octet-stream",
        responses=problems(403, 404, 422, 502, 503),
    )
    def original(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        exhibit: ExhibitNumber,
        purpose: ReadPurpose = "",
    ) -> Stream:
        here: Installation = state.installation
        said = PurposeIn(purpose=purpose)
        if not said.purpose:
            raise PurposeMissing(exhibit)
        with here.database.begin(request.user) as act:
            case = case_for(act.tx, act.by, number, Permission.DOWNLOAD_ORIGINAL)
            row = exhibit_by_number(act.tx, case, exhibit)
            file = original_of(act.tx, row)
            if file is None:
                raise NotAFile(exhibit)
            read(act, What.DOWNLOAD, purpose=said.purpose, case=case, exhibit=row)
        stored = StoredObject(file.object_key, file.object_version, file.size)
        return send(here, stored, file.file_name, "application/octet-stream")

    @get(
        "/{exhibit:str}/{copy:str}",
        summary="A derived copy (thumbnail, preview); its reading is recorded",
        operation_id="getDerivedCopy",
        sync_to_thread=True,
        media_type="image/jpeg",
        responses=problems(403, 404, 502, 503),
    )
    def derived(
        self, request: CaseRequest, state: State, number: CaseNumber, exhibit: ExhibitNumber, copy: FromPath[Purpose]
    ) -> Stream:
        here: Installation = state.installation
        with here.database.begin(request.user) as act:
            case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
            row = exhibit_by_number(act.tx, case, exhibit)
            file = original_of(act.tx, row)
            derivative = derivative_of(act.tx, file, copy) if file else None
            if derivative is None:
                raise NotAFile(exhibit)
            read(act, What.VIEW, purpose=copy.label, case=case, exhibit=row)
        stored = StoredObject(derivative.object_key, derivative.object_version, derivative.size)
        answer = send(here, stored, "", derivative.media_type)
        # seen by the hundred; for the person of this session only, and gone from the browser with the logout
        answer.headers |= {"cache-control": "private, max-age=3600", "vary": "cookie"}
        return answer


def enter_sample(act: Act, number: str, data: SampleIn) -> Exhibit:
    case = case_for(act.tx, act.by, number, Permission.COLLECT_EXHIBIT)
    facts = SampleFacts(**data.model_dump(exclude={"name", "taken_at"}))
    return collect_sample(act, case, facts, name=data.name, happened_at=data.taken_at)


def keep_exhibit(act: Act, number: str, exhibit: str, data: HandInIn) -> None:
    case = case_for(act.tx, act.by, number, Permission.KEEP_EXHIBIT)
    hand_in(act, case, exhibit_by_number(act.tx, case, exhibit), place=data.place, remark=data.remark)


def see_exhibit(act: Act, number: str, exhibit: str, *, purpose: str) -> ExhibitDetailOut:
    """An exhibit as the person may see it; that he looked is recorded, and seeing who looked is a supervisor's."""
    case = case_for(act.tx, act.by, number, Permission.SEE_CASE)
    row = exhibit_by_number(act.tx, case, exhibit)
    reads = reads_of(act.tx, row) if may(act.by, Permission.SEE_READS) else []
    detail = present_detail(act.tx, case, row, reads)
    read(act, What.VIEW, purpose=purpose, case=case, exhibit=row)
    return detail


def declared_sha256(content_digest: str | None) -> str | None:
    """The SHA-256 of a Content-Digest field (RFC 9530) in hex; other algorithms are passed over."""
    for member in (content_digest or "").split(","):
        algorithm, _, value = member.strip().partition("=")
        if algorithm != "sha-256":
            continue
        try:
            digest = base64.b64decode(value.strip().strip(":"), validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != 32:
            raise InputRefused("Content-Digest 中的 sha-256 不是 32 字节的 Base64 值，请检查客户端。")
        return digest.hex()
    return None


def send(here: Installation, stored: StoredObject, file_name: str, media_type: str) -> Stream:
    """Stream stored bytes; never shown inline by a browser under a type the sender chose."""
    headers = {"content-length": str(stored.size), "x-content-type-options": "nosniff"}
    if file_name:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    return Stream(here.store.read(stored.key, stored.version), media_type=media_type, headers=headers)


def _receipt(here: Installation, by: Actor, number: str, taken: Uploaded) -> UploadedOut:
    with here.database.reading() as tx:
        case = case_for(tx, by, number, Permission.SEE_CASE)
        return UploadedOut(
            exhibit=present_exhibit(tx, case, taken.exhibit),
            file=present_file(taken.original),
            twins=[twin.number for twin in taken.twins],
        )
