"""What the record knows of a commission to a laboratory (D22); ``Source.about`` names the examination."""

from typing import Any

from evidence.chain import Statement, stated
from evidence.custody import rules_of
from evidence.custody_event import events_of
from evidence.errors import ExaminationUnknown
from evidence.examination import Examination, examination_by_number, examinations_of, exhibits_examined
from evidence.exhibit import Exhibit
from evidence.moments import BEIJING
from evidence.standing import walk
from workflows.source import Source


def examination_commission(source: Source) -> dict[str, Any]:
    """D22 of the examination named, or of the latest of the case; of none only what the case says."""
    known: dict[str, Any] = {
        "case_number": source.case.number,
        "fire_name": source.case.name,
        "carriers": [source.by.name],
        "contact": source.by.name,
        "issued_on": source.at.astimezone(BEIJING).date().isoformat(),
    }
    examination = _meant(source)
    if examination is None:
        return known
    kept = examination.keep_until.astimezone(BEIJING) if examination.keep_until else None
    return {
        **known,
        "institution": examination.institute,
        "samples": [_sample(source, exhibit) for exhibit in exhibits_examined(source.tx, examination)],
        "questions": [line.strip() for line in examination.questions.splitlines() if line.strip()],
        "due_on": examination.due_at.astimezone(BEIJING).date().isoformat(),
        "keep_period": f"{kept.year}年{kept.month}月{kept.day}日以前" if kept else None,
    }


def _meant(source: Source) -> Examination | None:
    try:
        return examination_by_number(source.tx, source.case, source.about)
    except ExaminationUnknown:
        return next(iter(reversed(examinations_of(source.tx, source.case))), None)


def _sample(source: Source, exhibit: Exhibit) -> dict[str, str]:
    """A row; in what state a seal is, is for the person who looks at it."""
    events = events_of(source.tx, exhibit)
    standing = walk(events, exhibit.kind, rules_of(source.case))
    said = stated(events[0].body) if events else Statement()
    row = {
        "number": exhibit.number,
        "name": exhibit.name,
        "quantity": standing.quantity or ("" if exhibit.kind.tangible else "1个文件"),
        "packing": str(said.facts.get("packing", "")) or ("" if exhibit.kind.tangible else "系统内存储"),
        "seal": f"封条{standing.seal}" if standing.seal else "未封存",
    }
    return {field: value for field, value in row.items() if value}
