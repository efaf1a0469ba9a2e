"""Uploads that are cut, taken up by another process, outlive restarts or are left: nothing acknowledged is lost."""

import hashlib
import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import select

from casesvc import sendings
from casesvc.acts import verify_all
from casesvc.installation import install
from casesvc.sendings import expire, go_on, seal_left
from evidence.custody_event import CustodyEvent
from evidence.errors import SendingTakenOver
from evidence.exhibit import Original
from evidence.register import case_by_number
from evidence.sending import Sending, sendings_of
from storage import StoreFull, StoreUnavailable
from tests.casesvc.conftest import both_stacks
from tests.casesvc.serving import Served
from tests.casesvc.test_bad_input import exhibits, problem
from tests.casesvc.test_uploads import receipt
from tests.casesvc.tus import PIECE, TUS, address, announce, checksum, offset, piece

MIB = 1 << 20


@pytest.fixture
def served(settings, stack):
    """The service as a process, on the stack of the test; ``settings`` name its places."""
    made = Served(settings.data_dir, settings).start()
    yield made
    if made.process.poll() is None:
        made.kill()


def own_case(client) -> str:
    return client.get("/api/v1/cases").json()[0]["number"]


def cut(client, url: str, start: int, content: bytes, at: int) -> None:
    """Send a piece whose connection breaks after ``at`` bytes."""

    def broken():
        for place in range(0, at, 65_536):
            yield content[place : min(place + 65_536, at)]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        piece(client, url, start, broken(), **{"content-length": str(len(content))})


def settled(client, url: str, least: int) -> int:
    """The offset, once the service has noticed that the sender is gone."""
    for _ in range(100):
        if (at := offset(client, url)) >= least:
            return at
        time.sleep(0.05)
    return at


@both_stacks
def test_a_connection_that_breaks_anywhere_costs_nothing_of_what_came_in(served):
    client = served.client()
    case = own_case(client)
    content = os.urandom(17 * MIB)
    for at in (0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 16 * MIB, 17 * MIB - 1):
        url = address(client, case, len(content), f"断点{at}.bin")
        cut(client, url, 0, content, at)
        got = settled(client, url, at - MIB)
        assert at - MIB <= got <= at, "what was still in a buffer is sent again, nothing else"
        answer = piece(client, url, got, content[got:])
        if answer.status_code == 409:  # the service took the cut request up only after this one: a client asks again
            assert answer.json()["type"].endswith(("upload-taken-over", "offset-differs")), answer.text
            got = offset(client, url)
            assert got <= at
            answer = piece(client, url, got, content[got:])
        assert answer.status_code == 204
        assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(install(served.settings)).findings == []


@both_stacks
def test_a_photograph_cut_in_the_request_that_announces_it_is_gone_on_with(served):
    client = served.client()
    case, content = own_case(client), os.urandom(4 * MIB)

    def broken():
        yield from (content[place : place + 65_536] for place in range(0, 3 * MIB, 65_536))
        raise ConnectionError

    headers = {**PIECE, "content-length": str(len(content))}
    with pytest.raises(ConnectionError):
        announce(client, case, len(content), "断.jpg", headers=headers, content=broken(), sending="cut-photograph")
    url = "/api/v1/uploads/cut-photograph"
    for _ in range(100):  # the sender broke off; the service may not have come to announcing it yet
        if client.head(url, headers=TUS).status_code == 200:
            break
        time.sleep(0.05)
    got = settled(client, url, 2 * MIB)
    assert 2 * MIB <= got <= 3 * MIB
    assert client.get(url).json()["state"] == "receiving"
    assert piece(client, url, got, content[got:]).status_code == 204
    assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(install(served.settings)).findings == []


@both_stacks
def test_a_photograph_that_the_store_does_not_take_is_kept_and_sealed_later(service, monkeypatch):
    """What came with the announcement is acknowledged in the row, both its digests are those of the bytes."""
    client, case, content = service.investigator, service.open_case(), os.urandom(4 * MIB)
    store = service.here.store
    with monkeypatch.context() as patched:
        patched.setattr(store, "put", lambda *_, **__: (_ for _ in ()).throw(StoreUnavailable(store.name, "away")))
        answer = announce(client, case, len(content), headers=PIECE, content=content, sending="kept-in-the-row")
        problem(answer, 503, "store-unavailable")
    url = "/api/v1/uploads/kept-in-the-row"
    assert offset(client, url) == len(content)
    assert exhibits(service, case) == []
    monkeypatch.setattr(sendings, "LEFT", timedelta(0))
    assert seal_left(service.here, threading.Event()) == 1
    assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(service.here).findings == []


@both_stacks
def test_two_processes_take_pieces_of_one_file_in_turn(served):
    other = served.another().start()
    try:
        first, second = served.client(), other.client()
        content = os.urandom(40 * MIB)
        url = address(first, own_case(first), len(content), "两台.bin")
        sent = 0
        for client in (first, second, second, first, second):
            end = min(sent + 8 * MIB + 77_777, len(content))
            assert piece(client, url, sent, content[sent:end]).status_code == 204
            sent = end
            assert offset(first, url) == offset(second, url) == sent
        taken = receipt(first, url)
        assert taken["file"]["sha256"] == hashlib.sha256(content).hexdigest()
        assert verify_all(install(served.settings)).findings == []
    finally:
        other.kill()


@both_stacks
def test_a_service_killed_in_the_middle_goes_on_where_it_had_acknowledged(served):
    client = served.client()
    case = own_case(client)
    content = os.urandom(48 * MIB)
    url = address(client, case, len(content), "断电.bin")

    beside = served.client()
    acknowledged = []

    def dying():
        for place in range(0, len(content), 65_536):
            yield content[place : place + 65_536]
            if place > 16 * MIB and not acknowledged:
                time.sleep(0.02)
                if (at := beside.get(url).json()["offset"]) >= 8 * MIB:
                    acknowledged.append(at)
                    served.kill()

    with pytest.raises(httpx.TransportError):
        piece(client, url, 0, dying())
    served.start()
    client = served.client()
    got = offset(client, url)
    assert acknowledged[0] <= got < len(content), "what was acknowledged is there"
    assert piece(client, url, got, content[got:]).status_code == 204
    taken = receipt(client, url)
    assert taken["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(install(served.settings)).findings == []


@pytest.mark.parametrize("stack", ["postgresql+minio"], indirect=True)
def test_store_and_database_restart_in_the_middle(service, minio_server, postgres_server):
    client, case, content = service.investigator, service.open_case(), os.urandom(30 * MIB)
    url = address(client, case, len(content))
    piece(client, url, 0, content[: 10 * MIB])
    minio_server.stop()
    try:
        refused = piece(client, url, 10 * MIB, content[10 * MIB :])
        assert "稍后重试" in problem(refused, 503, "store-unavailable")
        assert offset(client, url) == 10 * MIB
        assert exhibits(service, case) == []
    finally:
        minio_server.start()
    postgres_server.stop()
    postgres_server.start()
    assert piece(client, url, 10 * MIB, content[10 * MIB :]).status_code == 204
    assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()


@both_stacks
@pytest.mark.parametrize("size", [MIB, 20 * MIB])
@pytest.mark.parametrize("failing", ["complete", "put"])
def test_a_store_that_is_away_at_the_end_seals_later(service, monkeypatch, size, failing):
    client, case, content = service.investigator, service.open_case(), os.urandom(size)
    store = service.here.store

    def away(*_, **__):
        raise StoreUnavailable(store.name, "away")

    with monkeypatch.context() as patched:
        patched.setattr(store, failing, away)
        url = address(client, case, size)
        answer = piece(client, url, 0, content)
        if answer.status_code == 204:
            return  # this size does not end this way
        problem(answer, 503, "store-unavailable")
        standing = client.get(url).json()
        assert (standing["state"], standing["offset"], standing["receipt"]) == ("sealing", size, None)
        assert exhibits(service, case) == [], "no evidence before its digests are recorded"
    monkeypatch.setattr(sendings, "LEFT", timedelta(0))
    assert seal_left(service.here, threading.Event()) == 1
    assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    (exhibit,) = exhibits(service, case)
    chain = client.get(f"/api/v1/cases/{case}/exhibits/{exhibit['number']}").json()["chain"]
    assert chain[0]["by"] == "某investigator", "who sent it collected it, whoever sealed it"


def test_a_process_that_died_after_the_store_had_it_all_makes_no_second_object(service, monkeypatch):
    client, case, content = service.investigator, service.open_case(), os.urandom(20 * MIB)
    for size in (MIB, 20 * MIB):
        url = address(client, case, size)
        with monkeypatch.context() as patched:
            patched.setattr("casesvc.taking.collect_file", lambda *_, **__: (_ for _ in ()).throw(KeyError))
            assert piece(client, url, 0, content[:size]).status_code == 500
        acknowledged = offset(client, url)
        assert piece(client, url, acknowledged, content[acknowledged:size]).status_code == 204
        assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content[:size]).hexdigest()
    assert len(list(service.here.store.keys("originals/"))) == 2
    assert verify_all(service.here).findings == []


@both_stacks
def test_a_store_that_is_away_when_parts_begin_takes_nothing_back(service, monkeypatch):
    """Whatever was acknowledged stays, and the bytes that stay are the right ones."""
    client, case, content = service.investigator, service.open_case(), os.urandom(30 * MIB)
    store = service.here.store

    def away(*_, **__):
        raise StoreUnavailable(store.name, "away")

    for first in (1, 5 * MIB, 8 * MIB - 1):
        url = address(client, case, len(content), f"{first}.bin")
        piece(client, url, 0, content[:first])
        with monkeypatch.context() as patched:
            patched.setattr(store, "begin", away)
            problem(piece(client, url, first, content[first:]), 503, "store-unavailable")
        got = offset(client, url)
        assert got >= first
        assert piece(client, url, got, content[got:]).status_code == 204
        assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(service.here).findings == []


def test_a_file_that_changed_after_a_crash_is_not_registered_as_what_was_stored_before(service, monkeypatch):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 1000)
    with monkeypatch.context() as patched:
        patched.setattr("casesvc.taking.collect_file", lambda *_, **__: (_ for _ in ()).throw(KeyError))
        patched.setattr(
            "casesvc.taking.acknowledge", lambda *_, **__: (_ for _ in ()).throw(SendingTakenOver("killed"))
        )
        assert piece(client, url, 0, b"1" * 1000).status_code == 500
    assert offset(client, url) == 0, "killed before anything was acknowledged"
    problem(piece(client, url, 0, b"2" * 1000), 410, "parts-lost")
    assert client.get(url).json()["state"] == "lost"
    assert exhibits(service, case) == []


def test_two_sweeps_do_not_take_a_file_from_each_other(service, monkeypatch):
    client, case = service.investigator, service.open_case()
    store = service.here.store
    urls = [address(client, case, 10, f"{number}.bin") for number in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(store, "put", lambda *_, **__: (_ for _ in ()).throw(StoreUnavailable(store.name, "away")))
        for url in urls:
            problem(piece(client, url, 0, b"0123456789"), 503, "store-unavailable")
    monkeypatch.setattr(sendings, "LEFT", timedelta(0))
    listed = sendings.left_since
    taken = []

    def interleaved(tx, before, *, complete):
        left = listed(tx, before, complete=complete)
        if not taken:  # another sweep comes between the list and the work
            taken.append(True)
            assert seal_left(service.here, threading.Event()) == 3
        return left

    monkeypatch.setattr(sendings, "left_since", interleaved)
    assert seal_left(service.here, threading.Event()) == 0
    assert len(exhibits(service, case)) == 3


def test_an_upload_resumed_while_it_was_to_expire_goes_on(service, monkeypatch):
    client, case = service.investigator, service.open_case()
    url = address(client, case, 10)
    piece(client, url, 0, b"01234")
    moved(service, url, timedelta(hours=-25))
    listed = sendings.left_since

    def resumed(tx, before, *, complete):
        left = listed(tx, before, complete=complete)
        assert piece(client, url, 5, b"56").status_code == 204
        return left

    monkeypatch.setattr(sendings, "left_since", resumed)
    assert expire(service.here) == 0
    assert piece(client, url, 7, b"789").status_code == 204


def test_nothing_that_was_begun_in_the_store_is_left_when_a_piece_is_refused(service):
    client, case, content = service.investigator, service.open_case(), os.urandom(9 * MIB)
    making = service.here.settings.data_dir / "objects" / "making"
    url = address(client, case, 20 * MIB)
    for _ in range(2):
        problem(piece(client, url, 0, content, **checksum(b"other")), 460, "checksum-differs")
        assert list(making.iterdir()) == []
    declared = address(client, case, len(content), sha256=hashlib.sha256(b"other").hexdigest())
    problem(piece(client, declared, 0, content), 422, "digest-mismatch")
    assert list(making.iterdir()) == []


def test_a_list_of_uploads_loads_none_of_their_bytes(service):
    client, case = service.investigator, service.open_case()
    for _ in range(3):
        piece(client, address(client, case, 9 * MIB), 0, os.urandom(7 * MIB))
    with service.here.database.reading() as tx:
        rows = sendings_of(tx, case_by_number(tx, case))
        assert [len(row.tail) for row in rows] == [7 * MIB] * 3, "loaded when somebody asks"
    with service.here.database.reading() as tx:
        rows = sendings_of(tx, case_by_number(tx, case))
        assert ["tail" in sa.inspect(row).unloaded for row in rows] == [True] * 3


@both_stacks
def test_one_name_announced_twice_at_once_is_one_upload(service):
    client, case = service.investigator, service.open_case()
    client.get("/api/v1/health")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: announce(client, case, 10, sending="raced-announcement"), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(client.get(f"/api/v1/cases/{case}/uploads").json()) == 1


def test_a_busy_database_does_not_end_the_keeping_of_a_turn(service, monkeypatch):
    """A file that is read back for minutes stays its sealer's, also after one write that failed."""
    client, case = service.investigator, service.open_case()
    kept = []

    def keep(act, turn):
        kept.append(turn)
        if len(kept) == 1:
            raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr("casesvc.taking.keep_turn", keep)
    monkeypatch.setattr("casesvc.taking.KEPT_EVERY", 0.01)
    complete = service.here.store.complete

    def slow(*arguments, **more):
        until = time.monotonic() + 20
        while len(kept) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        return complete(*arguments, **more)

    monkeypatch.setattr(service.here.store, "complete", slow)
    url = address(client, case, 9 * MIB)
    assert piece(client, url, 0, bytes(9 * MIB)).status_code == 204
    assert len(kept) >= 3


def test_a_full_disk_is_told_and_what_came_in_stays(service, monkeypatch):
    client, case, content = service.investigator, service.open_case(), os.urandom(20 * MIB)
    url = address(client, case, len(content))
    piece(client, url, 0, content[: 10 * MIB])

    def full(*_, **__):
        raise StoreFull("file", "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(service.here.store, "add_part", full)
        assert "空间不足" in problem(piece(client, url, 10 * MIB, content[10 * MIB :]), 507, "store-full")
    assert offset(client, url) == 10 * MIB
    assert piece(client, url, 10 * MIB, content[10 * MIB :]).status_code == 204
    assert receipt(client, url)["file"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_login_that_ends_in_the_middle_is_asked_for_and_the_upload_goes_on(service):
    client, case, content = service.investigator, service.open_case(), os.urandom(MIB)
    url = address(client, case, len(content))
    piece(client, url, 0, content[:1000])
    client.delete("/api/v1/session")
    problem(piece(client, url, 1000, content[1000:]), 401, "not-logged-in")
    client.get("/api/v1/health")
    client.log_in("investigator")
    assert offset(client, url) == 1000
    assert piece(client, url, 1000, content[1000:]).status_code == 204
    assert receipt(client, url)["file"]["size"] == MIB


@both_stacks
def test_two_people_send_the_same_file_at_once(service):
    """Both are exhibits, and the later names the earlier as its twin."""
    case, content = service.open_case(), os.urandom(9 * MIB)
    clients = [service.investigator, service.second]

    def send(client):
        url = address(client, case, len(content), "同一文件.mp4")
        assert piece(client, url, 0, content).status_code == 204
        return receipt(client, url)

    with ThreadPoolExecutor(2) as pool:
        taken = sorted(pool.map(send, clients), key=lambda each: each["exhibit"]["number"])
    assert taken[0]["twins"] == []
    assert taken[1]["twins"] == [taken[0]["exhibit"]["number"]]
    assert len(exhibits(service, case)) == 2


@both_stacks
def test_who_goes_on_takes_over_and_the_old_connection_acknowledges_nothing_more(service):
    client, case, content = service.investigator, service.open_case(), os.urandom(20 * MIB)
    url = address(client, case, len(content))
    name = url.rsplit("/", 1)[1]
    by = investigator_of(service)
    begun, ended = threading.Event(), threading.Event()

    def half_dead():
        yield content[: 9 * MIB]
        begun.set()
        ended.wait(30)
        yield b"other bytes of a sender gone astray"

    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(go_on, service.here, by, name, 0, half_dead())
        assert begun.wait(30)
        assert piece(client, url, 0, content).status_code == 204
        ended.set()
        with pytest.raises(SendingTakenOver):
            old.result(30)
    taken = receipt(client, url)
    assert taken["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert verify_all(service.here).findings == []


def investigator_of(service):
    from casesvc.accounts import actor_of

    with service.here.database.reading() as tx:
        return actor_of(tx, "investigator")


@both_stacks
def test_parts_that_the_store_has_cleared_end_the_upload(service):
    client, case, content = service.investigator, service.open_case(), os.urandom(20 * MIB)
    url = address(client, case, len(content))
    piece(client, url, 0, content[: 9 * MIB])
    with service.here.database.reading() as tx:
        sending = tx.exec(select(Sending)).one()
    service.here.store.abandon(sending.object_key, sending.making)
    assert "重新上传" in problem(piece(client, url, 9 * MIB, content[9 * MIB :]), 410, "parts-lost")
    assert client.get(url).json()["state"] == "lost"
    assert exhibits(service, case) == []


@both_stacks
def test_an_upload_that_nobody_goes_on_with_expires_for_all_to_see(service, monkeypatch):
    client, case, content = service.investigator, service.open_case(), os.urandom(9 * MIB)
    kept = address(client, case, 10)
    left = address(client, case, 20 * MIB, "没传完.mp4")
    piece(client, left, 0, content)
    sealed = address(client, case, 1)
    piece(client, sealed, 0, b"x")
    moved(service, left, timedelta(hours=-25))
    assert expire(service.here) == 1
    assert expire(service.here) == 0
    problem(piece(client, left, 9 * MIB, b"x"), 410, "upload-ended")
    assert offset(client, kept) == 0
    rows = {row["file_name"]: row for row in service.supervisor.get(f"/api/v1/cases/{case}/uploads").json()}
    assert rows["没传完.mp4"]["state_label"] == "逾期未传完"
    assert len(rows) == 2, "what is an exhibit is not in the list of what is not"
    objects = {stored.key.split("/")[0] for stored in service.here.store.keys("")} - {"canary", "derived"}
    assert objects == {"originals"}
    assert len(list(service.here.store.keys("originals/"))) == 1
    assert verify_all(service.here).findings == []


def moved(service, url: str, by: timedelta) -> None:
    with service.here.database.engine.begin() as connection:
        name = url.rsplit("/", 1)[1]
        at = connection.execute(sa.select(Sending.moved_at).where(Sending.name == name)).scalar_one()
        connection.execute(sa.update(Sending).where(Sending.name == name).values(moved_at=at + by))


def test_who_may_not_register_any_more_does_not_register_what_he_sent(service, monkeypatch):
    client, case, content = service.investigator, service.open_case(), os.urandom(1000)
    store = service.here.store
    url = address(client, case, 1000)

    def away(*_, **__):
        raise StoreUnavailable(store.name, "away")

    with monkeypatch.context() as patched:
        patched.setattr(store, "put", away)
        problem(piece(client, url, 0, content), 503, "store-unavailable")
    assert service.administrator.post("/api/v1/accounts/investigator/disable").status_code < 300
    monkeypatch.setattr(sendings, "LEFT", timedelta(0))
    seal_left(service.here, threading.Event())
    (row,) = service.supervisor.get(f"/api/v1/cases/{case}/uploads").json()
    assert (row["state"], row["reason"]) == ("refused", "上传人已无登记权限。")
    with service.here.database.reading() as tx:
        assert tx.exec(select(Original)).all() == []
        assert tx.exec(select(CustodyEvent)).all() == []


def test_old_databases_take_the_new_tables(tmp_path):
    """A database of the first version, with rows, is migrated without losing one."""
    from alembic import command

    from casesvc.database import make_engine
    from casesvc.migrating import _changing, config, migrate

    engine = make_engine(f"sqlite:///{tmp_path}/old.sqlite3")
    with _changing(engine) as connection:
        command.upgrade(config(connection), "0001")
    with sqlite3.connect(tmp_path / "old.sqlite3") as old:
        row = (0, "view", "2026-11-24 10:00:00", b"{}", "0" * 64)
        old.execute("INSERT INTO record_entry (seq, what, at, body, sha256) VALUES (?, ?, ?, ?, ?)", row)
    migrate(engine)
    with sqlite3.connect(tmp_path / "old.sqlite3") as new:
        assert new.execute("SELECT seq, what, at, body, sha256 FROM record_entry").fetchall() == [row]
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            new.execute("DELETE FROM record_entry")
        new.execute("INSERT INTO record_entry (seq, what, at, body, sha256) VALUES (1, 'scan', '', '', '')")
        with pytest.raises(sqlite3.IntegrityError, match="ck_record_entry_what"):
            new.execute("INSERT INTO record_entry (seq, what, at, body, sha256) VALUES (2, '?', '', '', '')")
    engine.dispose()
