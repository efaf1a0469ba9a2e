"""The documents of custody, drafted from the record and issued: handover form, media sealed, data extracted."""

import io

import docx
import pytest

from tests.casesvc.conftest import SCENE
from tests.casesvc.test_walk import SAMPLE, issue

MEDIUM = {
    "medium_type": "智能手机",
    "brand": "华为 Mate 60",
    "device_serial": "SN0012",
    "capacity": "256 GB",
    "power_state": "关机",
    "measures": "装入信号屏蔽袋",
    "device_holder": "马玉兰",
}


@pytest.fixture
def case(service) -> str:
    number = service.open_case()
    assert service.take("approver", number, "investigators_assigned", first="王建国", second="李文静").status_code < 300
    assert service.take("investigator", number, "scene_inspected", **SCENE).status_code < 300
    return number


def registered(service, case, **more) -> str:
    answer = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def handed_over(service, case, *exhibits, **more) -> str:
    """The number of an offer that says how each thing looks."""
    items = [{"exhibit": exhibit, "condition": "封口完好"} for exhibit in exhibits]
    return service.offer(case, items=items, **more).json()["number"]


def drafted(client, case, form, about) -> dict:
    answer = client.get(f"/api/v1/cases/{case}/documents/drafts/{form}", params={"about": about})
    assert answer.status_code == 200, answer.text
    return answer.json()["fields"]


def issued(client, case, form, about, **more) -> tuple[str, str]:
    fields = {**drafted(client, case, form, about), **more}
    answer = client.post(f"/api/v1/cases/{case}/documents", json={"form": form, "fields": fields})
    assert answer.status_code == 201, answer.text
    number = answer.json()["number"]
    file = client.get(f"/api/v1/cases/{case}/documents/{number}/file")
    document = docx.Document(io.BytesIO(file.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return number, "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_handover_form_is_issued_from_the_handover_by_either_side(service, case):
    sample, photo = registered(service, case), service.upload(case, b"\xff\xd8 x").json()
    exhibit = photo["exhibit"]["number"]
    police = {"outside_name": "赵警官", "outside_organisation": "安阳市公安局文峰分局", "purpose": "移送涉嫌犯罪案件"}
    handover = handed_over(service, case, sample, exhibit, act="transferred_to_police", **police)
    number, text = issued(service.investigator, case, "D61", handover)
    assert number.startswith("JJ-")
    for expected in (sample, exhibit, SAMPLE["seal"], "赵警官", "安阳市公安局文峰分局", "某investigator", handover):
        assert expected in text, expected
    assert photo["file"]["sha256"] in text
    assert photo["file"]["sm3"] in text


def test_whoever_keeps_exhibits_in_a_unit_writes_his_name_by_hand(service, case):
    sample = registered(service, case)
    handover = handed_over(service, case, sample)
    fields = drafted(service.investigator, case, "D61", handover)
    assert fields["receiver"] == {"kind": "outside", "unit": "安阳市文峰区消防救援大队"}
    _, text = issued(service.custodian, case, "D61", handover)
    assert sample in text


def test_handover_forms_are_numbered_without_gaps(service, case):
    offers = [handed_over(service, case, registered(service, case, seal=f"F{count}")) for count in (1, 2)]
    numbers = [issued(service.investigator, case, "D61", offer)[0] for offer in offers]
    assert [int(number[-4:]) for number in numbers] == [1, 2]


def test_a_sealed_medium_has_its_record_and_what_was_extracted_from_it_too(service, case):
    phone = registered(service, case, name="死者手机", medium=MEDIUM, quantity="1 部")
    times = {"started_at": "2026-11-25T08:30:00+08:00", "ended_at": "2026-11-25T08:50:00+08:00"}
    fields = drafted(service.investigator, case, "D18", phone)
    (medium,) = fields["media"]
    assert medium["exhibit"] == phone
    assert medium["seals"][0]["number"] == SAMPLE["seal"]
    medium |= {"model": "ALN-AL00", "photos_before": "001", "photos_after": "002"}
    medium["seals"][0]["position"] = "袋口"
    _, text = issued(service.investigator, case, "D18", phone, media=[medium], process="断电、装袋、封存", **times)
    assert "SN0012" in text
    assert "马玉兰" in text


def test_a_medium_without_a_seal_is_not_registered(service, case):
    body = {**SAMPLE, "name": "硬盘", "medium": MEDIUM, "seal": ""}
    answer = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=body)
    assert answer.status_code == 422
    assert "封条号" in answer.json()["detail"]


def test_the_extraction_list_still_comes_of_samples_alone(service, case):
    registered(service, case)
    number, text = issue(service.investigator, case, "D13")
    assert number.endswith("D13-01")
    assert SAMPLE["name"] in text
