"""Scanning as people meet it: a finding keeps the original from download and from nothing else."""

import io
import threading
import time
from dataclasses import replace

import pytest
from PIL import Image
from pydantic import ValidationError
from sqlmodel import select

from casesvc import jobs
from casesvc.acts import system_actor
from casesvc.scanning import scan_next
from casesvc.settings import Settings
from evidence.clamav import Clamd, Scanned, ScanOutcome
from evidence.errors import ScannerUnavailable
from evidence.exhibit import Original
from evidence.record import RecordEntry, What
from evidence.scanning import Scan, enter_scan, scan_original
from storage import StoreUnavailable
from tests.casesvc.conftest import both_stacks
from tests.casesvc.test_bad_input import problem
from tests.casesvc.test_walk import SAMPLE, wait_for_readings
from tests.servers import ClamdServer, free_port

HTML = {"accept": "text/html"}


@pytest.fixture
def settings(settings, clamd_server):
    return settings.model_copy(update={"clamav": clamd_server.address})


@pytest.fixture
def by_hand(service, clamd_server):
    """The service with its own sweep ended: a test says itself when and by what is scanned."""
    service.app.state.jobs.end()
    return service


def photograph(ending: bytes = b"") -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "JPEG")
    return picture.getvalue() + ending


def take_in(service, case, content, name="a.bin", kind="electronic"):
    answer = service.upload(case, content, name, kind=kind)
    assert answer.status_code == 201, answer.text
    return answer.json()["exhibit"]["number"]


def shown(service, case, exhibit):
    return service.investigator.get(f"/api/v1/cases/{case}/exhibits/{exhibit}").json()["exhibit"]


def wait_for_scan(service, case, exhibit):
    for _ in range(300):
        scan = shown(service, case, exhibit)["scan"]
        if scan is not None:
            return scan
        time.sleep(0.1)
    raise AssertionError("not scanned")


def download(client, case, exhibit, purpose="移送"):
    return client.get(f"/api/v1/cases/{case}/exhibits/{exhibit}/original", params={"purpose": purpose})


@both_stacks
def test_a_finding_keeps_the_original_from_download_and_changes_nothing_else(service, clamd_server):
    case = service.open_case()
    content = photograph(clamd_server.virus)
    infected = take_in(service, case, content, "a.jpg", "photo")
    clean = take_in(service, case, photograph(), "b.jpg", "photo")
    scan = wait_for_scan(service, case, infected)
    assert (scan["outcome"], scan["signature"]) == ("found", ClamdServer.signature)
    assert scan["engine"].startswith("ClamAV ")
    assert wait_for_scan(service, case, clean)["outcome"] == "clean"
    listed = service.investigator.get(f"/api/v1/cases/{case}/exhibits").json()
    assert [exhibit["quarantined"] for exhibit in listed] == [True, False]

    for login in ("investigator", "custodian", "legal", "approver", "city"):
        told = problem(download(getattr(service, login), case, infected), 403, "quarantined")
        assert ClamdServer.signature in told
        assert "监督人员" in told
    assert download(service.investigator, case, clean).content == photograph()
    wait_for_readings(service, case, infected)  # its copies are pictures of our own making

    problem(download(service.supervisor, case, infected, ""), 422, "purpose-missing")
    taken = download(service.supervisor, case, infected, "移送鉴定")
    assert taken.content == content
    reads = service.supervisor.get(f"/api/v1/cases/{case}/exhibits/{infected}").json()["reads"]
    assert [read["purpose"] for read in reads if read["what"] == "download"] == [
        f"移送鉴定（调取隔离文件：{ClamdServer.signature}）"
    ]
    assert service.supervisor.post(f"/api/v1/cases/{case}/verification").json()["report"]["findings"] == []


def test_the_pages_say_what_was_found_and_who_may_take_it(service, clamd_server):
    case = service.open_case()
    infected = take_in(service, case, photograph(clamd_server.virus), "a.jpg", "photo")
    program = take_in(service, case, clamd_server.virus + b"<script>")
    wait_for_scan(service, case, infected)
    wait_for_scan(service, case, program)
    page = service.investigator.get(f"/cases/{case}/exhibits/{infected}", headers=HTML).text
    assert f"发现 {ClamdServer.signature}（已隔离）" in page
    assert "监督人员写明用途调取" in page
    assert 'data-test="original-form"' not in page
    page = service.supervisor.get(f"/cases/{case}/exhibits/{infected}", headers=HTML).text
    assert "调取隔离文件" in page
    assert 'data-test="original-form"' in page
    assert 'data-test="scan-again"' in page
    status = service.supervisor.get("/status", headers=HTML).text
    assert "尚未扫描 0 件，隔离 2 件" in status


def test_a_scanner_that_is_away_stops_no_work_and_scans_later(service, clamd_server):
    case = service.open_case()
    clamd_server.stop()
    try:
        exhibit = take_in(service, case, b"unscanned")
        assert download(service.investigator, case, exhibit).content == b"unscanned"
        assert shown(service, case, exhibit)["scan"] is None
        page = service.investigator.get(f"/cases/{case}/exhibits/{exhibit}", headers=HTML).text
        assert "尚未扫描" in page
        scanner = service.supervisor.get("/api/v1/status").json()["scanner"]
        assert (scanner["available"], scanner["unscanned"]) == (False, 1)
        assert scanner["cause"]
        assert "扫描服务不可用" in service.supervisor.get("/status", headers=HTML).text
        again = service.legal.post(f"/api/v1/cases/{case}/exhibits/{exhibit}/scan")
        problem(again, 503, "scanner-unavailable")
    finally:
        clamd_server.start()
    service.app.state.jobs.wake()
    assert wait_for_scan(service, case, exhibit)["outcome"] == "clean"
    scanner = service.supervisor.get("/api/v1/status").json()["scanner"]
    assert (scanner["available"], scanner["unscanned"]) == (True, 0)


@pytest.mark.parametrize("size", [3 << 19, 3 << 20], ids=["looked at in part", "not taken"])
def test_a_file_beyond_the_scanners_limit_is_said_to_be_so_and_not_quarantined(service, size):
    case = service.open_case()
    exhibit = take_in(service, case, bytes(size))
    assert wait_for_scan(service, case, exhibit)["outcome"] == "too_large"
    assert len(download(service.investigator, case, exhibit).content) == size
    page = service.investigator.get(f"/cases/{case}/exhibits/{exhibit}", headers=HTML).text
    assert "超过扫描上限" in page


def test_what_was_registered_before_there_was_a_scanner_is_scanned_too(by_hand):
    case = by_hand.open_case()
    exhibits = [take_in(by_hand, case, b"%d" % number, f"{number}.bin") for number in range(3)]
    assert scan_next(replace(by_hand.here, scanner=None), set()) is False
    for _ in exhibits:
        assert scan_next(by_hand.here, set()) is True
    assert scan_next(by_hand.here, set()) is False
    assert {shown(by_hand, case, exhibit)["scan"]["outcome"] for exhibit in exhibits} == {"clean"}


@pytest.mark.parametrize("reason", [ScannerUnavailable("clamd", "closed"), StoreUnavailable("file", "I/O error")])
def test_a_file_that_fails_by_itself_keeps_no_other_waiting(by_hand, monkeypatch, reason):
    case = by_hand.open_case()
    names = ("first.bin", "second.bin")
    first, second = (take_in(by_hand, case, name.encode(), name) for name in names)

    def failing(scanner, store, original):
        if original.file_name == "second.bin":
            raise reason
        return scan_original(scanner, store, original)

    monkeypatch.setattr("casesvc.scanning.scan_original", failing)
    failed = set()
    while scan_next(by_hand.here, failed):
        pass
    assert len(failed) == 1
    assert shown(by_hand, case, first)["scan"]["outcome"] == "clean"
    assert shown(by_hand, case, second)["scan"] is None


def test_while_all_would_fail_none_is_given_up(by_hand):
    case = by_hand.open_case()
    take_in(by_hand, case, b"x")
    failed = set()
    with pytest.raises(ScannerUnavailable):
        scan_next(replace(by_hand.here, scanner=Clamd(f"127.0.0.1:{free_port()}")), failed)
    objects = by_hand.here.settings.data_dir / "objects"
    away = objects.rename(objects.with_name("away"))
    with pytest.raises(StoreUnavailable):
        scan_next(by_hand.here, failed)
    away.rename(objects)
    assert failed == set()
    assert scan_next(by_hand.here, failed) is True


def test_an_original_that_is_gone_from_the_store_is_not_called_scanned(by_hand):
    case = by_hand.open_case()
    exhibit = take_in(by_hand, case, b"x")
    with by_hand.here.database.reading() as tx:
        key = tx.exec(select(Original)).one().object_key
    data = by_hand.here.settings.data_dir
    (stored,) = data.rglob(f"objects/{key}*")
    stored.rename(data / "gone")
    failed = set()
    assert scan_next(by_hand.here, failed) is True
    assert scan_next(by_hand.here, failed) is False
    assert shown(by_hand, case, exhibit)["scan"] is None


@both_stacks
def test_two_processes_that_scan_the_same_original_record_it_once(by_hand):
    case = by_hand.open_case()
    take_in(by_hand, case, b"x")
    with by_hand.here.database.reading() as tx:
        original = tx.exec(select(Original)).one()
    together = threading.Barrier(4)

    def enter():
        together.wait()
        with by_hand.here.database.begin(system_actor()) as act:
            enter_scan(act, original, "ClamAV 1", Scanned(ScanOutcome.CLEAN))

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with by_hand.here.database.reading() as tx:
        assert len(tx.exec(select(Scan)).all()) == 1
        assert len(tx.exec(select(RecordEntry).where(RecordEntry.what == What.SCAN)).all()) == 1


def test_newer_signatures_lift_a_false_alarm(by_hand, clamd_server, monkeypatch):
    case = by_hand.open_case()
    content = clamd_server.virus
    exhibit = take_in(by_hand, case, content)
    scan_next(by_hand.here, set())
    url = f"/api/v1/cases/{case}/exhibits/{exhibit}/scan"
    told = problem(by_hand.legal.post(url), 409, "scan-stands")
    assert "ClamAV" in told, "it says with what it was scanned"

    monkeypatch.setattr(Clamd, "version", lambda _: "ClamAV 9/99999/Tue Nov 24 2026")
    monkeypatch.setattr(Clamd, "scan", lambda _, blocks: Scanned(ScanOutcome.CLEAN, "".join("" for _ in blocks)))
    answer = by_hand.legal.post(url)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["scan"]["outcome"], answer.json()["quarantined"]) == ("clean", False)
    assert download(by_hand.investigator, case, exhibit).content == content
    with by_hand.here.database.reading() as tx:
        entries = tx.exec(select(RecordEntry).where(RecordEntry.what == What.SCAN).order_by(RecordEntry.seq)).all()
    assert [entry.person_id is None for entry in entries] == [True, False], "by the service, then by a person"


def test_a_scan_on_demand_from_the_page(by_hand, monkeypatch):
    case = by_hand.open_case()
    exhibit = take_in(by_hand, case, b"x")
    monkeypatch.setattr(Clamd, "version", lambda _: "ClamAV 9/99999/Tue Nov 24 2026")
    here = f"/cases/{case}/exhibits/{exhibit}"
    answer = by_hand.supervisor.post(f"{here}/scan", headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == f"{here}#file-title"
    assert "ClamAV 9/99999" in by_hand.supervisor.get(here, headers=HTML).text


def test_a_scan_on_demand_is_refused_to_others_of_no_file_and_while_another_runs(by_hand, monkeypatch):
    case = by_hand.open_case()
    exhibit = take_in(by_hand, case, b"x")
    sample = by_hand.investigator.post(f"/api/v1/cases/{case}/exhibits/samples", json=SAMPLE).json()["number"]
    url = f"/api/v1/cases/{case}/exhibits/{{}}/scan"
    problem(by_hand.investigator.post(url.format(exhibit)), 403, "not-permitted")
    problem(by_hand.legal.post(url.format(sample)), 404, "not-a-file")
    monkeypatch.setattr("casesvc.scanning._SCANNING", threading.BoundedSemaphore(1))
    from casesvc.scanning import _SCANNING

    with _SCANNING:
        problem(by_hand.legal.post(url.format(exhibit)), 503, "scanning-busy")


def test_a_large_file_being_scanned_keeps_no_photograph_waiting(service, monkeypatch):
    under_way, over = threading.Event(), threading.Event()

    def slow(_here, _failed):
        under_way.set()
        over.wait(60)
        return False

    monkeypatch.setattr(jobs, "scan_next", slow)
    case = service.open_case()
    service.app.state.jobs.wake()
    assert under_way.wait(30)
    exhibit = take_in(service, case, photograph(), "a.jpg", "photo")
    try:
        wait_for_readings(service, case, exhibit)
    finally:
        over.set()


def test_an_address_that_is_none_is_refused_at_the_start(tmp_path):
    for address in ("clamd.ctl", "/run/clamav/clamd.ctl", "unix:clamd.ctl", "localhost", "localhost:0"):
        with pytest.raises(ValidationError, match="unix:/path"):
            Settings(data_dir=tmp_path, clamav=address)
    assert Settings(data_dir=tmp_path, clamav="unix:/run/clamav/clamd.ctl").clamav == "unix:/run/clamav/clamd.ctl"


class TestWithoutAScanner:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"clamav": ""})

    def test_nothing_is_said_of_scans(self, service):
        case = service.open_case()
        exhibit = take_in(service, case, b"x")
        assert "病毒扫描" not in service.supervisor.get(f"/cases/{case}/exhibits/{exhibit}", headers=HTML).text
        assert service.supervisor.get("/api/v1/status").json()["scanner"] is None
        assert "未配置" in service.supervisor.get("/status", headers=HTML).text
        problem(service.legal.post(f"/api/v1/cases/{case}/exhibits/{exhibit}/scan"), 409, "scanner-missing")

    def test_an_earlier_finding_stays_in_force(self, service):
        case = service.open_case()
        exhibit = take_in(service, case, b"x")
        with service.here.database.begin(system_actor()) as act:
            original = act.tx.exec(select(Original)).one()
            enter_scan(act, original, "ClamAV 1", Scanned(ScanOutcome.FOUND, "Eicar-Test"))
        assert "Eicar-Test" in problem(download(service.investigator, case, exhibit), 403, "quarantined")
        page = service.supervisor.get(f"/cases/{case}/exhibits/{exhibit}", headers=HTML).text
        assert "发现 Eicar-Test（已隔离）" in page
        assert 'data-test="scan-again"' not in page
