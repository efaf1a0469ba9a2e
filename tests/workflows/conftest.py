"""A brigade's people by role, on a fresh SQLite database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from casesvc.database import Database
from evidence.act import Actor
from evidence.register import Case, Person, Procedure, Unit, load_units, unit_by_code
from storage import MemoryStore
from workflows.incident import open_case, record_alarm
from workflows.roles import Role
from workflows.steps import take_step

AT = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
SCENE = {"inspected_at": "24日8时至11时", "leader": "王建国", "result": "东墙配电箱处烧损最重"}
AGREED = {"decision": "agreed", "opinion": "同意"}
HEARING = {"parties": "马会计到场", "cause": "电气线路短路", "opinions": "无异议"}
SUSPICION = {"suspect": "马某", "charge": "失火罪", "team": "陈志远、王建国", "facts": "违规用火"}


@dataclass
class House:
    database: Database
    store: MemoryStore
    people: dict[str, Actor]
    unit: Unit
    case: Case

    def take(self, role: str, slug: str, facts: dict[str, str] | None = None):
        with self.database.begin(self.people[role]) as act:
            return take_step(act, self.case, slug, facts or {})

    def until_inspected(self):
        self.take("approver", "investigators_assigned", {"first": "王建国", "second": "李文静"})
        self.take("investigator", "scene_inspected", SCENE)

    def until_approved(self):
        self.until_inspected()
        self.take("investigator", "parties_heard", HEARING)
        self.take("approver", "determination_approved", AGREED)


@pytest.fixture
def house(sqlite_url):
    database = Database(sqlite_url)
    people = {}
    with database.begin(Actor(0, "", 0, "", "")) as act:
        load_units(act.tx)
        unit = unit_by_code(act.tx, "410502")
        for role in Role:
            person = Person(name=f"某{role.label}", certificate=role.value, unit_id=unit.id)
            act.tx.add(person)
            act.tx.flush()
            people[role.value] = Actor(
                person.id, person.name, unit.id, unit.name, person.certificate, frozenset({role.value})
            )
    with database.begin(people["investigator"]) as act:
        incident = record_alarm(
            act, unit, received_at=AT, caller="马会计", phone="138", place="文明大道", burning="纸箱"
        )
        case = open_case(
            act,
            unit,
            incident,
            name="宏远纸品仓库火灾",
            fire_at=AT - timedelta(minutes=9),
            procedure_type=Procedure.ORDINARY,
        )
    yield House(database, MemoryStore(), people, unit, case)
    database.engine.dispose()
