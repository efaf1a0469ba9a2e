"""Verification: every stored byte read again, every chain walked, rows of evidence held against what was recorded.

Rows are taken from one snapshot of the database, the bytes are read after it is closed. A finding is a value, never
raised; the report says what was read, so that "nothing found" means something.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import ChainHead, Statement, breaks, sha256_hex, stated
from evidence.clock import clock_stated, clocks_of
from evidence.custody import record
from evidence.custody_event import CustodyEvent, EventType, events_of
from evidence.custody_findings import custody_findings, examination_findings
from evidence.digest import Digests, digests_of
from evidence.exhibit import Derivative, Exhibit, Original, Reading, exhibits_of, original_of
from evidence.findings import Finding, FindingKind
from evidence.moments import rfc3339
from evidence.reading import copy_stated, read_digest
from evidence.record import CHAIN, READS, RecordEntry, What
from evidence.register import Case, Serial
from evidence.scanning import scan_stated, scans_of
from storage import ObjectMissing, ObjectStore, StoreUnavailable


@dataclass(frozen=True)
class Stored:
    """A stored object that is still to be read, and what is registered of it."""

    where: str
    key: str
    version: str
    registered: Digests


@dataclass
class Report:
    """What was read and what was found; sound only if nothing was found."""

    exhibits: int = 0
    events: int = 0
    originals: int = 0
    copies: int = 0
    documents: int = 0
    entries: int = 0
    bytes_read: int = 0
    findings: list[Finding] = field(default_factory=list)
    verified: list[int] = field(default_factory=list)
    """Ids of the exhibits that were verified: what is registered meanwhile is not among them."""
    to_read: list[Stored] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings

    def of(self, where: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.where == where]


Entries = dict[int, Statement]
"""What entries of the record say, by their seq: from the bodies, for the columns beside them are what is verified."""


def walk_record(tx: Session, report: Report) -> Entries:
    """Walk the whole record of the installation: its chain, the columns beside each body; returns all but the reads."""
    cases = dict(tx.exec(select(Case.id, Case.number)).all())
    exhibits = dict(tx.exec(select(Exhibit.id, Exhibit.number)).all())
    entries: Entries = {}

    def bodies() -> Iterator[tuple[int, bytes]]:
        query = select(RecordEntry).order_by(col(RecordEntry.seq)).execution_options(yield_per=1000)
        for row in tx.exec(query):
            report.entries += 1
            said = stated(row.body)
            by = None if said.by.id == 0 else said.by.id
            index = (row.what, rfc3339(row.at), row.person_id, row.sha256)
            names = (cases.get(row.case_id or 0, ""), exhibits.get(row.exhibit_id or 0, ""))
            if index != (said.kind, said.at, by, sha256_hex(row.body)) or names != (said.case, said.exhibit):
                report.findings.append(Finding("操作记录", FindingKind.ENTRY_INDEX_DIFFERS, row.seq))
            if said.kind not in READS:
                entries[row.seq] = said
            yield row.seq, row.body
            tx.expunge(row)

    for broken in breaks(bodies(), tx.get(ChainHead, CHAIN)):
        kinds = {"event_altered": FindingKind.ENTRY_ALTERED, "time_backward": FindingKind.TIME_BACKWARD}
        report.findings.append(Finding("操作记录", kinds.get(broken.what, FindingKind.ENTRY_MISSING), broken.seq))
    return entries


def entries_of(entries: Entries, what: What) -> Entries:
    """The entries of one kind."""
    return {seq: said for seq, said in entries.items() if said.kind == what}


def verify_case(tx: Session, case: Case, entries: Entries, report: Report) -> None:
    """Verify the rows of every exhibit of ``case``, that none is missing, and note which objects are to be read."""
    exhibits = exhibits_of(tx, case)
    series = tx.get(Serial, f"exhibit/{case.number}")
    if exhibits and (series is None or series.last < exhibits[-1].serial):
        report.findings.append(Finding(case.number, FindingKind.SERIES_BEHIND))
    for number in _missing_exhibits(tx, case, exhibits):
        report.findings.append(Finding(number, FindingKind.EXHIBIT_MISSING))
    by_exhibit: dict[str, Entries] = {}
    for seq, said in entries.items():
        by_exhibit.setdefault(said.exhibit, {})[seq] = said
    for exhibit in exhibits:
        verify_exhibit(tx, case, exhibit, by_exhibit.get(exhibit.number, {}), report)
    report.findings += _clock_findings(tx, case, entries_of(entries, What.CLOCK))
    report.findings += examination_findings(tx, case, entries_of(entries, What.EXAMINATION))


def verify_exhibit(tx: Session, case: Case, exhibit: Exhibit, entries: Entries, report: Report) -> None:
    """Verify one exhibit: its chain, the index beside it, its registered facts, readings and copies."""
    events = events_of(tx, exhibit)
    original = original_of(tx, exhibit)
    report.verified.append(exhibit.id)
    report.exhibits += 1
    report.events += len(events)
    report.findings += custody_findings(tx, case, exhibit, events)
    report.findings += _registered_findings(case, exhibit, original, events)
    if original is None:
        return
    report.originals += 1
    digests = Digests(original.size, original.sha256, original.sm3)
    report.to_read.append(Stored(exhibit.number, original.object_key, original.object_version, digests))
    readings, edits = entries_of(entries, What.READING), entries_of(entries, What.EDIT)
    report.findings += _reading_findings(tx, exhibit, original, readings)
    report.findings += _copy_findings(tx, exhibit, original, readings | edits, report)
    report.findings += _scan_findings(tx, exhibit, original, entries_of(entries, What.SCAN))


def verify_heads(tx: Session, prefix: str, report: Report) -> None:
    """Every chain that has a head below ``prefix`` (``exhibit/…``) belongs to an exhibit that is registered."""
    chains = tx.exec(select(ChainHead.chain).where(col(ChainHead.chain).startswith(prefix, autoescape=True)))
    known = {f"exhibit/{number}" for number in tx.exec(select(Exhibit.number))}
    for chain in chains:
        number = chain.removeprefix("exhibit/")
        if chain not in known and not report.of(number):
            report.findings.append(Finding(number, FindingKind.EXHIBIT_MISSING))


def read_objects(store: ObjectStore, report: Report) -> Report:
    """Read every object that was noted against its registered size and digests.

    StoreUnavailable when the store itself is away: then nothing can be said of any object.
    """
    while report.to_read:
        stored = report.to_read.pop(0)
        try:
            found = digests_of(store.read(stored.key, stored.version))
        except ObjectMissing:
            report.findings.append(Finding(stored.where, FindingKind.OBJECT_MISSING, None, stored.key))
            continue
        except StoreUnavailable as reason:
            store.stat(stored.key, stored.version)  # raises when it is the store that is away, not the object
            unreadable = FindingKind.OBJECT_UNREADABLE
            report.findings.append(Finding(stored.where, unreadable, None, stored.registered.sha256, reason.cause))
            continue
        report.bytes_read += found.size
        if found != stored.registered:
            differs = FindingKind.DIGEST_DIFFERS
            report.findings.append(Finding(stored.where, differs, None, stored.registered.sha256, found.sha256))
    return report


def enter_verification(act: Act, case: Case, report: Report) -> list[CustodyEvent]:
    """Record the outcome as a ``verified`` event of each exhibit that was verified."""
    events = []
    for exhibit in exhibits_of(act.tx, case):
        if exhibit.id not in report.verified:
            continue
        found = sorted({finding.kind.value for finding in report.of(exhibit.number)})
        facts = {"result": "differs" if found else "unchanged", "findings": found}
        events.append(record(act, case, exhibit, EventType.VERIFIED, facts))
    return events


def _missing_exhibits(tx: Session, case: Case, exhibits: list[Exhibit]) -> Iterator[str]:
    series = tx.get(Serial, f"exhibit/{case.number}")
    last = max([series.last if series else 0, *(exhibit.serial for exhibit in exhibits)])
    there = {exhibit.serial for exhibit in exhibits}
    return (f"{case.number}-{serial:04d}" for serial in range(1, last + 1) if serial not in there)


def _registered_findings(
    case: Case, exhibit: Exhibit, original: Original | None, events: list[CustodyEvent]
) -> Iterator[Finding]:
    if not events:
        return
    said = stated(events[0].body)
    registered = {
        "number": f"{case.number}-{exhibit.serial:04d}",
        "kind": exhibit.kind.value,
        "name": exhibit.name,
        "collected_by": exhibit.collected_by_id,
        "created_at": rfc3339(exhibit.created_at),
    }
    collected = {
        "number": exhibit.number,
        "kind": said.facts.get("kind"),
        "name": said.facts.get("name"),
        "collected_by": said.by.id,
        "created_at": said.at,
    }
    yield from _differences(exhibit.number, collected, registered)
    file = said.facts.get("file")
    if file is None and original is None:
        return
    if original is None:
        yield Finding(exhibit.number, FindingKind.ORIGINAL_MISSING, 0)
        return
    stands = {
        "name": original.file_name,
        "size": f"{original.size} B",
        "sha256": original.sha256,
        "sm3": original.sm3,
        "received_at": rfc3339(original.received_at),
    }
    stated_file = {**file, "received_at": said.at} if isinstance(file, dict) else {}
    yield from _differences(exhibit.number, stated_file, stands)


def _differences(where: str, said: dict[str, Any], registered: dict[str, Any]) -> Iterator[Finding]:
    for name, value in registered.items():
        if said.get(name) != value:
            differs = FindingKind.EXHIBIT_DIFFERS
            yield Finding(where, differs, 0, f"{name}：{said.get(name)}", f"{name}：{value}")


def _reading_findings(tx: Session, exhibit: Exhibit, original: Original, entries: Entries) -> Iterator[Finding]:
    readings = tx.exec(select(Reading).where(Reading.original_id == original.id)).all()
    for seq in entries.keys() - {reading.record_seq for reading in readings}:
        yield Finding(exhibit.number, FindingKind.READING_MISSING, seq)
    for reading in readings:
        said = entries.get(reading.record_seq, Statement())
        stands = (
            original.sha256,
            reading.reader,
            read_digest(reading.facts, reading.findings),
            rfc3339(reading.read_at),
        )
        if stands != (*(said.facts.get(name) for name in ("original", "reader", "read_sha256")), said.at):
            yield Finding(exhibit.number, FindingKind.READING_DIFFERS, reading.record_seq)


def _copy_findings(
    tx: Session, exhibit: Exhibit, original: Original, entries: Entries, report: Report
) -> Iterator[Finding]:
    """Copies made by a reading or by hand: both kinds of entry name what was made, and from which original."""
    copies = tx.exec(select(Derivative).where(Derivative.original_id == original.id)).all()
    for seq, said in entries.items():
        if len([copy for copy in copies if copy.record_seq == seq]) != len(_copies_in(said)):
            yield Finding(exhibit.number, FindingKind.COPY_MISSING, seq)
    for copy in copies:
        said = entries.get(copy.record_seq, Statement())
        report.copies += 1
        digests = Digests(copy.size, copy.sha256, copy.sm3)
        report.to_read.append(Stored(exhibit.number, copy.object_key, copy.object_version, digests))
        named = copy_stated(copy.purpose, copy.sha256, copy.sm3, copy.tool, copy.parameters)
        of = copy.original_sha256, said.facts.get("original"), rfc3339(copy.made_at)
        if named not in _copies_in(said) or of != (original.sha256, original.sha256, said.at):
            yield Finding(exhibit.number, FindingKind.COPY_DIFFERS, copy.record_seq)


def _scan_findings(tx: Session, exhibit: Exhibit, original: Original, entries: Entries) -> Iterator[Finding]:
    scans = scans_of(tx, original)
    for scan in scans:
        said = entries.get(scan.record_seq, Statement())
        stands = scan_stated(original.sha256, scan.engine, scan.outcome, scan.signature)
        if (stands, rfc3339(scan.at)) != (said.facts, said.at):
            yield Finding(exhibit.number, FindingKind.SCAN_DIFFERS, scan.record_seq)
    for seq in entries.keys() - {scan.record_seq for scan in scans}:
        yield Finding(exhibit.number, FindingKind.SCAN_MISSING, seq)


def _clock_findings(tx: Session, case: Case, entries: Entries) -> Iterator[Finding]:
    clocks = clocks_of(tx, case)
    for clock in clocks:
        said = entries.get(clock.record_seq, Statement())
        if (clock_stated(clock), clock.person_id, rfc3339(clock.at)) != (said.facts, said.by.id, said.at):
            yield Finding(case.number, FindingKind.CLOCK_DIFFERS, clock.record_seq, registered=clock.device)
    for seq in entries.keys() - {clock.record_seq for clock in clocks}:
        yield Finding(case.number, FindingKind.CLOCK_MISSING, seq, registered=str(entries[seq].facts.get("device")))


def _copies_in(said: Statement) -> list[Any]:
    copies = said.facts.get("copies")
    return copies if isinstance(copies, list) else []
