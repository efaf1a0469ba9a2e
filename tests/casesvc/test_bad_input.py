"""Bad input: each answers in Chinese with what to do, and nothing is lost."""

import base64
import hashlib

import pytest

from casesvc.logins import MOST_FAILURES
from tests.casesvc.conftest import ALARM, PASSWORD, SCENE, Browser, both_stacks
from tests.casesvc.test_walk import SAMPLE


def problem(answer, status, slug):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail"}
    assert (body["status"], body["type"]) == (status, f"urn:casesvc:problem:{slug}")
    assert any("\u4e00" <= char <= "\u9fff" for char in body["detail"])
    return body["detail"]


def exhibits(service, case):
    return service.investigator.get(f"/api/v1/cases/{case}/exhibits").json()


def digest(content):
    return {"content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"}


@pytest.mark.parametrize("login", ["investigator", "nobody-of-that-name"])
def test_a_wrong_password(service, login):
    answer = Browser(service.app).post("/api/v1/session", json={"login": login, "password": "wrong"})
    assert "账号或密码不正确" in problem(answer, 401, "login-refused")


def test_after_wrong_passwords_the_right_one_waits_too(service):
    browser = Browser(service.app)
    for _ in range(MOST_FAILURES):
        browser.post("/api/v1/session", json={"login": "legal", "password": "wrong"})
    answer = browser.post("/api/v1/session", json={"login": "legal", "password": PASSWORD})
    assert "分钟后再试" in problem(answer, 429, "login-paused")


def test_without_a_login_nothing_is_shown(service):
    assert "登录" in problem(Browser(service.app).get("/api/v1/cases"), 401, "not-logged-in")


def test_a_session_ends_with_the_logout(service):
    client = Browser(service.app).log_in("legal")
    assert client.get("/api/v1/session").status_code == 200
    token = client.cookies["casesvc_session"]
    assert client.delete("/api/v1/session").status_code == 204
    client.cookies.set("casesvc_session", token)
    problem(client.get("/api/v1/session"), 401, "not-logged-in")


def test_a_post_without_the_form_token_is_refused(service):
    client = service.investigator
    answer = super(Browser, client).request("POST", "/api/v1/incidents", json=ALARM)
    assert "刷新页面" in problem(answer, 403, "forbidden")


def test_somebody_elses_case(service):
    case = service.open_case()
    for answer in (
        service.neighbour.get(f"/api/v1/cases/{case}"),
        service.neighbour.get(f"/api/v1/cases/{case}/exhibits"),
        service.upload(case, b"x", login="neighbour"),
        service.take("neighbour", case, "scene_inspected", **SCENE),
        service.neighbour.get(f"/api/v1/cases/{case}/documents"),
    ):
        assert "不在您的查看范围" in problem(answer, 404, "case-unknown")
    assert service.neighbour.get("/api/v1/cases").json() == []
    assert exhibits(service, case) == []


def test_an_exhibit_of_another_case_is_not_reached_through_an_own_case(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    own = service.open_case("neighbour")
    for path in (number, f"{number}/original?purpose=x", f"{number}/thumbnail"):
        problem(service.neighbour.get(f"/api/v1/cases/{own}/exhibits/{path}"), 404, "exhibit-unknown")


def test_an_empty_file(service):
    case = service.open_case()
    assert "0 字节" in problem(service.upload(case, b""), 422, "empty-file")
    assert exhibits(service, case) == []


def test_bytes_that_differ_from_the_declared_digest(service):
    case = service.open_case()
    detail = problem(service.upload(case, b"received", headers=digest(b"declared")), 422, "digest-mismatch")
    assert hashlib.sha256(b"declared").hexdigest() in detail
    assert hashlib.sha256(b"received").hexdigest() in detail
    assert exhibits(service, case) == []
    assert list(service.here.store.keys("originals/")) == []
    again = service.upload(case, b"received", headers=digest(b"received"))
    assert again.status_code == 201
    assert again.json()["exhibit"]["number"].endswith("-0001")


@pytest.mark.parametrize("declared", ["sha-256=:bm90LTMyLWJ5dGVz:", "sha-256=:***:"])
def test_an_unreadable_digest(service, declared):
    case = service.open_case()
    problem(service.upload(case, b"x", headers={"content-digest": declared}), 400, "input-refused")


@pytest.mark.parametrize(
    "name", ["长" * 300, "../../etc/passwd", "C:\\照片\\1.jpg", "..", "a\x01.jpg", "con\u202egpj.exe", " "]
)
def test_a_file_name_that_cannot_be_kept(service, name):
    case = service.open_case()
    assert "改名" in problem(service.upload(case, b"x", name), 422, "file-name-refused")
    assert exhibits(service, case) == []


def test_a_broken_jpeg_is_kept_as_evidence_and_flagged(service):
    case = service.open_case()
    number = service.upload(case, b"\xff\xd8\xff\xe0 broken").json()["exhibit"]["number"]
    for _ in range(100):
        detail = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{number}").json()
        if detail["reading"]:
            break
    assert any("无法解码" in finding for finding in detail["reading"]["findings"])
    kept = service.legal.get(f"/api/v1/cases/{case}/exhibits/{number}/original", params={"purpose": "核对"})
    assert kept.content == b"\xff\xd8\xff\xe0 broken"


def test_a_step_out_of_order(service):
    case = service.open_case()
    detail = problem(service.take("investigator", case, "scene_inspected", **SCENE), 409, "step-out-of-order")
    assert "指派调查人员" in detail
    assert "第二十条" in detail


def test_a_step_of_another_role(service):
    case = service.open_case()
    answer = service.take("investigator", case, "investigators_assigned", first="甲", second="乙")
    assert "审批负责人" in problem(answer, 403, "step-role-missing")


def test_a_step_with_a_missing_fact(service):
    case = service.open_case()
    service.take("approver", case, "investigators_assigned", first="甲", second="乙")
    answer = service.take("investigator", case, "scene_inspected", **{**SCENE, "leader": ""})
    assert "勘验负责人" in problem(answer, 422, "step-fact-missing")


def test_a_document_with_a_missing_field(service):
    case = service.open_case()
    service.take("approver", case, "investigators_assigned", first="甲", second="乙")
    service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "photo": ""})
    fields = service.investigator.get(f"/api/v1/cases/{case}/documents/drafts/D13").json()["fields"]
    answer = service.investigator.post(f"/api/v1/cases/{case}/documents", json={"form": "D13", "fields": fields})
    assert "照片号" in problem(answer, 422, "field-missing")
    assert service.investigator.get(f"/api/v1/cases/{case}/documents").json() == []


def test_a_form_that_is_not_there_yet(service):
    case = service.open_case()
    for form, slug, status in (("D45", "form-not-implemented", 409), ("D99", "form-unknown", 404)):
        answer = service.investigator.post(f"/api/v1/cases/{case}/documents", json={"form": form, "fields": {}})
        problem(answer, status, slug)


def test_a_sample_without_witness_or_reason(service):
    case = service.open_case()
    answer = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "witness": ""})
    assert "见证人" in problem(answer, 422, "fact-missing")


def test_the_collector_does_not_answer_his_own_offer(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    handover = service.offer(case, number).json()["number"]
    problem(service.answer(case, handover, {"exhibit": number}, login="investigator"), 403, "not-the-receiver")


def test_an_original_is_not_read_without_a_purpose(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    url = f"/api/v1/cases/{case}/exhibits/{number}/original"
    assert "用途" in problem(service.legal.get(url), 422, "purpose-missing")
    problem(service.legal.get(url, params={"purpose": "  "}), 422, "purpose-missing")


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/v1/incidents", "{"), ("/api/v1/session", "null"), ("/api/v1/session", '{"login": "\\ud800"')],
)
def test_bodies_that_cannot_be_read(service, path, body):
    answer = service.investigator.post(path, content=body, headers={"content-type": "application/json"})
    problem(answer, 400, "bad-request")


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("incidents", {"received_at": "yesterday"}, "“接报时间”应为日期和时间"),
        ("incidents", {"received_at": "2026-11-24T22:49:00"}, "“接报时间”须带时区"),
        ("incidents", {"received_at": "1979-12-31T23:59:59+00:00"}, "“接报时间”不能早于1980年"),
        ("incidents", {"received_at": "0001-01-01T00:00:00+14:00"}, "“接报时间”不能早于1980年"),
        ("incidents", {"received_at": "9999-12-31T23:59:59-12:00"}, "“接报时间”晚于现在"),
        ("incidents", {"received_at": 10**15}, "“接报时间”"),
        ("incidents", {"caller": "长" * 1000}, "“报警人”最多 60 个字"),
        ("incidents", {"caller": "马\x00会计"}, "“报警人”第2个字符是控制字符（U+0000）"),
        ("incidents", {"place": "甲\n乙"}, "“起火地点”只能填写一行"),
        ("incidents", {"place": ["甲"]}, "“起火地点”应为文字"),
        ("incidents", {"place": "甲\u202e乙"}, "“起火地点”第2个字符会改变文字方向"),
        ("cases", [], "内容的格式不对"),
        ("cases", {"incident": "x"}, "请填写“起火时间”"),
        ("cases", {"incident": "x\x00y", "fire_at": "2026-11-24T22:40+08:00"}, "“接报编号”第2个字符是控制字符"),
        ("cases", {"incident": "x", "fire_at": "2026-11-24T22:40+08:00", "procedure": "?"}, "“调查程序”不是可选的类别"),
        ("cases/{case}/steps", {"slug": "scene_inspected", "facts": {"leader": "a\x07"}}, "“勘验负责人”第2个字符"),
        ("cases/{case}/steps", {"slug": "scene_inspected", "facts": {"leader": 3}}, "“勘验负责人”应为文字"),
        ("cases/{case}/exhibits/samples", {**SAMPLE, "features": "a\x00"}, "“规格特征”第2个字符是控制字符"),
        ("cases/{case}/exhibits/samples", {**SAMPLE, "taken_at": "1901-01-01T00:00+08:00"}, "“提取时间”不能早于1980年"),
        (
            "cases/{case}/handovers",
            {"type": "handed_in", "items": [{"exhibit": "x"}], "purpose": "\x00"},
            "“用途”第1个字符是控制字符",
        ),
    ],
)
@pytest.mark.parametrize("stack", ["sqlite+file", "postgresql+minio"], indirect=True)
def test_what_is_wrong_is_told_with_its_chinese_name(service, path, given, said):
    case = service.open_case()
    body = {**ALARM, **given} if path == "incidents" else given
    answer = service.investigator.post(f"/api/v1/{path.format(case=case)}", json=body)
    assert said in problem(answer, 400, "input-refused")
    assert len(service.investigator.get("/api/v1/incidents").json()) == 1


def test_a_page_tells_what_is_wrong_in_the_same_words(service):
    form = {**ALARM, "received_at": "0001-01-01T00:00"}
    answer = service.investigator.post("/incidents/new", data=form, headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert "“接报时间”不能早于1980年" in answer.text
    form = {**ALARM, "received_at": "2026-11-24T22:49", "caller": "a\x00"}
    answer = service.investigator.post("/incidents/new", data=form, headers={"accept": "text/html"})
    assert "“报警人”第2个字符是控制字符" in answer.text
    case = service.open_case()
    form = {"slug": "scene_inspected", "fact.leader": "王\x01"}
    answer = service.investigator.post(f"/cases/{case}/steps", data=form, headers={"accept": "text/html"})
    assert "“勘验负责人”第2个字符是控制字符" in answer.text


def test_lines_are_kept_where_a_fact_may_have_several(service):
    case = service.open_case()
    sample = {**SAMPLE, "features": "  壳体熔融\r\n触头粘连  "}
    number = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=sample).json()["number"]
    chain = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{number}").json()["chain"]
    assert chain[0]["facts"]["features"] == "壳体熔融\n触头粘连"


@both_stacks
def test_what_is_said_of_a_file_is_checked_before_its_bytes_are_taken(service):
    case = service.open_case()
    for more, said in (
        ({"place": "a\x01"}, "“提取地点”第2个字符是控制字符"),
        ({"witness": "长" * 61}, "“见证人”最多 60 个字"),
    ):
        assert said in problem(service.upload(case, b"x", **more), 400, "input-refused")
    assert "“证据种类”" in problem(service.upload(case, b"x", kind="?"), 400, "bad-request")
    assert list(service.here.store.keys("originals/")) == []


@both_stacks
def test_an_address_with_nul_is_refused(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    for path in (
        "/api/v1/cases/%00",
        f"/api/v1/cases/{case}/exhibits/{number}%00",
        f"/api/v1/cases/{case}/exhibits/{number}/original?purpose=%00",
        f"/api/v1/cases/{case}/documents/%00/file",
        f"/api/v1/cases/{case}/documents/drafts/D13%00",
    ):
        assert "空字符" in problem(service.investigator.get(path), 400, "input-refused"), path
    for path in ("/cases?q=%00", "/cases?stage=%00", "/cases/%00", "/incidents/%00/case"):
        page = service.investigator.get(path, headers={"accept": "text/html"})
        assert (page.status_code, "空字符" in page.text) == (400, True), path
    answer = service.upload(case, b"x", "a\x00.jpg")
    assert answer.status_code == 400


def test_an_unknown_address(service):
    problem(service.investigator.get("/api/v1/nonsense"), 404, "not-found")


def test_people_see_the_same_words_as_a_page(service):
    answer = service.neighbour.get("/cases/4105022026O0001", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "不在您的查看范围" in answer.text


def test_a_download_that_is_refused_is_a_page_in_a_browser(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    url = f"/api/v1/cases/{case}/exhibits/{number}/original?purpose="
    answer = service.legal.get(url, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "用途" in answer.text


def test_the_session_cookie_is_out_of_reach_of_scripts(service):
    browser = Browser(service.app)
    answer = browser.post("/api/v1/session", json={"login": "legal", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
