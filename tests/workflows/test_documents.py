"""Documents: a dense register, numbers that survive a crash, bytes with both digests, every damage found."""

import hashlib
import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

import templates
from evidence.digest import digests_of
from evidence.intake import SampleFacts, collect_sample
from evidence.log import LogEntry
from evidence.moments import rfc3339
from evidence.verification import Report, read_objects
from storage import StoreUnavailable
from tests.tampering import tamper
from tests.workflows.conftest import AGREED, AT, SUSPICION
from workflows.documents import check_fields, complete, complete_leaves, documents_of, make, reserve
from workflows.drafts import draft
from workflows.errors import DocumentBeingIssued, StepOutOfOrder, StepRoleMissing
from workflows.source import Source
from workflows.steps import steps_of
from workflows.verification import verify_everything

SAMPLE = SampleFacts(
    quantity="1 个",
    features="壳体熔融",
    position="配电箱内，距地 1.40 米",
    method="拆取",
    packing="物证袋",
    second_officer="李文静",
    witness="马会计",
    photo="007",
)
REST = {
    "D13": {},
    "D31": {
        "burned_area": "120",
        "direct_loss": "179000",
        "deaths": 0,
        "injuries": 0,
        "parties": ["马会计"],
        "cause": {
            "kind": "found",
            "started_at": "2026-11-24T22:31+08:00",
            "area": "库房东部",
            "point": "配电箱下方",
            "reason": "电气线路短路",
        },
    },
    "D48": {
        "attachments": [{"name": "涉嫌犯罪案件情况的调查报告", "copies": 1, "pages": 18}],
        "charge_basis": ["《中华人民共和国刑法》第一百一十五条第二款"],
        "phone": "0372-1190000",
    },
}


def fields(house, form, role):
    with house.database.reading() as tx:
        drafted = draft(Source(tx, house.case, house.unit, house.people[role], AT), form)
    return {**drafted, **REST[form]}


def issue(house, form, role, given=None):
    given = given or fields(house, form, role)
    with house.database.begin(house.people[role]) as act:
        check_fields(form, given)
        reserved = reserve(act, house.case, house.unit, form)
    made = make(house.store, form, given, number=reserved.number)
    with house.database.begin(house.people[role]) as act:
        return reserved, complete(act, house.case, reserved, made)


def verified(house):
    report = Report()
    with house.database.snapshot() as tx:
        verify_everything(tx, report)
    return read_objects(house.store, report)


@pytest.fixture
def ready(house):
    house.until_approved()
    with house.database.begin(house.people["investigator"]) as act:
        collect_sample(act, house.case, SAMPLE, name="断路器残骸")
    house.take("legal", "suspicion_reported", SUSPICION)
    house.take("approver", "referral_approved", AGREED)
    return house


@pytest.mark.parametrize(
    ("form", "role", "number"),
    [
        ("D13", "investigator", "4105022026O0001-D13-01"),
        ("D31", "investigator", "安文消火认字〔2026〕第0001号"),
        ("D48", "legal", "安文消移字〔2026〕第0001号"),
    ],
)
def test_a_document_is_numbered_stored_digested_and_a_step(ready, form, role, number):
    reserved, document = issue(ready, form, role)
    assert reserved.number == number
    content = b"".join(ready.store.read(document.object_key, document.object_version))
    assert (document.size, document.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert document.sm3 == digests_of([content]).sm3
    assert document.data_sha256 == hashlib.sha256(document.data).hexdigest()
    assert json.loads(document.data)["agency"] == "安阳市文峰区消防救援大队"
    with ready.database.reading() as tx:
        assert verified(ready).sound
        assert any(step.facts.get("document") == number for step in steps_of(tx, ready.case))


def test_an_issued_document_is_a_leaf_of_the_log(ready):
    reserved, document = issue(ready, "D13", "investigator")
    with ready.database.reading() as tx:
        (entry,) = tx.exec(select(LogEntry).where(LogEntry.about == reserved.number))
    leaf = json.loads(entry.body)
    assert len(leaf.pop("nonce")) == 32
    assert leaf == {
        "v": 1,
        "document": reserved.number,
        "kind": "D13",
        "case": ready.case.number,
        "at": rfc3339(document.issued_at),
        "by": ready.people["investigator"].as_recorded(),
        "sha256": document.sha256,
        "sm3": document.sm3,
        "template_sha256": document.template_sha256,
        "data_sha256": document.data_sha256,
    }


def test_a_document_issued_before_there_was_a_log_becomes_a_leaf_once(ready):
    reserved, _ = issue(ready, "D13", "investigator")
    with ready.database.reading() as tx:
        (issued,) = tx.exec(select(LogEntry.body).where(LogEntry.about == reserved.number))
    tamper(ready.database.engine, "DELETE FROM log_entry")
    for _ in range(2):
        with ready.database.begin(ready.people["investigator"]) as act:
            complete_leaves(act.tx)
    with ready.database.reading() as tx:
        (late,) = tx.exec(select(LogEntry.body).where(LogEntry.about == reserved.number))
    assert json.loads(late) | {"nonce": ""} == json.loads(issued) | {"nonce": ""}


def test_numbers_of_a_series_are_dense(ready):
    numbers = [issue(ready, "D13", "investigator")[0].number for _ in range(3)]
    assert numbers == [f"4105022026O0001-D13-0{serial}" for serial in (1, 2, 3)]
    assert verified(ready).sound


def test_a_missing_field_takes_no_number(ready):
    given = {**fields(ready, "D31", "investigator"), "parties": []}
    with pytest.raises(templates.FieldMissing) as refused:
        issue(ready, "D31", "investigator", given)
    assert refused.value.label == "送达的当事人"
    with ready.database.reading() as tx:
        assert documents_of(tx, ready.case) == []


class DeadStore:
    name = "dead"

    def put(self, key, blocks, *, lock=False):
        raise StoreUnavailable("dead", "connection refused")


def test_a_number_whose_issue_did_not_end_is_used_by_the_next(ready):
    store, ready.store = ready.store, DeadStore()
    with pytest.raises(StoreUnavailable):
        issue(ready, "D31", "investigator")
    with ready.database.reading() as tx:
        (left,) = documents_of(tx, ready.case)
        assert left.document is None
    assert verified(ready).sound, "taken and unused is not a gap"
    ready.store = store
    reserved, _ = issue(ready, "D31", "investigator")
    assert reserved.number == left.number.number


def test_two_who_take_the_same_number_do_not_both_issue(ready):
    given = fields(ready, "D13", "investigator")
    reserved = []
    for _ in range(2):
        with ready.database.begin(ready.people["investigator"]) as act:
            reserved.append(reserve(act, ready.case, ready.unit, "D13"))
    assert reserved[0].number == reserved[1].number
    for attempt, number in enumerate(reserved):
        made = make(ready.store, "D13", given, number=number.number)
        with ready.database.begin(ready.people["investigator"]) as act:
            if attempt:
                with pytest.raises(DocumentBeingIssued):
                    complete(act, ready.case, number, made)
            else:
                complete(act, ready.case, number, made)


def test_issue_obeys_the_procedure(house):
    given = {"agency": "x"}
    with pytest.raises(StepOutOfOrder), house.database.begin(house.people["investigator"]) as act:
        reserve(act, house.case, house.unit, "D31")
    with pytest.raises(StepRoleMissing), house.database.begin(house.people["legal"]) as act:
        reserve(act, house.case, house.unit, "D31")
    with pytest.raises(templates.FieldMissing):
        check_fields("D31", given)
    with pytest.raises(templates.FormNotImplemented), house.database.begin(house.people["legal"]) as act:
        reserve(act, house.case, house.unit, "D45")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE document SET sha256 = 'f'", "document_differs"),
        ("UPDATE document SET data = CAST('{}' AS blob)", "document_differs"),
        ("DELETE FROM document", "document_missing"),
        ("UPDATE document_number SET number = 'x'", "number_differs"),
        ("UPDATE document_number SET person_id = 2", "number_differs"),
        ("UPDATE document SET issued_at = '2020-01-01 00:00:00'", "document_differs"),
        ("UPDATE case_step SET person = 'x' WHERE slug = 'parties_heard'", "step_differs"),
        ("UPDATE case_step SET at = '2020-01-01 00:00:00' WHERE slug = 'parties_heard'", "step_differs"),
        ("UPDATE case_step SET procedure = 'x' WHERE slug = 'parties_heard'", "step_differs"),
        ("UPDATE fire_case SET name = 'x'", "case_differs"),
        ("UPDATE fire_case SET place = 'x'", "case_differs"),
        ("UPDATE fire_case SET unit_id = 3", "case_differs"),
        ("UPDATE fire_case SET fire_at = '2020-01-01 00:00:00'", "case_differs"),
        ("UPDATE fire_case SET opened_by_id = 2", "case_differs"),
        ("UPDATE incident SET caller = 'x'", "incident_differs"),
        ("UPDATE incident SET recorded_by_id = 2", "incident_differs"),
        ("UPDATE incident SET unit_id = 3", "incident_differs"),
        ("DELETE FROM incident_case", "incident_missing"),
        ("DELETE FROM incident", "incident_missing"),
        ("UPDATE case_step SET facts = '{}' WHERE slug = 'parties_heard'", "step_differs"),
        ("UPDATE case_step SET person_id = 4 WHERE slug = 'parties_heard'", "step_differs"),
        ("DELETE FROM case_step WHERE slug = 'parties_heard'", "step_missing"),
        ("UPDATE document SET object_key = 'documents/none'", "object_missing"),
    ],
)
def test_damage_to_documents_and_steps_is_found(ready, statement, kind):
    issue(ready, "D31", "investigator")
    tamper(ready.database.engine, statement)
    assert kind in {finding.kind.value for finding in verified(ready).findings}


def test_a_removed_number_is_a_gap(ready):
    issue(ready, "D31", "investigator")
    tamper(ready.database.engine, "DELETE FROM document", "DELETE FROM document_number")
    found = {(finding.where, finding.kind.value, finding.seq) for finding in verified(ready).findings}
    assert ("document/D31/410502/2026", "number_missing", 1) in found


def test_a_changed_byte_of_a_stored_document_is_found(ready):
    _, document = issue(ready, "D31", "investigator")
    content = bytearray(ready.store._objects[document.object_key])
    content[100] ^= 1
    ready.store._objects[document.object_key] = bytes(content)
    findings = verified(ready).findings
    assert [(finding.where, finding.kind.value) for finding in findings] == [
        ("安文消火认字〔2026〕第0001号", "digest_differs")
    ]


def test_a_whole_case_removed_is_found(ready):
    issue(ready, "D31", "investigator")
    tables = ("document", "document_number", "case_step", "custody_event", "exhibit", "incident_case", "fire_case")
    tamper(ready.database.engine, *(f"DELETE FROM {table}" for table in tables))
    found = {(finding.where, finding.kind.value) for finding in verified(ready).findings}
    assert ("4105022026O0001", "case_missing") in found
    assert ("4105022026O0001-0001", "exhibit_missing") in found
    assert ("case/410502/2026", "number_missing") in found


def test_steps_hidden_by_unlinking_their_entries_are_found(ready):
    tamper(
        ready.database.engine,
        "UPDATE record_entry SET case_id = NULL WHERE what = 'step'",
        "DELETE FROM case_step",
    )
    kinds = {finding.kind.value for finding in verified(ready).findings}
    assert {"step_missing", "entry_index_differs"} <= kinds


@pytest.mark.parametrize("body", ["{}", "[]", "nonsense", '{"by": "x", "facts": 3, "what": "step"}'])
def test_any_damage_to_an_entry_is_a_finding_never_an_error(ready, body):
    tamper(ready.database.engine, f"UPDATE record_entry SET body = CAST('{body}' AS blob)")
    kinds = {finding.kind.value for finding in verified(ready).findings}
    assert {"entry_altered", "step_differs", "case_differs"} <= kinds


def test_a_draft_states_only_what_all_samples_agree_on(ready):
    early = AT - timedelta(hours=5)
    with ready.database.begin(ready.people["investigator"]) as act:
        other = SampleFacts(**{**vars(SAMPLE), "witness": "张某", "second_officer": "周某"})
        collect_sample(act, ready.case, other, name="灰烬", happened_at=early)
    drafted = fields(ready, "D13", "investigator")
    assert len(drafted["items"]) == 2
    assert datetime.fromisoformat(drafted["extracted_at"]) == early
    assert "extractors" not in drafted
    assert "attestation" not in drafted
