"""Scans beside their originals: which are missing, which decides, and what verification finds when one was changed."""

import pytest
from sqlmodel import Session, select

from evidence.chain import stated
from evidence.clamav import LARGEST, Clamd, Scanned, ScanOutcome
from evidence.exhibit import Kind, Original, original_of
from evidence.intake import collect_file, receive
from evidence.record import RecordEntry, What
from evidence.scanning import (
    Scan,
    count_scans,
    enter_scan,
    latest_scans,
    quarantine_of,
    scan_original,
    scans_of,
    unscanned,
)
from evidence.verification import Report, read_objects, verify_case, walk_record
from tests.servers import free_port
from tests.tampering import tamper

CLEAN, FOUND = Scanned(ScanOutcome.CLEAN), Scanned(ScanOutcome.FOUND, "Eicar-Test")
OLD, NEW = "ClamAV 1.4.6/27817/Mon Nov 23 2026", "ClamAV 1.4.6/27818/Tue Nov 24 2026"


@pytest.fixture
def originals(world) -> list[Original]:
    rows = []
    for number in range(3):
        received = receive(world.store, [b"file %d" % number], file_name=f"{number}.bin")
        exhibit = collect_file(world.investigator, world.case, received, kind=Kind.ELECTRONIC)
        rows.append(original_of(world.tx, exhibit))
    world.tx.commit()
    return rows


def test_the_newest_is_scanned_first_and_each_once(world, originals):
    first, second, third = originals
    assert unscanned(world.tx, set()) == third
    enter_scan(world.investigator, third, OLD, CLEAN)
    assert unscanned(world.tx, {second.id}) == first
    assert unscanned(world.tx, {first.id, second.id}) is None
    assert count_scans(world.tx) == (2, 0)


def test_a_scan_stands_in_the_record(world, originals):
    scan = enter_scan(world.investigator, originals[0], OLD, FOUND)
    entry = world.tx.get_one(RecordEntry, scan.record_seq)
    assert entry.what is What.SCAN
    assert entry.exhibit_id == originals[0].exhibit_id
    said = stated(entry.body).facts
    assert said == {"original": originals[0].sha256, "engine": OLD, "outcome": "found", "signature": "Eicar-Test"}


def test_the_latest_scan_decides(world, originals):
    original = originals[0]
    assert quarantine_of(world.tx, original) is None
    enter_scan(world.investigator, original, OLD, FOUND)
    assert quarantine_of(world.tx, original).signature == "Eicar-Test"
    assert count_scans(world.tx) == (2, 1)
    enter_scan(world.custodian, original, NEW, CLEAN)
    assert quarantine_of(world.tx, original) is None
    assert count_scans(world.tx) == (2, 0)
    assert [scan.engine for scan in scans_of(world.tx, original)] == [NEW, OLD]
    assert latest_scans(world.tx, world.case)[original.id].engine == NEW


def test_a_second_outcome_of_the_same_engine_adds_nothing(world, originals):
    first = enter_scan(world.investigator, originals[0], OLD, FOUND)
    assert enter_scan(world.custodian, originals[0], OLD, CLEAN) == first
    assert len(world.tx.exec(select(Scan)).all()) == 1
    assert len(world.tx.exec(select(RecordEntry).where(RecordEntry.what == What.SCAN)).all()) == 1


def test_a_file_beyond_the_scanners_own_limit_is_not_sent_to_be_called_clean(world):
    huge = Original(size=LARGEST + 1, object_key="originals/none", object_version="")
    nobody = Clamd(f"127.0.0.1:{free_port()}")
    assert scan_original(nobody, world.store, huge).outcome is ScanOutcome.TOO_LARGE


def test_scanning_leaves_the_bytes_as_they_are(world, clamd_server):
    received = receive(world.store, [clamd_server.virus], file_name="virus.bin")
    exhibit = collect_file(world.investigator, world.case, received, kind=Kind.ELECTRONIC)
    original = original_of(world.tx, exhibit)
    before = list(world.store.keys())
    assert scan_original(Clamd(clamd_server.address), world.store, original).signature == clamd_server.signature
    assert list(world.store.keys()) == before
    assert b"".join(world.store.read(original.object_key, original.object_version)) == clamd_server.virus


def found(world):
    report = Report()
    with Session(world.engine) as tx:
        verify_case(tx, world.case, walk_record(tx, report), report)
    read_objects(world.store, report)
    return {(finding.where.removeprefix(world.case.number), finding.kind.value) for finding in report.findings}


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        ("UPDATE scan SET outcome = 'clean', signature = ''", {("-0002", "scan_differs")}),
        ("UPDATE scan SET outcome = 'too_large', signature = ''", {("-0002", "scan_differs")}),
        ("UPDATE scan SET signature = 'Other'", {("-0002", "scan_differs")}),
        ("UPDATE scan SET engine = 'ClamAV 2'", {("-0002", "scan_differs")}),
        ("UPDATE scan SET at = '2020-01-01 00:00:00'", {("-0002", "scan_differs")}),
        ("UPDATE scan SET original_id = 3", {("-0002", "scan_missing"), ("-0003", "scan_differs")}),
        ("DELETE FROM scan", {("-0002", "scan_missing")}),
    ],
)
def test_a_scan_that_was_changed_or_removed_is_found(world, originals, statement, findings):
    enter_scan(world.investigator, originals[1], OLD, FOUND)
    world.tx.commit()
    assert found(world) == set()
    tamper(world.engine, statement)
    assert found(world) == findings


def test_a_scan_that_was_added_without_an_entry_is_found(world, originals):
    enter_scan(world.investigator, originals[1], OLD, FOUND)
    world.tx.commit()
    tamper(
        world.engine,
        "INSERT INTO scan (id, original_id, engine, outcome, signature, at, record_seq) "
        f"VALUES (9, 2, '{NEW}', 'clean', '', '2026-11-25 00:00:00', 77)",
    )
    assert found(world) == {("-0002", "scan_differs")}
