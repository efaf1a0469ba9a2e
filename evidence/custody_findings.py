"""Verification of custody: each exhibit's chain, and the rows beside it, held against what the events say."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from evidence.chain import ChainHead, Statement, breaks, sha256_hex, stated
from evidence.custody import CustodyStanding, rules_of, standing_stated
from evidence.custody_defect import CustodyDefect, defects_stated
from evidence.custody_event import CustodyEvent, EventType, chain_of
from evidence.examination import (
    ExaminationReport,
    examination_stated,
    examinations_of,
    exhibits_examined,
    report_stated,
)
from evidence.exhibit import Exhibit
from evidence.family import Kinship
from evidence.findings import Finding, FindingKind
from evidence.handover import Handover, HandoverAnswer, HandoverItem, Outcome
from evidence.moments import rfc3339
from evidence.register import Case
from evidence.seal import Seal
from evidence.standing import TRANSFERS, walk


def custody_findings(tx: Session, case: Case, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    """All that is wrong with the chain of an exhibit and with what is kept beside it."""
    yield from _chain_findings(tx, exhibit, events)
    yield from _index_findings(case, exhibit, events)
    yield from _standing_findings(tx, case, exhibit, events)
    yield from _seal_findings(tx, exhibit, events)
    yield from _handover_findings(tx, exhibit, events)
    yield from _kinship_findings(tx, exhibit, events)


def _chain_findings(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    head = tx.get(ChainHead, chain_of(exhibit))
    for broken in breaks(((event.seq, event.body) for event in events), head):
        yield Finding(exhibit.number, FindingKind(broken.what), broken.seq)
    if not events and head is None:
        yield Finding(exhibit.number, FindingKind.EVENT_MISSING, 0)


def _index_findings(case: Case, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    for event in events:
        said = stated(event.body)
        index = (event.type.value, rfc3339(event.at), event.person_id, event.sha256)
        stands = (said.kind, said.at, said.by.id, sha256_hex(event.body))
        if index != stands or (said.case, said.exhibit) != (case.number, exhibit.number):
            yield Finding(exhibit.number, FindingKind.INDEX_DIFFERS, event.seq)


def _standing_findings(tx: Session, case: Case, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    row = tx.get(CustodyStanding, exhibit.id)
    if row is None:
        yield Finding(exhibit.number, FindingKind.STANDING_DIFFERS)
        return
    standing = walk(events, exhibit.kind, rules_of(case))
    for column, value in standing_stated(case, exhibit, standing).items():
        kept = getattr(row, column)
        if kept != value:
            yield Finding(exhibit.number, FindingKind.STANDING_DIFFERS, None, f"{column}：{value}", f"{column}：{kept}")
    query = select(CustodyDefect).where(CustodyDefect.exhibit_id == exhibit.id).order_by(col(CustodyDefect.position))
    if [each.model_dump() for each in tx.exec(query)] != defects_stated(case, exhibit, standing):
        yield Finding(exhibit.number, FindingKind.DEFECTS_DIFFER)


def _seal_findings(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    """Seals of chains made before they were registered are in no row; a row always has its event."""
    said = {event.seq: stated(event.body).facts.get("seal_after") for event in events}
    for seal in tx.exec(select(Seal).where(Seal.exhibit_id == exhibit.id)):
        if said.get(seal.seq) != seal.number:
            yield Finding(exhibit.number, FindingKind.SEAL_ROW_DIFFERS, seal.seq, seal.number)


def _handover_findings(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    query = (
        select(HandoverItem, Handover, HandoverAnswer)
        .join(Handover, col(Handover.id) == col(HandoverItem.handover_id))
        .join(HandoverAnswer, col(HandoverAnswer.item_id) == col(HandoverItem.id), isouter=True)
        .where(HandoverItem.exhibit_id == exhibit.id)
    )
    by_seq = {event.seq: event for event in events}
    items: set[int] = set()
    answers: set[int] = set()
    for item, handover, ended in tx.exec(query):
        items.add(item.seq)
        if not _is_offer_of(by_seq.get(item.seq), handover):
            yield Finding(exhibit.number, FindingKind.HANDOVER_DIFFERS, item.seq, handover.number)
        if ended is None:
            continue
        answers.add(ended.seq)
        if not _answers(by_seq.get(ended.seq), ended, handover):
            yield Finding(exhibit.number, FindingKind.HANDOVER_DIFFERS, ended.seq, handover.number)
    for event in events:
        answering = event.type in {EventType.REJECTED, EventType.WITHDRAWN} or (
            event.type in TRANSFERS and "handover" in stated(event.body).facts
        )
        if (event.type is EventType.OFFERED and event.seq not in items) or (answering and event.seq not in answers):
            yield Finding(exhibit.number, FindingKind.HANDOVER_MISSING, event.seq)


def _is_offer_of(event: CustodyEvent | None, handover: Handover) -> bool:
    if event is None or event.type is not EventType.OFFERED:
        return False
    said = stated(event.body)
    to: Any = said.facts.get("to")
    receiver = to.get("id") if isinstance(to, dict) else None
    stands = (handover.number, handover.type.value, handover.giver_id, handover.receiver_id, handover.purpose)
    return stands == (
        said.facts.get("handover"),
        said.facts.get("act"),
        said.by.id,
        receiver,
        said.facts.get("purpose"),
    )


def _answers(event: CustodyEvent | None, ended: HandoverAnswer, handover: Handover) -> bool:
    if event is None or event.person_id != ended.person_id:
        return False
    allowed = {
        Outcome.ACCEPTED: {handover.type},
        Outcome.REJECTED: {EventType.REJECTED},
        Outcome.WITHDRAWN: {EventType.WITHDRAWN, EventType.TAKEN_OVER, EventType.LOST},
    }
    return event.type in allowed[ended.outcome]


def _kinship_findings(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> Iterator[Finding]:
    """The rows below an exhibit against its own events: each child is named by the event of its row, and has a row."""
    query = (select(Kinship, Exhibit).join(Exhibit, col(Exhibit.id) == col(Kinship.child_id))).where(
        Kinship.parent_id == exhibit.id
    )
    kept = {(kin.seq, kin.relation.value, child.number) for kin, child in tx.exec(query)}
    said = set()
    for event in events:
        facts = stated(event.body).facts
        children = facts.get("children")
        for child in children if event.type is EventType.DERIVED and isinstance(children, list) else []:
            number = str(child.get("exhibit") if isinstance(child, dict) else child)
            said.add((event.seq, str(facts.get("relation")), number))
    for seq, number in sorted({(seq, number) for seq, _, number in kept ^ said}):
        yield Finding(exhibit.number, FindingKind.KINSHIP_DIFFERS, seq, number)


def examination_findings(tx: Session, case: Case, entries: Mapping[int, Statement]) -> Iterator[Finding]:
    """Commissions and reports of a case against their entries in the record, which ``entries`` are by seq."""
    kept = set()
    for examination in examinations_of(tx, case):
        asked = examination_stated(tx, examination, exhibits_examined(tx, examination))
        rows = [(examination.record_seq, examination.person_id, asked)]
        made = tx.get(ExaminationReport, examination.id)
        if made is not None:
            told = report_stated(examination, made, tx.get_one(Exhibit, made.exhibit_id))
            rows.append((made.record_seq, made.person_id, told))
        for seq, person, stands in rows:
            kept.add(seq)
            said = entries.get(seq, Statement())
            moved = seq == examination.record_seq and said.at != rfc3339(examination.requested_at)
            if (said.by.id, said.facts) != (person, stands) or moved:
                yield Finding(case.number, FindingKind.EXAMINATION_DIFFERS, seq, examination.number)
    for seq in entries.keys() - kept:
        yield Finding(case.number, FindingKind.EXAMINATION_MISSING, seq)
