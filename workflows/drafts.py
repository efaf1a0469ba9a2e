"""What the record already knows of a document's fields; the rest is for the person who issues it.

A draft is a JSON object of the form's fields, incomplete on purpose: nothing is made up to fill a field.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from evidence.chain import Statement, stated
from evidence.custody_event import events_of
from evidence.exhibit import Kind, exhibits_of
from evidence.moments import BEIJING
from workflows.custody_drafts import data_extraction, handover_form, media_sealing
from workflows.examination_draft import examination_commission
from workflows.source import Source
from workflows.steps import steps_of


def draft(source: Source, form_id: str) -> dict[str, Any]:
    """The fields of a form as far as the record fills them; every form starts from its agency."""
    drafting = _DRAFTS.get(form_id)
    filled = {"agency": source.unit.name, **(drafting(source) if drafting else {})}
    return {field: value for field, value in filled.items() if value not in (None, "", [])}


def _extraction_list(source: Source) -> dict[str, Any]:
    """Rows of all samples; officers, witness and time only as far as the samples agree on them."""
    items, officers, attestations, taken = [], set(), [], []
    for exhibit in exhibits_of(source.tx, source.case, Kind.PHYSICAL):
        events = events_of(source.tx, exhibit)
        collected = stated(events[0].body) if events else Statement()
        facts = {name: str(value) for name, value in collected.facts.items()}
        row = {field: facts.get(field, "") for field in ("quantity", "features", "position", "method", "packing")}
        items.append({"name": exhibit.name, **row, "photo": facts.get("photo", ""), "remark": exhibit.number})
        officers.add((collected.by.name, facts.get("second_officer", "")))
        attestations.append(_attestation(facts))
        taken.append(collected.happened_at or collected.at)
    times = sorted(time for time in taken if time)
    agreed = attestations[0] if attestations and all(one == attestations[0] for one in attestations) else None
    return {
        "fire_name": source.case.name,
        "place": source.case.place,
        "extracted_at": source.here(datetime.fromisoformat(times[0])) if times else None,
        "items": items,
        "extractors": list(officers.pop()) if len(officers) == 1 else [],
        "attestation": agreed,
    }


def _attestation(facts: dict[str, str]) -> dict[str, str]:
    if witness := facts.get("witness"):
        return {"kind": "witness", "name": witness}
    return {"kind": "none", "reason": facts.get("no_witness_reason", "")}


def _determination(source: Source) -> dict[str, Any]:
    counted = (
        (
            "火灾现场勘验笔录",
            len([s for s in steps_of(source.tx, source.case) if s.slug == "scene_inspected"]),
            "份",
        ),
        ("现场照片", len(exhibits_of(source.tx, source.case, Kind.PHOTO)), "张"),
        ("视频", len(exhibits_of(source.tx, source.case, Kind.VIDEO)), "段"),
        ("火灾痕迹物品", len(exhibits_of(source.tx, source.case, Kind.PHYSICAL)), "件"),
    )
    started = source.here(source.case.fire_at)
    return {
        "occurred_at": started,
        "place": source.case.place,
        "cause": {
            "kind": "found",
            "started_at": started,
            "reason": source.fact("parties_heard", "cause") or "",
        },
        "evidence": [{"name": name, "count": count, "unit": unit} for name, count, unit in counted if count],
        "review_agency": source.unit.superior,
        "issued_on": source.at.astimezone(BEIJING).date().isoformat(),
    }


def _referral(source: Source) -> dict[str, Any]:
    suspect = source.fact("suspicion_reported", "suspect")
    return {
        "police": source.unit.police,
        "procuratorate": source.unit.procuratorate,
        "suspects": [{"kind": "person", "name": suspect}] if suspect else [],
        "charge": source.fact("suspicion_reported", "charge"),
        "attachments": [
            # the two that 国务院令第310号 art. 6 always asks for; how many pages only the file itself can say
            {"name": "涉嫌犯罪案件情况的调查报告"},
            {"name": "涉案物品清单"},
        ],
        "contact": source.by.name,
        "issued_on": source.at.astimezone(BEIJING).date().isoformat(),
    }


_DRAFTS: dict[str, Callable[[Source], dict[str, Any]]] = {
    "D13": _extraction_list,
    "D17": data_extraction,
    "D18": media_sealing,
    "D22": examination_commission,
    "D31": _determination,
    "D48": _referral,
    "D61": handover_form,
}
