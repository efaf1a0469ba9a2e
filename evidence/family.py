"""Families of exhibits: samples split and consumed so that quantities balance, copies and extractions of a medium."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.act import Act
from evidence.append_only import guard
from evidence.columns import Labelled, slug
from evidence.custody import Entry, Locked, locked, perform, record_all, rules_of
from evidence.custody_event import CustodyEvent, EventType
from evidence.custody_facts import check_photos, excuse
from evidence.defects import DefectKind
from evidence.errors import (
    ActOutOfPlace,
    FactMissing,
    HappensLater,
    HasParent,
    NotItsKind,
    OfferOpen,
    QuantityDiffers,
    QuantityUnknown,
)
from evidence.exhibit import Exhibit, original_of
from evidence.intake import register
from evidence.moments import rfc3339
from evidence.quantity import Quantity
from evidence.register import Case
from evidence.standing import Standing, Whereabouts


class Relation(Labelled):
    """What an exhibit is to the one it came from."""

    SUB_SAMPLE = "sub_sample", "分样"
    WORKING_COPY = "working_copy", "工作副本"
    EXTRACTION = "extraction", "提取的数据"


class Kinship(SQLModel, table=True):
    """From which exhibit another came; ``seq`` is that of the parent's event."""

    child_id: int = Field(primary_key=True, foreign_key="exhibit.id", sa_column_kwargs={"autoincrement": False})
    parent_id: int = Field(foreign_key="exhibit.id", index=True)
    relation: Relation = Field(sa_type=slug(Relation))
    seq: int
    __table_args__ = (sa.CheckConstraint("child_id > parent_id OR relation <> 'sub_sample'", name="kinship_later"),)


guard(Kinship)

EXTRACTED = {
    "second_officer": "第二提取人",
    "device_holder": "设备持有人",
    "tool": "工具及版本",
    "method": "提取方法",
    "source_path": "在设备中的路径",
}
"""What D17 asks of an extraction (法发〔2016〕22号 art. 14)."""
COPIED = {"method": "复制方法", "original_at": "原件存放处", "maker": "制作人"}
"""What a copy of an original medium states (公安机关办理行政案件程序规定 art. 31)."""


@dataclass(frozen=True)
class Portion:
    """A part of a sample: its name and quantity, in the unit of the whole."""

    name: str
    quantity: str


def split(
    act: Act,
    case: Case,
    parent: Exhibit,
    portions: Sequence[Portion],
    *,
    remainder: str,
    reason: str,
    second_officer: str,
    before: str = "",
    photos: Sequence[str] = (),
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> list[Exhibit]:
    """Divide a sample: each portion becomes an exhibit, what is left (0 with the unit: nothing) stays the parent.

    ``before`` is what was there, measured, where the register does not say it as one exact number with a unit.
    QuantityDiffers unless portions and remainder make the whole.
    """
    if not portions:
        raise FactMissing("分样")
    names = [("分样名称", portion.name) for portion in portions]
    for fact, value in (("分样原因", reason), ("第二办理人", second_officer), ("剩余数量", remainder), *names):
        if not value.strip():
            raise FactMissing(fact)
    _not_later(act, EventType.DERIVED, happened_at)
    chain = locked(act.tx, case, [parent])[parent.id]
    standing = _ready(chain, EventType.DERIVED, tangible=True)
    whole = _whole(parent, standing, before)
    parts, left = _balance(parent, whole, portions, remainder)
    said: dict[str, Any] = {
        "relation": Relation.SUB_SAMPLE.value,
        "quantity_before": str(whole),
        "quantity_after": str(left),
        "reason": reason.strip(),
        "second_officer": second_officer.strip(),
        **({"photos": list(photos)} if photos else {}),
    }
    check_photos(act.tx, case, said)
    said = excuse(rules_of(case), said, _broken(act, standing, second_officer), breach_reason, parent)
    children = [register(act, case, parent.kind, portion.name.strip()) for portion in portions]
    said["children"] = [child.number for child in children]
    event = record_all(act, [Entry(chain, EventType.DERIVED, said, happened_at)])[0]
    entries = []
    for child, part in zip(children, parts, strict=True):
        collected = {
            "parent": parent.number,
            "relation": Relation.SUB_SAMPLE.value,
            "quantity": str(part),
            "second_officer": second_officer.strip(),
            "no_witness_reason": f"自 {parent.number} 分样，见该证据保管链第 {event.seq + 1} 条",
            "kind": child.kind.value,
            "name": child.name,
            "to": act.by.as_recorded(),
            **_inherited(standing),
        }
        entries.append(Entry(Locked(case, child), EventType.COLLECTED, collected, happened_at))
        act.tx.add(Kinship(child_id=child.id, parent_id=parent.id, relation=Relation.SUB_SAMPLE, seq=event.seq))
    record_all(act, entries)
    return children


def consume(
    act: Act,
    case: Case,
    exhibit: Exhibit,
    facts: Mapping[str, Any],
    *,
    before: str = "",
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> CustodyEvent:
    """Record what a test used up; the parties are told beforehand (``notice``), and what is left follows."""
    standing = _ready(locked(act.tx, case, [exhibit])[exhibit.id], EventType.CONSUMED, tangible=True)
    whole = _whole(exhibit, standing, before)
    used = Quantity.of(str(facts.get("quantity", "")))
    if used is None or used.unit != whole.unit or not 0 < used.amount <= whole.amount:
        raise QuantityDiffers(exhibit.number, str(whole), str(facts.get("quantity", "")) or "未填")
    return perform(
        act,
        case,
        exhibit,
        EventType.CONSUMED,
        {**facts, "quantity": str(used)},
        found={"quantity_before": str(whole), "quantity_after": str(whole.less(used.amount))},
        also_broken=["opened_first"] if standing.seal else [],
        happened_at=happened_at,
        breach_reason=breach_reason,
    )


def derive(
    act: Act,
    case: Case,
    parent: Exhibit,
    children: Sequence[Exhibit],
    relation: Relation,
    facts: Mapping[str, Any],
    *,
    happened_at: datetime | None = None,
    breach_reason: str = "",
) -> CustodyEvent:
    """Say that files already registered were copied or extracted from a medium; its chain states their digests."""
    if relation is Relation.SUB_SAMPLE:
        raise NotItsKind(parent.number, relation.label)
    kept = _facts_of_deriving(relation, facts)
    if not children:
        raise FactMissing("提取或复制得到的文件")
    _not_later(act, EventType.DERIVED, happened_at)
    check_photos(act.tx, case, kept)
    children = list({child.id: child for child in children}.values())
    chains = locked(act.tx, case, [parent, *(child for child in children if child.id != parent.id)])
    standing = _ready(chains[parent.id], EventType.DERIVED)
    made = []
    for child in children:
        file = original_of(act.tx, child)
        if file is None or child.id == parent.id:
            raise NotItsKind(child.number, relation.label)
        if act.tx.get(Kinship, child.id) is not None or parent.id in _descendants(act.tx, child):
            raise HasParent(child.number)
        made.append({"exhibit": child.number, "sha256": file.sha256, "sm3": file.sm3})
    said: dict[str, Any] = {"relation": relation.value, "children": made, **kept}
    if parent.kind.tangible:  # a file stays unchanged and in its holder's hands, whoever copies it
        second = str(kept.get("second_officer", "")) if relation is Relation.EXTRACTION else None
        said = excuse(rules_of(case), said, _broken(act, standing, second), breach_reason, parent)
    event = record_all(act, [Entry(chains[parent.id], EventType.DERIVED, said, happened_at)])[0]
    from_ = {"relation": relation.value, "parent": parent.number, "event": event.seq}
    for child in children:
        act.tx.add(Kinship(child_id=child.id, parent_id=parent.id, relation=relation, seq=event.seq))
    record_all(act, [Entry(chains[child.id], EventType.DERIVED, from_, happened_at) for child in children])
    return event


@dataclass(frozen=True)
class Member:
    """An exhibit in its family: how deep below the eldest, and what it is to its parent (None for the eldest)."""

    exhibit: Exhibit
    depth: int
    relation: Relation | None


def family_of(tx: Session, exhibit: Exhibit) -> list[Member]:
    """The whole tree that an exhibit belongs to, the eldest first, children after their parent; one alone is alone."""
    eldest = exhibit
    while (kin := tx.get(Kinship, eldest.id)) is not None:
        eldest = tx.get_one(Exhibit, kin.parent_id)
    members: list[Member] = []
    waiting: list[Member] = [Member(eldest, 0, None)]
    while waiting:
        member = waiting.pop()
        members.append(member)
        query = (
            select(Exhibit, Kinship)
            .join(Kinship, col(Kinship.child_id) == col(Exhibit.id))
            .where(Kinship.parent_id == member.exhibit.id)
            .order_by(col(Exhibit.serial).desc())
        )
        waiting += [Member(child, member.depth + 1, kin.relation) for child, kin in tx.exec(query)]
    return members


def _descendants(tx: Session, exhibit: Exhibit) -> set[int]:
    found: set[int] = set()
    waiting = [exhibit.id]
    while waiting:
        below = tx.exec(select(Kinship.child_id).where(col(Kinship.parent_id).in_(waiting)))
        waiting = [id_ for id_ in below if id_ not in found]
        found.update(waiting)
    return found


def _ready(chain: Locked, type_: EventType, *, tangible: bool = False) -> Standing:
    """How an exhibit stands that is to be divided, used up or copied from.

    OfferOpen where somebody is about to receive it as it is now; ActOutOfPlace where it is lost or not here any more.
    """
    exhibit, standing = chain.exhibit, chain.standing
    if tangible and not exhibit.kind.tangible:
        raise NotItsKind(exhibit.number, type_.label)
    if standing.ended or standing.where is Whereabouts.LOST:
        raise ActOutOfPlace(exhibit.number, type_.label, standing.where.label)
    if exhibit.kind.tangible and standing.offer is not None:
        raise OfferOpen(exhibit.number)
    return standing


def _not_later(act: Act, type_: EventType, happened_at: datetime | None) -> None:
    if happened_at is not None and happened_at > act.at:
        raise HappensLater(type_.label)


def _broken(act: Act, standing: Standing, second_officer: str | None) -> list[str]:
    """The duties that dividing or copying would break; ``second_officer`` is None where one person is enough."""
    return [
        *(["holder_acts"] if standing.holder.id != act.by.id else []),
        *(["opened_first"] if standing.seal else []),
        *(["two_officers"] if second_officer is not None and second_officer.strip() == act.by.name else []),
    ]


def _inherited(standing: Standing) -> dict[str, str]:
    """What holds for a portion because it held for the whole: where it is, its hazard, the limits under way."""
    found = {
        "whereabouts": standing.where.value,
        "place": standing.place,
        "place_code": standing.place_code,
        "hazard": standing.hazard,
    }
    limits = {DefectKind.NOT_HANDED_IN: "hand_in_until", DefectKind.NOT_RETURNED: "term"}
    found |= {limits[due.kind]: rfc3339(due.at) for due in standing.dues if due.kind in limits}
    return {fact: value for fact, value in found.items() if value}


def _facts_of_deriving(relation: Relation, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an extraction or a copy states; FactMissing for the first fact that is not there."""
    wanted = EXTRACTED if relation is Relation.EXTRACTION else COPIED
    may = ("witness", "no_witness_reason", "photos", "remark", "second_officer")
    kept = {fact: value for fact, value in facts.items() if value and fact in {*wanted, *may}}
    for fact, label in wanted.items():
        if not kept.get(fact):
            raise FactMissing(label)
    if relation is Relation.EXTRACTION and not (kept.get("witness") or kept.get("no_witness_reason")):
        raise FactMissing("见证人或无见证人的原因")
    return kept


def _whole(exhibit: Exhibit, standing: Standing, before: str) -> Quantity:
    """What is there before: as registered, or as measured now where that is an estimate or no one quantity."""
    registered = Quantity.of(standing.quantity)
    if not before.strip():
        if registered is None:
            raise QuantityUnknown(exhibit.number, standing.quantity)
        return registered
    measured = Quantity.of(before)
    if measured is None:
        raise QuantityUnknown(exhibit.number, before)
    exact = registered is not None and not registered.about
    if registered is not None and exact and (measured.amount, measured.unit) != (registered.amount, registered.unit):
        raise QuantityDiffers(exhibit.number, str(registered), str(measured))
    return measured


def _balance(
    exhibit: Exhibit, whole: Quantity, portions: Sequence[Portion], remainder: str
) -> tuple[list[Quantity], Quantity]:
    """The quantities of the portions, each more than nothing, and of what is left."""
    parts: list[Quantity] = []
    for text in (*(portion.quantity for portion in portions), remainder):
        part = Quantity.of(text)
        if part is None or part.unit != whole.unit or (part.amount == 0 and len(parts) < len(portions)):
            raise QuantityDiffers(exhibit.number, str(whole), text or "未填")
        parts.append(part)
    total = sum((part.amount for part in parts), Decimal())
    if total != whole.amount:
        raise QuantityDiffers(exhibit.number, str(whole), str(Quantity(total, whole.unit)))
    return parts[:-1], parts[-1]
