"""Handing over: the receiver completes it, exhibit by exhibit; whoever is late, wrong or second is told so."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from casesvc.database import Database
from evidence.act import Act, Actor
from evidence.custody import perform, standing_of
from evidence.custody_event import EventType, events_of, facts_of
from evidence.custody_findings import custody_findings
from evidence.defects import DefectKind
from evidence.errors import (
    ActOutOfPlace,
    FactMissing,
    HandoverAnswered,
    HandoverUnknown,
    HappensLater,
    NotHandover,
    NotTheGiver,
    NotTheReceiver,
    OfferOpen,
    PaperOlder,
    PaperTaken,
    PaperUnknown,
    PhotoUnknown,
    ReceiverIsGiver,
    ReceiverMissing,
    RuleBroken,
    StoredBytesDiffer,
    WitnessesSame,
)
from evidence.exhibit import Kind
from evidence.handing_over import Answer, Checked, To, answer, answer_on_paper, offer, take_back, withdraw
from evidence.handover import HandoverAnswer, exhibits_open, handover_by_number, items_of, offers_open
from evidence.handover_paper import papers_for
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.oversight import Decision, approve, request, take_over
from evidence.register import Person, Procedure, register_case
from evidence.standing import Whereabouts
from tests.evidence.conftest import AT, hand_over
from tests.evidence.test_custody import FACTS

GOOD = {"quantity": "1 个", "condition": "完好", "seal_before": "FY-1"}
SAME = Checked("a" * 64, "b" * 64, unchanged=True)
OTHER = Checked("c" * 64, "d" * 64, unchanged=False)
POLICE = To(name="张警官", organisation="文峰公安分局", document="警 0371")
LABORATORY = To(name="刘工", organisation="省检测中心", document="鉴 41")


@pytest.fixture
def sample(world):
    return taken(world, "FY-1")


def taken(world, seal):
    return collect_sample(world.investigator, world.case, SampleFacts(**{**vars(FACTS), "seal": seal}), name="残骸")


def photo(world, content=b"photo", case=None, *, kind=Kind.PHOTO, act=None):
    received = receive(world.store, [content], file_name="a.jpg")
    return collect_file(act or world.investigator, case or world.case, received, kind=kind)


def joined(world, name, *roles):
    """Another person of the unit."""
    person = Person(name=name, certificate=f"豫消-{name}", unit_id=world.unit.id)
    world.tx.add(person)
    world.tx.flush()
    by = Actor(person.id, name, world.unit.id, world.unit.name, person.certificate, frozenset(roles))
    return Act(world.tx, by, AT)


def to(world, act):
    return To(person=world.tx.get_one(Person, act.by.id))


def now(world, exhibit):
    return standing_of(world.tx, world.case, exhibit)


def offered(world, *exhibits, receiver=None, type_=EventType.HANDED_IN, giver=None, **more):
    receiver = receiver or to(world, world.custodian)
    return offer(giver or world.investigator, world.case, type_, exhibits, receiver, purpose="保管", **more)


def accepted(exhibit, **facts):
    return Answer(exhibit, accepted=True, facts={**GOOD, **facts}, checked=SAME)


def answered(world, handover, *answers, act=None, **more):
    return answer(act or world.custodian, world.case, handover, answers, confirmed_by="password", **more)


def assert_sound_rows(world, *exhibits):
    world.tx.expire_all()
    for exhibit in exhibits:
        assert list(custody_findings(world.tx, world.case, exhibit, events_of(world.tx, exhibit))) == []


def test_custody_moves_only_when_the_receiver_has_accepted_each_exhibit_for_itself(world):
    first, second, third = taken(world, "FY-1"), taken(world, "FY-2"), photo(world)
    handover = offered(world, first, second, third)
    assert {now(world, each).holder.name for each in (first, second, third)} == {"王建国"}
    assert [each.number for each in offers_open(world.tx, receiver=world.custodian.by)] == [handover.number]
    assert offers_open(world.tx, receiver=world.investigator.by) == []
    rejected = Answer(second, accepted=False, reason="封条破损")
    answered(world, handover, accepted(first), rejected, accepted(third))
    assert [now(world, each).holder.name for each in (first, second, third)] == ["赵敏", "王建国", "赵敏"]
    assert facts_of(events_of(world.tx, second)[-1])["reason"] == "封条破损"
    assert facts_of(events_of(world.tx, third)[-1])["checked"]["result"] == "unchanged"
    assert offers_open(world.tx, giver=world.investigator.by) == []
    assert handover_by_number(world.tx, world.case, handover.number).id == handover.id
    assert_sound_rows(world, first, second, third)
    assert offered(world, second).number != handover.number, "what was rejected can be offered again"


def test_nobody_accepts_twice(world, sample):
    handover = offered(world, sample)
    answered(world, handover, accepted(sample))
    with pytest.raises(HandoverAnswered) as refused:
        answered(world, handover, accepted(sample))
    assert (refused.value.person, refused.value.outcome) == ("赵敏", "已接收")
    other = offered(world, taken(world, "FY-2"))
    (_, exhibit, _), *_ = items_of(world.tx, other)
    with pytest.raises(HandoverAnswered):
        answered(world, other, accepted(exhibit, seal_before="FY-2"), accepted(exhibit, seal_before="FY-2"))


def test_only_the_receiver_answers(world, sample):
    handover = offered(world, sample)
    for act in (world.investigator, joined(world, "周保管", "custodian")):
        with pytest.raises(NotTheReceiver):
            answered(world, handover, accepted(sample), act=act)
    demoted = replace(world.custodian, by=replace(world.custodian.by, roles=frozenset({"investigator"})))
    with pytest.raises(NotTheReceiver):
        answered(world, handover, accepted(sample), act=demoted)


def test_a_unit_s_keepers_may_each_accept_but_not_their_own_offer(world, sample):
    second = joined(world, "周保管", "custodian")
    handover = offered(world, sample, receiver=To(unit=world.unit))
    for act in (world.investigator, joined(world, "钱查", "investigator")):
        with pytest.raises(NotTheReceiver):
            answered(world, handover, accepted(sample), act=act)
    answered(world, handover, accepted(sample), act=second)
    with pytest.raises(HandoverAnswered, match="周保管"):
        answered(world, handover, accepted(sample))
    again = offered(world, sample, receiver=To(unit=world.unit), giver=second)
    with pytest.raises(NotTheReceiver):
        answered(world, again, accepted(sample), act=second)


def test_an_offer_withdrawn_while_it_was_looked_at_is_gone(world, sample):
    other = photo(world)
    handover = offered(world, sample, other)
    answered(world, handover, accepted(sample))
    withdraw(world.investigator, world.case, handover, reason="改日")
    with pytest.raises(HandoverAnswered, match="已撤回"):
        answered(world, handover, accepted(other))
    with pytest.raises(HandoverAnswered):
        withdraw(world.investigator, world.case, handover, reason="改日")
    assert now(world, sample).holder.name == "赵敏"
    assert_sound_rows(world, sample, other)


@pytest.mark.parametrize("reason", ["", "  "])
def test_reasons_are_given(world, sample, reason):
    handover = offered(world, sample)
    with pytest.raises(FactMissing, match="撤回原因"):
        withdraw(world.investigator, world.case, handover, reason=reason)
    with pytest.raises(FactMissing, match="拒收原因"):
        answered(world, handover, Answer(sample, accepted=False, reason=reason))
    with pytest.raises(FactMissing, match="证据"):
        answered(world, handover)


def test_only_the_giver_withdraws(world, sample):
    with pytest.raises(NotTheGiver):
        withdraw(world.custodian, world.case, offered(world, sample), reason="改日")


def test_nothing_is_offered_twice_by_another_or_to_oneself(world, sample):
    with pytest.raises(OfferOpen):
        offered(world, sample, sample)
    offered(world, sample)
    with pytest.raises(OfferOpen):
        offered(world, sample)
    other = taken(world, "FY-2")
    with pytest.raises(NotTheGiver, match="王建国"):
        offered(world, other, giver=world.custodian, receiver=to(world, world.investigator))
    with pytest.raises(ReceiverIsGiver):
        offered(world, other, receiver=to(world, world.investigator))


@pytest.mark.parametrize(
    ("type_", "receiver"),
    [
        (EventType.HANDED_IN, POLICE),
        (EventType.HANDED_OVER, POLICE),
        (EventType.TRANSFERRED_TO_POLICE, To(name="张警官")),
        (EventType.TRANSFERRED_TO_POLICE, To(name=" ", organisation="分局")),
        (EventType.HANDED_IN, To()),
    ],
)
def test_each_kind_of_handover_names_a_receiver_of_its_kind(world, sample, type_, receiver):
    with pytest.raises(ReceiverMissing):
        offered(world, sample, receiver=receiver, type_=type_)


def test_an_offer_says_what_for_and_until_when(world, sample):
    receiver = to(world, world.custodian)
    with pytest.raises(FactMissing, match="用途"):
        offer(world.investigator, world.case, EventType.HANDED_IN, [sample], receiver, purpose=" ")
    with pytest.raises(FactMissing, match="证据"):
        offered(world)
    for term, told in ((None, "期限"), (AT, "晚于现在"), (AT - timedelta(days=1), "晚于现在")):
        with pytest.raises(FactMissing, match=told):
            offered(world, sample, receiver=LABORATORY, type_=EventType.SENT_FOR_EXAMINATION, term=term)
    with pytest.raises(NotHandover):
        offered(world, sample, type_=EventType.STORED)
    handover = offered(world, sample, term=AT + timedelta(days=1))
    answered(world, handover, accepted(sample))
    assert now(world, sample).dues == [], "what is kept is not to be returned"


@pytest.mark.parametrize(
    ("changed", "missing"),
    [({"quantity": ""}, "清点数量"), ({"condition": ""}, "接收时的状态"), ({"seal_before": ""}, "所见封条号")],
)
def test_the_receiver_says_what_he_found(world, sample, changed, missing):
    with pytest.raises(FactMissing, match=missing):
        answered(world, offered(world, sample), accepted(sample, **changed))


@pytest.mark.parametrize(
    ("changed", "told", "gap"),
    [
        ({"seal_before": "FY-9"}, "封条", DefectKind.SEAL_DIFFERS),
        ({"quantity": "2 个"}, "数量", DefectKind.QUANTITY_DIFFERS),
    ],
)
def test_what_is_not_as_registered_is_received_with_the_reason_only_and_shows(world, sample, changed, told, gap):
    handover = offered(world, sample)
    with pytest.raises(RuleBroken, match=told):
        answered(world, handover, accepted(sample, **changed))
    answered(world, handover, accepted(sample, **changed), breach_reason="运输中更换")
    (defect,) = now(world, sample).defects
    assert (defect.kind, defect.reason) == (gap, "运输中更换")
    assert not defect.minor


def test_the_giver_too_says_the_right_seal(world, sample):
    facts = {sample.id: {"seal_before": "FY-9"}}
    with pytest.raises(RuleBroken, match="封条"):
        offered(world, sample, facts=facts)
    offered(world, sample, facts=facts, breach_reason="封条被换过")
    assert [defect.kind for defect in now(world, sample).defects] == [DefectKind.SEAL_DIFFERS]


def test_bytes_that_differ_are_not_accepted(world):
    file = photo(world)
    handover = offered(world, file)
    with pytest.raises(FactMissing, match="校验值"):
        answered(world, handover, Answer(file, accepted=True))
    with pytest.raises(StoredBytesDiffer):
        answered(world, handover, Answer(file, accepted=True, checked=OTHER))
    answered(world, handover, Answer(file, accepted=False, reason="校验值不一致", checked=OTHER))
    assert [defect.kind for defect in now(world, file).defects] == [DefectKind.DIGEST_DIFFERS]


def test_photographs_of_the_act_are_of_the_case(world, sample):
    elsewhere = register_case(
        world.investigator, world.unit, name="另案", fire_at=AT, place="东街", procedure=Procedure.ORDINARY
    )
    foreign = photo(world, b"f", elsewhere)
    handover = offered(world, sample)
    for number in (foreign.number, sample.number, "无"):
        with pytest.raises(PhotoUnknown):
            answered(world, handover, accepted(sample, photos=[number]))
    with pytest.raises(WitnessesSame):
        answered(world, handover, accepted(sample, witness="赵敏"))
    with pytest.raises(HandoverUnknown):
        answered(world, handover, accepted(foreign))


def test_who_took_anything_of_the_case_is_no_custodian_of_it(world, sample):
    other = joined(world, "李文静", "custodian", "investigator")
    keeper = joined(world, "孙查", "custodian", "investigator")
    collect_sample(keeper, world.case, SampleFacts(**{**vars(FACTS), "seal": "FY-3"}), name="另一件")
    for act in (other, keeper):
        handover = offered(world, sample, receiver=to(world, act))
        with pytest.raises(RuleBroken, match="调查人员"):
            answered(world, handover, accepted(sample), act=act)
        withdraw(world.investigator, world.case, handover, reason="换人")
    handover = offered(world, sample, receiver=to(world, keeper))
    answered(world, handover, accepted(sample), act=keeper, breach_reason="本单位只有一人")
    assert [defect.kind for defect in now(world, sample).defects] == [DefectKind.CUSTODIAN_INVESTIGATES]


def test_a_custodian_who_only_photographs_is_no_investigator(world, sample):
    received = receive(world.store, [b"p"], file_name="a.jpg")
    collect_file(world.custodian, world.case, received, kind=Kind.PHOTO)
    hand_over(world.investigator, world.custodian, world.case, sample)
    assert now(world, sample).defects == []


def agreed(world, sample, type_, **asked):
    request(world.custodian, world.case, sample, type_, reason="询问当事人", **asked)
    approve(world.investigator, world.case, sample, decision=Decision.AGREED, opinion="同意", confirmed_by="password")


def test_from_the_store_it_goes_out_with_approval_and_a_term_only(world, sample):
    hand_over(world.investigator, world.custodian, world.case, sample)
    term = AT + timedelta(days=3)
    with pytest.raises(ActOutOfPlace):
        hand_over(world.custodian, world.investigator, world.case, sample, EventType.HANDED_OVER)
    with pytest.raises(RuleBroken, match="审批"):
        hand_over(world.custodian, world.investigator, world.case, sample, EventType.BORROWED, term=term)
    agreed(world, sample, EventType.BORROWED, term=term)
    longer = term + timedelta(days=30)
    with pytest.raises(RuleBroken, match="审批"):
        hand_over(world.custodian, world.investigator, world.case, sample, EventType.BORROWED, term=longer)
    hand_over(world.custodian, world.investigator, world.case, sample, EventType.BORROWED, term=term)
    standing = now(world, sample)
    assert (standing.where, [due.at for due in standing.dues]) == (Whereabouts.BORROWED, [term])
    with pytest.raises(ActOutOfPlace):
        hand_over(world.investigator, world.custodian, world.case, sample, EventType.RECEIVED_BACK)
    hand_over(world.investigator, world.custodian, world.case, sample, EventType.RETURNED)
    assert (now(world, sample).where, now(world, sample).defects) == (Whereabouts.STORED, [])


def test_outside_a_signed_paper_is_the_acceptance_and_brings_it_back(world, sample):
    paper = photo(world, b"D61")
    term = AT + timedelta(days=20)
    handover = offered(world, sample, receiver=LABORATORY, type_=EventType.SENT_FOR_EXAMINATION, term=term)
    for act in (world.investigator, world.custodian):
        with pytest.raises(NotTheReceiver):
            answered(world, handover, accepted(sample), act=act)
    signed = {"paper": paper, "confirmed_by": "password"}
    with pytest.raises(NotTheGiver):
        answer_on_paper(world.custodian, world.case, handover, [accepted(sample)], **signed)
    with pytest.raises(PaperUnknown):
        answer_on_paper(
            world.investigator, world.case, handover, [accepted(sample)], paper=sample, confirmed_by="password"
        )
    ahead = AT + timedelta(hours=1)
    with pytest.raises(HappensLater):
        answer_on_paper(world.investigator, world.case, handover, [accepted(sample)], happened_at=ahead, **signed)
    answer_on_paper(world.investigator, world.case, handover, [accepted(sample)], happened_at=AT, **signed)
    assert (now(world, sample).holder.name, now(world, sample).holder.id) == ("刘工", None)
    back = {"purpose": "检毕", **signed}
    with pytest.raises(PaperTaken, match=handover.number):
        take_back(world.custodian, world.case, EventType.RECEIVED_BACK, [accepted(sample)], **back)
    back["paper"] = photo(world, b"D61 back")
    with pytest.raises(FactMissing, match="用途"):
        take_back(world.custodian, world.case, EventType.RECEIVED_BACK, [accepted(sample)], **{**back, "purpose": ""})
    with pytest.raises(PhotoUnknown):
        take_back(world.custodian, world.case, EventType.RECEIVED_BACK, [accepted(sample, photos=["x"])], **back)
    for type_ in (EventType.HANDED_OVER, EventType.HANDED_IN, EventType.BORROWED):
        with pytest.raises(NotHandover):
            take_back(world.custodian, world.case, type_, [accepted(sample)], **back)
    take_back(world.custodian, world.case, EventType.RECEIVED_BACK, [accepted(sample)], **back)
    standing = now(world, sample)
    assert (standing.holder.name, standing.defects, standing.dues) == ("赵敏", [], []), "the custodian has it"
    back["paper"] = photo(world, b"D61 once more")
    with pytest.raises(NotTheGiver):
        take_back(world.custodian, world.case, EventType.RECEIVED_BACK, [accepted(sample)], **back)
    assert_sound_rows(world, sample)


def test_only_a_scan_that_came_after_the_signature_and_is_nothing_else_can_be_the_paper(world, sample):
    old, video = photo(world, b"before"), photo(world, b"film", kind=Kind.VIDEO)
    later = replace(world.investigator, at=AT + timedelta(days=2))
    handover = offered(world, sample, receiver=POLICE, type_=EventType.TRANSFERRED_TO_POLICE, giver=later)
    paper = photo(world, b"D61", act=later)
    other = photo(world, b"another", act=later)
    assert papers_for(world.tx, world.case, handover.offered_at) == [other, paper]
    for wrong, refusal in ((old, PaperOlder), (video, PaperUnknown)):
        with pytest.raises(refusal):
            answer_on_paper(later, world.case, handover, [accepted(sample)], paper=wrong, confirmed_by="password")
    with pytest.raises(PaperOlder):  # it was signed after this scan came
        answer_on_paper(
            later,
            world.case,
            handover,
            [accepted(sample)],
            paper=old,
            confirmed_by="password",
            happened_at=AT + timedelta(days=1),
        )
    answer_on_paper(later, world.case, handover, [accepted(sample)], paper=paper, confirmed_by="password")
    assert papers_for(world.tx, world.case, handover.offered_at) == [other]
    second = taken(world, "FY-2")
    again = offered(world, second, receiver=POLICE, type_=EventType.TRANSFERRED_TO_POLICE, giver=later)
    with pytest.raises(PaperTaken, match=handover.number):
        answer_on_paper(later, world.case, again, [accepted(second)], paper=paper, confirmed_by="password")


def test_a_form_that_was_signed_before_the_offer_was_entered_can_be_here_before_it(world, sample):
    scanned = photo(world, b"D61")
    later = replace(world.investigator, at=AT + timedelta(days=2))
    handover = offered(world, sample, receiver=POLICE, type_=EventType.TRANSFERRED_TO_POLICE, giver=later)
    answer_on_paper(
        later, world.case, handover, [accepted(sample)], paper=scanned, confirmed_by="password", happened_at=AT
    )
    assert now(world, sample).ended


def test_a_paper_of_another_case_is_none(world, sample):
    elsewhere = register_case(
        world.investigator, world.unit, name="另案", fire_at=AT, place="东街", procedure=Procedure.ORDINARY
    )
    foreign = photo(world, b"D61", elsewhere)
    handover = offered(world, sample, receiver=POLICE, type_=EventType.TRANSFERRED_TO_POLICE)
    with pytest.raises(PaperUnknown):
        answer_on_paper(
            world.investigator, world.case, handover, [accepted(sample)], paper=foreign, confirmed_by="password"
        )
    inside = offered(world, taken(world, "FY-2"))
    with pytest.raises(NotTheReceiver):
        answer_on_paper(world.investigator, world.case, inside, [], paper=foreign, confirmed_by="password")


def test_what_is_on_offer_is_not_changed_under_the_receiver_s_hands(world, sample):
    offered(world, sample)
    facts = {"seal_before": "FY-1", "reason": "看看", "second_officer": "李文静", "witness": "马会计"}
    with pytest.raises(OfferOpen):
        perform(world.investigator, world.case, sample, EventType.OPENED, facts)


@pytest.mark.parametrize("ending", ["taken over", "lost"])
def test_an_offer_ends_with_what_it_was_about(world, sample, ending):
    handover = offered(world, sample)
    if ending == "lost":
        facts = {"reason": "不见了", "last_seen": "车上"}
        perform(world.custodian, world.case, sample, EventType.LOST, facts)
    else:
        take_over(world.custodian, world.case, sample, reason="着火", confirmed_by="password")
    with pytest.raises(HandoverAnswered, match="已撤回"):
        answered(world, handover, accepted(sample))
    assert exhibits_open(world.tx, handover) == []
    assert now(world, sample).offer is None
    assert_sound_rows(world, sample)


def test_of_two_custodians_at_once_one_has_it_and_the_other_is_told_so(world, sample):
    others = [joined(world, f"保管{at}", "custodian").by for at in range(4)]
    handover = offered(world, sample, receiver=To(unit=world.unit))
    world.tx.commit()
    database = Database(world.engine.url.render_as_string(hide_password=False))
    told, won, gate = [], [], threading.Barrier(len(others))

    def accept(by):
        gate.wait(30)
        try:
            with database.begin(by) as act:
                answer(act, world.case, handover, [accepted(sample)], confirmed_by="password")
        except HandoverAnswered as reason:
            told.append(reason)
        else:
            won.append(by.name)

    threads = [threading.Thread(target=accept, args=(by,)) for by in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    database.engine.dispose()
    (winner,) = won
    assert [(each.person, each.outcome) for each in told] == [(winner, "已接收")] * (len(others) - 1)
    with Session(world.engine) as tx:
        assert standing_of(tx, world.case, sample).holder.name == winner
        assert len(tx.exec(select(HandoverAnswer)).all()) == 1
