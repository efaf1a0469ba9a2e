"""What the record knows of the documents of custody: handover form, records of media sealed and of data extracted.

``Source.about`` names what a document is about: a handover (D61) or an exhibit (D17, D18).
"""

from typing import Any

from evidence.chain import Statement, stated
from evidence.custody import rules_of
from evidence.custody_event import EventType, events_of
from evidence.errors import ExhibitUnknown, HandoverUnknown
from evidence.exhibit import Exhibit, Kind, exhibit_by_number, exhibits_of, original_of
from evidence.handover import Handover, handover_by_number, items_of, rule_of
from evidence.moments import BEIJING
from evidence.register import Person, Unit
from evidence.standing import walk
from workflows.source import Source


def handover_form(source: Source) -> dict[str, Any]:
    """D61 of a handover; nothing where none is named."""
    try:
        handover = handover_by_number(source.tx, source.case, source.about)
    except HandoverUnknown:
        return {"case_number": source.case.number, "fire_name": source.case.name}
    label = rule_of(rules_of(source.case), handover.type).label
    return {
        "case_number": source.case.number,
        "fire_name": source.case.name,
        "purpose": f"{label}（{handover.purpose}），移交编号 {handover.number}",
        "return_by": handover.term.astimezone(BEIJING).date().isoformat() if handover.term else None,
        "giver": _member(source, handover.giver_id),
        "receiver": _receiver(source, handover),
        "items": [_handed(source, exhibit, item.seq) for item, exhibit, _ in items_of(source.tx, handover)],
    }


def _member(source: Source, person_id: int) -> dict[str, str]:
    person = source.tx.get_one(Person, person_id)
    unit = source.tx.get_one(Unit, person.unit_id).name
    return {"kind": "member", "name": person.name, "unit": unit, "certificate": person.certificate}


def _receiver(source: Source, handover: Handover) -> dict[str, str]:
    if handover.receiver_id is not None:
        return _member(source, handover.receiver_id)
    if handover.receiver_unit_id is not None:
        # whoever of the unit receives writes his name by hand
        return {"kind": "outside", "unit": source.tx.get_one(Unit, handover.receiver_unit_id).name}
    known = {"name": "name", "unit": "unit", "document": "certificate"}
    said = {field: handover.outside.get(stated_as, "") for field, stated_as in known.items()}
    return {"kind": "outside", **{field: value for field, value in said.items() if value}}


def _handed(source: Source, exhibit: Exhibit, seq: int) -> dict[str, Any]:
    events = events_of(source.tx, exhibit)
    standing = walk(events[: seq + 1], exhibit.kind, rules_of(source.case))
    offered = stated(events[seq].body).facts
    file = original_of(source.tx, exhibit)
    row: dict[str, Any] = {
        "number": exhibit.number,
        "name": exhibit.name,
        "quantity": offered.get("quantity") or standing.quantity or "1个文件",
        "seal": offered.get("seal_before") or standing.seal,
        "state": offered.get("condition") or ("系统内存储，原样保存" if file else ""),
        "remark": offered.get("remark"),
    }
    if file is not None:
        row |= {"sha256": file.sha256, "sm3": file.sm3}
    return {field: value for field, value in row.items() if value}


def media_sealing(source: Source) -> dict[str, Any]:
    """D18 of the media of a case, or of the one that ``about`` names."""
    media = [exhibit for exhibit in exhibits_of(source.tx, source.case, Kind.MEDIUM) if _meant(source, exhibit)]
    collected = [_collected(source, medium) for medium in media]
    rows = [_medium(source, medium, said) for medium, said in zip(media, collected, strict=True)]
    officers = {(said.by.name, str(said.facts.get("second_officer", ""))) for said in collected}
    return {
        "case_number": source.case.number,
        "fire_name": source.case.name,
        "place": source.case.place,
        "media": rows,
        "officers": list(officers.pop()) if len(officers) == 1 else [],
        **(_signatures(collected[0]) if len(collected) == 1 else {}),
    }


def _medium(source: Source, medium: Exhibit, said: Statement) -> dict[str, Any]:
    sealed = [stated(event.body) for event in events_of(source.tx, medium) if event.type is EventType.SEALED]
    seals = [
        {"number": str(each.facts.get("seal_after", "")), "position": str(each.facts.get("position", ""))}
        for each in sealed
    ]
    facts = said.facts
    row = {
        "exhibit": medium.number,
        "medium": facts.get("medium_type"),
        "brand": facts.get("brand"),
        "serial": facts.get("device_serial"),
        "capacity": facts.get("capacity"),
        "power": facts.get("power_state"),
        "measures": facts.get("measures"),
        "photos_before": facts.get("photo"),
        "remark": facts.get("remark"),
    }
    return {**{field: str(value) for field, value in row.items() if value}, "seals": seals}


def data_extraction(source: Source) -> dict[str, Any]:
    """D17 of what was extracted last from the medium that ``about`` names."""
    known: dict[str, Any] = {"case_number": source.case.number, "fire_name": source.case.name}
    try:
        medium = exhibit_by_number(source.tx, source.case, source.about)
    except ExhibitUnknown:
        return known
    derived = [stated(event.body) for event in events_of(source.tx, medium) if event.type is EventType.DERIVED]
    said = next((each for each in reversed(derived) if each.facts.get("relation") == "extraction"), None)
    device = _collected(source, medium).facts
    on = {"name": medium.name, "brand": device.get("brand"), "serial": device.get("device_serial")}
    known["source"] = {field: value for field, value in on.items() if value}
    if said is None:
        return known
    children = said.facts.get("children")
    return {
        **known,
        "method": said.facts.get("method"),
        "ended_at": source.here(said.moment) if said.moment else None,
        "items": [
            _extracted(source, child, str(said.facts.get("source_path", "")))
            for child in (children if isinstance(children, list) else [])
        ],
        "officers": [said.by.name, str(said.facts.get("second_officer", ""))],
        **_signatures(said),
    }


def _extracted(source: Source, child: dict[str, str], path: str) -> dict[str, Any]:
    exhibit = exhibit_by_number(source.tx, source.case, child["exhibit"])
    file = original_of(source.tx, exhibit)
    return {
        "name": file.file_name if file else exhibit.name,
        "category": exhibit.kind.label,
        "size": file.size if file else None,
        "path": path,
        "sha256": child["sha256"],
        "sm3": child["sm3"],
        "remark": exhibit.number,
    }


def _signatures(said: Statement) -> dict[str, Any]:
    """Holder and witness of a record, as far as an event names them."""
    signed: dict[str, Any] = {}
    if holder := said.facts.get("device_holder"):
        signed["holder"] = {"kind": "holder", "name": str(holder)}
    if witness := said.facts.get("witness"):
        signed["witness"] = {"kind": "witness", "name": str(witness)}
    elif reason := said.facts.get("no_witness_reason"):
        signed["witness"] = {"kind": "none", "reason": str(reason)}
    return signed


def _collected(source: Source, exhibit: Exhibit) -> Statement:
    events = events_of(source.tx, exhibit)
    return stated(events[0].body) if events else Statement()


def _meant(source: Source, exhibit: Exhibit) -> bool:
    return source.about in {"", exhibit.number}
