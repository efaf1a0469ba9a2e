"""Examinations as the people of both sides see them: who asked, and the laboratory that was asked."""

from sqlmodel import Session

from casesvc.permissions import Permission, case_for, is_guest, may, require, visible_units
from evidence.act import Actor
from evidence.errors import ExaminationUnknown
from evidence.examination import (
    Examination,
    examination_by_number,
    examinations_asked,
    examinations_for,
    examinations_of,
)
from evidence.register import Case


def examinations_seen(tx: Session, by: Actor) -> list[Examination]:
    """What the own laboratory was asked, then what was asked in the cases that ``by`` sees: overdue first in each."""
    require(by, Permission.SEE_EXAMINATIONS)
    mine = examinations_for(tx, by.unit_id) if may(by, Permission.EXAMINE) else []
    theirs = [] if is_guest(by) else examinations_asked(tx, visible_units(tx, by))
    return list({each.id: each for each in (*mine, *theirs)}.values())


def examinations_in(tx: Session, by: Actor, number: str) -> list[Examination]:
    """Those of a case; an examiner sees what his own laboratory was asked."""
    case = case_for(tx, by, number, Permission.SEE_EXAMINATIONS)
    return [each for each in examinations_of(tx, case) if _sees(by, each)]


def examination_for(
    tx: Session, by: Actor, number: str, examination: str, permission: Permission = Permission.SEE_EXAMINATIONS
) -> tuple[Case, Examination]:
    """An examination, if ``by`` may do this with it; to an examiner one of another laboratory is unknown."""
    case = case_for(tx, by, number, permission)
    found = examination_by_number(tx, case, examination)
    if not _sees(by, found):
        raise ExaminationUnknown(examination)
    return case, found


def _sees(by: Actor, examination: Examination) -> bool:
    return not is_guest(by) or examination.laboratory_id == by.unit_id
