"""The home page: what a person has before him today."""

from dataclasses import dataclass
from datetime import datetime

from litestar import get
from litestar.datastructures import State
from litestar.response import Template
from sqlmodel import Session, col, select

from casesvc.acts import now
from casesvc.api.handovers import present_open
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.pages.finding import count_by_stage, find_cases, stages
from casesvc.permissions import Permission, may, visible_cases
from casesvc.present import present_canary, present_case, present_steps
from casesvc.runs import latest_canary
from casesvc.shown import CaseOut, StepOut
from casesvc.shown_custody import HandoverOut
from evidence.act import Actor
from evidence.custody import CustodyStanding
from evidence.exhibit import Exhibit, Kind
from evidence.moments import BEIJING
from evidence.register import Case
from evidence.standing import Whereabouts

NEWEST = 40


@dataclass(frozen=True)
class Waiting:
    """A case with the steps the person may record in it now and that nobody has recorded."""

    case: CaseOut
    steps: list[StepOut]


@dataclass(frozen=True)
class Unkept:
    """A thing that no custodian has taken yet; its name stands on its own page, whose view is recorded."""

    case: str
    case_name: str
    number: str
    holder: str
    due_at: datetime | None
    overdue: bool
    offered: bool


@get("/", include_in_schema=False, sync_to_thread=True)
def home(request: CaseRequest, tx: Looking, state: State) -> Template:
    by = request.user
    sees = may(by, Permission.SEE_CASE)
    run = latest_canary(tx) if may(by, Permission.SEE_STATUS) else None
    context = {
        "by": by,
        "greeting": greeting(),
        "today": now().astimezone(BEIJING),
        "stages": stages(),
        "counts": count_by_stage(tx, by) if sees else {},
        "waiting": waiting(tx, by) if may(by, Permission.TAKE_STEP) else [],
        "incoming": incoming(tx, by) if may(by, Permission.RECEIVE_EXHIBIT) else [],
        "unkept": unkept(tx, by) if may(by, Permission.RECORD_CUSTODY) else [],
        "at": now(),
        "found": find_cases(tx, by) if sees else None,
        "canary": present_canary(run) if run else None,
        "store": state.installation.store.name,
    }
    return Template("home.html", context=context)


def greeting() -> str:
    hour = now().astimezone(BEIJING).hour
    return next(
        words
        for until, words in ((5, "夜深了"), (11, "早上好"), (13, "中午好"), (18, "下午好"), (24, "晚上好"))
        if hour < until
    )


def waiting(tx: Session, by: Actor) -> list[Waiting]:
    """The newest cases of the own unit in which ``by`` may record something."""
    found = []
    for case in tx.exec(visible_cases(tx, by).where(Case.unit_id == by.unit_id).limit(NEWEST)):
        steps = [step for step in present_steps(tx, case, by) if step.open and not step.stands]
        if steps:
            found.append(Waiting(present_case(tx, case), steps))
    return found


def incoming(tx: Session, by: Actor) -> list[HandoverOut]:
    """Handovers that wait for ``by`` to accept or reject, oldest first."""
    return [each for each in present_open(tx, by) if each.to_me]


def unkept(tx: Session, by: Actor) -> list[Unkept]:
    """Things of the own unit that were taken and are not kept yet, the most urgent first."""
    query = (
        select(CustodyStanding, Exhibit, Case)
        .join(Exhibit, col(CustodyStanding.exhibit_id) == col(Exhibit.id))
        .join(Case, col(Exhibit.case_id) == col(Case.id))
        .where(
            CustodyStanding.unit_id == by.unit_id,
            col(CustodyStanding.kind).in_([kind for kind in Kind if kind.tangible]),
            CustodyStanding.whereabouts == Whereabouts.HELD,
        )
        .order_by(col(CustodyStanding.due_at), col(CustodyStanding.exhibit_id))
        .limit(NEWEST)
    )
    at = now()
    return [
        Unkept(
            case.number,
            case.name,
            exhibit.number,
            row.holder,
            row.due_at,
            row.due_at is not None and row.due_at < at,
            row.open_offer,
        )
        for row, exhibit, case in tx.exec(query)
    ]
