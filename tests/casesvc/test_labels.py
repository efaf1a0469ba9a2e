"""Labels: each printing is recorded, the page prints nothing but labels, a scanned code leads where it should."""

import re

import pytest
from sqlmodel import select

from casesvc.headers import PAGE_POLICY
from evidence.record import RecordEntry, What
from tests.casesvc.conftest import both_stacks
from tests.casesvc.routes_places import shelved
from tests.casesvc.test_bad_input import problem
from tests.casesvc.test_walk import SAMPLE

HTML = {"accept": "text/html"}


@pytest.fixture
def case(service):
    return service.open_case()


@pytest.fixture
def samples(service, case):
    return shelved(service, case, 3, "FY")


def labels(service, case, *exhibits, login="custodian", **more):
    return getattr(service, login).post(f"/api/v1/cases/{case}/labels", json={"exhibits": list(exhibits), **more})


def page_of(service, case, *exhibits, **more):
    form = {"exhibit": list(exhibits), "format": "thermal_60_40", **more}
    return service.custodian.post(f"/cases/{case}/labels", data=form, headers=HTML)


def look(service, code, login="custodian"):
    return getattr(service, login).get("/api/v1/scan", params={"code": code})


@both_stacks
def test_a_printed_label_is_in_the_chain_and_among_the_reads_and_so_is_the_next(service, case, samples):
    first = samples[0]
    (label,) = labels(service, case, first).json()
    assert (label["number"], label["name"], label["quantity"]) == (first, SAMPLE["name"], SAMPLE["quantity"])
    assert (label["position"], label["witness"], label["seal"]) == (SAMPLE["position"], SAMPLE["witness"], "FY-0")
    again = labels(service, case, first, format="sheet_70_37").json()
    assert again[0]["code"] == label["code"], "the tag of an installation stays"
    detail = service.supervisor.get(f"/api/v1/cases/{case}/exhibits/{first}").json()
    assert [event["type"] for event in detail["chain"]][-2:] == ["labelled", "labelled"]
    with service.here.database.reading() as tx:
        prints = tx.exec(select(RecordEntry).where(RecordEntry.what == What.PRINT)).all()
    assert [b"60\xc3\x9740" in entry.body for entry in prints] == [True, False]


def test_all_or_no_labels_are_printed(service, case, samples):
    problem(labels(service, case, samples[0], "4105022026O0001-9999"), 404, "exhibit-unknown")
    assert "请填写“证据”" in problem(labels(service, case), 400, "input-refused")
    assert "标签纸" in problem(labels(service, case, samples[0], format="letter"), 400, "input-refused")
    assert "起始位置" in problem(labels(service, case, samples[0], start=25), 400, "input-refused")
    problem(labels(service, case, samples[0], login="legal"), 403, "not-permitted")
    problem(labels(service, case, samples[0], login="city"), 403, "outside-unit")
    with service.here.database.reading() as tx:
        assert tx.exec(select(RecordEntry).where(RecordEntry.what == What.PRINT)).all() == []


def test_the_page_of_labels_has_a_page_for_each_and_no_style_of_its_own(service, case, samples):
    page = page_of(service, case, *samples)
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == PAGE_POLICY
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\bstyle=|<style", page.text)
    assert page.text.count('<section class="page">') == 3
    assert re.findall(r'data-label="([^"]+)"', page.text) == samples
    assert page.text.count("<path") == 6, "two codes a label"
    assert "/static/labels-thermal-60-40.css" in page.text
    assert 'class="topbar"' not in page.text


@pytest.mark.parametrize(("start", "count", "pages"), [("1", 3, [3]), ("24", 3, [24, 2]), ("2", 1, [2])])
def test_a_sheet_begins_where_the_person_says(service, case, samples, start, count, pages):
    page = page_of(service, case, *samples[:count], format="sheet_70_37", start=start)
    sheets = page.text.split('<section class="page">')[1:]
    assert [len(re.findall(r'class="label(?: label-used)?"', sheet)) for sheet in sheets] == pages
    assert page.text.count("label-used") == int(start) - 1


def test_what_people_wrote_stands_on_the_label_as_they_wrote_it(service, case):
    odd = {**SAMPLE, "name": "<b>“瓶”&</b>", "seal": "FY-<1>"}
    number = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=odd).json()["number"]
    page = page_of(service, case, number).text
    assert "&lt;b&gt;“瓶”&amp;&lt;/b&gt;" in page
    assert "FY-&lt;1&gt;" in page
    assert "<b>“瓶”" not in page


def test_the_form_chooses_what_has_no_label_yet(service, case, samples):
    labels(service, case, samples[0])
    page = service.custodian.get(f"/cases/{case}/labels").text
    boxes = dict(re.findall(r'name="exhibit" value="([^"]+)"( checked)?', page))
    assert boxes == {samples[0]: "", samples[1]: " checked", samples[2]: " checked"}
    assert SAMPLE["name"] not in page


def test_a_code_opens_its_exhibit(service, case, samples):
    code = labels(service, case, samples[0]).json()[0]["code"]
    for typed in (code, code.lower(), samples[0]):
        found = look(service, typed).json()
        assert (found["kind"], found["exhibit"]["number"]) == ("exhibit", samples[0])
        assert found["url"] == f"/cases/{case}/exhibits/{samples[0]}"
    sent = service.custodian.get("/custody/scan", params={"code": code}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, found["url"])
    assert SAMPLE["name"] not in look(service, code).text


def test_what_is_scanned_is_told_apart(service, case, samples):
    code = labels(service, case, samples[0]).json()[0]["code"]
    foreign = f"{(int(code[:6]) + 1 - 100000) % 900000 + 100000}{code[6:]}"
    assert "另一套系统" in problem(look(service, foreign), 422, "label-foreign")
    assert "不是本系统的" in problem(look(service, "6901234567892"), 422, "label-unreadable")
    problem(look(service, ""), 422, "label-unreadable")
    problem(look(service, "长" * 201), 400, "bad-request")
    problem(look(service, f"{code[:6]}P999999"), 404, "place-unknown")
    problem(look(service, code, "legal"), 403, "not-permitted")
    for code_or_number in (code, samples[0]):
        detail = problem(look(service, code_or_number, "neighbour"), 404, "label-unknown")
        assert "不在您的查看范围内" in detail
    page = service.custodian.get("/custody/scan", params={"code": foreign}, headers=HTML)
    assert page.status_code == 422
    assert "另一套系统" in page.text


def test_a_place_is_known_by_its_label_and_by_its_code(service):
    service.custodian.post(
        "/api/v1/places", json={"kind": "room", "segment": "W1", "name": "物证室", "access": "保管人"}
    )
    form = {"place": "W1", "format": "thermal_80_50"}
    page = service.custodian.post("/custody/places/labels", data=form, headers=HTML)
    assert 'data-label="W1"' in page.text
    assert "可进入：保管人" in page.text
    assert look(service, "w1").json()["place"]["words"] == "物证室"
    with service.here.database.reading() as tx:
        (entry,) = tx.exec(select(RecordEntry).where(RecordEntry.what == What.PRINT)).all()
    assert b'"places":["W1"]' in entry.body
    none = service.custodian.post("/custody/places/labels", data={"format": "thermal_80_50"}, headers=HTML)
    assert none.status_code == 400
    assert "请先选择" in none.text


def test_only_the_camera_is_for_a_page(service):
    page = service.custodian.get("/custody/scan", headers=HTML)
    assert page.headers["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"
