"""The gallery of more than a thousand photographs in a real browser: scrolled, sifted, viewed and mapped."""

import re

import pytest
from playwright.sync_api import expect

from casesvc.accounts import actor_of
from casesvc.installation import install
from casesvc.settings import Settings
from tests.casesvc.browsing import LAPTOP, PHONE, SCREENS, Person
from tests.casesvc.many import CATEGORIES, NAMES, enter_many, stated, written
from tests.casesvc.serving import Served

pytestmark = pytest.mark.timeout(600)  # they are entered one by one
COUNT = 1200
PICTURED = {*range(40), *range(COUNT - 40, COUNT)}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    data = tmp_path_factory.mktemp("gallery")
    made = Served(data)
    here = install(Settings(data_dir=data))
    with here.database.reading() as tx:
        by = actor_of(tx, "diaocha")
    enter_many(here, by, "4105022026O0001", COUNT, pictured=PICTURED)
    here.database.engine.dispose()
    yield made.start()
    made.kill()


@pytest.fixture(scope="module")
def investigator(browser, served):
    person = Person(browser, served, "diaocha")
    person.page.on("console", lambda said: said.type in {"error", "warning"} and person.complaints.append(said.text))
    yield person
    person.context.close()


@pytest.fixture
def page(investigator):
    page = investigator.page
    page.goto("about:blank")
    page.set_viewport_size(LAPTOP)
    page.goto("/cases/4105022026O0001/gallery")
    expect(page.locator("[data-test=said]")).to_have_text(f"共 {COUNT} 件")
    yield page
    assert investigator.complaints == []


CELLS = "[data-exhibit]"


def serial(index: int) -> str:
    """The number of photograph ``index``: the demo's sample is the first exhibit."""
    return f"4105022026O0001-{index + 2:04}"


def test_thousands_are_scrolled_to_the_end_with_a_page_of_cells(investigator, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/thumbnail") else None)
    expect(page.locator(f"[data-exhibit='{serial(0)}'] img")).to_be_visible()
    investigator.shoot("gallery", whole=False)
    before = len(asked)
    most = page.evaluate(
        """async () => {
          const end = document.documentElement.scrollHeight - innerHeight;
          let most = 0;
          for (let step = 1; step <= 60; step += 1) {
            scrollTo(0, (end * step) / 60);
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll("[data-exhibit]").length);
          }
          return most;
        }"""
    )
    assert most < 300
    last = page.locator(f"[data-exhibit='{serial(COUNT - 1)}']")
    expect(last.locator("img")).to_be_visible()
    assert last.locator("xpath=..").get_attribute("aria-posinset") == str(COUNT)
    flown_past = {url.split("/")[-2] for url in asked[before:]} - {serial(index) for index in range(COUNT - 40, COUNT)}
    assert len(flown_past) < 40, "what only flies past is not fetched, and not recorded as seen"


def test_the_conditions_give_the_right_counts_and_stay_in_the_address(page):
    def said(count):
        expect(page.locator("[data-test=said]")).to_contain_text(f"{count} 件，共 {COUNT} 件")

    page.select_option("[data-test=sieve-category]", "细目")
    said(sum(stated(index)["category"] == "细目" for index in range(COUNT)))
    page.select_option("[data-test=sieve-person]", "李文静")
    said(sum(stated(i)["category"] == "细目" and "taken_by" in stated(i) for i in range(COUNT)))
    page.select_option("[data-test=sieve-device]", "HUIYAN X0")
    page.select_option("[data-test=sieve-place]", "库房3")
    chosen = [i for i in range(COUNT) if i % 4 == 3 and i % 3 == 0 and i % 5 == 3]
    said(len(chosen))
    page.fill("[data-test=sieve-from]", "2026-11-03T08:00")
    page.fill("[data-test=sieve-to]", "2026-11-03T23:59")
    dated = [i for i in chosen if written(i).get("device_time", "").startswith("2026:11:03")]
    said(len(dated))
    expect(page.locator("[data-test=said]")).to_contain_text("没有可读的拍摄时间")
    numbers = {serial(index) for index in dated}
    page.reload()
    said(len(dated))
    assert {cell.get_attribute("data-exhibit") for cell in page.locator(CELLS).all()} <= numbers
    page.fill("[data-test=sieve-q]", "没有这样的名称")
    expect(page.get_by_text("没有符合条件的证据")).to_be_visible()
    page.click("[data-test=sieve-clear]")
    expect(page.locator("[data-test=said]")).to_have_text(f"共 {COUNT} 件")
    assert page.url.endswith("/gallery")


def test_the_order_is_by_number_or_by_time_and_what_has_no_time_is_last(page):
    first = page.locator(CELLS).first
    page.select_option("[data-test=sort]", "-number")
    expect(first).to_have_attribute("data-exhibit", serial(COUNT - 1))
    page.select_option("[data-test=sort]", "time")
    earliest = min((written(i)["device_time"], i) for i in range(COUNT) if i % 7)
    expect(first).to_have_attribute("data-exhibit", serial(earliest[1]))
    page.select_option("[data-test=sort]", "-time")
    latest = max((written(i)["device_time"], -i) for i in range(COUNT) if i % 7)
    expect(first).to_have_attribute("data-exhibit", serial(-latest[1]))


def test_the_keyboard_alone_moves_opens_steps_and_closes(investigator, page):
    page.locator(CELLS).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.exhibit")
    assert focused not in {serial(0), serial(1)}
    page.keyboard.press("Enter")
    viewer = page.locator("dialog[open]")
    expect(viewer.locator("[data-viewer-number]")).to_have_text(focused)
    expect(viewer.locator(".viewer-picture img")).to_be_visible()
    expect(viewer.locator("[data-digest='SHA-256']")).to_be_visible()
    expect(viewer.locator(".viewer-chain")).to_contain_text("提取")
    assert page.url.endswith(f"#{focused}")
    investigator.shoot("gallery-viewer", whole=False)
    page.keyboard.press("ArrowRight")
    following = f"{focused[:-4]}{int(focused[-4:]) + 1:04}"
    expect(viewer.locator("[data-viewer-number]")).to_have_text(following)
    expect(viewer.locator("[data-test=viewer-page]")).to_have_attribute("href", re.compile(following))
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.exhibit") == following
    assert "#" not in page.url
    page.keyboard.press("End")
    expect(page.locator(f"[data-exhibit='{serial(COUNT - 1)}']")).to_be_focused()
    page.mouse.wheel(0, -100_000)
    expect(page.locator(f"[data-exhibit='{serial(0)}']")).to_be_visible()
    expect(page.locator(f"[data-exhibit='{serial(COUNT - 1)}']")).to_be_focused()


def test_the_page_of_the_case_leads_to_the_gallery(page):
    page.goto("/cases/4105022026O0001")
    page.click("[data-test=gallery-link]")
    expect(page.locator(CELLS).first).to_be_visible()


def test_an_address_with_a_number_opens_the_viewer_and_back_closes_it(page):
    page.goto(f"{page.url}?category=概貌#{serial(1)}")
    viewer = page.locator("dialog[open]")
    expect(viewer.locator("[data-viewer-number]")).to_have_text(serial(1))
    expect(viewer.locator("[data-viewer-at]")).to_have_text(f"1 / {COUNT // len(CATEGORIES)}")
    page.click("[data-test=viewer-close]")
    expect(viewer).to_have_count(0)
    page.locator(CELLS).nth(1).click()
    expect(viewer).to_be_visible()
    page.go_back()
    expect(viewer).to_have_count(0)
    page.goto(f"{page.url.split('#')[0]}#4105022026O0001-9999")
    expect(viewer).to_have_count(0)


def test_a_name_with_markup_is_text(page):
    cell = page.locator(f"[data-exhibit='{serial(5)}']")
    expect(cell.locator(".cell-name")).to_have_text(NAMES[5])
    cell.click()
    expect(page.locator("[data-viewer-name]")).to_have_text(NAMES[5])
    page.keyboard.press("Escape")


def test_the_map_shows_the_points_without_any_other_host(investigator, page):
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.click("[data-test=view-map]")
    mapped = sum("latitude" in written(index) for index in range(COUNT))
    expect(page.locator("[data-mapped]")).to_have_text(str(mapped))
    expect(page.locator("[data-unmapped]")).to_contain_text(f"{COUNT - mapped} 件没有定位")
    marks = page.locator(".point")
    assert 1 < marks.count() < 400
    assert sum(int(mark) for mark in marks.all_inner_texts()) == mapped, "all points are in view at first"
    assert page.locator(".map-line").count() > 4
    investigator.shoot("gallery-map", whole=False)
    page.fill("[data-test=sieve-q]", "IMG_0001.jpg")
    expect(marks).to_have_count(1)
    marks.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] [data-viewer-number]")).to_have_text(serial(1))
    page.keyboard.press("Escape")
    page.fill("[data-test=sieve-q]", "")
    page.reload()
    expect(page.locator(".point").first).to_be_visible()
    assert hosts == {page.url.split("/")[2]}


def test_on_a_phone_a_swipe_shows_the_next(investigator, page):
    page.set_viewport_size(PHONE)
    page.reload()
    expect(page.locator(f"[data-exhibit='{serial(0)}'] img")).to_be_visible()
    expect(page.locator("[data-test=sieve-q]")).to_be_hidden()
    page.screenshot(path=SCREENS / "gallery-phone-closed.png")
    page.locator(CELLS).first.click()
    viewer = page.locator("dialog[open]")
    picture = viewer.locator(".viewer-picture img")
    expect(picture).to_be_visible()
    for type_, x in (("pointerdown", 300), ("pointerup", 120)):
        picture.dispatch_event(type_, {"pointerType": "touch", "clientX": x, "clientY": 300, "bubbles": True})
    expect(viewer.locator("[data-viewer-number]")).to_have_text(serial(1))
    wide = page.evaluate("document.querySelector('dialog').scrollWidth - document.querySelector('dialog').clientWidth")
    assert wide <= 0
