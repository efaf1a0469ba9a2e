"""Uploading in a real browser, while everything on the way goes wrong: each file becomes exactly one exhibit, and what
the service has acknowledged is not sent again."""

import hashlib
import os
import re
import sqlite3
import time
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from casesvc import demo
from tests.casesvc.browsing import PHONE, Person
from tests.casesvc.tus import address, piece

MIB = 1 << 20
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


class Sent:
    """What the page sends, request by request."""

    def __init__(self, page: Page) -> None:
        self.pieces: list[tuple[str, int]] = []
        self.declared: list[str] = []
        page.on("request", self._see)

    def _see(self, request) -> None:
        if "/api/v1/uploads" not in request.url or request.method not in {"POST", "PATCH"}:
            return
        self.pieces.append((request.method, int(request.headers.get("upload-offset", 0))))
        self.declared += [digest for name, digest in request.headers.items() if name == "repr-digest"]


def open_page(page: Page, case: str) -> None:
    page.goto(f"/cases/{case}/upload")
    ready(page)


def ready(page: Page) -> None:
    expect(page.locator("[data-upload][data-ready]")).to_be_attached()


def named(tmp_path: Path, **sizes: int) -> Path:
    folder = tmp_path / "DCIM" / "100HUIYAN"
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in sizes.items():
        (folder / name.replace("_", ".")).write_bytes(os.urandom(size))
    return folder


def receipts(page: Page, count: int, timeout: float = 60_000):
    expect(page.locator("[data-test=receipt-row]")).to_have_count(count, timeout=timeout)
    expect(page.locator("[data-test=equal]:visible")).to_have_count(count)


class Line:
    """The line of a page: as fast as it likes, slow, or cut."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("Network.enable")

    def slow(self, rate: int) -> None:
        """Let out ``rate`` bytes a second; -1 for all there are."""
        self._set(rate, offline=False)

    def cut(self) -> None:
        self._set(-1, offline=True)

    def whole(self) -> None:
        self.slow(-1)

    def _set(self, rate: int, *, offline: bool) -> None:
        limits = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
        self._devtools.send("Network.emulateNetworkConditions", limits)


def files(api, case: str) -> dict[str, str]:
    """Names and digests of the exhibits of a case."""
    rows = api.get(f"/api/v1/cases/{case}/exhibits").json()
    found = {row["file"]["name"]: row["file"]["sha256"] for row in rows}
    assert len(found) == len(rows), "no file is there twice"
    return found


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_lost_answers_and_a_killed_service_leave_exactly_one_exhibit_a_file(investigator, served, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, **{f"{number:02}_bin": 300_000 for number in range(20)})
    page.add_init_script(LOSE_THREE_ANSWERS)
    open_page(page, case)
    page.set_input_files("[data-test=pick-files]", sorted(folder.iterdir()))
    page.click("[data-test=start]")
    for enough in (3, 9):
        expect(page.locator("[data-test=receipt-row]").nth(enough)).to_be_visible(timeout=60_000)
        served.kill()
        served.start()
    receipts(page, 20, timeout=90_000)
    expect(page.locator("[data-test=queue-row]")).to_have_count(0)
    assert page.evaluate("window.lost") == 3
    assert files(api, case) == digests(folder)


def test_after_a_reload_the_folder_is_chosen_again_and_goes_on_where_it_was(investigator, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, a_jpg=1000, b_mp4=4 * MIB, c_jpg=1000)
    open_page(page, case)
    page.set_input_files("[data-test=pick-folder]", folder.parent)
    page.fill("[data-test=common-place]", "东门")
    line = Line(page)
    line.slow(MIB)
    page.click("[data-test=start]")
    row = page.locator("[data-test=queue-row]", has_text="b.mp4")
    expect(page.locator("[data-test=receipt-row]")).to_have_count(2)
    expect(row.locator("[data-test=row-status]")).to_contain_text(re.compile("上传 [4-9].%"))
    page.reload()
    ready(page)
    receipts(page, 2)
    expect(page.locator("[data-test=missing]")).to_contain_text("请重新选择该文件（或整个文件夹）以继续")
    expect(row.locator("[data-test=row-status]")).to_contain_text("已传")
    line.whole()
    sent = Sent(page)
    page.set_input_files("[data-test=pick-folder]", folder)  # at another level
    receipts(page, 3)
    assert [method for method, _ in sent.pieces] == ["PATCH"]
    assert sent.pieces[0][1] > MIB
    assert files(api, case) == digests(folder)
    (event,) = api.get(f"/api/v1/cases/{case}/exhibits/{case}-0003").json()["chain"]
    assert event["facts"]["place"] == "东门"
    assert event["facts"]["path"] == "DCIM/100HUIYAN"


def acknowledged(api, case: str) -> None:
    """Wait until the service has acknowledged something of the one file that is sent: a busy machine takes longer."""
    for _ in range(100):
        (sending,) = api.get(f"/api/v1/cases/{case}/uploads").json()
        if sending["offset"]:
            return
        time.sleep(0.05)
    raise AssertionError("nothing was acknowledged")


def test_a_large_file_paused_and_cut_off_goes_on_where_it_was(investigator, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, a_mp4=66 * MIB)
    open_page(page, case)
    sent = Sent(page)
    page.set_input_files("[data-test=pick-files]", folder / "a.mp4")
    line = Line(page)
    line.slow(16 * MIB)
    page.click("[data-test=start]")
    status = page.locator("[data-test=row-status]")
    expect(status).to_contain_text(re.compile("上传 [2-4].%"))
    acknowledged(api, case)
    page.click("[data-test=pause]")
    expect(status).to_contain_text("已暂停")
    expect(page.locator("[data-test=start]")).to_contain_text("继续上传")
    line.slow(8 * MIB)
    page.click("[data-test=start]")
    expect(status).to_contain_text(re.compile("上传 [5-9].%"), timeout=20_000)
    line.cut()
    expect(page.locator("[data-test=held]")).to_contain_text("没有丢失")
    line.whole()
    receipts(page, 1)
    assert sent.pieces[0] == ("POST", 0)
    offsets = [offset for method, offset in sent.pieces if method == "PATCH"]
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 0
    assert len(offsets) >= 3
    assert sent.declared, "no file is sealed without a digest"
    assert files(api, case) == digests(folder)


def test_a_login_that_ended_holds_the_queue_until_the_same_person_is_back(investigator, served, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, a_jpg=2 * MIB, b_jpg=1000, c_jpg=1000)
    open_page(page, case)
    page.set_input_files("[data-test=pick-files]", sorted(folder.iterdir()))
    database = sqlite3.connect(Path(served.env["CASESVC_DATA_DIR"]) / "casesvc.sqlite3", timeout=20)
    with database:
        mine = "(SELECT max(id) FROM login_session)"
        database.execute(f"UPDATE login_session SET ended_at = seen_at WHERE id = {mine}")
    page.click("[data-test=start]")
    expect(page.locator("[data-test=held]")).to_contain_text("登录已失效")
    log_in(investigator, "diaocha2")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-test=held]")).to_contain_text("现在登录的是“李文静”")
    log_in(investigator, "diaocha")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    receipts(page, 3)
    investigator.complaints.clear()
    assert files(api, case) == digests(folder)


def log_in(person: Person, login: str) -> None:
    """In another window of the same browser."""
    other = person.context.new_page()
    other.goto("/login")
    other.fill("#login", login)
    other.fill("#password", demo.PASSWORD)
    other.click("[data-test=login-submit]")
    expect(other.locator("h1")).to_be_visible()
    other.close()


def test_bytes_changed_on_the_way_are_refused_with_both_digests_and_sent_anew(investigator, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, a_jpg=1000)
    wrong = os.urandom(1000)

    def change(route: Route) -> None:
        if route.request.method == "POST":
            route.continue_(post_data=wrong)
        else:
            route.continue_()

    open_page(page, case)
    page.route("**/api/v1/uploads", change)
    page.set_input_files("[data-test=pick-files]", folder / "a.jpg")
    page.click("[data-test=start]")
    problem = page.locator("[data-test=row-problem]")
    expect(problem).to_contain_text(digests(folder)["a.jpg"])
    expect(problem).to_contain_text(hashlib.sha256(wrong).hexdigest())
    expect(page.locator("[data-test=failed]")).to_be_visible()
    page.unroute("**/api/v1/uploads")
    page.reload()
    ready(page)
    expect(problem).to_contain_text(digests(folder)["a.jpg"])
    page.set_input_files("[data-test=pick-files]", folder / "a.jpg")
    page.click("[data-test=start]")
    receipts(page, 1)
    assert files(api, case) == digests(folder)
    page.reload()
    expect(page.locator("[data-test=unfinished-row]")).to_contain_text(hashlib.sha256(wrong).hexdigest())


def test_photographs_taken_on_a_phone_outlast_a_reload_and_are_shown_to_nobody_else(investigator, browser, api, case):
    touch = browser.new_context(
        base_url=investigator.page.url.split("/cases")[0].rstrip("/"),
        storage_state=investigator.context.storage_state(),
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
    )
    page = touch.new_page()
    open_page(page, case)
    touch.set_offline(True)
    taken = {f"photo-{number}.jpg": os.urandom(size) for number, size in enumerate((400_000, 1000))}
    for name, content in taken.items():
        page.set_input_files("[data-test=pick-camera]", {"name": name, "mimeType": "image/jpeg", "buffer": content})
    expect(page.locator("[data-test=row-kept]", has_text="已存入本机")).to_have_count(2)
    touch.set_offline(False)
    with page.expect_navigation():
        page.evaluate("document.querySelector('form[action=\"/logout\"]').submit()")
    for login, rows in (("diaocha2", 0), ("diaocha", 2)):
        page.goto("/login")
        page.fill("#login", login)
        page.fill("#password", demo.PASSWORD)
        page.click("[data-test=login-submit]")
        expect(page.locator("h1")).to_be_visible()
        open_page(page, case)
        expect(page.locator("[data-test=queue-row]")).to_have_count(rows)
        expect(page.locator("[data-test=kept-notice]")).to_be_visible(visible=rows > 0)
    page.tap("[data-test=start]")
    receipts(page, 2)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert files(api, case) == {name: hashlib.sha256(content).hexdigest() for name, content in taken.items()}
    assert list(files(api, case)) == list(taken), "numbered in the order taken"
    page.reload()
    ready(page)
    expect(page.locator("[data-test=queue-row]")).to_have_count(0)
    receipts(page, 2)
    touch.close()


def test_five_hundred_files_are_described_together_and_one_by_one(investigator, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, **{f"{number:03}_jpg": 200 + number for number in range(500)})
    open_page(page, case)
    page.set_input_files("[data-test=pick-folder]", folder)
    rows = page.locator("[data-test=queue-row]")
    expect(rows).to_have_count(500)
    page.fill("[data-test=common-place]", "库房")
    page.locator("[data-test=common-category]").select_option("概貌")
    page.locator("[data-test=row-select]").nth(0).click()
    page.locator("[data-test=row-select]").nth(2).click(modifiers=["Shift"])
    page.click("[data-test=correct-selected]")
    page.locator("[data-test=own-category]").select_option("细目")
    page.fill("[data-test=own-taken_by]", "李文静")
    page.fill("[data-test=own-witness]", "马会计")
    page.click("[data-test=facts-save]")
    rows.nth(1).locator("[data-test=row-correct]").click()
    expect(page.locator("[data-test=own-place]")).to_have_value("库房")
    page.fill("[data-test=own-place]", "东墙")
    page.fill("[data-test=own-witness]", "")
    page.locator("[data-test=own-kind]").select_option("document")
    page.click("[data-test=facts-save]")
    expect(rows.nth(1).locator("[data-test=row-facts]")).to_have_text("书证文件 · 细目 · 东墙 · 李文静")
    page.locator("[data-test=row-select]").nth(12).click()
    page.locator("[data-test=row-select]").nth(499).click(modifiers=["Shift"])
    page.click("[data-test=remove-selected]")
    expect(rows).to_have_count(12)
    page.click("[data-test=start]")
    receipts(page, 12)
    known = digests(folder)
    assert files(api, case) == {f"{number:03}.jpg": known[f"{number:03}.jpg"] for number in range(12)}
    expected = {
        "000.jpg": ("photo", "细目", "库房", "李文静", "马会计"),
        "001.jpg": ("document", "细目", "东墙", "李文静", None),
        "002.jpg": ("photo", "细目", "库房", "李文静", "马会计"),
        "003.jpg": ("photo", "概貌", "库房", None, None),
    }
    numbers = {row["file"]["name"]: row["number"] for row in api.get(f"/api/v1/cases/{case}/exhibits").json()}
    for name, said in expected.items():
        (event,) = api.get(f"/api/v1/cases/{case}/exhibits/{numbers[name]}").json()["chain"]
        told = tuple(event["facts"].get(fact) for fact in ("kind", "category", "place", "taken_by", "witness"))
        assert told == said, name


def test_what_others_left_unfinished_twins_and_a_second_window(investigator, api, case, tmp_path):
    page = investigator.page
    left = address(api, case, 10, "别处的录像.mp4")
    piece(api, left, 0, b"begun")
    folder = named(tmp_path, a_jpg=1000)
    (folder / "b.jpg").write_bytes((folder / "a.jpg").read_bytes())
    open_page(page, case)
    row = page.locator("[data-test=unfinished-row]")
    expect(row).to_contain_text("别处的录像.mp4")
    expect(row).to_contain_text("5 B / 10 B（50%）")
    expect(row).to_contain_text("王建国")
    page.set_input_files("[data-test=pick-files]", sorted(folder.iterdir()))
    page.click("[data-test=start]")
    receipts(page, 2)
    twins = page.locator("[data-test=twins]:visible a")
    expect(twins).to_have_count(1)
    assert twins.get_attribute("href") == f"/cases/{case}/exhibits/{case}-0001"
    page.set_input_files("[data-test=pick-files]", sorted(folder.iterdir()))
    expect(page.locator("[data-test=live]")).to_contain_text("2 个已登记，见下方回执")
    second = investigator.context.new_page()
    second.goto(f"/cases/{case}/upload")
    expect(second.locator("[data-test=elsewhere-open]")).to_be_visible()
    second.close()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-test=clear-receipts]")
    receipts(page, 0)
    page.set_input_files("[data-test=pick-files]", folder / "a.jpg")
    expect(page.locator("[data-test=queue-row]")).to_have_count(1)
    page.goto(f"/cases/{case}/uploads")
    expect(page.locator("[data-test=unfinished-row]")).to_contain_text("前无人续传即作废")


def test_a_file_that_is_stopped_leaves_no_part_and_is_sent_from_its_beginning_when_asked(
    investigator, api, case, tmp_path
):
    page = investigator.page
    folder = named(tmp_path, a_mp4=3 * MIB)
    open_page(page, case)
    page.set_input_files("[data-test=pick-files]", folder / "a.mp4")
    line = Line(page)
    line.slow(MIB)
    page.click("[data-test=start]")
    expect(page.locator("[data-test=row-status]")).to_contain_text(re.compile("上传 [2-6].%"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-test=row-stop]")
    expect(page.locator("[data-test=aside] [data-test=row-status]")).to_have_text("已停止")
    expect(page.locator("[data-test=row-problem]")).to_contain_text("服务器上已传的部分已清除")
    expect(page.locator("[data-test=total-bytes]")).to_have_text("0 B / 3.0 MB")
    expect(page.locator("[data-test=total-stopped]")).to_have_text("1")
    expect(page.locator("[data-test=failed]")).to_be_hidden()
    (row,) = api.get(f"/api/v1/cases/{case}/uploads").json()
    assert row["state"] == "stopped"
    page.reload()
    ready(page)
    expect(page.locator("[data-test=total-bytes]")).to_have_text("0 B / 3.0 MB")
    page.set_input_files("[data-test=pick-files]", folder / "a.mp4")
    expect(page.locator("[data-test=live]")).to_contain_text("1 个已停止，需要时点“重新上传”")
    line.whole()
    page.click("[data-test=row-retry]")
    receipts(page, 1)
    assert files(api, case) == digests(folder)


def test_an_empty_file_stays_named_until_it_is_taken_out_and_stands_on_the_printed_receipt(
    investigator, api, case, tmp_path
):
    page = investigator.page
    folder = named(tmp_path, a_jpg=1000, b_jpg=0, c_jpg=1000)
    open_page(page, case)
    page.fill("[data-test=common-place]", "东门")
    page.set_input_files("[data-test=pick-folder]", folder.parent)
    page.set_input_files("[data-test=pick-files]", folder / "a.jpg")
    status = page.locator("[data-test=aside] [data-test=row-status]")
    expect(status).to_have_text("未加入：没有内容（0 字节）")
    page.click("[data-test=start]")
    receipts(page, 2)
    expect(page.locator("[data-test=live]")).to_have_text("2 个已登记，1 个未加入。")
    expect(page.locator("[data-test=total-files]")).to_have_text("2 / 3")
    page.reload()
    ready(page)
    expect(status).to_have_text("未加入：没有内容（0 字节）")
    page.pdf()
    for told in ("DCIM/100HUIYAN/b.jpg", "未加入：没有内容（0 字节）"):
        assert told in page.locator("[data-test=unregistered]").text_content()
    for told in ("2 个，共 2.0 KB（2000 字节）；另有 1 个未登记", "提取地点东门"):
        assert told in "".join(page.locator("[data-test=receipt-head]").text_content().split("\n")).replace("  ", "")
    page.click("[data-test=row-remove]")
    expect(page.locator("[data-test=queue-row]")).to_have_count(0)
    page.set_input_files("[data-test=pick-folder]", folder.parent)
    expect(page.locator("[data-test=live]")).to_contain_text("1 个未加入，见下方“已停止和未加入”")


def test_files_sent_in_order_get_their_numbers_in_order(investigator, api, case, tmp_path):
    page = investigator.page
    # the first takes longest: beside it the others would be there before it
    folder = named(tmp_path, **{f"{number:02}_jpg": 400_000 if number % 3 == 0 else 1000 for number in range(12)})
    open_page(page, case)
    page.set_input_files("[data-test=pick-folder]", folder)
    page.check("[data-test=in-order]")
    page.reload()
    ready(page)
    expect(page.locator("[data-test=in-order]")).to_be_checked()
    page.set_input_files("[data-test=pick-folder]", folder)
    Line(page).slow(2 * MIB)
    page.click("[data-test=start]")
    receipts(page, 12)
    rows = api.get(f"/api/v1/cases/{case}/exhibits").json()
    assert [row["file"]["name"] for row in sorted(rows, key=lambda row: row["number"])] == sorted(digests(folder))


def test_where_too_many_are_unfinished_the_queue_waits_and_loses_nothing(investigator, api, case, tmp_path):
    page = investigator.page
    folder = named(tmp_path, a_jpg=1000, b_jpg=1000)
    problem = {"type": "urn:problem:too-many-unfinished", "status": 429, "detail": "您已有 500 个文件没有传完。"}
    open_page(page, case)
    page.route("**/api/v1/uploads", lambda route: route.fulfill(status=429, json=problem))
    page.set_input_files("[data-test=pick-files]", sorted(folder.iterdir()))
    page.click("[data-test=start]")
    expect(page.locator("[data-test=held]")).to_contain_text("您已有 500 个文件没有传完")
    expect(page.locator("[data-test=row-correct]:visible")).to_have_count(2)
    page.unroute("**/api/v1/uploads")
    page.click("[data-test=go-on]")
    receipts(page, 2)
    assert files(api, case) == digests(folder)
