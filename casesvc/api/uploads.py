"""Files taken in: piece by piece by the tus protocol 1.0.0 (tus.io), or each in one request."""

from collections.abc import Iterator
from email.utils import format_datetime
from typing import Annotated, Any

from litestar import Controller, Response, delete, get, head, patch, post, put, route
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException
from litestar.params import FromQuery, HeaderParameter, PathParameter, QueryParameter

from casesvc.acts import now, upload
from casesvc.api.announced import FileIn, announced
from casesvc.api.cases import CaseNumber
from casesvc.api.described import problems
from casesvc.api.tus import (
    EXTENSIONS,
    PIECE,
    TUS,
    check_version,
    checksum_of,
    declared_sha256,
    metadata_of,
    whole_number,
)
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.errors import DigestMissing, WrongContentType
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for
from casesvc.present import present_sending, present_uploaded
from casesvc.sendings import announce, announce_and_take, expires_at, go_on, own_sending, stop
from casesvc.shown import SendingOut, UploadedOut
from casesvc.streams import consume
from casesvc.taking import CHECKSUMS
from evidence.act import Actor
from evidence.exhibit import Kind
from evidence.sending import LARGEST_FILE, PART_SIZE, End, Sending, check_under_way, sendings_of

NAME = "^[A-Za-z0-9-]{8,64}$"

UploadName = Annotated[str, PathParameter(description="The sender's own name of this one sending", pattern=NAME)]


@route(
    ["/uploads", "/uploads/{name:str}"], http_method="OPTIONS", opt={"exclude_from_auth": True}, include_in_schema=False
)
async def upload_capabilities() -> Response[None]:
    """What of the protocol is spoken; registered before the controller, or Litestar answers OPTIONS itself."""
    headers = {
        "Tus-Version": TUS,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(LARGEST_FILE),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(None, status_code=204, headers=headers)


class UploadController(Controller):
    """tus 1.0.0; requests other than OPTIONS, GET and PUT carry ``Tus-Resumable: 1.0.0``."""

    path = "/uploads"
    tags = ["uploads"]  # noqa: RUF012 - Litestar reads it as a plain list

    @post(
        summary="Announce a file (tus creation); its first piece may come with it",
        description="`Upload-Metadata` (base64): `case` and `filename`; optional `kind`, `name`, `category`, `place`, "
        "`taken_by`, `witness`, `source`, `path`, `sha256` (hex) and `sending`, a name of the sender's own by which an "
        "upload that was announced before is found again. `Location` is where to go on.",
        operation_id="announceUpload",
        request_max_body_size=None,
        responses=problems(403, 404, 409, 410, 412, 413, 422, 503, 507),
    )
    async def announce(self, request: CaseRequest, state: State) -> Response[None]:
        check_version(request)
        here: Installation = state.installation
        by: Actor = request.user
        length = whole_number(request, "Upload-Length")
        metadata = metadata_of(request.headers.get("upload-metadata", ""))
        checksum = checksum_of(request)
        with_piece = request.headers.get("content-type", "").partition(";")[0].strip() == PIECE

        def take(blocks: Iterator[bytes]) -> Sending:
            case, said = announced(metadata, length)
            if with_piece:
                sending = announce_and_take(here, by, case, said, blocks, checksum=checksum)
            else:
                sending = announce(here, by, case, said)
            if sending.end is not End.SEALED:
                check_under_way(sending)
            return sending

        sending = await consume(request.stream(), take, person=by.id, whole=small(request))
        if sending.end is End.SEALED:
            state.jobs.wake()
        headers = {"Location": f"/api/v1/uploads/{sending.name}", **progress(here, sending)}
        return Response(None, status_code=201, headers=headers)

    @head("/{name:str}", sync_to_thread=True, include_in_schema=False)
    def offset(self, request: CaseRequest, state: State, name: UploadName) -> Response[None]:
        check_version(request)
        sending = own_sending(state.installation, request.user, name)
        if sending.end is not End.SEALED:
            check_under_way(sending)
        headers = {"Upload-Length": str(sending.length), **progress(state.installation, sending)}
        return Response(None, status_code=200, headers=headers)

    @patch(
        "/{name:str}",
        summary="Send a piece of a file, beginning at Upload-Offset",
        description="The last piece makes the file an exhibit before it is answered. `Repr-Digest: sha-256=:…:` (RFC "
        "9530) may say now what the whole file should hash to; a difference refuses the file.",
        operation_id="sendPiece",
        status_code=204,
        request_max_body_size=None,
        responses=problems(403, 404, 409, 410, 412, 413, 415, 422, 460, 503, 507),
    )
    async def piece(self, request: CaseRequest, state: State, name: UploadName) -> Response[None]:
        return await take_piece(request, state, name)

    @post(
        "/{name:str}",
        summary="The same by POST where a network lets no other method through (X-HTTP-Method-Override)",
        operation_id="overrideMethod",
        status_code=204,
        request_max_body_size=None,
        responses=problems(403, 404, 409, 410, 412, 413, 415, 422, 460, 503, 507),
    )
    async def overridden(self, request: CaseRequest, state: State, name: UploadName) -> Response[None]:
        check_version(request)
        method = request.headers.get("x-http-method-override", "").upper()
        if method == "PATCH":
            return await take_piece(request, state, name)
        if method != "DELETE":
            raise MethodNotAllowedException
        await sync_to_thread(stop, state.installation, request.user, name)
        return Response(None, status_code=204)

    @delete(
        "/{name:str}",
        summary="Give up an upload that is not finished; its parts are removed",
        operation_id="stopUpload",
        status_code=204,
        sync_to_thread=True,
        responses=problems(403, 404, 410, 412),
    )
    def give_up(self, request: CaseRequest, state: State, name: UploadName) -> None:
        check_version(request)
        stop(state.installation, request.user, name)

    @get(
        "/{name:str}",
        summary="How an upload stands, and the receipt of what it became",
        operation_id="getUpload",
        sync_to_thread=True,
        responses=problems(403, 404),
    )
    def standing(self, request: CaseRequest, state: State, name: UploadName) -> SendingOut:
        here: Installation = state.installation
        sending = own_sending(here, request.user, name)
        with here.database.reading() as tx:
            return present_sending(tx, sending, expires_at(here, sending), now())

    @put(
        "/{name:str}",
        summary="Upload one file in one request: the body is its bytes",
        description="`Content-Digest: sha-256=:…:` (RFC 9530) is required; bytes that differ are refused with 422 and "
        "not kept. The name is the sender's own for this one sending: sent again under it because the answer did not "
        "arrive, it is answered with the exhibit that it became.",
        operation_id="putFile",
        status_code=201,
        request_max_body_size=None,
        responses=problems(403, 404, 409, 422, 503, 507),
    )
    async def whole(
        self,
        request: CaseRequest,
        state: State,
        name: UploadName,
        case: Annotated[str, QueryParameter(description="Number of the case")],
        file_name: Annotated[str, QueryParameter(description="Name of the file as received")],
        kind: FromQuery[Kind],
        title: Annotated[str, QueryParameter(description="Title, up to 200; the file name where empty")] = "",
        category: Annotated[str, QueryParameter(description="方位, 概貌, 重点部位 or 细目")] = "",
        place: Annotated[str, QueryParameter(description="Where it was taken, up to 200")] = "",
        taken_by: Annotated[str, QueryParameter(description="Who took it, up to 60")] = "",
        witness: Annotated[str, QueryParameter(description="Witness of the collection, up to 60")] = "",
        source: Annotated[str, QueryParameter(description="Device or card it comes from, up to 100")] = "",
        path: Annotated[str, QueryParameter(description="Where on the card it was, up to 500")] = "",
        content_digest: Annotated[str | None, HeaderParameter(name="Content-Digest")] = None,
    ) -> UploadedOut:
        here: Installation = state.installation
        by: Actor = request.user
        declared = declared_sha256(content_digest)
        if declared is None:
            raise DigestMissing(file_name[:60])
        said = FileIn(
            name=title, category=category, place=place, taken_by=taken_by, witness=witness, source=source, path=path
        )

        def take(blocks: Iterator[bytes]) -> UploadedOut:
            exhibit = upload(
                here,
                by,
                case,
                blocks,
                file_name=file_name,
                kind=kind,
                name=said.name,
                declared_sha256=declared,
                sending=name,
                facts=said.model_dump(exclude={"name"}),
            )
            with here.database.reading() as tx:
                return present_uploaded(tx, exhibit)

        receipt = await consume(request.stream(), take, person=by.id, whole=small(request))
        state.jobs.wake()
        return receipt


@get(
    "/cases/{number:str}/uploads",
    tags=["uploads"],
    summary="Uploads of a case that became no exhibit: under way, stopped, refused, expired",
    operation_id="listUploads",
    sync_to_thread=True,
    responses=problems(403, 404),
)
def list_uploads(request: CaseRequest, state: State, tx: Looking, number: CaseNumber) -> list[SendingOut]:
    case = case_for(tx, request.user, number, Permission.SEE_CASE)
    here: Installation = state.installation
    return [present_sending(tx, sending, expires_at(here, sending), now()) for sending in sendings_of(tx, case)]


async def take_piece(request: CaseRequest, state: State, name: str) -> Response[None]:
    """Take in the piece of a file that a request carries."""
    check_version(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != PIECE:
        raise WrongContentType(PIECE)
    here: Installation = state.installation
    by: Actor = request.user
    offset = whole_number(request, "Upload-Offset")
    size = whole_number(request, "Content-Length") if "content-length" in request.headers else None
    checksum = checksum_of(request)
    declared = declared_sha256(request.headers.get("repr-digest"))

    def take(blocks: Iterator[bytes]) -> Sending:
        return go_on(here, by, name, offset, blocks, size=size, checksum=checksum, declared_sha256=declared)

    sending = await consume(request.stream(), take, person=by.id, whole=small(request))
    if sending.end is End.SEALED:
        state.jobs.wake()
    return Response(None, status_code=204, headers=progress(here, sending))


def small(request: CaseRequest) -> int:
    """Bytes of a body that is no longer than a part, and is gathered before it is taken in anyway; 0 of others."""
    size = request.content_length or 0
    return size if size <= PART_SIZE else 0


def progress(here: Installation, sending: Sending) -> dict[str, Any]:
    headers = {"Upload-Offset": str(sending.length if sending.end is End.SEALED else sending.offset)}
    if expires := expires_at(here, sending):
        headers["Upload-Expires"] = format_datetime(expires, usegmt=True)
    return headers
