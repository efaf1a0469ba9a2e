"""The procedure as data: which steps there are, who may record each, what must stand before it, on which clause."""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from workflows.errors import StepUnknown
from workflows.roles import Role


@dataclass(frozen=True)
class Stage:
    slug: str
    label: str


@dataclass(frozen=True)
class StepRule:
    """One row of the procedure. ``facts`` maps a fact's slug to its Chinese name; each is required."""

    slug: str
    label: str
    stage: str
    roles: tuple[str, ...]
    after: tuple[str, ...]
    basis: str
    confidence: str
    facts: dict[str, str] = field(default_factory=dict)
    document: str | None = None
    distinct: tuple[str, ...] = ()
    repeatable: bool = False
    decides: bool = False
    only: str | None = None
    differs_from: str | None = None

    @property
    def needs_confirmation(self) -> bool:
        """Whether the centre has still to confirm this row (待中心确认)."""
        return self.confidence != "H"


@dataclass(frozen=True)
class ProcedureTable:
    """A version of the procedure; each recorded step names the version that allowed it."""

    version: str
    source: str
    effective_from: date
    stages: tuple[Stage, ...]
    steps: tuple[StepRule, ...]

    def rule(self, slug: str) -> StepRule:
        for step in self.steps:
            if step.slug == slug:
                return step
        raise StepUnknown(slug)

    def stage(self, slug: str) -> Stage:
        return next(stage for stage in self.stages if stage.slug == slug)


@cache
def procedure() -> ProcedureTable:
    """The table in force, read once and validated: every name it uses is one it defines."""
    raw = tomllib.loads((resources.files("workflows") / "data" / "procedure.toml").read_text("utf-8"))
    table = ProcedureTable(
        version=raw["version"],
        source=raw["source"],
        effective_from=raw["effective_from"],
        stages=tuple(Stage(**stage) for stage in raw["stage"]),
        steps=tuple(_rule(row) for row in raw["step"]),
    )
    _validate(table)
    return table


def _rule(row: dict[str, Any]) -> StepRule:
    return StepRule(
        **{
            **row,
            "roles": tuple(row["roles"]),
            "after": tuple(row["after"]),
            "distinct": tuple(row.get("distinct", ())),
        }
    )


def _validate(table: ProcedureTable) -> None:
    stages = {stage.slug for stage in table.stages}
    seen: set[str] = set()
    for step in table.steps:
        if step.slug in seen or step.stage not in stages or not step.roles or not step.basis:
            raise ValueError(f"procedure: row {step.slug} is broken")
        if not {role.value for role in Role}.issuperset(step.roles):
            raise ValueError(f"procedure: row {step.slug} names a role there is not")
        if not set(step.facts).issuperset(step.distinct):
            raise ValueError(f"procedure: row {step.slug} tells facts apart that it does not ask for")
        if not seen.issuperset(step.after) or (step.differs_from and step.differs_from not in seen):
            raise ValueError(f"procedure: row {step.slug} names a step that does not stand above it")
        seen.add(step.slug)
