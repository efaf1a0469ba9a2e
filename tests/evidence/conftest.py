"""A register on each database, and the people of one brigade."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

import evidence.custody
import evidence.record  # noqa: F401 - registers its table
from casesvc.database import make_engine
from evidence.act import Act, Actor
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
def engine(request, tmp_path):
    url = f"sqlite:///{tmp_path}/x.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = make_engine(url)
    SQLModel.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def world(engine):
    with Session(engine, expire_on_commit=False) as tx:
        load_units(tx)
        unit = unit_by_code(tx, "410502")
        acts = []
        for name, certificate in (("王建国", "豫消1"), ("赵敏", "豫消2")):
            person = Person(name=name, certificate=certificate, unit_id=unit.id)
            tx.add(person)
            tx.flush()
            acts.append(Act(tx, Actor(person.id, name, unit.id, unit.name, certificate), AT))
        case = register_case(
            acts[0], unit, name="宏远纸品仓库火灾", fire_at=AT, place="文明大道", procedure=Procedure.ORDINARY
        )
        tx.commit()
        yield World(engine, tx, unit, acts[0], acts[1], case, MemoryStore())
