"""Verification: nothing to find in an untouched case, and a finding for every kind of damage."""

import pytest
from sqlmodel import Session

from evidence.exhibit import Kind
from evidence.intake import collect_file, receive
from evidence.record import What, read
from evidence.verification import Report, verify_case, verify_record
from tests.tampering import tamper


@pytest.fixture
def recorded(world):
    for number in range(3):
        received = receive(world.store, [b"picture %d" % number], file_name=f"{number}.jpg")
        exhibit = collect_file(world.investigator, world.case, received, kind=Kind.PHOTO)
        read(world.investigator, What.VIEW, purpose="测试", case=world.case, exhibit=exhibit)
    world.tx.commit()
    return world


def found(world):
    with Session(world.engine) as tx:
        report = verify_record(tx, verify_case(tx, world.store, world.case, Report()))
    return {(finding.where.removeprefix(world.case.number), finding.kind.value) for finding in report.findings}


def test_nothing_is_found_in_an_untouched_case(recorded):
    with Session(recorded.engine) as tx:
        report = verify_record(tx, verify_case(tx, recorded.store, recorded.case, Report()))
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
        ("UPDATE record_entry SET what = 'download' WHERE seq = 1", ("操作记录", "entry_altered")),
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
        "DELETE FROM chain_head WHERE chain LIKE '%-0002'",
        "DELETE FROM exhibit WHERE id = 2",
    )
    assert ("-0002", "exhibit_missing") in found(recorded)


def test_a_changed_byte_in_the_store_is_found(recorded):
    key = next(recorded.store.keys("originals/")).key
    recorded.store._objects[key] = b"Picture 0"
    assert {kind for _, kind in found(recorded)} == {"digest_differs"}
