"""The log's page in a real browser: the newest checkpoint, and a printed one typed in."""

import pytest
from playwright.sync_api import expect

from tests.casesvc.browsing import Person


@pytest.fixture
def supervisor(browser, served):
    person = Person(browser, served, "jiandu")
    yield person
    assert person.complaints == []
    person.context.close()


def test_a_printed_checkpoint_is_typed_in(supervisor):
    page = supervisor.page
    page.goto("/log")
    for _ in range(80):  # the service publishes within ten seconds, on a busy machine later
        if page.locator("[data-test=printed]").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    printed = page.locator("[data-test=printed]").inner_text()
    supervisor.shoot("log")
    page.fill("#printed", printed)
    page.click("[data-test=check]")
    expect(page.locator("[data-result=consistent]")).to_contain_text("一致")
    supervisor.shoot("log-consistent")
    name, size, _ = printed.split()
    page.fill("#printed", f"{name} {size} 0123456789abcdef")
    page.click("[data-test=check]")
    expect(page.locator("[data-result=contradicts]")).to_contain_text("不一致")
    supervisor.shoot("log-contradicts")
    page.fill("#printed", "不是检查点")
    page.click("[data-test=check]")
    expect(page.locator("[data-test=refusal]")).to_contain_text("不是检查点")
