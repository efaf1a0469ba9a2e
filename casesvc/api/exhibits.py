"""Exhibits: samples registered, custody shown, originals read with a purpose."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from litestar import Controller, get, post
from litestar.datastructures import State
from litestar.params import FromPath, HeaderParameter, JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from pydantic import Field

from casesvc.access import READING_THE_RECORD
from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.inputs import Given, Moment, Paragraphs, Text
from casesvc.auth import CaseRequest
from casesvc.database import Acting
from casesvc.errors import NotAFile, PurposeMissing
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, exhibit_for, may
from casesvc.present import present_detail, present_exhibit, present_exhibits
from casesvc.ranges import part_of, send_part
from casesvc.scanning import purpose_of_taking, scan_again
from casesvc.shown import ExhibitDetailOut, ExhibitOut
from evidence.act import Act
from evidence.custody import rules_of
from evidence.custody_event import events_of
from evidence.exhibit import (
    Exhibit,
    Purpose,
    derivative_of,
    exhibit_by_number,
    original_of,
)
from evidence.intake import MediumFacts, SampleFacts, collect_sample
from evidence.moments import rfc3339
from evidence.record import What, read, reads_of
from evidence.register import Case
from evidence.standing import Standing, walk
from storage import StoredObject

ExhibitNumber = Annotated[str, PathParameter(description="Exhibit number, e.g. 4105022026O0001-0001")]
ReadPurpose = Annotated[str, QueryParameter(description="Why it is read; recorded with the person")]


class PurposeIn(Given):
    purpose: Text = Field("", title="用途", max_length=200)


class MediumIn(Given):
    """An original medium as it was found and sealed (D18)."""

    medium_type: Text = Field("", title="介质类型", max_length=60)
    brand: Text = Field("", title="品牌型号", max_length=100)
    device_serial: Text = Field("", title="序列号", max_length=100)
    capacity: Text = Field("", title="容量", max_length=40)
    power_state: Text = Field("", title="开关机状态", max_length=60)
    measures: Text = Field("", title="断网断电等措施", max_length=200)
    device_holder: Text = Field("", title="持有人", max_length=60)


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
    hazard: Text = Field("", title="保管要求", max_length=20, description="perishable, dangerous or nothing")
    taken_at: Moment | None = Field(None, title="提取时间", description="When it was taken, if before the recording")
    returned_at: Moment | None = Field(
        None, title="异地提取返回时间", description="When the officers were back from a remote scene"
    )
    medium: MediumIn | None = Field(None, title="原始存储介质", description="For an original medium: what D18 asks")


class ExhibitController(Controller):
    path = "/cases/{number:str}/exhibits"
    tags = ["exhibits"]  # noqa: RUF012 - Litestar reads it as a plain list

    @get(
        summary="Exhibits of a case",
        operation_id="listExhibits",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def list_exhibits(self, request: CaseRequest, state: State, number: CaseNumber) -> list[ExhibitOut]:
        here: Installation = state.installation
        with here.database.reading() as tx:  # there may be thousands, so not while others' acts wait
            case = case_for(tx, request.user, number, Permission.SEE_CASE)
            shown = present_exhibits(tx, case)
        with here.database.begin(request.user) as act:
            read(act, What.VIEW, purpose="证据目录", case=case)
        return shown

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
        return see_exhibit(act, number, exhibit, purpose="查看证据及保管链").detail

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
            case, row = exhibit_for(act.tx, act.by, number, exhibit, Permission.DOWNLOAD_ORIGINAL)
            file = original_of(act.tx, row)
            if file is None:
                raise NotAFile(exhibit)
            taken_for = purpose_of_taking(act, row, file, said.purpose)
            read(act, What.DOWNLOAD, purpose=taken_for, case=case, exhibit=row)
        stored = StoredObject(file.object_key, file.object_version, file.size)
        return send(here, stored, file.file_name, "application/octet-stream")

    @post(
        "/{exhibit:str}/scan",
        summary="Scan an original again, with signatures it was not scanned with before",
        description="The latest scan decides whether the original is quarantined. Nothing is scanned while the "
        "signatures are those of an earlier scan (409).",
        operation_id="scanAgain",
        sync_to_thread=True,
        status_code=200,
        responses=problems(403, 404, 409, 503),
    )
    def scan(self, request: CaseRequest, state: State, number: CaseNumber, exhibit: ExhibitNumber) -> ExhibitOut:
        here: Installation = state.installation
        scan_again(here, request.user, number, exhibit)
        with here.database.reading() as tx:
            case = case_for(tx, request.user, number, Permission.SEE_CASE)
            return present_exhibit(tx, case, exhibit_by_number(tx, case, exhibit))

    @get(
        "/{exhibit:str}/{copy:str}",
        summary="A derived copy (thumbnail, preview, poster, playback); its reading is recorded",
        description="A Range of one part is answered with 206, so that films can be sought in; each such request is "
        "recorded with the byte where it begins.",
        operation_id="getDerivedCopy",
        sync_to_thread=True,
        responses=problems(403, 404, 502, 503),
    )
    def derived(
        self,
        request: CaseRequest,
        state: State,
        number: CaseNumber,
        exhibit: ExhibitNumber,
        copy: FromPath[Purpose],
        asked: Annotated[str, HeaderParameter(name="Range", description="RFC 9110 §14")] = "",
    ) -> Stream:
        here: Installation = state.installation
        with here.database.begin(request.user) as act:
            case, row = exhibit_for(act.tx, act.by, number, exhibit, Permission.SEE_EXHIBIT)
            file = original_of(act.tx, row)
            derivative = derivative_of(act.tx, file, copy) if file and copy is not Purpose.EDITED else None
            if derivative is None:
                raise NotAFile(exhibit)
            # no answer names a validator, so that of an If-Range is not one of ours (RFC 9110 §13.1.5)
            part = None if "if-range" in request.headers else part_of(asked, derivative.size)
            where = f"（自第 {part[0]} 字节起）" if part and part[0] else ""
            read(act, What.VIEW, purpose=f"{copy.label}{where}", case=case, exhibit=row)
        stored = StoredObject(derivative.object_key, derivative.object_version, derivative.size)
        if part:
            answer = send_part(here, stored, part, derivative.media_type)
        else:
            answer = send(here, stored, "", derivative.media_type)
        # seen by the hundred; for the person of this session only, and gone from the browser with the logout
        answer.headers |= {"cache-control": "private, max-age=3600", "vary": "cookie", "accept-ranges": "bytes"}
        return answer


def enter_sample(act: Act, number: str, data: SampleIn) -> Exhibit:
    case = case_for(act.tx, act.by, number, Permission.COLLECT_EXHIBIT)
    returned = rfc3339(data.returned_at) if data.returned_at else ""
    facts = SampleFacts(
        **data.model_dump(exclude={"name", "taken_at", "returned_at", "medium"}), remote_returned_at=returned
    )
    medium = MediumFacts(**data.medium.model_dump()) if data.medium else None
    return collect_sample(act, case, facts, name=data.name, medium=medium, happened_at=data.taken_at)


@dataclass(frozen=True)
class Seen:
    """An exhibit that a person looked at, with how it stands."""

    case: Case
    exhibit: Exhibit
    standing: Standing
    detail: ExhibitDetailOut


def see_exhibit(act: Act, number: str, exhibit: str, *, purpose: str, with_reads: bool = True) -> Seen:
    """An exhibit as the person may see it; that he looked is recorded.

    Who else looked is shown to supervisors; that they were shown it is recorded as well.
    """
    case, row = exhibit_for(act.tx, act.by, number, exhibit, Permission.SEE_EXHIBIT)
    shown = with_reads and may(act.by, Permission.SEE_READS)
    events = events_of(act.tx, row)
    standing = walk(events, row.kind, rules_of(case))
    detail = present_detail(act.tx, case, row, events, standing, reads_of(act.tx, row) if shown else [])
    read(act, What.VIEW, purpose=purpose, case=case, exhibit=row)
    if shown:
        read(act, What.AUDIT, purpose=READING_THE_RECORD, case=case, exhibit=row)
    return Seen(case, row, standing, detail)


def send(here: Installation, stored: StoredObject, file_name: str, media_type: str) -> Stream:
    """Stream stored bytes; never shown inline by a browser under a type the sender chose."""
    headers = {"content-length": str(stored.size), "x-content-type-options": "nosniff"}
    if file_name:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(file_name)}"
    return Stream(here.store.read(stored.key, stored.version), media_type=media_type, headers=headers)
