"""The table of permissions, cell by cell; and whose cases a person sees."""

import pytest

from casesvc.errors import NotPermitted, OutsideUnit
from casesvc.permissions import Permission, case_for, incident_for, may, require, visible_cases, visible_incidents
from evidence.act import Actor
from evidence.errors import CaseUnknown
from evidence.register import unit_by_code
from tests.casesvc.conftest import ALARM
from workflows.errors import IncidentUnknown
from workflows.roles import Role

# rows: permission; columns: investigator, custodian, legal, approver, supervisor, administrator, examiner
TABLE = """
RECORD_INCIDENT    x . . . . . .
SEE_INCIDENTS      x . x x x . .
OPEN_CASE          x . . . . . .
SEE_CASE           x x x x x . .
SEE_EXHIBIT        x x x x x . x
TAKE_STEP          x . x x . . .
COLLECT_EXHIBIT    x . . . . . .
KEEP_EXHIBIT       . x . . . . .
SEE_CUSTODY        x x . x x . x
SEE_PLACES         . x . . x . .
MANAGE_PLACES      . x . . . . .
SCAN_LABEL         x x . . x . x
PRINT_LABEL        x x . . . . .
TAKE_STOCK         . x . . x . .
SEE_EXAMINATIONS   x x x . x . x
RECORD_CUSTODY     x x . . . . .
OFFER_EXHIBIT      x x . . . . x
RECEIVE_EXHIBIT    x x . . . . x
TAKE_OVER          x x . . . . .
REVIEW_TAKE_OVER   . . . . x . .
REQUEST_CUSTODY    x x . . . . .
APPROVE_CUSTODY    . . . x . . .
COMMISSION_EXAMINATION x . . . . . .
EXAMINE            . . . . . . x
AUDIT_CUSTODY      . . x . x . .
DOWNLOAD_ORIGINAL  x x x x x . x
DOWNLOAD_QUARANTINED . . . . x . .
MAKE_COPY          x . x . . . .
ISSUE_DOCUMENT     x x x . . . .
VERIFY_CASE        . x x . x . .
SEE_READS          . . . . x . .
SEE_STATUS         . . . . x x .
RUN_CANARY         . . . . x x .
MANAGE_ACCOUNTS    . . . . . x .
"""
ROWS = {name: cells for name, *cells in (line.split() for line in TABLE.strip().splitlines())}
CELLS = [
    (permission, role, ROWS[permission.name][column] == "x")
    for permission in Permission
    for column, role in enumerate(Role)
]


def test_the_table_is_whole():
    assert set(ROWS) == {permission.name for permission in Permission}


@pytest.mark.parametrize(("permission", "role", "expected"), CELLS, ids=lambda cell: getattr(cell, "name", str(cell)))
def test_each_cell(permission, role, expected):
    by = Actor(1, "某人", 1, "某单位", "1", frozenset({role.value}))
    assert may(by, permission) is expected
    if expected:
        require(by, permission)
    else:
        with pytest.raises(NotPermitted):
            require(by, permission)


def test_nobody_without_a_role_may_anything():
    nobody = Actor(1, "某人", 1, "某单位", "1")
    assert not any(may(nobody, permission) for permission in Permission)


SEEN = [
    # unit of the person, role, sees the brigade's case, may work on it
    ("410502", "investigator", True, True),
    ("410502", "supervisor", True, False),
    ("410503", "investigator", False, False),
    ("410503", "supervisor", False, False),
    ("410500", "investigator", True, False),
    ("410500", "supervisor", True, False),
    ("410500", "administrator", False, False),
    ("410502", "administrator", False, False),
]


@pytest.mark.parametrize(("unit", "role", "sees", "works"), SEEN)
def test_whose_cases_a_person_sees_and_works_on(service, unit, role, sees, works):
    number = service.open_case()
    with service.here.database.reading() as tx:
        row = unit_by_code(tx, unit)
        by = Actor(99, "某人", row.id, row.name, "1", frozenset({role}))
        if not sees:
            with pytest.raises((CaseUnknown, NotPermitted)):
                case_for(tx, by, number, Permission.SEE_CASE)
            return
        assert case_for(tx, by, number, Permission.SEE_CASE).number == number
        assert [case.number for case in tx.exec(visible_cases(tx, by))] == [number]
        if works:
            case_for(tx, by, number, Permission.COLLECT_EXHIBIT)
        else:
            with pytest.raises((OutsideUnit, NotPermitted)):
                case_for(tx, by, number, Permission.COLLECT_EXHIBIT)


def test_a_city_investigator_sees_a_brigades_case_and_does_not_work_on_it(service):
    number = service.open_case()
    assert service.city.get(f"/api/v1/cases/{number}").status_code == 200
    refused = service.upload(number, b"x", login="city")
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("outside-unit")


@pytest.mark.parametrize(
    ("unit", "role", "sees", "opens"),
    [
        ("410502", "investigator", True, True),
        ("410502", "legal", True, False),
        ("410502", "custodian", False, False),
        ("410502", "administrator", False, False),
        ("410503", "investigator", False, False),
        ("410500", "investigator", True, False),
        ("410500", "supervisor", True, False),
        ("410500", "administrator", False, False),
    ],
)
def test_whose_incidents_a_person_sees_and_opens_cases_on(service, unit, role, sees, opens):
    number = service.investigator.post("/api/v1/incidents", json=ALARM).json()["number"]
    with service.here.database.reading() as tx:
        row = unit_by_code(tx, unit)
        by = Actor(99, "某人", row.id, row.name, "1", frozenset({role}))
        if not sees:
            for permission in (Permission.SEE_INCIDENTS, Permission.OPEN_CASE):
                with pytest.raises((IncidentUnknown, NotPermitted)):
                    incident_for(tx, by, number, permission)
            return
        assert incident_for(tx, by, number, Permission.SEE_INCIDENTS).number == number
        assert [incident.number for incident in tx.exec(visible_incidents(tx, by))] == [number]
        if opens:
            incident_for(tx, by, number, Permission.OPEN_CASE)
        else:
            with pytest.raises((OutsideUnit, NotPermitted)):
                incident_for(tx, by, number, Permission.OPEN_CASE)


def test_another_units_incident_is_unknown_on_its_page_and_its_case_is_not_opened(service):
    number = service.investigator.post("/api/v1/incidents", json=ALARM).json()["number"]
    page = service.neighbour.get(f"/incidents/{number}/case", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert ALARM["caller"] not in page.text
    assert service.city.get("/incidents").text.count('data-test="open-case"') == 0, "the city sees it, and opens none"
    assert service.city.get(f"/incidents/{number}/case").status_code == 403
    assert service.investigator.get("/incidents").text.count('data-test="open-case"') == 1
