"""How an exhibit stands by its chain: a life as the law wants it is sound, and each gap is found and named."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evidence.chain import Statement, canonical, stated
from evidence.custody_event import EventType
from evidence.custody_rules import rules_on
from evidence.defects import MINOR, DefectKind, Health, health
from evidence.exhibit import Kind
from evidence.moments import rfc3339
from evidence.quantity import differ
from evidence.standing import TRANSFERS, Whereabouts, corrected, walk_stated

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
RULES = rules_on(AT.date())


def person(id_, name):
    return {"id": id_, "name": name, "unit": "文峰大队", "certificate": f"豫消{id_}"}


WANG, LI, ZHAO, CHEN, EXAMINER = (
    person(id_, name) for id_, name in enumerate(("王建国", "李文静", "赵敏", "陈志远", "周化验"), 1)
)
POLICE = {"name": "张警官", "unit": "文峰公安分局", "certificate": "0371"}
LABORATORY = {"name": "刘工", "unit": "省检测中心", "certificate": "41"}
PAPER = {"exhibit": "0009", "sha256": "0" * 64}
FOUND = {"quantity": "250 g", "condition": "完好"}
NOBODY = {"no_witness_reason": "深夜无人"}


class Life:
    """The chain of an exhibit as it is said, hour by hour; everything can be said wrongly."""

    def __init__(self, kind=Kind.PHYSICAL, **facts):
        self.kind = kind
        self.at = AT
        self.said = []
        tangible = {"quantity": "250 g", "second_officer": "李文静", "witness": "马会计"} if kind.tangible else {}
        self.add("collected", WANG, **{"to": WANG, **tangible, **facts})

    def add(self, type_, by=WANG, *, hours=1.0, happened=None, **facts):
        if self.said:
            self.at += timedelta(hours=hours)
        body = {"seq": len(self.said), "type": type_, "at": rfc3339(self.at), "by": by, "facts": facts}
        if happened is not None:
            body["happened_at"] = rfc3339(happened)
        self.said.append(stated(canonical(body)))
        return self

    def sealed(self, number="FY-1", by=WANG, **facts):
        return self.add("sealed", by, **{"seal_after": number, "packing": "物证袋", "witness": "马会计", **facts})

    def opened(self, number="FY-1", by=WANG, **facts):
        facts = {"seal_before": number, "reason": "检验", "second_officer": "李文静", **NOBODY, **facts}
        return self.add("opened", by, **facts)

    def resealed(self, number="FY-2", by=WANG, **facts):
        facts = {"seal_after": number, "packing": "物证袋", "second_officer": "李文静", **NOBODY, **facts}
        return self.add("resealed", by, **facts)

    def over(self, type_, giver, receiver, *, hours=1.0, offered=None, **facts):
        """Offered and received; what comes from outside, or goes there, on paper."""
        outside = "id" not in giver or "id" not in receiver
        if "id" in giver:
            self.add("offered", giver, hours=0.25, act=type_, to=receiver, **(offered or {}))
        seal = self.standing().seal
        found = {**FOUND, **({"seal_before": seal} if seal else {})} if self.kind.tangible else {}
        if not self.kind.tangible:
            found["checked"] = {"result": "unchanged"}
        found |= {"paper": PAPER} if outside else {}
        by = receiver if "id" in receiver else giver
        return self.add(type_, by, hours=hours, **{"from": giver, "to": receiver, **found, **facts})

    def agreed(self, act, *, decision="agreed", **asked):
        self.add("requested", ZHAO, act=act, reason="询问", **asked)
        return self.add("approved", CHEN, act=act, request=len(self.said) - 1, decision=decision, opinion="同意")

    def kept(self):
        return self.sealed().over("handed_in", WANG, ZHAO, place="物证室")

    def standing(self):
        return walk_stated(self.said, self.kind, RULES)

    def gaps(self, hours=0.0):
        return [(defect.kind, defect.seq) for defect in self.standing().defects_at(self.at + timedelta(hours=hours))]

    def kinds(self, hours=0.0):
        return {kind for kind, _ in self.gaps(hours)}


def term(life, days=10):
    return rfc3339(life.at + timedelta(days=days))


def borrowed(life=None, days=10):
    life = life or Life().kept()
    until = term(life, days)
    return life.agreed("borrowed", term=until).over("borrowed", ZHAO, LI, term=until)


def a_sample_that_is_borrowed_examined_and_ends_at_the_police():
    life = borrowed().over("returned", LI, ZHAO).add("stored", ZHAO, place="物证室 3 层", place_code="A-3")
    life.over("sent_for_examination", ZHAO, LABORATORY, term=term(life))
    life.over("received_back", LABORATORY, ZHAO, received_as="custodian")
    return life.over("transferred_to_police", ZHAO, POLICE)


def a_sample_opened_and_resealed_in_the_own_laboratory():
    life = Life().kept()
    life.over("sent_for_examination", ZHAO, EXAMINER, term=term(life))
    life.opened(by=EXAMINER)
    life.add(
        "consumed", EXAMINER, quantity="50 g", quantity_after="200 g", second_officer="钱化验", reason="x", notice="y"
    )
    life.resealed(by=EXAMINER, seal_before="FY-1")
    return life.over("received_back", EXAMINER, ZHAO, quantity="200 g")


def a_sample_examined_outside_where_nobody_has_an_account():
    life = Life().kept()
    life.over("sent_for_examination", ZHAO, LABORATORY, term=term(life))
    life.opened(by=ZHAO)
    life.add("consumed", ZHAO, quantity="50 g", quantity_after="200 g", second_officer="李文静", reason="x", notice="y")
    life.resealed(by=ZHAO)
    return life.over("received_back", LABORATORY, ZHAO, quantity="200 g")


def a_sample_taken_far_away():
    returned = rfc3339(AT + timedelta(hours=30))
    return Life(remote_returned_at=returned).sealed().over("handed_in", WANG, ZHAO, hours=50)


def a_sample_registered_hours_after_it_was_taken_and_sealed():
    taken = AT - timedelta(hours=3)
    life = Life()
    life.said[0] = stated(
        canonical(
            {
                "type": "collected",
                "at": rfc3339(AT),
                "happened_at": rfc3339(taken),
                "by": WANG,
                "facts": {"to": WANG, "quantity": "250 g", "second_officer": "李文静", "witness": "马会计"},
            }
        )
    )
    life.add("sealed", hours=0, happened=taken, seal_after="FY-1", packing="物证袋", witness="马会计")
    return life.over("handed_in", WANG, ZHAO)


def a_paper_signed_before_the_offer_was_entered():
    life = Life().kept()
    signed = life.at + timedelta(hours=1)
    life.add("verified", ZHAO, hours=2, result="unchanged")
    return life.over("transferred_to_police", ZHAO, POLICE, happened=signed)


def a_sample_preserved_and_decided_upon():
    life = Life().add("preserved", document="1", reason="易灭失", place="仓库", second_officer="李文静")
    return life.over("handed_in", WANG, ZHAO).add("decided", hours=100, decision="返还")


def a_sample_destroyed_with_approval_and_witnesses():
    life = Life().kept().agreed("destroyed")
    facts = {
        "reason": "变质",
        "method": "焚烧",
        "place": "处置站",
        "second_officer": "李文静",
        "witnesses": ["甲", "乙"],
    }
    return life.add("destroyed", ZHAO, **facts)


def a_sample_returned_to_its_owner():
    owner = {"name": "马会计", "unit": "宏远公司", "certificate": "4105"}
    return Life().kept().agreed("returned_to_owner").over("returned_to_owner", ZHAO, owner, witnesses=["甲", "乙"])


def a_sample_offered_rejected_offered_withdrawn_and_handed_in():
    life = Life().sealed().add("offered", act="handed_in", to=ZHAO).add("rejected", ZHAO, reason="无标签")
    life.add("labelled", label="D14").add("offered", act="handed_in", to=ZHAO).add("withdrawn", reason="改日")
    return life.over("handed_in", WANG, ZHAO)


def a_borrowed_sample_that_goes_to_the_laboratory_and_back_to_the_store():
    life = borrowed()
    life.over("sent_for_examination", LI, EXAMINER, term=term(life, 3))
    return life.over("received_back", EXAMINER, LI).over("returned", LI, ZHAO)


def a_sample_examined_before_the_custodian_ever_had_it():
    life = Life().sealed()
    life.over("sent_for_examination", WANG, LABORATORY, term=term(life))
    return life.over("received_back", LABORATORY, ZHAO, received_as="custodian").add("stored", ZHAO, place="物证室")


def a_photograph_that_nobody_keeps_in_a_store():
    return Life(Kind.PHOTO).add("verified", ZHAO, hours=500, result="unchanged")


def a_recording_handed_over_with_its_digest():
    return Life(Kind.VIDEO).over("handed_in", WANG, ZHAO).over("transferred_to_police", ZHAO, POLICE)


def a_portion_made_in_the_store():
    return Life(parent="0001", whereabouts="stored", place="物证室", to=ZHAO).sealed(by=ZHAO)


LIVES = [
    a_sample_that_is_borrowed_examined_and_ends_at_the_police,
    a_sample_opened_and_resealed_in_the_own_laboratory,
    a_sample_examined_outside_where_nobody_has_an_account,
    a_sample_taken_far_away,
    a_sample_registered_hours_after_it_was_taken_and_sealed,
    a_paper_signed_before_the_offer_was_entered,
    a_sample_preserved_and_decided_upon,
    a_sample_destroyed_with_approval_and_witnesses,
    a_sample_returned_to_its_owner,
    a_sample_offered_rejected_offered_withdrawn_and_handed_in,
    a_borrowed_sample_that_goes_to_the_laboratory_and_back_to_the_store,
    a_sample_examined_before_the_custodian_ever_had_it,
    a_photograph_that_nobody_keeps_in_a_store,
    a_recording_handed_over_with_its_digest,
    a_portion_made_in_the_store,
]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_a_life_as_the_law_wants_it_is_sound_and_stays_so(life):
    lived = life()
    assert lived.gaps(hours=24 * 300) == []


def last(life):
    return len(life.said) - 1


def test_where_it_is_and_who_has_it():
    life = Life().kept()
    standing = life.standing()
    assert (standing.where, standing.holder.name, standing.place) == (Whereabouts.STORED, "赵敏", "物证室")
    assert (standing.seal, standing.since, standing.seq) == ("FY-1", life.at, last(life))
    life.over("transferred_to_police", ZHAO, POLICE)
    assert life.standing().ended
    assert (life.standing().holder.id, life.standing().holder.name) == (None, "张警官")


GAPS = {
    "somebody else gave it": (lambda: Life().over("handed_in", LI, ZHAO), DefectKind.HOLE),
    "nobody offered it": (
        lambda: Life().add("handed_in", ZHAO, **{"from": WANG, "to": ZHAO, **FOUND}),
        DefectKind.ONE_SIDED,
    ),
    "it was offered for something else": (
        lambda: (
            Life()
            .add("offered", act="handed_over", to=ZHAO)
            .add("handed_in", ZHAO, **{"from": WANG, "to": ZHAO, **FOUND})
        ),
        DefectKind.ONE_SIDED,
    ),
    "a paper is not enough between two who have accounts": (
        lambda: Life().add("handed_in", ZHAO, **{"from": WANG, "to": ZHAO, "paper": PAPER, **FOUND}),
        DefectKind.ONE_SIDED,
    ),
    "what comes from outside comes with a paper": (
        lambda: (
            Life().over("sent_for_examination", WANG, LABORATORY).over("received_back", LABORATORY, WANG, paper=None)
        ),
        DefectKind.ONE_SIDED,
    ),
    "the giver says that it was received": (
        lambda: (
            Life()
            .add("offered", act="handed_in", to=ZHAO)
            .add("handed_in", WANG, **{"from": WANG, "to": ZHAO, **FOUND})
        ),
        DefectKind.RECEIVER_ABSENT,
    ),
    "another than was offered to": (
        lambda: (
            Life().add("offered", act="handed_in", to=ZHAO).add("handed_in", LI, **{"from": WANG, "to": LI, **FOUND})
        ),
        DefectKind.RECEIVER_ABSENT,
    ),
    "outside without a paper": (
        lambda: Life().over("transferred_to_police", WANG, POLICE, paper=None),
        DefectKind.RECEIVER_ABSENT,
    ),
    "sealed by another": (lambda: Life().sealed(by=LI), DefectKind.NOT_HOLDER),
    "offered by another": (lambda: Life().add("offered", LI, act="handed_in", to=ZHAO), DefectKind.NOT_HOLDER),
    "goes on after the end": (
        lambda: Life().over("transferred_to_police", WANG, POLICE).sealed(),
        DefectKind.AFTER_END,
    ),
    "collected twice": (lambda: Life().add("collected", LI, to=LI), DefectKind.HOLE),
    "time runs backward": (
        lambda: Life().sealed(happened=AT - timedelta(hours=1)),
        DefectKind.TIME_BACKWARD,
    ),
    "happened later than recorded": (lambda: Life().sealed(happened=AT + timedelta(9)), DefectKind.HAPPENED_LATER),
    "another seal": (
        lambda: Life().sealed().over("handed_in", WANG, ZHAO, seal_before="FY-9"),
        DefectKind.SEAL_DIFFERS,
    ),
    "a seal that nobody put on": (
        lambda: Life().over("handed_in", WANG, ZHAO, seal_before="F"),
        DefectKind.SEAL_DIFFERS,
    ),
    "the giver saw another seal": (
        lambda: Life().sealed().over("handed_in", WANG, ZHAO, offered={"seal_before": "FY-9"}),
        DefectKind.SEAL_DIFFERS,
    ),
    "another seal at the take-over": (
        lambda: Life().sealed().add("taken_over", ZHAO, reason="x", seal_before="FY-9"),
        DefectKind.SEAL_DIFFERS,
    ),
    "sealed over a seal that is another": (
        lambda: Life().sealed().sealed("FY-2", seal_before="FY-9"),
        DefectKind.SEAL_DIFFERS,
    ),
    "nobody looked at the seal": (
        lambda: Life().sealed().over("handed_in", WANG, ZHAO, seal_before=""),
        DefectKind.SEAL_UNCHECKED,
    ),
    "sealed over a seal": (lambda: Life().sealed().sealed("FY-2"), DefectKind.SEAL_UNCHECKED),
    "open still": (lambda: Life().sealed().opened(), DefectKind.SEAL_OPEN),
    "handed over open": (lambda: Life().sealed().opened().over("handed_in", WANG, ZHAO), DefectKind.SEAL_BROKEN),
    "digest not checked": (
        lambda: Life(Kind.PHOTO).over("handed_in", WANG, ZHAO, checked=None),
        DefectKind.DIGEST_UNCHECKED,
    ),
    "digest differs": (
        lambda: Life(Kind.PHOTO).over("handed_in", WANG, ZHAO, checked={"result": "differs"}),
        DefectKind.DIGEST_DIFFERS,
    ),
    "rejected because the digest differs": (
        lambda: (
            Life(Kind.PHOTO).add("offered", to=ZHAO).add("rejected", ZHAO, reason="x", checked={"result": "differs"})
        ),
        DefectKind.DIGEST_DIFFERS,
    ),
    "verified and differs": (lambda: Life(Kind.PHOTO).add("verified", result="differs"), DefectKind.DIGEST_DIFFERS),
    "less than there was": (
        lambda: Life().over("handed_in", WANG, ZHAO, quantity="240 g"),
        DefectKind.QUANTITY_DIFFERS,
    ),
    "handed in late": (lambda: Life().over("handed_in", WANG, ZHAO, hours=25), DefectKind.LATE_HAND_IN),
    "handed in late though taken far away": (
        lambda: Life(remote_returned_at=rfc3339(AT + timedelta(hours=9))).over("handed_in", WANG, ZHAO, hours=34),
        DefectKind.LATE_HAND_IN,
    ),
    "never handed in before the end": (
        lambda: Life().over("transferred_to_police", WANG, POLICE, hours=25),
        DefectKind.NOT_HANDED_IN,
    ),
    "returned late": (lambda: borrowed(days=1).over("returned", LI, ZHAO, hours=30), DefectKind.TERM_EXCEEDED),
    "taken back late by taking over": (
        lambda: borrowed(days=1).add("taken_over", ZHAO, hours=30, reason="x"),
        DefectKind.TERM_EXCEEDED,
    ),
    "passed on and returned late": (
        lambda: borrowed(days=1).over("handed_over", LI, WANG).over("returned", WANG, ZHAO, hours=30),
        DefectKind.TERM_EXCEEDED,
    ),
    "by way of the laboratory and returned late": (
        lambda: (
            borrowed(days=1)
            .over("sent_for_examination", LI, EXAMINER, term=rfc3339(AT + timedelta(30)))
            .over("received_back", EXAMINER, LI)
            .over("returned", LI, ZHAO, hours=30)
        ),
        DefectKind.TERM_EXCEEDED,
    ),
    "borrowed unasked": (lambda: Life().kept().over("borrowed", ZHAO, LI), DefectKind.NOT_APPROVED),
    "borrowed though refused": (
        lambda: Life().kept().agreed("borrowed", decision="refused").over("borrowed", ZHAO, LI),
        DefectKind.NOT_APPROVED,
    ),
    "borrowed twice on one approval": (
        lambda: borrowed().over("returned", LI, ZHAO).over("borrowed", ZHAO, LI),
        DefectKind.NOT_APPROVED,
    ),
    "borrowed for longer than agreed": (
        lambda: (
            Life()
            .kept()
            .agreed("borrowed", term=rfc3339(AT + timedelta(days=2)))
            .over("borrowed", ZHAO, LI, term=rfc3339(AT + timedelta(days=9)))
        ),
        DefectKind.NOT_APPROVED,
    ),
    "destroyed before it was agreed": (
        lambda: Life().kept().agreed("destroyed").add("destroyed", ZHAO, happened=AT + timedelta(hours=2)),
        DefectKind.NOT_APPROVED,
    ),
    "destroyed with one witness": (
        lambda: (
            Life().kept().agreed("destroyed").add("destroyed", ZHAO, second_officer="李文静", witnesses=["甲", "甲"])
        ),
        DefectKind.ONE_WITNESS,
    ),
    "opened alone": (lambda: Life().sealed().opened(second_officer=""), DefectKind.ONE_OFFICER),
    "opened alone twice": (lambda: Life().sealed().opened(second_officer="王建国"), DefectKind.ONE_OFFICER),
    "collected alone": (lambda: Life(second_officer=""), DefectKind.ONE_OFFICER),
    "sealed without a witness": (lambda: Life().sealed(witness=""), DefectKind.NO_WITNESS),
    "collected without a witness": (lambda: Life(witness=""), DefectKind.NO_WITNESS),
    "kept by who took it": (
        lambda: Life().over("handed_over", WANG, LI).over("handed_in", LI, WANG),
        DefectKind.CUSTODIAN_INVESTIGATES,
    ),
    "kept by the second officer": (lambda: Life().over("handed_in", WANG, LI), DefectKind.CUSTODIAN_INVESTIGATES),
    "taken over": (lambda: Life().add("taken_over", LI, reason="着火"), DefectKind.TAKEN_OVER),
    "taken over and refused": (
        lambda: (
            Life()
            .add("taken_over", LI, reason="x")
            .add("reviewed", CHEN, taken_over=1, decision="refused", opinion="不妥")
        ),
        DefectKind.TAKE_OVER_REFUSED,
    ),
    "reviewed late": (
        lambda: Life().add("taken_over", LI).add("reviewed", CHEN, hours=25, taken_over=1, decision="agreed"),
        DefectKind.REVIEWED_LATE,
    ),
    "lost": (lambda: Life().kept().add("lost", ZHAO, reason="x", last_seen="y"), DefectKind.LOST),
    "found again": (
        lambda: Life().add("lost", ZHAO, reason="x", last_seen="y").add("found", ZHAO, reason="z", place="车库"),
        DefectKind.WAS_LOST,
    ),
    "lost and taken over": (lambda: Life().add("lost").add("taken_over", ZHAO), DefectKind.WAS_LOST),
    "decided late": (
        lambda: (
            Life()
            .add("preserved", document="1", reason="x", place="y", second_officer="李文静")
            .over("handed_in", WANG, ZHAO)
            .add("decided", hours=24 * 10, decision="返还")
        ),
        DefectKind.DECIDED_LATE,
    ),
    "ended without a decision in time": (
        lambda: (
            Life()
            .add("preserved", document="1", reason="x", place="y", second_officer="李文静")
            .over("handed_in", WANG, ZHAO)
            .over("transferred_to_police", ZHAO, POLICE, hours=24 * 10)
        ),
        DefectKind.DECIDED_LATE,
    ),
    "a rule that it says it broke": (
        lambda: Life().add("stored", place="x", breach={"rules": ["opened_first"], "reason": "漏记"}),
        DefectKind.RULE_BROKEN,
    ),
    "a kind of event that nobody knows": (lambda: Life().add("vanished"), DefectKind.UNREADABLE),
}


@pytest.mark.parametrize("gap", GAPS)
def test_each_gap_is_found_at_its_event(gap):
    lived, kind = GAPS[gap]
    life = lived()
    at = last(life) - (gap == "the giver saw another seal")
    assert (kind, at) in life.gaps()
    before = walk_stated(life.said[:at], life.kind, RULES)
    assert kind not in {defect.kind for defect in before.defects}
    assert health(life.standing().defects) is (Health.DEFECTIVE if life.kinds() - MINOR else Health.ATTENTION)


def test_what_only_time_brings_is_due_and_shows_when_it_has_passed():
    life = Life().sealed()
    assert life.kinds() == set()
    assert (life.kinds(hours=23), life.kinds(hours=23.5)) == (set(), {DefectKind.NOT_HANDED_IN})
    life.over("handed_in", WANG, ZHAO)
    assert life.kinds(hours=1000) == set()
    life.add("offered", ZHAO, act="transferred_to_police", to=POLICE)
    assert (life.kinds(hours=23), life.kinds(hours=25)) == (set(), {DefectKind.OFFER_OPEN})
    life.add("taken_over", LI, reason="x", seal_before="FY-1")
    assert life.kinds(hours=25) == {DefectKind.TAKEN_OVER, DefectKind.NOT_REVIEWED}
    life.add("preserved", LI, document="1", reason="x", place="y", second_officer="王建国")
    life.add("reviewed", CHEN, taken_over=5, decision="agreed")
    assert life.kinds(hours=24 * 12) == {DefectKind.TAKEN_OVER, DefectKind.NOT_DECIDED}
    assert borrowed(days=2).kinds(hours=49) == {DefectKind.NOT_RETURNED}


def test_what_is_due_is_in_order_of_time_and_a_minor_gap_hides_no_grave_one():
    life = Life().add("offered", hours=0.5, act="handed_in", to=ZHAO)
    life.add("taken_over", LI, hours=0.5, reason="x").add("offered", LI, hours=0.5, act="handed_in", to=ZHAO)
    dues = life.standing().dues
    assert [due.kind for due in dues] == [DefectKind.NOT_HANDED_IN, DefectKind.NOT_REVIEWED, DefectKind.OFFER_OPEN]
    assert [due.at for due in dues] == sorted(due.at for due in dues)
    early = Life(remote_returned_at=rfc3339(AT + timedelta(days=3))).add("offered", hours=0.5, act="handed_in", to=ZHAO)
    assert [due.kind for due in early.standing().dues] == [DefectKind.OFFER_OPEN, DefectKind.NOT_HANDED_IN]


def test_each_take_over_is_reviewed_by_itself():
    life = Life().add("taken_over", LI, reason="x").add("taken_over", ZHAO, reason="y")
    assert life.standing().review == 1
    life.add("reviewed", CHEN, taken_over=1, decision="agreed")
    assert life.standing().review == 2
    assert DefectKind.NOT_REVIEWED in life.kinds(hours=25)
    life.add("reviewed", CHEN, taken_over=2, decision="agreed")
    assert life.standing().review is None
    assert DefectKind.NOT_REVIEWED not in life.kinds(hours=25)


def test_passed_on_a_borrowed_exhibit_is_borrowed_still_until_it_is_back_in_the_store():
    life = borrowed(days=2).over("handed_over", LI, WANG)
    assert life.standing().where is Whereabouts.BORROWED
    assert DefectKind.NOT_RETURNED in life.kinds(hours=48)
    life.over("sent_for_examination", WANG, EXAMINER, term=term(life, 30))
    assert DefectKind.NOT_RETURNED in life.kinds(hours=48), "the laboratory's time is not the borrower's"
    life.over("received_back", EXAMINER, WANG)
    assert life.standing().where is Whereabouts.BORROWED
    life.over("returned", WANG, ZHAO)
    assert (life.standing().where, life.kinds(hours=48)) == (Whereabouts.STORED, set())


def test_preserving_again_gives_no_more_time():
    life = Life().add("preserved", document="1", reason="x", place="y", second_officer="李文静")
    (first,) = [due for due in life.standing().dues if due.kind is DefectKind.NOT_DECIDED]
    life.add("preserved", document="2", hours=100, reason="x", place="y", second_officer="李文静")
    assert [due for due in life.standing().dues if due.kind is DefectKind.NOT_DECIDED] == [first]


def test_a_term_is_for_what_is_away_only():
    life = Life().over("handed_in", WANG, ZHAO, term=rfc3339(AT + timedelta(hours=5)))
    assert life.gaps(hours=100) == []


@pytest.mark.parametrize(
    ("registered", "counted", "differs"),
    [
        ("250 g", "250g", False),
        ("250 g", "250.0 g", False),
        ("1 个", "1个", False),
        ("约250 g", "240 g", False),
        ("一袋", "一 袋", False),
        ("250 g", "", False),
        ("", "250 g", False),
        ("250 g", "240 g", True),
        ("250 g", "250 ml", True),
        ("约250 g", "240 ml", True),
        ("一袋", "两袋", True),
        ("250 g", "一袋", True),
    ],
)
def test_quantities_are_compared_as_quantities(registered, counted, differs):
    assert differ(registered, counted) is differs


def test_a_correction_says_what_is_right_and_the_last_one_holds():
    life = Life().sealed(witness="")
    assert life.kinds() == {DefectKind.NO_WITNESS}
    life.add("corrected", supersedes=1, facts={"witness": "马会"}, reason="漏填")
    life.add("corrected", supersedes=1, facts={"witness": "马会计"}, reason="笔误")
    assert life.kinds() == set()
    assert corrected(life.said)[1].facts["witness"] == "马会计"
    assert life.said[1].facts["witness"] == "", "what was recorded stays"
    life.add("corrected", supersedes=1, facts={"happened_at": rfc3339(AT - timedelta(days=1))}, reason="x")
    assert life.kinds() == {DefectKind.TIME_BACKWARD}


@pytest.mark.parametrize("seq", [-1, 99, "1", None, True, 1.5, [1]])
def test_a_correction_of_nothing_changes_nothing(seq):
    life = Life().sealed(witness="").add("corrected", supersedes=seq, facts={"quantity": "9 g"}, reason="x")
    assert life.standing().quantity == "250 g"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**53) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
moments = st.sampled_from(
    [
        rfc3339(AT),
        rfc3339(AT + timedelta(days=3)),
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "8999-12-31T23:59:59-23:59",
        "2026-11-24",
        "2026-11-24T08:00:00",
        "昨天",
        "",
    ]
)
people = st.sampled_from([WANG, LI, ZHAO, POLICE, {}, {"id": "1"}, {"id": True, "name": 3}]) | json_values
FACTS = [
    "to",
    "from",
    "second_officer",
    "witness",
    "witnesses",
    "no_witness_reason",
    "quantity",
    "hazard",
    "parent",
    "whereabouts",
    "term",
    "place",
    "hand_in_until",
    "remote_returned_at",
    "seal_before",
    "seal_after",
    "breach",
    "checked",
    "paper",
    "act",
    "decision",
    "request",
    "taken_over",
    "supersedes",
    "facts",
    "reason",
    "opinion",
    "received_as",
    "quantity_after",
]
facts = st.dictionaries(
    st.sampled_from(FACTS),
    json_values
    | people
    | moments
    | st.sampled_from(["agreed", "borrowed", "stored", "250 g", "FY-1", "custodian"])
    | st.builds(lambda rules, reason: {"rules": rules, "reason": reason}, json_values, json_values)
    | st.builds(lambda rules: {"rules": rules}, st.lists(st.sampled_from([*RULES.duties, "x"]), max_size=3)),
    max_size=8,
)
types = st.sampled_from([*EventType]) | st.text(max_size=4)
bodies = st.fixed_dictionaries(
    {}, optional={"type": types, "at": moments, "happened_at": moments, "by": people, "facts": facts | json_values}
)


@settings(max_examples=400, deadline=None)
@given(st.lists(bodies | json_values, max_size=9), st.sampled_from(list(Kind)))
@example([{"type": "preserved", "at": "9999-12-31T23:59:59Z", "by": WANG, "facts": {}}], Kind.PHYSICAL)
@example([{"type": "collected", "at": rfc3339(AT), "facts": {"breach": {"rules": [[["x"]]]}}}], Kind.PHYSICAL)
def test_no_chain_however_damaged_stops_the_walk(said, kind):
    statements = [_statement(body) for body in said]
    standing = walk_stated(statements, kind, RULES)
    assert standing.seq == len(said) - 1
    assert [due.at for due in standing.dues] == sorted(due.at for due in standing.dues)
    assert health(standing.defects_at(AT + timedelta(days=9))) in set(Health)
    if said and statements[0].kind != EventType.COLLECTED:
        assert DefectKind.NO_COLLECTION in {defect.kind for defect in standing.defects}
    transfers = [
        each for each in statements if each.kind in TRANSFERS or each.kind in {"taken_over", "found", "collected"}
    ]
    if not transfers:
        assert standing.holder.name == "", "nobody holds it whom no event names"


def _statement(body):
    """As ``stated`` reads it, of what no canonical JSON could hold too."""
    return stated(msgspec.json.encode(body))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60) | st.builds(bytes.__add__, st.sampled_from([b"[" * 9999, b"{", b'{"facts":']), st.binary())
)
def test_bytes_that_are_no_event_say_nothing(body):
    assert isinstance(stated(body), Statement)
    walk_stated([stated(body)], Kind.PHYSICAL, RULES)
