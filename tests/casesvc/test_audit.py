"""The auditor's desk: whose chains are listed, what leaves it, and that every read of evidence tells its purpose."""

import csv
import io
from datetime import UTC, datetime, timedelta

import docx
import pytest
from sqlmodel import select

from casesvc import audit_exports, auditing
from casesvc.acts import system_actor
from evidence.chain import stated
from evidence.exhibit import Exhibit
from evidence.record import RecordEntry, What, read
from evidence.register import Case
from tests.casesvc.conftest import both_stacks
from tests.casesvc.test_walk import SAMPLE

LIST = "/api/v1/custody/audit"
HTML = {"accept": "text/html"}


@pytest.fixture
def case(service):
    return service.open_case()


def sample(service, case, login="investigator", **facts):
    given = {**SAMPLE, "seal": "", **facts}
    answer = getattr(service, login).post(f"/api/v1/cases/{case}/exhibits/samples", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def days_ago(days):
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def listed(client, **asked):
    answer = client.get(LIST, params=asked)
    assert answer.status_code == 200, answer.text
    return [chain["exhibit"] for chain in answer.json()["chains"]]


def last_entry(service):
    with service.here.database.reading() as tx:
        entry = tx.exec(select(RecordEntry).order_by(RecordEntry.seq.desc())).first()
        return entry, stated(entry.body)


@both_stacks
def test_chains_are_found_by_what_they_are_and_by_what_time_has_made_of_them(service, case):
    late = sample(service, case, name="导线", taken_at=days_ago(5), hazard="dangerous")
    new = sample(service, case, name="残留物")
    photo = service.upload(case, b"x").json()["exhibit"]["number"]
    legal = service.legal
    assert listed(legal) == [photo, new, late]
    assert listed(legal, health="defective") == [late], "nobody acted: the limit has passed by itself"
    assert listed(legal, health="sound") == [photo, new]
    assert listed(legal, health="attention") == []
    assert listed(legal, kind="physical") == [new, late]
    assert listed(legal, hazard="dangerous") == [late]
    assert listed(legal, defect="not_handed_in") == [late]
    assert listed(legal, holder="某investigator") == [photo, new, late]
    assert listed(legal, holder="某") == []
    assert listed(legal, days=3) == [late]
    assert listed(legal, sort="longest")[0] == late
    assert listed(legal, q=case.lower().replace("o", "0")) == [photo, new, late]
    assert listed(legal, q=new) == [new]
    assert listed(legal, q="宏远 11·24") == [photo, new, late]
    assert listed(legal, q="没有这起火") == []
    offer = {"type": "handed_in", "items": [{"exhibit": new}], "unit": "410502", "purpose": "入库"}
    made = service.investigator.post(f"/api/v1/cases/{case}/handovers", json=offer)
    assert made.status_code == 201, made.text
    assert listed(legal, waiting="offer") == [new]
    assert listed(legal, waiting="offer", health="defective") == []


@both_stacks
def test_pages_follow_one_another_without_a_gap(service, case, monkeypatch):
    monkeypatch.setattr(auditing, "PAGE", 2)
    numbers = [sample(service, case, name=f"样品{n}", taken_at=days_ago(n)) for n in range(5)]
    for sort, expected in (("newest", numbers[::-1]), ("longest", numbers[::-1])):
        found, after = [], ""
        for _ in range(3):
            page = service.legal.get(LIST, params={"sort": sort, "after": after}).json()
            found += [chain["exhibit"] for chain in page["chains"]]
            after = page["next"]
        assert found == expected
        assert after == ""
    first = service.legal.get("/custody/audit?sort=longest", headers=HTML).text
    assert 'data-test="next"' in first
    assert numbers[0] not in first


def test_legal_audits_the_own_unit_and_a_supervisor_those_he_sees(service, case):
    own = sample(service, case, name="导线")
    neighbours = service.open_case("neighbour")
    other = sample(service, neighbours, "neighbour", name="别处的导线", position="别处")
    assert listed(service.legal) == [own]
    assert listed(service.supervisor) == [other, own]
    assert listed(service.supervisor, unit="410523") == [other]
    assert listed(service.legal, q=neighbours) == []
    assert service.legal.get(LIST, params={"unit": "410523"}).status_code == 404
    assert other not in service.legal.get("/custody/audit", headers=HTML).text
    for login in ("investigator", "custodian", "approver", "administrator"):
        client = getattr(service, login)
        for url in (LIST, f"{LIST}/export.csv?purpose=x", f"{LIST}/export.docx?purpose=x", "/custody/audit"):
            assert client.get(url).status_code == 403, (login, url)
        assert client.get("/custody/audit/defects").status_code == 403
        assert client.get(f"/api/v1/cases/{case}/custody/statement?purpose=x").status_code == 403


def test_the_list_has_no_names_of_exhibits(service, case):
    sample(service, case, name="带血的刀")
    assert "带血的刀" not in service.legal.get(LIST).text
    assert "带血的刀" not in service.legal.get("/custody/audit", headers=HTML).text
    assert "带血的刀" not in service.legal.get(f"{LIST}/export.csv?purpose=x").text


@pytest.mark.parametrize(
    "asked",
    [
        {"health": "blue"},
        {"days": "0"},
        {"days": "many"},
        {"kind": "' OR 1=1 --"},
        {"after": "1"},
        {"after": "99999999999999999-1"},
        {"after": "٣-1"},
        {"sort": "worst"},
        {"holder": "x" * 61},
        {"q": "a\nb"},
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(service, asked):
    answer = service.legal.get(LIST, params=asked)
    if asked == {"after": "99999999999999999-1"}:  # a moment of the year 5138
        assert answer.json()["chains"] == []
        return
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"].endswith("input-refused")
    page = service.legal.get("/custody/audit", params=asked, headers=HTML)
    assert page.status_code == 400


def test_hostile_words_are_only_words(service, case):
    sample(service, case, name="导线")
    for words in ("%", "_", "'; DROP TABLE exhibit; --", "\\", "<script>alert(1)</script>"):
        assert listed(service.legal, q=words) == []
        assert "<script>alert" not in service.legal.get("/custody/audit", params={"q": words}, headers=HTML).text


def test_health_is_counted_only_where_it_is_cheap(service, case):
    sample(service, case, name="导线", taken_at=days_ago(5))
    service.upload(case, b"x")
    page = service.legal.get("/custody/audit", headers=HTML).text
    assert 'data-health-filter="defective">有缺陷 <b class="number">1</b>' in page
    assert 'data-health-filter="sound">完整 <b class="number">1</b>' in page
    filtered = service.legal.get("/custody/audit?kind=physical", headers=HTML).text
    assert 'data-health-filter="defective">有缺陷</a>' in filtered


@both_stacks
def test_a_csv_opens_in_excel_and_holds_no_formula(service, case):
    evil = sample(service, case, name="导线", seal="=HYPERLINK(1)", taken_at=days_ago(5))
    answer = service.legal.get(f"{LIST}/export.csv", params={"purpose": "季度检查", "kind": "physical"})
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert told["证据编号"] == evil
    assert told["封条号"] == "'=HYPERLINK(1)"
    assert told["状态"] == "有缺陷"
    assert told["持有天数"] == "5"
    entry, said = last_entry(service)
    assert (entry.what, entry.exhibit_id) == (What.EXPORT, None)
    assert said.facts == {
        "purpose": "季度检查",
        "list": "保管链审查清单",
        "form": "CSV",
        "chosen": "种类：痕迹物品",
    }
    assert said.by.name == "某legal"
    assert said.session


def test_an_export_says_where_it_ends(service, case, monkeypatch):
    for n in range(3):
        sample(service, case, name=f"样品{n}")
    monkeypatch.setattr(audit_exports, "MOST_LINES", 2)
    monkeypatch.setattr(audit_exports, "MOST_ROWS", 2)
    monkeypatch.setattr(auditing, "BATCH", 1)
    lines = service.legal.get(f"{LIST}/export.csv?purpose=x").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "最多导出 2 件" in lines[-1]
    made = service.legal.get(f"{LIST}/export.docx?purpose=x")
    document = docx.Document(io.BytesIO(made.content))
    assert "最多列2件" in "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert len(document.tables[0].rows) == 4  # its head, two, and that nothing follows


@pytest.mark.parametrize("url", [f"{LIST}/export.csv", f"{LIST}/export.docx", "statement"])
def test_nothing_is_exported_without_a_purpose(service, case, url):
    sample(service, case, name="导线")
    before = last_entry(service)[0].seq
    address = url if url.startswith("/") else f"/api/v1/cases/{case}/custody/statement"
    for purpose in ({}, {"purpose": ""}, {"purpose": "  "}):
        refused = service.legal.get(address, params=purpose)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("export-unexplained")
    assert last_entry(service)[0].seq == before


@both_stacks
def test_a_case_shows_every_gap_with_its_event_and_clause(service, case):
    late = sample(service, case, name="导线", taken_at=days_ago(5))
    sample(service, case, name="残留物")
    judged = service.investigator.get(f"/api/v1/cases/{case}/custody").json()
    (defect,) = judged["exhibits"][0]["defects"]
    assert (defect["kind"], defect["seq"]) == ("not_handed_in", 0)
    assert defect["basis"] == "公安机关办理行政案件程序规定第一百九十条"
    assert judged["exhibits"][1]["defects"] == []
    page = service.investigator.get(f"/cases/{case}/custody", headers=HTML).text
    assert f'data-faulty="{late}"' in page
    assert "第一百九十条" in page
    assert 'data-test="statement-form"' not in page, "an investigator exports none"
    assert last_entry(service)[1].facts == {"purpose": "查看全案保管链"}
    assert 'data-test="statement-form"' in service.legal.get(f"/cases/{case}/custody", headers=HTML).text
    assert service.neighbour.get(f"/cases/{case}/custody", headers=HTML).status_code == 404


@both_stacks
def test_a_read_without_purpose_is_shown_with_its_case(service, case):
    number = sample(service, case, name="导线")
    assert service.supervisor.get(f"/api/v1/cases/{case}/custody").json()["purposeless"] == []
    with service.here.database.begin(system_actor()) as act:
        row = act.tx.exec(select(Exhibit).where(Exhibit.number == number)).one()
        read(act, What.DOWNLOAD, purpose="", case=act.tx.get_one(Case, row.case_id), exhibit=row)
    (found,) = service.supervisor.get(f"/api/v1/cases/{case}/custody").json()["purposeless"]
    assert (found["exhibit"], found["what_label"]) == (number, "下载")
    assert 'data-test="purposeless"' in service.supervisor.get(f"/cases/{case}/custody", headers=HTML).text
    for other in (service.legal, service.investigator):
        assert other.get(f"/api/v1/cases/{case}/custody").json()["purposeless"] == [], "the record of reads is not his"


@both_stacks
def test_a_statement_is_downloaded_and_recorded(service, case):
    late = sample(service, case, name="导线", seal="FY-1", taken_at=days_ago(5))
    service.upload(case, b"x", "a.jpg")
    answer = service.legal.get(f"/api/v1/cases/{case}/custody/statement", params={"purpose": "移送审查起诉"})
    assert answer.status_code == 200, answer.text
    text = all_text(answer.content)
    assert "超过时限仍未交保管人" in text
    assert "没有重新读取电子数据原件（1件）的字节" in text
    entry, said = last_entry(service)
    assert entry.what is What.EXPORT
    assert said.facts == {"purpose": "保管链情况说明：移送审查起诉", "exhibits": 2}
    one = service.legal.get(f"/api/v1/cases/{case}/custody/statement", params={"purpose": "移送", "exhibit": late})
    assert "a.jpg" not in all_text(one.content)
    assert last_entry(service)[1].exhibit == late
    missing = {"purpose": "移送", "exhibit": f"{case}-9999"}
    assert service.legal.get(f"/api/v1/cases/{case}/custody/statement", params=missing).status_code == 404


def test_a_case_without_exhibits_has_nothing_to_state(service, case):
    refused = service.legal.get(f"/api/v1/cases/{case}/custody/statement?purpose=x")
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("nothing-to-state")


def test_gaps_are_counted_by_kind_and_unit(service, case):
    assert "没有发现保管缺陷" in service.supervisor.get("/custody/audit/defects", headers=HTML).text
    sample(service, case, name="导线", taken_at=days_ago(5))
    page = service.supervisor.get("/custody/audit/defects", headers=HTML).text
    assert 'data-defect="not_handed_in"' in page
    assert "/custody/audit?defect=not_handed_in&amp;unit=410502" in page


@both_stacks
def test_reading_the_access_record_is_in_the_record(service, case, monkeypatch):
    number = sample(service, case, name="导线")
    service.legal.get(f"/api/v1/cases/{case}/exhibits/{number}")
    url = f"/api/v1/cases/{case}/exhibits/{number}/reads"
    first = service.supervisor.get(url).json()
    assert [entry["what"] for entry in first["reads"]] == ["view"]
    assert first["reads"][0]["session"]
    second = service.supervisor.get(url).json()
    assert [entry["what"] for entry in second["reads"]] == ["audit", "view"]
    assert second["reads"][0]["by"] == "某supervisor"
    assert [each["certificate"] for each in second["readers"]] == ["legal", "supervisor"]
    assert [entry["by"] for entry in service.supervisor.get(url, params={"person": "legal"}).json()["reads"]] == [
        "某legal"
    ]
    only = service.supervisor.get(url, params={"what": "audit"}).json()["reads"]
    assert {entry["what"] for entry in only} == {"audit"}
    assert service.supervisor.get(url, params={"person": "nobody"}).json()["reads"] == []
    assert service.supervisor.get(url, params={"what": "gossip"}).status_code == 400
    for login in ("legal", "investigator", "administrator"):
        assert getattr(service, login).get(url).status_code == 403
    monkeypatch.setattr("casesvc.access.PAGE", 2)
    page = service.supervisor.get(f"/cases/{case}/exhibits/{number}/reads", headers=HTML).text
    assert 'data-read="audit"' in page
    assert 'data-test="next"' in page


def test_the_exhibits_page_records_that_a_supervisor_saw_who_read_it(service, case):
    number = sample(service, case, name="导线")
    service.supervisor.get(f"/cases/{case}/exhibits/{number}", headers=HTML)
    entry, said = last_entry(service)
    assert (entry.what, said.facts) == (What.AUDIT, {"purpose": "查看调阅记录"})
    service.legal.get(f"/cases/{case}/exhibits/{number}", headers=HTML)
    assert last_entry(service)[0].what is What.VIEW, "nobody was shown who read it"


def all_text(content):
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
