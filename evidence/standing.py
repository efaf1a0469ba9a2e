"""How an exhibit stands by its chain: who holds it, where, under which seal, what is open – and every gap on the way.

A pure walk over the events: the same events and rules give the same standing, on any machine. What only time brings
(a limit that passes with no event) is a ``Due`` in the result: a standing kept in a row stays true without a clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from evidence.chain import NamedPerson, Statement, moment_stated, person_stated, stated
from evidence.columns import Labelled
from evidence.custody_event import CustodyEvent, EventType
from evidence.custody_rules import CustodyRules, Receiver
from evidence.defects import Defect, DefectKind
from evidence.exhibit import Kind
from evidence.quantity import differ


class Whereabouts(Labelled):
    """Where an exhibit is in its life."""

    HELD = "held", "在持有人手中"
    STORED = "stored", "在库"
    BORROWED = "borrowed", "借出"
    EXAMINATION = "examination", "送检"
    POLICE = "police", "已移送公安机关"
    OWNER = "owner", "已返还"
    DESTROYED = "destroyed", "已销毁"
    LOST = "lost", "遗失"


ENDED = frozenset({Whereabouts.POLICE, Whereabouts.OWNER, Whereabouts.DESTROYED})
"""Custody by this agency is over."""

TRANSFERS = {
    EventType.HANDED_IN: Whereabouts.STORED,
    EventType.HANDED_OVER: Whereabouts.HELD,
    EventType.BORROWED: Whereabouts.BORROWED,
    EventType.RETURNED: Whereabouts.STORED,
    EventType.SENT_FOR_EXAMINATION: Whereabouts.EXAMINATION,
    EventType.RECEIVED_BACK: Whereabouts.HELD,
    EventType.TRANSFERRED_TO_POLICE: Whereabouts.POLICE,
    EventType.RETURNED_TO_OWNER: Whereabouts.OWNER,
}
"""The events by which custody moves, said by the receiver, and where the exhibit is after each."""

CHANGING = frozenset(
    {EventType.SEALED, EventType.OPENED, EventType.RESEALED, EventType.CONSUMED, EventType.DERIVED, EventType.DESTROYED}
)
"""The events that make of an exhibit something else than what a receiver was offered."""


@dataclass(frozen=True)
class Due:
    """A limit under way: after ``at`` the defect stands, if nothing happens."""

    at: datetime
    kind: DefectKind
    seq: int
    rule: str


@dataclass(frozen=True)
class Approval:
    """That an act was agreed to: by which event, when, and until when the exhibit may be away."""

    seq: int
    at: datetime | None = None
    term: datetime | None = None


@dataclass
class Standing:
    """What the chain says up to ``seq``. ``offer``, ``request``, ``review``: seq of the one that is open, of several
    take-overs the first. ``cut``: number of the seal that was opened and not put on anew.
    """

    seq: int = -1
    where: Whereabouts = Whereabouts.HELD
    holder: NamedPerson = field(default_factory=NamedPerson)
    place: str = ""
    place_code: str = ""
    seal: str = ""
    cut: str = ""
    quantity: str = ""
    hazard: str = ""
    since: datetime | None = None
    offer: int | None = None
    request: int | None = None
    review: int | None = None
    collectors: list[NamedPerson] = field(default_factory=list)
    """Who took it at the scene; nobody for a portion of another exhibit."""
    approvals: dict[str, Approval] = field(default_factory=dict)
    """Act that was agreed to and not done yet → the approval."""
    dues: list[Due] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.where in ENDED

    @property
    def here(self) -> bool:
        """Whether something can be done with it: it is not lost, and its custody not over."""
        return not self.ended and self.where is not Whereabouts.LOST

    def approved(self, act: str, at: datetime | None = None, term: datetime | None = None) -> bool:
        """Whether an act at ``at`` was agreed to before, and for as long as ``term``."""
        found = self.approvals.get(act)
        if found is None:
            return False
        before = at is None or found.at is None or found.at <= at
        return before and (term is None or found.term is None or term <= found.term)

    def collected_by(self, id_: int | None, name: str) -> bool:
        """Whether this person took part in the collection, as first or as second officer, whom only a name tells."""
        return any(each.id == id_ if each.id is not None else each.name == name != "" for each in self.collectors)

    def seal_differs(self, seen: str) -> bool:
        """Whether the number ``seen`` is that of neither the seal nor, where it was opened, the one before."""
        return bool(seen) and seen != (self.seal or self.cut)

    def defects_at(self, now: datetime) -> list[Defect]:
        """All gaps, with those that time has brought by ``now``."""
        passed = [Defect(due.kind, due.seq, due.rule) for due in self.dues if due.at < now]
        return [*self.defects, *passed]


def walk(events: Iterable[CustodyEvent], kind: Kind, rules: CustodyRules) -> Standing:
    """The standing after ``events``, in order of ``seq``."""
    return walk_stated([stated(event.body) for event in events], kind, rules)


def walk_stated(said: list[Statement], kind: Kind, rules: CustodyRules) -> Standing:
    """The same of what the bodies say. What only a correction put right, and was grave, stays as a minor gap."""
    right = corrected(said)
    standing = _walked(right, kind, rules)
    if right != said:
        stood = {(defect.kind, defect.seq) for defect in standing.defects}
        standing.defects += [
            replace(defect, kind=DefectKind.CORRECTED_AWAY, reason=defect.kind.label)
            for defect in _walked(said, kind, rules).defects
            if not defect.minor and (defect.kind, defect.seq) not in stood
        ]
    return standing


def _walked(said: list[Statement], kind: Kind, rules: CustodyRules) -> Standing:
    walking = _Walk(kind, rules)
    for seq, event in enumerate(said):
        walking.take(seq, event)
    return walking.finish()


def corrected(said: list[Statement]) -> list[Statement]:
    """The events with what later corrections say of them; the corrections themselves stay where they are."""
    changes: dict[int, dict[str, Any]] = {}
    for event in said:
        if event.kind == EventType.CORRECTED:
            seq, facts = event.facts.get("supersedes"), event.facts.get("facts")
            if isinstance(seq, int) and isinstance(facts, dict):
                changes.setdefault(seq, {}).update(facts)
    return [event.corrected_by(changes[seq]) if seq in changes else event for seq, event in enumerate(said)]


class _Walk:
    """The walk under way."""

    def __init__(self, kind: Kind, rules: CustodyRules) -> None:
        self.kind = kind
        self.rules = rules
        self.now = Standing()
        self._last: datetime | None = None
        self._collected: datetime | None = None
        self._remote: datetime | None = None
        self._portion = False
        self._until: datetime | None = None
        self._handed_in = False
        self._opened: int | None = None
        self._term: Due | None = None
        self._lent: Due | None = None
        self._offer: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}
        self._reviews: list[Due] = []
        self._preserved: Due | None = None
        self._take: dict[str, Callable[[int, Statement], None]] = {
            EventType.COLLECTED: self._collection,
            EventType.SEALED: self._sealing,
            EventType.RESEALED: self._sealing,
            EventType.OPENED: self._opening,
            EventType.STORED: self._placing,
            EventType.MOVED: self._placing,
            EventType.CONSUMED: self._consuming,
            EventType.DERIVED: self._consuming,
            EventType.PRESERVED: self._preserving,
            EventType.DECIDED: self._deciding,
            EventType.DESTROYED: self._destroying,
            EventType.LOST: self._losing,
            EventType.FOUND: self._finding,
            EventType.VERIFIED: self._verifying,
            EventType.OFFERED: self._offering,
            EventType.REJECTED: self._rejecting,
            EventType.WITHDRAWN: self._closing,
            EventType.TAKEN_OVER: self._taking_over,
            EventType.REVIEWED: self._reviewing,
            EventType.REQUESTED: self._requesting,
            EventType.APPROVED: self._approving,
            **dict.fromkeys(TRANSFERS, self._transfer),
        }

    def take(self, seq: int, said: Statement) -> None:
        self.now.seq = seq
        if seq == 0 and said.kind != EventType.COLLECTED:
            self._found(DefectKind.NO_COLLECTION, seq)
        if said.kind not in _KINDS:
            self._found(DefectKind.UNREADABLE, seq)
            return
        self._time(seq, said)
        self._duties(seq, said)
        if said.kind in self._take:
            self._take[said.kind](seq, said)
        self.now.approvals.pop(said.kind, None)

    def finish(self) -> Standing:
        now = self.now
        if self._opened is not None and not now.ended:
            self._found(DefectKind.SEAL_OPEN, self._opened)
        if now.where is Whereabouts.LOST:
            self._found(DefectKind.LOST, now.seq)
        until = self._hand_in_until()
        if not self._handed_in and not now.ended and until is not None:
            now.dues.append(Due(until, DefectKind.NOT_HANDED_IN, 0, self._hand_in_rule()))
        now.dues += [due for due in (self._term, self._lent, self._preserved, *self._reviews) if due is not None]
        now.review = self._reviews[0].seq if self._reviews else None
        now.dues.sort(key=lambda due: due.at)
        return now

    # ---- what holds for every event

    def _time(self, seq: int, said: Statement) -> None:
        at, recorded = said.moment, said.recorded
        if at is None or recorded is None:
            self._found(DefectKind.UNREADABLE, seq)
            return
        if at > recorded:
            self._found(DefectKind.HAPPENED_LATER, seq, expected=said.at, found=said.happened_at)
        if self._last is not None and at < self._last:
            self._found(DefectKind.TIME_BACKWARD, seq)
        if said.kind not in _SAID:
            self._last = max(at, self._last) if self._last else at

    def _duties(self, seq: int, said: Statement) -> None:
        excused = _excused(said)
        for slug, reason in excused.items():
            if slug not in _COMPARED:
                self._found(_BROKEN.get(slug, DefectKind.RULE_BROKEN), seq, slug, reason=reason)
        if self.now.ended and said.kind not in _AFTER_END:
            self._found(DefectKind.AFTER_END, seq)
        rule = self.rules.acts.get(said.kind)
        if rule is None:
            return
        if rule.by == "holder" and "holder_acts" not in excused:
            self._by_holder(seq, said)
        if rule.officers > 1 and "two_officers" not in excused and not _second_officer(said):
            self._found(DefectKind.ONE_OFFICER, seq, "two_officers")
        if rule.witnesses == 1:
            self._witnessed(seq, said)
        few = len(_names(said.facts.get("witnesses"))) < rule.witnesses
        if rule.witnesses > 1 and few and "two_witnesses" not in excused:
            self._found(DefectKind.ONE_WITNESS, seq, "two_witnesses")
        if rule.approval and "approval_first" not in excused and not self.now.approved(said.kind, said.moment):
            self._found(DefectKind.NOT_APPROVED, seq, "approval_first")

    def _by_holder(self, seq: int, said: Statement) -> None:
        """Somebody outside holds without an account: what was done there, the unit records."""
        holder = self.now.holder
        if holder.id is not None and said.by.id != holder.id:
            self._found(DefectKind.NOT_HOLDER, seq, "holder_acts", holder.name, said.by.name)

    def _witnessed(self, seq: int, said: Statement) -> None:
        if not (said.facts.get("witness") or said.facts.get("no_witness_reason")):
            self._found(DefectKind.NO_WITNESS, seq)

    # ---- collection, seal, place

    def _collection(self, seq: int, said: Statement) -> None:
        if seq:
            self._found(DefectKind.HOLE, seq)
            return
        self.now.holder = person_stated(said.facts.get("to"))
        self.now.since = self._collected = said.moment
        self.now.quantity = _text(said.facts.get("quantity"))
        self.now.hazard = _text(said.facts.get("hazard"))
        self._remote = moment_stated(said.facts.get("remote_returned_at"))
        self._portioning(seq, said)
        if not self._portion:
            self.now.collectors = [said.by, NamedPerson(name=_text(said.facts.get("second_officer")))]
        if self.kind.tangible:
            self._witnessed(seq, said)
            if not _second_officer(said):
                self._found(DefectKind.ONE_OFFICER, seq, "two_officers")

    def _portioning(self, seq: int, said: Statement) -> None:
        """A portion is where the whole was, and the limits of the whole go on for it."""
        self._portion = bool(said.facts.get("parent"))
        where = _text(said.facts.get("whereabouts"))
        if not self._portion or where not in set(Whereabouts):
            return
        self.now.where = Whereabouts(where)
        self.now.place, self.now.place_code = _text(said.facts.get("place")), _text(said.facts.get("place_code"))
        self._until, term = moment_stated(said.facts.get("hand_in_until")), moment_stated(said.facts.get("term"))
        self._term = Due(term, DefectKind.NOT_RETURNED, seq, _LEFT_BY.get(self.now.where, "")) if term else None

    def _sealing(self, seq: int, said: Statement) -> None:
        self._compare_seal(seq, said)
        self.now.seal, self.now.cut, self._opened = _text(said.facts.get("seal_after")), "", None

    def _opening(self, seq: int, said: Statement) -> None:
        self._compare_seal(seq, said)
        self.now.seal, self.now.cut, self._opened = "", self.now.seal or self.now.cut, seq

    def _compare_seal(self, seq: int, said: Statement) -> None:
        seen = _text(said.facts.get("seal_before"))
        if self.now.seal_differs(seen):
            reason = _excused(said).get("seal_agrees", "")
            self._found(DefectKind.SEAL_DIFFERS, seq, "seal_agrees", self.now.seal or self.now.cut, seen, reason)
        elif self.now.seal and not seen:
            self._found(DefectKind.SEAL_UNCHECKED, seq, "seal_agrees", self.now.seal)

    def _placing(self, _seq: int, said: Statement) -> None:
        self.now.place, self.now.place_code = _text(said.facts.get("place")), _text(said.facts.get("place_code"))
        if self.now.where is Whereabouts.HELD and said.kind == EventType.STORED:
            self.now.where = Whereabouts.STORED

    # ---- handovers

    def _offering(self, seq: int, said: Statement) -> None:
        self._closing(seq, said)
        self._by_holder(seq, said)
        if self.kind.tangible and said.facts.get("seal_before"):
            self._compare_seal(seq, said)
        self.now.offer, self._offer = seq, said.facts
        at = said.moment
        if at is not None:
            limit = self.rules.limits["offer_escalated"]
            self.now.dues.append(Due(limit.end(at), DefectKind.OFFER_OPEN, seq, limit.slug))

    def _closing(self, _seq: int, _said: Statement) -> None:
        self.now.offer, self._offer = None, {}
        self.now.dues = [due for due in self.now.dues if due.kind is not DefectKind.OFFER_OPEN]

    def _rejecting(self, seq: int, said: Statement) -> None:
        self._closing(seq, said)
        if _outcome(said) not in {"", "unchanged"}:
            self._found(DefectKind.DIGEST_DIFFERS, seq)

    def _transfer(self, seq: int, said: Statement) -> None:
        giver, receiver = person_stated(said.facts.get("from")), person_stated(said.facts.get("to"))
        if self.now.where is Whereabouts.LOST:
            self._found(DefectKind.WAS_LOST, seq)
        self._both_said_so(seq, said, giver, receiver)
        self._checked(seq, said)
        self._in_time(seq, said)
        rule = self.rules.handovers.get(said.kind)
        excused = _excused(said)
        term = moment_stated(said.facts.get("term")) if rule is not None and rule.term else None
        asks = rule is not None and rule.approval and "approval_first" not in excused
        if asks and not self.now.approved(said.kind, said.moment, term):
            self._found(DefectKind.NOT_APPROVED, seq, "approval_first")
        few = rule is not None and len(_names(said.facts.get("witnesses"))) < rule.witnesses
        if few and "two_witnesses" not in excused:
            self._found(DefectKind.ONE_WITNESS, seq, "two_witnesses")
        self._closing(seq, said)
        self._go(seq, said.kind, term)
        self.now.holder, self.now.since = receiver, said.moment
        self.now.place, self.now.place_code = _text(said.facts.get("place")), _text(said.facts.get("place_code"))
        if self.now.ended:
            self._ending(seq, said)

    def _both_said_so(self, seq: int, said: Statement, giver: NamedPerson, receiver: NamedPerson) -> None:
        """The giver by his offer, the receiver by his own confirmation; somebody outside by the paper he signed."""
        holder, paper = self.now.holder, bool(said.facts.get("paper"))
        if (giver.id, giver.name) != (holder.id, holder.name):
            self._found(DefectKind.HOLE, seq, said.kind, holder.name, giver.name)
        if self._offer.get("act") != said.kind if giver.id is not None else not paper:
            self._found(DefectKind.ONE_SIDED, seq, said.kind)
        named = person_stated(self._offer.get("to"))
        if receiver.id != said.by.id if receiver.id is not None else not paper:
            self._found(DefectKind.RECEIVER_ABSENT, seq, said.kind)
        elif named.id is not None and named.id != receiver.id:
            self._found(DefectKind.RECEIVER_ABSENT, seq, said.kind, named.name, receiver.name)

    def _go(self, seq: int, kind: str, term: datetime | None) -> None:
        """Where it is now and until when: passed on, the term goes on; from an examination it is borrowed again."""
        if kind == EventType.HANDED_OVER and self.now.where in _LEFT_BY:
            return
        lent, self._lent = self._lent, None
        if kind == EventType.RECEIVED_BACK and lent is not None:
            self.now.where, self._term = Whereabouts.BORROWED, lent
            return
        if kind == EventType.SENT_FOR_EXAMINATION and self.now.where is Whereabouts.BORROWED:
            self._lent = self._term
        self.now.where = TRANSFERS[EventType(kind)]
        self._term = Due(term, DefectKind.NOT_RETURNED, seq, kind) if term else None

    def _checked(self, seq: int, said: Statement) -> None:
        if not self.kind.tangible:
            outcome = _outcome(said)
            if outcome != "unchanged":
                self._found(DefectKind.DIGEST_DIFFERS if outcome else DefectKind.DIGEST_UNCHECKED, seq)
            return
        if self._opened is not None:
            self._found(DefectKind.SEAL_BROKEN, seq, "seal_agrees", self.now.cut)
        self._compare_seal(seq, said)
        self._count(seq, said)

    def _count(self, seq: int, said: Statement) -> None:
        counted = _text(said.facts.get("quantity"))
        if differ(self.now.quantity, counted):
            reason = _excused(said).get("quantity_agrees", "")
            self._found(DefectKind.QUANTITY_DIFFERS, seq, "quantity_agrees", self.now.quantity, counted, reason)

    def _in_time(self, seq: int, said: Statement) -> None:
        passed_on = said.kind == EventType.HANDED_OVER and self.now.where in _LEFT_BY
        if self._term is not None and not passed_on and _after(said, self._term.at):
            self._found(DefectKind.TERM_EXCEEDED, seq, self._term.rule)
        if said.kind == EventType.HANDED_IN or said.facts.get("received_as") == Receiver.CUSTODIAN:
            self._custodian_has_it(seq, said)

    def _custodian_has_it(self, seq: int, said: Statement) -> None:
        excused = _excused(said)
        if self.now.collected_by(said.by.id, said.by.name) and "custodian_apart" not in excused:
            self._found(DefectKind.CUSTODIAN_INVESTIGATES, seq, "custodian_apart")
        until = self._hand_in_until()
        if not self._handed_in and until is not None and _after(said, until):
            self._found(DefectKind.LATE_HAND_IN, seq, self._hand_in_rule())
        self._handed_in = True

    def _hand_in_until(self) -> datetime | None:
        """By when the custodian has to have it; a portion of a sample, by when he has to have the whole."""
        if not self.kind.tangible or self._portion:
            return self._until
        started = self._remote or self._collected
        return self.rules.limits[self._hand_in_rule()].end(started) if started else None

    def _hand_in_rule(self) -> str:
        return "hand_in_remote" if self._remote else "hand_in"

    def _taking_over(self, seq: int, said: Statement) -> None:
        self._found(DefectKind.TAKEN_OVER, seq, reason=_text(said.facts.get("reason")))
        if self.kind.tangible:
            self._compare_seal(seq, said)
            self._count(seq, said)
        self._in_hands(seq, said)
        if said.facts.get("received_as") == Receiver.CUSTODIAN:
            self._custodian_has_it(seq, said)
        if said.moment is not None:
            limit = self.rules.limits["take_over_reviewed"]
            self._reviews.append(Due(limit.end(said.moment), DefectKind.NOT_REVIEWED, seq, limit.slug))

    def _in_hands(self, seq: int, said: Statement) -> None:
        """Who says so has it now, whatever was agreed before."""
        if self.now.where is Whereabouts.LOST:
            self._found(DefectKind.WAS_LOST, seq, reason=_text(said.facts.get("reason")))
        if self._term is not None and _after(said, self._term.at):
            self._found(DefectKind.TERM_EXCEEDED, seq, self._term.rule)
        self._closing(seq, said)
        self._term = self._lent = None
        self.now.where, self.now.holder, self.now.since = Whereabouts.HELD, said.by, said.moment
        self.now.place, self.now.place_code = _text(said.facts.get("place")), ""

    def _reviewing(self, seq: int, said: Statement) -> None:
        of = said.facts.get("taken_over")
        for due in [due for due in self._reviews if due.seq == of]:
            self._reviews.remove(due)
            if _after(said, due.at):
                self._found(DefectKind.REVIEWED_LATE, seq, due.rule)
        if said.facts.get("decision") != "agreed":
            self._found(DefectKind.TAKE_OVER_REFUSED, seq, reason=_text(said.facts.get("opinion")))

    # ---- approvals, preservation, the end

    def _requesting(self, seq: int, said: Statement) -> None:
        self.now.request, self._asked = seq, said.facts

    def _approving(self, seq: int, said: Statement) -> None:
        self.now.request = None
        if said.facts.get("decision") == "agreed":
            term = moment_stated(self._asked.get("term"))
            self.now.approvals[_text(said.facts.get("act"))] = Approval(seq, said.recorded, term)

    def _consuming(self, _seq: int, said: Statement) -> None:
        left = _text(said.facts.get("quantity_after"))
        if left:
            self.now.quantity = left

    def _preserving(self, seq: int, said: Statement) -> None:
        """Preserved again, it is not preserved for longer."""
        if said.moment is not None and self._preserved is None:
            limit = self.rules.limits["preservation"]
            self._preserved = Due(limit.end(said.moment), DefectKind.NOT_DECIDED, seq, limit.slug)

    def _deciding(self, seq: int, said: Statement) -> None:
        if self._preserved is not None and _after(said, self._preserved.at):
            self._found(DefectKind.DECIDED_LATE, seq, self._preserved.rule)
        self._preserved = None

    def _destroying(self, seq: int, said: Statement) -> None:
        self._closing(seq, said)
        self.now.where, self.now.since = Whereabouts.DESTROYED, said.moment
        self._ending(seq, said)

    def _ending(self, seq: int, said: Statement) -> None:
        """What was open is settled by the end, or was missed."""
        until = self._hand_in_until()
        if not self._handed_in and until is not None and _after(said, until):
            self._found(DefectKind.NOT_HANDED_IN, seq, self._hand_in_rule())
        self._deciding(seq, said)
        self._term = self._lent = self.now.request = None

    def _losing(self, seq: int, said: Statement) -> None:
        self._closing(seq, said)
        self.now.where, self.now.since = Whereabouts.LOST, said.moment

    def _finding(self, seq: int, said: Statement) -> None:
        self._compare_seal(seq, said)
        self._in_hands(seq, said)

    def _verifying(self, seq: int, said: Statement) -> None:
        if said.facts.get("result") == "differs":
            self._found(DefectKind.DIGEST_DIFFERS, seq)

    def _found(
        self, kind: DefectKind, seq: int, rule: str = "", expected: str = "", found: str = "", reason: str = ""
    ) -> None:
        self.now.defects.append(Defect(kind, seq, rule, expected, found, reason))


_BROKEN = {
    "custodian_apart": DefectKind.CUSTODIAN_INVESTIGATES,
    "holder_acts": DefectKind.NOT_HOLDER,
    "approval_first": DefectKind.NOT_APPROVED,
    "two_officers": DefectKind.ONE_OFFICER,
    "two_witnesses": DefectKind.ONE_WITNESS,
    **dict.fromkeys(("place_fits", "place_full", "place_open"), DefectKind.PLACE_UNFIT),
}
"""What an act says it broke, as the defect that stands for it."""
_COMPARED = frozenset({"seal_agrees", "quantity_agrees"})
"""What the walk finds by itself, with both values, whether the act says that it broke it or not."""
_KINDS = frozenset(EventType)
_LEFT_BY = {
    Whereabouts.BORROWED: EventType.BORROWED.value,
    Whereabouts.EXAMINATION: EventType.SENT_FOR_EXAMINATION.value,
}
"""The act with whose term an exhibit is where it is."""
_AFTER_END = frozenset({EventType.VERIFIED, EventType.CORRECTED, EventType.REVIEWED, EventType.COPIED})
_SAID = frozenset(
    {
        EventType.VERIFIED,
        EventType.COUNTED,
        EventType.CORRECTED,
        EventType.OFFERED,
        EventType.REJECTED,
        EventType.WITHDRAWN,
        EventType.REQUESTED,
        EventType.APPROVED,
        EventType.REVIEWED,
    }
)
"""The events that only say something: what was done before them may be recorded after them."""


def _excused(said: Statement) -> dict[str, str]:
    """The rules that an act says it broke, each with the reason."""
    breach = said.facts.get("breach")
    rules = breach.get("rules") if isinstance(breach, dict) else None
    if not isinstance(breach, dict) or not isinstance(rules, list):
        return {}
    return {rule: _text(breach.get("reason")) for rule in rules if isinstance(rule, str)}


def _outcome(said: Statement) -> str:
    """What re-reading the bytes gave; empty where nobody did."""
    checked = said.facts.get("checked")
    return _text(checked.get("result")) if isinstance(checked, dict) else ""


def _second_officer(said: Statement) -> bool:
    second = _text(said.facts.get("second_officer"))
    return bool(second) and second != said.by.name


def _after(said: Statement, limit: datetime) -> bool:
    return said.moment is not None and said.moment > limit


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _names(value: Any) -> set[str]:
    return {name for name in value if isinstance(name, str) and name} if isinstance(value, list) else set()
