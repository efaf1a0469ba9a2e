"""Somebody at a real browser, on a laptop or a phone; the fixtures ``browser`` and ``investigator`` are in conftest.py.

Pictures go to test-results/screens: 1366x768, and the pages again at phone width.
"""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from casesvc import demo
from tests.casesvc.serving import Served
from tests.servers import ROOT

SCREENS = ROOT / "test-results" / "screens"
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]
LAID_OUT = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
}"""
"""Resolves when what follows from a change of size has been drawn."""


class Person:
    """Somebody at a browser; any error on the console, or a page that scrolls sideways, fails the test."""

    def __init__(self, browser: Browser, served: Served, login: str) -> None:
        self.context = browser.new_context(
            base_url=served.url, viewport=LAPTOP, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", demo.PASSWORD)
        self.page.click("[data-test=login-submit]")
        expect(self.page.locator("h1")).to_be_visible()

    def shoot(self, name: str, *, whole: bool = True) -> None:
        for suffix, size in (("", LAPTOP), ("-phone", PHONE)):
            self.page.set_viewport_size(size)
            self.page.evaluate(LAID_OUT)
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name}{suffix} scrolls sideways by {wide} px"
            self.page.screenshot(path=SCREENS / f"{name}{suffix}.png", full_page=whole, animations="disabled")
        self.page.set_viewport_size(LAPTOP)
        assert self.complaints == []

    def look(self, case: str, tab: str) -> None:
        """The case at one of its tabs, afresh: going to another tab of an open page loads nothing."""
        self.page.goto(f"/cases/{case}#{tab}")
        self.page.reload()

    def step(self, case: str, slug: str, **facts: str) -> None:
        self.look(case, "steps")
        row = self.page.locator(f"[data-step={slug}]")
        form = row.locator("[data-step-form]")
        if not form.is_visible():
            row.locator("summary").click()
        if decision := facts.pop("decision", ""):
            form.locator(f"[name='fact.decision'][value={decision}]").check()
        for fact, value in facts.items():
            form.locator(f"[name='fact.{fact}']").fill(value)
        form.locator("button").click()
        expect(self.page.locator(f"[data-step={slug}]")).to_have_attribute("data-state", "recorded")

    def issue(self, case: str, form: str, fields: dict[str, str], before=lambda page: None) -> str:
        """Fill and issue a document; returns its number after downloading the file."""
        page = self.page
        page.goto(f"/cases/{case}/documents/new/{form}")
        before(page)
        for path, value in fields.items():
            page.locator(f"[data-test='{path}']:visible").fill(value)
        self.shoot(f"document-{form}")
        page.click("[data-test=issue]")
        page.wait_for_url(re.compile(r"/cases/[^/]+#documents"))
        row = page.locator("[data-document]").filter(has=page.get_by_text(form, exact=True)).first
        with page.expect_download() as download:
            row.locator("[data-test=document-file]").click()
        assert Path(download.value.path()).read_bytes().startswith(b"PK")
        assert download.value.suggested_filename.endswith(".docx")
        return row.get_attribute("data-document") or ""


def hand_over(giver: Person, case: str, exhibit: str, act: str, **fields: str) -> str:
    """Offer an exhibit on its page; returns the number of the handover. ``to`` is an option of the receivers' list."""
    page = giver.page
    page.goto(f"/cases/{case}/custody/offer?type={act}&exhibits={exhibit}")
    if to := fields.pop("to", ""):
        page.select_option("#to", label=to)
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.click("[data-test=offer-submit]")
    return page.locator("[data-test=handover-number]").inner_text()


def accept(receiver: Person, handover: str, exhibit: str, **found: str) -> None:
    """Accept an exhibit from the list of what waits for the person."""
    page = receiver.page
    page.goto("/custody")
    page.locator(f"[data-handover={handover}] .btn").click()
    form = page.locator(f"[data-answer='{exhibit}']")
    form.locator("input[value=accept]").check()
    for name, value in found.items():
        form.locator(f"[name='{name}:{exhibit}']").fill(value)
    page.fill("#proof", demo.PASSWORD)
    page.click("[data-test=answer-submit]")
    expect(page.locator(f"[data-item='{exhibit}'] [data-outcome]")).to_have_attribute("data-outcome", "accepted")
