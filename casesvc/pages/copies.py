"""The page on which a photograph is turned, cropped, annotated and redacted; the original is not touched."""

from typing import Annotated, Any

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from litestar.response import Template
from sqlmodel import Session

from casesvc.auth import CaseRequest
from casesvc.errors import NotAFile
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, may
from casesvc.present import present_case, present_exhibit
from evidence.act import Actor
from evidence.editing import can_be_edited, chinese_font, edited_copy
from evidence.exhibit import Exhibit, Purpose, derivative_of, exhibit_by_number, original_of, reading_of
from evidence.record import What, read
from evidence.register import Case

TOOLS = (
    ("move", "选择", "pointer"),
    ("redact", "遮盖", "eye-off"),
    ("arrow", "箭头", "arrow-up-right"),
    ("marker", "序号", "circle-number-1"),
    ("text", "文字", "letter-t"),
    ("frame", "方框", "rectangle"),
    ("ellipse", "圈注", "oval"),
    ("crop", "裁剪", "crop"),
)
COLOURS = (("red", "红"), ("yellow", "黄"), ("blue", "蓝"), ("green", "绿"), ("white", "白"), ("black", "黑"))


def edits(tx: Session, by: Actor, case: Case, exhibit: Exhibit) -> bool:
    """Whether ``by`` can make edited copies of this exhibit here."""
    file = original_of(tx, exhibit)
    if file is None or not may(by, Permission.MAKE_COPY) or case.unit_id != by.unit_id:
        return False
    return derivative_of(tx, file, Purpose.PREVIEW) is not None and can_be_edited(reading_of(tx, file))


@get("/cases/{number:str}/exhibits/{exhibit:str}/edit", include_in_schema=False, sync_to_thread=True)
def edit_photo(
    request: CaseRequest,
    state: State,
    number: FromPath[str],
    exhibit: FromPath[str],
    start: Annotated[int | None, QueryParameter(name="copy")] = None,
) -> Template:
    """The editor over the preview; with ``copy``, it begins with the operations of that copy."""
    here: Installation = state.installation
    by = request.user
    font = chinese_font()  # asks a program, so not while others' acts wait
    with here.database.reading() as tx:
        case = case_for(tx, by, number, Permission.MAKE_COPY)
        row = exhibit_by_number(tx, case, exhibit)
        file = original_of(tx, row)
        reading = reading_of(tx, file) if file else None
        if file is None or reading is None or not edits(tx, by, case, row):
            raise NotAFile(exhibit)
        context: dict[str, Any] = {
            "by": by,
            "case": present_case(tx, case),
            "exhibit": present_exhibit(tx, case, row),
            "sides": (reading.facts["width"], reading.facts["height"]),
            "operations": [],
            "title": "",
            "tools": TOOLS,
            "colours": COLOURS,
            "font": font is not None,
        }
        if start is not None:
            begun = edited_copy(tx, row, file, start)
            context |= {"operations": begun.row.parameters.get("operations", []), "title": begun.title}
    with here.database.begin(by) as act:
        read(act, What.VIEW, purpose="制作标注副本", case=case, exhibit=row)
    return Template("edit_photo.html", context=context)
