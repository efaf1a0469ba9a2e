"""Places, labels, scanning and counting in a real browser: a printed label is held before the camera and read."""

import contextlib
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from casesvc import demo
from tests.casesvc.browsing import FLAGS, SCREENS, Person
from tests.casesvc.routes_places import FOUND
from tests.casesvc.test_walk import SAMPLE

CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """What the camera sees: pictures that a test writes."""
    return tmp_path_factory.mktemp("camera") / "camera.mjpeg"


@pytest.fixture(scope="module")
def browser(chromium_path, film):
    """Chromium with a camera that looks at ``film``."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    show(film, Image.new("RGB", (200, 200), "white"))
    with sync_playwright() as playwright:
        flags = [*FLAGS, *CAMERA, f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def custodian(browser, served):
    person = Person(browser, served, "baoguan")
    person.context.grant_permissions(["camera"])
    yield person
    assert person.complaints == []
    person.context.close()


@pytest.fixture(scope="module")
def stock(served):
    """A case with three samples in the custodian's hands, a room with a shelf, and the room's label printed."""
    investigator, keeper = served.client(), served.client("baoguan")
    with contextlib.closing(investigator), contextlib.closing(keeper):
        case = investigator.get("/api/v1/cases").json()[0]["number"]
        for place in (
            {"kind": "room", "segment": "W1", "name": "一号物证室", "capacity": 40, "access": "保管人"},
            {"kind": "shelf", "segment": "S1", "name": "第一层", "parent": "W1", "capacity": 3},
        ):
            assert keeper.post("/api/v1/places", json=place).status_code == 201
        samples = [
            investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": f"FY-B{at}"}).json()[
                "number"
            ]
            for at in range(3)
        ]
        offer = {"type": "handed_in", "items": [{"exhibit": each} for each in samples], "unit": "410502"}
        url = f"/api/v1/cases/{case}/handovers"
        handover = investigator.post(url, json={**offer, "purpose": "入库保管"}).json()["number"]
        answers = [
            {"exhibit": each, "accepted": True, "seal_before": f"FY-B{at}", **FOUND} for at, each in enumerate(samples)
        ]
        answer = keeper.post(f"{url}/{handover}/answers", json={"answers": answers, "proof": demo.PASSWORD})
        assert answer.status_code == 201, answer.text
    return case, samples


def show(film, picture: Image.Image) -> None:
    """Hold a picture before the camera: frames of 1280x720 with it in the middle."""
    frame = Image.new("RGB", (1280, 720), "#bbb")
    picture = picture.convert("RGB")
    scale = min(1100 / picture.width, 600 / picture.height)
    held = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    frame.paste(held, ((1280 - held.width) // 2, (720 - held.height) // 2))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=90)
    film.write_bytes(out.getvalue() * 30)


def printed(person, case, exhibit, format_="thermal_60_40") -> Image.Image:
    """Choose and print a label on its page; returns the label as it is on paper."""
    page = person.page
    page.goto(f"/cases/{case}/labels?exhibits={exhibit}")
    person.shoot("labels-choose")
    page.select_option("#format", format_)
    with person.context.expect_page() as opened:
        page.click("[data-test=labels-print]")
    sheet = opened.value
    sheet.wait_for_load_state()  # its style sheet too: only then has a label its size
    label = sheet.locator(f"[data-label='{exhibit}']")
    expect(label).to_be_visible()
    assert sheet.evaluate("document.querySelector('.label-words').scrollHeight") <= sheet.evaluate(
        "document.querySelector('.label-words').clientHeight"
    ), "no word of the label is cut off"
    box = label.bounding_box()
    millimetres = [round(size / 96 * 25.4) for size in (box["width"], box["height"])]
    assert millimetres == [int(size) for size in format_.split("_")[1:]]
    sheet.screenshot(path=SCREENS / f"labels-{format_}.png", full_page=True)
    pdf = sheet.pdf(prefer_css_page_size=True)
    size = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    if not format_.startswith("sheet"):
        assert [round(float(each) / 72 * 25.4) for each in size.groups()] == millimetres, "the paper is the label"
    picture = Image.open(io.BytesIO(label.screenshot(scale="css")))
    sheet.close()
    return picture


def enter(page, code):
    """A hand scanner: a keyboard that ends with Enter."""
    page.fill("[data-code]", code)
    page.press("[data-code]", "Enter")


@pytest.mark.parametrize(("at", "format_"), [(0, "thermal_60_40"), (1, "thermal_80_50"), (2, "sheet_70_37")])
def test_a_printed_label_held_before_the_camera_opens_its_exhibit(custodian, stock, film, at, format_):
    case, samples = stock
    show(film, printed(custodian, case, samples[at], format_))
    page = custodian.page
    page.goto("/custody/scan")
    custodian.shoot("scan")
    page.click("[data-test=camera]")
    page.wait_for_url(re.compile(f"/cases/{case}/exhibits/{samples[at]}"))


def test_shelving_by_scanning_and_what_is_no_label_is_told(custodian, stock):
    _, samples = stock
    page = custodian.page
    page.goto("/custody/scan?mode=store")
    said = page.locator("[data-said]")
    enter(page, "w1-s1")
    expect(page.locator("[data-place-words]")).to_have_text("一号物证室 / 第一层（W1-S1）")
    enter(page, samples[0])
    enter(page, samples[1])
    expect(page.locator("[data-list] li")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-list] li")).to_have_count(2)
    enter(page, samples[1])
    expect(said).to_have_text(f"{samples[1]} 已在清单中。")
    page.locator("[data-list] .remove").last.click()
    expect(page.locator("[data-list] li")).to_have_count(1)
    enter(page, samples[1])
    custodian.shoot("scan-store")
    page.click("[data-test=put-away-submit]")
    expect(page.locator("[data-test=put-away-done]")).to_contain_text("2 件")
    expect(page.locator("[data-list] li")).to_have_count(0)
    for code, words in (
        ("1111114105022026O00010001", "另一套系统"),
        ("6901234567892", "不是本系统的证据标签"),
        ("4105022026O0001-9999", "不在您的查看范围内"),
    ):
        enter(page, code)
        expect(said).to_contain_text(words)
    page.goto("/custody/places")
    custodian.shoot("places")
    expect(page.locator("[data-place='W1-S1'] [data-count]")).to_have_attribute("data-count", "2")
    page.goto("/custody/places/410502/W1-S1")
    custodian.shoot("place")


def test_a_phone_whose_clock_is_off_is_told(custodian, stock):
    _, samples = stock
    page = custodian.page
    page.goto("/custody/scan?mode=store")
    enter(page, samples[2])
    expect(page.locator("[data-list] li")).to_have_count(1)
    expect(page.locator("[data-clock]")).to_be_hidden()
    page.evaluate("(() => { const now = Date.now; Date.now = () => now() + 5 * 3600 * 1000; })()")
    enter(page, "W1")
    expect(page.locator("[data-clock]")).to_contain_text("本机时钟快约 5 小时")
    expect(page.locator("[data-clock]")).to_contain_text("以服务器为准")


def test_a_count_by_scanning_signed_with_its_differences(custodian, stock):
    _, samples = stock
    page = custodian.page
    page.goto("/custody/stock-takes")
    page.select_option("#place", "410502/W1")
    page.click("[data-test=stock-begin-submit]")
    expect(page.locator("[data-unseen]")).to_have_text("2")
    enter(page, "W1-S1")
    expect(page.locator("[data-shelf]")).to_have_text("一号物证室 / 第一层")
    enter(page, samples[0])
    expect(page.locator("[data-counted]")).to_have_text("1")
    expect(page.locator("[data-unseen]")).to_have_text("1")
    enter(page, samples[2])
    expect(page.locator(f"[data-list] [data-exhibit='{samples[2]}']")).to_have_attribute("data-result", "unexpected")
    enter(page, samples[0])
    expect(page.locator("[data-said]")).to_contain_text("扫描过")
    page.locator("summary", has_text="结束盘点并签字").click()
    custodian.shoot("stock-take")
    page.fill("#proof", demo.PASSWORD)
    page.click("[data-test=stock-end-submit]")
    expect(page.locator("[data-difference]")).to_have_count(2)
    custodian.shoot("stock-take-ended")
    page.locator(f"[data-difference='{samples[2]}'] a", has_text="登记放到此处").click()
    expect(page.locator("[data-list] li")).to_have_count(1)
    page.click("[data-test=put-away-submit]")
    expect(page.locator("[data-test=put-away-done]")).to_be_visible()
    page.goto("/custody/stock-takes")
    custodian.shoot("stock-takes")
    expect(page.get_by_text("1 件未办结")).to_be_visible()
