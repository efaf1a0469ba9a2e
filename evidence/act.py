"""The act: who changes the record, when, inside which transaction."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session


@dataclass(frozen=True)
class Actor:
    """A person as of now, with what the record keeps of him and where he acts from.

    ``roles`` are slugs that the procedure's table names; ``address`` and ``session`` say from which machine and login
    session the act came and are empty for acts at the machine itself.
    """

    id: int
    name: str
    unit_id: int
    unit: str
    certificate: str
    roles: frozenset[str] = field(default_factory=frozenset)
    address: str = ""
    session: str = ""

    def as_recorded(self) -> dict[str, str | int]:
        """The ``by`` member of a custody event: the person as of the act; a later renaming changes nothing."""
        return {"id": self.id, "name": self.name, "unit": self.unit, "certificate": self.certificate}


@dataclass(frozen=True)
class Act:
    """Passed first to every function that changes the record; such functions never commit and never read the clock."""

    tx: Session
    by: Actor
    at: datetime
