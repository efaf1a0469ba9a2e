"""Labels as undertakings: printed, which is an act and a read of its own each time, and read by a scanner."""

from collections.abc import Sequence

from sqlmodel import Session

from casesvc.errors import InputRefused
from casesvc.permissions import Permission, case_for, require
from casesvc.placing import exhibit_seen, place_for
from evidence.act import Act, Actor
from evidence.custody import perform_all
from evidence.custody_event import EventType
from evidence.errors import PlaceUnknown
from evidence.exhibit import Exhibit, exhibit_by_number
from evidence.label import Label, LabelFormat, PlaceLabel, draw_tag, label_of, place_label, scanned, tag_of
from evidence.place import StoragePlace, stood
from evidence.record import What, enter, read
from evidence.register import Case, Unit


def print_labels(act: Act, number: str, exhibits: Sequence[str], format_: LabelFormat) -> list[Label]:
    """The labels of exhibits of a case, in the order given; each gets its ``labelled`` event, again with each print."""
    case = case_for(act.tx, act.by, number, Permission.PRINT_LABEL)
    found = {each: exhibit_by_number(act.tx, case, each) for each in exhibits}
    if not found:
        raise InputRefused("请先选择要打印标签的证据。")
    tag = draw_tag(act)
    perform_all(act, case, found.values(), EventType.LABELLED, {"label": format_.label})
    labels = [label_of(act.tx, case, exhibit, tag) for exhibit in found.values()]
    for exhibit in found.values():
        read(act, What.PRINT, purpose=f"打印标签（{format_.label}）", case=case, exhibit=exhibit)
    return labels


def print_place_labels(act: Act, unit: str, codes: Sequence[str]) -> list[PlaceLabel]:
    """The labels of storage places of the own unit."""
    places = [place_for(act.tx, act.by, unit, code, Permission.MANAGE_PLACES) for code in dict.fromkeys(codes)]
    if not places:
        raise InputRefused("请先选择要打印标签的场所。")
    tag = draw_tag(act)
    labels = [place_label(act.tx, stood(act.tx, place), tag) for place in places]
    enter(act, What.PRINT, {"purpose": "打印场所标签", "unit": unit, "places": [place.code for place in places]})
    return labels


def look(tx: Session, by: Actor, code: str) -> tuple[Case, Exhibit] | StoragePlace:
    """What a scanned or typed code names, of what ``by`` may see; the rest is unknown to him."""
    require(by, Permission.SCAN_LABEL)
    said = scanned(code, tag_of(tx))
    if said.exhibit:
        return exhibit_seen(tx, by, said.exhibit)
    place = tx.get(StoragePlace, said.place_id) if said.place_id is not None else None
    if said.place_id is not None and place is None:
        raise PlaceUnknown(code)
    unit = tx.get_one(Unit, place.unit_id if place else by.unit_id)
    return place_for(tx, by, unit.code, place.code if place else said.place, Permission.SCAN_LABEL)
