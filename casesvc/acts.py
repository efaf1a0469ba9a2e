"""Undertakings of more than one act, which every face calls: bytes first, then the act that records them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy.exc import IntegrityError

from casesvc.errors import VerifyingBusy
from casesvc.installation import Installation, prepare_store
from casesvc.permissions import Permission, case_for, require
from casesvc.runs import CanaryRun, VerificationRun, as_kept
from evidence.act import Actor
from evidence.custody_chains import chain_findings
from evidence.errors import KindNeedsSample, SendingReused
from evidence.exhibit import Exhibit, Kind, original_of, sent_as
from evidence.intake import checked_digest, checked_file_name, collect_file, receive
from evidence.record import What, read
from evidence.register import Unit, case_by_number
from evidence.sending import is_under_way
from evidence.verification import Report, enter_verification, read_objects, verify_heads
from storage import run_canary
from workflows.documents import Document, DocumentNumber, check_fields, complete, make, reserve
from workflows.verification import verify_everything, verify_one_case

SYSTEM = "系统"
VERIFIED_AT_ONCE = 2
_VERIFYING = BoundedSemaphore(VERIFIED_AT_ONCE)  # it keeps a thread for minutes; pages must not wait for one


def upload(
    here: Installation,
    by: Actor,
    case_number: str,
    blocks: Iterable[bytes],
    *,
    file_name: str,
    kind: Kind,
    name: str = "",
    declared_sha256: str | None = None,
    sending: str | None = None,
    facts: Mapping[str, str] | None = None,
) -> Exhibit:
    """Stream one file into the store and make it an exhibit; nothing of it exists until its digests are recorded.

    A ``sending`` that has arrived before is answered with the exhibit it became; its bytes are not read again.
    """
    checked_file_name(file_name)
    if kind.tangible:
        raise KindNeedsSample(file_name)
    if declared_sha256:
        checked_digest(declared_sha256)
    if arrived := _arrived(here, by, case_number, sending, file_name, declared_sha256):
        return arrived
    received = receive(here.store, blocks, file_name=file_name, declared_sha256=declared_sha256)
    try:
        with here.database.begin(by) as act:
            case = case_for(act.tx, by, case_number, Permission.COLLECT_EXHIBIT)
            return collect_file(act, case, received, kind=kind, name=name, sending=sending, facts=dict(facts or {}))
    except IntegrityError as reason:
        if not sending or "sending" not in str(reason.orig):
            raise
        # the same sending, still under way when this one began, was recorded first
        if arrived := _arrived(here, by, case_number, sending, file_name, received.digests.sha256):
            return arrived
        raise SendingReused(file_name) from None


def _arrived(
    here: Installation, by: Actor, case_number: str, sending: str | None, file_name: str, sha256: str | None
) -> Exhibit | None:
    with here.database.reading() as tx:
        case = case_for(tx, by, case_number, Permission.COLLECT_EXHIBIT)
        exhibit = sent_as(tx, sending, by.id) if sending else None
        if exhibit is None:
            if sending and is_under_way(tx, by.id, sending):
                raise SendingReused(file_name)
            return None
        original = original_of(tx, exhibit)
    if exhibit.case_id != case.id or original is None or (sha256 and sha256.lower() != original.sha256):
        raise SendingReused(file_name)
    return exhibit


@dataclass(frozen=True)
class Issued:
    """A document with its register number."""

    number: DocumentNumber
    document: Document


def issue(here: Installation, by: Actor, case_number: str, form_id: str, fields: Mapping[str, Any]) -> Issued:
    """Issue a document. Its fields are checked before a number is taken; a number taken in vain is used next time."""
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, case_number, Permission.ISSUE_DOCUMENT)
        check_fields(form_id, fields)
        reserved = reserve(act, case, act.tx.get_one(Unit, case.unit_id), form_id)
    made = make(here.store, form_id, fields, number=reserved.number)
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, case_number, Permission.ISSUE_DOCUMENT)
        document = complete(act, case, reserved, made)
    return Issued(reserved, document)


def verify(here: Installation, by: Actor, case_number: str) -> VerificationRun:
    """Verify a case from its stored bytes; that it was read, and the outcome, are recorded and kept."""
    with here.database.reading() as tx:
        case_for(tx, by, case_number, Permission.VERIFY_CASE)
    if not _VERIFYING.acquire(blocking=False):
        raise VerifyingBusy(VERIFIED_AT_ONCE)
    try:
        with here.database.begin(by) as act:
            case = case_for(act.tx, by, case_number, Permission.VERIFY_CASE)
            read(act, What.VERIFY, purpose="核验", case=case)
        report = Report()
        with here.database.snapshot() as tx:
            verify_one_case(tx, case, report)
        read_objects(here.store, report)
        with here.database.begin(by) as act:
            enter_verification(act, case, report)
            run = VerificationRun(case_id=case.id, person_id=by.id, at=act.at, report=as_kept(report))
            act.tx.add(run)
            read(act, What.VERIFY, purpose=f"核验结果：发现 {len(report.findings)} 处问题", case=case)
    finally:
        _VERIFYING.release()
    return run


def verify_all(here: Installation, case_number: str | None = None) -> Report:
    """Verify one case or all, from outside any person's view; writes nothing, so it also runs on a copy."""
    report = Report()
    with here.database.snapshot() as tx:
        if case_number:
            verify_one_case(tx, case_by_number(tx, case_number), report)
        else:
            verify_everything(tx, report)
    return read_objects(here.store, report)


def verify_all_chains(here: Installation) -> Report:
    """The chains of all exhibits without anything else; writes nothing either."""
    report = Report()
    counted = {"exhibits": 0, "events": 0}
    with here.database.snapshot() as tx:
        report.findings += chain_findings(tx, counted)
        verify_heads(tx, "exhibit/", report)
    report.exhibits, report.events = counted["exhibits"], counted["events"]
    return report


def run_and_record_canary(here: Installation) -> CanaryRun:
    """Test what the store really refuses, and keep the outcome."""
    prepare_store(here.store)
    report = run_canary(here.store)
    with here.database.begin(system_actor()) as act:
        run = CanaryRun(at=act.at, store=report.store, sound=report.sound, report=asdict(report))
        act.tx.add(run)
        act.tx.flush()
    return run


def ask_canary(here: Installation, by: Actor) -> CanaryRun:
    """The canary on demand of a person."""
    require(by, Permission.RUN_CANARY)
    return run_and_record_canary(here)


def system_actor() -> Actor:
    """Who does what no person asked for; never writes custody events."""
    return Actor(0, SYSTEM, 0, SYSTEM, "")


def now() -> datetime:
    return datetime.now(UTC)
