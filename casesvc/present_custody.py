"""From custody to what faces show of it (:mod:`casesvc.shown_custody`)."""

from dataclasses import asdict
from datetime import UTC, datetime

from sqlmodel import Session

from casesvc.shown_custody import ChainOut, CustodyOut, DefectOut, HandoverItemOut, HandoverOut, MemberOut, StandingOut
from evidence.act import Actor
from evidence.auditing import Chain
from evidence.chain import Statement
from evidence.custody import CustodyStanding, health_of, rules_of
from evidence.custody_event import events_of, said_by
from evidence.custody_rules import CustodyRules
from evidence.defects import Defect, DefectKind, health
from evidence.exhibit import Exhibit
from evidence.family import Member
from evidence.handover import Handover, HandoverAnswer, HandoverItem, Outcome, is_receiver, items_of, rule_of
from evidence.register import Case, Person, Unit
from evidence.standing import Standing, walk, walk_stated


def present_row(row: CustodyStanding, now: datetime) -> CustodyOut:
    colour = health_of(row, now)
    return CustodyOut(
        whereabouts=row.whereabouts.value,
        whereabouts_label=row.whereabouts.label,
        holder=row.holder,
        holder_unit=row.holder_unit,
        place=row.place,
        place_code=row.place_code,
        seal=row.seal,
        hazard=row.hazard,
        since=row.since,
        health=colour.value,
        health_label=colour.label,
        defects=row.defects,
        due_at=row.due_at,
        due_label=DefectKind(row.due).label if row.due else "",
        open_offer=row.open_offer,
        open_request=row.open_request,
        open_review=row.open_review,
    )


def present_chain(chain: Chain, now: datetime) -> ChainOut:
    return ChainOut(
        exhibit=chain.exhibit,
        case=chain.case,
        case_name=chain.case_name,
        unit=chain.unit,
        kind=chain.standing.kind.value,
        kind_label=chain.standing.kind.label,
        custody=present_row(chain.standing, now),
    )


def present_standing(case: Case, standing: Standing, now: datetime) -> StandingOut:
    rules = rules_of(case)
    defects = standing.defects_at(now)
    colour = health(defects)
    return StandingOut(
        whereabouts=standing.where.value,
        whereabouts_label=standing.where.label,
        ended=standing.ended,
        holder=asdict(standing.holder),
        place=standing.place,
        place_code=standing.place_code,
        seal=standing.seal,
        quantity=standing.quantity,
        hazard=standing.hazard,
        since=standing.since,
        offer=standing.offer,
        request=standing.request,
        review=standing.review,
        approved=sorted(standing.approvals),
        health=colour.value,
        health_label=colour.label,
        defects=[present_defect(defect, rules) for defect in defects],
        rules=rules.version,
    )


def present_defect(defect: Defect, rules: CustodyRules) -> DefectOut:
    return DefectOut(
        kind=defect.kind.value,
        label=defect.kind.label,
        minor=defect.minor,
        seq=defect.seq,
        rule=_rule(rules, defect.rule),
        basis=rules.basis(defect.rule) if defect.rule else "",
        expected=defect.expected,
        found=defect.found,
        reason=defect.reason,
    )


def _rule(rules: CustodyRules, slug: str) -> str:
    """A limit or duty in words, or the handover whose own term it is."""
    handover = rules.handovers.get(slug)
    return handover.label if handover else rules.label(slug)


def present_handover(tx: Session, handover: Handover, by: Actor) -> HandoverOut:
    case = tx.get_one(Case, handover.case_id)
    rules = rules_of(case)
    rule = rule_of(rules, handover.type)
    rows = items_of(tx, handover)
    said = said_by(tx, [exhibit for _, exhibit, _ in rows])
    persons = {id_: _person(tx, id_) for id_ in {ended.person_id for _, _, ended in rows if ended}}
    items = [_item(rules, *row, chain, persons) for row, chain in zip(rows, said, strict=True)]
    return HandoverOut(
        number=handover.number,
        case=case.number,
        case_name=case.name,
        type=handover.type.value,
        type_label=handover.type.label,
        label=rule.label,
        basis=rule.basis,
        giver=_person(tx, handover.giver_id),
        receiver=receiver_text(tx, handover),
        outside=bool(handover.outside),
        purpose=handover.purpose,
        term=handover.term,
        offered_at=handover.offered_at,
        reminded_at=rules.limits["offer_reminded"].end(handover.offered_at),
        escalated_at=rules.limits["offer_escalated"].end(handover.offered_at),
        open=len([item for item in items if item.outcome is None]),
        to_me=is_receiver(by, tx, handover),
        from_me=handover.giver_id == by.id,
        items=items,
    )


def receiver_text(tx: Session, handover: Handover) -> str:
    """Who is to receive, in words."""
    if handover.receiver_id is not None:
        return _person(tx, handover.receiver_id)
    if handover.receiver_unit_id is not None:
        unit = tx.get_one(Unit, handover.receiver_unit_id)
        case = tx.get_one(Case, handover.case_id)
        return f"{unit.name}{rule_of(rules_of(case), handover.type).receiver.label}"
    return f"{handover.outside['name']}（{handover.outside['unit']}）"


def _item(
    rules: CustodyRules,
    item: HandoverItem,
    exhibit: Exhibit,
    ended: HandoverAnswer | None,
    chain: list[Statement],
    persons: dict[int, str],
) -> HandoverItemOut:
    standing = walk_stated(chain[: item.seq], exhibit.kind, rules)
    said = chain[item.seq].facts
    return HandoverItemOut(
        exhibit=exhibit.number,
        kind=exhibit.kind.value,
        kind_label=exhibit.kind.label,
        tangible=exhibit.kind.tangible,
        sealed=bool(standing.seal),
        quantity=standing.quantity,
        offered={fact: said[fact] for fact in ("seal_before", "quantity", "condition", "remark") if fact in said},
        outcome=ended.outcome.value if ended else None,
        outcome_label=ended.outcome.label if ended else "待接收",
        answered_at=ended.at if ended else None,
        answered_by=persons[ended.person_id] if ended else "",
        reason=_reason(chain[ended.seq]) if ended and ended.outcome is not Outcome.ACCEPTED else "",
    )


def _reason(ending: Statement) -> str:
    reason = ending.facts.get("reason")
    return reason if isinstance(reason, str) else ""


def _person(tx: Session, id_: int) -> str:
    person = tx.get_one(Person, id_)
    return f"{person.name}（{tx.get_one(Unit, person.unit_id).name}）"


def present_family(tx: Session, members: list[Member]) -> list[MemberOut]:
    shown = []
    for member in members:
        exhibit = member.exhibit
        case = tx.get_one(Case, exhibit.case_id)
        standing = walk(events_of(tx, exhibit), exhibit.kind, rules_of(case))
        colour = health(standing.defects_at(datetime.now(UTC)))
        shown.append(
            MemberOut(
                number=exhibit.number,
                kind_label=exhibit.kind.label,
                depth=member.depth,
                relation=member.relation.value if member.relation else "",
                relation_label=member.relation.label if member.relation else "",
                quantity=standing.quantity,
                whereabouts_label=standing.where.label,
                holder=standing.holder.name,
                health=colour.value,
                health_label=colour.label,
            )
        )
    return shown
