"""Uploading in a real browser while answers are lost and the service dies: each file becomes exactly one exhibit."""

import os

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.casesvc.serving import Served
from tests.casesvc.test_browser import FLAGS, Person

FILES = 20
LOSE_THREE_ANSWERS = """
  window.lost = 0;
  window.XMLHttpRequest = class extends window.XMLHttpRequest {
    constructor() {
      super();
      this.addEventListener("load", (event) => {
        if (this.status !== 201 || window.lost >= 3) return;
        window.lost += 1;
        event.stopImmediatePropagation();
        this.onerror(event);
      });
    }
  };
"""


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setattr("casesvc.demo.demo_photographs", lambda _at, **_size: [])
    made = Served(tmp_path / "data").start()
    yield made
    made.kill()


@pytest.fixture
def investigator(chromium_path, served):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield Person(browser, served, "diaocha")
        browser.close()


def test_lost_answers_and_a_killed_service_leave_exactly_one_exhibit_a_file(investigator, served, tmp_path):
    page = investigator.page
    case = served.client().get("/api/v1/cases").json()[0]["number"]
    before = {row["number"] for row in served.client().get(f"/api/v1/cases/{case}/exhibits").json()}
    paths = [tmp_path / f"{number:02}.bin" for number in range(FILES)]
    for path in paths:
        path.write_bytes(os.urandom(300_000))
    page.add_init_script(LOSE_THREE_ANSWERS)
    page.goto(f"/cases/{case}/upload")
    page.set_input_files("[data-test=pick-files]", paths)
    page.click("[data-test=start]")
    receipts = page.locator("[data-test=receipt-row]")
    for enough in (3, 9):
        expect(receipts.nth(enough)).to_be_visible(timeout=60_000)
        served.kill()
        served.start()
    expect(receipts).to_have_count(FILES, timeout=90_000)
    expect(page.locator("[data-test=equal]:visible")).to_have_count(FILES)
    expect(page.locator("[data-test=queue-row]")).to_have_count(0)
    assert page.evaluate("window.lost") == 3
    kept = [row for row in served.client().get(f"/api/v1/cases/{case}/exhibits").json() if row["number"] not in before]
    assert sorted(row["file"]["name"] for row in kept) == [path.name for path in paths]
    assert investigator.complaints == []
