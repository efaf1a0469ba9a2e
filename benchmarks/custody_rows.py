"""A large installation for the reading half of the custody benchmark: made-up exhibits with rows that agree."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from evidence.custody import CustodyStanding
from evidence.custody_defect import CustodyDefect
from evidence.defects import MINOR, DefectKind, Health
from evidence.exhibit import Exhibit, Kind
from evidence.register import Case, Person, Procedure, Unit
from evidence.standing import Whereabouts

PER_CASE = 500
BEGUN = datetime(2021, 1, 1, tzinfo=UTC)
CHUNK = 5000

_KINDS = (*[Kind.PHOTO] * 88, *[Kind.VIDEO] * 4, *[Kind.ELECTRONIC] * 2, *[Kind.PHYSICAL] * 5, Kind.MEDIUM)
_OF_THINGS = (
    *[Whereabouts.STORED] * 70,
    *[Whereabouts.HELD] * 12,
    *[Whereabouts.BORROWED] * 5,
    *[Whereabouts.EXAMINATION] * 6,
    *[Whereabouts.OWNER] * 4,
    *[Whereabouts.POLICE] * 2,
    Whereabouts.LOST,
)


def fill(engine: sa.Engine, exhibits: int, now: datetime) -> None:
    """``exhibits`` over all units, 500 a case: one in eighteen a thing, one in two hundred defective."""
    with engine.begin() as connection:
        units = connection.execute(sa.select(_table(Unit).c.id).order_by(_table(Unit).c.id)).scalars().all()
        persons = [
            {"id": 1000 + index, "name": f"保管{index:03d}", "certificate": f"B{index:05d}", "unit_id": unit}
            for index, unit in enumerate(units * 6)
        ]
        connection.execute(sa.insert(_table(Person)), persons)
    cases = -(-exhibits // PER_CASE)
    _insert(engine, Case, (_case(index, units, persons) for index in range(cases)))
    _insert(engine, Exhibit, (_Made(index, units, persons, now).exhibit() for index in range(exhibits)))
    _insert(engine, CustodyStanding, (_Made(index, units, persons, now).standing() for index in range(exhibits)))
    _insert(
        engine,
        CustodyDefect,
        (row for index in range(exhibits) for row in _Made(index, units, persons, now).defects()),
    )
    if engine.dialect.name == "postgresql":  # which would do so by itself in time
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


def _insert(engine: sa.Engine, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        with engine.begin() as connection:
            connection.execute(sa.insert(_table(model)), chunk)


def _case(index: int, units: list[int], persons: list[dict[str, Any]]) -> dict[str, Any]:
    at = BEGUN + timedelta(hours=20 * index)
    return {
        "id": 1000 + index,
        "number": f"4105{index % len(units):02d}2025O{index:05d}",
        "name": f"第 {index} 起火灾",
        "unit_id": units[index % len(units)],
        "procedure": Procedure.ORDINARY,
        "fire_at": at,
        "place": "文明大道",
        "opened_at": at,
        "opened_by_id": persons[index % len(persons)]["id"],
    }


class _Made:
    """One exhibit, the same each time it is made."""

    def __init__(self, index: int, units: list[int], persons: list[dict[str, Any]], now: datetime) -> None:
        self._case = _case(index // PER_CASE, units, persons)
        self._id, self._serial, self._now = 1000 + index, index % PER_CASE + 1, now
        self._lot = index * 2_654_435_761 % 4_294_967_296  # Knuth's multiplicative hash: even, and no random numbers
        own = [person for person in persons if person["unit_id"] == self._case["unit_id"]]
        self._kind = _KINDS[self._lot // 7 % len(_KINDS)]
        self._where = _OF_THINGS[self._lot // 701 % 100] if self._kind.tangible else Whereabouts.STORED
        # most stand with the first custodian of the unit
        self._holder = own[0] if self._lot // 13 % 10 else own[self._lot // 131 % len(own)]
        self._since = self._case["opened_at"] + timedelta(minutes=self._lot % 40_000)
        self._hazard = "dangerous" if self._kind is Kind.PHYSICAL and not self._lot // 17 % 20 else ""
        self._gaps = self._found()
        self._dues = self._running()

    def _found(self) -> list[DefectKind]:
        share = self._lot // 1009 % 1000
        if share < 5:
            return [DefectKind.HOLE, DefectKind.LATE_HAND_IN]
        return [DefectKind.NO_WITNESS] if share < 25 else []

    def _running(self) -> list[tuple[datetime, DefectKind]]:
        if self._where is Whereabouts.HELD:
            return [(self._now + timedelta(hours=self._lot % 480 - 240), DefectKind.NOT_HANDED_IN)]
        if self._where in {Whereabouts.BORROWED, Whereabouts.EXAMINATION}:
            return [(self._now + timedelta(days=self._lot % 60 - 10), DefectKind.NOT_RETURNED)]
        return []

    def exhibit(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "case_id": self._case["id"],
            "number": f"{self._case['number']}-{self._serial:04d}",
            "serial": self._serial,
            "kind": self._kind,
            "name": "现场照片" if self._kind is Kind.PHOTO else "现场提取物",
            "collected_by_id": self._holder["id"],
            "created_at": self._since,
        }

    def standing(self) -> dict[str, Any]:
        grave = [gap for gap in self._gaps if gap not in MINOR]
        colour = Health.DEFECTIVE if grave else Health.ATTENTION if self._gaps else Health.SOUND
        due = self._dues[0] if self._dues else None
        return {
            "exhibit_id": self._id,
            "case_id": self._case["id"],
            "unit_id": self._case["unit_id"],
            "kind": self._kind,
            "seq": 2,
            "whereabouts": self._where,
            "holder_id": self._holder["id"],
            "holder": self._holder["name"],
            "holder_unit": "文峰区消防救援大队",
            "place": "物证室 3 号柜 2 层" if self._where is Whereabouts.STORED else "",
            "place_code": "",
            "seal": f"FT-{self._id:08d}" if self._kind.tangible else "",
            "hazard": self._hazard,
            "since": self._since,
            "open_offer": self._lot // 19 % 2000 == 0,
            "open_request": self._lot // 23 % 5000 == 0,
            "open_review": False,
            "defects": len(self._gaps),
            "grave": len(grave),
            "due_at": due[0] if due else None,
            "due": due[1].value if due else "",
            "colour": colour,
            "grave_at": due[0] if due else None,
        }

    def defects(self) -> list[dict[str, Any]]:
        gaps = [(kind, 1, None) for kind in self._gaps] + [(kind, 2, at) for at, kind in self._dues]
        return [
            {
                "exhibit_id": self._id,
                "position": position,
                "unit_id": self._case["unit_id"],
                "kind": kind,
                "seq": seq,
                "due_at": due_at,
            }
            for position, (kind, seq, due_at) in enumerate(gaps)
        ]
