"""Labels (D14): what is printed on them, what their codes say, and whose they are.

A code says ``{tag}{exhibit number without its hyphen}`` or ``{tag}P{id of the place}``: the tag is six digits that each
installation draws once, so that the label of another is known for one. Code 128 takes digits in half the room: that is
why the bars fit a label of 60 mm. A case beyond the 9999th of its year keeps the hyphen.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel

from evidence.act import Act
from evidence.append_only import guard
from evidence.chain import Statement, person_stated, stated
from evidence.columns import Labelled, UtcDateTime, upserting
from evidence.custody import rules_of
from evidence.custody_event import EventType, events_of
from evidence.errors import LabelForeign, LabelUnreadable
from evidence.exhibit import Exhibit
from evidence.place import Stood, StoragePlace
from evidence.register import Case, Unit
from evidence.standing import corrected, walk_stated

_USUAL = len("4105022026O0001")
_EXHIBIT = re.compile(r"(\d{6})(\d{10}[SO]\d{4}|\d{10}[SO]\d{5,6}-)(\d{4,6})", re.ASCII)
_PLACE = re.compile(r"(\d{6})P(\d{6,9})", re.ASCII)
_TYPED_EXHIBIT = re.compile(r"\d{10}[SO]\d{4,6}-\d{4,6}", re.ASCII)
_TYPED_PLACE = re.compile(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,8}){0,3}", re.ASCII)


class LabelTag(SQLModel, table=True):
    """The tag of this installation: drawn with its first label, the same for ever, also in a copy of the database."""

    __tablename__ = "label_tag"
    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    tag: str = Field(max_length=6)
    made_at: datetime = Field(sa_type=UtcDateTime)
    __table_args__ = (sa.CheckConstraint("id = 1", name="label_tag_only_one"),)


guard(LabelTag)


class LabelFormat(Labelled):
    """Paper: a thermal printer with one label a page, or sheets of A4 with 3 × 8 labels."""

    THERMAL_60_40 = "thermal_60_40", "热敏标签 60×40 毫米"
    THERMAL_80_50 = "thermal_80_50", "热敏标签 80×50 毫米"
    SHEET_70_37 = "sheet_70_37", "A4 不干胶 3×8（70×37 毫米）"

    @property
    def on_sheet(self) -> int:
        """How many labels a page has."""
        return 24 if self is LabelFormat.SHEET_70_37 else 1


@dataclass(frozen=True)
class Label:
    """What D14 asks for, of one exhibit; what does not apply is empty."""

    code: str
    number: str
    fire: str
    name: str
    quantity: str
    position: str
    taken_at: datetime | None
    packer: str
    witness: str
    seal: str
    hazard: str


@dataclass(frozen=True)
class PlaceLabel:
    """The label of a storage place."""

    code: str
    place_code: str
    name: str
    words: str
    unit: str
    access: str
    fit_for_hazard: bool


@dataclass(frozen=True)
class Scanned:
    """What a code names: an exhibit by number, a place by its id (from a label) or by its code (typed)."""

    exhibit: str = ""
    place_id: int | None = None
    place: str = ""


def tag_of(tx: Session) -> str:
    """The tag of this installation; empty while no label was printed."""
    row = tx.get(LabelTag, 1)
    return row.tag if row else ""


def draw_tag(act: Act) -> str:
    """The same, drawn where there is none yet; of two acts at once both get the one that was first."""
    drawn = {"id": 1, "tag": f"{secrets.randbelow(900_000) + 100_000}", "made_at": act.at}
    act.tx.execute(upserting(act.tx, LabelTag).values(**drawn).on_conflict_do_nothing())
    return tag_of(act.tx)


def exhibit_code(tag: str, number: str) -> str:
    case, serial = number.split("-")
    return f"{tag}{case}{serial}" if len(case) == _USUAL else f"{tag}{number}"


def place_code_of(tag: str, place: StoragePlace) -> str:
    return f"{tag}P{place.id:06}"


def scanned(text: str, tag: str) -> Scanned:
    """What a scanner sent or a person typed; LabelForeign for another installation's, LabelUnreadable for no label.

    A hand scanner is a keyboard: with caps lock letters come small, under a Chinese input method they come wide.
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if found := _EXHIBIT.fullmatch(code):
        _own(found[1], tag)
        return Scanned(exhibit=f"{found[2].removesuffix('-')}-{found[3]}")
    if found := _PLACE.fullmatch(code):
        _own(found[1], tag)
        return Scanned(place_id=int(found[2]))
    if _TYPED_EXHIBIT.fullmatch(code):
        return Scanned(exhibit=code)
    if _TYPED_PLACE.fullmatch(code) and not code.isdigit():
        return Scanned(place=code)
    raise LabelUnreadable(text)


def _own(found: str, tag: str) -> None:
    if found != tag:
        raise LabelForeign(found, tag)


def label_of(tx: Session, case: Case, exhibit: Exhibit, tag: str) -> Label:
    """The label of an exhibit as its chain has it now, corrections included."""
    said = [stated(event.body) for event in events_of(tx, exhibit)]
    standing = walk_stated(said, exhibit.kind, rules_of(case))
    true = corrected(said)
    collected = true[0] if true else Statement()
    sealed = [event for event in true if event.kind in {EventType.SEALED, EventType.RESEALED}]
    last = sealed[-1] if sealed else collected
    witness = last.facts.get("witness") or collected.facts.get("witness")
    return Label(
        code=exhibit_code(tag, exhibit.number),
        number=exhibit.number,
        fire=case.name,
        name=exhibit.name,
        quantity=standing.quantity,
        position=_text(collected.facts.get("position") or collected.facts.get("place")),
        taken_at=collected.moment,
        packer=_officers(last),
        witness=_text(witness) or _text(collected.facts.get("no_witness_reason")),
        seal=standing.seal,
        hazard=standing.hazard,
    )


def place_label(tx: Session, found: Stood, tag: str) -> PlaceLabel:
    unit = tx.get_one(Unit, found.place.unit_id)
    return PlaceLabel(
        code=place_code_of(tag, found.place),
        place_code=found.place.code,
        name=found.state.name,
        words=found.words,
        unit=unit.name,
        access=found.state.access,
        fit_for_hazard=found.fit_for_hazard,
    )


def _officers(said: Statement) -> str:
    second = said.facts.get("second_officer")
    names = [said.by.name or person_stated(said.facts.get("to")).name, _text(second)]
    return "、".join(name for name in names if name)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
