"""Verification: re-reads every stored byte of a case, re-walks its chains, and reports every finding, not the first.

A finding is a value, never raised. The report says what was read, so that "nothing found" means something.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import ChainHead, breaks, said
from evidence.columns import Labelled
from evidence.custody import CustodyEvent, EventType, chain_of, events_of, record
from evidence.digest import Digests, digests_of
from evidence.exhibit import Exhibit, Original, exhibits_of, original_of
from evidence.moments import rfc3339
from evidence.record import CHAIN, RecordEntry
from evidence.register import Case, Serial
from storage import ObjectMissing, ObjectStore, StoreUnavailable


class FindingKind(Labelled):
    """What can be wrong between record and bytes."""

    OBJECT_MISSING = "object_missing", "存储中找不到原件"
    OBJECT_UNREADABLE = "object_unreadable", "存储读不出原件（存储报告数据损坏）"
    DIGEST_DIFFERS = "digest_differs", "存储的字节与登记的校验值不符"
    EVENT_MISSING = "event_missing", "保管链缺少事件（序号不连续或链尾被截）"
    EVENT_ALTERED = "event_altered", "保管事件内容被改动（前后链接不符）"
    HEAD_MISSING = "head_missing", "保管链的链尾登记缺失"
    HEAD_BEHIND = "head_behind", "保管链的链尾登记落后于事件"
    INDEX_DIFFERS = "index_differs", "索引列与事件原文不符"
    EXHIBIT_DIFFERS = "exhibit_differs", "物证登记与提取事件不符"
    EXHIBIT_MISSING = "exhibit_missing", "物证编号不连续，登记缺失"
    ORIGINAL_MISSING = "original_missing", "电子原件登记缺失"
    ENTRY_MISSING = "entry_missing", "操作记录缺少条目"
    ENTRY_ALTERED = "entry_altered", "操作记录内容被改动"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where (exhibit, document, step, record), what, and both values where there are two."""

    where: str
    kind: Labelled
    seq: int | None = None
    registered: str = ""
    found: str = ""


@dataclass
class Report:
    """What was read and what was found; sound only if nothing was found."""

    exhibits: int = 0
    events: int = 0
    originals: int = 0
    documents: int = 0
    entries: int = 0
    bytes_read: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings

    def of(self, where: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.where == where]


def verify_case(tx: Session, store: ObjectStore, case: Case, report: Report) -> Report:
    """Verify every exhibit of ``case`` and that none is missing from its dense numbering."""
    exhibits = exhibits_of(tx, case)
    for number in _missing_serials(tx, case, exhibits):
        report.findings.append(Finding(number, FindingKind.EXHIBIT_MISSING))
    for exhibit in exhibits:
        verify_exhibit(tx, store, case, exhibit, report)
    return report


def verify_exhibit(tx: Session, store: ObjectStore, case: Case, exhibit: Exhibit, report: Report) -> None:
    """Verify one exhibit: its chain, the index beside the chain, its registered facts, its stored bytes."""
    events = events_of(tx, exhibit)
    report.exhibits += 1
    report.events += len(events)
    original = original_of(tx, exhibit)
    report.findings += _chain_findings(tx, exhibit, events)
    report.findings += _index_findings(case, exhibit, events)
    report.findings += _registered_findings(exhibit, original, events)
    if original is not None:
        report.originals += 1
        verify_stored(
            store,
            report,
            where=exhibit.number,
            key=original.object_key,
            version=original.object_version,
            registered=Digests(original.size, original.sha256, original.sm3),
        )


def verify_record(tx: Session, report: Report) -> Report:
    """Verify the chained record of acts and reads of the whole installation."""
    entries = tx.exec(select(RecordEntry).order_by(col(RecordEntry.seq))).all()
    report.entries += len(entries)
    head = tx.get(ChainHead, CHAIN)
    for broken in breaks(((entry.seq, entry.body) for entry in entries), head):
        missing = broken.what != "event_altered"
        kind = FindingKind.ENTRY_MISSING if missing else FindingKind.ENTRY_ALTERED
        report.findings.append(Finding("操作记录", kind, broken.seq))
    for entry in entries:
        if (said(entry.body, "what"), said(entry.body, "at")) != (entry.what, rfc3339(entry.at)):
            report.findings.append(Finding("操作记录", FindingKind.ENTRY_ALTERED, entry.seq))
    return report


def verify_stored(
    store: ObjectStore, report: Report, *, where: str, key: str, version: str, registered: Digests
) -> None:
    """Re-read one stored object against its registered size and digests. StoreUnavailable when the store is away."""
    try:
        found = digests_of(store.read(key, version))
    except ObjectMissing:
        report.findings.append(Finding(where, FindingKind.OBJECT_MISSING, None, key))
        return
    except StoreUnavailable as reason:
        store.stat(key, version)  # raises when the store itself is away: then nothing can be said of the object
        report.findings.append(Finding(where, FindingKind.OBJECT_UNREADABLE, None, registered.sha256, reason.cause))
        return
    report.bytes_read += found.size
    if found != registered:
        report.findings.append(Finding(where, FindingKind.DIGEST_DIFFERS, None, registered.sha256, found.sha256))


def enter_verification(act: Act, case: Case, report: Report) -> list[CustodyEvent]:
    """Record the outcome as a ``verified`` event of each exhibit of ``case``."""
    events = []
    for exhibit in exhibits_of(act.tx, case):
        found = sorted({finding.kind.value for finding in report.of(exhibit.number)})
        facts = {"result": "differs" if found else "unchanged", "findings": found}
        events.append(record(act, case, exhibit, EventType.VERIFIED, facts))
    return events


def _missing_serials(tx: Session, case: Case, exhibits: list[Exhibit]) -> Iterator[str]:
    series = tx.get(Serial, f"exhibit/{case.number}")
    last = max([series.last if series else 0, *(exhibit.serial for exhibit in exhibits)])
    there = {exhibit.serial for exhibit in exhibits}
    return (f"{case.number}-{serial:04d}" for serial in range(1, last + 1) if serial not in there)


def _chain_findings(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    head = tx.get(ChainHead, chain_of(exhibit))
    for broken in breaks(((event.seq, event.body) for event in events), head):
        yield Finding(exhibit.number, FindingKind(broken.what), broken.seq)
    if not events and head is None:
        yield Finding(exhibit.number, FindingKind.EVENT_MISSING, 0)


def _index_findings(case: Case, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    for event in events:
        by = said(event.body, "by")
        stated = (
            said(event.body, "case"),
            said(event.body, "exhibit"),
            said(event.body, "type"),
            said(event.body, "at"),
            by.get("id") if isinstance(by, dict) else None,
        )
        if stated != (case.number, exhibit.number, event.type.value, rfc3339(event.at), event.person_id):
            yield Finding(exhibit.number, FindingKind.INDEX_DIFFERS, event.seq)


def _registered_findings(exhibit: Exhibit, original: Original | None, events: list[CustodyEvent]) -> Iterator[Finding]:
    facts = said(events[0].body, "facts") if events else None
    if not isinstance(facts, dict):
        return
    if (facts.get("kind"), facts.get("name")) != (exhibit.kind.value, exhibit.name):
        yield Finding(exhibit.number, FindingKind.EXHIBIT_DIFFERS, 0, str(facts.get("name")), exhibit.name)
    file = facts.get("file")
    if file is None and original is None:
        return
    if original is None:
        yield Finding(exhibit.number, FindingKind.ORIGINAL_MISSING, 0)
        return
    registered = {
        "name": original.file_name,
        "size": f"{original.size} B",
        "sha256": original.sha256,
        "sm3": original.sm3,
    }
    if file != registered:
        yield Finding(
            exhibit.number,
            FindingKind.EXHIBIT_DIFFERS,
            0,
            json.dumps(file, ensure_ascii=False),
            json.dumps(registered, ensure_ascii=False),
        )
