"""Labels: printed, and read by a scanner."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, QueryParameter
from pydantic import Field
from sqlmodel import Session

from casesvc.api.cases import CaseNumber
from casesvc.api.custody import Exhibits
from casesvc.api.described import problems
from casesvc.api.inputs import Given
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.labelling import look, print_labels
from casesvc.present_places import present_label, present_place, shelved
from casesvc.shown_places import LabelOut, ScannedOut
from evidence.act import Actor
from evidence.custody import CustodyStanding
from evidence.label import LabelFormat
from evidence.place import StoragePlace

Code = Annotated[str, QueryParameter(description="What the scanner read, or a number typed by hand", max_length=200)]


class LabelsIn(Given):
    """Which labels, on which paper, beginning at which label of the first sheet."""

    exhibits: Exhibits = Field(title="证据")
    format: LabelFormat = Field(LabelFormat.THERMAL_60_40, title="标签纸")
    start: int = Field(1, title="起始位置", ge=1, le=24)


@get(
    "/scan",
    summary="What a scanned code names",
    operation_id="scanCode",
    tags=["places"],
    sync_to_thread=True,
    responses=problems(403, 404, 422),
)
def scan_code(request: CaseRequest, tx: Looking, code: Code = "") -> ScannedOut:
    return present_scanned(tx, request.user, code)


@post(
    "/cases/{number:str}/labels",
    summary="Print labels (D14): their fields and what the codes say; each printing is recorded",
    operation_id="printLabels",
    tags=["places"],
    sync_to_thread=True,
    responses=problems(403, 404, 409, 422),
)
def labels(act: Acting, number: CaseNumber, data: JSONBody[LabelsIn]) -> list[LabelOut]:
    return [present_label(each) for each in print_labels(act, number, data.exhibits, data.format)]


def present_scanned(tx: Session, by: Actor, code: str) -> ScannedOut:
    found = look(tx, by, code)
    if isinstance(found, StoragePlace):
        place = present_place(tx, found)
        return ScannedOut(kind="place", place=place, url=f"/custody/places/{place.unit}/{place.code}")
    case, exhibit = found
    row = tx.get_one(CustodyStanding, exhibit.id)
    url = f"/cases/{case.number}/exhibits/{exhibit.number}"
    return ScannedOut(kind="exhibit", exhibit=shelved(case.number, exhibit, row), url=url)
