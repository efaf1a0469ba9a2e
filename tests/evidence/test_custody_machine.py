"""Whatever several people do with several exhibits, rightly or wrongly: one holder each, moved by both sides only."""

from contextlib import contextmanager
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session

from casesvc.database import Database
from evidence.act import Act, Actor
from evidence.chain import stated
from evidence.custody import perform, standing_of
from evidence.custody_event import EventType, events_of
from evidence.custody_findings import custody_findings
from evidence.errors import EvidenceError
from evidence.exhibit import Kind
from evidence.family import Portion, consume, split
from evidence.handing_over import Answer, Checked, To, answer, answer_on_paper, offer, take_back, withdraw
from evidence.handover import exhibits_open, is_receiver
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.oversight import Decision, approve, correct, request, review, take_over
from evidence.register import Person, Procedure, load_units, register_case, unit_by_code
from evidence.standing import TRANSFERS, Whereabouts
from storage import MemoryStore
from tests.evidence.conftest import AT
from tests.evidence.test_custody import FACTS, STATED

GOING = {
    Whereabouts.HELD: (EventType.HANDED_IN, EventType.HANDED_OVER, EventType.SENT_FOR_EXAMINATION),
    Whereabouts.STORED: (EventType.BORROWED, EventType.SENT_FOR_EXAMINATION, EventType.TRANSFERRED_TO_POLICE),
    Whereabouts.BORROWED: (EventType.RETURNED, EventType.HANDED_OVER, EventType.SENT_FOR_EXAMINATION),
    Whereabouts.EXAMINATION: (EventType.RECEIVED_BACK, EventType.RECEIVED_BACK, EventType.HANDED_OVER),
}
"""What makes sense from where."""
ROLES = ("investigator", "investigator", "custodian", "custodian", "approver", "examiner")
REQUESTED = (EventType.BORROWED, EventType.DESTROYED, EventType.RETURNED_TO_OWNER)
MOVING = {*TRANSFERS, EventType.TAKEN_OVER, EventType.FOUND, EventType.COLLECTED}
someone = st.integers(0, len(ROLES) - 1)
something = st.integers(0, 5)
DONE = sorted(set(STATED) - {"lost", "destroyed", "preserved"}) * 2 + ["lost", "destroyed", "preserved", *["found"] * 4]
maybe = st.sampled_from(["", "事实已经发生"])
when = st.sampled_from([None, None, None, -30, 5, -60 * 24 * 3, 60 * 24])  # minutes from now
decisions = st.sampled_from(Decision)
sensible = st.sampled_from([True, True, True, False])


class Custody(RuleBasedStateMachine):
    """The people, their exhibits, and who has to be the holder of each by what was said and not refused."""

    engine = None

    @initialize()
    def begin(self):
        self.tx = Session(self.engine, expire_on_commit=False)
        self.at, self.serial = AT, 0
        self.exhibits, self.holders, self.handovers, self.seen = [], {}, [], {}
        load_units(self.tx)
        unit = unit_by_code(self.tx, "410502")
        self.persons, self.by = [], []
        for at, role in enumerate(ROLES):
            person = Person(name=f"{role}{at}", certificate=f"豫消{at}", unit_id=unit.id)
            self.tx.add(person)
            self.tx.flush()
            self.persons.append(person)
            self.by.append(Actor(person.id, person.name, unit.id, unit.name, person.certificate, frozenset({role})))
        self.unit = unit
        self.case = register_case(
            self.act(0), unit, name="火灾", fire_at=AT, place="文明大道", procedure=Procedure.ORDINARY
        )
        self.collect(0, tangible=False)
        self.paper = self.exhibits[0]
        self.collect(0, tangible=True)

    def act(self, who):
        return Act(self.tx, self.by[who], self.at)

    def of(self, which):
        return self.exhibits[which % len(self.exhibits)]

    def holding(self, who, exhibit, sensible):
        """The holder where the act is to make sense and he has an account."""
        names = [by.name for by in self.by]
        holder = self.holders[exhibit.id]
        return names.index(holder) if sensible and holder in names else who

    def giver_of(self, handover):
        return [by.id for by in self.by].index(handover.giver_id)

    def happened(self, minutes):
        return None if minutes is None else self.at + timedelta(minutes=minutes)

    @contextmanager
    def trying(self, moves=None):
        """Something is done, or refused and has changed nothing; ``moves``: exhibit and new holder if it is done."""
        before = {each.id: len(events_of(self.tx, each)) for each in self.exhibits}
        savepoint = self.tx.begin_nested()
        try:
            yield
        except EvidenceError:
            savepoint.rollback()
            assert {each.id: len(events_of(self.tx, each)) for each in self.exhibits} == before
        else:
            savepoint.commit()
            self.holders.update(moves or {})

    @rule(minutes=st.sampled_from([1, 20, 60 * 5, 60 * 30]))
    def time_passes(self, minutes):
        self.at += timedelta(minutes=minutes)

    @rule(who=st.integers(0, 1), tangible=st.booleans())
    def collect(self, who, tangible):
        self.serial += 1
        if tangible:
            facts = SampleFacts(**{**vars(FACTS), "quantity": "250 g", "seal": f"FY-{self.serial}"})
            made = collect_sample(self.act(who), self.case, facts, name="残骸")
        else:
            received = receive(MemoryStore(), [b"x"], file_name="a.jpg")
            made = collect_file(self.act(who), self.case, received, kind=Kind.PHOTO)
        self.exhibits.append(made)
        self.holders[made.id] = self.by[who].name

    @rule(
        who=someone,
        which=something,
        type_=st.sampled_from(DONE),
        reason=maybe,
        minutes=when,
        right=sensible,
    )
    def do(self, who, which, type_, reason, minutes, right):
        exhibit, self.serial = self.of(which), self.serial + 1
        who = self.holding(who, exhibit, right)
        facts = {**STATED[type_], "second_officer": "李文静"}
        if "seal_before" in facts:
            facts["seal_before"] = standing_of(self.tx, self.case, exhibit).seal if right else "FY-错"
        if "seal_after" in facts:
            facts["seal_after"] = f"FY-{self.serial}" if right else "FY-1"
        more = {"happened_at": self.happened(minutes), "breach_reason": reason}
        with self.trying({exhibit.id: self.by[who].name} if type_ == "found" else {}):
            if type_ == "consumed":
                consume(self.act(who), self.case, exhibit, {**facts, "quantity": "10 g" if right else "10 kg"}, **more)
            else:
                perform(self.act(who), self.case, exhibit, EventType(type_), facts, **more)

    @rule(who=someone, which=something, reason=maybe, left=st.sampled_from(["0 g", "50 g", "200 g"]))
    def divide(self, who, which, reason, left):
        who = self.holding(who, self.of(which), sensible=True)
        with self.trying():
            told = {"remainder": left, "reason": "分检", "second_officer": "李文静", "breach_reason": reason}
            made = split(self.act(who), self.case, self.of(which), [Portion("甲", "50 g")], **told)
            self.exhibits += made
            self.holders.update({each.id: self.by[who].name for each in made})

    @rule(
        who=someone,
        to=someone,
        pool=st.booleans(),
        which=st.lists(something, min_size=1, max_size=3),
        type_=st.sampled_from(list(TRANSFERS)),
        reason=maybe,
        right=sensible,
    )
    def offer_some(self, who, to, pool, which, type_, reason, right):
        exhibits = [self.of(each) for each in which]
        if right:
            held = self.holders[exhibits[0].id]
            exhibits = list({each.id: each for each in exhibits if self.holders[each.id] == held}.values())
            who = self.holding(who, exhibits[0], right)
            where = standing_of(self.tx, self.case, exhibits[0]).where
            type_ = GOING.get(where, [type_])[to % len(GOING.get(where, [type_]))]
            pool = type_ in {EventType.HANDED_IN, EventType.RETURNED}
            to = (to + 1) % len(ROLES) if to == who else to
        receiver = To(unit=self.unit) if pool else To(person=self.persons[to])
        if type_ in {EventType.TRANSFERRED_TO_POLICE, EventType.RETURNED_TO_OWNER}:
            receiver = To(name="张警官", organisation="分局")
        if type_ is EventType.SENT_FOR_EXAMINATION:
            receiver = To(name="刘工", organisation="省检测中心") if pool else To(person=self.persons[5])
        with self.trying():
            told = {"purpose": "保管", "term": self.at + timedelta(days=2), "breach_reason": reason}
            self.handovers.append(offer(self.act(who), self.case, type_, exhibits, receiver, **told))

    @precondition(lambda self: self.handovers)
    @rule(
        who=someone,
        last=st.integers(0, 2),
        which=st.lists(something, min_size=1, max_size=3),
        accepted=sensible,
        right=sensible,
        reason=maybe,
    )
    def answer_some(self, who, last, which, accepted, right, reason):
        handover = self.handovers[-1 - last % len(self.handovers)]
        exhibits = list({each.id: each for each in map(self.of, which)}.values())
        if right:
            exhibits = exhibits_open(self.tx, handover) or exhibits
            who = next((at for at, by in enumerate(self.by) if is_receiver(by, self.tx, handover)), who)
        answers = []
        for exhibit in exhibits:
            now = standing_of(self.tx, self.case, exhibit)
            facts = {"quantity": now.quantity or "1 个", "condition": "完好", "seal_before": now.seal}
            if not right:
                facts |= {"quantity": "1 kg", "seal_before": "FY-错"}
            checked = Checked("a" * 64, "b" * 64, unchanged=right)
            answers.append(Answer(exhibit, accepted, "不符", facts, checked))
        receiver = handover.outside.get("name") or self.by[who].name
        moves = {each.exhibit.id: receiver for each in answers} if accepted else {}
        with self.trying(moves):
            if handover.outside:
                told = {"paper": self.paper, "confirmed_by": "password", "breach_reason": reason}
                answer_on_paper(self.act(self.giver_of(handover)), self.case, handover, answers, **told)
            else:
                answer(self.act(who), self.case, handover, answers, confirmed_by="password", breach_reason=reason)

    @rule(who=st.integers(2, 3), which=something, right=sensible)
    def bring_back(self, who, which, right):
        exhibit = self.of(which)
        facts = {
            "quantity": standing_of(self.tx, self.case, exhibit).quantity if right else "1 kg",
            "condition": "完好",
        }
        facts["seal_before"] = standing_of(self.tx, self.case, exhibit).seal
        answers = [Answer(exhibit, True, "", facts, Checked("a" * 64, "b" * 64, unchanged=right))]
        with self.trying({exhibit.id: self.by[who].name}):
            told = {"paper": self.paper, "purpose": "取回", "confirmed_by": "password"}
            take_back(self.act(who), self.case, EventType.RECEIVED_BACK, answers, **told)

    @precondition(lambda self: self.handovers)
    @rule(who=someone, last=st.integers(0, 2), right=st.booleans())
    def withdraw_one(self, who, last, right):
        handover = self.handovers[-1 - last % len(self.handovers)]
        with self.trying():
            withdraw(self.act(self.giver_of(handover) if right else who), self.case, handover, reason="改日")

    @rule(who=someone, which=something, type_=st.sampled_from(REQUESTED))
    def ask(self, who, which, type_):
        with self.trying():
            term = self.at + timedelta(days=3)
            request(self.act(who), self.case, self.of(which), type_, reason="询问", term=term)

    @rule(who=someone, which=something, decision=decisions)
    def decide(self, who, which, decision):
        with self.trying():
            told = {"decision": decision, "opinion": "阅", "confirmed_by": "totp"}
            approve(self.act(who), self.case, self.of(which), **told)

    @rule(who=someone, which=something, minutes=when)
    def seize(self, who, which, minutes):
        exhibit = self.of(which)
        with self.trying({exhibit.id: self.by[who].name}):
            told = {"reason": "着火", "confirmed_by": "password", "happened_at": self.happened(minutes)}
            take_over(self.act(who), self.case, exhibit, **told)

    @rule(who=someone, which=something, decision=decisions)
    def look_again(self, who, which, decision):
        with self.trying():
            told = {"decision": decision, "opinion": "阅", "confirmed_by": "totp"}
            review(self.act(who), self.case, self.of(which), **told)

    @rule(
        who=someone,
        which=something,
        seq=st.integers(-1, 9),
        fact=st.sampled_from(["reason", "quantity", "to"]),
        minutes=when,
    )
    def put_right(self, who, which, seq, fact, minutes):
        with self.trying():
            told = {"reason": "笔误", "happened_at": self.happened(minutes)}
            correct(self.act(who), self.case, self.of(which), seq, {fact: "250 g"}, **told)

    @invariant()
    def each_exhibit_has_one_holder_who_got_it_from_both_sides_and_rows_that_say_so(self):
        self.tx.expire_all()
        for exhibit in self.exhibits:
            events = events_of(self.tx, exhibit)
            if self.seen.get(exhibit.id) == len(events):
                continue
            self.seen[exhibit.id] = len(events)
            standing = standing_of(self.tx, self.case, exhibit)
            assert standing.holder.name == self.holders[exhibit.id]
            assert [event.seq for event in events] == list(range(len(events)))
            moved = [stated(event.body).facts.get("to") for event in events if event.type in MOVING - {EventType.FOUND}]
            assert all(isinstance(to, dict) for to in moved)
            assert (standing.offer is None) or not standing.ended
            assert list(custody_findings(self.tx, self.case, exhibit, events)) == []

    def teardown(self):
        self.tx.rollback()
        self.tx.close()


@pytest.mark.parametrize("stack", ["sqlite", "postgresql"])
def test_whatever_is_done_each_exhibit_has_one_holder_and_every_row_its_event(stack, request):
    url = request.getfixturevalue("sqlite_url" if stack == "sqlite" else "postgres_tables_url")
    database = Database(url)

    class Here(Custody):
        engine = database.engine

    examples = 20 if stack == "sqlite" else 4
    limits = settings(
        max_examples=examples,
        stateful_step_count=40 if stack == "sqlite" else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Here, settings=limits)
    finally:
        database.engine.dispose()
