"""The gallery's list, its page and what its viewer is given."""

import io
from dataclasses import replace

import piexif
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from PIL import Image
from pydantic import ValidationError
from sqlmodel import select

from casesvc.accounts import actor_of
from casesvc.api.gallery import gallery_of
from casesvc.app import create_app
from casesvc.headers import PAGE_POLICY
from casesvc.settings import Settings
from evidence.chain import stated
from evidence.record import RecordEntry, What
from evidence.register import case_by_number
from tests.casesvc.conftest import Service, both_stacks
from tests.casesvc.many import NAMES, enter_many
from tests.casesvc.test_walk import SAMPLE, wait_for_readings

HTML = {"accept": "text/html"}
TILES = "https://tiles.example.cn:8443/vec?z={z}&x={x}&y={y}"


def photograph(time: str = "2026:11:25 08:10:11", north: int = 36, colour: str = "red") -> bytes:
    exif = {
        "0th": {piexif.ImageIFD.Make: "HUIYAN", piexif.ImageIFD.Model: "HUIYAN X1"},
        "Exif": {piexif.ExifIFD.DateTimeOriginal: time},
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: "N",
            piexif.GPSIFD.GPSLatitude: ((north, 1), (6, 1), (0, 1)),
            piexif.GPSIFD.GPSLongitudeRef: "E",
            piexif.GPSIFD.GPSLongitude: ((114, 1), (21, 1), (0, 1)),
        },
    }
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=piexif.dump(exif))
    return out.getvalue()


def gallery(client, case):
    answer = client.get(f"/api/v1/cases/{case}/gallery")
    assert answer.status_code == 200, answer.text
    return answer.json()


def reads(service) -> list[tuple[str | None, str]]:
    with service.here.database.reading() as tx:
        views = tx.exec(select(RecordEntry).where(RecordEntry.what == What.VIEW).order_by(RecordEntry.seq))
        said = [stated(entry.body) for entry in views]
    return [(one.exhibit, one.facts["purpose"]) for one in said]


@both_stacks
def test_a_photograph_is_listed_with_what_was_said_read_and_recorded_of_it(service):
    case = service.open_case()
    service.upload(case, photograph(), "东墙.jpg", category="概貌", place="东库房")
    wait_for_readings(service, case, f"{case}-0001")
    handover = service.offer(case, f"{case}-0001").json()["number"]
    assert service.answer(case, handover, {"exhibit": f"{case}-0001"}).status_code == 201
    (item,) = gallery(service.legal, case)
    assert item.pop("received_at")
    assert item.pop("holder").startswith("某custodian（")
    assert item.pop("gcj02") == pytest.approx([36.1, 114.35], abs=0.01)
    assert item.pop("size") == len(photograph())
    assert item == {
        "number": f"{case}-0001",
        "serial": 1,
        "kind": "photo",
        "kind_label": "照片",
        "name": "东墙.jpg",
        "file_name": "东墙.jpg",
        "category": "概貌",
        "place": "东库房",
        "person": "某investigator",
        "device": "HUIYAN X1",
        "device_time": "2026:11:25 08:10:11",
        "taken_at": "2026-11-25T00:10:11Z",
        "corrected": False,
        "wgs84": [36.1, 114.35],
        "has_thumbnail": True,
        "unambiguous": True,
        "findings": 0,
        "quarantined": False,
        "twin": "",
    }


def test_no_time_and_no_place_come_of_what_is_neither(service):
    case = service.open_case()
    service.upload(case, photograph("0000:00:00 00:00:00", north=99), "a.jpg")
    wait_for_readings(service, case, f"{case}-0001")
    (item,) = gallery(service.legal, case)
    assert item["taken_at"] is None
    assert item["wgs84"] is None
    assert item["gcj02"] is None


def test_twins_are_marked_and_samples_are_not_in_the_gallery(service):
    case = service.open_case()
    service.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE)
    for content in (b"one", b"two", b"one"):
        service.upload(case, content, "记录.txt", kind="document")
    shown = [
        (item["serial"], item["kind"], item["twin"], item["has_thumbnail"]) for item in gallery(service.legal, case)
    ]
    first, other = f"{case}-0002", f"{case}-0004"
    assert shown == [(2, "document", other, False), (3, "document", "", False), (4, "document", first, False)]
    for number, twin in ((first, other), (other, first)):
        detail = service.legal.get(f"/api/v1/cases/{case}/exhibits/{number}").json()
        assert detail["twins"] == [twin]
        for page in (f"/cases/{case}/exhibits/{number}", f"/cases/{case}/gallery/{number}"):
            text = service.legal.get(page, headers=HTML).text
            assert f'href="/cases/{case}/exhibits/{twin}"' in text
    text = service.legal.get(f"/cases/{case}/exhibits/{case}-0003", headers=HTML).text
    assert "内容相同" not in text


def test_a_missing_position_is_a_remark_and_nothing_to_check(service):
    case = service.open_case()
    out = io.BytesIO()
    exif = {"0th": {piexif.ImageIFD.Model: b"X"}, "Exif": {piexif.ExifIFD.DateTimeOriginal: b"2026:11:25 08:10:11"}}
    Image.new("RGB", (64, 48)).save(out, "JPEG", exif=piexif.dump(exif))
    service.upload(case, out.getvalue(), "a.jpg")
    number = f"{case}-0001"
    wait_for_readings(service, case, number)
    (item,) = gallery(service.legal, case)
    assert item["findings"] == 0
    reading = service.legal.get(f"/api/v1/cases/{case}/exhibits/{number}").json()["reading"]
    assert (reading["findings"], reading["remarks"]) == ([], ["EXIF 无 GPS 位置"])
    for page in (f"/cases/{case}/exhibits/{number}", f"/cases/{case}/gallery/{number}"):
        assert "EXIF 无 GPS 位置" in service.legal.get(page, headers=HTML).text


def test_the_number_of_queries_does_not_grow_with_the_list(service):
    with service.here.database.reading() as tx:
        by = actor_of(tx, "investigator")
    counted = []
    for count in (2, 60):
        case = service.open_case()
        enter_many(service.here, by, case, count)
        asked = []

        with service.here.database.reading() as tx:
            row = case_by_number(tx, case)
            own = tx.connection()

            def hear(connection, _cursor, statement, *_more, asked=asked, own=own):
                if connection is own:  # the jobs of the service ask, too
                    asked.append(statement)

            sa.event.listen(service.here.database.engine, "before_cursor_execute", hear)
            assert len(gallery_of(tx, row)) == count
            sa.event.remove(service.here.database.engine, "before_cursor_execute", hear)
        counted.append(len(asked))
    assert counted[0] == counted[1] < 10


def test_listing_and_viewing_are_recorded_each_once(service):
    case = service.open_case()
    service.upload(case, photograph(), "a.jpg")
    wait_for_readings(service, case, f"{case}-0001")
    before = reads(service)
    gallery(service.legal, case)
    assert service.legal.get(f"/cases/{case}/gallery", headers=HTML).status_code == 200
    assert service.legal.get(f"/cases/{case}/gallery/{case}-0001", headers=HTML).status_code == 200
    assert reads(service)[len(before) :] == [("", "图库目录"), (f"{case}-0001", "图库中查看")]


def test_the_viewer_is_given_preview_digests_place_and_chain(service):
    case = service.open_case()
    receipt = service.upload(case, photograph(), "东墙.jpg").json()
    wait_for_readings(service, case, f"{case}-0001")
    shown = service.legal.get(f"/cases/{case}/gallery/{case}-0001", headers=HTML).text
    assert "<html" not in shown, "a part of a page"
    assert f'src="/api/v1/cases/{case}/exhibits/{case}-0001/preview"' in shown
    for value in (
        receipt["file"]["sha256"],
        receipt["file"]["sm3"],
        "36.100000",
        "提取",
        "某investigator",
        "HUIYAN X1",
    ):
        assert value in shown, value


def test_a_name_with_markup_is_text_in_the_viewer(service):
    case = service.open_case()
    with service.here.database.reading() as tx:
        by = actor_of(tx, "investigator")
    enter_many(service.here, by, case, 6, pictured=[5])
    shown = service.legal.get(f"/cases/{case}/gallery/{case}-0006", headers=HTML).text
    assert "&lt;b&gt;" in shown
    assert NAMES[5] not in shown
    assert gallery(service.legal, case)[5]["name"] == NAMES[5]


def test_the_viewer_knows_no_exhibit_of_another_case(service):
    case, other = service.open_case(), service.open_case()
    service.upload(other, b"x", "a.txt", kind="document")
    assert service.legal.get(f"/cases/{case}/gallery/{other}-0001", headers=HTML).status_code == 404


def test_without_a_map_server_the_page_loads_pictures_from_here_only(service):
    case = service.open_case()
    page = service.legal.get(f"/cases/{case}/gallery", headers=HTML)
    assert page.headers["content-security-policy"] == PAGE_POLICY
    assert 'data-tiles=""' in page.text
    assert "data-gcj02" not in page.text


def test_with_a_map_server_only_the_gallery_may_load_its_pictures(here):
    here = replace(here, settings=here.settings.model_copy(update={"map_tiles": TILES, "map_tiles_gcj02": True}))
    app = create_app(here)
    with TestClient(app):
        service = Service(here, app)
        case = service.open_case()
        page = service.legal.get(f"/cases/{case}/gallery", headers=HTML)
        policy = page.headers["content-security-policy"]
        assert "img-src 'self' data: https://tiles.example.cn:8443;" in policy
        assert policy.replace(" https://tiles.example.cn:8443", "") == PAGE_POLICY
        assert "data-gcj02" in page.text
        assert service.legal.get(f"/cases/{case}", headers=HTML).headers["content-security-policy"] == PAGE_POLICY


@pytest.mark.parametrize(
    "tiles",
    [
        "https://tiles.example.cn/{z}/{x}",
        "ftp://tiles.example.cn/{z}/{x}/{y}",
        "https://tiles.example.cn; script-src *//{z}/{x}/{y}",
        "https://a,b/{z}/{x}/{y}",
        "https://{s}.example.cn/{z}/{x}/{y}",
        "//tiles.example.cn/{z}/{x}/{y}",
    ],
)
def test_an_address_of_map_pictures_that_is_none_is_refused_at_the_start(tiles, tmp_path):
    with pytest.raises(ValidationError, match=r"map_tiles|CASESVC_MAP_TILES"):
        Settings(data_dir=tmp_path, map_tiles=tiles)
