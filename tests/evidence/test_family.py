"""Families of exhibits: quantities balance, what was divided or copied is under the same duties as the whole."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st
from sqlmodel import Session, select

from casesvc.database import Database
from evidence.act import Act
from evidence.custody import perform, standing_of
from evidence.custody_event import EventType, events_of, facts_of
from evidence.errors import (
    ActOutOfPlace,
    FactMissing,
    HappensLater,
    HasParent,
    NotItsKind,
    OfferOpen,
    PhotoUnknown,
    QuantityDiffers,
    QuantityUnknown,
    RuleBroken,
)
from evidence.exhibit import Kind
from evidence.family import Kinship, Portion, Relation, consume, derive, family_of, split
from evidence.handing_over import Answer, To, answer, offer
from evidence.intake import MediumFacts, SampleFacts, collect_file, collect_sample, receive
from evidence.record import What
from evidence.register import Person
from evidence.verification import Report, entries_of, verify_case, walk_record
from tests.evidence.conftest import AT
from tests.tampering import tamper

FACTS = SampleFacts(
    quantity="250 g",
    features="炭化纸浆",
    position="东墙货架下",
    method="铲取",
    packing="广口瓶",
    second_officer="李文静",
    witness="马会计",
)
TEST = {
    "quantity": "50 g",
    "reason": "助燃剂成分检验",
    "notice": "已电话告知马会计",
    "second_officer": "李文静",
}
EXTRACTION = {
    "second_officer": "李文静",
    "device_holder": "马会计",
    "tool": "FTK Imager 4.7.1",
    "method": "只读方式镜像后导出",
    "source_path": "/record/20261124",
    "witness": "马会计",
}
COPYING = {"method": "只读锁镜像", "original_at": "物证室3号柜", "maker": "王建国"}
MEDIUM = MediumFacts(
    medium_type="监控主机硬盘",
    brand="西部数据 WD40",
    device_serial="WX12",
    power_state="关机",
    measures="已断网断电",
    device_holder="马会计",
)


def sample(world, act=None, **changes):
    facts = SampleFacts(**{**vars(FACTS), **changes})
    return collect_sample(act or world.investigator, world.case, facts, name="炭化残留物")


def portions(*quantities):
    return [Portion(f"分样{at}", quantity) for at, quantity in enumerate(quantities, 1)]


def divide(world, parent, *quantities, act=None, remainder="100 g", **changes):
    told = {"reason": "分送两家检验", "second_officer": "李文静", **changes}
    parts = portions(*quantities or ("100 g", "50 g"))
    return split(act or world.investigator, world.case, parent, parts, remainder=remainder, **told)


def uploaded(world, name="v.mp4", kind=Kind.VIDEO):
    received = receive(world.store, [name.encode()], file_name=name)
    return collect_file(world.investigator, world.case, received, kind=kind)


def standing(world, exhibit):
    return standing_of(world.tx, world.case, exhibit)


def later(act, **times):
    return Act(act.tx, act.by, act.at + timedelta(**times))


def handed_over(world, exhibit, type_, giver, receiver, **answered):
    """Over to the other by both sides; quantity and state as they are."""
    receiver = replace(receiver, by=replace(receiver.by, roles=receiver.by.roles | {"examiner"}))
    to = To(person=world.tx.get_one(Person, receiver.by.id))
    term = receiver.at + timedelta(days=20) if type_ is EventType.SENT_FOR_EXAMINATION else None
    made = offer(giver, world.case, type_, [exhibit], to, purpose="保管", term=term)
    now = standing(world, exhibit)
    found = {"quantity": now.quantity, "condition": "完好", "seal_before": now.seal, **answered}
    answer(receiver, world.case, made, [Answer(exhibit, True, facts=found)], confirmed_by="password")


def test_a_split_leaves_parts_that_make_the_whole_and_a_chain_that_says_so(world):
    whole = sample(world, hazard="dangerous")
    parts = divide(world, whole, happened_at=AT - timedelta(minutes=5))
    assert [part.number[-4:] for part in parts] == ["0002", "0003"]
    assert [standing(world, part).quantity for part in parts] == ["100 g", "50 g"]
    assert standing(world, whole).quantity == "100 g"
    said = facts_of(events_of(world.tx, whole)[-1])
    assert (said["quantity_before"], said["quantity_after"]) == ("250 g", "100 g")
    assert said["children"] == [part.number for part in parts]
    for part in parts:
        assert part.kind is Kind.PHYSICAL
        collected = facts_of(events_of(world.tx, part)[0])
        assert collected["parent"] == whole.number
        assert standing(world, part).holder.name == "王建国"
        assert standing(world, part).hazard == "dangerous", "a portion of petrol is petrol"
        assert not standing(world, part).defects


def test_the_tree_is_the_same_seen_from_every_member(world):
    whole = sample(world)
    first, second = divide(world, whole)
    (third,) = divide(world, first, "40 g", remainder="60 g")
    tree = [(member.exhibit.number[-4:], member.depth, member.relation) for member in family_of(world.tx, third)]
    sub = Relation.SUB_SAMPLE
    assert tree == [("0001", 0, None), ("0002", 1, sub), ("0004", 2, sub), ("0003", 1, sub)]
    for member in (whole, first, second):
        assert family_of(world.tx, member) == family_of(world.tx, third)
    alone = sample(world)
    assert [member.exhibit for member in family_of(world.tx, alone)] == [alone]


amounts = st.integers(0, 400)


@any_of(st.lists(amounts, min_size=1, max_size=5), amounts)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_balances_or_is_refused(world, parts, left):
    whole = sample(world)
    quantities = [f"{Decimal(part) / 2} g" for part in parts]
    balances = sum(parts) + left == 500 and all(parts)
    if not balances:
        with pytest.raises(QuantityDiffers):
            divide(world, whole, *quantities, remainder=f"{Decimal(left) / 2} g")
        assert standing(world, whole).quantity == "250 g"
        assert len(family_of(world.tx, whole)) == 1
        return
    made = divide(world, whole, *quantities, remainder=f"{Decimal(left) / 2} g")
    told = [standing(world, each).quantity.removesuffix(" g") for each in (whole, *made)]
    assert sum(map(Decimal, told)) == 250


@any_of(st.lists(st.integers(1, 100), min_size=1, max_size=4).filter(lambda parts: sum(parts) < 500))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_true_division_is_taken(world, parts):
    whole = sample(world, quantity="500 mL")
    made = divide(world, whole, *(f"{part}mL" for part in parts), remainder=f"{500 - sum(parts)} mL")
    assert [standing(world, each).quantity for each in made] == [f"{part} mL" for part in parts]


@pytest.mark.parametrize(
    ("quantities", "remainder"),
    [
        (["100 g"], "100 g"),
        (["100 g"], "150.000001 g"),
        (["100 克"], "150 克"),
        (["100 g"], "0.15 kg"),
        (["100 g"], "150 ml"),
        (["0 g"], "250 g"),
        (["250 g", "0 g"], "0 g"),
        (["-50 g"], "300 g"),
        (["一百 g"], "150 g"),
        (["100"], "150"),
        (["100 g"], "若干"),
        ([""], "250 g"),
    ],
)
def test_what_does_not_make_the_whole_is_refused(world, quantities, remainder):
    whole = sample(world)
    with pytest.raises(QuantityDiffers) as refused:
        divide(world, whole, *quantities, remainder=remainder)
    assert refused.value.whole == "250 g"
    assert refused.value.stated
    assert len(events_of(world.tx, whole)) == 1


def test_full_width_digits_are_numbers_too(world):
    whole = sample(world, quantity="２５０ ｇ")
    (part,) = divide(world, whole, "１００．５ ｇ", remainder="１４９．５ｇ")
    assert standing(world, part).quantity == "100.5 g"


@pytest.mark.parametrize("registered", ["若干", "三段", "1段，长0.62米", ""])
def test_a_quantity_that_is_no_number_has_to_be_measured_first(world, registered):
    whole = sample(world, quantity=registered or "一瓶")
    with pytest.raises(QuantityUnknown):
        divide(world, whole)
    with pytest.raises(QuantityUnknown):
        divide(world, whole, before="一堆")
    divide(world, whole, before="250 g")
    assert facts_of(events_of(world.tx, whole)[-1])["quantity_before"] == "250 g"


def test_an_estimate_gives_way_to_a_measurement_and_an_exact_number_does_not(world):
    guessed = sample(world, quantity="约0.3 kg")
    divide(world, guessed, before="250 g")
    assert standing(world, guessed).quantity == "100 g"
    exact = sample(world)
    with pytest.raises(QuantityDiffers):
        divide(world, exact, before="240 g", remainder="90 g")


@pytest.mark.parametrize("missing", ["reason", "second_officer", "remainder", "name", "portions"])
def test_each_fact_of_a_split_is_asked_for(world, missing):
    whole = sample(world)
    told = {"remainder": "100 g", "reason": "送检", "second_officer": "李文静"}
    parts = portions("150 g")
    if missing == "name":
        parts = [Portion("  ", "150 g")]
    elif missing == "portions":
        parts = []
    else:
        told[missing] = " "
    with pytest.raises(FactMissing):
        split(world.investigator, world.case, whole, parts, **told)


def test_only_things_are_divided_and_only_while_they_are_here(world):
    with pytest.raises(NotItsKind):
        divide(world, uploaded(world))
    lost = sample(world)
    perform(world.investigator, world.case, lost, EventType.LOST, {"reason": "清点未见", "last_seen": "昨日"})
    for refused in (lambda: divide(world, lost), lambda: consume(world.investigator, world.case, lost, TEST)):
        with pytest.raises(ActOutOfPlace):
            refused()


def test_nothing_is_divided_while_somebody_is_about_to_receive_it(world):
    whole = sample(world)
    custodian = To(person=world.tx.get_one(Person, world.custodian.by.id))
    offer(world.investigator, world.case, EventType.HANDED_OVER, [whole], custodian, purpose="保管")
    with pytest.raises(OfferOpen):
        divide(world, whole)
    with pytest.raises(OfferOpen):
        consume(world.investigator, world.case, whole, TEST)


def test_a_split_that_broke_a_duty_is_recorded_with_the_reason_and_shown(world):
    whole = sample(world, seal="FY-1")
    for act, second in ((world.custodian, "李文静"), (world.investigator, "王建国"), (world.investigator, "李文静")):
        with pytest.raises(RuleBroken):
            divide(world, whole, act=act, second_officer=second)
    divide(world, whole, act=world.custodian, breach_reason="现场紧急，先行分样")
    said = facts_of(events_of(world.tx, whole)[-1])
    assert said["breach"] == {"rules": ["holder_acts", "opened_first"], "reason": "现场紧急，先行分样"}
    shown = {defect.kind.value for defect in standing(world, whole).defects}
    assert shown >= {"not_holder", "rule_broken"}


def test_a_split_in_the_future_or_with_a_photo_of_nothing_is_refused(world):
    whole = sample(world)
    with pytest.raises(HappensLater):
        divide(world, whole, happened_at=AT + timedelta(hours=1))
    with pytest.raises(PhotoUnknown):
        divide(world, whole, photos=["4105022026O0001-9999"])
    photo = uploaded(world, "act.jpg", Kind.PHOTO)
    divide(world, whole, photos=[photo.number])
    assert facts_of(events_of(world.tx, whole)[-1])["photos"] == [photo.number]


def test_a_portion_has_the_time_limit_that_the_whole_had(world):
    whole = sample(world)
    act = later(world.investigator, hours=20)
    (part,) = divide(world, whole, "150 g", act=act)
    until = standing(world, whole).dues[0].at
    assert until == AT + timedelta(hours=24)
    assert standing(world, part).dues[0].at == until, "a split gives no new day"
    custodian = later(world.custodian, hours=25)
    handed_over(world, part, EventType.HANDED_IN, act, custodian, place="物证室")
    assert [defect.kind.value for defect in standing(world, part).defects] == ["late_hand_in"]


def test_a_portion_of_what_is_in_the_store_is_in_the_store(world):
    whole = sample(world)
    handed_over(world, whole, EventType.HANDED_IN, world.investigator, world.custodian, place="物证室3号柜")
    (part,) = divide(world, whole, "150 g", act=world.custodian)
    now = standing(world, part)
    assert (now.where.value, now.place, now.dues) == ("stored", "物证室3号柜", [])
    assert not now.defects_at(datetime(2027, 11, 24, tzinfo=UTC))


def test_a_portion_made_in_the_laboratory_goes_back_from_there_within_the_same_term(world):
    whole = sample(world)
    handed_over(world, whole, EventType.SENT_FOR_EXAMINATION, world.investigator, world.custodian)
    (part,) = divide(world, whole, "150 g", act=world.custodian)
    now = standing(world, part)
    assert now.where.value == "examination"
    assert {due.kind.value: due.at for due in now.dues}["not_returned"] == AT + timedelta(days=20)
    handed_over(world, part, EventType.RECEIVED_BACK, world.custodian, world.investigator)
    assert standing(world, part).where.value == "held"


# ── consumption


def test_a_test_uses_a_sample_up_to_nothing_and_no_further(world):
    whole = sample(world)
    for left in ("200 g", "150 g"):
        consume(world.investigator, world.case, whole, TEST)
        assert standing(world, whole).quantity == left
    consume(world.investigator, world.case, whole, {**TEST, "quantity": "１５０ｇ"})
    assert standing(world, whole).quantity == "0 g"
    with pytest.raises(QuantityDiffers):
        consume(world.investigator, world.case, whole, {**TEST, "quantity": "0.1 g"})
    with pytest.raises(QuantityDiffers):
        divide(world, whole, "0 g", remainder="0 g")


@pytest.mark.parametrize("used", ["", "0 g", "-1 g", "251 g", "50 克", "50", "少许", "0.05 kg"])
def test_a_consumption_that_does_not_fit_is_refused(world, used):
    whole = sample(world)
    with pytest.raises(QuantityDiffers):
        consume(world.investigator, world.case, whole, {**TEST, "quantity": used})


@pytest.mark.parametrize("missing", ["reason", "notice"])
def test_the_parties_are_told_before_a_sample_is_used_up(world, missing):
    with pytest.raises(FactMissing):
        consume(world.investigator, world.case, sample(world), {**TEST, missing: ""})


def test_files_are_not_used_up_and_what_is_sealed_is_opened_first(world):
    with pytest.raises(NotItsKind):
        consume(world.investigator, world.case, uploaded(world), TEST, before="5 张")
    sealed = sample(world, seal="FY-1")
    with pytest.raises(RuleBroken) as refused:
        consume(world.investigator, world.case, sealed, TEST)
    assert refused.value.rule == "先启封并登记"
    opening = {"seal_before": "FY-1", "reason": "检验", "second_officer": "李文静", "witness": "马会计"}
    perform(world.investigator, world.case, sealed, EventType.OPENED, opening)
    consume(world.investigator, world.case, sealed, TEST)
    assert standing(world, sealed).quantity == "200 g"


# ── copies and extractions


def test_an_extraction_names_who_from_what_with_what_and_the_digests(world):
    medium = sample(world, quantity="1 块")
    films = [uploaded(world, f"{at}.mp4") for at in range(2)]
    event = derive(world.investigator, world.case, medium, films, Relation.EXTRACTION, EXTRACTION)
    said = facts_of(event)
    assert said["tool"] == "FTK Imager 4.7.1"
    assert [child["exhibit"] for child in said["children"]] == [film.number for film in films]
    assert all(len(child["sha256"]) == len(child["sm3"]) == 64 for child in said["children"])
    assert facts_of(events_of(world.tx, films[0])[-1]) == {
        "relation": "extraction",
        "parent": medium.number,
        "event": event.seq,
    }
    relations = [member.relation for member in family_of(world.tx, films[1])]
    assert relations == [None, Relation.EXTRACTION, Relation.EXTRACTION]
    assert standing(world, medium).quantity == "1 块"


@pytest.mark.parametrize("missing", ["second_officer", "device_holder", "tool", "method", "source_path", "witness"])
def test_each_fact_of_an_extraction_is_asked_for(world, missing):
    facts = {**EXTRACTION, missing: ""}
    with pytest.raises(FactMissing):
        derive(world.investigator, world.case, sample(world), [uploaded(world)], Relation.EXTRACTION, facts)


@pytest.mark.parametrize("missing", list(COPYING))
def test_each_fact_of_a_working_copy_is_asked_for(world, missing):
    facts = {**COPYING, missing: ""}
    with pytest.raises(FactMissing):
        derive(world.investigator, world.case, sample(world), [uploaded(world)], Relation.WORKING_COPY, facts)


def test_two_people_extract_and_from_a_medium_whose_seal_was_opened(world):
    sealed = SampleFacts(**{**vars(FACTS), "quantity": "1 块", "seal": "FY-9"})
    medium = collect_sample(world.investigator, world.case, sealed, name="监控主机硬盘", medium=MEDIUM)
    film = uploaded(world)
    with pytest.raises(RuleBroken):
        derive(world.investigator, world.case, medium, [film], Relation.EXTRACTION, EXTRACTION)
    alone = {**EXTRACTION, "second_officer": "王建国"}
    told = {"breach_reason": "现场封存前提取，事后补登"}
    derive(world.investigator, world.case, medium, [film], Relation.EXTRACTION, alone, **told)
    breach = facts_of(events_of(world.tx, medium)[-1])["breach"]
    assert breach["rules"] == ["opened_first", "two_officers"]


def test_a_file_has_one_origin_and_no_circle_is_closed(world):
    first, second, third = (uploaded(world, name, Kind.ELECTRONIC) for name in ("a.dd", "b.dd", "c.dd"))
    derive(world.investigator, world.case, first, [second], Relation.WORKING_COPY, COPYING)
    derive(world.investigator, world.case, second, [third], Relation.WORKING_COPY, COPYING)
    for parent, child in ((third, first), (second, first), (first, third), (third, second)):
        with pytest.raises(HasParent):
            derive(world.investigator, world.case, parent, [child], Relation.WORKING_COPY, COPYING)
    assert [member.depth for member in family_of(world.tx, second)] == [0, 1, 2]


def test_what_cannot_be_a_copy_is_refused(world):
    thing, film = sample(world), uploaded(world)
    for children in ([thing], [film, thing]):
        with pytest.raises(NotItsKind):
            derive(world.investigator, world.case, thing, children, Relation.EXTRACTION, EXTRACTION)
    with pytest.raises(NotItsKind):
        derive(world.investigator, world.case, film, [film], Relation.WORKING_COPY, COPYING)
    with pytest.raises(NotItsKind):
        derive(world.investigator, world.case, thing, [film], Relation.SUB_SAMPLE, EXTRACTION)
    with pytest.raises(FactMissing):
        derive(world.investigator, world.case, thing, [], Relation.EXTRACTION, EXTRACTION)
    late = AT + timedelta(hours=1)
    with pytest.raises(HappensLater):
        derive(world.investigator, world.case, thing, [film], Relation.EXTRACTION, EXTRACTION, happened_at=late)


def test_a_file_named_twice_is_one_file(world):
    film = uploaded(world)
    derive(world.investigator, world.case, sample(world), [film, film], Relation.EXTRACTION, EXTRACTION)
    assert len(events_of(world.tx, film)) == 2


# ── two at once, and what somebody did behind the service's back


def test_of_two_who_divide_one_sample_at_once_exactly_one_wins(world):
    whole = sample(world)
    world.tx.commit()
    database = Database(str(world.engine.url.render_as_string(hide_password=False)))
    begin, told = threading.Barrier(2), []

    def divide_it(portion, left):
        begin.wait()
        try:
            with database.begin(world.investigator.by) as act:
                split(
                    act,
                    world.case,
                    act.tx.merge(whole, load=False),
                    portions(portion),
                    remainder=left,
                    reason="送检",
                    second_officer="李文静",
                )
            told.append("done")
        except QuantityDiffers as reason:
            told.append(reason.whole)

    threads = [threading.Thread(target=divide_it, args=each) for each in (("100 g", "150 g"), ("60 g", "190 g"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()
    assert len(told) == 2
    assert "done" in told
    assert {"150 g", "190 g"} & set(told), "the other is told what is left now"
    with Session(world.engine) as tx:
        assert len(family_of(tx, tx.merge(whole, load=False))) == 2
        assert len(tx.exec(select(Kinship)).all()) == 1


def found(world):
    report = Report()
    with Session(world.engine) as tx:
        entries = walk_record(tx, report)
        verify_case(tx, world.case, entries, report)
        assert entries_of(entries, What.EXAMINATION) == {}
    return {(finding.where[-4:], finding.kind.value) for finding in report.findings}


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE kinship SET parent_id = 2 WHERE child_id = 3", {"0001", "0002"}),
        ("UPDATE kinship SET relation = 'extraction' WHERE child_id = 3", {"0001"}),
        ("UPDATE kinship SET seq = 7 WHERE child_id = 3", {"0001"}),
        ("DELETE FROM kinship WHERE child_id = 2", {"0001"}),
        ("INSERT INTO kinship (child_id, parent_id, relation, seq) VALUES (4, 1, 'sub_sample', 1)", {"0001"}),
    ],
)
def test_a_changed_family_is_found(world, statement, where):
    divide(world, sample(world))
    sample(world)
    world.tx.commit()
    assert found(world) == set()
    tamper(world.engine, statement)
    assert found(world) == {(exhibit, "kinship_differs") for exhibit in where}


def test_nobody_changes_or_removes_a_kinship(world):
    divide(world, sample(world))
    world.tx.commit()
    for statement in ("UPDATE kinship SET seq = 7", "DELETE FROM kinship"):
        with pytest.raises(Exception, match="append only"), world.engine.begin() as connection:
            connection.exec_driver_sql(statement)
