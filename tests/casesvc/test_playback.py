"""A film from upload to its player: made playable by the service, sent in parts, each part recorded."""

import time

import pytest

from casesvc.ranges import part_of
from tests.casesvc.conftest import both_stacks
from tests.casesvc.test_bad_input import exhibits
from tests.evidence.files import H264, film, picture

PAGE = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", (0, 1000)),
        ("bytes=0-99", (0, 100)),
        ("bytes=990-2000", (990, 1000)),
        ("bytes=-100", (900, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=999-", (999, 1000)),
        ("bytes=1000-", None),
        ("bytes=5-4", None),
        ("bytes=-0", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("bytes=٣-", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("lines=0-5", None),
        ("", None),
    ],
)
def test_a_single_part_of_the_object_is_sent_alone_and_else_the_whole(asked, part):
    assert part_of(asked, 1000) == part


def wait_for(service, case, number, copy):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        detail = service.investigator.get(f"/api/v1/cases/{case}/exhibits/{number}").json()
        if copy in [made["copy"] for made in detail["derived"]]:
            return detail
        time.sleep(0.2)
    raise AssertionError(f"no {copy}: {detail['reading']}")


@both_stacks
def test_a_film_is_played_from_any_place_and_each_request_is_recorded(service, tmp_path):
    case = service.open_case()
    content = film(tmp_path, *H264, "a.mp4", seconds=4)
    number = service.upload(case, content, "监控录像.mp4", kind="video").json()["exhibit"]["number"]
    detail = wait_for(service, case, number, "playback")
    assert {made["copy"] for made in detail["derived"]} == {"poster", "thumbnail", "playback"}
    assert detail["reading"]["facts"]["duration"] == "4.000 s"
    url = f"/api/v1/cases/{case}/exhibits/{number}/playback"
    whole = service.legal.get(url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    middle = service.legal.get(url, headers={"range": f"bytes={size // 2}-{size // 2 + 999}"})
    assert middle.status_code == 206
    assert middle.content == whole.content[size // 2 : size // 2 + 1000]
    assert middle.headers["content-range"] == f"bytes {size // 2}-{size // 2 + 999}/{size}"
    assert middle.headers["content-length"] == "1000"
    assert service.legal.get(url, headers={"range": "bytes=1-"}).content == whole.content[1:]
    assert service.legal.get(url, headers={"range": f"bytes={size}-"}).status_code == 200
    assert service.legal.get(url, headers={"range": "bytes=1-", "if-range": '"x"'}).status_code == 200
    reads = service.supervisor.get(f"/api/v1/cases/{case}/exhibits/{number}").json()["reads"]
    seen = [entry["purpose"] for entry in reads if entry["by"] == "某legal"]
    at = [
        "可播放预览",
        "可播放预览",
        "可播放预览（自第 1 字节起）",
        f"可播放预览（自第 {size // 2} 字节起）",
        "可播放预览",
    ]
    assert seen == at
    assert service.neighbour.get(url, headers={"range": "bytes=1-"}).status_code == 404
    page = service.legal.get(f"/cases/{case}/exhibits/{number}", headers=PAGE).text
    assert f'poster="/api/v1/cases/{case}/exhibits/{number}/poster" src="{url}"' in page
    assert "H.264（AVC）" in page
    assert "0:00:04.000" in page


def test_a_photograph_waits_for_no_film(service, tmp_path, monkeypatch):
    """While a film is in work that takes for ever, photographs are read."""
    program = tmp_path / "reader.py"
    program.write_text(
        "import json, sys, time\nasked = json.loads(sys.argv[1])\n"
        "if asked['task'] == 'play':\n    time.sleep(100)\n"
        "from evidence.readers.__main__ import main\nmain(asked)\n"
    )
    monkeypatch.setattr("evidence.read_apart.PROGRAM", (str(program),))
    case = service.open_case()
    recorded = service.upload(case, film(tmp_path, *H264, "a.mp4"), "a.mp4", kind="video").json()["exhibit"]["number"]
    wait_for(service, case, recorded, "poster")
    photograph = service.upload(case, picture("JPEG")).json()["exhibit"]["number"]
    wait_for(service, case, photograph, "preview")
    begun = time.monotonic()
    service.app.state.jobs.end()
    assert time.monotonic() - begun < 20, "the film in work is given up, and made anew at the next start"


def test_every_file_has_its_facts_on_its_page(service):
    case = service.open_case()
    service.upload(case, "说明".encode(), "说明.txt", kind="electronic")
    service.upload(case, picture("PNG"), "现场.jpg")
    numbers = [exhibit["number"] for exhibit in exhibits(service, case)]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        details = [service.investigator.get(f"/api/v1/cases/{case}/exhibits/{number}").json() for number in numbers]
        if all(detail["reading"] for detail in details):
            break
        time.sleep(0.2)
    pages = [service.investigator.get(f"/cases/{case}/exhibits/{number}", headers=PAGE).text for number in numbers]
    assert "文件类型未能识别" in pages[0]
    assert "文件内容与扩展名不符" in pages[1]
    assert "image/png" in pages[1]
