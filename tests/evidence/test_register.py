"""Units of Anyang, dense case numbers."""

from sqlmodel import select

from evidence.register import Level, Procedure, Unit, load_units, register_case
from tests.evidence.conftest import AT

CODES = {"410500", "410502", "410503", "410505", "410506", "410522", "410523", "410526", "410527", "410581"}


def test_the_city_and_its_nine_brigades_are_registered_once(world):
    load_units(world.tx)
    units = world.tx.exec(select(Unit)).all()
    city = next(unit for unit in units if unit.level is Level.CITY)
    assert {unit.code for unit in units} == CODES
    assert [unit.parent_id for unit in units if unit is not city] == [city.id] * 9
    assert city.superior == "河南省消防救援总队"
    assert {unit.superior for unit in units if unit is not city} == {"安阳市消防救援支队"}


def test_a_failed_act_gives_its_number_back(world):
    def opened():
        return register_case(
            world.investigator, world.unit, name="火灾", fire_at=AT, place="某地", procedure=Procedure.SUMMARY
        )

    assert world.case.number == "4105022026O0001"
    assert opened().number == "4105022026S0002"
    world.tx.rollback()
    assert opened().number == "4105022026S0002"
