"""Handovers as the service's people meet them: both sides confirm, and custody moves only when the receiver has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from casesvc.acts import now
from tests.casesvc.conftest import PASSWORD, both_stacks
from tests.casesvc.test_walk import SAMPLE

FOUND = {"quantity": "1 个", "seal_before": SAMPLE["seal"], "condition": "封口完好"}


@pytest.fixture
def case(service) -> str:
    return service.open_case()


@pytest.fixture
def sample(service, case) -> str:
    answer = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def detail(service, case, exhibit, login="supervisor"):
    return service.__getattr__(login).get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()


def holder(service, case, exhibit) -> str:
    return detail(service, case, exhibit)["exhibit"]["holder"].split("（")[0]


def chain(service, case, exhibit) -> list[str]:
    return [event["type"] for event in detail(service, case, exhibit)["chain"]]


def offered(service, case, *exhibits, **more) -> str:
    answer = service.offer(case, *exhibits, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def slug(answer) -> str:
    return answer.json()["type"].rsplit(":", 1)[-1]


def kept(service, case, sample) -> None:
    answer = service.answer(case, offered(service, case, sample), {"exhibit": sample, **FOUND})
    assert answer.status_code == 201, answer.text


def test_the_giver_stays_holder_until_the_receiver_has_accepted(service, case, sample):
    number = offered(service, case, sample)
    assert holder(service, case, sample) == "某investigator"
    waiting = service.custodian.get("/api/v1/handovers").json()
    assert [(each["number"], each["to_me"], each["open"]) for each in waiting] == [(number, True, 1)]
    answer = service.answer(case, number, {"exhibit": sample, **FOUND, "place": "物证室"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["items"][0]["outcome"] == "accepted"
    assert holder(service, case, sample) == "某custodian"
    event = detail(service, case, sample)["chain"][-1]
    assert event["facts"]["confirmed_by"] == "password"
    assert event["facts"]["from"]["name"] == "某investigator"
    assert service.custodian.get("/api/v1/handovers").json() == []


def test_accepting_twice_tells_that_it_was_accepted(service, case, sample):
    number = offered(service, case, sample)
    service.answer(case, number, {"exhibit": sample, **FOUND})
    again = service.answer(case, number, {"exhibit": sample, **FOUND})
    assert (again.status_code, slug(again)) == (409, "handover-answered")
    assert "某custodian" in again.json()["detail"]
    assert chain(service, case, sample).count("handed_in") == 1


@pytest.mark.parametrize("login", ["second", "supervisor", "legal"])
def test_only_those_to_whom_it_was_offered_accept(service, case, sample, login):
    number = offered(service, case, sample)
    refused = service.answer(case, number, {"exhibit": sample, **FOUND}, login=login)
    assert refused.status_code == 403, refused.text
    assert holder(service, case, sample) == "某investigator"


def test_a_neighbour_does_not_learn_of_a_handover(service, case, sample):
    number = offered(service, case, sample)
    assert service.neighbour.get(f"/api/v1/cases/{case}/handovers/{number}").status_code == 404
    assert service.answer(case, number, {"exhibit": sample, **FOUND}, login="neighbour").status_code == 404


def test_a_wrong_password_moves_nothing(service, case, sample):
    number = offered(service, case, sample)
    refused = service.answer(case, number, {"exhibit": sample, **FOUND}, proof="Wrong-password-1")
    assert refused.status_code == 422
    assert "handed_in" not in chain(service, case, sample)


def test_an_offer_withdrawn_under_way_is_told_to_the_receiver(service, case, sample):
    number = offered(service, case, sample)
    withdrawn = service.investigator.post(
        f"/api/v1/cases/{case}/handovers/{number}/withdrawal", json={"reason": "送检在先"}
    )
    assert withdrawn.status_code == 201, withdrawn.text
    late = service.answer(case, number, {"exhibit": sample, **FOUND})
    assert (late.status_code, slug(late)) == (409, "handover-answered")
    assert chain(service, case, sample)[-2:] == ["offered", "withdrawn"]
    assert detail(service, case, sample)["standing"]["health"] == "sound"
    offered(service, case, sample)


def test_an_exhibit_is_offered_once_at_a_time_and_only_by_its_holder(service, case, sample):
    offered(service, case, sample)
    assert slug(service.offer(case, sample)) == "offer-open"
    assert slug(service.offer(case, sample, login="second")) == "not-the-giver"


@both_stacks
def test_of_two_custodians_at_once_exactly_one_wins_and_the_other_is_told(service, case, sample):
    number = offered(service, case, sample)
    logins = ["custodian", "keeper"]
    for login in logins:
        service.__getattr__(login)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda login: service.answer(case, number, {"exhibit": sample, **FOUND}, login=login), logins)
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert slug(lost) == "handover-answered"
    won = logins[0] if answers[0].status_code == 201 else logins[1]
    assert holder(service, case, sample) == f"某{won}"
    assert chain(service, case, sample).count("handed_in") == 1


def test_a_wrong_seal_number_is_refused_and_with_a_reason_recorded_and_shown(service, case, sample):
    number = offered(service, case, sample)
    wrong = {"exhibit": sample, **FOUND, "seal_before": "FY-9"}
    assert slug(service.answer(case, number, wrong)) == "rule-broken"
    taken = service.answer(case, number, wrong, breach_reason="封条在途中破损，现场换封")
    assert taken.status_code == 201, taken.text
    standing = detail(service, case, sample)["standing"]
    (defect,) = [each for each in standing["defects"] if each["kind"] == "seal_differs"]
    assert (defect["expected"], defect["found"]) == (SAMPLE["seal"], "FY-9")
    assert defect["reason"] == "封条在途中破损，现场换封"
    assert standing["health"] == "defective"


@pytest.mark.parametrize("fact", ["quantity", "condition", "seal_before"])
def test_what_the_receiver_has_to_check_is_asked_for(service, case, sample, fact):
    number = offered(service, case, sample)
    answer = service.answer(case, number, {"exhibit": sample, **FOUND, fact: ""})
    assert answer.status_code == 422, answer.text
    assert "请填写" in answer.json()["detail"]


def test_each_exhibit_is_answered_for_itself(service, case, sample):
    other = service.investigator.post(
        f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": "FY-2", "name": "导线"}
    ).json()["number"]
    number = offered(service, case, sample, other)
    rejected = {"exhibit": other, "accepted": False, "reason": "封条破损"}
    answer = service.answer(case, number, {"exhibit": sample, **FOUND}, rejected)
    assert [item["outcome"] for item in answer.json()["items"]] == ["accepted", "rejected"]
    assert holder(service, case, other) == "某investigator"
    assert chain(service, case, other)[-1] == "rejected"


def test_the_collector_is_not_the_custodian_of_his_exhibit(service, case):
    """Nobody has both roles in one account; the rule holds for whoever collected and later keeps."""
    answer = service.offer(case, "none")
    assert answer.status_code == 404


def test_electronic_exhibits_are_read_again_before_they_change_hands(service, case):
    exhibit = service.upload(case, b"\xff\xd8 a photograph").json()["exhibit"]["number"]
    number = offered(service, case, exhibit, act="handed_over", receiver="second")
    answer = service.answer(case, number, {"exhibit": exhibit}, login="second")
    assert answer.status_code == 201, answer.text
    event = detail(service, case, exhibit)["chain"][-1]
    assert event["facts"]["checked"]["result"] == "unchanged"
    assert event["facts"]["checked"]["sha256"] == detail(service, case, exhibit)["exhibit"]["file"]["sha256"]


def test_bytes_that_were_changed_are_not_accepted(service, case):
    exhibit = service.upload(case, b"\xff\xd8 a photograph").json()["exhibit"]["number"]
    number = offered(service, case, exhibit, act="handed_over", receiver="second")
    (stored,) = (path for path in service.here.settings.data_dir.rglob("*") if _is(path, b"\xff\xd8 a photograph"))
    stored.chmod(0o600)
    stored.write_bytes(b"\xff\xd8 b photograph")
    refused = service.answer(case, number, {"exhibit": exhibit}, login="second")
    assert (refused.status_code, slug(refused)) == (409, "stored-bytes-differ")
    assert holder(service, case, exhibit) == "某investigator"
    rejected = {"exhibit": exhibit, "accepted": False, "reason": "校验值不一致"}
    assert service.answer(case, number, rejected, login="second").status_code == 201


def _is(path, content) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


@pytest.mark.parametrize(
    ("type_", "to"),
    [
        ("handed_in", {"receiver": "second"}),
        ("handed_in", {"unit": "410500"}),
        ("handed_over", {"receiver": "administrator"}),
        ("handed_over", {"receiver": "neighbour"}),
    ],
)
def test_who_cannot_receive_is_not_offered_to(service, case, sample, type_, to):
    assert slug(service.offer(case, sample, act=type_, **to)) == "receiver-cannot"


def test_an_unknown_person_is_no_receiver(service, case, sample):
    assert slug(service.offer(case, sample, act="handed_over", receiver="nobody")) == "person-unknown"


def test_borrowing_needs_approval_and_a_term_and_goes_back(service, case, sample):
    kept(service, case, sample)
    terms = {"act": "borrowed", "receiver": "second", "purpose": "复核", "login": "custodian"}
    assert "期限" in service.offer(case, sample, **terms).json()["detail"]
    terms["term"] = "2099-01-01T10:00:00+08:00"
    assert service.offer(case, sample, **terms).status_code == 400, "a term of seventy years is a slip"
    terms["term"] = "2027-01-01T10:00:00+08:00"
    assert slug(service.offer(case, sample, **terms)) == "rule-broken"
    asked = {"type": "borrowed", "exhibits": [sample], "reason": "现场复核", "term": terms["term"]}
    assert service.second.post(f"/api/v1/cases/{case}/custody/requests", json=asked).status_code == 201
    decided = {"exhibits": [sample], "decision": "agreed", "opinion": "同意", "proof": PASSWORD}
    assert service.approver.post(f"/api/v1/cases/{case}/custody/decisions", json=decided).status_code == 201
    number = offered(service, case, sample, **terms)
    assert service.answer(case, number, {"exhibit": sample, **FOUND}, login="second").status_code == 201
    assert detail(service, case, sample)["standing"]["whereabouts"] == "borrowed"
    back = offered(service, case, sample, act="returned", login="second")
    assert service.answer(case, back, {"exhibit": sample, **FOUND}).status_code == 201
    standing = detail(service, case, sample)["standing"]
    assert (standing["whereabouts"], standing["health"]) == ("stored", "sound"), standing["defects"]


def test_who_asked_does_not_approve_and_a_refusal_opens_nothing(service, case, sample):
    kept(service, case, sample)
    asked = {"type": "destroyed", "exhibits": [sample], "reason": "危险品"}
    service.investigator.post(f"/api/v1/cases/{case}/custody/requests", json=asked)
    decided = {"exhibits": [sample], "decision": "refused", "opinion": "先鉴定", "proof": PASSWORD}
    assert service.investigator.post(f"/api/v1/cases/{case}/custody/decisions", json=decided).status_code == 403
    assert service.approver.post(f"/api/v1/cases/{case}/custody/decisions", json=decided).status_code == 201
    again = service.approver.post(f"/api/v1/cases/{case}/custody/decisions", json=decided)
    assert slug(again) == "request-not-open"
    act = {
        "type": "destroyed",
        "exhibits": [sample],
        "facts": {"reason": "危险品", "method": "深埋", "place": "填埋场"},
        "second_officer": "李文静",
        "witnesses": ["马玉兰", "刘志强"],
    }
    assert slug(service.custodian.post(f"/api/v1/cases/{case}/custody/acts", json=act)) == "rule-broken"


def test_police_sign_on_paper_and_the_scan_is_the_acceptance(service, case, sample):
    police = {
        "act": "transferred_to_police",
        "outside_name": "赵警官",
        "outside_organisation": "安阳市公安局文峰分局",
        "outside_document": "警号 041234",
        "purpose": "移送涉嫌犯罪案件",
    }
    number = offered(service, case, sample, **police)
    paper = {"answers": [{"exhibit": sample, "accepted": True, **FOUND}], "paper": "none", "proof": PASSWORD}
    url = f"/api/v1/cases/{case}/handovers/{number}/paper"
    assert service.investigator.post(url, json=paper).status_code == 404
    scan = service.upload(case, b"%PDF-1.4 signed", "交接单.pdf", kind="document").json()["exhibit"]["number"]
    answer = service.investigator.post(url, json={**paper, "paper": scan})
    assert answer.status_code == 201, answer.text
    shown = detail(service, case, sample)
    assert shown["exhibit"]["holder"] == "赵警官（安阳市公安局文峰分局）"
    assert shown["chain"][-1]["facts"]["paper"]["exhibit"] == scan
    assert (shown["standing"]["ended"], shown["standing"]["health"]) == (True, "sound"), shown["standing"]["defects"]
    assert slug(service.offer(case, sample)) == "not-the-giver"


def test_a_take_over_waits_for_its_review_and_stays_visible(service, case, sample):
    offered(service, case, sample)
    taking = {"exhibits": [sample], "reason": "库房漏水", "proof": PASSWORD, **FOUND}
    url = f"/api/v1/cases/{case}/custody"
    taken = service.keeper.post(f"{url}/take-overs", json=taking)
    assert taken.status_code == 201, taken.text
    assert holder(service, case, sample) == "某keeper"
    assert service.custodian.get("/api/v1/handovers").json() == [], "the offer has ended"
    standing = detail(service, case, sample)["standing"]
    assert standing["review"] is not None
    assert [defect["kind"] for defect in standing["defects"]] == ["taken_over"]
    reviewing = {"exhibits": [sample], "decision": "agreed", "opinion": "情况属实", "proof": PASSWORD}
    assert service.approver.post(f"{url}/reviews", json=reviewing).status_code == 403
    assert service.supervisor.post(f"{url}/reviews", json=reviewing).status_code == 201
    after = detail(service, case, sample)["standing"]
    assert after["review"] is None
    assert [defect["kind"] for defect in after["defects"]] == ["taken_over"], "reviewed, and never forgotten"


def test_a_correction_shows_both_and_counts(service, case, sample):
    kept(service, case, sample)
    url = f"/api/v1/cases/{case}/custody"
    stored = {"type": "stored", "exhibits": [sample], "facts": {"place": "物证室 3 号柜"}}
    assert service.custodian.post(f"{url}/acts", json=stored).status_code == 201
    seq = detail(service, case, sample)["chain"][-1]["seq"]
    wrong = {"exhibit": sample, "event": seq, "facts": {"place": "物证室 2 号柜"}, "reason": "填错柜号"}
    corrected = service.custodian.post(f"{url}/corrections", json=wrong)
    assert corrected.status_code == 201, corrected.text
    shown = detail(service, case, sample)
    assert shown["chain"][seq]["facts"]["place"] == "物证室 3 号柜"
    assert shown["standing"]["place"] == "物证室 2 号柜"
    assert shown["standing"]["health"] == "sound"
    fixed = {"exhibit": sample, "event": 0, "facts": {"to": "别人"}, "reason": "换人"}
    assert slug(service.custodian.post(f"{url}/corrections", json=fixed)) == "correction-refused"


def test_a_whole_life_of_handovers_verifies(service, case, sample):
    test_borrowing_needs_approval_and_a_term_and_goes_back(service, case, sample)
    report = service.supervisor.post(f"/api/v1/cases/{case}/verification").json()["report"]
    assert report["findings"] == []


def test_what_is_fetched_from_outside_is_taken_by_the_unit_and_never_by_a_rejection(service, case, sample):
    to = {"outside_name": "王工", "outside_organisation": "省鉴定中心", "term": "2030-01-01T00:00:00+08:00"}
    handover = offered(service, case, sample, act="sent_for_examination", **to)
    paper = service.upload(case, b"\xff\xd8 a photograph").json()["exhibit"]["number"]
    found = {"exhibit": sample, "accepted": True, **FOUND}
    url = f"/api/v1/cases/{case}/handovers"
    signed = {"answers": [found], "paper": paper, "proof": PASSWORD}
    assert service.investigator.post(f"{url}/{handover}/paper", json=signed).status_code == 201
    back = {**signed, "purpose": "检毕取回"}
    assert slug(service.investigator.post(f"{url}/taken-back", json=back)) == "paper-taken"
    second = service.upload(case, b"\xff\xd8 another photograph").json()["exhibit"]["number"]
    back["paper"] = second
    assert slug(service.city.post(f"{url}/taken-back", json=back)) == "outside-unit"
    rejected = {**back, "answers": [{**found, "accepted": False, "reason": "破损"}]}
    assert slug(service.investigator.post(f"{url}/taken-back", json=rejected)) == "input-refused"
    assert chain(service, case, sample)[-1] == "sent_for_examination"
    assert service.investigator.post(f"{url}/taken-back", json=back).status_code == 204


def test_nothing_is_read_again_for_who_is_not_the_receiver_or_comes_late(service, case, monkeypatch):
    file = service.upload(case, b"\xff\xd8 a photograph").json()["exhibit"]["number"]
    handover = offered(service, case, file)
    monkeypatch.setattr("casesvc.api.handovers.reread", lambda *_: pytest.fail("the bytes were read"))
    assert slug(service.answer(case, handover, {"exhibit": file}, login="second")) == "not-the-receiver"
    monkeypatch.undo()
    assert service.answer(case, handover, {"exhibit": file}).status_code == 201
    monkeypatch.setattr("casesvc.api.handovers.reread", lambda *_: pytest.fail("the bytes were read"))
    assert slug(service.answer(case, handover, {"exhibit": file}, login="keeper")) == "handover-answered"


def test_a_correction_does_not_make_a_breach_undone(service, case, sample):
    wrong = {"exhibit": sample, **FOUND, "seal_before": "FY-9"}
    service.answer(case, offered(service, case, sample), wrong, breach_reason="封条在途中破损")
    seq = detail(service, case, sample)["chain"][-1]["seq"]
    right = {"exhibit": sample, "event": seq, "facts": {"seal_before": SAMPLE["seal"]}, "reason": "看错"}
    url = f"/api/v1/cases/{case}/custody/corrections"
    assert slug(service.investigator.post(url, json=right)) == "correction-refused", "not his words"
    assert service.custodian.post(url, json=right).status_code == 201
    (defect,) = detail(service, case, sample)["standing"]["defects"]
    assert (defect["kind"], defect["reason"]) == ("corrected_away", "封条号与前一次封装不符")


def test_supervisors_see_offers_that_have_waited_too_long(service, case, sample, monkeypatch):
    number = offered(service, case, sample)
    assert "移交超时未接收" not in service.supervisor.get("/custody").text
    later = now() + timedelta(hours=25)
    monkeypatch.setattr("casesvc.pages.custody.now", lambda: later)
    page = service.supervisor.get("/custody").text
    assert "移交超时未接收" in page
    assert number in page


def test_who_holds_an_exhibit_of_another_unit_says_where_he_keeps_it_and_that_it_is_lost(service, case, sample):
    handover = offered(service, case, sample, act="handed_over", receiver="city")
    assert service.answer(case, handover, {"exhibit": sample, **FOUND}, login="city").status_code == 201
    acts = f"/api/v1/cases/{case}/custody/acts"
    other = service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": "FY-2"}).json()[
        "number"
    ]
    stored = {"type": "stored", "exhibits": [sample], "facts": {"place": "支队物证室 1 号柜"}}
    assert slug(service.city.post(acts, json={**stored, "exhibits": [sample, other]})) == "outside-unit"
    assert slug(service.city.post(acts, json={**stored, "type": "opened"})) == "outside-unit"
    assert slug(service.neighbour.post(acts, json=stored)) == "case-unknown"
    assert service.city.post(acts, json=stored).status_code == 201
    assert detail(service, case, sample)["standing"]["place"] == "支队物证室 1 号柜"
    assert f"type=stored&amp;exhibits={sample}" in service.city.get(f"/cases/{case}/exhibits/{sample}").text
    assert f"type=stored&amp;exhibits={other}" not in service.city.get(f"/cases/{case}/exhibits/{other}").text
    lost = {"type": "lost", "exhibits": [sample], "facts": {"reason": "盘点未见", "last_seen": "上月"}}
    assert service.city.post(acts, json=lost).status_code == 201
    assert chain(service, case, sample)[-1] == "lost"
