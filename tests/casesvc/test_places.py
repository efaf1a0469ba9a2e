"""Storage places over the API and on the pages: whose they are, and exhibits put into them in every way."""

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from evidence.custody_event import EventType
from evidence.label import place_code_of, tag_of
from evidence.place import StoragePlace
from evidence.record import RecordEntry, What
from tests.casesvc.conftest import PASSWORD, both_stacks
from tests.casesvc.routes_places import FOUND, shelved
from tests.casesvc.test_bad_input import problem
from tests.casesvc.test_walk import SAMPLE

ROOM = {"kind": "room", "segment": "W1", "name": "物证室"}
CABINET = {"kind": "cabinet", "segment": "G1", "name": "一号柜", "parent": "W1"}


@pytest.fixture
def place(service):
    """Makes a place; the room W1 is there already."""

    def make(**facts):
        answer = service.custodian.post("/api/v1/places", json={**CABINET, **facts})
        assert answer.status_code == 201, answer.text
        return answer.json()

    assert service.custodian.post("/api/v1/places", json=ROOM).status_code == 201
    return make


def put(service, code, *exhibits, login="custodian", **more):
    body = {"exhibits": list(exhibits), **more}
    return getattr(service, login).post(f"/api/v1/places/410502/{code}/exhibits", json=body)


def chain(service, case, exhibit):
    return [
        event["type"] for event in service.custodian.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()["chain"]
    ]


@both_stacks
def test_a_tree_is_set_up_changed_and_closed(service, place):
    made = place(capacity=30, access="保管人")
    assert (made["code"], made["words"], made["exhibits"], made["seen"]) == ("W1-G1", "物证室 / 一号柜", 0, 0)
    change = {"name": "一号柜（南）", "capacity": 30, "closed": True, "seen": 0}
    changed = service.custodian.post("/api/v1/places/410502/W1-G1", json=change).json()
    assert (changed["name"], changed["closed"], changed["seen"]) == ("一号柜（南）", True, 1)
    refused = service.custodian.post("/api/v1/places/410502/W1-G1", json=change)
    assert "刷新页面" in problem(refused, 409, "place-changed")
    with service.here.database.reading() as tx:
        entries = tx.exec(select(RecordEntry).where(RecordEntry.what == What.PLACE)).all()
    assert len(entries) == 3, "each setting up and each change"


@pytest.mark.parametrize(
    ("given", "status", "slug", "said"),
    [
        ({"segment": "g 1"}, 422, "place-code-refused", "大写英文字母或数字"),
        ({"segment": "柜" * 20}, 422, "place-code-refused", "大写"),
        ({"name": " "}, 422, "fact-missing", "场所名称"),
        ({"name": "名" * 61}, 400, "input-refused", "最多 60 个字"),
        ({"capacity": 0}, 400, "input-refused", "不能小于 1"),
        ({"capacity": "many"}, 400, "input-refused", "容量"),
        ({"kind": "drawer"}, 400, "input-refused", "不是可选的类别"),
        ({"kind": "room"}, 422, "place-misplaced", "库房不能设在库房下面"),
        ({"parent": ""}, 422, "place-misplaced", "柜不能设在单位下面"),
        ({"parent": "W9"}, 404, "place-unknown", "W9"),
        ({"segment": "G1\x00"}, 400, "input-refused", "控制字符"),
    ],
)
def test_a_place_that_cannot_be(service, place, given, status, slug, said):
    assert said in problem(service.custodian.post("/api/v1/places", json={**CABINET, **given}), status, slug)


def test_a_code_is_used_once(service, place):
    place()
    detail = problem(service.custodian.post("/api/v1/places", json=CABINET), 409, "place-taken")
    assert "W1-G1" in detail


def test_places_are_of_their_unit(service, place):
    place()
    assert service.neighbour.get("/api/v1/places").status_code == 403
    assert [each["code"] for each in service.supervisor.get("/api/v1/places").json()] == ["W1", "W1-G1"]
    refused = service.supervisor.post("/api/v1/places/410502/W1", json={"name": "x", "seen": 0})
    problem(refused, 403, "not-permitted")
    problem(service.custodian.get("/api/v1/places/410523/W1"), 404, "place-unknown")
    problem(service.custodian.get("/api/v1/places/410502/%25"), 404, "place-unknown")


def test_exhibits_are_stored_then_moved_with_a_reason(service, place):
    place()
    case = service.open_case()
    first, second = shelved(service, case, 2, "FY")
    rows = put(service, "W1-G1", first, second).json()
    assert [(row["number"], row["place"], row["place_code"]) for row in rows] == [
        (first, "物证室 / 一号柜", "W1-G1"),
        (second, "物证室 / 一号柜", "W1-G1"),
    ]
    assert "原因" in problem(put(service, "W1", first), 422, "fact-missing")
    assert put(service, "W1", first, reason="柜门维修").status_code == 201
    assert chain(service, case, first)[-2:] == ["stored", "moved"]
    detail = service.custodian.get("/api/v1/places/410502/W1").json()
    assert (detail["place"]["exhibits"], [row["number"] for row in detail["contents"]]) == (2, [first, second])
    assert service.custodian.get("/api/v1/places/410502/W1-G1").json()["place"]["exhibits"] == 1


def test_exhibits_of_several_cases_are_put_away_together_or_not_at_all(service, place):
    place()
    one, other = service.open_case(), service.open_case()
    (mine,) = shelved(service, one, 1, "FYA")
    (theirs,) = shelved(service, other, 1, "FYB")
    unknown = put(service, "W1-G1", mine, "4105022026O0001-9999")
    assert "不在您的查看范围内" in problem(unknown, 404, "label-unknown")
    held = service.investigator.post(f"/api/v1/cases/{one}/exhibits/samples", json={**SAMPLE, "seal": "FY-9"}).json()
    assert "由持有人办理" in problem(put(service, "W1-G1", mine, held["number"]), 409, "rule-broken")
    assert "stored" not in chain(service, one, mine), "all or none"
    assert put(service, "W1-G1", mine, theirs, mine).status_code == 201
    assert chain(service, other, theirs)[-1] == "stored"


def test_a_full_or_unfit_place_is_refused_unless_it_has_happened(service, place):
    place(capacity=1)
    case = service.open_case()
    first, second = shelved(service, case, 2, "FY")
    assert put(service, "W1-G1", first).status_code == 201
    assert "存放数量不超过场所容量" in problem(put(service, "W1-G1", second), 409, "rule-broken")
    assert put(service, "W1-G1", second, breach_reason="其他柜在维修").status_code == 201
    standing = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{second}").json()["standing"]
    assert standing["health"] == "attention"
    assert [defect["rule"] for defect in standing["defects"]] == ["存放数量不超过场所容量"]


def test_the_form_of_an_act_names_places_by_their_code(service, place):
    place(fit_for_hazard=True)
    case = service.open_case()
    (sample,) = shelved(service, case, 1, "FY")
    act = {"type": "stored", "exhibits": [sample]}
    url = f"/api/v1/cases/{case}/custody/acts"
    unknown = service.custodian.post(url, json={**act, "facts": {"place": "随便写的", "place_code": "W7"}})
    assert "W7" in problem(unknown, 404, "place-unknown")
    stored = service.custodian.post(url, json={**act, "facts": {"place": "随便写的", "place_code": "W1-G1"}})
    assert stored.status_code == 201, stored.text
    event = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{sample}").json()["chain"][-1]
    assert '"place":"物证室 / 一号柜","place_code":"W1-G1"' in event["body"], "the code and the words agree"


def test_accepting_a_handover_puts_exhibits_into_a_place(service, place):
    place(capacity=1)
    case = service.open_case()
    samples = [
        service.investigator.post(
            f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": f"FY-{at}", "hazard": "dangerous"}
        ).json()["number"]
        for at in range(2)
    ]
    handover = service.offer(case, *samples).json()["number"]
    answers = [
        {"exhibit": each, "seal_before": f"FY-{at}", "place_code": "W1-G1", **FOUND} for at, each in enumerate(samples)
    ]
    refused = service.answer(case, handover, *answers)
    assert "危险物品存放在专门场所" in problem(refused, 409, "rule-broken")
    accepted = service.answer(case, handover, *answers, breach_reason="防爆柜未到货")
    assert accepted.status_code == 201, accepted.text
    contents = service.custodian.get("/api/v1/places/410502/W1-G1").json()
    assert [row["number"] for row in contents["contents"]] == samples
    event = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{samples[1]}").json()["chain"][-1]
    assert event["type"] == EventType.HANDED_IN
    assert '"rules":["place_fits","place_full"]' in event["body"]


def test_a_rejected_exhibit_takes_no_room(service, place):
    place(capacity=1)
    case = service.open_case()
    samples = [
        service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": f"FY-{at}"}).json()[
            "number"
        ]
        for at in range(2)
    ]
    handover = service.offer(case, *samples).json()["number"]
    rejected = {"exhibit": samples[0], "accepted": False, "reason": "封条破损", "place_code": "W1-G1"}
    accepted = {"exhibit": samples[1], "seal_before": "FY-1", "place_code": "W1-G1", **FOUND}
    assert service.answer(case, handover, rejected, accepted).status_code == 201
    assert service.custodian.get("/api/v1/places/410502/W1-G1").json()["place"]["exhibits"] == 1


def test_the_pages_say_the_same(service, place):
    place(capacity=1)
    case = service.open_case()
    (sample,) = shelved(service, case, 1, "FY")
    form = {"unit": "410502", "place": "W1-G1", "exhibits": sample}
    done = service.custodian.post("/custody/scan/put-away", data=form, follow_redirects=False)
    assert done.headers["location"] == "/custody/scan?mode=store&done=1"
    tree = service.custodian.get("/custody/places").text
    assert re.search(r'data-place="W1-G1".*?data-count="1"', tree, re.DOTALL)
    page = service.custodian.get("/custody/places/410502/W1-G1").text
    assert sample in page
    assert SAMPLE["name"] not in page, "names stand on pages whose view is recorded"
    closing = {"name": "一号柜", "closed": "true", "seen": "0", "capacity": ""}
    refused = service.custodian.post("/custody/places/410502/W1-G1", data=closing, headers={"accept": "text/html"})
    assert refused.status_code == 409
    assert "还有 1 件证据" in refused.text


def test_a_place_altered_behind_the_service_is_found(service, place, command):
    place()
    with service.here.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER place_state_no_update")
        connection.exec_driver_sql("UPDATE place_state SET capacity = 5000 WHERE seq = 0")
    told = command("verify")
    assert told.exit_code == 1
    assert "保管场所登记与操作记录不符" in told.output


def test_nothing_is_put_away_tomorrow(service, place):
    """The clock of a phone is not asked: an act that is put away takes the service's time."""
    place()
    case = service.open_case()
    (sample,) = shelved(service, case, 1, "FY")
    before = datetime.now(UTC)
    put(service, "W1-G1", sample, happened_at="2030-01-01T00:00:00+08:00")
    event = service.custodian.get(f"/api/v1/cases/{case}/exhibits/{sample}").json()["chain"][-1]
    assert before <= datetime.fromisoformat(event["at"]) <= datetime.now(UTC)
    assert "happened_at" not in event["body"]
    assert PASSWORD not in event["body"]


def test_two_shelves_of_one_room_do_not_hold_more_than_the_room(service):
    for facts in ({**ROOM, "capacity": 1}, CABINET, {**CABINET, "segment": "G2"}):
        assert service.custodian.post("/api/v1/places", json=facts).status_code == 201
    case = service.open_case()
    samples = [
        service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json={**SAMPLE, "seal": f"FY-{at}"}).json()[
            "number"
        ]
        for at in range(2)
    ]
    handover = service.offer(case, *samples).json()["number"]
    answers = [
        {"exhibit": each, "seal_before": f"FY-{at}", "place_code": f"W1-G{at + 1}", **FOUND}
        for at, each in enumerate(samples)
    ]
    assert "不超过场所容量" in problem(service.answer(case, handover, *answers), 409, "rule-broken")
    assert service.answer(case, handover, *answers, breach_reason="暂存").status_code == 201


@pytest.mark.parametrize("login", ["examiner", "city", "neighbour"])
def test_who_does_not_see_a_unit_s_places_does_not_see_them_by_their_label(service, place, login):
    printed = service.custodian.post("/custody/places/labels", data={"place": "W1", "format": "thermal_60_40"})
    assert printed.status_code == 200
    with service.here.database.reading() as tx:
        code = place_code_of(tag_of(tx), tx.exec(select(StoragePlace)).one())
    assert service.custodian.get("/api/v1/scan", params={"code": code}).json()["place"]["code"] == "W1"
    assert service.supervisor.get("/api/v1/scan", params={"code": code}).json()["place"]["code"] == "W1"
    refused = getattr(service, login).get("/api/v1/scan", params={"code": code})
    assert problem(refused, 404, "place-unknown")
