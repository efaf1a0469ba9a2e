"""The timeline of a case: everything dated in it, in order, each entry saying by whose clock."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from evidence.act import Act
from evidence.clock import measure_clock
from evidence.exhibit import Kind, Original, Reading
from evidence.intake import SampleFacts, collect_file, collect_sample, receive
from evidence.moments import BEIJING
from evidence.record import What, enter
from tests.evidence.conftest import hand_over
from tests.workflows.conftest import AT
from tests.workflows.test_documents import issue
from workflows.documents import reserve
from workflows.timeline import Certainty, EntryKind, timeline_of

CANON = {"make": "Canon", "model": "Canon EOS 6D", "serial": "012"}
SAMPLE = SampleFacts("1 个", "壳体熔融", "东墙", "拆取", "物证袋", "李文静", witness="马会计", photo="001", seal="FY-1")


def photograph(house, facts, name="a.jpg", kind=Kind.PHOTO, findings=(), source=""):
    received = receive(house.store, [name.encode()], file_name=name)
    with house.database.begin(house.people["investigator"]) as act:
        exhibit = collect_file(act, house.case, received, kind=kind, facts={"source": source})
        if facts is not None:
            original = act.tx.exec(select(Original).where(Original.exhibit_id == exhibit.id)).one()
            entry = enter(act, What.READING, {}, case=house.case, exhibit=exhibit)
            act.tx.add(
                Reading(
                    original_id=original.id,
                    reader="t",
                    facts=facts,
                    findings=list(findings),
                    read_at=entry.at,
                    record_seq=entry.seq,
                )
            )
        return exhibit


def seen(house):
    with house.database.reading() as tx:
        return timeline_of(tx, house.case)


def of(timeline, kind):
    return [entry for entry in timeline.entries if entry.kind is kind]


def test_a_new_case_begins_with_fire_and_alarm(house):
    timeline = seen(house)
    told = [(entry.label, entry.certainty, entry.at) for entry in of(timeline, EntryKind.INCIDENT)]
    assert told == [
        ("起火", Certainty.ABOUT, AT - timedelta(minutes=9)),
        ("接到报警", Certainty.STATED, AT),
    ]
    assert [entry.label for entry in of(timeline, EntryKind.STEP)] == ["接报登记", "立案调查"]
    assert (timeline.undated, timeline.outliers) == ([], [])


def test_a_worked_case_has_steps_custody_documents_evidence_and_clocks_in_one_order(house):
    house.until_inspected()
    taken = AT + timedelta(hours=9)
    with house.database.begin(house.people["investigator"]) as act:
        sample = collect_sample(act, house.case, SAMPLE, name="断路器残骸", happened_at=taken)
        measure_clock(
            act,
            house.case,
            device="Canon EOS 6D 序列号 012",
            shown=datetime.fromisoformat("2026-11-25 09:00:30"),
            beijing_at=datetime(2026, 11, 25, 9, 0, tzinfo=BEIJING),
            how="手机网络时间",
        )
    with house.database.begin(house.people["investigator"]) as giver:
        receiver = Act(giver.tx, house.people["custodian"], giver.at)
        hand_over(giver, receiver, house.case, sample, place="物证室")
    photo = photograph(house, {**CANON, "device_time": "2026:11:25 06:40:05"})
    reserved, _ = issue(house, "D13", "investigator")

    timeline = seen(house)
    moments = [entry.at for entry in timeline.entries]
    assert moments == sorted(moments)
    custody = of(timeline, EntryKind.CUSTODY)
    assert {(entry.label, entry.exhibit, entry.certainty) for entry in custody} == {
        ("提取", sample.number, Certainty.STATED),
        ("封装", sample.number, Certainty.STATED),
        ("提出移交", sample.number, Certainty.RECORDED),
        ("接收入库", sample.number, Certainty.RECORDED),
        ("提取", photo.number, Certainty.RECORDED),
    }
    assert {entry.at for entry in custody if entry.certainty is Certainty.STATED} == {taken}
    (evidence,) = of(timeline, EntryKind.EVIDENCE)
    assert (evidence.exhibit, evidence.certainty) == (photo.number, Certainty.CORRECTED)
    assert evidence.at == datetime(2026, 11, 25, 6, 39, 35, tzinfo=BEIJING)
    assert evidence.time.original == "2026:11:25 06:40:05"
    (clock,) = of(timeline, EntryKind.CLOCK)
    assert (clock.name, clock.by) == ("Canon EOS 6D 序列号 012", "某调查人员")
    (document,) = of(timeline, EntryKind.DOCUMENT)
    assert document.document == reserved.number
    steps = [entry.label for entry in of(timeline, EntryKind.STEP)]
    assert "现场勘验" in steps
    assert "出具提取清单" not in steps, "the issue of a document is one entry, not two"


def test_a_number_without_a_document_is_no_event(house):
    house.until_inspected()
    with house.database.begin(house.people["investigator"]) as act:
        collect_sample(act, house.case, SAMPLE, name="断路器残骸")
        reserve(act, house.case, house.unit, "D13")
    assert of(seen(house), EntryKind.DOCUMENT) == []


@pytest.mark.parametrize(
    "facts", [None, {}, {"device_time": "0000:00:00 00:00:00"}, {"device_time": "昨天下午", "model": "X"}]
)
def test_a_photograph_without_a_time_is_listed_and_not_dated(house, facts):
    photo = photograph(house, facts)
    timeline = seen(house)
    assert of(timeline, EntryKind.EVIDENCE) == []
    assert [file.exhibit.number for file in timeline.undated] == [photo.number]


def test_a_document_file_has_no_time_of_its_own_to_miss(house):
    photograph(house, None, "笔录.pdf", kind=Kind.DOCUMENT)
    assert seen(house).undated == []


def test_a_recording_is_dated_by_its_container(house):
    facts = {"container_time": "2026-11-24T14:20:00.000000Z", "duration": "61.2 s"}
    video = photograph(house, facts, "ch3.mp4", kind=Kind.VIDEO, source="东门海康 DVR 通道3")
    (entry,) = of(seen(house), EntryKind.EVIDENCE)
    assert (entry.exhibit, entry.label, entry.certainty) == (video.number, "录像", Certainty.CONVERTED)
    assert entry.at == datetime(2026, 11, 24, 22, 20, tzinfo=BEIJING)
    assert entry.facts == {"duration": "61.2 s"}
    assert entry.time.device == "东门海康 DVR 通道3"


def test_a_containers_utc_is_not_called_corrected_where_its_clock_was_measured(house):
    photograph(house, {"container_time": "2026-11-24T14:20:00Z"}, "ch3.mp4", kind=Kind.VIDEO, source="DVR")
    with house.database.begin(house.people["investigator"]) as act:
        shown = datetime.fromisoformat("2026-11-25 09:00:30")
        at = datetime(2026, 11, 25, 9, 0, tzinfo=BEIJING)
        measure_clock(act, house.case, device="DVR", shown=shown, beijing_at=at, how="对照")
    (entry,) = of(seen(house), EntryKind.EVIDENCE)
    assert (entry.certainty, entry.certainty.label) == (Certainty.CONVERTED, "按 UTC 换算，未核实")
    assert entry.at == datetime(2026, 11, 24, 22, 19, 30, tzinfo=BEIJING)


def test_a_damaged_event_stays_on_the_timeline_at_its_recording(house):
    photo = photograph(house, {})
    with house.database.engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER custody_event_no_update"))
        connection.execute(sa.text("UPDATE custody_event SET body = :body"), {"body": b'{"happened_at": "gestern"}'})
    (event,) = of(seen(house), EntryKind.CUSTODY)
    assert (event.exhibit, event.certainty, event.facts) == (photo.number, Certainty.RECORDED, {})


def test_what_does_not_go_with_the_rest_is_named(house):
    for number in range(4):
        told = {**CANON, "device_time": f"2026:11:25 06:4{number}:05"}
        photograph(house, told, f"IMG_000{number}.JPG", source="存储卡1")
    odd = photograph(house, {"model": "X", "device_time": "2015:01:01 00:00:00"}, "IMG_0004.JPG", source="存储卡1")
    found = [outlier.kind.value for outlier in seen(house).outliers if outlier.exhibit == odd.number]
    assert set(found) >= {"other_device", "before_fire", "far_time"}


def test_the_number_of_queries_does_not_grow_with_the_case(house):
    asked = []

    def note(*told):
        asked.append(told[2])

    def queries():
        asked.clear()
        sa.event.listen(house.database.engine, "before_cursor_execute", note)
        seen(house)
        sa.event.remove(house.database.engine, "before_cursor_execute", note)
        return len(asked)

    def work(name):
        photograph(house, {**CANON, "device_time": "2026:11:25 06:40:05"}, name)
        with house.database.begin(house.people["investigator"]) as act:
            shown = datetime.fromisoformat("2026-11-25 09:00:30")
            measure_clock(act, house.case, device=name, shown=shown, beijing_at=AT, how="对照")

    work("a.jpg")
    few = queries()
    for number in range(12):
        work(f"{number}.jpg")
    assert queries() == few <= 15
