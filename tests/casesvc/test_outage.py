"""Parts that fail: the store away, a commit that fails, a process killed. Nothing acknowledged is lost."""

import os
import shutil
import signal
import time
from datetime import timedelta
from threading import Event

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import select

from casesvc.acts import now, verify_all
from casesvc.database import Database
from casesvc.installation import install
from casesvc.readings import give_way, read_files
from casesvc.settings import Settings
from evidence.exhibit import Original
from evidence.read_apart import read_file
from tests.casesvc.conftest import ALARM, both_stacks, content_digest
from tests.casesvc.serving import Served
from tests.casesvc.test_bad_input import exhibits, problem
from tests.servers import free_port


@pytest.mark.parametrize("stack", ["postgresql+minio"], indirect=True)
def test_with_the_store_down_an_upload_answers_503_and_works_again_later(service, minio_server):
    case = service.open_case()
    kept = service.upload(case, b"before").json()["exhibit"]["number"]
    minio_server.stop()
    try:
        refused = service.upload(case, b"during")
        assert "稍后重试" in problem(refused, 503, "store-unavailable")
        url = f"/api/v1/cases/{case}/exhibits/{kept}/original"
        problem(service.legal.get(url, params={"purpose": "x"}), 503, "store-unavailable")
        problem(service.supervisor.post(f"/api/v1/cases/{case}/verification"), 503, "store-unavailable")
        assert len(exhibits(service, case)) == 1
    finally:
        minio_server.start()
    again = service.upload(case, b"during")
    assert again.status_code == 201
    assert again.json()["exhibit"]["number"].endswith("-0002"), "the refused upload took no number"
    assert service.supervisor.post(f"/api/v1/cases/{case}/verification").json()["report"]["findings"] == []


def test_a_commit_that_fails_is_not_acknowledged(service, monkeypatch):
    def failing(self):
        raise sa.exc.OperationalError("COMMIT", {}, Exception("disk full"))

    case = service.open_case()
    investigator = service.investigator
    monkeypatch.setattr("sqlmodel.Session.commit", failing)
    answer = investigator.post("/api/v1/incidents", json=ALARM)
    assert "未登记" in problem(answer, 500, "internal-error")
    monkeypatch.undo()
    assert len(service.investigator.get("/api/v1/incidents").json()) == 1
    assert case


@both_stacks
def test_a_failing_act_leaves_an_unreferenced_object_never_an_exhibit_without_bytes(service, monkeypatch):
    case = service.open_case()

    def failing(*_arguments, **_facts):
        raise RuntimeError("act failed")

    monkeypatch.setattr("casesvc.acts.collect_file", failing)
    problem(service.upload(case, b"bytes"), 500, "internal-error")
    monkeypatch.undo()
    assert exhibits(service, case) == []
    assert len(list(service.here.store.keys("originals/"))) == 1
    assert service.supervisor.post(f"/api/v1/cases/{case}/verification").json()["report"]["findings"] == []


@pytest.fixture
def served(tmp_path):
    made = Served(tmp_path / "data").start()
    yield made
    made.kill()


def test_kill_9_loses_nothing_acknowledged(served, tmp_path):
    acknowledged = {}
    for round_ in range(3):
        client = served.client()
        case = client.get("/api/v1/cases").json()[0]["number"]
        deadline = time.monotonic() + 0.4 + 0.3 * round_
        number = 0

        def killing(data, deadline=deadline):
            for start in range(0, len(data), 65_536):
                if time.monotonic() > deadline:
                    served.process.send_signal(signal.SIGKILL)
                yield data[start : start + 65_536]

        while True:
            content = os.urandom(300_000)
            try:
                answer = client.put(
                    f"/api/v1/uploads/round-{round_}-{number}",
                    params={"case": case, "file_name": f"{round_}-{number}.bin", "kind": "electronic"},
                    headers={"content-digest": content_digest(content)},
                    content=killing(content),
                )
            except httpx.TransportError:
                break
            assert answer.status_code == 201, answer.text
            acknowledged[answer.json()["file"]["sha256"]] = answer.json()["exhibit"]["number"]
            number += 1
        served.process.wait()
        served.start()
    assert acknowledged
    database = Database(f"sqlite:///{tmp_path}/data/casesvc.sqlite3")
    with database.reading() as tx:
        recorded = {row.sha256 for row in tx.exec(select(Original))}
    assert set(acknowledged) <= recorded
    report = verify_all(install(Settings(data_dir=tmp_path / "data")))
    assert report.findings == []


def test_ctrl_c_ends_cleanly(served):
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(timeout=20) == 0


@pytest.mark.parametrize("dead", ["s3 endpoint", "objects folder"])
def test_a_dead_store_does_not_keep_the_service_from_starting(tmp_path, dead):
    served = Served(tmp_path / "data")
    if dead == "s3 endpoint":
        served.env |= {
            "CASESVC_STORE": "minio",
            "CASESVC_S3_ENDPOINT": f"127.0.0.1:{free_port()}",
            "CASESVC_S3_ACCESS_KEY": "x",
            "CASESVC_S3_SECRET_KEY": "y",
            "CASESVC_S3_SECURE": "false",
        }
    else:
        shutil.rmtree(tmp_path / "data" / "objects")
        (tmp_path / "data" / "objects").write_text("no folder")
    try:
        served.start()
        client = served.client()
        case = client.get("/api/v1/cases").json()[0]["number"]
        answer = client.put(
            "/api/v1/uploads/during-outage",
            params={"case": case, "file_name": "a.bin", "kind": "electronic"},
            headers={"content-digest": content_digest(b"x")},
            content=b"x",
        )
        problem(answer, 503, "store-unavailable")
        assert client.get("/api/v1/health").status_code == 204
    finally:
        served.kill()


def test_a_disk_that_goes_and_comes_back_needs_no_restart(service):
    case = service.open_case()
    objects = service.here.settings.data_dir / "objects"
    away = objects.rename(objects.with_name("away"))
    problem(service.upload(case, b"during"), 503, "store-unavailable")
    away.rename(objects)
    assert service.upload(case, b"after").status_code == 201


def test_readings_give_way_to_files_that_come_in_but_not_for_long(monkeypatch):
    stop, since = Event(), now()
    monkeypatch.setattr("casesvc.readings.quiet_for", lambda: 0.0)
    monkeypatch.setattr("casesvc.readings.LOOKED_EVERY", 0.01)
    monkeypatch.setattr("casesvc.readings.PUT_OFF", timedelta(seconds=0.2))
    give_way(since, stop)
    assert now() >= since + timedelta(seconds=0.2), "while files come in"
    monkeypatch.setattr("casesvc.readings.PUT_OFF", timedelta(days=1))
    quiet = iter([0.0, 0.1, 0.4, 0.6])
    monkeypatch.setattr("casesvc.readings.quiet_for", lambda: next(quiet))
    give_way(now(), stop)
    assert list(quiet) == [], "until none does"
    monkeypatch.setattr("casesvc.readings.quiet_for", lambda: 0.0)
    stop.set()
    give_way(now(), stop)


def test_a_photograph_that_fails_on_this_machine_keeps_no_other_waiting(service, monkeypatch):
    case = service.open_case()
    service.app.state.jobs.end()
    for name in ("first.jpg", "second.jpg"):
        service.upload(case, b"not a picture: " + name.encode(), name)

    def failing(store, original, kind, at):
        if original.file_name == "first.jpg":
            raise OSError(28, "No space left on device")
        return read_file(store, original, kind, at)

    monkeypatch.setattr("casesvc.readings.read_file", failing)
    failed, never = set(), Event()
    assert read_files(service.here, failed, never) == 2
    assert read_files(service.here, failed, never) == 0, "not tried again at every sweep"
    details = [
        service.investigator.get(f"/api/v1/cases/{case}/exhibits/{case}-{serial:04d}").json() for serial in (1, 2)
    ]
    assert [bool(detail["reading"]) for detail in details] == [False, True]
