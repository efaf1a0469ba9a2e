"""What leaves the auditor's desk: its list as CSV and on paper, and the statement of the chains of a case.

Each is recorded with its purpose before the first byte of it is made.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from threading import BoundedSemaphore

from casesvc.acts import now
from casesvc.auditing import Asked, all_chains, sought_of
from casesvc.errors import ExportingBusy, ExportUnexplained
from casesvc.installation import Installation
from casesvc.permissions import Permission, case_for, require
from casesvc.present_places import hazard_label
from casesvc.shown_custody import ChainOut, CustodyOut
from evidence.act import Actor
from evidence.auditing import Sought, Waiting
from evidence.exhibit import Exhibit, exhibit_by_number, exhibits_of
from evidence.moments import BEIJING
from evidence.record import What, enter
from templates.custody_list import MOST_ROWS, CustodyList, ListedChain, render_list
from templates.custody_statement import render_statement
from workflows.custody_statement import custody_statement

MOST_LINES = 50_000
"""Of a CSV: more are narrowed down first."""
BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of the machine."""
AT_ONCE = 2
_MAKING = BoundedSemaphore(AT_ONCE)  # a document of hundreds of exhibits keeps a processor for some seconds
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = (
    *("证据编号", "案件编号", "案件名称", "单位", "种类", "状态", "已发生缺陷数", "去向"),
    *("持有人", "持有人单位", "存放地点", "封条号", "保管要求", "持有起始", "持有天数", "期限", "逾期即为", "待办"),
)


def list_as_csv(here: Installation, by: Actor, asked: Asked, purpose: str) -> Iterator[bytes]:
    """The list in UTF-8, for Excel, a batch at a time; a last line says where more were left out."""
    at = now()
    sought = _recorded(here, by, asked, purpose, "CSV", at)

    def lines() -> Iterator[bytes]:
        yield _line(HEADINGS, start=BOM)
        for listed, chain in enumerate(all_chains(here, sought, at, MOST_LINES + 1)):
            if listed == MOST_LINES:
                yield _line([f"（最多导出 {MOST_LINES} 件，其余未列，请缩小筛选范围）"])
                return
            yield _line(_cells(chain, at))

    return lines()


def list_as_docx(here: Installation, by: Actor, asked: Asked, purpose: str) -> bytes:
    """The list on paper, of at most ``templates.custody_list.MOST_ROWS``."""
    at = now()
    sought = _recorded(here, by, asked, purpose, "docx", at)
    chains = list(all_chains(here, sought, at, MOST_ROWS + 1))
    fields = CustodyList(
        agency=by.unit,
        made_at=at,
        made_by=f"{by.name}（{by.certificate}）",
        purpose=purpose,
        chosen=asked.told(),
        chains=tuple(_listed(chain, at) for chain in chains[:MOST_ROWS]),
        rest=f"最多列{MOST_ROWS}件，其余未列，请缩小筛选范围。" if len(chains) > MOST_ROWS else None,
    )
    return _alone(lambda: render_list(fields).content)


def statement_of(here: Installation, by: Actor, number: str, exhibit: str, purpose: str) -> bytes:
    """The statement of one exhibit of a case, or of all where none is named."""
    if not purpose:
        raise ExportUnexplained("保管链情况说明")
    at = now()
    with here.database.reading() as tx:
        case = case_for(tx, by, number, Permission.AUDIT_CUSTODY)
        named = [exhibit_by_number(tx, case, exhibit)] if exhibit else exhibits_of(tx, case)
        fields = custody_statement(tx, case, named, by, at)
    made = _alone(lambda: render_statement(fields).content)
    with here.database.begin(by) as act:
        case = case_for(act.tx, by, number, Permission.AUDIT_CUSTODY)
        one: Exhibit | None = exhibit_by_number(act.tx, case, exhibit) if exhibit else None
        facts = {"purpose": f"保管链情况说明：{purpose}", "exhibits": len(named)}
        enter(act, What.EXPORT, facts, case=case, exhibit=one)
    return made


def _recorded(here: Installation, by: Actor, asked: Asked, purpose: str, form: str, at: datetime) -> Sought:
    require(by, Permission.AUDIT_CUSTODY)
    if not purpose:
        raise ExportUnexplained("保管链审查清单")
    with here.database.begin(by) as act:
        sought = sought_of(act.tx, by, asked, at)
        facts = {"purpose": purpose, "list": "保管链审查清单", "form": form, "chosen": asked.told()}
        enter(act, What.EXPORT, facts)
    return sought


def _alone(make: Callable[[], bytes]) -> bytes:
    if not _MAKING.acquire(blocking=False):  # pages must not wait for one
        raise ExportingBusy(AT_ONCE)
    try:
        return make()
    finally:
        _MAKING.release()


def _line(cells: Iterable[str], *, start: str = "") -> bytes:
    row = io.StringIO()
    csv.writer(row).writerow([_harmless(cell) for cell in cells])
    return (start + row.getvalue()).encode()


def _harmless(cell: str) -> str:
    """A text that a spreadsheet would take for a formula, as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cells(chain: ChainOut, at: datetime) -> list[str]:
    stands = chain.custody
    return [
        *(chain.exhibit, chain.case, chain.case_name, chain.unit, chain.kind_label),
        *(stands.health_label, str(stands.defects), stands.whereabouts_label, stands.holder, stands.holder_unit),
        *(stands.place, stands.seal, hazard_label(stands.hazard), _minute(stands.since), _days(stands.since, at)),
        *(_minute(stands.due_at), stands.due_label, _waiting(stands)),
    ]


def _listed(chain: ChainOut, at: datetime) -> ListedChain:
    stands = chain.custody
    due = ""
    if stands.due_at is not None:
        due = f"{stands.due_label if stands.due_at < at else '期限'}：{_minute(stands.due_at)}"
    return ListedChain(
        number=chain.exhibit,
        unit=chain.unit,
        kind=chain.kind_label,
        health=stands.health_label,
        holder=f"{stands.whereabouts_label}，{stands.holder}" if stands.holder else stands.whereabouts_label,
        place=stands.place or None,
        seal=stands.seal or None,
        since=(stands.since or at).astimezone(BEIJING).date(),
        remark="；".join(text for text in (due, _waiting(stands)) if text) or None,
    )


def _waiting(stands: CustodyOut) -> str:
    waits = {
        Waiting.OFFER: stands.open_offer,
        Waiting.REQUEST: stands.open_request,
        Waiting.REVIEW: stands.open_review,
    }
    return "、".join(each.label for each, open_ in waits.items() if open_)


def _minute(at: datetime | None) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if at else ""


def _days(since: datetime | None, at: datetime) -> str:
    return str((at - since).days) if since else ""
