"""The rules of keeping evidence as data (data/custody_rules*.toml): limits, duties, and what each act has to state."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from evidence.columns import Labelled
from evidence.moments import BEIJING
from evidence.working_days import after_working_days


class Receiver(Labelled):
    """Who can be on the receiving side of a handover."""

    CUSTODIAN = "custodian", "物证保管人"
    COLLEAGUE = "colleague", "本系统人员"
    LABORATORY = "laboratory", "检验鉴定机构"
    OUTSIDE = "outside", "外部单位或个人"


@dataclass(frozen=True)
class Duty:
    """A row that a clause stands behind."""

    slug: str
    label: str
    basis: str
    confidence: str

    @property
    def needs_confirmation(self) -> bool:
        """Whether the centre has still to confirm this row (待中心确认)."""
        return self.confidence != "H"


@dataclass(frozen=True)
class Limit(Duty):
    """A time within which something has to happen."""

    hours: int = 0
    working_days: int = 0

    def end(self, start: datetime) -> datetime:
        """The moment after which the limit is exceeded, counted from ``start``."""
        if self.working_days:
            return after_working_days(start.astimezone(BEIJING), self.working_days)
        return start + timedelta(hours=self.hours)


@dataclass(frozen=True)
class ActRule:
    """What an act that one side records has to state, who records it, in which whereabouts, on which clause."""

    slug: str
    by: str
    facts: dict[str, str]
    basis: str
    confidence: str
    may: dict[str, str] = field(default_factory=dict)
    officers: int = 1
    witnesses: int = 0
    where: tuple[str, ...] = ()
    approval: bool = False

    @property
    def needs_confirmation(self) -> bool:
        """Whether the centre has still to confirm this row (待中心确认)."""
        return self.confidence != "H"


@dataclass(frozen=True)
class HandoverRule(Duty):
    """A kind of handover: ``slug`` is that of the event by which custody moves."""

    receiver: Receiver = Receiver.COLLEAGUE
    term: bool = False
    approval: bool = False
    witnesses: int = 0
    where: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class CustodyRules:
    """An edition; whatever it decided names its version."""

    version: str
    source: str
    effective_from: date
    limits: dict[str, Limit]
    duties: dict[str, Duty]
    acts: dict[str, ActRule]
    handovers: dict[str, HandoverRule]

    def label(self, slug: str) -> str:
        """The Chinese words of a limit or duty; the slug where an event names one that this edition does not know."""
        row = self.limits.get(slug) or self.duties.get(slug)
        return row.label if row else slug

    def basis(self, slug: str) -> str:
        """The clause of a limit, a duty or an act; empty where this edition has none."""
        row = self.limits.get(slug) or self.duties.get(slug) or self.handovers.get(slug) or self.acts.get(slug)
        return row.basis if row else ""


@cache
def editions() -> tuple[CustodyRules, ...]:
    """All editions, oldest first, read once and validated."""
    folder = resources.files("evidence") / "data"
    found = [path for path in folder.iterdir() if path.name.startswith("custody_rules") and path.name.endswith(".toml")]
    return tuple(sorted((_edition(path.read_text("utf-8")) for path in found), key=lambda each: each.effective_from))


def rules_for(fire_at: datetime) -> CustodyRules:
    """The edition for the evidence of a fire: that of its day."""
    return rules_on(fire_at.astimezone(BEIJING).date())


def rules_on(day: date) -> CustodyRules:
    """The edition in force on the day of the fire; the oldest for a fire before it."""
    known = editions()
    return next((each for each in reversed(known) if each.effective_from <= day), known[0])


def _edition(text: str) -> CustodyRules:
    raw = tomllib.loads(text)
    made = CustodyRules(
        version=raw["version"],
        source=raw["source"],
        effective_from=raw["effective_from"],
        limits={row["slug"]: Limit(**row) for row in raw["limit"]},
        duties={row["slug"]: Duty(**row) for row in raw["rule"]},
        acts={row["slug"]: ActRule(**_tuples(row)) for row in raw["act"]},
        handovers={
            row["slug"]: HandoverRule(**{**_tuples(row), "receiver": Receiver(row["receiver"])})
            for row in raw["handover"]
        },
    )
    rows: list[Duty | ActRule] = [
        *made.limits.values(),
        *made.duties.values(),
        *made.acts.values(),
        *made.handovers.values(),
    ]
    for duty in rows:
        if not duty.basis or duty.confidence not in {"H", "M", "L"}:
            raise ValueError(f"custody rules {made.version}: row {duty.slug} has no basis or confidence")
    for limit in made.limits.values():
        if (limit.hours > 0) == (limit.working_days > 0):
            raise ValueError(f"custody rules {made.version}: limit {limit.slug} has no one length")
    return made


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "where": tuple(row.get("where", ()))}
