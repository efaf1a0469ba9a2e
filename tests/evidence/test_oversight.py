"""Requests, approvals, take-overs, reviews and corrections: who decides, what stays visible, what is never changed."""

from datetime import timedelta

import pytest

from evidence.act import Act
from evidence.custody import perform, standing_of
from evidence.custody_event import EventType, events_of, facts_of
from evidence.custody_findings import custody_findings
from evidence.defects import DefectKind
from evidence.errors import (
    ActOutOfPlace,
    AlreadyHeld,
    CorrectionRefused,
    DecidesOwn,
    FactMissing,
    HappensLater,
    NotRequestable,
    PhotoUnknown,
    RequestNotOpen,
    RequestStands,
    ReviewNotOpen,
)
from evidence.intake import SampleFacts, collect_sample
from evidence.oversight import Decision, approve, correct, request, review, take_over
from evidence.standing import Whereabouts
from tests.evidence.conftest import AT, hand_over
from tests.evidence.test_custody import FACTS

YES = {"decision": Decision.AGREED, "opinion": "同意", "confirmed_by": "password"}
NO = {"decision": Decision.REFUSED, "opinion": "不同意", "confirmed_by": "password"}
LOST = {"reason": "不见了", "last_seen": "车上"}


@pytest.fixture
def sample(world):
    return collect_sample(world.investigator, world.case, FACTS, name="残骸")


def now(world, sample):
    return standing_of(world.tx, world.case, sample)


def gaps(world, sample):
    return {defect.kind for defect in now(world, sample).defects}


def asked(world, sample, type_=EventType.DESTROYED, **more):
    return request(world.investigator, world.case, sample, type_, reason="变质", **more)


def test_who_asked_does_not_decide_and_a_decision_is_made_once(world, sample):
    asked(world, sample)
    with pytest.raises(RequestStands):
        asked(world, sample)
    with pytest.raises(DecidesOwn):
        approve(world.investigator, world.case, sample, **YES)
    with pytest.raises(FactMissing, match="审批意见"):
        approve(world.custodian, world.case, sample, **{**YES, "opinion": " "})
    event = approve(world.custodian, world.case, sample, **YES)
    assert facts_of(event) == {
        "act": "destroyed",
        "request": 2,
        "decision": "agreed",
        "opinion": "同意",
        "confirmed_by": "password",
    }
    with pytest.raises(RequestNotOpen):
        approve(world.custodian, world.case, sample, **YES)
    assert now(world, sample).approved("destroyed")


def test_a_refusal_is_no_approval_and_can_be_asked_again(world, sample):
    asked(world, sample)
    approve(world.custodian, world.case, sample, **NO)
    assert not now(world, sample).approved("destroyed")
    asked(world, sample)
    approve(world.custodian, world.case, sample, **YES)
    assert now(world, sample).approved("destroyed")


def test_only_what_needs_approval_is_asked_for_with_all_that_it_takes(world, sample):
    with pytest.raises(NotRequestable):
        asked(world, sample, EventType.HANDED_IN)
    with pytest.raises(FactMissing, match="申请理由"):
        request(world.investigator, world.case, sample, EventType.DESTROYED, reason=" ")
    with pytest.raises(FactMissing, match="归还期限"):
        asked(world, sample, EventType.BORROWED)
    with pytest.raises(FactMissing, match="晚于现在"):
        asked(world, sample, EventType.BORROWED, term=AT)
    perform(world.custodian, world.case, sample, EventType.LOST, LOST)
    with pytest.raises(ActOutOfPlace):
        asked(world, sample)


def test_a_take_over_moves_custody_at_once_and_shows_until_it_is_reviewed_and_after(world, sample):
    facts = {"seal_before": "FY-1", "quantity": "1 个", "place": "消防车", "from": "骗", "paper": "骗", "breach": "骗"}
    with pytest.raises(FactMissing, match="原因"):
        take_over(world.custodian, world.case, sample, reason=" ", confirmed_by="password")
    with pytest.raises(AlreadyHeld):
        take_over(world.investigator, world.case, sample, reason="x", confirmed_by="password")
    ahead = AT + timedelta(hours=3)
    with pytest.raises(HappensLater):
        take_over(world.custodian, world.case, sample, reason="x", confirmed_by="password", happened_at=ahead)
    with pytest.raises(PhotoUnknown):
        take_over(world.custodian, world.case, sample, reason="x", confirmed_by="password", facts={"photos": ["9"]})
    event = take_over(world.custodian, world.case, sample, reason="仓库漏水", confirmed_by="password", facts=facts)
    said = facts_of(event)
    assert said["from"]["name"] == "王建国"
    assert not said.keys() & {"paper", "breach"}
    standing = now(world, sample)
    assert (standing.holder.name, standing.review, standing.place) == ("赵敏", 2, "消防车")
    assert [due.kind for due in standing.dues] == [DefectKind.NOT_REVIEWED], "the custodian has it: handed in it is"
    with pytest.raises(DecidesOwn):
        review(world.custodian, world.case, sample, **YES)
    with pytest.raises(FactMissing, match="审查意见"):
        review(world.investigator, world.case, sample, **{**YES, "opinion": ""})
    review(world.investigator, world.case, sample, **YES)
    with pytest.raises(ReviewNotOpen):
        review(world.investigator, world.case, sample, **YES)
    assert (gaps(world, sample), now(world, sample).dues) == ({DefectKind.TAKEN_OVER}, [])


def test_two_take_overs_are_reviewed_one_by_one(world, sample):
    hand_over(world.investigator, world.custodian, world.case, sample)
    take_over(world.investigator, world.case, sample, reason="急用", confirmed_by="password")
    take_over(world.custodian, world.case, sample, reason="取回", confirmed_by="password")
    with pytest.raises(DecidesOwn):
        review(world.investigator, world.case, sample, **YES)
    review(world.custodian, world.case, sample, **NO)
    review(world.investigator, world.case, sample, **YES)
    assert now(world, sample).review is None
    assert gaps(world, sample) == {DefectKind.TAKEN_OVER, DefectKind.SEAL_UNCHECKED, DefectKind.TAKE_OVER_REFUSED}


def test_what_is_lost_is_not_taken_over(world, sample):
    perform(world.custodian, world.case, sample, EventType.LOST, LOST)
    with pytest.raises(ActOutOfPlace):
        take_over(world.custodian, world.case, sample, reason="找到了", confirmed_by="password")
    assert now(world, sample).where is Whereabouts.LOST


def corrected(world, sample, seq, facts=None, **more):
    return correct(world.custodian, world.case, sample, seq, facts or {}, **{"reason": "笔误", **more})


def test_a_correction_is_an_event_of_its_own_and_both_stay(world, sample):
    before = [event.body for event in events_of(world.tx, sample)]
    event = corrected(world, sample, 0, {"position": "配电箱下", "method": "拆取"})
    assert facts_of(event) == {"supersedes": 0, "facts": {"position": "配电箱下"}, "reason": "笔误"}
    assert [each.body for each in events_of(world.tx, sample)][:-1] == before
    assert list(custody_findings(world.tx, world.case, sample, events_of(world.tx, sample))) == []


@pytest.mark.parametrize(
    "fact",
    [
        "to",
        "from",
        "file",
        "kind",
        "breach",
        "term",
        "remote_returned_at",
        "happened_at",
        "received_as",
        "seal_after",
        "confirmed_by",
        "decision",
        "quantity_after",
    ],
)
def test_no_correction_changes_who_acted_what_moved_or_what_a_limit_runs_from(world, sample, fact):
    with pytest.raises(CorrectionRefused):
        corrected(world, sample, 0, {fact: "2030-01-01T00:00:00Z"})


def test_a_correction_of_nothing_is_refused(world, sample):
    for seq in (-1, 2, 99):
        with pytest.raises(CorrectionRefused):
            corrected(world, sample, seq, {"position": "x"})
    with pytest.raises(FactMissing, match="更正原因"):
        corrected(world, sample, 0, {"position": "x"}, reason=" ")
    for facts in ({}, {"position": " "}, {"position": FACTS.position}):
        with pytest.raises(FactMissing, match="更正后的内容"):
            corrected(world, sample, 0, facts)
    corrected(world, sample, 0, {"position": "x"})
    with pytest.raises(CorrectionRefused, match="更正"):
        corrected(world, sample, 2, {"reason": "y"})


def test_a_moment_is_put_right_and_the_gap_that_it_makes_shows(world, sample):
    with pytest.raises(HappensLater):
        corrected(world, sample, 1, happened_at=AT + timedelta(hours=1))
    corrected(world, sample, 1, happened_at=AT - timedelta(hours=1))
    assert gaps(world, sample) == {DefectKind.TIME_BACKWARD}
    corrected(world, sample, 0, happened_at=AT - timedelta(hours=2))
    assert gaps(world, sample) == set()
    assert now(world, sample).since == AT - timedelta(hours=2)


def test_a_late_hand_in_is_not_corrected_away_by_a_later_word(world):
    sample = collect_sample(world.investigator, world.case, SampleFacts(**{**vars(FACTS), "seal": "FY-8"}), name="x")
    late = AT + timedelta(hours=30)
    giver, receiver = (Act(world.tx, act.by, late) for act in (world.investigator, world.custodian))
    hand_over(giver, receiver, world.case, sample)
    assert gaps(world, sample) == {DefectKind.LATE_HAND_IN}
    with pytest.raises(CorrectionRefused):
        corrected(world, sample, 0, {"remote_returned_at": "2026-11-25T08:00:00Z"})
    assert gaps(world, sample) == {DefectKind.LATE_HAND_IN}


def test_a_mark_of_hazard_is_corrected_to_one_that_there_is(world, sample):
    with pytest.raises(CorrectionRefused):
        corrected(world, sample, 0, {"hazard": "易燃"})
    corrected(world, sample, 0, {"hazard": "dangerous"})
    assert now(world, sample).hazard == "dangerous"
