"""Edited copies over the service: who makes and sees them, what is refused and how, that twice is once."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from sqlmodel import func, select

import casesvc.copying
from casesvc.acts import verify_all
from evidence.chain import stated
from evidence.digest import digests_of
from evidence.errors import CopyRule
from evidence.exhibit import Derivative
from evidence.record import RecordEntry, What
from tests.casesvc.conftest import both_stacks
from tests.casesvc.test_bad_input import problem
from tests.casesvc.test_walk import SAMPLE, wait_for_readings

WIDTH, HEIGHT = 320, 200
REDACT = {"op": "redact", "x": 40, "y": 24, "width": 64, "height": 48}
ARROW = {"op": "arrow", "x": 20, "y": 180, "to_x": 150, "to_y": 120, "line": 8, "colour": "blue"}
MARKER = {"op": "marker", "x": 200, "y": 100, "size": 40, "number": 7, "colour": "red"}
TEXT = {"op": "text", "x": 30, "y": 120, "size": 24, "text": "起火点", "colour": "white"}
FRAME = {"op": "frame", "x": 200, "y": 20, "width": 80, "height": 40, "line": 4, "colour": "green"}
CROP = {"op": "crop", "x": 10, "y": 10, "width": 300, "height": 180}
ROTATE = {"op": "rotate", "clockwise": 90}
USE = "照片卷用，标注起火点"
HTML = {"accept": "text/html"}


def photograph() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "grey").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def photo(service) -> tuple[str, str]:
    """Case and exhibit of a photograph."""
    case = service.open_case()
    return case, service.upload(case, photograph()).json()["exhibit"]["number"]


@pytest.fixture
def seen(service, photo) -> tuple[str, str]:
    """The same, with its preview."""
    wait_for_readings(service, *photo)
    return photo


def address(photo, copy="") -> str:
    return f"/api/v1/cases/{photo[0]}/exhibits/{photo[1]}/copies" + (f"/{copy}" if copy else "")


def make(service, photo, *operations, title=USE, login="investigator"):
    body = {"title": title, "operations": list(operations)}
    return getattr(service, login).post(address(photo), json=body)


def made(service) -> int:
    with service.here.database.reading() as tx:
        query = select(func.count()).select_from(Derivative).where(Derivative.purpose == "edited")
        return tx.exec(query).one()


def detail(service, photo, login="legal"):
    return getattr(service, login).get(f"/api/v1/cases/{photo[0]}/exhibits/{photo[1]}").json()


@both_stacks
def test_a_copy_is_made_listed_shown_and_verified(service, seen):
    operations = [REDACT, ARROW, MARKER, TEXT, FRAME, {**FRAME, "op": "ellipse"}, CROP, ROTATE]
    answer = make(service, seen, *operations)
    assert answer.status_code == 201, answer.text
    copy = answer.json()
    assert (copy["title"], copy["by"], copy["parameters"]["operations"]) == (USE, "某investigator", operations)
    exhibit = detail(service, seen)
    assert exhibit["copies"] == [copy]
    assert copy["original_sha256"] == exhibit["exhibit"]["file"]["sha256"]
    assert {derived["copy"] for derived in exhibit["derived"]} == {"thumbnail", "preview"}, "those of the system"
    shown = service.supervisor.get(address(seen, copy["id"]))
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in shown.headers
    assert digests_of([shown.content]).sm3 == copy["sm3"]
    assert Image.open(io.BytesIO(shown.content)).size == (180, 300)
    assert verify_all(service.here).findings == []


def test_that_a_copy_was_made_looked_at_and_taken_away_is_recorded(service, photo):
    copy = make(service, photo, REDACT).json()
    service.supervisor.get(address(photo, copy["id"]))
    taken = service.legal.get(address(photo, copy["id"]), params={"download": "true"})
    assert taken.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert taken.headers["cache-control"] == "no-store"
    with service.here.database.reading() as tx:
        kinds = RecordEntry.what.in_((What.EDIT, What.VIEW, What.DOWNLOAD))
        entries = [stated(row.body) for row in tx.exec(select(RecordEntry).where(kinds).order_by(RecordEntry.seq))]
    assert [(entry.kind, entry.by.name) for entry in entries] == [
        (What.EDIT, "某investigator"),
        (What.VIEW, "某supervisor"),
        (What.DOWNLOAD, "某legal"),
    ]
    assert {entry.facts.get("purpose") for entry in entries} == {None, f"标注副本：{USE}"}
    assert [entry.exhibit for entry in entries] == [photo[1]] * 3


def test_asked_for_twice_it_is_made_once_and_another_use_is_another_copy(service, photo):
    first = make(service, photo, REDACT, ARROW)
    again = make(service, photo, REDACT, ARROW, login="legal")
    assert again.json() == first.json()
    assert make(service, photo, REDACT, ARROW, title="公开用").json()["id"] != first.json()["id"]
    assert make(service, photo, ARROW, REDACT).json()["id"] != first.json()["id"], "the order is another"
    assert made(service) == 3


@both_stacks
def test_of_two_at_the_same_moment_one_is_recorded(service, photo, monkeypatch):
    monkeypatch.setattr("casesvc.copying.same_copy", lambda *_arguments, **_title: None)  # neither saw the other
    service.investigator  # noqa: B018 - logged in before the race
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: make(service, photo, REDACT), range(2)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert made(service) == 1
    assert verify_all(service.here).findings == []


def test_more_at_once_than_the_memory_holds_are_asked_to_come_again(service, photo, monkeypatch):
    for _ in range(casesvc.copying.AT_ONCE):
        assert casesvc.copying._MAKING.acquire(blocking=False)
    try:
        assert "请稍后再试" in problem(make(service, photo, REDACT), 503, "copying-busy")
    finally:
        casesvc.copying._MAKING.release(casesvc.copying.AT_ONCE)
    assert make(service, photo, REDACT).status_code == 201, "a place is given back"


def test_a_refused_copy_gives_its_place_back(service, photo):
    for _ in range(casesvc.copying.AT_ONCE + 1):
        assert make(service, photo, {**REDACT, "x": WIDTH}).status_code == 422
    assert make(service, photo, REDACT).status_code == 201


@pytest.mark.parametrize("login", ["custodian", "approver", "supervisor"])
def test_who_may_see_a_case_and_make_no_copies(service, seen, login):
    problem(make(service, seen, REDACT, login=login), 403, "not-permitted")
    page = getattr(service, login).get(f"/cases/{seen[0]}/exhibits/{seen[1]}/edit", headers=HTML)
    assert page.status_code == 403
    exhibit = getattr(service, login).get(f"/cases/{seen[0]}/exhibits/{seen[1]}", headers=HTML)
    assert 'data-test="edit"' not in exhibit.text
    assert made(service) == 0


def test_another_unit_looks_and_makes_none(service, photo):
    problem(make(service, photo, REDACT, login="city"), 403, "outside-unit")
    problem(make(service, photo, REDACT, login="neighbour"), 404, "case-unknown")
    copy = make(service, photo, REDACT).json()["id"]
    assert service.city.get(address(photo, copy)).status_code == 200
    problem(service.neighbour.get(address(photo, copy)), 404, "case-unknown")


def test_a_copy_has_no_address_but_that_of_its_exhibit(service, seen):
    copy = make(service, seen, REDACT).json()["id"]
    other = service.upload(seen[0], photograph() + b"more").json()["exhibit"]["number"]
    problem(service.legal.get(address((seen[0], other), copy)), 404, "copy-unknown")
    problem(service.legal.get(address(seen, 10**6)), 404, "copy-unknown")
    with service.here.database.reading() as tx:
        preview = tx.exec(select(Derivative.id).where(Derivative.purpose == "preview")).first()
    problem(service.legal.get(address(seen, preview)), 404, "copy-unknown")
    make(service, seen, ARROW)
    edited = service.legal.get(f"/api/v1/cases/{seen[0]}/exhibits/{seen[1]}/edited")
    problem(edited, 404, "not-a-file")


BAD = [
    # operation, and what is said of it
    ({**REDACT, "x": -1}, "“第 1 项（遮盖）的横坐标”不能小于 0"),
    ({**REDACT, "width": 0}, "“第 1 项（遮盖）的宽”不能小于 1"),
    ({**CROP, "height": 0}, "“第 1 项（裁剪）的高”不能小于 1"),
    ({**CROP, "height": -5}, "“第 1 项（裁剪）的高”不能小于 1"),
    ({**REDACT, "x": 10**12}, "“第 1 项（遮盖）的横坐标”不能大于 200000"),
    ({**REDACT, "x": 1.5}, "“第 1 项（遮盖）的横坐标”应为整数"),
    ({**REDACT, "x": "40"}, "“第 1 项（遮盖）的横坐标”应为整数"),
    ({**REDACT, "x": True}, "“第 1 项（遮盖）的横坐标”应为整数"),
    ({**REDACT, "x": None}, "“第 1 项（遮盖）的横坐标”应为整数"),
    ({**REDACT, "blur": 3}, "“第 1 项（遮盖）的blur”填写有误"),
    ({"op": "redact", "x": 1, "y": 1, "width": 4}, "请填写“第 1 项（遮盖）的高”"),
    ({**ARROW, "colour": "url(#x)"}, "“第 1 项（箭头）的颜色”填写有误"),
    ({**ARROW, "line": 201}, "“第 1 项（箭头）的线宽”不能大于 200"),
    ({**ARROW, "to_x": 20, "to_y": 180}, "“第 1 项（箭头）”起点和终点不能相同"),
    ({**MARKER, "number": 0}, "“第 1 项（序号）的数字”不能小于 1"),
    ({**MARKER, "number": 100}, "“第 1 项（序号）的数字”不能大于 99"),
    ({**MARKER, "size": 1001}, "“第 1 项（序号）的大小”不能大于 1000"),
    ({**ROTATE, "clockwise": 45}, "“第 1 项（旋转）的角度”填写有误"),
    ({**TEXT, "text": ""}, "请填写“第 1 项（文字）的文字”"),
    ({**TEXT, "text": "  "}, "请填写“第 1 项（文字）的文字”"),
    ({**TEXT, "text": "长" * 61}, "“第 1 项（文字）的文字”最多 60 个字"),
    ({**TEXT, "text": "两\n行"}, "只能填写一行"),
    ({**TEXT, "text": "a\x00b"}, "控制字符"),
    ({**TEXT, "text": "a\x1b[31m"}, "控制字符"),
    ({**TEXT, "text": "\u202e文字"}, "改变文字方向"),
    ({**TEXT, "text": 5}, "“第 1 项（文字）的文字”应为文字"),
    ({"op": "blur", "x": 1, "y": 1, "width": 9, "height": 9}, "“第 1 项”填写有误"),
    ({"x": 1, "y": 1}, "“第 1 项”填写有误"),
    ("redact", "“第 1 项"),
    (None, "“第 1 项"),
    ([REDACT], "“第 1 项"),
]


def test_an_operation_that_is_none_is_refused_by_its_name(service, photo):
    for operation, said in BAD:
        assert said in problem(make(service, photo, operation), 400, "input-refused")
    assert made(service) == 0


BAD_LISTS = [
    ({"operations": [REDACT]}, "请填写“用途”"),
    ({"title": "  ", "operations": [REDACT]}, "请填写“用途”"),
    ({"title": "长" * 101, "operations": [REDACT]}, "“用途”最多 100 个字"),
    ({"title": "\u202e", "operations": [REDACT]}, "“用途”"),
    ({"title": USE}, "请填写“标注”"),
    ({"title": USE, "operations": []}, "请填写“标注”"),
    ({"title": USE, "operations": REDACT}, "“标注”填写有误"),
    ({"title": USE, "operations": [REDACT] * 201}, "“标注”最多 200 项"),
    ({"title": USE, "operations": [REDACT] * 10_000}, "“标注”最多 200 项"),
    ({"title": USE, "operations": [{**REDACT, "x": -1}] * 10_000}, "“标注”最多 200 项"),
    ({"title": USE, "operations": [CROP, MARKER, CROP]}, "“标注”中裁剪只能有一项"),
    ({"title": USE, "operations": [ROTATE, ROTATE]}, "“标注”中旋转只能有一项"),
    ([], "内容的格式不对"),
    ("text", "内容的格式不对"),
]


def test_a_list_that_is_none_is_refused(service, photo):
    for body, said in BAD_LISTS:
        told = problem(service.investigator.post(address(photo), json=body), 400, "input-refused")
        assert said in told
        assert len(told) < 200
    assert made(service) == 0


def test_two_hundred_operations_are_taken(service, photo):
    many = [{**MARKER, "x": 20 + number, "number": number % 99 + 1} for number in range(200)]
    assert make(service, photo, *many).status_code == 201


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([{**REDACT, "x": WIDTH - 10}], "第 1 项超出照片范围"),
        ([REDACT, {**ARROW, "to_y": HEIGHT + 1}], "第 2 项超出照片范围"),
        ([{**TEXT, "text": "起火点😀"}], "第 1 项中的“😀”是字体里没有的字符"),
    ],
)
def test_what_only_the_original_can_tell_is_told_with_the_number_of_the_operation(service, photo, operations, said):
    told = problem(make(service, photo, *operations), 422, "copy-refused")
    assert said in told
    assert "原件没有改动" in told


@pytest.mark.parametrize("content", [b"%PDF-1.7 a document", b"\xff\xd8\xff\xe0 broken"])
def test_what_is_no_picture_cannot_be_edited(service, content):
    case = service.open_case()
    exhibit = service.upload(case, content, "a.bin", kind="electronic").json()["exhibit"]["number"]
    told = problem(make(service, (case, exhibit), REDACT), 422, "copy-refused")
    assert CopyRule.UNREADABLE.label in told
    page = service.investigator.get(f"/cases/{case}/exhibits/{exhibit}/edit", headers=HTML)
    assert page.status_code == 404
    assert 'data-test="edit"' not in service.investigator.get(f"/cases/{case}/exhibits/{exhibit}", headers=HTML).text


def test_a_sample_has_no_picture(service):
    case = service.open_case()
    sample = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE).json()["number"]
    problem(make(service, (case, sample), REDACT), 404, "not-a-file")
    problem(service.investigator.get(address((case, sample), 1)), 404, "not-a-file")


def test_without_a_chinese_font_the_page_says_so_and_the_rest_works(service, seen, monkeypatch):
    monkeypatch.setattr("evidence.editing._FONT", ("no-such-program",))
    assert "没有中文字体" in problem(make(service, seen, TEXT), 422, "copy-refused")
    assert make(service, seen, ARROW, MARKER).status_code == 201
    page = service.investigator.get(f"/cases/{seen[0]}/exhibits/{seen[1]}/edit", headers=HTML).text
    assert "服务器没有中文字体" in page


def test_pages_show_texts_as_texts(service, seen):
    title, letters = "<img src=x onerror=alert(1)>", "</script>'\"&lt;"
    copy = make(service, seen, {**TEXT, "text": letters}, title=title).json()["id"]
    for page in (f"/cases/{seen[0]}/exhibits/{seen[1]}", f"/cases/{seen[0]}/exhibits/{seen[1]}/edit?copy={copy}"):
        shown = service.investigator.get(page, headers=HTML)
        assert shown.status_code == 200
        assert title not in shown.text
        assert letters not in shown.text
        assert "&lt;img src=x" in shown.text


def test_the_page_begins_with_the_operations_of_an_earlier_copy(service, seen):
    copy = make(service, seen, REDACT).json()["id"]
    here = f"/cases/{seen[0]}/exhibits/{seen[1]}/edit"
    begun = service.legal.get(here, params={"copy": copy}, headers=HTML).text
    assert "&#34;op&#34;: &#34;redact&#34;" in begun
    assert USE in begun
    assert 'data-operations="[]"' in service.legal.get(here, headers=HTML).text
    assert service.legal.get(here, params={"copy": copy + 1}, headers=HTML).status_code == 404
    assert service.legal.get(here, params={"copy": "x"}, headers=HTML).status_code == 400
