"""Custody in a real browser: both sides of a handover, approval, take-over and review, correction; screenshots kept."""

import pytest
from playwright.sync_api import expect

from casesvc import demo
from tests.casesvc.browsing import Person, accept, hand_over

SEAL = "FY-2026-000117"
FOUND = {"quantity": "1 个", "seal_before": SEAL, "condition": "封口完好"}


@pytest.fixture(scope="module")
def people(browser, served):
    made = {}

    def person(login: str) -> Person:
        if login not in made:
            made[login] = Person(browser, served, login)
        return made[login]

    yield person
    for one in made.values():
        assert one.complaints == []
        one.context.close()


@pytest.fixture(scope="module")
def sample(api) -> tuple[str, str, str]:
    """The demo's sample, which is offered to the custodians: numbers of case, exhibit and handover."""
    (handover,) = api.get("/api/v1/handovers").json()
    return handover["case"], handover["items"][0]["exhibit"], handover["number"]


def test_a_sample_through_many_hands(people, sample):
    case, exhibit, handover = sample
    page = f"/cases/{case}/exhibits/{exhibit}"
    keeper = people("baoguan")
    keeper.page.goto("/custody")
    keeper.shoot("custody-hands-custodian")
    wrong_seal_is_told(keeper, exhibit)
    accept(keeper, handover, exhibit, **FOUND, remark="入 3 号柜")
    keeper.shoot("handover-accepted")

    investigator = people("diaocha")
    investigator.page.goto(page)
    doing(investigator, "申请借出")
    investigator.page.fill("#reason", "对照现场复核")
    investigator.page.fill("#term", "2027-01-15T10:00")
    investigator.shoot("custody-request")
    investigator.page.click("[data-test=request-submit]")
    expect(investigator.page.locator("[data-event=requested]")).to_be_visible()

    approver = people("shenpi")
    approver.page.goto("/custody")
    expect(approver.page.locator("[data-test=asked]")).to_contain_text("对照现场复核")
    approver.shoot("custody-hands-approver")
    approver.page.locator(f"[data-held='{exhibit}'] a").first.click()
    decide(approver, "agreed", "同意借用")
    expect(approver.page.locator("[data-event=approved]")).to_be_visible()
    approver.shoot("exhibit-approved")

    lent = hand_over(
        keeper,
        case,
        exhibit,
        "borrowed",
        to="王建国（安阳市文峰区消防救援大队）",
        purpose="复核",
        term="2027-01-15T10:00",
    )
    keeper.shoot("handover-giver")
    accept(investigator, lent, exhibit, **FOUND)
    investigator.page.goto(page)
    expect(investigator.page.locator("[data-test=whereabouts]")).to_have_text("借出")
    expect(investigator.page.locator("[data-test=health] [data-health]")).to_have_attribute("data-health", "sound")

    second = people("diaocha2")
    second.page.goto(page)
    doing(second, "紧急接管")
    second.page.fill("#reason", "借用人突发疾病，现场无人看管")
    second.page.fill("#seal_before", SEAL)
    second.page.fill("#proof", demo.PASSWORD)
    second.shoot("custody-take-over")
    second.page.click("[data-test=take-over-submit]")
    expect(second.page.locator("[data-test=defects] [data-defect=taken_over]")).to_be_visible()

    supervisor = people("jiandu")
    supervisor.page.goto("/custody")
    supervisor.shoot("custody-hands-supervisor")
    supervisor.page.locator(f"[data-held='{exhibit}'] a").first.click()
    decide(supervisor, "agreed", "情况属实")
    expect(supervisor.page.locator("[data-event=reviewed]")).to_be_visible()
    supervisor.shoot("exhibit-reviewed")

    corrected(investigator, page)
    second.page.goto("/custody")
    second.shoot("custody-hands-investigator")


def wrong_seal_is_told(keeper: Person, exhibit: str) -> None:
    page = keeper.page
    page.locator("[data-handover] .btn").first.click()
    form = page.locator(f"[data-answer='{exhibit}']")
    expect(form.locator(".only-accept")).to_be_hidden()
    form.locator("input[value=accept]").check()
    for name, value in {**FOUND, "seal_before": "FY-2026-000118"}.items():
        form.locator(f"[name='{name}:{exhibit}']").fill(value)
    page.fill("#proof", demo.PASSWORD)
    page.click("[data-test=answer-submit]")
    expect(page.locator("[data-refusal]")).to_contain_text("封条号与保管链一致")
    expect(form.locator(f"[name='seal_before:{exhibit}']")).to_have_value("FY-2026-000118")
    keeper.shoot("handover-wrong-seal")


def doing(person: Person, label: str) -> None:
    person.page.locator("#standing details summary").click()
    person.page.locator("[data-test=doings]").get_by_text(label, exact=True).click()


def decide(person: Person, decision: str, opinion: str) -> None:
    page = person.page
    page.check(f"[data-test=decision-form] input[value={decision}]")
    page.fill("#opinion", opinion)
    page.fill("#proof", demo.PASSWORD)
    page.click("[data-test=decision-submit]")


def corrected(person: Person, url: str) -> None:
    page = person.page
    page.goto(url)
    page.locator("#chain-0 details.raw summary").click()
    page.locator("#chain-0").get_by_text("更正这一条").click()
    page.fill("#fact-method", "剪取")
    page.fill("#reason", "登记时写错")
    person.shoot("custody-correct")
    page.click("[data-test=correct-submit]")
    expect(page.locator("#chain-0")).to_contain_text("更正，以更正为准")
    expect(page.locator("[data-event=corrected]")).to_be_visible()
