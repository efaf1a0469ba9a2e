"""What an exhibit's page says of a film that does not play, and how it lists who looked."""

import pytest

from casesvc.pages import exhibits
from casesvc.pages.exhibits import FIRST, LONG_CHAIN, NEWEST, film_note, folded
from casesvc.shown import ExhibitDetailOut, ReadingOut, ReadOut
from tests.casesvc.test_timeline import read as wait_until_read

HTML = {"accept": "text/html"}
FILM = {"media_type": "video/mp4"}


@pytest.fixture
def ffmpeg(monkeypatch):
    """Says whether the server has one."""
    return lambda there: monkeypatch.setattr(exhibits.shutil, "which", lambda _name: "/usr/bin/x" if there else None)


@pytest.fixture
def detail(service):
    """Of a file sent as a video that is none."""
    case = service.open_case()
    service.upload(case, b"no film at all", "a.mp4", kind="video")
    wait_until_read(service, case, f"{case}-0001")
    return service.investigator.get(f"/api/v1/cases/{case}/exhibits/{case}-0001").json()


def as_read(detail, reader, *findings, facts=FILM):
    reading = ReadingOut(reader=reader, facts=facts, findings=list(findings), remarks=[])
    return ExhibitDetailOut.model_validate(detail).model_copy(update={"reading": reading})


def test_a_film_that_cannot_be_parsed_says_so_on_both_pages(service, detail):
    number = detail["exhibit"]["number"]
    case = detail["exhibit"]["case"]
    for page in (f"/cases/{case}/exhibits/{number}", f"/cases/{case}/gallery/{number}"):
        text = service.legal.get(page, headers=HTML).text
        assert "可播放预览无法生成：" in text
        assert "见下方说明" not in text


def test_a_film_not_tried_yet_is_being_made(detail, ffmpeg):
    ffmpeg(True)
    assert film_note(as_read(detail, "mediainfo")) == "可播放预览正在生成，稍后刷新本页。"
    unread = ExhibitDetailOut.model_validate({**detail, "reading": None})
    assert film_note(unread) == "可播放预览正在生成，稍后刷新本页。"


def test_without_ffmpeg_nothing_is_promised(detail, ffmpeg):
    ffmpeg(False)
    assert "服务器未安装 ffmpeg" in film_note(as_read(detail, "mediainfo"))


def test_what_was_tried_in_vain_says_why(detail, ffmpeg):
    ffmpeg(False)
    failed, undated = "视频超过 4 GB，未生成可播放预览，请下载原件查看", "文件未载明录制时间"
    note = film_note(as_read(detail, "mediainfo, ffmpeg 6", undated, failed))
    assert note == f"可播放预览无法生成：{failed}。"


def test_what_plays_and_what_is_no_film_has_no_note(detail):
    playing = as_read(detail, "mediainfo, ffmpeg 6")
    copy = {"copy": "playback", "purpose": "", "tool": "", "sha256": "", "sm3": ""}
    assert film_note(playing.model_copy(update={"derived": [copy]})) == ""
    photo = as_read(detail, "pillow", facts={"media_type": "image/jpeg"})
    photo.exhibit.kind = "photo"
    assert film_note(photo) == ""


def read(seq, by="甲", purpose="缩略图", address="10.0.0.1"):
    return ReadOut.model_construct(seq=seq, what="view", by=by, unit="乙", address=address, purpose=purpose)


def test_thumbnails_one_person_saw_one_after_another_are_one_row():
    rows = [read(9), read(8), read(7, by="丙"), read(6), read(5, purpose="屏幕预览"), read(4, purpose="屏幕预览")]
    rows += [read(3), read(2, address="10.0.0.2")]
    assert [(item.seq, times) for item, times in folded(rows)] == [
        (9, 2),
        (7, 1),
        (6, 1),
        (5, 1),
        (4, 1),
        (3, 1),
        (2, 1),
    ]
    assert folded([]) == []


def test_the_verb_stands_once(service, detail):
    case, number = detail["exhibit"]["case"], detail["exhibit"]["number"]
    service.investigator.get(f"/cases/{case}/exhibits/{number}", headers=HTML)
    page = service.supervisor.get(f"/cases/{case}/exhibits/{number}", headers=HTML).text
    assert "查看证据及保管链" in page
    assert "查看：查看" not in page


def test_a_long_chain_is_folded_in_the_middle_and_shown_whole_on_demand(service):
    case = service.open_case()
    exhibit = service.upload(case, b"\xff\xd8 x").json()["exhibit"]["number"]
    act = {"type": "copied", "exhibits": [exhibit], "facts": {"method": "拷贝", "original_at": "库", "maker": "某人"}}
    for _ in range(LONG_CHAIN):
        assert service.investigator.post(f"/api/v1/cases/{case}/custody/acts", json=act).status_code == 201
    page = f"/cases/{case}/exhibits/{exhibit}"
    folded = service.investigator.get(page).text
    assert folded.count('data-event="') == FIRST + NEWEST
    assert f"中间 {LONG_CHAIN + 1 - FIRST - NEWEST} 个事件未展开" in folded
    assert service.investigator.get(f"{page}?chain=all").text.count('data-event="') == LONG_CHAIN + 1
