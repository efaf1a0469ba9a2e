"""The timeline of a case: everything in it that has a date, in one order of time, with the clocks of devices corrected.

Three kinds of time meet here and stay apart: what the service recorded by its own clock, what a person stated, and what
a device wrote into a file. Each entry says which it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

import templates
from evidence.chain import Statement, stated
from evidence.clock import DeviceClock, clocks_of
from evidence.columns import Labelled
from evidence.comparison import Outlier, outliers
from evidence.custody_event import CustodyEvent, chains_of
from evidence.dating import DatedFile, DeviceTime, dated_files
from evidence.exhibit import Exhibit, Kind, exhibits_of
from evidence.register import Case, Person
from workflows.documents import documents_of
from workflows.incident import Incident, IncidentCase
from workflows.steps import DECISION, Decision, Step, steps_of


class EntryKind(Labelled):
    """What an entry of the timeline tells of."""

    INCIDENT = "incident", "接报与起火"
    EVIDENCE = "evidence", "影像形成"
    CUSTODY = "custody", "证据保管"
    STEP = "step", "办案步骤"
    DOCUMENT = "document", "文书"
    CLOCK = "clock", "对时"


class Certainty(Labelled):
    """By whose clock an entry is dated, and so how far it can be relied on."""

    RECORDED = "recorded", "系统时间"
    STATED = "stated", "登记人填写"
    ABOUT = "about", "约，尚待认定"
    CORRECTED = "corrected", "设备时间，已按对时校正"
    CONVERTED = "converted", "按 UTC 换算，未核实"
    UNCHECKED = "unchecked", "设备时间，未对时"


@dataclass(frozen=True)
class Entry:
    """Something dated. ``name`` is that of the exhibit or document; ``facts`` are named by slug or in Chinese."""

    at: datetime
    kind: EntryKind
    label: str
    certainty: Certainty
    by: str = ""
    exhibit: str = ""
    document: str = ""
    name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    event: str = ""
    time: DeviceTime | None = None
    clock: DeviceClock | None = None


@dataclass(frozen=True)
class Timeline:
    """The dated entries in order; photographs and recordings that cannot be dated; what does not go with the rest; and
    all files of the case, from which these follow.
    """

    entries: list[Entry]
    undated: list[DatedFile]
    outliers: list[Outlier]
    files: list[DatedFile]


_TOLD = ("category", "place", "position", "source", "seal_after", "result", "findings")
"""Facts of a custody event that belong on a timeline; the rest stands on the exhibit's page."""
_OWN_CLOCK = frozenset({Kind.PHOTO, Kind.VIDEO})


def timeline_of(tx: Session, case: Case) -> Timeline:
    """The whole of a case; the number of queries does not grow with it."""
    chains = chains_of(tx, case)
    files = dated_files(tx, case, chains)
    exhibits = {exhibit.id: exhibit for exhibit in exhibits_of(tx, case)}
    entries = [
        *_beginning(tx, case),
        *(_step(step) for step in steps_of(tx, case) if step.rule.document is None),
        *_documents(tx, case),
        *(_custody(exhibits[id_], event) for id_, events in chains.items() for event in events),
        *(entry for file in files if (entry := _evidence(file)) is not None),
        *_clocks(tx, case),
    ]
    order = list(EntryKind)
    return Timeline(
        sorted(entries, key=lambda entry: (entry.at, order.index(entry.kind), entry.exhibit)),
        [file for file in files if file.exhibit.kind in _OWN_CLOCK and file.time.moment is None],
        outliers(files, case.fire_at),
        files,
    )


def _beginning(tx: Session, case: Case) -> Iterator[Entry]:
    yield Entry(case.fire_at, EntryKind.INCIDENT, "起火", Certainty.ABOUT, facts={"place": case.place})
    query = select(Incident).join(IncidentCase).where(IncidentCase.case_id == case.id)
    for incident in tx.exec(query):
        facts = {"incident": incident.number, "燃烧对象": incident.burning}
        yield Entry(incident.received_at, EntryKind.INCIDENT, "接到报警", Certainty.STATED, facts=facts)


def _step(step: Step) -> Entry:
    facts = {label: step.facts[fact] for fact, label in step.rule.facts.items() if fact in step.facts}
    if DECISION in step.facts:
        decided = {decision.value: decision.label for decision in Decision}.get(step.facts[DECISION], "")
        facts = {"决定": decided, **facts}
    return Entry(step.at, EntryKind.STEP, step.rule.label, Certainty.RECORDED, step.person, facts=facts)


def _documents(tx: Session, case: Case) -> Iterator[Entry]:
    issued = [row for row in documents_of(tx, case) if row.document is not None]
    names = _names(tx, {row.document.person_id for row in issued if row.document is not None})
    for row in issued:
        if row.document is not None:
            yield Entry(
                row.document.issued_at,
                EntryKind.DOCUMENT,
                f"出具{templates.form(row.number.form).name_zh}",
                Certainty.RECORDED,
                names[row.document.person_id],
                document=row.number.number,
                name=row.number.number,
            )


def _custody(exhibit: Exhibit, event: CustodyEvent) -> Entry:
    said = stated(event.body)
    happened = _happened(said)
    return Entry(
        happened or event.at,
        EntryKind.CUSTODY,
        event.type.label,
        Certainty.STATED if happened else Certainty.RECORDED,
        said.by.name,
        exhibit=exhibit.number,
        name=exhibit.name,
        facts={fact: said.facts[fact] for fact in _TOLD if said.facts.get(fact)},
        event=event.type.value,
    )


def _happened(said: Statement) -> datetime | None:
    """When an event happened, where that is not when it was recorded; damaged bytes say nothing."""
    try:
        happened = datetime.fromisoformat(said.happened_at)
    except ValueError:
        return None
    return happened if happened.tzinfo else None


def _evidence(file: DatedFile) -> Entry | None:
    moment = file.time.moment
    if moment is None:
        return None
    return Entry(
        moment,
        EntryKind.EVIDENCE,
        "录像" if file.exhibit.kind is Kind.VIDEO else "拍摄",
        _certainty(file.time),
        exhibit=file.exhibit.number,
        name=file.exhibit.name,
        facts={"duration": file.facts["duration"]} if file.facts.get("duration") else {},
        time=file.time,
    )


def _certainty(time: DeviceTime) -> Certainty:
    if not time.unambiguous:
        return Certainty.CONVERTED
    return Certainty.CORRECTED if time.corrected else Certainty.UNCHECKED


def _clocks(tx: Session, case: Case) -> Iterator[Entry]:
    clocks: list[DeviceClock] = clocks_of(tx, case)
    names = _names(tx, {clock.person_id for clock in clocks})
    for clock in clocks:
        yield Entry(
            clock.beijing_at,
            EntryKind.CLOCK,
            "对时",
            Certainty.STATED,
            names[clock.person_id],
            name=clock.device,
            facts={"设备显示": clock.shown, "对时方法": clock.how},
            clock=clock,
        )


def _names(tx: Session, ids: set[int]) -> dict[int, str]:
    return {person.id: person.name for person in tx.exec(select(Person).where(col(Person.id).in_(ids)))}
