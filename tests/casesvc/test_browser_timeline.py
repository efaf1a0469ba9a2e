"""A clock measured in a real browser: picked from the table, told while typed, and the timeline corrected by it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from casesvc.present_times import offset_text
from tests.casesvc.browsing import Person
from tests.casesvc.serving import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    """The demo's fire, whose photographs are of two cameras."""
    made = Served(tmp_path_factory.mktemp("timeline") / "data", photographs=True).start()
    yield made
    made.kill()


def test_a_clock_is_measured_on_the_page_and_corrects_the_line(served, browser):
    person = Person(browser, served, "diaocha")
    page = person.page
    page.goto("/cases")
    page.locator("tr[data-case] .cover").first.click()
    page.click("[data-test=timeline-link]")
    line = page.url
    # the reader works behind the answer
    for _ in range(60):
        page.goto(line)
        if page.locator("[data-entry=evidence]").count() == 11:
            break
        page.wait_for_timeout(500)
    expect(page.locator("[data-entry=evidence]")).to_have_count(11)
    expect(page.locator("[data-corrected]")).to_have_count(0)
    person.shoot("60-timeline", whole=False)

    page.click("#tab-clocks")
    device = page.locator("tr[data-device]").first
    name = device.get_attribute("data-device")
    device.locator("[data-measure]").click()
    expect(page.locator("#device-choice")).to_have_value(name)
    expect(page.locator("#device")).to_be_hidden()
    expect(page.locator("[data-unknown]")).to_be_hidden()
    preview = page.locator("[data-preview]")
    expect(preview).to_be_hidden()
    page.fill("#beijing_at", "2026-11-24T12:00:00")
    for shown, offset in (
        ("2026-11-24T12:00:00", 0),
        ("2026-11-24T11:59:01", -59),
        ("2026-11-26T13:02:03", 2 * 86400 + 3723),
        ("2026-11-24T13:02:10", 3730),
    ):
        page.fill("#shown", shown)
        expect(preview).to_contain_text(offset_text(offset))
    page.fill("#how", "手机网络时间同框拍照")
    person.shoot("61-clock", whole=False)
    page.click("[data-test=clock-submit]")
    offset = page.locator(f'tr[data-device="{name}"] [data-offset]')
    expect(offset).to_have_text("快 1 小时 02 分 10 秒")
    expect(page.locator("#clocks")).to_be_visible()
    expect(page.locator("[data-test=measured]")).to_have_text(
        f"已记录：{name} 快 1 小时 02 分 10 秒，10 个文件的时间已校正。"
    )

    page.click("#tab-line")
    expect(page.locator("[data-corrected]")).to_have_count(10)
    page.click("[data-kind=clock]")
    expect(page.locator("[data-entry]")).to_have_count(1)
    page.click("#tab-doubts")
    page.locator("[data-outlier=undated]").scroll_into_view_if_needed()
    person.shoot("62-doubts", whole=False)
    page.locator("[data-outlier=undated] [data-exhibit] a").first.click()
    page.wait_for_url(re.compile("/exhibits/"))
    assert person.complaints == []


def test_a_device_without_files_is_warned_of_and_confirmed_before_it_is_recorded(served, browser):
    person = Person(browser, served, "diaocha")
    page = person.page
    page.goto("/cases")
    page.locator("tr[data-case] .cover").first.click()
    page.click("[data-test=timeline-link]")
    page.click("#tab-clocks")
    warned = page.locator("[data-unknown]")
    expect(warned).to_be_hidden()
    page.locator("#device-choice").select_option(label="其他（本案暂无其文件，例如 DVR）")
    expect(warned).to_be_visible()
    page.fill("#device", "NIKON")
    page.fill("#shown", "2026-11-24T13:00:00")
    page.fill("#beijing_at", "2026-11-24T12:00:00")
    page.fill("#how", "手机网络时间同框拍照")
    expect(page.locator("[data-preview]")).to_contain_text("本案没有该设备的文件，请核对名称")
    page.click("[data-test=clock-submit]")
    expect(page.locator("tr[data-device=NIKON]")).to_have_count(0)
    assert page.evaluate("document.querySelector('[data-test=unknown-device]').validity.valueMissing")
    page.check("[data-test=unknown-device]")
    page.fill("#device", "东门 DVR")
    expect(page.locator("[data-test=unknown-device]")).not_to_be_checked()
    page.fill("#device", page.locator("#device-choice option[data-files]").first.get_attribute("value"))
    expect(warned).to_be_hidden()
    page.fill("#device", "东门 DVR")
    page.check("[data-test=unknown-device]")
    person.shoot("63-clock-unknown", whole=False)
    page.click("[data-test=clock-submit]")
    expect(page.locator("[data-test=measured]")).to_contain_text("已记录：东门 DVR 快 1 小时 00 分 00 秒")
    expect(page.locator("tr[data-device='东门 DVR']")).to_be_visible()
    page.locator("tr[data-device='东门 DVR'] [data-measure]").click()
    expect(page.locator("#device")).to_have_value("东门 DVR")
    expect(warned).to_be_visible()
    assert person.complaints == []
