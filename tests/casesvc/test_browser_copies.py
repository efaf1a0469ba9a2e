"""Annotating and redacting a photograph in a real browser, by mouse, by touch and by keyboard alone."""

import io
import re
import secrets
import time

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from casesvc import demo
from tests.casesvc.browsing import LAPTOP, PHONE
from tests.casesvc.conftest import content_digest, own_case
from tests.evidence.test_editing import HEIGHT, WIDTH, near, quartered

USE = "照片卷用，标注起火点"


@pytest.fixture(scope="module")
def case(api) -> str:
    """One case for all photographs."""
    return own_case(api)


@pytest.fixture
def photo(api, case) -> str:
    """Address, below the API, of a photograph taken on its side: red, its upper right quarter green."""
    content = quartered(6) + secrets.token_bytes(8)
    headers = {"content-digest": content_digest(content), "content-type": "application/octet-stream"}
    query = {"case": case, "file_name": "IMG_0001.jpg", "kind": "photo", "name": "东墙配电箱"}
    answer = api.put(f"/api/v1/uploads/{secrets.token_hex(8)}", params=query, content=content, headers=headers)
    exhibit = f"/cases/{case}/exhibits/{answer.json()['exhibit']['number']}"
    for _ in range(200):
        if api.get(f"/api/v1{exhibit}").json()["reading"]:
            return exhibit
        time.sleep(0.1)
    raise AssertionError("the photograph was not read")


def begin(page: Page, photo: str, query: str = "") -> None:
    page.goto(f"{photo}/edit{query}")
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where on the screen a place of the upright original is, as long as the view is not turned."""
    found = page.evaluate(
        """([x, y]) => {
          const place = new DOMPoint(x, y).matrixTransform(document.querySelector("[data-scene]").getScreenCTM());
          return [place.x, place.y];
        }""",
        [x, y],
    )
    return found[0], found[1]


def take(page: Page, tool: str) -> None:
    page.locator(f".tool:has([data-test=tool-{tool}])").click()


def drag(page: Page, *places: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=3)
    page.mouse.up()


def save(page: Page, use: str = USE) -> None:
    page.fill("[data-test=title]", use)
    page.click("[data-test=save]")
    page.wait_for_url(re.compile("#copies"))


def copies(api, photo: str) -> list[dict]:
    return api.get(f"/api/v1{photo}").json()["copies"]


def picture(api, photo: str, copy: dict) -> Image.Image:
    return Image.open(io.BytesIO(api.get(f"/api/v1{photo}/copies/{copy['id']}").content))


def test_each_tool_draws_where_it_is_seen_and_the_original_stays(api, photo, investigator):
    page = investigator.page
    page.goto(photo)
    page.click("[data-test=edit]")
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()
    take(page, "redact")
    drag(page, (160, 0), (240, 60), (WIDTH, HEIGHT / 2))
    take(page, "arrow")
    drag(page, (40, 180), (120, 120))
    take(page, "marker")
    page.mouse.click(*at(page, 40, 40))
    page.mouse.click(*at(page, 100, 40))
    take(page, "text")
    page.mouse.click(*at(page, 180, 180))
    expect(page.locator("[data-toast]")).to_contain_text("先填写文字")
    page.fill("[data-test=letters]", "起火点")
    page.locator(".swatch:has([value=yellow])").click()
    page.mouse.click(*at(page, 180, 180))
    take(page, "frame")
    drag(page, (20, 80), (60, 110))
    take(page, "ellipse")
    drag(page, (200, 120), (300, 150))
    take(page, "crop")
    drag(page, (0, 0), (200, 100), (300, 200))
    expect(page.locator("[data-test=ops] > li")).to_have_count(8)
    investigator.shoot("edit-photo")
    save(page)

    copy = copies(api, photo)[0]
    kinds = [operation["op"] for operation in copy["parameters"]["operations"]]
    assert kinds == ["redact", "arrow", "marker", "marker", "text", "frame", "ellipse", "crop"]
    assert [op["number"] for op in copy["parameters"]["operations"] if op["op"] == "marker"] == [1, 2]
    shown = picture(api, photo, copy)
    crop = copy["parameters"]["operations"][-1]
    assert shown.size == (crop["width"], crop["height"])
    assert abs(crop["width"] - 300) <= 1
    assert not any(pixel[1] > 90 and pixel[0] < 60 for pixel in shown.get_flattened_data()), "no green is left"
    assert near(shown.getpixel((230, 20)), (0, 0, 0))
    row = page.locator("[data-test=copy]")
    expect(row).to_contain_text(USE)
    expect(row).to_contain_text("与本证据登记的原件一致")
    row.locator("summary").click()
    expect(row).to_contain_text(copy["sm3"])
    expect(row).to_contain_text("“起火点”")
    page.wait_for_function("[...document.querySelectorAll('.copy-frame img')].every((image) => image.naturalWidth > 0)")
    investigator.shoot("exhibit-copies")


def test_a_turned_view_redacts_what_it_shows(api, photo, investigator):
    page = investigator.page
    begin(page, photo)
    page.click("[data-test=turn]")  # the green quarter is at the lower right now: x from 100 to 200, y from 160 to 320
    take(page, "redact")
    drag(page, (HEIGHT / 2, WIDTH / 2), (150, 200), (HEIGHT, WIDTH))
    save(page)
    copy = copies(api, photo)[0]
    assert copy["parameters"]["operations"] == [
        {"op": "rotate", "clockwise": 90},
        {"op": "redact", "x": 160, "y": 0, "width": 160, "height": 100},
    ]
    shown = picture(api, photo, copy)
    assert shown.size == (HEIGHT, WIDTH)
    assert not any(pixel[1] > 90 for pixel in shown.get_flattened_data())


def test_what_was_done_is_undone_moved_changed_and_taken_out(api, photo, investigator):
    page = investigator.page
    begin(page, photo)
    rows = page.locator("[data-test=ops] > li")
    take(page, "marker")
    page.mouse.click(*at(page, 40, 40))
    page.mouse.click(*at(page, 100, 40))
    page.click("[data-test=undo]")
    expect(rows).to_have_count(1)
    page.click("[data-test=redo]")
    expect(rows).to_have_count(2)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    expect(rows).to_have_count(2)
    take(page, "move")
    drag(page, (100, 40), (120, 60), (1000, 100))  # no further than the picture goes
    rows.nth(0).locator(".op-remove").click()
    expect(rows).to_have_count(1)
    rows.nth(0).locator("summary").click()
    rows.nth(0).get_by_label("数字").fill("42")
    rows.nth(0).get_by_label("纵坐标").fill("9999")
    page.keyboard.press("Tab")
    rows.nth(0).get_by_label("颜色").select_option("green")
    expect(rows.nth(0).get_by_label("纵坐标")).to_have_value(str(HEIGHT))
    save(page)
    (operation,) = copies(api, photo)[0]["parameters"]["operations"]
    assert (operation["x"], operation["y"], operation["number"], operation["colour"]) == (WIDTH, HEIGHT, 42, "green")


def test_by_keyboard_alone(api, photo, investigator):
    page = investigator.page
    begin(page, photo)
    page.locator("[data-test=tool-move]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-test=tool-redact]")).to_be_checked()
    page.locator("[data-test=centre]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("横坐标")).to_be_focused()
    for value in ("160", "0", "160", "100"):
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.locator("[data-test=title]").focus()
    page.keyboard.type(USE)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#copies"))
    copy = copies(api, photo)[0]
    assert copy["parameters"]["operations"] == [{"op": "redact", "x": 160, "y": 0, "width": 160, "height": 100}]
    assert not any(pixel[1] > 90 for pixel in picture(api, photo, copy).get_flattened_data())


def test_a_refusal_is_told_in_place_and_nothing_drawn_is_lost(api, photo, investigator):
    page = investigator.page
    begin(page, photo)
    page.click("[data-test=save]")
    expect(page.locator("[data-refusal]")).to_contain_text("还没有操作")
    take(page, "marker")
    page.mouse.click(*at(page, 40, 40))
    page.click("[data-test=save]")
    expect(page.locator("[data-refusal]")).to_contain_text("请填写“用途”")
    expect(page.locator("[data-test=save]")).to_have_text("生成副本")
    page.route("**/copies", lambda route: route.abort(), times=1)
    page.fill("[data-test=title]", USE)
    page.click("[data-test=save]")
    expect(page.locator("[data-refusal]")).to_contain_text("连接中断")
    expect(page.locator("[data-test=ops] > li")).to_have_count(1)
    investigator.complaints.clear()
    save(page)
    assert len(copies(api, photo)) == 1


def test_a_click_too_many_makes_one_copy_and_another_begins_with_its_operations(api, photo, investigator):
    page = investigator.page
    begin(page, photo)
    take(page, "marker")
    page.mouse.click(*at(page, 40, 40))
    page.fill("[data-test=title]", USE)
    page.dblclick("[data-test=save]")
    page.wait_for_url(re.compile("#copies"))
    assert len(copies(api, photo)) == 1
    page.click("[data-test=edit-on]")
    expect(page.locator("[data-editor][data-ready]")).to_be_visible()
    expect(page.locator("[data-test=ops] > li")).to_have_count(1)
    expect(page.locator("[data-test=title]")).to_have_value(USE)
    take(page, "redact")
    drag(page, (160, 0), (WIDTH, HEIGHT / 2))
    save(page, "公开用")
    first, second = copies(api, photo)
    assert second["parameters"]["operations"][:1] == first["parameters"]["operations"]
    assert first["original_sha256"] == second["original_sha256"], "each is made of the original"


def test_by_touch_on_a_phone(api, photo, browser, served):
    context = browser.new_context(base_url=served.url, viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/login")
    page.fill("#login", "diaocha")
    page.fill("#password", demo.PASSWORD)
    page.tap("[data-test=login-submit]")
    expect(page.locator("h1")).to_be_visible()
    begin(page, photo)
    page.tap(".tool:has([data-test=tool-redact])")
    touch = context.new_cdp_session(page)
    page.locator("[data-test=canvas]").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    places = [at(page, *place) for place in ((160, 0), (200, 40), (260, 80), (WIDTH, HEIGHT / 2))]
    for kind, place in zip(("touchStart", "touchMove", "touchMove", "touchMove"), places, strict=True):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": place[0], "y": place[1]}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("[data-test=ops] > li")).to_have_count(1)
    assert page.evaluate("scrollY") == before, "the finger draws and does not scroll"
    page.tap(".tool:has([data-test=tool-marker])")
    expect(page.locator("[data-test=tool-marker]")).to_be_checked()
    place = at(page, 40, 160)
    page.touchscreen.tap(*place)
    expect(page.locator("[data-test=ops] > li")).to_have_count(2)
    page.fill("[data-test=title]", USE)
    page.tap("[data-test=save]")
    page.wait_for_url(re.compile("#copies"))
    copy = copies(api, photo)[0]
    assert [operation["op"] for operation in copy["parameters"]["operations"]] == ["redact", "marker"]
    assert not any(pixel[1] > 90 and pixel[0] < 60 for pixel in picture(api, photo, copy).get_flattened_data())
    assert complaints == []
    context.close()


def test_the_view_is_enlarged_and_draws_at_the_same_places(api, photo, investigator):
    page = investigator.page
    page.set_viewport_size(LAPTOP)
    begin(page, photo)
    page.click("[data-test=zoom]")
    take(page, "marker")
    middle = page.locator("[data-stage]").bounding_box()
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    save(page)
    (operation,) = copies(api, photo)[0]["parameters"]["operations"]
    assert abs(operation["x"] - WIDTH / 2) <= 4, "enlarged round the middle of what was seen"
    assert abs(operation["y"] - HEIGHT / 2) <= 4
