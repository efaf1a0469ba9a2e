"""The signed 交接单 (D61) of somebody outside: which files of a case can be one, and which cannot."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from evidence.chain import stated
from evidence.custody_event import CustodyEvent
from evidence.errors import PaperOlder, PaperTaken, PaperUnknown
from evidence.examination import ExaminationReport
from evidence.exhibit import Exhibit, Kind, original_of
from evidence.handover import Handover
from evidence.register import Case
from evidence.standing import TRANSFERS

SCANS = (Kind.DOCUMENT, Kind.PHOTO)
"""What a signed form can be once it is here."""
REPORT = "检验鉴定报告"


def paper_stated(
    tx: Session, case: Case, paper: Exhibit, handover: Handover | None, signed_at: datetime | None
) -> dict[str, str]:
    """The signed form as the events of a handover name it; of a taking back there is no ``handover``.

    Raises PaperUnknown for what is no scan of this case, PaperOlder for one that was here before anybody signed it,
    PaperTaken for one that is a report or the form of something else. Who says nothing of when it was signed says that
    it was after the offer.
    """
    scanned = original_of(tx, paper)
    if paper.case_id != case.id or scanned is None or paper.kind not in SCANS:
        raise PaperUnknown(paper.number)
    signed_at = signed_at or (handover.offered_at if handover else None)
    if signed_at is not None and paper.created_at < signed_at:
        raise PaperOlder(paper.number)
    use = uses_of_papers(tx, case).get(paper.number)
    if use is not None and (handover is None or use != handover.number):
        raise PaperTaken(paper.number, use)
    return {"exhibit": paper.number, "sha256": scanned.sha256}


def papers_for(tx: Session, case: Case, since: datetime | None = None, most: int = 20) -> list[Exhibit]:
    """The latest files of a case that can be a signed form, newest first; of those that came since a moment."""
    taken = uses_of_papers(tx, case)
    query = select(Exhibit).where(Exhibit.case_id == case.id, col(Exhibit.kind).in_(SCANS))
    if since is not None:
        query = query.where(Exhibit.created_at >= since)
    newest = tx.exec(query.order_by(col(Exhibit.id).desc()).limit(most + len(taken)))
    return [each for each in newest if each.number not in taken][:most]


def uses_of_papers(tx: Session, case: Case) -> dict[str, str]:
    """What each paper of a case already is: the number of its handover, 取回 for a taking back, or a report."""
    reports = select(Exhibit.number).join(ExaminationReport, col(ExaminationReport.exhibit_id) == col(Exhibit.id))
    uses = dict.fromkeys(tx.exec(reports.where(Exhibit.case_id == case.id)), REPORT)
    query = select(CustodyEvent.body).join(Exhibit).where(Exhibit.case_id == case.id)
    for body in tx.exec(query.where(col(CustodyEvent.type).in_([*TRANSFERS, "rejected"]))):
        facts: dict[str, Any] = stated(body).facts
        paper = facts.get("paper")
        if isinstance(paper, dict):
            uses[str(paper.get("exhibit"))] = str(facts.get("handover") or "取回")
    return uses
