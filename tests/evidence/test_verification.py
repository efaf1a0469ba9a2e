"""Verification: nothing to find in an untouched case, and a finding for every kind of damage."""

import pytest
from sqlmodel import Session

from casesvc.demo.photographs import demo_photographs
from evidence.custody_event import events_of
from evidence.exhibit import Kind, exhibits_of
from evidence.intake import collect_file, receive
from evidence.reading import enter_reading
from evidence.record import What, read
from evidence.verification import Report, enter_verification, read_objects, verify_case, verify_heads, walk_record
from tests.evidence.conftest import AT
from tests.evidence.files import as_read, handed_over, registered
from tests.tampering import tamper


@pytest.fixture
def recorded(world):
    for number in range(3):
        received = receive(world.store, [b"picture %d" % number], file_name=f"{number}.jpg")
        exhibit = collect_file(world.investigator, world.case, received, kind=Kind.PHOTO)
        read(world.investigator, What.VIEW, purpose="测试", case=world.case, exhibit=exhibit)
    world.tx.commit()
    return world


def verified(world):
    report = Report()
    with Session(world.engine) as tx:
        verify_case(tx, world.case, walk_record(tx, report), report)
        verify_heads(tx, "exhibit/", report)
    return read_objects(world.store, report)


def found(world):
    report = verified(world)
    return {(finding.where.removeprefix(world.case.number), finding.kind.value) for finding in report.findings}


def test_nothing_is_found_in_an_untouched_case(recorded):
    report = verified(recorded)
    assert report.sound
    assert (report.exhibits, report.events, report.originals, report.entries) == (3, 3, 3, 3)
    assert report.bytes_read == len(b"picture 0") * 3


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE exhibit SET name = 'other' WHERE serial = 2", ("-0002", "exhibit_differs")),
        ("UPDATE exhibit SET kind = 'document' WHERE serial = 2", ("-0002", "exhibit_differs")),
        ("UPDATE original SET sha256 = 'f' WHERE exhibit_id = 2", ("-0002", "exhibit_differs")),
        ("UPDATE original SET sm3 = 'f' WHERE exhibit_id = 2", ("-0002", "digest_differs")),
        ("UPDATE original SET file_name = 'f.jpg' WHERE exhibit_id = 2", ("-0002", "exhibit_differs")),
        ("UPDATE original SET object_key = 'originals/none' WHERE exhibit_id = 2", ("-0002", "object_missing")),
        ("DELETE FROM original WHERE exhibit_id = 2", ("-0002", "original_missing")),
        ("DELETE FROM custody_event WHERE exhibit_id = 2", ("-0002", "event_missing")),
        ("UPDATE custody_event SET person_id = 2 WHERE exhibit_id = 2", ("-0002", "index_differs")),
        ("UPDATE custody_event SET at = '2020-01-01 00:00:00' WHERE exhibit_id = 2", ("-0002", "index_differs")),
        ("UPDATE custody_event SET type = 'sealed' WHERE exhibit_id = 2", ("-0002", "index_differs")),
        ("UPDATE custody_event SET seq = 5 WHERE exhibit_id = 2", ("-0002", "event_missing")),
        ("DELETE FROM record_entry WHERE seq = 1", ("操作记录", "entry_missing")),
        ("DELETE FROM record_entry WHERE seq = 2", ("操作记录", "entry_missing")),
        ("UPDATE record_entry SET what = 'download' WHERE seq = 1", ("操作记录", "entry_index_differs")),
        ("UPDATE record_entry SET person_id = 2 WHERE seq = 1", ("操作记录", "entry_index_differs")),
        ("UPDATE record_entry SET exhibit_id = NULL WHERE seq = 1", ("操作记录", "entry_index_differs")),
        ("UPDATE record_entry SET case_id = NULL WHERE seq = 1", ("操作记录", "entry_index_differs")),
        ("UPDATE record_entry SET sha256 = 'f' WHERE seq = 1", ("操作记录", "entry_index_differs")),
        ("UPDATE custody_event SET sha256 = 'f' WHERE exhibit_id = 2", ("-0002", "index_differs")),
        ("UPDATE exhibit SET collected_by_id = 2 WHERE id = 2", ("-0002", "exhibit_differs")),
        ("UPDATE exhibit SET created_at = '2020-01-01 00:00:00' WHERE id = 2", ("-0002", "exhibit_differs")),
        ("UPDATE original SET received_at = '2020-01-01 00:00:00' WHERE exhibit_id = 2", ("-0002", "exhibit_differs")),
    ],
)
def test_a_changed_or_removed_row_is_found(recorded, statement, finding):
    tamper(recorded.engine, statement)
    assert finding in found(recorded)


def test_a_changed_body_is_found(recorded):
    if recorded.engine.dialect.name == "postgresql":
        column = "convert_to(replace(convert_from(body, 'UTF8'), '王建国', '李建国'), 'UTF8')"
    else:
        column = "CAST(replace(CAST(body AS text), '王建国', '李建国') AS blob)"
    tamper(recorded.engine, f"UPDATE custody_event SET body = {column} WHERE exhibit_id = 2")
    assert ("-0002", "event_altered") in found(recorded)


def test_a_whole_exhibit_removed_with_its_chain_is_found(recorded):
    tamper(
        recorded.engine,
        "DELETE FROM original WHERE exhibit_id = 2",
        "DELETE FROM custody_event WHERE exhibit_id = 2",
        "DELETE FROM record_entry WHERE exhibit_id = 2",
        "DELETE FROM exhibit WHERE id = 2",
    )
    assert ("-0002", "exhibit_missing") in found(recorded)


def test_the_last_exhibit_removed_with_its_number_is_found_by_the_head_it_left(recorded):
    tamper(
        recorded.engine,
        "DELETE FROM original WHERE exhibit_id = 3",
        "DELETE FROM custody_event WHERE exhibit_id = 3",
        "DELETE FROM exhibit WHERE id = 3",
        "UPDATE serial SET last = 2 WHERE series LIKE 'exhibit/%'",
    )
    assert {(where.rpartition("/")[2], kind) for where, kind in found(recorded)} >= {("-0003", "exhibit_missing")}


def test_a_changed_byte_in_the_store_is_found(recorded):
    key = next(recorded.store.keys("originals/")).key
    recorded.store._objects[key] = b"Picture 0"
    assert {kind for _, kind in found(recorded)} == {"digest_differs"}


@pytest.fixture(scope="module")
def photograph():
    return next(iter(demo_photographs(AT, width=200))).content


@pytest.fixture
def read_photograph_of(recorded, photograph):
    """A fourth exhibit, a photograph that was read and copied."""
    original = registered(recorded, photograph, "p.jpg")
    outcome = as_read(photograph)
    handed_over([copy.stored for copy in outcome.copies], recorded.store)
    enter_reading(recorded.investigator, original, outcome)
    recorded.tx.commit()
    return recorded


def test_readings_and_copies_are_verified_too(read_photograph_of):
    report = verified(read_photograph_of)
    assert report.findings == []
    assert report.copies == 2


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE reading SET facts = '{}'", "reading_differs"),
        ("UPDATE reading SET findings = '[\"no_gps\"]'", "reading_differs"),
        ("DELETE FROM reading", "reading_missing"),
        ("DELETE FROM derivative WHERE purpose = 'preview'", "copy_missing"),
        ("UPDATE derivative SET sha256 = 'f' WHERE purpose = 'preview'", "copy_differs"),
        ("UPDATE derivative SET original_sha256 = 'f' WHERE purpose = 'preview'", "copy_differs"),
        ("UPDATE derivative SET object_key = 'derived/none' WHERE purpose = 'preview'", "object_missing"),
    ],
)
def test_damage_to_readings_and_copies_is_found(read_photograph_of, statement, kind):
    tamper(read_photograph_of.engine, statement)
    assert ("-0004", kind) in found(read_photograph_of)


def test_an_exhibit_registered_during_a_verification_is_not_said_to_be_verified(recorded):
    report = verified(recorded)
    received = receive(recorded.store, [b"meanwhile"], file_name="m.jpg")
    late = collect_file(recorded.investigator, recorded.case, received, kind=Kind.PHOTO)
    enter_verification(recorded.custodian, recorded.case, report)
    assert [event.type.value for event in events_of(recorded.tx, late)] == ["collected"]
    first = exhibits_of(recorded.tx, recorded.case)[0]
    assert [event.type.value for event in events_of(recorded.tx, first)] == ["collected", "verified"]
