"""The facts of an act of custody: whether all that the law asks for is there, and why a duty was broken."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.custody_rules import ActRule, CustodyRules
from evidence.errors import FactMissing, PhotoUnknown, RuleBroken, WitnessesSame
from evidence.exhibit import Exhibit, Kind
from evidence.register import Case

STATED_ALWAYS = ("second_officer", "witness", "no_witness_reason", "witnesses", "photos")
"""Facts that any act can state beside its own."""


def checked_facts(act: Act, case: Case, rule: ActRule, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that an act states, without empty ones; FactMissing for what the law asks for and is not there."""
    known = {*rule.facts, *rule.may, *STATED_ALWAYS}
    stripped = {fact: value.strip() if isinstance(value, str) else value for fact, value in facts.items()}
    kept = {fact: value for fact, value in stripped.items() if value and fact in known}
    for fact, label in rule.facts.items():
        if not kept.get(fact):
            raise FactMissing(label)
    if rule.witnesses == 1 and not (kept.get("witness") or kept.get("no_witness_reason")):
        raise FactMissing("见证人或无见证人的原因")
    check_witnesses(act, kept)
    check_photos(act.tx, case, kept)
    return kept


def check_witnesses(act: Act, facts: Mapping[str, Any]) -> None:
    """WitnessesSame where somebody is named twice, or witnesses what he does himself."""
    named = [act.by.name, facts.get("second_officer"), facts.get("witness"), *(facts.get("witnesses") or [])]
    witnesses = [name for name in named[2:] if name]
    for name in witnesses:
        if named.count(name) > 1:
            raise WitnessesSame(str(name))


def check_photos(tx: Session, case: Case, facts: Mapping[str, Any]) -> None:
    """PhotoUnknown where a photograph (or film) of the act is not an exhibit of the case."""
    wanted = facts.get("photos") or []
    taken = col(Exhibit.kind).in_([Kind.PHOTO, Kind.VIDEO])
    query = select(Exhibit.number).where(Exhibit.case_id == case.id, col(Exhibit.number).in_(wanted), taken)
    known = set(tx.exec(query)) if wanted else set()
    for number in wanted:
        if number not in known:
            raise PhotoUnknown(number)


def excuse(
    rules: CustodyRules, facts: dict[str, Any], broken: list[str], reason: str, exhibit: Exhibit
) -> dict[str, Any]:
    """The facts with what was broken and why; RuleBroken where nobody said why."""
    if not broken:
        return facts
    if not reason.strip():
        duty = rules.duties[broken[0]]
        raise RuleBroken(exhibit.number, duty.label, duty.basis)
    return {**facts, "breach": {"rules": broken, "reason": reason.strip()}}
