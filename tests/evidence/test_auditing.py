"""The auditor's list, on both databases, held against the same rows filtered and sorted one by one."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from evidence import auditing
from evidence.auditing import Mark, Order, Sought, Waiting, count_chains, count_defects, find_chains
from evidence.custody import CustodyStanding, health_of
from evidence.custody_defect import CustodyDefect
from evidence.defects import MINOR, DefectKind, Health
from evidence.exhibit import Exhibit, Kind
from evidence.intake import Hazard
from evidence.register import Procedure, Unit, register_case
from evidence.standing import Whereabouts
from tests.evidence.conftest import AT

HOLDERS = ("王建国", "赵敏", "李文静")


@pytest.fixture
def chains(world):
    """240 exhibits of three units, each with a row and gaps made up at random, the same each time."""
    chance = random.Random(119)
    units = world.tx.exec(select(Unit).order_by(Unit.id)).all()[:3]
    cases = [
        register_case(world.investigator, unit, name=f"火灾{n}", fire_at=AT, place="某地", procedure=Procedure.ORDINARY)
        for n, unit in enumerate((*units, *units))
    ]
    rows, gaps = [], []
    for serial in range(1, 241):
        case = chance.choice(cases)
        kind = chance.choice(list(Kind))
        exhibit = Exhibit(
            case_id=case.id,
            number=f"{case.number}-{serial:04d}",
            serial=serial,
            kind=kind,
            name="某证据",
            collected_by_id=world.investigator.by.id,
            created_at=AT,
        )
        world.tx.add(exhibit)
        world.tx.flush()
        found = chance.choice([[], [], [], [DefectKind.NO_WITNESS], [DefectKind.HOLE], [DefectKind.HOLE] * 2])
        dues = sorted(
            (AT + timedelta(hours=chance.randint(-50, 50)), kind)
            for kind in chance.sample([DefectKind.OFFER_OPEN, DefectKind.NOT_RETURNED], chance.choice([0, 0, 1, 2]))
        )
        grave = [gap for gap in found if gap not in MINOR]
        rows.append(
            CustodyStanding(
                exhibit_id=exhibit.id,
                case_id=case.id,
                unit_id=case.unit_id,
                kind=kind,
                seq=1,
                whereabouts=chance.choice([Whereabouts.STORED, Whereabouts.HELD, Whereabouts.LOST]),
                holder=chance.choice(HOLDERS),
                holder_unit="某大队",
                place="",
                place_code="",
                seal="",
                hazard=chance.choice(["", "", *Hazard]),
                since=AT - timedelta(days=chance.randint(0, 20)),  # many of one moment
                open_offer=chance.random() < 0.2,
                open_request=chance.random() < 0.1,
                open_review=False,
                defects=len(found),
                grave=len(grave),
                due_at=dues[0][0] if dues else None,
                due=dues[0][1].value if dues else "",
                colour=Health.DEFECTIVE if grave else Health.ATTENTION if found else Health.SOUND,
                grave_at=next((at for at, kind in dues if kind not in MINOR), None),
            )
        )
        stated = [(kind, None) for kind in found] + [(kind, at) for at, kind in dues]
        gaps += [
            CustodyDefect(exhibit_id=exhibit.id, position=n, unit_id=case.unit_id, kind=kind, seq=0, due_at=at)
            for n, (kind, at) in enumerate(stated)
        ]
    world.tx.add_all(rows)
    world.tx.flush()
    world.tx.add_all(gaps)
    world.tx.flush()
    return rows, gaps, cases


def fits(row: CustodyStanding, gaps: list[CustodyDefect], sought: Sought) -> bool:
    own = [gap.kind for gap in gaps if gap.exhibit_id == row.exhibit_id and (gap.due_at is None or gap.due_at < AT)]
    waits = {Waiting.OFFER: row.open_offer, Waiting.REQUEST: row.open_request, Waiting.REVIEW: row.open_review}
    return (
        row.unit_id in sought.units
        and sought.health in (None, health_of(row, AT))
        and sought.kind in (None, row.kind)
        and sought.whereabouts in (None, row.whereabouts)
        and sought.holder in ("", row.holder)
        and (sought.held_since is None or row.since <= sought.held_since)
        and (sought.waiting is None or waits[sought.waiting])
        and (sought.hazard is None or row.hazard == sought.hazard)
        and (sought.defect is None or sought.defect in own)
        and (sought.cases is None or row.case_id in sought.cases)
    )


def ordered(rows: list[CustodyStanding], order: Order) -> list[int]:
    newest = order is Order.NEWEST
    rows = sorted(rows, key=lambda row: -row.exhibit_id if newest else (row.since, row.exhibit_id))
    return [row.exhibit_id for row in rows]


def asked(chance: random.Random, units: list[int], cases: list[int]) -> Sought:
    """Something to seek: each filter as often asked as not."""

    def perhaps(*values):
        return chance.choice([None, chance.choice(values)])

    return Sought(
        units=tuple(chance.sample(units, chance.randint(1, len(units)))),
        health=perhaps(*Health),
        kind=perhaps(*Kind) if chance.random() < 0.5 else None,
        whereabouts=perhaps(Whereabouts.STORED, Whereabouts.LOST),
        holder=chance.choice(["", "", *HOLDERS, "查无此人"]),
        held_since=perhaps(AT - timedelta(days=5), AT - timedelta(days=30)),
        waiting=perhaps(*Waiting) if chance.random() < 0.3 else None,
        hazard=perhaps(*Hazard) if chance.random() < 0.3 else None,
        defect=perhaps(DefectKind.HOLE, DefectKind.OFFER_OPEN, DefectKind.NOT_RETURNED, DefectKind.LOST),
        sorted_by=chance.choice(list(Order)),
    )


@pytest.mark.parametrize("few", [0, 12, 5000])
def test_what_is_listed_is_what_fits_in_order_page_by_page(world, chains, monkeypatch, few):
    monkeypatch.setattr(auditing, "FEW", few)
    rows, gaps, cases = chains
    chance = random.Random(few)
    units = sorted({row.unit_id for row in rows})
    seen = 0
    for turn in range(50):
        sought = asked(chance, units, [])
        if turn % 5 == 0:  # cases are those of the units, as the desk takes them
            own = [case.id for case in cases if case.unit_id in sought.units]
            sought = replace(sought, cases=tuple(chance.sample(own, chance.randint(0, len(own)))))
        expected = ordered([row for row in rows if fits(row, gaps, sought)], sought.order)
        listed, after = [], None
        while page := find_chains(world.tx, sought, AT, after=after, limit=7):
            listed += [chain.standing.exhibit_id for chain in page]
            after = page[-1].mark
        assert listed == expected, sought
        assert count_chains(world.tx, sought, AT, most=9) == min(9, len(expected)), sought
        seen += len(expected)
    assert seen > 150


def test_an_exhibits_number_is_sought_by_its_beginning_within_its_case(world, chains):
    rows, _, cases = chains
    case = cases[0]
    sought = Sought(units=(case.unit_id,), cases=(case.id,), prefix=f"{case.number}-00")
    expected = [row.exhibit_id for row in rows if row.case_id == case.id]
    numbers = dict(world.tx.exec(select(Exhibit.id, Exhibit.number)).all())
    expected = [id_ for id_ in expected if numbers[id_].startswith(sought.prefix)]
    assert expected
    assert [chain.standing.exhibit_id for chain in find_chains(world.tx, sought, AT)] == sorted(expected, reverse=True)
    assert find_chains(world.tx, replace(sought, prefix=f"{case.number}-%"), AT) == []


def test_gaps_are_counted_by_exhibits_for_each_unit(world, chains):
    rows, gaps, _ = chains
    units = sorted({row.unit_id for row in rows})
    counts = count_defects(world.tx, tuple(units[:2]), AT)
    for unit in units[:2]:
        standing = [gap for gap in gaps if gap.unit_id == unit and (gap.due_at is None or gap.due_at < AT)]
        for kind in {gap.kind for gap in standing}:
            assert counts[unit].pop(kind) == len({gap.exhibit_id for gap in standing if gap.kind is kind})
        assert counts[unit] == {}
    assert units[2] not in counts


def test_a_grave_limit_behind_a_minor_one_makes_the_chain_defective(world, chains):
    """The next limit alone would not tell: it is minor and has passed, and so has the grave one after it."""
    rows, _, _ = chains
    behind = [row for row in rows if row.due_at and row.grave_at and row.due_at < row.grave_at < AT]
    assert behind
    assert {health_of(row, AT) for row in behind} == {Health.DEFECTIVE}
    early = [row for row in behind if row.colour is Health.SOUND]
    between = [health_of(row, row.due_at + (row.grave_at - row.due_at) / 2) for row in early]
    assert set(between) <= {Health.ATTENTION}


def test_the_list_of_no_unit_is_empty(world, chains):
    assert find_chains(world.tx, Sought(units=()), AT) == []
    assert count_chains(world.tx, Sought(units=()), AT, most=10) == 0


def test_a_page_behind_the_last_is_empty(world, chains):
    rows, _, _ = chains
    units = tuple({row.unit_id for row in rows})
    assert find_chains(world.tx, Sought(units=units), AT, after=Mark(0, AT)) == []
    last = Mark(10**9, AT + timedelta(days=1))
    assert find_chains(world.tx, Sought(units=units, sorted_by=Order.LONGEST), AT, after=last) == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL chooses by what it knows of the rows
@pytest.mark.parametrize(
    ("sought", "index"),
    [
        (Sought(units=(1,)), "ix_custody_standing_newest"),
        (Sought(units=(1,), sorted_by=Order.LONGEST), "ix_custody_standing_longest"),
        (Sought(units=(1,), waiting=Waiting.OFFER), "ix_custody_standing_open"),
        (Sought(units=(1,), hazard=Hazard.DANGEROUS), "ix_custody_standing_hazard"),
        (Sought(units=(1,), holder="王建国"), "ix_custody_standing_holder"),
    ],
)
def test_sqlite_takes_the_index_that_was_made_for_it(world, monkeypatch, sought, index):
    monkeypatch.setattr(auditing, "_few", lambda *_: None)
    asked = []
    sa.event.listen(world.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    find_chains(world.tx, sought, AT)
    statement, parameters = next(each for each in asked if "FROM custody_standing" in each[0])
    plan = world.tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert any(index in row[3] for row in plan), plan
