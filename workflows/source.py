"""Where the draft of a document is taken from."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from evidence.act import Actor
from evidence.moments import BEIJING
from evidence.register import Case, Unit
from workflows.steps import Step, steps_of


@dataclass(frozen=True)
class Source:
    """Where a draft is taken from; ``about`` names what the document is about, where it is about one thing."""

    tx: Session
    case: Case
    unit: Unit
    by: Actor
    at: datetime
    about: str = ""

    def fact(self, step: str, fact: str) -> str | None:
        """A fact of the latest recorded step of that name."""
        found: list[Step] = [row for row in steps_of(self.tx, self.case) if row.slug == step]
        return found[-1].facts.get(fact) if found else None

    def here(self, at: datetime) -> str:
        return at.astimezone(BEIJING).isoformat(timespec="minutes")
