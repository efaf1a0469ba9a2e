"""Issuing through the page: what was typed stays when it is refused; the form says early that it cannot be issued."""

import pytest

D13 = {
    "agency": "安阳市文峰区消防救援大队",
    "fire_name": "某<&>火灾",
    "place": "甲地",
    "extracted_at": "2026-11-25T09:30",
    "items.4.name": "断路器残骸",
    "items.4.quantity": "1个",
    "items.4.features": "壳体熔融",
    "items.4.position": "距北墙2.35米\r\n距地面1.40米",
    "items.4.method": "拆取",
    "items.4.packing": "物证袋",
    "items.4.photo": "036",
    "extractors.0": "王赟",
    "extractors.1": "刘镕",
    "attestation.kind": "none",
    "attestation.none.reason": "当事人拒绝签名",
}


@pytest.fixture
def case(service):
    number = service.open_case()
    service.take("approver", number, "investigators_assigned", first="王赟", second="刘镕")
    return number


def page(case, form="D13"):
    return f"/cases/{case}/documents/new/{form}"


def test_a_form_filled_on_the_page_is_issued(service, case):
    answer = service.investigator.post(page(case), data=D13, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case}#documents")
    (issued,) = service.investigator.get(f"/api/v1/cases/{case}/documents").json()
    assert issued["number"] == f"{case}-D13-01"


def test_a_refused_form_comes_back_as_it_was_filled(service, case):
    answer = service.investigator.post(page(case), data={**D13, "items.4.method": " "}, follow_redirects=False)
    assert answer.status_code == 422
    assert "提取方法" in answer.text
    assert 'href="#f-items-0-method"' in answer.text
    assert "某&lt;&amp;&gt;火灾" in answer.text
    assert all(typed in answer.text for typed in ("断路器残骸", "距地面1.40米", "当事人拒绝签名", "2026-11-25T09:30"))
    assert service.investigator.get(f"/api/v1/cases/{case}/documents").json() == []


def test_a_form_whose_step_cannot_be_taken_says_so_before_it_is_filled(service, case):
    shown = service.investigator.get(page(case, "D31"))
    assert shown.status_code == 200
    assert "现在不能出具" in shown.text
    assert "disabled" in shown.text.partition("data-issue")[2].partition(">")[0]
    refused = service.investigator.post(page(case, "D31"), data={"agency": "甲"}, follow_redirects=False)
    assert refused.status_code == 422


def test_the_pages_are_for_those_who_may(service, case):
    assert service.approver.get(page(case)).status_code == 403
    assert "由调查人员办理" in service.custodian.get(page(case)).text, "he issues handover forms, and no others"
    assert service.neighbour.get(page(case)).status_code == 404
    assert service.investigator.get(page(case, "D99")).status_code == 404
    assert service.investigator.get(page(case, "D01")).status_code == 409
    assert service.investigator.get(f"/cases/{case}/upload").status_code == 200
    assert service.legal.get(f"/cases/{case}/upload").status_code == 403
    assert service.neighbour.get(f"/cases/{case}/upload").status_code == 404
