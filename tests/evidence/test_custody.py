"""Custody events have the fixed form, are append-only, and say who holds an exhibit."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import rfc8785
import sqlalchemy as sa

from casesvc.demo.photographs import demo_photographs
from evidence.chain import GENESIS, sha256_hex
from evidence.columns import UtcDateTime
from evidence.custody import CustodyStanding, perform, record, standing_of
from evidence.custody_event import EventType, events_of, facts_of
from evidence.custody_findings import custody_findings
from evidence.custody_rules import rules_on
from evidence.defects import DefectKind
from evidence.errors import (
    ActNotDirect,
    ActOutOfPlace,
    FactMissing,
    HappensLater,
    PhotoUnknown,
    RuleBroken,
    SealTaken,
    WitnessesSame,
)
from evidence.exhibit import Kind, original_of
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.moments import rfc3339
from evidence.oversight import Decision, request
from evidence.oversight import approve as agree
from evidence.read_apart import read_file
from evidence.reading import enter_reading
from evidence.record import What, read
from evidence.register import Procedure, register_case
from evidence.standing import Whereabouts
from tests.evidence.conftest import AT, hand_over

FACTS = SampleFacts(
    quantity="1 个",
    features="壳体熔融",
    position="配电箱内，距地 1.40 米",
    method="拆取",
    packing="物证袋",
    second_officer="李文静",
    witness="马会计",
    seal="FY-1",
)


@pytest.fixture
def sample(world):
    made = collect_sample(world.investigator, world.case, FACTS, name="断路器残骸", happened_at=AT - timedelta(hours=3))
    world.tx.commit()
    return made


def now(world, sample):
    return standing_of(world.tx, world.case, sample)


def gaps(world, sample):
    return {defect.kind for defect in now(world, sample).defects}


def assert_sound_rows(world, sample):
    world.tx.expire_all()
    assert list(custody_findings(world.tx, world.case, sample, events_of(world.tx, sample))) == []


def test_the_event_has_exactly_the_members_of_the_format(world, sample):
    collected, sealed = events_of(world.tx, sample)
    body = json.loads(collected.body)
    assert set(body) == {"v", "case", "exhibit", "seq", "type", "at", "happened_at", "by", "facts", "nonce", "prev"}
    assert (body["v"], body["case"], body["exhibit"]) == (1, world.case.number, sample.number)
    assert (body["seq"], body["type"], body["at"]) == (0, "collected", "2026-11-24T08:30:05.123456Z")
    assert body["happened_at"] == "2026-11-24T05:30:05.123456Z"
    assert set(body["by"]) == {"id", "name", "unit", "certificate"}
    assert re.fullmatch("[0-9a-f]{32}", body["nonce"])
    assert body["prev"] == GENESIS
    assert json.loads(sealed.body)["prev"] == sha256_hex(collected.body)
    assert "happened_at" not in json.loads(record_verified(world, sample).body)
    assert all(rfc8785.dumps(json.loads(event.body)) == event.body for event in events_of(world.tx, sample))
    assert len({json.loads(event.body)["nonce"] for event in events_of(world.tx, sample)}) == 3


def record_verified(world, sample):
    return record(world.custodian, world.case, sample, EventType.VERIFIED, {"result": "unchanged"})


def test_a_sample_is_held_by_who_collected_it_until_the_custodian_has_accepted_it(world, sample):
    assert now(world, sample).holder.name == "王建国"
    event = hand_over(world.investigator, world.custodian, world.case, sample, place="物证室 A 柜 3 层")
    standing = now(world, sample)
    assert (standing.holder.name, standing.where, standing.place) == ("赵敏", Whereabouts.STORED, "物证室 A 柜 3 层")
    assert facts_of(event)["from"]["name"] == "王建国"
    assert (standing.defects, standing.dues) == ([], [])
    assert world.tx.get_one(CustodyStanding, sample.id).holder_id == world.custodian.by.id


@pytest.mark.parametrize("missing", ["quantity", "features", "position", "method", "packing", "second_officer"])
def test_each_fact_the_law_asks_for_is_required(world, missing):
    with pytest.raises(FactMissing):
        collect_sample(world.investigator, world.case, SampleFacts(**{**vars(FACTS), missing: " "}), name="残骸")


def test_no_witness_needs_a_reason(world):
    facts = {**vars(FACTS), "witness": ""}
    with pytest.raises(FactMissing, match="见证人"):
        collect_sample(world.investigator, world.case, SampleFacts(**facts), name="残骸")
    made = collect_sample(
        world.investigator, world.case, SampleFacts(**{**facts, "no_witness_reason": "深夜无人在场"}), name="残骸"
    )
    assert facts_of(events_of(world.tx, made)[0])["no_witness_reason"] == "深夜无人在场"


GUARDED = ["custody_event", "exhibit", "original", "reading", "derivative", "record_entry"]


@pytest.mark.parametrize("table", GUARDED)
def test_nobody_edits_or_deletes(world, sample, table):
    photo = next(iter(demo_photographs(AT, width=200)))
    received = receive(world.store, [photo.content], file_name=photo.file_name)
    exhibit = collect_file(world.investigator, world.case, received, kind=Kind.PHOTO)
    original = original_of(world.tx, exhibit)
    enter_reading(world.investigator, original, read_file(world.store, original, Kind.PHOTO))
    read(world.investigator, What.VIEW, purpose="测试", case=world.case, exhibit=exhibit)
    world.tx.commit()
    key = "seq" if table == "record_entry" else "id"
    for statement in (f"UPDATE {table} SET {key} = {key} + 1000", f"DELETE FROM {table}"):
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(statement))
    if world.engine.dialect.name == "postgresql":
        with pytest.raises(sa.exc.DBAPIError, match="append only"), world.engine.begin() as connection:
            connection.execute(sa.text(f"TRUNCATE {table} CASCADE"))


# what each act states when it is in order; the seal is that of the sample
STATED = {
    "sealed": {"seal_after": "FY-2", "packing": "物证袋", "witness": "马会计"},
    "labelled": {"label": "D14"},
    "stored": {"place": "物证室"},
    "moved": {"place": "物证室", "reason": "整理"},
    "opened": {"seal_before": "FY-1", "reason": "检验", "second_officer": "李文静", "witness": "马会计"},
    "resealed": {"seal_after": "FY-2", "packing": "物证袋", "second_officer": "李文静", "witness": "马会计"},
    "copied": {"method": "拍照", "original_at": "物证室", "maker": "王建国"},
    "preserved": {"document": "1", "reason": "易灭失", "place": "仓库", "second_officer": "李文静"},
    "decided": {"decision": "返还"},
    "consumed": {"quantity": "1 个", "reason": "检验", "notice": "已告知", "second_officer": "李文静"},
    "destroyed": {
        "reason": "变质",
        "method": "焚烧",
        "place": "处置站",
        "second_officer": "李文静",
        "witnesses": ["甲", "乙"],
    },
    "lost": {"reason": "清点时不见", "last_seen": "昨日，物证室"},
    "found": {"reason": "在车上", "place": "车库", "condition": "完好", "seal_before": "FY-1"},
}
REQUIRED = [(slug, fact) for slug, rule in rules_on(AT.date()).acts.items() for fact in rule.facts]


def prepared(world, sample, type_):
    """A sample with which such an act can be done, and all of it in order."""
    if type_ in {"moved", "stored"}:
        perform(world.investigator, world.case, sample, EventType.STORED, STATED["stored"])
    if type_ == "found":
        perform(world.investigator, world.case, sample, EventType.LOST, STATED["lost"])
    if type_ in {"sealed", "resealed"}:
        perform(world.investigator, world.case, sample, EventType.OPENED, STATED["opened"])
    if type_ == "destroyed":
        request(world.investigator, world.case, sample, EventType.DESTROYED, reason="变质")
        agree(world.custodian, world.case, sample, decision=Decision.AGREED, opinion="同意", confirmed_by="password")
    return sample


def test_every_act_of_the_rules_is_tried_here():
    assert set(STATED) == set(rules_on(AT.date()).acts)


@pytest.mark.parametrize("type_", STATED)
def test_an_act_in_order_is_recorded_and_leaves_no_gap(world, sample, type_):
    prepared(world, sample, type_)
    before = now(world, sample).defects
    event = perform(world.investigator, world.case, sample, EventType(type_), STATED[type_])
    assert facts_of(event) == STATED[type_]
    opening = {DefectKind.SEAL_OPEN, DefectKind.LOST, DefectKind.WAS_LOST}
    new = [defect.kind for defect in now(world, sample).defects if defect not in before]
    assert set(new) <= opening
    assert_sound_rows(world, sample)


@pytest.mark.parametrize(("type_", "fact"), REQUIRED)
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_act_is_refused_without_each_fact_that_the_law_asks_for_by_its_chinese_name(
    world, sample, type_, fact, empty
):
    label = rules_on(AT.date()).acts[type_].facts[fact]
    with pytest.raises(FactMissing) as refused:
        perform(world.investigator, world.case, sample, EventType(type_), {**STATED[type_], fact: empty})
    assert refused.value.fact == label
    assert len(events_of(world.tx, sample)) == 2


@pytest.mark.parametrize("type_", [slug for slug, rule in rules_on(AT.date()).acts.items() if rule.witnesses == 1])
def test_an_act_has_a_witness_or_the_reason_for_none(world, sample, type_):
    prepared(world, sample, type_)
    alone = {fact: value for fact, value in STATED[type_].items() if fact != "witness"}
    with pytest.raises(FactMissing, match="见证人"):
        perform(world.investigator, world.case, sample, EventType(type_), alone)
    perform(world.investigator, world.case, sample, EventType(type_), {**alone, "no_witness_reason": "深夜无人"})
    assert DefectKind.NO_WITNESS not in gaps(world, sample)


@pytest.mark.parametrize("type_", [slug for slug, rule in rules_on(AT.date()).acts.items() if rule.officers > 1])
@pytest.mark.parametrize("second", ["", "王建国"])
def test_where_two_officers_act_the_second_is_another(world, sample, type_, second):
    prepared(world, sample, type_)
    facts = {**STATED[type_], "second_officer": second}
    with pytest.raises(RuleBroken) as refused:
        perform(world.investigator, world.case, sample, EventType(type_), facts)
    assert "两名" in refused.value.rule
    assert "XF 839" in refused.value.basis
    perform(world.investigator, world.case, sample, EventType(type_), facts, breach_reason="只有一人到场")
    assert DefectKind.ONE_OFFICER in gaps(world, sample)


@pytest.mark.parametrize("witness", [{"witness": "李文静"}, {"witness": "王建国"}, {"witnesses": ["甲", "甲"]}])
def test_nobody_witnesses_what_he_does_himself_or_twice(world, sample, witness):
    with pytest.raises(WitnessesSame):
        perform(world.investigator, world.case, sample, EventType.OPENED, {**STATED["opened"], **witness})


def test_who_does_not_hold_it_says_why_he_acted_and_it_shows(world, sample):
    facts = {**STATED["opened"], "second_officer": "李文静"}
    with pytest.raises(RuleBroken, match="持有人"):
        perform(world.custodian, world.case, sample, EventType.OPENED, facts)
    with pytest.raises(RuleBroken):
        perform(world.custodian, world.case, sample, EventType.OPENED, facts, breach_reason=" ")
    event = perform(world.custodian, world.case, sample, EventType.OPENED, facts, breach_reason="持有人住院")
    assert facts_of(event)["breach"] == {"rules": ["holder_acts"], "reason": "持有人住院"}
    assert ("not_holder", "持有人住院") in {(each.kind.value, each.reason) for each in now(world, sample).defects}


def test_destruction_needs_approval_and_two_witnesses(world, sample):
    with pytest.raises(RuleBroken, match="审批"):
        perform(world.investigator, world.case, sample, EventType.DESTROYED, STATED["destroyed"])
    prepared(world, sample, "destroyed")
    facts = {**STATED["destroyed"], "witnesses": ["甲"]}
    with pytest.raises(RuleBroken, match="见证人"):
        perform(world.investigator, world.case, sample, EventType.DESTROYED, facts)
    perform(world.investigator, world.case, sample, EventType.DESTROYED, STATED["destroyed"])
    with pytest.raises(ActOutOfPlace):
        perform(world.investigator, world.case, sample, EventType.DESTROYED, STATED["destroyed"])


def test_what_happened_before_it_was_agreed_was_not_agreed(world, sample):
    prepared(world, sample, "destroyed")
    when = AT - timedelta(hours=1)
    with pytest.raises(RuleBroken, match="审批"):
        perform(world.investigator, world.case, sample, EventType.DESTROYED, STATED["destroyed"], happened_at=when)


def test_a_wrong_seal_number_is_refused_and_shows_where_it_was_so(world, sample):
    wrong = {**STATED["opened"], "seal_before": "FY-9"}
    with pytest.raises(RuleBroken, match="封条"):
        perform(world.investigator, world.case, sample, EventType.OPENED, wrong)
    perform(world.investigator, world.case, sample, EventType.OPENED, wrong, breach_reason="封条被换过")
    (defect,) = [each for each in now(world, sample).defects if each.kind is DefectKind.SEAL_DIFFERS]
    assert (defect.expected, defect.found, defect.reason) == ("FY-1", "FY-9", "封条被换过")


def test_a_seal_is_used_once(world, sample):
    prepared(world, sample, "resealed")
    with pytest.raises(SealTaken, match="FY-1"):
        perform(
            world.investigator, world.case, sample, EventType.RESEALED, {**STATED["resealed"], "seal_after": "FY-1"}
        )
    world.tx.rollback()
    other = SampleFacts(**{**vars(FACTS), "seal": "FY-1"})
    with pytest.raises(SealTaken, match=sample.number):
        collect_sample(world.investigator, world.case, other, name="另一件")


def test_a_seal_number_that_is_none_is_refused(world, sample):
    prepared(world, sample, "resealed")
    facts = {**STATED["resealed"], "seal_after": "封" * 61}
    with pytest.raises(FactMissing, match="60"):
        perform(world.investigator, world.case, sample, EventType.RESEALED, facts)


def test_what_is_sealed_is_opened_before_it_is_sealed_again(world, sample):
    with pytest.raises(ActOutOfPlace) as refused:
        perform(world.investigator, world.case, sample, EventType.SEALED, STATED["sealed"])
    assert "FY-1" in refused.value.where


def test_a_photograph_of_the_act_is_an_exhibit_of_the_same_case(world, sample):
    for number in ("410502-0099", ""):
        with pytest.raises(PhotoUnknown):
            perform(world.investigator, world.case, sample, EventType.LABELLED, {"label": "D14", "photos": [number]})
    elsewhere = register_case(
        world.investigator, world.unit, name="另案", fire_at=AT, place="东街", procedure=Procedure.ORDINARY
    )
    received = receive(world.store, [b"x"], file_name="a.jpg")
    foreign = collect_file(world.investigator, elsewhere, received, kind=Kind.PHOTO)
    with pytest.raises(PhotoUnknown):
        perform(world.investigator, world.case, sample, EventType.LABELLED, {"label": "x", "photos": [foreign.number]})
    own = collect_file(world.investigator, world.case, received_again(world), kind=Kind.PHOTO)
    event = perform(world.investigator, world.case, sample, EventType.LABELLED, {"label": "x", "photos": [own.number]})
    assert facts_of(event)["photos"] == [own.number]


def received_again(world):
    return receive(world.store, [b"y"], file_name="b.jpg")


def test_a_clock_hours_ahead_is_told_so(world, sample):
    ahead = AT + timedelta(hours=2)
    with pytest.raises(HappensLater):
        perform(world.investigator, world.case, sample, EventType.LABELLED, STATED["labelled"], happened_at=ahead)


def test_a_handover_is_nothing_that_one_side_records(world, sample):
    for type_ in (EventType.HANDED_IN, EventType.OFFERED, EventType.CORRECTED, EventType.COLLECTED):
        with pytest.raises(ActNotDirect):
            perform(world.custodian, world.case, sample, type_, {"place": "物证室"})


def test_what_is_lost_is_found_before_anything_else_is_done_with_it(world, sample):
    perform(world.custodian, world.case, sample, EventType.LOST, STATED["lost"])
    for type_ in ("sealed", "opened", "stored", "labelled", "destroyed", "lost", "preserved"):
        with pytest.raises(ActOutOfPlace):
            perform(world.investigator, world.case, sample, EventType(type_), STATED[type_])
    perform(world.custodian, world.case, sample, EventType.FOUND, STATED["found"])
    assert now(world, sample).holder.name == "赵敏"
    assert gaps(world, sample) == {DefectKind.WAS_LOST}


def test_a_moment_without_a_zone_is_refused(world):
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(AT.replace(tzinfo=None), world.engine.dialect)


def test_nobody_is_back_from_a_remote_scene_in_the_future(world):
    """The limit of handing in runs from then: a day in the future would keep it from ever beginning."""
    ahead = replace(FACTS, remote_returned_at=rfc3339(AT + timedelta(minutes=1)))
    with pytest.raises(HappensLater, match="返回"):
        collect_sample(world.investigator, world.case, ahead, name="残骸")
    back = replace(FACTS, remote_returned_at=rfc3339(AT))
    assert collect_sample(world.investigator, world.case, back, name="残骸").number
