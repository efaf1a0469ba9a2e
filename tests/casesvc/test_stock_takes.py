"""Stock-takes over the API and on the pages: scanned by several, signed by one, each difference tracked."""

import re

import pytest

from casesvc.accounts import add_account
from casesvc.acts import system_actor
from casesvc.passwords import hashed
from evidence.register import unit_by_code
from tests.casesvc.conftest import PASSWORD, Browser, both_stacks
from tests.casesvc.routes_places import shelved
from tests.casesvc.test_bad_input import problem
from workflows.roles import Role

URL = "/api/v1/stock-takes"


@pytest.fixture
def case(service):
    return service.open_case()


@pytest.fixture
def samples(service, case):
    """Three samples, of which two are on the shelf W1-S1 and one on W1-S2."""
    made = [
        {"kind": "room", "segment": "W1", "name": "物证室"},
        *({"kind": "shelf", "segment": f"S{at}", "name": f"第{at}层", "parent": "W1"} for at in (1, 2)),
    ]
    for place in made:
        assert service.custodian.post("/api/v1/places", json=place).status_code == 201
    found = shelved(service, case, 3, "FY")
    for code, numbers in (("W1-S1", found[:2]), ("W1-S2", found[2:])):
        put = service.custodian.post(f"/api/v1/places/410502/{code}/exhibits", json={"exhibits": numbers})
        assert put.status_code == 201, put.text
    return found


def begin(service, place="W1", login="custodian"):
    return getattr(service, login).post(URL, json={"unit": "410502", "place": place})


def scan(service, number, code, login="custodian", **more):
    return getattr(service, login).post(f"{URL}/{number}/scans", json={"code": code, **more})


def end(service, number, login="custodian", proof=PASSWORD):
    return getattr(service, login).post(f"{URL}/{number}/end", json={"proof": proof})


@both_stacks
def test_a_place_is_counted_and_what_differs_is_open_until_it_is_settled(service, case, samples):
    number = begin(service).json()["stock_take"]["number"]
    first = scan(service, number, samples[0], place="W1-S1").json()
    assert (first["again"], first["counted"], first["expected"]) == (False, 1, 3)
    assert first["scan"]["result"] == "as_booked"
    moved = scan(service, number, samples[2], place="W1-S1").json()["scan"]
    assert (moved["result"], moved["booked"]) == ("elsewhere", "在库 · 某custodian · 物证室 / 第2层")
    under_way = service.supervisor.get(f"{URL}/{number}").json()
    assert [each["number"] for each in under_way["missing"]] == [samples[1]]
    ended = end(service, number)
    assert ended.status_code == 201, ended.text
    result = ended.json()
    assert [result["stock_take"][each] for each in ("expected", "counted", "open")] == [3, 2, 2]
    assert {each["exhibit"]: each["result"] for each in result["differences"]} == {
        samples[1]: "missing",
        samples[2]: "elsewhere",
    }
    lost = {"type": "lost", "exhibits": [samples[1]], "facts": {"reason": "盘点未见", "last_seen": "上月"}}
    assert service.custodian.post(f"/api/v1/cases/{case}/custody/acts", json=lost).status_code == 201
    move = {"exhibits": [samples[2]], "reason": "盘点时发现在此"}
    assert service.custodian.post("/api/v1/places/410502/W1-S1/exhibits", json=move).status_code == 201
    settled = service.custodian.get(f"{URL}/{number}").json()
    assert settled["stock_take"]["open"] == 0
    assert {each["exhibit"]: each["settled_by"] for each in settled["differences"]} == {
        samples[1]: "发现遗失",
        samples[2]: "调整存放位置",
    }
    events = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{samples[0]}").json()["chain"]
    assert events[-1]["type"] == "counted"


def test_two_people_count_together_and_the_second_to_end_it_is_told_by_whom(service, samples):
    number = begin(service).json()["stock_take"]["number"]
    assert number in problem(begin(service, login="supervisor"), 409, "stock-take-open")
    assert number in problem(begin(service, "W1-S2"), 409, "stock-take-open")
    assert scan(service, number, samples[0]).json()["again"] is False
    again = scan(service, number, samples[0], "supervisor").json()
    assert (again["again"], again["scan"]["by"], again["counted"]) == (True, "某custodian", 1)
    assert end(service, number, "supervisor").status_code == 201
    for refused in (end(service, number), scan(service, number, samples[1])):
        assert "某supervisor" in problem(refused, 409, "stock-take-ended")


def test_the_end_is_signed(service, samples):
    number = begin(service).json()["stock_take"]["number"]
    problem(end(service, number, proof="wrong"), 422, "confirmation-refused")
    assert "密码" in problem(service.custodian.post(f"{URL}/{number}/end", json={}), 400, "input-refused")
    assert service.custodian.get(f"{URL}/{number}").json()["stock_take"]["ended_at"] is None
    ended = end(service, number).json()["stock_take"]
    assert (ended["ended_by"], ended["confirmed_by"]) == ("某custodian", "登录密码")


def test_bad_scans_are_told_and_not_kept(service, case, samples):
    number = begin(service, "W1-S1").json()["stock_take"]["number"]
    problem(scan(service, number, "断路器"), 422, "label-unreadable")
    problem(scan(service, number, "4105022026O0001-9999"), 404, "label-unknown")
    problem(scan(service, number, "W1-S1"), 404, "label-unknown")
    problem(scan(service, number, samples[2], place="W1-S2"), 404, "place-unknown")
    problem(scan(service, number, samples[2], place="%"), 404, "place-unknown")
    problem(scan(service, "PD41050220269999", samples[0]), 404, "stock-take-unknown")
    problem(scan(service, number, samples[0], "investigator"), 403, "not-permitted")
    assert service.custodian.get(f"{URL}/{number}").json()["scans"] == []


def test_another_units_stock_take_is_unknown(service, samples):
    begin(service)
    problem(service.neighbour.get(URL), 403, "not-permitted")
    problem(begin(service, "W9"), 404, "place-unknown")
    refused = service.custodian.post(URL, json={"unit": "410523", "place": "W1"})
    problem(refused, 404, "place-unknown")


def test_the_pages_lead_through_a_count_without_script(service, samples):
    html = {"accept": "text/html"}
    begun = service.custodian.post(
        "/custody/stock-takes", data={"place": "410502/W1"}, headers=html, follow_redirects=False
    )
    page = begun.headers["location"]
    assert begun.status_code == 303
    number = page.rsplit("/", 1)[1]
    scanned = service.custodian.post(f"{page}/scans", data={"code": samples[0]}, headers=html, follow_redirects=False)
    assert scanned.headers["location"] == page
    assert f'data-exhibit="{samples[0]}"' in service.custodian.get(page).text
    ended = service.custodian.post(f"{page}/end", data={"proof": PASSWORD}, headers=html)
    assert "2 件有差异，2 件未办结" in ended.text
    assert f"/custody/scan?mode=store&place=410502/W1&exhibits={samples[1]}" in ended.text
    assert f"type=lost&exhibits={samples[1]}" in ended.text
    listed = service.custodian.get("/custody/stock-takes").text
    row = re.search(rf'data-stock-take="{number}".*?</tr>', listed, re.DOTALL)
    assert "2 件未办结" in row[0]
    assert "待保管人办理" in service.supervisor.get(page).text


def test_a_result_altered_behind_the_service_is_found(service, samples, command):
    number = begin(service).json()["stock_take"]["number"]
    end(service, number)
    assert command("verify").exit_code == 0
    with service.here.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER stock_take_difference_no_delete")
        connection.exec_driver_sql("DELETE FROM stock_take_difference WHERE kind = 'missing'")
    told = command("verify")
    assert told.exit_code == 1
    assert "盘点登记与操作记录不符" in told.output


def test_a_custodian_of_another_unit_counts_with_others_and_signs_for_nothing(service, samples):
    with service.here.database.begin(system_actor()) as act:
        add_account(
            act,
            unit_by_code(act.tx, "410500"),
            name="支队保管人",
            certificate="city keeper",
            login="citykeeper",
            password_hash=hashed(PASSWORD),
            roles=frozenset({Role.CUSTODIAN}),
            password_set_by_owner=True,
        )
    city = Browser(service.app).log_in("citykeeper")
    problem(city.post(URL, json={"unit": "410502", "place": "W1"}), 403, "outside-unit")
    assert 'value="410502/W1"' not in city.get("/custody/stock-takes").text
    number = begin(service).json()["stock_take"]["number"]
    assert city.post(f"{URL}/{number}/scans", json={"code": samples[0], "place": "W1-S1"}).status_code == 200
    problem(city.post(f"{URL}/{number}/end", json={"proof": PASSWORD}), 403, "outside-unit")
    assert end(service, number).status_code == 201
