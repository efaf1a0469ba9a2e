"""One-time codes in a real browser: enrolled with what the page shows, and ended; looked at on laptop and phone."""

import pyotp
from playwright.sync_api import expect

from casesvc import demo


def test_codes_are_enrolled_with_what_the_page_shows_and_ended(investigator):
    page = investigator.page
    page.locator("[data-menu] summary").click()
    page.locator("[data-menu] a", has_text="动态口令").click()

    page.fill("#begin-password", "wrong")
    page.click("[data-test=totp-begin]")
    expect(page.locator("[data-refusal]")).to_contain_text("密码不正确")
    investigator.shoot("totp-begin")
    page.fill("#begin-password", demo.PASSWORD)
    page.click("[data-test=totp-begin]")

    expect(page.locator("[data-test=totp-begun] svg.qr")).to_be_visible()
    box = page.locator("svg.qr").bounding_box()
    assert box["width"] >= 180, "a telephone must be able to read it"
    assert box["width"] == box["height"]
    key = page.locator("[data-test=totp-key]").inner_text().replace(" ", "")
    page.fill("#code", "12 34 5")
    page.click("[data-test=totp-first]")
    expect(page.locator("#code-refused")).to_contain_text("请核对手机时间")
    investigator.shoot("totp-begun")
    page.fill("#code", pyotp.TOTP(key).now())
    page.click("[data-test=totp-first]")

    expect(page.locator("[data-test=totp-state]")).to_have_text("使用中")
    investigator.shoot("totp-in-force")
    page.fill("#end-password", demo.PASSWORD)
    page.click("[data-test=totp-end]")
    expect(page.locator("[data-test=totp-done]")).to_contain_text("已停用")
    expect(page.locator("[data-test=totp-begin-form]")).to_be_visible()
