"""One fire from alarm to referral through the API, on both stacks."""

import hashlib
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import docx

from casesvc.demo.photographs import demo_photographs
from evidence.moments import BEIJING
from tests.casesvc.conftest import SCENE, both_stacks

SAMPLE = {
    "name": "断路器残骸",
    "quantity": "1 个",
    "features": "壳体熔融",
    "position": "东墙配电箱内，距北墙 2.35 米",
    "method": "拆取",
    "packing": "物证袋",
    "second_officer": "李文静",
    "witness": "马会计",
    "photo": "001",
    "seal": "FY-2026-000117",
}
CAUSE = {
    "kind": "found",
    "started_at": "2026-11-24T22:31+08:00",
    "area": "库房东部",
    "point": "配电箱下方",
    "reason": "电气线路短路",
}


def draft(client, case, form):
    answer = client.get(f"/api/v1/cases/{case}/documents/drafts/{form}")
    assert answer.status_code == 200, answer.text
    return answer.json()["fields"]


def issue(client, case, form, **more):
    fields = {**draft(client, case, form), **more}
    answer = client.post(f"/api/v1/cases/{case}/documents", json={"form": form, "fields": fields})
    assert answer.status_code == 201, answer.text
    file = client.get(f"/api/v1/cases/{case}/documents/{answer.json()['number']}/file")
    assert hashlib.sha256(file.content).hexdigest() == answer.json()["sha256"]
    document = docx.Document(io.BytesIO(file.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return answer.json()["number"], "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@both_stacks
def test_a_fire_from_alarm_to_referral(service):
    case = service.open_case()
    assert case == "4105022026O0001"
    ok(service.take("approver", case, "investigators_assigned", first="王建国", second="李文静"))
    ok(service.take("investigator", case, "scene_inspected", **SCENE))

    fire_at = datetime(2026, 11, 24, 22, 40, tzinfo=BEIJING)
    photographs = list(demo_photographs(fire_at, width=300))
    for photograph in photographs:
        receipt = service.upload(case, photograph.content, photograph.file_name, category="概貌")
        assert receipt.status_code == 201, receipt.text
        assert receipt.json()["file"]["sha256"] == hashlib.sha256(photograph.content).hexdigest()
    sample = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE)
    assert sample.status_code == 201, sample.text

    exhibit = sample.json()["number"]
    offered = service.offer(case, exhibit)
    assert offered.status_code == 201, offered.text
    still = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()
    assert still["exhibit"]["holder"].startswith("某investigator"), "the giver holds it until it is accepted"
    found = {"exhibit": exhibit, "quantity": "1 个", "seal_before": SAMPLE["seal"], "condition": "封口完好"}
    accepted = service.answer(case, offered.json()["number"], {**found, "place": "物证室 A 柜"})
    assert accepted.status_code == 201, accepted.text
    kept = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()
    assert [event["type"] for event in kept["chain"]] == ["collected", "sealed", "offered", "handed_in"]
    assert kept["exhibit"]["holder"].startswith("某custodian")
    assert kept["standing"]["health"] == "sound", kept["standing"]["defects"]
    assert kept["standing"]["place"] == "物证室 A 柜"

    number, text = issue(service.investigator, case, "D13")
    assert number == f"{case}-D13-01"
    assert "断路器残骸" in text
    hearing = {"parties": "马会计到场", "cause": "电气线路短路", "opinions": "无异议"}
    ok(service.take("investigator", case, "parties_heard", **hearing))
    ok(service.take("approver", case, "determination_approved", decision="agreed", opinion="同意"))
    number, text = issue(
        service.investigator,
        case,
        "D31",
        burned_area="120",
        direct_loss="179000",
        deaths=0,
        injuries=0,
        parties=["马会计"],
        cause=CAUSE,
    )
    assert number == "安文消火认字〔2026〕第0001号"
    assert "十五个工作日" in text
    assert "安阳市消防救援支队" in text

    suspicion = {"suspect": "马某", "charge": "失火罪", "team": "陈志远、王建国", "facts": "违规用火"}
    ok(service.take("legal", case, "suspicion_reported", **suspicion))
    ok(service.take("approver", case, "referral_approved", decision="agreed", opinion="同意移送"))
    basis = ["《中华人民共和国刑法》第一百一十五条第二款"]
    attachments = [{"name": "涉嫌犯罪案件情况的调查报告", "copies": 1, "pages": 18}]
    number, text = issue(service.legal, case, "D48", charge_basis=basis, phone="0372-1190000", attachments=attachments)
    assert number == "安文消移字〔2026〕第0001号"
    assert "安阳市公安局文峰分局" in text

    exhibits = service.supervisor.get(f"/api/v1/cases/{case}/exhibits").json()
    assert len(exhibits) == len(photographs) + 1
    for exhibit in exhibits[:-1]:
        wait_for_readings(service, case, exhibit["number"])
    report = service.supervisor.post(f"/api/v1/cases/{case}/verification")
    assert report.status_code == 200, report.text
    assert report.json()["by"] == "某supervisor"
    read = report.json()["report"]
    assert read["findings"] == []
    assert (read["originals"], read["copies"], read["documents"]) == (len(photographs), 2 * len(photographs), 3)
    kept = service.legal.get(f"/api/v1/cases/{case}/verifications").json()
    assert kept == [report.json()]
    chain = service.supervisor.get(f"/api/v1/cases/{case}/exhibits/{exhibits[0]['number']}").json()["chain"]
    assert chain[-1]["type"] == "verified"
    assert chain[-1]["facts"]["result"] == "unchanged"
    assert service.investigator.get(f"/api/v1/cases/{case}").json()["stage"] == "referral"


def ok(answer):
    assert answer.status_code == 201, answer.text


def wait_for_readings(service, case, exhibit):
    """The jobs' thread reads photographs behind the answer."""
    for _ in range(100):
        detail = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()
        if detail["reading"]:
            break
        time.sleep(0.1)
    assert detail["reading"]["facts"]["width"]
    picture = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{exhibit}/thumbnail")
    assert picture.status_code == 200
    assert picture.content.startswith(b"\xff\xd8")


def test_an_original_comes_back_byte_for_byte_and_the_reading_is_recorded(service):
    case = service.open_case()
    content = bytes(range(256)) * 5000
    exhibit = service.upload(case, content, "监控录像.bin", kind="electronic").json()["exhibit"]["number"]
    url = f"/api/v1/cases/{case}/exhibits/{exhibit}/original"
    answer = service.legal.get(url, params={"purpose": "审查起诉材料"})
    assert answer.content == content
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in answer.headers["content-disposition"]
    reads = service.supervisor.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()["reads"]
    assert (reads[0]["what"], reads[0]["purpose"], reads[0]["by"]) == ("download", "审查起诉材料", "某legal")
    assert service.investigator.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()["reads"] == []


def test_a_twin_is_flagged_and_kept(service):
    case = service.open_case()
    first = service.upload(case, b"same bytes").json()
    second = service.upload(case, b"same bytes", "b.jpg").json()
    assert first["twins"] == []
    assert second["twins"] == [first["exhibit"]["number"]]


def test_a_sending_repeated_because_its_answer_was_lost_is_one_exhibit(service):
    case = service.open_case()
    key = {"sending": "0123456789abcdef"}
    first = service.upload(case, b"same sending", **key)
    again = service.upload(case, b"same sending", **key)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert len(service.investigator.get(f"/api/v1/cases/{case}/exhibits").json()) == 1


def test_a_sendings_name_does_not_serve_twice(service):
    case, other = service.open_case(), service.open_case()
    key = {"sending": "0123456789abcdef"}
    service.upload(case, b"same sending", **key)
    answer = service.upload(other, b"same sending", **key)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:casesvc:problem:sending-reused")
    answer = service.upload(case, b"other", **key)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:casesvc:problem:sending-reused")


@both_stacks
def test_the_same_sending_twice_at_once_is_one_exhibit(service):
    case = service.open_case()
    key = {"sending": "raced-sending"}
    login = service.investigator  # logged in before the race
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.upload(case, b"raced" * 100_000, **key), range(4)))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.json()["exhibit"]["number"] for answer in answers}) == 1
    assert len(login.get(f"/api/v1/cases/{case}/exhibits").json()) == 1
