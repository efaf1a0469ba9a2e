"""Clocks and the timeline as people and programs meet them, on both stacks; and what is found when they are tampered
with.
"""

import io
import json
import re
import time
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlmodel import col, select

from casesvc.present_times import offset_text
from evidence.record import RecordEntry
from tests.casesvc.conftest import both_stacks
from tests.evidence.files import film
from tests.tampering import tamper

HTML = {"accept": "text/html"}
CANON = "Canon EOS 6D 序列号 012"
CARD = "佳能 6D 存储卡1"
CLOCK = {
    "device": CANON,
    "shown": "2026-11-24T23:02:10",
    "beijing_at": "2026-11-24T22:00:00+08:00",
    "how": "用手机网络时间同框拍照对照",
}


def photograph(number, *, at="2026:11:24 23:40:05", model="Canon EOS 6D", serial="012", gps=False):
    """A JPEG with the EXIF of a camera; ``model`` empty: without any EXIF."""
    out = io.BytesIO()
    exif = Image.Exif()
    if model:
        exif[0x010F], exif[0x0110] = "Canon", model
        exif.get_ifd(0x8769).update({0x9003: at, 0xA431: serial})
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (39, 54, 43.0344), 3: "E", 4: (116, 22, 40.1412)})
    Image.new("RGB", (64, 48), (number, 80, 120)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def taken_in(service, case, *contents, source=CARD):
    """Numbers of the photographs once they are read."""
    numbers = []
    for at, content in enumerate(contents, start=1):
        answer = service.upload(case, content, f"IMG_{at:04d}.JPG", source=source)
        assert answer.status_code == 201, answer.text
        numbers.append(answer.json()["exhibit"]["number"])
    for number in numbers:
        read(service, case, number)
    return numbers


def read(service, case, number):
    """Wait until an exhibit is read."""
    for _ in range(150):
        if service.investigator.get(f"/api/v1/cases/{case}/exhibits/{number}").json()["reading"]:
            break
        time.sleep(0.1)


def measure(service, case, login="investigator", **fields):
    return getattr(service, login).post(f"/api/v1/cases/{case}/clocks", json={**CLOCK, **fields})


def line(service, case):
    answer = service.investigator.get(f"/api/v1/cases/{case}/timeline")
    assert answer.status_code == 200, answer.text
    return answer.json()


def of(timeline, kind):
    return [entry for entry in timeline["entries"] if entry["kind"] == kind]


@both_stacks
def test_a_measured_clock_corrects_the_timeline_and_both_times_stand_side_by_side(service):
    case = service.open_case()
    photo, bare = taken_in(service, case, photograph(1), photograph(2, model=""))
    (before,) = of(line(service, case), "evidence")
    assert (before["certainty"], before["time"]["corrected"]) == ("unchecked", None)
    assert before["time"]["zone_label"] == "无时区信息，按北京时间"

    first = measure(service, case)
    assert first.status_code == 201, first.text
    assert (first.json()["offset_seconds"], first.json()["offset"]) == (3730, "快 1 小时 02 分 10 秒")
    assert (first.json()["by"], first.json()["holds"]) == ("某investigator", True)
    assert measure(service, case, shown="2026-11-24T22:00:10").json()["offset"] == "快 10 秒"

    timeline = line(service, case)
    (entry,) = of(timeline, "evidence")
    assert (entry["exhibit"], entry["certainty"]) == (photo, "corrected")
    assert entry["time"]["original"] == "2026:11:24 23:40:05"
    assert datetime.fromisoformat(entry["time"]["corrected"]) == datetime(2026, 11, 24, 15, 39, 55, tzinfo=UTC)
    assert entry["time"]["clock"]["offset_seconds"] == 10
    moments = [datetime.fromisoformat(each["at"]) for each in timeline["entries"]]
    assert moments == sorted(moments)
    assert [(each["exhibit"], each["original"]) for each in timeline["undated"]] == [(bare, "")]
    assert len(of(timeline, "clock")) == 2
    assert {each["label"] for each in of(timeline, "incident")} == {"起火", "接到报警"}

    (device,) = service.legal.get(f"/api/v1/cases/{case}/clocks").json()
    assert (device["device"], device["files"], device["sources"], device["told_apart"]) == (CANON, 1, [CARD], True)
    assert [(clock["offset_seconds"], clock["holds"]) for clock in device["clocks"]] == [(10, True), (3730, False)]
    detail = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{photo}").json()
    assert detail["time"]["corrected"] == entry["time"]["corrected"]
    assert service.legal.post(f"/api/v1/cases/{case}/verification").json()["report"]["findings"] == []


def test_a_clock_of_a_model_without_a_serial_number_is_to_be_checked(service):
    case = service.open_case()
    (number,) = taken_in(service, case, photograph(1, serial=""))
    doubt = "无序列号：同型号的不同设备不能区分，请核对是否为被对时的设备"
    (entry,) = of(line(service, case), "evidence")
    assert doubt not in entry["time"]["doubts"], "no clock is applied yet"
    measure(service, case, device="Canon EOS 6D")
    (entry,) = of(line(service, case), "evidence")
    assert doubt in entry["time"]["doubts"]
    for page in (f"/cases/{case}/timeline", f"/cases/{case}/exhibits/{number}"):
        assert doubt in service.investigator.get(page, headers=HTML).text


def test_a_containers_utc_is_shown_with_both_readings(service, tmp_path):
    case = service.open_case()
    made = ("-metadata", "creation_time=2026-11-24T14:40:12Z")
    film_ = film(tmp_path, "-c:v", "mpeg4", *made, "a.mp4", seconds=1, sound=False)
    answer = service.upload(case, film_, "a.mp4", kind="video", source="DVR")
    assert answer.status_code == 201, answer.text
    number = answer.json()["exhibit"]["number"]
    read(service, case, number)
    measure(service, case, device="DVR", shown="2026-11-24T22:00:10")
    (entry,) = of(line(service, case), "evidence")
    assert (entry["certainty"], entry["certainty_label"]) == ("converted", "按 UTC 换算，未核实")
    assert "若设备写入的是当地时间则为 2026-11-24 14:40:02" in entry["time"]["doubts"][0]
    for page in (f"/cases/{case}/timeline", f"/cases/{case}/exhibits/{number}"):
        text = service.investigator.get(page, headers=HTML).text
        assert "2026-11-24 22:40:02" in text
        assert "若设备写入的是当地时间则为 2026-11-24 14:40:02" in text
        assert "data-corrected" not in text
        assert "校正后时间" not in text
        assert "0:00:01.000" in text
        assert "duration" not in text


def test_a_clock_of_another_case_says_nothing_here(service):
    case, other = service.open_case(), service.open_case()
    taken_in(service, case, photograph(1))
    measure(service, other, unknown_device=True)
    (entry,) = of(line(service, case), "evidence")
    assert entry["time"]["clock"] is None
    assert of(line(service, case), "clock") == []
    (device,) = service.legal.get(f"/api/v1/cases/{other}/clocks").json()
    assert (device["device"], device["files"]) == (CANON, 0)


@pytest.mark.parametrize(
    ("shown", "offset"),
    [
        ("1970-01-01 00:00:00", "慢 20781 天 22 小时 00 分 00 秒"),
        ("2099-12-31T23:59:59.999", "快 26700 天 01 小时 59 分 59 秒"),
        ("2026-11-24T22:00", "与北京时间一致"),
        ("0001-01-01T00:00:00", "慢 739943 天 22 小时 00 分 00 秒"),
    ],
)
@both_stacks
def test_a_recorder_may_be_off_by_years(service, shown, offset):
    case = service.open_case()
    answer = measure(service, case, device="东门海康 DVR 通道3", shown=shown, unknown_device=True)
    assert answer.status_code == 201, answer.text
    assert answer.json()["offset"] == offset
    assert service.investigator.get(f"/cases/{case}/timeline", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"shown": "2026-11-24T23:02:10+08:00"}, "设备显示的时间”照设备显示填写，不带时区"),
        ({"shown": "2026-11-24T23:02:10Z"}, "不带时区"),
        ({"shown": "2026-11-24"}, "例如 2026-11-24 14:05:09"),
        ({"shown": "2026-02-30T10:00:00"}, "例如 2026-11-24 14:05:09"),
        ({"shown": "2016-12-31T23:59:60"}, "例如 2026-11-24 14:05:09"),
        ({"shown": ""}, "设备显示的时间"),
        ({"shown": 1764000000}, "设备显示的时间"),
        ({"shown": None}, "设备显示的时间"),
        ({"beijing_at": "2026-11-24T22:00:00"}, "同一时刻的北京时间”须带时区"),
        ({"beijing_at": "1970-01-01T00:00:00+08:00"}, "不能早于1980年"),
        ({"beijing_at": "2199-01-01T00:00:00+08:00"}, "晚于现在"),
        ({"device": ""}, "设备"),
        ({"device": "甲" * 201}, "最多 200 个字"),
        ({"device": "甲\u202e乙"}, "设备"),
        ({"how": " "}, "对时方法"),
        ({"how": "一\n二"}, "不能换行"),
        ({"remark": "备" * 301}, "最多 300 个字"),
        ({"unknown_device": "或许"}, "确认设备暂无文件"),
    ],
)
def test_what_cannot_be_a_measurement_is_refused_in_the_words_of_the_form(service, fields, word):
    case = service.open_case()
    answer = measure(service, case, **{"unknown_device": True, **fields})
    assert answer.status_code in {400, 422}, answer.text
    assert word in answer.json()["detail"]
    assert service.legal.get(f"/api/v1/cases/{case}/clocks").json() == []


def test_measuring_is_work_of_the_own_unit_and_looking_is_recorded(service):
    case = service.open_case()
    taken_in(service, case, photograph(1))
    assert measure(service, case, "city").json()["type"].endswith("outside-unit")
    assert measure(service, case, "legal").json()["type"].endswith("not-permitted")
    assert measure(service, case, "neighbour").json()["type"].endswith("case-unknown")
    service.legal.get(f"/api/v1/cases/{case}/timeline")
    service.legal.get(f"/api/v1/cases/{case}/clocks")
    service.legal.get(f"/cases/{case}/timeline", headers=HTML)
    with service.here.database.reading() as tx:
        latest = select(RecordEntry).order_by(col(RecordEntry.seq).desc()).limit(3)
        said = [json.loads(entry.body) for entry in tx.exec(latest)]
    assert [(entry["what"], entry["facts"]["purpose"], entry["by"]["name"]) for entry in said] == [
        ("view", "案件时间线", "某legal"),
        ("view", "设备时钟", "某legal"),
        ("view", "案件时间线", "某legal"),
    ]


def test_the_page_shows_the_line_takes_a_measurement_and_names_what_does_not_fit(service):
    case = service.open_case()
    contents = [photograph(number, at=f"2026:11:24 23:4{number}:05") for number in range(1, 5)]
    numbers = taken_in(service, case, *contents, photograph(9, at="2015:01:01 00:00:09", model="EOS 5D", serial="7"))
    form = {**CLOCK, "beijing_at": "2026-11-24T22:00:00", "remark": "见 …-0001"}
    sent = service.investigator.post(f"/cases/{case}/clocks", data=form, follow_redirects=False)
    (device, _) = service.legal.get(f"/api/v1/cases/{case}/clocks").json()
    told = f"/cases/{case}/timeline?measured={device['clocks'][0]['id']}"
    assert (sent.status_code, sent.headers["location"]) == (303, f"{told}#clocks")
    page = service.investigator.get(told, headers=HTML).text
    assert f"已记录：<b>{CANON}</b> 快 1 小时 02 分 10 秒，4 个文件的时间已校正" in page
    page = service.investigator.get(f"/cases/{case}/timeline", headers=HTML).text
    assert "已记录" not in page
    assert page.count('data-entry="evidence"') == 5
    assert '<b class="number" data-corrected>2026-11-24 22:38:55</b>' in page
    assert '<span class="number" data-original>2026:11:24 23:41:05</span>' in page
    assert "快 1 小时 02 分 10 秒" in page
    assert 'data-outlier="other_device"' in page
    assert 'data-outlier="before_fire"' in page
    assert page.count('data-entry="custody"') == 1, "five photographs taken in at once are one row"
    assert "5 件证据" in page
    assert 'data-test="clock-form"' in page
    only = service.investigator.get(f"/cases/{case}/timeline?kind=custody", headers=HTML).text
    assert 'data-entry="evidence"' not in only
    assert f"/cases/{case}/exhibits/{numbers[0]}" in only
    assert 'data-test="clock-form"' not in service.legal.get(f"/cases/{case}/timeline", headers=HTML).text
    assert f'href="/cases/{case}/timeline"' in service.legal.get(f"/cases/{case}", headers=HTML).text


def test_a_device_of_which_the_case_has_no_file_has_to_be_meant(service):
    case = service.open_case()
    taken_in(service, case, photograph(1))
    for device in ("Canon", "canon eos 6d 序列号 012", CARD):
        refused = measure(service, case, device=device)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("device-unknown")
        assert f"本案没有“{device}”的文件" in refused.json()["detail"]
    form = {**CLOCK, "device": "Canon", "beijing_at": "2026-11-24T22:00:00"}
    refused = service.investigator.post(f"/cases/{case}/clocks", data={**form, "unknown_device": "false"}, headers=HTML)
    assert refused.status_code == 422
    assert "请核对名称" in refused.text
    assert [len(device["clocks"]) for device in service.legal.get(f"/api/v1/cases/{case}/clocks").json()] == [0]
    sent = service.investigator.post(
        f"/cases/{case}/clocks", data={**form, "unknown_device": "true"}, follow_redirects=False
    )
    page = service.investigator.get(sent.headers["location"], headers=HTML).text
    assert "<b>Canon</b> 快 1 小时 02 分 10 秒，本案暂无可校正的文件" in page
    assert measure(service, case, device="Canon").status_code == 422, "a name once measured is still one without files"
    assert measure(service, case, device=f" {CANON.replace(' ', '  ')} ").status_code == 201


def test_a_measurement_of_another_case_is_not_told_here(service):
    case, other = service.open_case(), service.open_case()
    number = measure(service, other, unknown_device=True).json()["id"]
    for said in (number, 999, -1, 0):
        page = service.investigator.get(f"/cases/{case}/timeline?measured={said}", headers=HTML)
        assert page.status_code == 200
        assert "已记录" not in page.text


def test_what_is_folded_into_one_row_counts_as_one(service):
    case = service.open_case()
    for number in range(3):
        service.upload(case, photograph(number), f"{number}.txt", kind="document")
    service.legal.post(f"/api/v1/cases/{case}/verification")
    page = service.investigator.get(f"/cases/{case}/timeline", headers=HTML).text
    rows = page.count('class="tl-row"')
    assert page.count(f'<b class="number">{rows}</b>') == 2, "of the tab and of the filter"
    assert 'data-kind="custody">证据保管 <b class="number">2</b>' in page
    only = service.investigator.get(f"/cases/{case}/timeline?kind=custody", headers=HTML).text
    assert only.count('class="tl-row"') == 2


def test_a_reset_clock_is_said_once_and_each_kind_says_what_to_do(service):
    case = service.open_case()
    reset = [photograph(number, at=f"2015:01:01 00:0{number}:00", model="EOS 5D", serial="7") for number in range(3)]
    right = [photograph(number, at=f"2026:11:24 23:4{number}:05") for number in range(3, 8)]
    numbers = taken_in(service, case, *right, *reset, reset[0])
    page = service.investigator.get(f"/cases/{case}/timeline", headers=HTML).text
    assert page.count('data-outlier="clock_off"') == 1
    assert 'data-outlier="far_time"' not in page
    assert 'data-outlier="before_fire"' not in page
    assert "先对该设备对时" in page
    assert "全部 4 件" in page
    assert "IMG_0006.JPG" in page
    twin = page[page.index('data-outlier="twin"') :]
    assert f'href="/cases/{case}/exhibits/{numbers[5]}"' in twin[: twin.index("</article>")]


def test_what_a_form_does_not_have_is_named_and_an_unknown_kind_shows_all(service):
    case = service.open_case()
    refused = service.investigator.post(f"/cases/{case}/clocks", data={"device": "X"}, headers=HTML)
    assert refused.status_code in {400, 422}
    assert "同一时刻的北京时间" in refused.text
    page = service.investigator.get(f"/cases/{case}/timeline?kind=%3Cscript%3E", headers=HTML)
    assert page.text.count('data-entry="incident"') == 2


def test_hostile_words_of_a_file_are_words_on_the_page(service):
    case = service.open_case()
    taken_in(
        service, case, photograph(1, model='"><script>alert(1)</script>', at="昨天<b>下午</b>"), source="<i>卡</i>"
    )
    page = service.investigator.get(f"/cases/{case}/timeline", headers=HTML)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert not re.search(r"<i>卡|<b>下午", page.text)


def test_the_exhibits_page_gives_corrected_time_and_both_positions(service):
    case = service.open_case()
    (number,) = taken_in(service, case, photograph(1, gps=True))
    page = f"/cases/{case}/exhibits/{number}"
    assert "设备未对时，未校正" in service.investigator.get(page, headers=HTML).text
    measure(service, case)
    text = service.investigator.get(page, headers=HTML).text
    assert "2026-11-24 22:37:55" in text
    assert "39.913345, 116.384047" in text, "GCJ-02, as published for this WGS-84 place"
    assert "39.911954" in text
    detail = service.investigator.get(f"/api/v1{page}").json()
    assert detail["position"] == {
        "latitude": "39.911954",
        "longitude": "116.377817",
        "gcj_latitude": "39.913345",
        "gcj_longitude": "116.384047",
    }


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "与北京时间一致"),
        (1, "快 1 秒"),
        (-59, "慢 59 秒"),
        (60, "快 1 分 00 秒"),
        (3730, "快 1 小时 02 分 10 秒"),
        (-86400, "慢 1 天 00 小时 00 分 00 秒"),
        (90061, "快 1 天 01 小时 01 分 01 秒"),
    ],
)
def test_how_far_a_clock_is_off_in_words(seconds, text):
    assert offset_text(seconds) == text


@both_stacks
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE device_clock SET offset_seconds = 0", "对时登记与操作记录不符"),
        ("DELETE FROM device_clock", "操作记录中的对时登记缺失"),
        ("UPDATE device_clock SET case_id = 2", "操作记录中的对时登记缺失"),
    ],
)
def test_a_measurement_changed_or_removed_behind_the_services_back_is_found(service, command, statement, found):
    case = service.open_case()
    service.open_case()
    assert measure(service, case, unknown_device=True).status_code == 201
    assert command("verify").exit_code == 0
    tamper(service.here.database.engine, statement)
    done = command("verify")
    assert done.exit_code == 1, done.output
    assert found in done.output
