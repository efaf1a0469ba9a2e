"""Families of exhibits: dividing a sample, and saying which files were copied or extracted from a medium."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import Session, col, select

from casesvc.api.custody import DeriveIn, PortionIn, SplitIn, enter_derivation, enter_split
from casesvc.auth import CaseRequest
from casesvc.database import Acting
from casesvc.pages.facts import FACTS
from casesvc.pages.forms import Form, beijing_or_none, filled, go, numbers_in, several
from casesvc.permissions import exhibit_to_record
from casesvc.present import present_case
from evidence.custody import rules_of, standing_of
from evidence.custody_event import EventType
from evidence.exhibit import Exhibit, Kind, Original
from evidence.family import COPIED, EXTRACTED, Kinship, Relation
from evidence.quantity import Quantity
from evidence.record import What, read
from evidence.register import Case

ROWS = 12
"""Portions that the form of a split has lines for."""
FILES = 200
"""Files that the form offers, the latest first; others are named by their numbers."""
LABELS = {
    **FACTS,
    "portions": "分样",
    "remainder": "剩余数量",
    "before": "实测数量",
    "reason": "分样原因",
    "second_officer": "第二办理人",
    "happened_at": "实际发生时间",
    "breach_reason": "不符合规定的情况说明",
    "children": "提取或复制得到的文件",
    "relation": "关系",
}


@get("/cases/{number:str}/exhibits/{exhibit:str}/split", include_in_schema=False, sync_to_thread=True)
def split_form(act: Acting, number: FromPath[str], exhibit: FromPath[str]) -> Template:
    case, row = exhibit_to_record(act.tx, act.by, number, exhibit, EventType.DERIVED)
    standing = standing_of(act.tx, case, row)
    known = Quantity.of(standing.quantity)
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "exhibit": row,
        "standing": standing,
        "measured": known is None or known.about,
        "unit": known.unit if known else "",
        "rows": ROWS,
        "opened_first": rules_of(case).duties["opened_first"],
    }
    read(act, What.VIEW, purpose="办理分样", case=case, exhibit=row)
    return Template("split.html", context=context)


@post("/cases/{number:str}/exhibits/{exhibit:str}/split", include_in_schema=False, sync_to_thread=True)
def divide(
    request: CaseRequest, act: Acting, number: FromPath[str], exhibit: FromPath[str], data: Form
) -> Response[Any]:
    lines = [(str(data.get(f"name:{row}", "")), str(data.get(f"quantity:{row}", ""))) for row in range(1, ROWS + 1)]
    given = filled(
        SplitIn,
        data,
        LABELS,
        exhibit=exhibit,
        portions=[PortionIn(name=name, quantity=quantity) for name, quantity in lines if name or quantity],
        photos=numbers_in(number, data, "photos"),
        happened_at=beijing_or_none(data, "happened_at", LABELS["happened_at"]),
    )
    enter_split(act, number, given)
    return go(request, f"/cases/{number}/exhibits/{exhibit}#family")


@get("/cases/{number:str}/exhibits/{exhibit:str}/derive", include_in_schema=False, sync_to_thread=True)
def derive_form(act: Acting, number: FromPath[str], exhibit: FromPath[str]) -> Template:
    case, row = exhibit_to_record(act.tx, act.by, number, exhibit, EventType.DERIVED)
    context = {
        "by": act.by,
        "case": present_case(act.tx, case),
        "exhibit": row,
        "standing": standing_of(act.tx, case, row),
        "files": files_without_parent(act.tx, case, row),
        "extracted": EXTRACTED,
        "copied": {fact: label for fact, label in COPIED.items() if fact not in EXTRACTED},
        "opened_first": rules_of(case).duties["opened_first"],
    }
    read(act, What.VIEW, purpose="登记提取或复制的文件", case=case, exhibit=row)
    return Template("derive.html", context=context)


def files_without_parent(tx: Session, case: Case, parent: Exhibit) -> list[Exhibit]:
    """File exhibits of a case that came of no other yet, films and data before photographs, the latest first."""
    photo = col(Exhibit.kind) == Kind.PHOTO
    query = (
        select(Exhibit)
        .join(Original)
        .where(Exhibit.case_id == case.id, Exhibit.id != parent.id, col(Exhibit.id).not_in(select(Kinship.child_id)))
        .order_by(photo, col(Exhibit.serial).desc())
        .limit(FILES)
    )
    return list(tx.exec(query))


@post("/cases/{number:str}/exhibits/{exhibit:str}/derive", include_in_schema=False, sync_to_thread=True)
def derive(
    request: CaseRequest, act: Acting, number: FromPath[str], exhibit: FromPath[str], data: Form
) -> Response[Any]:
    wanted = EXTRACTED if data.get("relation") == Relation.EXTRACTION else COPIED
    facts = {fact: str(data.get(fact, "")) for fact in (*wanted, "witness", "no_witness_reason", "remark")}
    given = filled(
        DeriveIn,
        data,
        LABELS,
        exhibit=exhibit,
        children=[*several(data, "children"), *numbers_in(number, data, "more")],
        facts=facts,
        photos=numbers_in(number, data, "photos"),
        happened_at=beijing_or_none(data, "happened_at", LABELS["happened_at"]),
    )
    enter_derivation(act, number, given)
    return go(request, f"/cases/{number}/exhibits/{exhibit}#family")
