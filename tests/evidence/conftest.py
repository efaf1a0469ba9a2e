"""A register on each database, and the people of one brigade."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from casesvc.database import make_engine
from evidence.act import Act, Actor
from evidence.custody import standing_of
from evidence.custody_event import EventType
from evidence.handing_over import Answer, Checked, To, answer, offer
from evidence.register import Case, Person, Procedure, Unit, load_units, register_case, unit_by_code
from storage import MemoryStore

AT = datetime(2026, 11, 24, 8, 30, 5, 123456, tzinfo=UTC)


@dataclass
class World:
    """One transaction of a brigade's investigator, with a case to work on."""

    engine: sa.Engine
    tx: Session
    unit: Unit
    investigator: Act
    custodian: Act
    case: Case
    store: MemoryStore


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request):
    made = make_engine(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_tables_url"))
    yield made
    made.dispose()


@pytest.fixture
def world(engine):
    with Session(engine, expire_on_commit=False) as tx:
        load_units(tx)
        unit = unit_by_code(tx, "410502")
        acts = []
        for name, certificate, role in (("王建国", "豫消1", "investigator"), ("赵敏", "豫消2", "custodian")):
            person = Person(name=name, certificate=certificate, unit_id=unit.id)
            tx.add(person)
            tx.flush()
            acts.append(Act(tx, Actor(person.id, name, unit.id, unit.name, certificate, frozenset({role})), AT))
        case = register_case(
            acts[0], unit, name="宏远纸品仓库火灾", fire_at=AT, place="文明大道", procedure=Procedure.ORDINARY
        )
        tx.commit()
        yield World(engine, tx, unit, acts[0], acts[1], case, MemoryStore())


def hand_over(giver, receiver, case, exhibit, type_=EventType.HANDED_IN, *, term=None, breach_reason="", **facts):
    """Offered by one and accepted by the other, as everything stands unless ``facts`` say otherwise; the last event."""
    to = To(person=giver.tx.get_one(Person, receiver.by.id))
    made = offer(giver, case, type_, [exhibit], to, purpose="保管", term=term, breach_reason=breach_reason)
    now = standing_of(receiver.tx, case, exhibit)
    seen = {"quantity": now.quantity, "condition": "完好", "seal_before": now.seal} if exhibit.kind.tangible else {}
    answered = Answer(exhibit, accepted=True, facts={**seen, **facts}, checked=Checked("a" * 64, "b" * 64, True))
    (event,) = answer(receiver, case, made, [answered], confirmed_by="password", breach_reason=breach_reason)
    return event
