"""The statement of custody says what the record says, what was checked for it, and what was not."""

from datetime import timedelta

import pytest

from evidence.act import Act
from evidence.custody import perform
from evidence.custody_event import EventType
from evidence.exhibit import Kind, exhibits_of
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.oversight import correct
from evidence.record import What, read
from evidence.verification import Report, enter_verification
from templates.custody_statement import render_statement
from tests.tampering import tamper
from workflows import custody_statement as stating
from workflows.custody_statement import custody_statement
from workflows.errors import NothingToState, TooMuchToState
from workflows.verification import verify_one_case

FACTS = SampleFacts(
    quantity="1 段",
    features="铜",
    position="东墙配电箱出线端",
    method="剪取",
    packing="证物袋",
    second_officer="李文静",
    no_witness_reason="深夜无人在场",
    seal="FT-1",
)


@pytest.fixture
def sample(house):
    with house.database.begin(house.people["investigator"]) as act:
        return collect_sample(act, house.case, FACTS, name="导线", happened_at=act.at - timedelta(days=3))


def stated(house, at=None):
    by = house.people["legal"]
    with house.database.begin(by) as act:
        exhibits = exhibits_of(act.tx, house.case)
        return custody_statement(act.tx, house.case, exhibits, by, at or act.at)


def photograph(house):
    received = receive(house.store, [b"picture"], file_name="a.jpg")
    with house.database.begin(house.people["investigator"]) as act:
        return collect_file(act, house.case, received, kind=Kind.PHOTO, name="", facts={})


def test_facts_and_gaps_are_told_plainly(house, sample):
    fields = stated(house)
    (exhibit,) = fields.exhibits
    assert (exhibit.number, exhibit.collected_where, exhibit.seal) == (sample.number, "东墙配电箱出线端", "FT-1")
    assert exhibit.collected_by == ("某调查人员", "李文静")
    assert exhibit.witness is None
    assert exhibit.no_witness_reason == "深夜无人在场"
    assert [event.act for event in exhibit.events] == ["提取", "封装"]
    assert exhibit.events[0].happened_at is not None
    (defect,) = exhibit.defects
    assert (defect.what, defect.event) == ("超过时限仍未交保管人", 1)
    assert defect.clause == "公安机关办理行政案件程序规定第一百九十条"
    text = render_statement(fields).text
    for words in (sample.number, "超过时限仍未交保管人", "第一百九十条", fields.rules_version, "不能证明"):
        assert words in text


def test_the_same_day_there_is_no_gap_yet(house):
    with house.database.begin(house.people["investigator"]) as act:
        collect_sample(act, house.case, FACTS, name="导线")
        at = act.at
    assert stated(house, at).exhibits[0].defects == ()
    assert len(stated(house, at + timedelta(hours=25)).exhibits[0].defects) == 1


def test_a_correction_is_told_beside_what_it_corrects(house, sample):
    with house.database.begin(house.people["investigator"]) as act:
        correct(act, house.case, sample, 0, {"position": "西墙配电箱"}, reason="方位写错")
    (exhibit,) = stated(house).exhibits
    assert exhibit.collected_where == "西墙配电箱"
    assert exhibit.events[-1].act == "更正"
    assert exhibit.events[-1].remark.startswith("更正第1条；方位写错")


def test_a_reason_stands_with_its_gap(house, sample):
    facts = {"seal_before": "FT-9", "reason": "检查", "witness": "张某", "second_officer": "李文静"}
    with house.database.begin(house.people["investigator"]) as act:
        perform(act, house.case, sample, EventType.OPENED, facts, breach_reason="封条字迹磨损")
    gaps = {defect.what: defect for defect in stated(house).exhibits[0].defects}
    differs = gaps["封条号与前一次封装不符（应为“FT-1”，所记为“FT-9”）"]
    assert differs.remark == "封条字迹磨损"


def test_it_says_that_no_byte_was_read_for_it_and_when_one_was(house):
    photograph(house)
    checks = "\n".join(stated(house).checks)
    assert "制作本说明时没有重新读取电子数据原件（1件）的字节，登记后也没有核验过" in checks
    by = house.people["legal"]
    with house.database.begin(by) as act:
        report = Report()
        verify_one_case(act.tx, house.case, report)
        enter_verification(act, house.case, report)
    checks = "\n".join(stated(house).checks)
    assert "1件最近一次核验" in checks
    assert "均与登记一致" in checks
    assert "没有查看、清点实物" in checks


def test_an_altered_event_is_a_gap_and_no_check_says_all_is_well(house, sample):
    tamper(
        house.database.engine,
        "UPDATE custody_event SET body = CAST(replace(CAST(body AS TEXT), '东墙', '西墙') AS BLOB) WHERE seq = 0",
    )
    fields = stated(house)
    assert any(defect.clause == stating._CHAIN for defect in fields.exhibits[0].defects)
    assert "处不符，列入缺陷" in fields.checks[0]
    assert "全部相符" not in fields.checks[0]


def test_a_chain_without_readable_events_is_stated_as_such(house, sample):
    tamper(house.database.engine, "UPDATE custody_event SET body = CAST('{' AS BLOB)")
    fields = stated(house)
    assert fields.exhibits[0].events[0].by == "无法读取"
    assert fields.exhibits[0].holder is None
    render_statement(fields)


def test_reads_without_purpose_are_counted(house, sample):
    assert "每次都写明了用途" in stated(house).checks[-1]
    with house.database.begin(house.people["custodian"]) as act:
        read(Act(act.tx, act.by, act.at), What.PRINT, purpose="", case=house.case, exhibit=sample)
    assert "有1次没有写明用途" in stated(house).checks[-1]


def test_a_case_without_exhibits_and_one_with_too_many_are_refused(house, sample, monkeypatch):
    by = house.people["legal"]
    with house.database.begin(by) as act, pytest.raises(NothingToState):
        custody_statement(act.tx, house.case, [], by, act.at)
    monkeypatch.setattr(stating, "MOST_EXHIBITS", 0)
    with pytest.raises(TooMuchToState):
        stated(house)
