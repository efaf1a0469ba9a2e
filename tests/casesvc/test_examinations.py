"""Examinations and families over the service: both sides, what an examiner may see and do, what is told in Chinese."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from casesvc.accounts import Account, actor_of, add_account
from casesvc.acts import system_actor
from casesvc.errors import NotPermitted
from casesvc.permissions import (
    Permission,
    case_for,
    exhibit_for,
    exhibit_to_record,
    visible_cases,
)
from casesvc.placing import exhibit_seen
from evidence.act import Actor
from evidence.custody_event import EventType
from evidence.errors import CaseUnknown, ExhibitUnknown, LabelUnknown, NotTheGiver
from evidence.register import unit_by_code
from tests.casesvc.conftest import PASSWORD, Browser, both_stacks
from tests.casesvc.test_walk import SAMPLE
from workflows.roles import Role

NOW = datetime.now(UTC)
RESIDUE = {**SAMPLE, "name": "炭化残留物", "quantity": "250 g", "seal": "", "hazard": "dangerous"}
ASKED = {
    "questions": "检验是否含有助燃剂\n鉴定熔痕的熔化性质",
    "due_at": (NOW + timedelta(days=20)).isoformat(),
    "keep_until": (NOW + timedelta(days=200)).isoformat(),
}
SPLIT = {"reason": "检验与留样分开", "second_officer": "张检验", "remainder": "100 g"}
PORTIONS = [{"name": "检验用", "quantity": "１００ｇ"}, {"name": "留样", "quantity": "50 g"}]
TEST = {"quantity": "30 g", "reason": "助燃剂成分检验", "notice": "已电话告知马会计"}


@pytest.fixture
def lab(service):
    """A case with residue, which the laboratory was asked to examine, and a photograph of which nothing is asked."""
    service.case = service.open_case()
    service.residue = registered(service, RESIDUE)
    service.photo = service.upload(service.case, b"photograph", "东墙.jpg").json()["exhibit"]["number"]
    service.examination = commission(service).json()["number"]
    return service


def registered(service, sample):
    return post(service.investigator, service, "exhibits/samples", sample).json()["number"]


def post(client, service, path, json):
    return client.post(f"/api/v1/cases/{service.case}/{path}", json=json)


def commission(service, exhibits=None, client=None, **changes):
    asked = {"exhibits": exhibits or [service.residue], "laboratory": "410500", **ASKED, **changes}
    return post(client or service.investigator, service, "examinations", asked)


def send(service, exhibit=None, giver=None, type_="sent_for_examination", **to):
    offered = {
        "type": type_,
        "items": [{"exhibit": exhibit or service.residue}],
        "purpose": "检验鉴定",
        "term": ASKED["due_at"],
        **(to or {"unit": "410500"}),
    }
    return post(giver or service.investigator, service, "handovers", offered)


def receive(service, handover, receiver=None, exhibit=None, quantity="250 g"):
    found = {"exhibit": exhibit or service.residue, "accepted": True, "quantity": quantity, "condition": "完好"}
    given = {"proof": PASSWORD, "answers": [found]}
    return post(receiver or service.examiner, service, f"handovers/{handover}/answers", given)


@pytest.fixture
def sent(lab):
    """The residue is in the examiner's hands."""
    made = send(lab)
    assert made.status_code == 201, made.text
    assert receive(lab, made.json()["number"]).status_code == 201
    return lab


def examination(service, client=None):
    answer = (client or service.investigator).get(f"/api/v1/cases/{service.case}/examinations/{service.examination}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(service, type_, client=None, exhibit=None, **given):
    said = {"type": type_, "exhibits": [exhibit or service.residue], "second_officer": "张检验", **given}
    return post(client or service.examiner, service, "custody/acts", said)


# ── the way out and back


@both_stacks
def test_a_sample_goes_to_the_laboratory_is_divided_used_and_comes_back_with_a_report(lab):
    assert examination(lab)["course"] == "requested"
    handover = send(lab).json()["number"]
    assert examination(lab)["course"] == "requested", "an offer moves nothing"
    receive(lab, handover)
    shown = examination(lab, lab.examiner)
    assert (shown["course"], shown["handovers"]) == ("out", [handover])
    assert shown["samples"][0]["holder"] == "某examiner"

    parts = post(lab.examiner, lab, "custody/splits", {"exhibit": lab.residue, "portions": PORTIONS, **SPLIT})
    assert parts.status_code == 201, parts.text
    used = parts.json()[1]["number"]
    assert act(lab, "consumed", exhibit=used, facts=TEST).status_code == 201
    samples = {each["name"]: (each["quantity"], each["whereabouts"]) for each in examination(lab)["samples"]}
    assert samples == {
        "炭化残留物": ("100 g", "examination"),
        "检验用": ("70 g", "examination"),
        "留样": ("50 g", "examination"),
    }

    report = lab.upload(lab.case, b"%PDF report", "鉴定报告.pdf", kind="document").json()["exhibit"]["number"]
    entered = post(
        lab.investigator,
        lab,
        f"examinations/{lab.examination}/report",
        {"exhibit": report, "number": "安消鉴字12号", "conclusion": "检出汽油成分"},
    )
    assert entered.status_code == 201, entered.text
    assert entered.json()["course"] == "reported"
    for number, quantity in ((lab.residue, "100 g"), (used, "70 g"), (parts.json()[2]["number"], "50 g")):
        assert examination(lab)["course"] == "reported"
        back = send(lab, number, lab.examiner, "received_back", receiver="investigator").json()["number"]
        answered = receive(lab, back, lab.investigator, number, quantity)
        assert answered.status_code == 201, answered.text
    ended = examination(lab)
    assert (ended["course"], len(ended["handovers"])) == ("ended", 4)
    assert ended["report"]["exhibit"] == report
    assert all(each["health"] == "sound" for each in ended["samples"])


def test_the_work_list_has_what_is_overdue_first_and_nothing_of_others(lab):
    later = commission(lab, due_at=(NOW + timedelta(days=60)).isoformat()).json()["number"]
    sooner = commission(lab, due_at=(NOW + timedelta(days=5)).isoformat()).json()["number"]
    for client in (lab.examiner, lab.investigator, lab.legal, lab.supervisor):
        rows = client.get("/api/v1/examinations").json()
        assert [row["number"] for row in rows] == [sooner, lab.examination, later]
        assert "炭化残留物" not in str(rows), "names stand where the view is recorded"
    outside = commission(lab, laboratory="", institute="省鉴定中心").json()["number"]
    assert outside in {row["number"] for row in lab.investigator.get("/api/v1/examinations").json()}
    assert outside not in {row["number"] for row in lab.examiner.get("/api/v1/examinations").json()}
    mine = lab.examiner.get(f"/api/v1/cases/{lab.case}/examinations").json()
    assert [row["number"] for row in mine] == [lab.examination, later, sooner]
    assert lab.examiner.get(f"/api/v1/cases/{lab.case}/examinations/{outside}").status_code == 404
    assert lab.neighbour.get("/api/v1/examinations").json() == []


def test_what_is_overdue_is_marked(lab, monkeypatch):
    monkeypatch.setattr("casesvc.api.examinations.now", lambda: NOW + timedelta(days=21))
    monkeypatch.setattr("casesvc.pages.examinations.now", lambda: NOW + timedelta(days=21))
    assert [row["overdue"] for row in lab.examiner.get("/api/v1/examinations").json()] == [True]
    page = lab.examiner.get("/custody/examinations").text
    assert "已超期" in page
    assert "超过约定时限 1 件" in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"laboratory": "", "institute": ""}, 422, "检验鉴定机构"),
        ({"laboratory": "999999"}, 404, "999999"),
        ({"questions": "  "}, 422, "检验（鉴定）要求"),
        ({"due_at": (NOW - timedelta(days=1)).isoformat()}, 422, "“约定时限”应当晚于现在"),
        ({"due_at": "明天"}, 400, "约定时限"),
        ({"keep_until": (NOW + timedelta(days=2)).isoformat()}, 422, "“检材保管期限”应当晚于约定时限"),
        ({"destroys": True}, 422, "事先告知当事人"),
        ({"exhibits": []}, 400, "检材"),
        ({"exhibits": ["4105022026O0001-9999"]}, 404, "9999"),
    ],
)
def test_a_commission_that_lacks_something_is_refused_in_chinese(lab, changes, status, words):
    asked = {"exhibits": [lab.residue], "laboratory": "410500", **ASKED, **changes}
    refused = post(lab.investigator, lab, "examinations", asked)
    assert refused.status_code == status, refused.text
    assert words in refused.json()["detail"]


@pytest.mark.parametrize("login", ["custodian", "legal", "approver", "supervisor", "examiner", "city", "neighbour"])
def test_only_an_investigator_of_the_unit_asks_and_enters_reports(lab, login):
    client = getattr(lab, login)
    assert commission(lab, client=client).status_code in {403, 404}
    told = {"exhibit": lab.photo, "number": "1", "conclusion": "无"}
    assert post(client, lab, f"examinations/{lab.examination}/report", told).status_code in {403, 404}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exhibit": ""}, "报告文件"),
        ({"exhibit": "residue"}, "扫描件"),
        ({"number": ""}, "报告编号"),
        ({"conclusion": " "}, "鉴定意见"),
        ({"received_at": "2020-01-01T00:00:00+08:00"}, "“收到报告的时间”应当晚于委托时间"),
    ],
)
def test_a_report_that_lacks_something_is_refused_in_chinese(lab, changes, words):
    told = {"exhibit": lab.photo, "number": "鉴12", "conclusion": "检出汽油", **changes}
    told["exhibit"] = lab.residue if told["exhibit"] == "residue" else told["exhibit"]
    refused = post(lab.investigator, lab, f"examinations/{lab.examination}/report", told)
    assert refused.status_code == 422, refused.text
    assert words in refused.json()["detail"]


def test_a_report_is_entered_once(lab):
    told = {"exhibit": lab.photo, "number": "鉴12", "conclusion": "检出汽油"}
    path = f"examinations/{lab.examination}/report"
    assert post(lab.investigator, lab, path, told).status_code == 201
    assert post(lab.investigator, lab, path, told).status_code == 409


# ── what an examiner sees: what was entrusted to him, and nothing else of the case


def test_an_examiner_sees_the_exhibits_entrusted_to_him_and_not_the_file(lab):
    case, examiner = lab.case, lab.examiner
    assert examiner.get(f"/api/v1/cases/{case}/exhibits/{lab.residue}").status_code == 200
    assert examiner.get(f"/cases/{case}/exhibits/{lab.residue}").status_code == 200
    assert examiner.get(f"/api/v1/cases/{case}/custody/families/{lab.residue}").status_code == 200
    unknown = [
        f"/cases/{case}/exhibits/{lab.photo}",
        f"/cases/{case}/gallery/{lab.photo}",
        f"/api/v1/cases/{case}/exhibits/{lab.photo}",
        f"/api/v1/cases/{case}/exhibits/{lab.photo}/original?purpose=x",
        f"/api/v1/cases/{case}/exhibits/{lab.photo}/thumbnail",
        f"/api/v1/cases/{case}/exhibits/{lab.photo}/copies/1",
        f"/api/v1/cases/{case}/custody/families/{lab.photo}",
    ]
    assert {path: examiner.get(path).status_code for path in unknown} == dict.fromkeys(unknown, 404)
    whole = ("", "/exhibits", "/gallery", "/documents", "/steps", "/timeline", "/clocks", "/uploads", "/handovers")
    forbidden = [f"/api/v1/cases/{case}{part}" for part in whole]
    forbidden += ["/cases", "/api/v1/cases", f"/cases/{case}", f"/cases/{case}/gallery", f"/cases/{case}/timeline"]
    assert {path: examiner.get(path).status_code for path in forbidden} == dict.fromkeys(forbidden, 403)


def test_a_file_that_was_sent_can_be_downloaded_with_a_purpose(lab):
    commission(lab, [lab.photo])
    path = f"/api/v1/cases/{lab.case}/exhibits/{lab.photo}/original"
    assert lab.examiner.get(path, params={"purpose": "检验"}).content == b"photograph"
    assert lab.examiner.get(path).status_code == 422


def test_an_examiner_scans_the_label_of_what_was_entrusted_to_him(lab):
    with lab.here.database.reading() as tx:
        by = actor_of(tx, "examiner")
        assert exhibit_seen(tx, by, lab.residue)[1].number == lab.residue
        for number in (lab.photo, "4105022026O0009-0001"):
            with pytest.raises(LabelUnknown):
                exhibit_seen(tx, by, number)


def test_a_handover_between_others_is_unknown_to_an_examiner(lab):
    inside = send(lab, type_="handed_in", unit="410502").json()["number"]
    path = f"/cases/{lab.case}/handovers/{inside}"
    assert lab.custodian.get(f"/api/v1{path}").status_code == 200
    assert lab.examiner.get(f"/api/v1{path}").status_code == 404
    assert receive(lab, inside).status_code == 404


def examiner_of(service, unit, number=99, roles=("examiner",)):
    with service.here.database.reading() as tx:
        row = unit_by_code(tx, unit)
        return Actor(number, "某人", row.id, row.name, "1", frozenset(roles))


SEEN = [
    # unit and roles of the person; sees the exhibit asked of his laboratory; one of the case that was not; the case
    ("410500", ("examiner",), True, False, False),
    ("410523", ("examiner",), False, False, False),
    ("410502", ("examiner",), False, False, False),
    ("410500", ("examiner", "investigator"), True, True, True),
    ("410502", ("examiner", "investigator"), True, True, True),
    ("410502", ("legal",), True, True, True),
    ("410500", ("administrator",), False, False, False),
]


@pytest.mark.parametrize(("unit", "roles", "asked", "other", "case"), SEEN)
def test_who_sees_which_exhibit(lab, unit, roles, asked, other, case):
    by = examiner_of(lab, unit, roles=roles)

    def sees(look):
        try:
            look()
        except (CaseUnknown, ExhibitUnknown, NotPermitted):
            return False
        return True

    with lab.here.database.reading() as tx:
        seen = [
            sees(lambda: exhibit_for(tx, by, lab.case, lab.residue, Permission.SEE_EXHIBIT)),
            sees(lambda: exhibit_for(tx, by, lab.case, lab.photo, Permission.SEE_EXHIBIT)),
            sees(lambda: case_for(tx, by, lab.case, Permission.SEE_CASE)),
            sees(lambda: visible_cases(tx, by)),
        ]
    assert seen[:3] == [asked, other, case]
    assert seen[3] is (roles not in {("examiner",), ("administrator",)})


# ── what an examiner does: what a test does to what he holds


RECORDED = [
    # act; may the examiner record it on what he holds?
    *((type_, True) for type_ in (EventType.OPENED, EventType.SEALED, EventType.RESEALED)),
    *((type_, True) for type_ in (EventType.CONSUMED, EventType.DERIVED)),
    *((type_, False) for type_ in (EventType.STORED, EventType.MOVED, EventType.LABELLED, EventType.COPIED)),
    *((type_, False) for type_ in (EventType.LOST, EventType.DESTROYED, EventType.PRESERVED, EventType.DECIDED)),
]


@pytest.mark.parametrize(("type_", "expected"), RECORDED)
def test_which_acts_an_examiner_records(sent, type_, expected):
    def may_do(by):
        with sent.here.database.reading() as tx:
            try:
                exhibit_to_record(tx, by, sent.case, sent.residue, type_)
            except NotTheGiver:
                return "holds it not"
            except NotPermitted:
                return "may not"
            return "may"

    with sent.here.database.reading() as tx:
        holder, investigator = actor_of(tx, "examiner"), actor_of(tx, "investigator")
    colleague = examiner_of(sent, "410500")
    assert may_do(holder) == ("may" if expected else "may not")
    assert may_do(colleague) == ("holds it not" if expected else "may not")
    assert may_do(investigator) == "may", "the unit's own records, and what broke a duty is shown"


def test_an_examiner_cannot_do_to_a_sample_what_he_could_excuse_but_does_not_hold(lab):
    consumed = act(lab, "consumed", facts=TEST, breach_reason="急")
    assert consumed.status_code == 403
    assert "某investigator" in consumed.json()["detail"]
    assert act(lab, "lost", facts={"reason": "未见", "last_seen": "昨日"}).status_code == 403
    split = post(lab.examiner, lab, "custody/splits", {"exhibit": lab.residue, "portions": PORTIONS, **SPLIT})
    assert split.status_code == 403
    assert act(lab, "opened", exhibit=lab.photo).status_code == 404


def test_an_examiner_of_another_laboratory_is_told_nothing(sent):
    with sent.here.database.begin(system_actor()) as act_:
        add_account(
            act_,
            unit_by_code(act_.tx, "410523"),
            name="某他",
            certificate="other-lab",
            login="otherlab",
            password_hash=_hash_of(act_.tx),
            roles=frozenset({Role.EXAMINER}),
            password_set_by_owner=True,
        )
    other = Browser(sent.app).log_in("otherlab")
    assert other.get("/api/v1/examinations").json() == []
    for path in (f"examinations/{sent.examination}", "examinations", f"exhibits/{sent.residue}"):
        assert other.get(f"/api/v1/cases/{sent.case}/{path}").status_code == 404
    assert act(sent, "consumed", client=other, facts=TEST).status_code == 404


def _hash_of(tx):
    return tx.exec(select(Account.password_hash).where(Account.login == "examiner")).one()


# ── families


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"remainder": "110 g"}, "现有 250 g，填写的合计为“260 g”"),
        ({"remainder": "100 克"}, "“100 克”"),
        ({"remainder": ""}, "剩余数量"),
        ({"second_officer": ""}, "第二办理人"),
        ({"reason": "  "}, "分样原因"),
        ({"portions": [{"name": "", "quantity": "150 g"}]}, "分样名称"),
        ({"photos": ["x-1"]}, "x-1"),
    ],
)
def test_a_split_that_does_not_hold_is_refused_in_chinese(lab, changes, words):
    given = {"exhibit": lab.residue, "portions": PORTIONS, **SPLIT, **changes}
    refused = post(lab.investigator, lab, "custody/splits", given)
    assert refused.status_code == 422, refused.text
    assert words in refused.json()["detail"]
    family = lab.investigator.get(f"/api/v1/cases/{lab.case}/custody/families/{lab.residue}").json()
    assert [member["quantity"] for member in family] == ["250 g"]


def test_an_examiner_sees_of_a_family_what_was_entrusted_to_him(lab):
    parts = post(lab.investigator, lab, "custody/splits", {"exhibit": lab.residue, "portions": PORTIONS, **SPLIT})
    shown = lab.examiner.get(f"/api/v1/cases/{lab.case}/custody/families/{lab.residue}").json()
    assert [member["number"] for member in shown] == [lab.residue]
    kept = parts.json()[1]["number"]
    assert lab.examiner.get(f"/api/v1/cases/{lab.case}/exhibits/{kept}").status_code == 404


def test_an_extraction_from_a_medium_is_entered_with_what_d17_asks(lab):
    disk = {
        **SAMPLE,
        "name": "监控主机硬盘",
        "quantity": "1块",
        "seal": "FY-900",
        "medium": {
            "medium_type": "硬盘",
            "brand": "西部数据",
            "device_serial": "WX12",
            "power_state": "关机",
            "measures": "断网断电",
            "device_holder": "马会计",
        },
    }
    medium = registered(lab, disk)
    film = lab.upload(lab.case, b"film", "a.mp4", kind="video").json()["exhibit"]["number"]
    facts = {"device_holder": "马会计", "tool": "FTK 4.7", "method": "只读导出", "source_path": "/rec"}
    given = {"exhibit": medium, "children": [film], "relation": "extraction"}
    full = {**facts, "second_officer": "李文静", "witness": "马会计"}
    for missing, words in (("tool", "工具及版本"), ("second_officer", "第二提取人"), ("witness", "见证人")):
        told = {fact: value for fact, value in full.items() if fact != missing}
        refused = post(lab.investigator, lab, "custody/derivations", {**given, "facts": told})
        assert (refused.status_code, words in refused.json()["detail"]) == (422, True), refused.text
    sealed = post(lab.investigator, lab, "custody/derivations", {**given, "facts": full})
    assert sealed.status_code == 409
    assert "先启封并登记" in sealed.json()["detail"]
    opening = {"seal_before": "FY-900", "reason": "提取数据"}
    assert act(lab, "opened", lab.investigator, medium, facts=opening, witness="马会计").status_code == 201
    done = post(lab.investigator, lab, "custody/derivations", {**given, "facts": full})
    assert done.status_code == 201, done.text
    tree = lab.investigator.get(f"/api/v1/cases/{lab.case}/custody/families/{film}").json()
    assert [(row["number"], row["relation_label"]) for row in tree] == [(medium, ""), (film, "提取的数据")]


# ── pages


def test_the_pages_carry_the_same_acts(sent):
    case = sent.case
    page = sent.investigator.get(f"/cases/{case}/examinations/{sent.examination}").text
    assert "检验、鉴定时间不计入火灾事故认定期限" in page
    assert "火灾事故调查规定第十八条" in page
    assert 'data-test="report-form"' in page
    his = sent.examiner.get(f"/cases/{case}/examinations/{sent.examination}").text
    assert 'data-test="send-back"' in his
    assert 'data-test="report-form"' not in his
    offer = f"/cases/{case}/custody/offer?type=received_back&exhibits={sent.residue}&examination={sent.examination}"
    assert f"检毕取回（委托 {sent.examination}）" in sent.examiner.get(offer).text
    form = {"name:1": "检验用", "quantity:1": "150 g", **SPLIT}
    done = sent.examiner.post(f"/cases/{case}/exhibits/{sent.residue}/split", data=form, follow_redirects=False)
    assert (done.status_code, done.headers["location"][-7:]) == (303, "#family")
    assert "来源与分样" in sent.investigator.get(f"/cases/{case}/exhibits/{sent.residue}").text


def test_a_commission_from_the_page_names_days_and_short_numbers(lab):
    form = {
        "exhibits": [lab.residue],
        "more": lab.photo[-4:],
        "laboratory": "outside",
        "institute": "天津火灾物证鉴定中心",
        "questions": "鉴定",
        "due_at": (NOW + timedelta(days=9)).date().isoformat(),
    }
    done = lab.investigator.post(f"/cases/{lab.case}/examinations/new", data=form, follow_redirects=False)
    assert done.status_code == 303, done.text
    made = lab.investigator.get(f"/api/v1{done.headers['location']}").json()
    assert made["exhibits"] == [lab.residue, lab.photo]
    assert made["institute"] == "天津火灾物证鉴定中心"
    assert made["due_at"].endswith("T15:59:59Z"), "the end of that day in Beijing"
    refused = lab.investigator.post(f"/cases/{lab.case}/examinations/new", data={**form, "due_at": "下周"})
    assert (refused.status_code, "“约定时限”须写成年月日" in refused.text) == (400, True)


def test_the_commission_letter_is_drafted_from_the_examination_named(lab):
    other = commission(lab, laboratory="", institute="省鉴定中心", questions="另一项").json()["number"]
    lab.take("approver", lab.case, "investigators_assigned", first="王建国", second="李文静")
    drafts = f"/api/v1/cases/{lab.case}/documents/drafts/D22"
    fields = lab.investigator.get(drafts, params={"about": lab.examination}).json()["fields"]
    assert fields["questions"] == ["检验是否含有助燃剂", "鉴定熔痕的熔化性质"]
    assert fields["samples"][0]["number"] == lab.residue
    assert fields["samples"][0]["seal"] == "未封存"
    assert lab.investigator.get(drafts, params={"about": other}).json()["fields"]["institution"] == "省鉴定中心"
    whole = {**fields, "summary": "仓库起火。", "phone": "0372-1190119"}
    issued = post(lab.investigator, lab, "documents", {"form": "D22", "fields": whole})
    assert issued.status_code == 201, issued.text
    assert "鉴委字" in issued.json()["number"]


def test_a_medium_and_a_remote_sample_are_registered_from_the_page(lab):
    form = {key: value for key, value in SAMPLE.items() if isinstance(value, str)}
    taken = (NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    back = (NOW - timedelta(hours=1) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")
    remote = {**form, "seal": "", "hazard": "perishable", "taken_at": taken, "returned_at": back}
    url = f"/cases/{lab.case}/samples/new"
    made = lab.investigator.post(url, data=remote, follow_redirects=False).headers["location"]
    shown = lab.investigator.get(f"/api/v1{made}").json()
    assert shown["standing"]["hazard"] == "perishable"
    assert shown["standing"]["health"] == "sound", "the limit runs from the return"
    medium = {**form, "seal": "FY-77", "is_medium": "yes", "medium_type": "硬盘", "brand": "西部数据"}
    refused = lab.investigator.post(url, data=medium)
    assert (refused.status_code, "序列号" in refused.text) == (422, True)
    medium |= {"device_serial": "WX1", "power_state": "关机", "measures": "断电", "device_holder": "马会计"}
    made = lab.investigator.post(url, data=medium, follow_redirects=False).headers["location"]
    assert lab.investigator.get(f"/api/v1{made}").json()["exhibit"]["kind"] == "medium"
