"""The auditor's desk: the list of chains, their gaps counted, a case judged, and who read an exhibit."""

from urllib.parse import urlencode

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session, col, select

from casesvc.access import ReadsAsked, see_reads
from casesvc.acts import now
from casesvc.api.audit import ASKED, WhatIsAsked, see_case_custody
from casesvc.auditing import Asked, audit, sought_of, units_audited
from casesvc.auth import CaseRequest
from casesvc.database import Acting, Looking
from casesvc.permissions import Permission, case_for, require
from casesvc.present import present_case
from evidence.act import Actor
from evidence.auditing import Order, Waiting, count_chains, count_defects
from evidence.defects import MINOR, DefectKind, Health
from evidence.exhibit import Kind
from evidence.intake import Hazard
from evidence.register import Person, Unit
from evidence.standing import Whereabouts

COUNTED = 1000
"""More are shown as 999+."""
AGES = ((7, "7 天以上"), (30, "30 天以上"), (90, "90 天以上"), (180, "半年以上"), (365, "一年以上"), (730, "两年以上"))
MOST_NAMES = 500
"""Names that the field of the holder proposes."""


@get("/custody/audit", include_in_schema=False, sync_to_thread=True, dependencies=ASKED)
def audit_page(request: CaseRequest, tx: Looking, asked: WhatIsAsked, after: FromQuery[str] = "") -> Template:
    by = request.user
    context = {
        "by": by,
        "asked": asked,
        "chosen": asked.chosen(),
        "told": asked.told(),
        "found": audit(tx, by, asked, after),
        "after": after,
        "address": lambda **other: address(asked, **other),
        "counts": counts(tx, by, asked),
        "units": units_audited(tx, by),
        "holders": _names(tx, by),
        "kinds": tuple(Kind),
        "places": tuple(Whereabouts),
        "healths": tuple(Health),
        "waitings": tuple(Waiting),
        "hazards": tuple(Hazard),
        "defects": tuple(DefectKind),
        "orders": tuple(Order),
        "ages": AGES,
    }
    return Template("audit.html", context=context)


def address(asked: Asked, **other: str) -> str:
    """The address of the list with some of what is asked exchanged; what is empty is left out."""
    parameters = {name: value for name, value in {**asked.chosen(), **other}.items() if value}
    return f"/custody/audit?{urlencode(parameters)}" if parameters else "/custody/audit"


def counts(tx: Session, by: Actor, asked: Asked) -> dict[str, str]:
    """How many chains have each health, where nothing but a unit is asked: with other filters it could take long."""
    if asked.chosen().keys() - {"unit", "health", "sort"}:
        return {}
    at, told = now(), {}
    for health in Health:
        sought = sought_of(tx, by, asked.model_copy(update={"health": health}), at)
        number = count_chains(tx, sought, at, most=COUNTED)
        told[health.value] = f"{COUNTED - 1}+" if number == COUNTED else str(number)
    return told


def _names(tx: Session, by: Actor) -> list[str]:
    units = [unit.id for unit in units_audited(tx, by)]
    query = select(Person.name).where(col(Person.unit_id).in_(units)).distinct().order_by(Person.name).limit(MOST_NAMES)
    return list(tx.exec(query))


@get("/custody/audit/defects", include_in_schema=False, sync_to_thread=True)
def defects_page(request: CaseRequest, tx: Looking) -> Template:
    """What is wrong in which unit: every kind of gap that stands now, counted by exhibits."""
    by = request.user
    require(by, Permission.AUDIT_CUSTODY)
    units = units_audited(tx, by)
    found = count_defects(tx, tuple(unit.id for unit in units), now())
    context = {"by": by, "units": len(units), "rows": _by_kind(units, found), "at": now()}
    return Template("audit_defects.html", context=context)


def _by_kind(
    units: list[Unit], found: dict[int, dict[DefectKind, int]]
) -> list[tuple[DefectKind, bool, int, list[tuple[Unit, int]]]]:
    """Kind, whether it is grave, how many, and in which unit how many; the grave ones first, then the frequent."""
    rows = []
    for kind in DefectKind:
        here = [(unit, number) for unit in units if (number := found.get(unit.id, {}).get(kind, 0))]
        if here:
            rows.append((kind, kind not in MINOR, sum(number for _, number in here), here))
    return sorted(rows, key=lambda row: (not row[1], -row[2]))


@get("/cases/{number:str}/custody", include_in_schema=False, sync_to_thread=True)
def case_custody_page(request: CaseRequest, state: State, number: FromPath[str]) -> Template:
    by = request.user
    judged = see_case_custody(state.installation, by, number)
    with state.installation.database.reading() as tx:
        case = present_case(tx, case_for(tx, by, number, Permission.SEE_CASE))
    healths = [each.custody.health if each.custody else Health.DEFECTIVE for each in judged.exhibits]
    context = {
        "by": by,
        "case": case,
        "judged": judged,
        "numbers": {health: healths.count(health) for health in Health},
        "faulty": [each for each in judged.exhibits if each.defects or not each.custody],
    }
    return Template("case_custody.html", context=context)


@get("/cases/{number:str}/exhibits/{exhibit:str}/reads", include_in_schema=False, sync_to_thread=True)
def reads_page(
    act: Acting,
    number: FromPath[str],
    exhibit: FromPath[str],
    what: FromQuery[str] = "",
    person: FromQuery[str] = "",
    before: FromQuery[str] = "",
) -> Template:
    asked = ReadsAsked.model_validate({"what": what, "person": person, "before": before})
    found = see_reads(act, number, exhibit, asked)
    case = present_case(act.tx, case_for(act.tx, act.by, number, Permission.SEE_READS))
    following = urlencode({"what": what, "person": person, "before": found.next}) if found.next else ""
    context = {
        "by": act.by,
        "case": case,
        "exhibit": exhibit,
        "asked": asked,
        "found": found,
        "following": following,
    }
    return Template("exhibit_reads.html", context=context)
