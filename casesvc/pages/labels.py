"""Labels of exhibits: chosen on a form, and the page that a browser prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from markupsafe import Markup

from casesvc.api.labels import LabelsIn
from casesvc.auth import CaseRequest
from casesvc.barcodes import code128, qr
from casesvc.database import Acting, Looking
from casesvc.labelling import print_labels
from casesvc.pages.forms import Form, filled
from casesvc.permissions import Permission, case_for
from casesvc.present import present_case
from casesvc.present_places import hazard_label
from evidence.custody import standings_of
from evidence.custody_event import EventType, chains_of
from evidence.exhibit import exhibits_of
from evidence.label import Label, LabelFormat, PlaceLabel

Chosen = Annotated[str, QueryParameter(description="Exhibit numbers, joined by commas")]


@dataclass(frozen=True)
class Drawn:
    """A label with its codes as pictures; none: a place of the first sheet that is used already."""

    label: Label | PlaceLabel
    qr: Markup
    bars: Markup
    hazard: str = ""


@get("/cases/{number:str}/labels", include_in_schema=False, sync_to_thread=True)
def labels_form(request: CaseRequest, tx: Looking, number: FromPath[str], exhibits: Chosen = "") -> Template:
    case = case_for(tx, request.user, number, Permission.PRINT_LABEL)
    chosen = set(exhibits.split(",")) if exhibits else set()
    chains = chains_of(tx, case)
    rows = standings_of(tx, case)
    printed = {id_: len([each for each in chain if each.type is EventType.LABELLED]) for id_, chain in chains.items()}
    context = {
        "by": request.user,
        "case": present_case(tx, case),
        "exhibits": [
            (exhibit, rows.get(exhibit.id), printed.get(exhibit.id, 0))
            for exhibit in exhibits_of(tx, case)
            if exhibit.kind.tangible or exhibit.number in chosen
        ],
        "chosen": chosen,
        "formats": list(LabelFormat),
        "on_sheet": LabelFormat.SHEET_70_37.on_sheet,
    }
    return Template("labels_choose.html", context=context)


@post("/cases/{number:str}/labels", include_in_schema=False, sync_to_thread=True)
def labels_page(act: Acting, number: FromPath[str], data: Form) -> Template:
    given = filled(LabelsIn, data, {}, exhibits=several(data, "exhibit"))
    labels = print_labels(act, number, given.exhibits, given.format)
    back = f"/cases/{number}/labels"
    context = {"format": given.format, "pages": sheets(labels, given), "of_places": False, "back": back}
    return Template("labels.html", context=context)


def sheets(labels: Sequence[Label] | Sequence[PlaceLabel], given: LabelsIn) -> list[list[Drawn | None]]:
    """The labels page by page; on a sheet of which some are used, the first ones stay empty."""
    on_sheet = given.format.on_sheet
    empty = given.start - 1 if on_sheet > 1 else 0
    drawn: list[Drawn | None] = [None] * empty + [_drawn(label) for label in labels]
    return [drawn[at : at + on_sheet] for at in range(0, len(drawn), on_sheet)]


def _drawn(label: Label | PlaceLabel) -> Drawn:
    hazard = hazard_label(label.hazard) if isinstance(label, Label) else ""
    return Drawn(label, qr(label.code), code128(label.code), hazard)


def several(data: Mapping[str, Any], name: str) -> list[str]:
    """The values of boxes of one name; a form sends one of them as a string."""
    value = data.get(name, [])
    return [str(each) for each in (value if isinstance(value, list) else [value])]
