"""The way of a sample to the laboratory and back, with people at browsers on both sides."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from casesvc import demo
from evidence.moments import BEIJING
from tests.casesvc.browsing import Person
from tests.casesvc.test_walk import SAMPLE


@pytest.fixture
def examiner(browser, served):
    person = Person(browser, served, "jianyan")
    yield person
    assert person.complaints == []
    person.context.close()


def day(days):
    return (datetime.now(BEIJING) + timedelta(days=days)).strftime("%Y-%m-%d")


def test_a_sample_is_sent_divided_and_reported_on(investigator, examiner, api, served, case):
    residue = {**SAMPLE, "name": "炭化残留物", "quantity": "250 g", "seal": ""}
    sample = api.post(f"/api/v1/cases/{case}/exhibits/samples", json=residue).json()["number"]

    page = investigator.page
    page.goto(f"/cases/{case}/examinations/new?exhibits={sample}")
    expect(page.locator("#institute")).to_be_hidden()
    page.check("[data-test=outside]")
    expect(page.locator("#institute")).to_be_visible()
    page.check("[name=laboratory][value='410500']")
    page.check("[data-test=destroys]")
    page.fill("[name=questions]", "检验是否含有助燃剂")
    page.fill("[name=due_at]", day(20))
    page.click("[data-test=examination-submit]")
    expect(page.locator("[data-refusal]")).to_contain_text("破坏性检验事先告知当事人的情况")
    expect(page.locator("[name=notice]")).to_have_attribute("aria-invalid", "true")
    page.fill("[name=notice]", "已电话告知马会计，无异议")
    investigator.shoot("examination-new")
    page.click("[data-test=examination-submit]")
    page.wait_for_url(re.compile(r"/examinations/JY"))
    examination = page.url
    page.click("[data-test=send]")
    expect(page.locator("#to")).to_have_value("unit:410500")
    page.click("[data-test=offer-submit]")
    page.wait_for_url(re.compile(r"/handovers/JJ"))
    handover = page.url.rsplit("/", 1)[1]
    answer = {"exhibit": sample, "accepted": True, "quantity": "250 g", "condition": "瓶口密封"}
    given = {"proof": demo.PASSWORD, "answers": [answer]}
    answered = served.client("jianyan").post(f"/api/v1/cases/{case}/handovers/{handover}/answers", json=given)
    assert answered.status_code == 201, answered.text

    his = examiner.page
    his.goto("/custody/examinations")
    examiner.shoot("examinations-laboratory")
    his.locator(f"[data-examination='{examination.rsplit('/', 1)[1]}'] a").click()
    expect(his.locator("[data-test=span]")).to_contain_text("至今未收到报告")
    his.goto(f"/cases/{case}/exhibits/{sample}/split")
    portion = {"name:1": "检验用", "quantity:1": "１５０ ｇ", "remainder": "90 g"}
    fields = {**portion, "reason": "检验", "second_officer": "张检验"}
    for name, value in fields.items():
        his.fill(f"[name='{name}']", value)
    his.click("[data-test=split-submit]")
    expect(his.locator("[data-refusal]")).to_contain_text("现有 250 g，填写的合计为“240 g”")
    his.fill("[name=remainder]", "100 g")
    examiner.shoot("split")
    his.click("[data-test=split-submit]")
    expect(his.locator("[data-test=family] [aria-current]")).to_contain_text("100 g")
    expect(his.locator("[data-test=family] [data-member]")).to_have_count(2)
    examiner.shoot("family")

    page.goto(examination)
    expect(page.locator("[data-sample]")).to_have_count(2)
    expect(page.locator("[data-course]")).to_have_attribute("data-course", "out")
    investigator.shoot("examination")
    page.goto(f"/cases/{case}/documents/new/D22?about={examination.rsplit('/', 1)[1]}")
    expect(page.locator("[data-test='questions.0']")).to_have_value("检验是否含有助燃剂")
