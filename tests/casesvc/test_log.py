"""The log over HTTP: anybody takes checkpoints and proofs, a printed checkpoint is held against the log of today."""

import base64

import pytest
from sqlmodel import select

from casesvc.publishing import sequence_and_publish
from evidence.custody_event import CustodyEvent
from evidence.errors_proof import LogForked
from evidence.log import Sequencer
from evidence.merkle import consistent, leaf_hash, root_by_inclusion
from evidence.note import read_head, read_note
from tests.casesvc.conftest import Browser, both_stacks
from tests.tampering import tamper


def published(here):
    return sequence_and_publish(here, Sequencer())


@pytest.fixture
def stranger(service):
    """Somebody without an account."""
    return Browser(service.app)


@pytest.fixture
def case(service):
    made = service.open_case()
    assert service.upload(made, b"picture", "1.jpg").status_code == 201
    published(service.here)
    return made


def head(stranger):
    answer = stranger.get("/api/v1/log/checkpoint")
    assert answer.status_code == 200
    return read_head(read_note(answer.content).text)


def decoded(proof):
    return [base64.b64decode(each) for each in proof]


@both_stacks
def test_a_stranger_follows_the_log(service, stranger, case):
    before = head(stranger)
    service.upload(case, b"another", "2.jpg")
    published(service.here)
    after = head(stranger)
    sizes = {"older": before.size, "size": after.size}
    proof = stranger.get("/api/v1/log/consistency", params=sizes).json()["proof"]
    assert consistent(before.size, before.root, after.size, after.root, decoded(proof))
    for older, size in ((after.size, before.size), (0, after.size + 1000)):
        wrong = stranger.get("/api/v1/log/consistency", params={"older": older, "size": size})
        assert wrong.status_code == 422
        assert wrong.json()["type"].endswith("no-such-size")


def test_before_anything_is_published(stranger):
    answer = stranger.get("/api/v1/log/checkpoint")
    assert answer.status_code == 404
    assert "尚未公布" in answer.text


@both_stacks
def test_each_event_of_an_exhibit_is_proved(service, case):
    exhibit = service.legal.get(f"/api/v1/cases/{case}/exhibits").json()[0]["number"]
    with service.here.database.reading() as tx:
        events = [(event.seq, event.body) for event in tx.exec(select(CustodyEvent).order_by(CustodyEvent.seq))]
    proved = service.legal.get(f"/api/v1/cases/{case}/exhibits/{exhibit}/proof").json()
    root = bytes.fromhex(proved["checkpoint"]["root"])
    assert [each["of"] for each in proved["proofs"]] == [f"custody/{exhibit}.jsonl#{seq}" for seq, _ in events]
    assert [each["leaf_hash"] for each in proved["proofs"]] == [leaf_hash(body).hex() for _, body in events]
    assert proved["waiting"] == 0
    for each in proved["proofs"]:
        leaf = bytes.fromhex(each["leaf_hash"])
        found = root_by_inclusion(leaf, each["index"], proved["checkpoint"]["size"], decoded(each["proof"]))
        assert found == root


def test_the_state_of_the_log_is_for_those_who_see_the_system(service, case):
    state = service.supervisor.get("/api/v1/log").json()
    assert state["sequenced"] >= state["checkpoint"]["size"] >= 1
    assert state["checkpoint"]["note"].startswith(state["keys"][0].split("+")[0])
    assert state["authorities"] == []
    assert service.investigator.get("/api/v1/log").status_code == 403
    page = service.supervisor.get("/log").text
    assert state["checkpoint"]["root"] in page
    assert "未配置时间戳服务机构" in page
    assert state["keys"][0] not in service.investigator.get("/log").text


@both_stacks
def test_a_printed_checkpoint_agrees_until_the_past_is_rewritten(service, stranger, case, command):
    printed = service.supervisor.get("/api/v1/log").json()["checkpoint"]["printed"]
    scanned = "\n".join(head(stranger).text.splitlines())
    service.upload(case, b"another", "2.jpg")
    published(service.here)
    for text in (printed, printed.upper().replace(printed.split()[0].upper(), printed.split()[0]), scanned):
        check = service.investigator.get("/api/v1/log/check", params={"printed": text})
        assert check.json()["result"] == "consistent", text
    assert command("check-paper", *printed.split()).exit_code == 0
    assert 'data-result="consistent"' in service.investigator.get("/log", params={"printed": printed}).text

    name, size, root = printed.split()
    for text, result in (
        (f"{name} {size} {'0' * 16}", "contradicts"),
        (f"{name} 100000 {root}", "shorter"),
        (f"another {size} {root}", "foreign"),
    ):
        assert service.investigator.get("/api/v1/log/check", params={"printed": text}).json()["result"] == result
        assert command("check-paper", text).exit_code == 1
    assert service.supervisor.get("/api/v1/log").json()["stands"]
    rewrite(service.here)
    assert command("check-paper", printed).exit_code == 1
    assert 'data-result="contradicts"' in service.investigator.get("/log", params={"printed": printed}).text


def test_a_log_that_does_not_stand_is_shown_and_stopped(service, case):
    service.supervisor.get("/log")
    tamper(service.here.database.engine, "DELETE FROM log_leaf", "DELETE FROM log_tile", "DELETE FROM log_size")
    tamper(service.here.database.engine, "UPDATE custody_event SET body = CAST(body || ' ' AS BLOB)")
    assert not service.supervisor.get("/api/v1/log").json()["stands"]
    service.upload(case, b"another", "2.jpg")
    with pytest.raises(LogForked):
        published(service.here)
    assert not service.supervisor.get("/api/v1/log").json()["stands"]
    assert 'data-test="forked"' in service.supervisor.get("/log").text


def test_a_damaged_checkpoint_and_lost_hashes_are_shown_and_never_an_error(service, case):
    printed = service.supervisor.get("/api/v1/log").json()["checkpoint"]["printed"]
    tamper(service.here.database.engine, "DELETE FROM log_tile")
    check = service.investigator.get("/api/v1/log/check", params={"printed": printed})
    assert check.json()["result"] == "contradicts"
    tamper(service.here.database.engine, "UPDATE checkpoint SET note = 'x'")
    state = service.supervisor.get("/api/v1/log").json()
    assert (state["stands"], state["checkpoint"]) == (False, None)
    page = service.supervisor.get("/log")
    assert page.status_code == 200
    assert 'data-test="forked"' in page.text
    service.upload(case, b"another", "2.jpg")
    with pytest.raises(LogForked):
        published(service.here)


def rewrite(here):
    """An operator changes the first event and makes the whole log, and all checkpoints, anew."""
    blob = "'\\x20'::bytea" if here.database.engine.dialect.name == "postgresql" else "' '"
    body = f"body || {blob}" if "bytea" in blob else "CAST(body || ' ' AS BLOB)"
    tamper(
        here.database.engine,
        f"UPDATE custody_event SET body = {body} WHERE id = 1",
        *(f"DELETE FROM {table}" for table in ("checkpoint", "log_leaf", "log_tile", "log_size")),
    )
    published(here)


@pytest.mark.parametrize("printed", ["x", "a b c", "name 12 0123", "name -1 0123456789abcdef", "n 1 " + "A" * 43 + "!"])
def test_what_is_no_checkpoint_is_told(service, case, printed, command):
    answer = service.investigator.get("/api/v1/log/check", params={"printed": printed})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("checkpoint-unreadable")
    assert 'data-test="refusal"' in service.investigator.get("/log", params={"printed": printed}).text
    assert command("check-paper", printed).exit_code == 2
