"""保管链情况说明: what the chains of a case say, and where they break the rules, as the fields of the document."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from evidence.act import Actor
from evidence.chain import ChainHead, Statement, breaks, stated
from evidence.custody import rules_of
from evidence.custody_event import CustodyEvent, EventType, chain_of, chains_of
from evidence.custody_rules import CustodyRules
from evidence.defects import Defect
from evidence.exhibit import Exhibit, Original, originals_of
from evidence.findings import FindingKind
from evidence.moments import BEIJING
from evidence.register import Case, Unit
from evidence.standing import Standing, corrected, walk
from evidence.stock_take import Seen
from evidence.unexplained import reads_without_purpose
from templates.custody_statement import CustodyStatement, StatedDefect, StatedEvent, StatedExhibit
from workflows.errors import NothingToState, TooMuchToState

MOST_EXHIBITS = 500
"""Of one statement: a longer one nobody reads, and making it takes minutes."""
_REMARKS = ("purpose", "reason", "opinion", "decision", "condition", "result", "remark")
_RESULTS = {
    "unchanged": "与登记一致",
    "differs": "与登记不一致",
    "agreed": "同意",
    "refused": "不同意",
    **{each.value: each.label for each in Seen},
}


def custody_statement(
    tx: Session, case: Case, exhibits: Sequence[Exhibit], by: Actor, at: datetime
) -> CustodyStatement:
    """The fields for ``exhibits`` of a case at the moment ``at``. NothingToState, TooMuchToState."""
    if not exhibits:
        raise NothingToState(case.number)
    if len(exhibits) > MOST_EXHIBITS:
        raise TooMuchToState(len(exhibits), MOST_EXHIBITS)
    chains, originals, rules = chains_of(tx, case), originals_of(tx, case), rules_of(case)
    told = [_exhibit(tx, each, chains.get(each.id, []), originals.get(each.id), rules, at) for each in exhibits]
    broken = sum(defect.clause == _CHAIN for each in told for defect in each.defects)
    return CustodyStatement(
        agency=tx.get_one(Unit, case.unit_id).name,
        case_number=case.number,
        fire_name=case.name,
        made_at=at,
        made_by=f"{by.name}（{by.unit}）",
        rules_version=rules.version,
        exhibits=tuple(told),
        checks=(
            _chains_checked(told, broken),
            "按保管规则逐件检查移交时限、持有人资格、交接是否双方确认、封条号前后一致、数量、时间先后、审批和见证。",
            *_bytes_checked([chains.get(each.id, []) for each in exhibits if each.id in originals]),
            "封条号、数量只比对各次登记的内容，现持有人、存放地点以保管链最后的记录为准；制作本说明时没有查看、清点实物。",
            _reads_checked(tx, case, exhibits),
        ),
    )


_CHAIN = "保管链的校验（RFC 8785、SHA-256）"


def clause_of(rules: CustodyRules, defect: Defect, events: Sequence[CustodyEvent]) -> str:
    """The clause behind a gap; where none stands behind the gap itself, that of the act where it shows."""
    found = rules.basis(defect.rule)
    if not found and defect.seq is not None and defect.seq < len(events):
        found = rules.basis(events[defect.seq].type.value)
    return found or "机关内部规定"


def _exhibit(
    tx: Session,
    exhibit: Exhibit,
    events: list[CustodyEvent],
    original: Original | None,
    rules: CustodyRules,
    at: datetime,
) -> StatedExhibit:
    standing = walk(events, exhibit.kind, rules)
    said = corrected([stated(event.body) for event in events])
    first = said[0] if said else Statement()
    collector, second = first.by.name, _text(first.facts.get("second_officer"))
    return StatedExhibit(
        number=exhibit.number,
        name=exhibit.name,
        kind=exhibit.kind.label,
        quantity=standing.quantity or None,
        collected_at=first.moment,
        collected_where=_line(first.facts.get("position") or first.facts.get("place")),
        collected_by=tuple(name for name in (collector, second) if name),
        witness=_line(first.facts.get("witness")),
        no_witness_reason=_text(first.facts.get("no_witness_reason")) or None,
        sha256=original.sha256 if original else None,
        sm3=original.sm3 if original else None,
        holder=_holder(standing),
        place=_line(standing.place),
        seal=_line(standing.seal),
        events=tuple(_event(event, said[seq]) for seq, event in enumerate(events)),
        defects=(
            *_broken_links(tx, exhibit, events),
            *(_defect(rules, defect, events) for defect in standing.defects_at(at)),
        ),
    )


def _holder(standing: Standing) -> str | None:
    holder = standing.holder
    if not holder.name:
        return None
    return _line(f"{holder.name}（{holder.unit}）" if holder.unit else holder.name)


def _event(event: CustodyEvent, said: Statement) -> StatedEvent:
    facts = said.facts
    happened = said.moment if said.happened_at else None
    return StatedEvent(
        number=event.seq + 1,
        recorded_at=event.at,
        happened_at=happened,
        act=event.type.label,
        giver=_name(facts.get("from")),
        receiver=_name(facts.get("to")),
        place=_line(facts.get("place")),
        seal_before=_line(facts.get("seal_before")),
        seal_after=_line(facts.get("seal_after")),
        by=said.by.name or "无法读取",
        remark=_remark(event, facts),
        sha256=event.sha256[:16],
    )


def _remark(event: CustodyEvent, facts: dict[str, Any]) -> str | None:
    told = [_text(facts.get(fact)) for fact in _REMARKS]
    told = [_RESULTS.get(text, text) for text in told if text]
    checked = facts.get("checked")
    if isinstance(checked, dict) and checked.get("result"):
        told.append(f"交接时重新读取原件，校验值{_RESULTS.get(str(checked['result']), str(checked['result']))}")
    if event.type is EventType.CORRECTED and isinstance(facts.get("supersedes"), int):
        told.insert(0, f"更正第{facts['supersedes'] + 1}条")
    if isinstance(facts.get("handover"), str):
        told.append(f"移交 {facts['handover']}")
    return "；".join(told)[:2000] or None


def _defect(rules: CustodyRules, defect: Defect, events: Sequence[CustodyEvent]) -> StatedDefect:
    values = f"（应为“{defect.expected}”，所记为“{defect.found}”）" if defect.expected or defect.found else ""
    return StatedDefect(
        what=f"{defect.kind.label}{values}"[:300],
        event=None if defect.seq is None else defect.seq + 1,
        clause=clause_of(rules, defect, events),
        remark=defect.reason or None,
    )


def _broken_links(tx: Session, exhibit: Exhibit, events: list[CustodyEvent]) -> list[StatedDefect]:
    head = tx.get(ChainHead, chain_of(exhibit))
    found = breaks(((event.seq, event.body) for event in events), head)
    return [
        StatedDefect(what=FindingKind(each.what).label, event=max(each.seq, 0) + 1, clause=_CHAIN) for each in found
    ]


def _chains_checked(told: Sequence[StatedExhibit], broken: int) -> str:
    events = sum(len(each.events) for each in told)
    outcome = f"发现{broken}处不符，列入缺陷" if broken else "全部相符"
    return f"重新计算{len(told)}件证据共{events}个保管事件的SHA-256，与下一事件所引的值和链尾的登记比对，{outcome}。"


def _bytes_checked(chains: Sequence[list[CustodyEvent]]) -> list[str]:
    """What is known of the stored bytes: nothing of them is read for a statement."""
    if not chains:
        return []
    verified = [[event for event in chain if event.type is EventType.VERIFIED] for chain in chains]
    last = [events[-1] for events in verified if events]
    told = f"制作本说明时没有重新读取电子数据原件（{len(chains)}件）的字节"
    if not last:
        return [f"{told}，登记后也没有核验过，校验值为登记时计算的。"]
    days = sorted(event.at.astimezone(BEIJING).date() for event in last)
    differ = sum(stated(event.body).facts.get("result") == "differs" for event in last)
    span = f"{days[0]:%Y-%m-%d}" if days[0] == days[-1] else f"{days[0]:%Y-%m-%d}至{days[-1]:%Y-%m-%d}"
    outcome = f"其中{differ}件与登记不一致" if differ else "均与登记一致"
    rest = f"，其余{len(chains) - len(last)}件登记后没有核验过" if len(chains) > len(last) else ""
    return [f"{told}；保管链记有{len(last)}件最近一次核验（{span}）时重新读取了全部字节，{outcome}{rest}。"]


def _reads_checked(tx: Session, case: Case, exhibits: Sequence[Exhibit]) -> str:
    own = {exhibit.id for exhibit in exhibits}
    found = [entry for entry in reads_without_purpose(tx, case) if entry.exhibit_id in own]
    outcome = f"有{len(found)}次没有写明用途" if found else "每次都写明了用途"
    return f"检查系统中对上述证据的查看、下载、打印和导出的记录，{outcome}。"


def _name(value: Any) -> str | None:
    return _line(value.get("name")) if isinstance(value, dict) else None


def _line(value: Any) -> str | None:
    text = " ".join(_text(value).split())
    return text[:300] or None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
