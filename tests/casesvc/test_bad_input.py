"""Bad input: each answers in Chinese with what to do, and nothing is lost."""

import base64
import hashlib
import json

import pytest

from casesvc.accounts import MOST_FAILURES
from tests.casesvc.conftest import ALARM, PASSWORD, SCENE, Browser
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


def test_wrong_passwords_lock_the_account_for_the_right_one_too(service):
    browser = Browser(service.app)
    for _ in range(MOST_FAILURES):
        browser.post("/api/v1/session", json={"login": "legal", "password": "wrong"})
    answer = browser.post("/api/v1/session", json={"login": "legal", "password": PASSWORD})
    assert "分钟后再试" in problem(answer, 429, "account-locked")


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


def test_the_collector_cannot_keep(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    answer = service.investigator.post(f"/api/v1/cases/{case}/exhibits/{number}/hand-in", json={"place": "A"})
    problem(answer, 403, "not-permitted")


def test_an_original_is_not_read_without_a_purpose(service):
    case = service.open_case()
    number = service.upload(case, b"x").json()["exhibit"]["number"]
    url = f"/api/v1/cases/{case}/exhibits/{number}/original"
    assert "用途" in problem(service.legal.get(url), 422, "purpose-missing")
    problem(service.legal.get(url, params={"purpose": "  "}), 422, "purpose-missing")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/incidents", "{"),
        ("/api/v1/incidents", json.dumps({**ALARM, "received_at": "yesterday"})),
        ("/api/v1/incidents", json.dumps({**ALARM, "received_at": "2026-11-24T22:49:00"})),
        ("/api/v1/incidents", json.dumps({**ALARM, "caller": "长" * 1000})),
        ("/api/v1/cases", "[]"),
        ("/api/v1/session", "null"),
    ],
)
def test_bodies_that_cannot_be_read(service, path, body):
    answer = service.investigator.post(path, content=body, headers={"content-type": "application/json"})
    problem(answer, 400, "bad-request")


def test_an_unknown_address(service):
    problem(service.investigator.get("/api/v1/nonsense"), 404, "not-found")


def test_people_see_the_same_words_as_a_page(service):
    answer = service.neighbour.get("/cases/4105022026O0001", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "不在您的查看范围" in answer.text


def test_the_session_cookie_is_out_of_reach_of_scripts(service):
    browser = Browser(service.app)
    answer = browser.post("/api/v1/session", json={"login": "legal", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
