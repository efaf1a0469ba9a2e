"""Scanning for viruses: the sweep that scans every original once, a scan on demand, and what a finding keeps back."""

import logging
from contextlib import suppress
from threading import BoundedSemaphore

from casesvc.acts import system_actor
from casesvc.errors import NotAFile, Quarantined, ScannerMissing, ScanningBusy
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, may
from evidence.act import Act, Actor
from evidence.errors import ScannerUnavailable, ScanStands
from evidence.exhibit import Exhibit, Original, exhibit_by_number, original_of
from evidence.scanning import enter_scan, quarantine_of, scan_original, scans_of, unscanned
from storage import ObjectMissing, StorageError
from workflows.roles import role_labels

log = logging.getLogger(__name__)
_SCANNING = BoundedSemaphore(1)  # on demand: a large file keeps a thread for minutes, and the sweep scans beside it


def scan_next(here: Installation, failed: set[int]) -> bool:
    """Scan one original that has no scan yet; False when there is none. What is missing is derived anew.

    One that fails by itself, while scanner and store answer, goes into ``failed`` and keeps no other waiting.
    ScannerUnavailable and StoreUnavailable when all would fail.
    """
    if here.scanner is None:
        return False
    with here.database.reading() as tx:
        original = unscanned(tx, failed)
    if original is None:
        return False
    engine = here.scanner.version()
    try:
        scanned = scan_original(here.scanner, here.store, original)
    except (ScannerUnavailable, StorageError) as reason:
        here.scanner.version()  # raises when it is the scanner that is away
        with suppress(ObjectMissing):
            here.store.stat(original.object_key, original.object_version)  # raises when it is the store
        log.warning("scan of original %s failed: %s", original.id, reason)
        failed.add(original.id)
        return True
    with here.database.begin(system_actor()) as act:
        enter_scan(act, original, engine, scanned)
    return True


def scan_again(here: Installation, by: Actor, number: str, exhibit: str) -> None:
    """Scan one original on demand, with signatures it was not scanned with before: the latest scan decides."""
    with here.database.reading() as tx:
        case = case_for(tx, by, number, Permission.VERIFY_CASE)
        original = original_of(tx, exhibit_by_number(tx, case, exhibit))
        if original is None:
            raise NotAFile(exhibit)
        engines = {scan.engine for scan in scans_of(tx, original)}
    if here.scanner is None:
        raise ScannerMissing
    if not _SCANNING.acquire(blocking=False):
        raise ScanningBusy
    try:
        engine = here.scanner.version()
        if engine in engines:
            raise ScanStands(exhibit, engine)
        scanned = scan_original(here.scanner, here.store, original)
    finally:
        _SCANNING.release()
    with here.database.begin(by) as act:
        case_for(act.tx, by, number, Permission.VERIFY_CASE)
        enter_scan(act, original, engine, scanned)


def purpose_of_taking(act: Act, exhibit: Exhibit, original: Original, purpose: str) -> str:
    """The purpose to record for a download of an original; of a quarantined one it names the finding.

    Quarantined for all but those who may take such a file: evidence must stay within reach of a court.
    """
    finding = quarantine_of(act.tx, original)
    if finding is None:
        return purpose
    takes = Permission.DOWNLOAD_QUARANTINED
    if not may(act.by, takes):
        raise Quarantined(exhibit.number, finding.signature, role_labels(sorted(takes.roles)))
    return f"{purpose}（调取隔离文件：{finding.signature}）"
