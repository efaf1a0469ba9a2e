"""The whole path in a real browser: every role works one fire from alarm to referral; screenshots are kept."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from casesvc.demo.photographs import demo_photographs
from evidence.moments import BEIJING
from tests.casesvc.browsing import LAPTOP, SCREENS, Person, accept, hand_over
from tests.casesvc.serving import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """With the photographs of the demo's fire."""
    made = Served(tmp_path_factory.mktemp("walk"), photographs=True).start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def people(browser, served):
    made = {}

    def person(login: str) -> Person:
        if login not in made:
            made[login] = Person(browser, served, login)
        return made[login]

    yield person
    for one in made.values():
        one.context.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("card") / "100HUIYAN"
    folder.mkdir()
    for photograph in demo_photographs(datetime(2026, 11, 24, 22, 40, tzinfo=BEIJING), width=480):
        (folder / photograph.file_name).write_bytes(photograph.content)
    return folder


def test_a_wrong_password_is_told_in_place(browser, served):
    context = browser.new_context(base_url=served.url, viewport=LAPTOP)
    page = context.new_page()
    page.goto("/cases")
    expect(page).to_have_url(re.compile("/login"))
    page.screenshot(path=SCREENS / "login.png")
    page.fill("#login", "diaocha")
    page.fill("#password", "wrong")
    page.click("[data-test=login-submit]")
    expect(page.locator("[data-test=login-refusal]")).to_contain_text("账号或密码不正确")
    expect(page.locator("#login")).to_have_value("diaocha")
    context.close()


def test_one_fire_from_alarm_to_referral(people, pictures):
    investigator = people("diaocha")
    page = investigator.page
    investigator.shoot("home-investigator")

    page.goto("/incidents/new")
    for name, value in (
        ("burning", "砖混结构仓库内纸箱"),
        ("place", "安阳市文峰区文昌大道西段鑫源家具仓库"),
        ("caller", "王师傅"),
        ("phone", "13800000000"),
    ):
        page.fill(f"#{name}", value)
    investigator.shoot("incident-new")
    page.click("[data-test=incident-then-case]")
    page.wait_for_url(re.compile("/incidents/.+/case"))
    page.fill("#name", "安阳市文峰区鑫源家具仓库“11·24”火灾")
    investigator.shoot("case-open")
    page.click("[data-test=open-case-submit]")
    page.wait_for_url(re.compile(r"/cases/\d"))
    case = page.locator("[data-test=case-number]").inner_text()
    expect(page.locator("[data-step=scene_inspected]")).to_have_attribute("data-state", "shut")

    people("shenpi").step(case, "investigators_assigned", first="王建国", second="李文静")
    investigator.step(
        case, "scene_inspected", inspected_at="11月25日 08:30 至 11:40", leader="王建国", result="东墙烧损最重"
    )

    upload(investigator, case, pictures)
    sample = register_sample(investigator, case)

    handover = hand_over(investigator, case, sample, "handed_in")
    custodian = people("baoguan")
    custodian.page.goto("/")
    custodian.shoot("home-custodian")
    accept(custodian, handover, sample, quantity="1 个", seal_before="FY-2026-000201", condition="封口完好")
    custodian.page.goto(f"/cases/{case}/exhibits/{sample}")
    expect(custodian.page.locator("[data-test=holder]")).to_contain_text("赵敏")
    expect(custodian.page.locator("[data-test=health] [data-health]")).to_have_attribute("data-health", "sound")
    custodian.shoot("exhibit-sample")

    number = investigator.issue(case, "D13", {})
    assert number == f"{case}-D13-01"
    investigator.step(case, "parties_heard", parties="王师傅到场", cause="电气线路短路引燃纸箱", opinions="无异议")
    people("shenpi").look(case, "steps")
    people("shenpi").shoot("case-steps-approver")
    people("shenpi").step(case, "determination_approved", decision="agreed", opinion="同意认定")
    number = investigator.issue(
        case,
        "D31",
        {
            "burned_area": "120",
            "direct_loss": "179000",
            "deaths": "0",
            "injuries": "0",
            "cause.area": "库房东部货架区",
            "cause.point": "东墙配电箱下方，距北墙 2.35 米",
            "parties.0": "王师傅",
        },
    )
    assert number.endswith("号")
    assert "消火认字〔" in number

    legal = people("fazhi")
    legal.step(
        case, "suspicion_reported", suspect="马某", charge="失火罪", team="陈志远、王建国", facts="违规使用大功率电器"
    )
    legal.shoot("case-steps-legal")
    people("shenpi").step(case, "referral_approved", decision="agreed", opinion="同意移送")
    basis = "《中华人民共和国刑法》第一百一十五条第二款"
    pages = {f"attachments.{row}.{field}": "1" for row in (0, 1) for field in ("copies", "pages")}
    number = legal.issue(case, "D48", {**pages, "charge_basis.0": basis, "phone": "0372-1190000"})
    assert "消移字〔" in number

    investigator.look(case, "steps")
    investigator.shoot("case-steps")
    investigator.look(case, "exhibits")
    expect(page.locator(".photo img").first).to_be_visible()
    investigator.shoot("case-exhibits")
    investigator.look(case, "documents")
    investigator.shoot("case-documents")
    supervise(people("jiandu"), case)


def upload(investigator: Person, case: str, pictures: Path) -> None:
    page = investigator.page
    page.goto(f"/cases/{case}/upload")
    page.set_input_files("[data-test=pick-folder]", pictures)
    expect(page.locator("[data-test=queue-row]")).to_have_count(12)
    page.locator("[data-test=common-place]").fill("鑫源家具仓库")
    page.locator("[data-test=common-category]").select_option("概貌")
    investigator.shoot("upload-queue")
    page.click("[data-test=start]")
    expect(page.locator("[data-test=receipt-row]")).to_have_count(12, timeout=60_000)
    expect(page.locator("[data-test=equal]:visible")).to_have_count(12)
    expect(page.locator("[data-test=total-failed]")).to_have_text("0")
    investigator.shoot("upload-receipt")
    expect(page.locator("[data-test=live]")).to_have_text("全部 12 个文件已登记。")
    # an empty file is not taken, and says so for as long as the person leaves it there
    page.set_input_files("[data-test=pick-files]", [{"name": "空.jpg", "mimeType": "image/jpeg", "buffer": b""}])
    expect(page.locator("[data-test=aside] [data-test=row-status]")).to_contain_text("0 字节")
    expect(page.locator("[data-test=queue] [data-test=queue-row]")).to_have_count(0)


def register_sample(investigator: Person, case: str) -> str:
    page = investigator.page
    page.goto(f"/cases/{case}/samples/new")
    for name, value in (
        ("name", "断路器残骸"),
        ("quantity", "1 个"),
        ("features", "DZ47 型，壳体熔融变形"),
        ("position", "库房东墙配电箱内，距北墙 2.35 米"),
        ("method", "拆取"),
        ("packing", "物证袋密封"),
        ("photo", "007"),
        ("second_officer", "李文静"),
        ("witness", "王师傅"),
        ("seal", "FY-2026-000201"),
    ):
        page.fill(f"[name={name}]", value)
    investigator.shoot("sample-new")
    page.locator("[data-test=sample-form] button[type=submit], [data-test=sample-form] .form-end button").first.click()
    page.wait_for_url(re.compile(f"/cases/{case}/exhibits/"))
    return page.locator("[data-test=exhibit-number]").inner_text()


def supervise(supervisor: Person, case: str) -> None:
    page = supervisor.page
    page.goto(f"/cases/{case}/exhibits/{case}-0001")
    expect(page.locator("[data-event]").first).to_be_visible()
    supervisor.shoot("exhibit-photo")
    page.goto(f"/cases/{case}")
    page.click("[data-test=verify]")
    expect(page.locator("[data-sound]")).to_have_attribute("data-sound", "true", timeout=60_000)
    page.wait_for_url(re.compile("/verifications/"))
    page.reload()
    expect(page.locator("[data-test=verified-at]")).to_be_visible()
    supervisor.shoot("verification")
    page.goto("/status")
    expect(page.locator("[data-sound]")).to_have_attribute("data-sound", "false")
    supervisor.shoot("status")
    for path in ("cases", "forms"):
        page.goto(f"/{path}")
        supervisor.shoot(path)


def test_a_missing_field_keeps_what_was_typed(people):
    investigator = people("diaocha")
    page = investigator.page
    page.goto("/cases")
    case = page.locator("[data-case]").first.get_attribute("data-case")
    page.goto(f"/cases/{case}/documents/new/D13")
    page.locator("[data-test=place]").fill("改过的地点")
    page.locator("[data-test='items.0.quantity']").fill("")
    page.click("[data-test=issue]")
    expect(page.locator("[data-test=problem]")).to_contain_text("数量")
    expect(page.locator("[data-test=place]")).to_have_value("改过的地点")
    investigator.shoot("document-refused")


def test_somebody_elses_page_says_what_to_do(people):
    investigator = people("diaocha")
    investigator.page.goto("/cases/4105232026O0001")
    expect(investigator.page.locator("main")).to_contain_text("不在您的查看范围")
    investigator.shoot("problem")


def test_the_interactive_documentation_works(people):
    page = people("guanli").page
    page.goto("/schema")
    expect(page.get_by_text("Open the case of an incident")).to_be_visible()
    page.screenshot(path=SCREENS / "schema.png")
    for path in ("accounts", "accounts/new", "password"):
        page.goto(f"/{path}")
        people("guanli").shoot(path.replace("/", "-"))
