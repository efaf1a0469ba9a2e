"""A witness: signs what begins with all that it has seen, and nothing else; over HTTP as a second installation."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casesvc.answers import told
from casesvc.publishing import cosign_latest, sequence_and_publish
from casesvc.settings import Settings, WitnessAt
from casesvc.witness import Witness
from evidence.checkpoint import cosignatures_of, latest, witnessed
from evidence.errors_proof import WitnessDisagrees, WitnessUnavailable
from evidence.log import Sequencer
from evidence.merkle import Growing, Tree, leaf_hash
from evidence.note import COSIGNATURE, Head, NoteRefused, SigningKey, read_key, read_note, read_signatures
from evidence.witness import Asked, Disagrees, read_asked
from tests.casesvc.conftest import both_stacks
from tests.servers import ROOT, free_port
from tests.tampering import tamper

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def key(name):
    return SigningKey(name, Ed25519PrivateKey.generate())


LOG, STRANGER, WITNESS = key("安阳/火调"), key("安阳/火调"), key("河南/总队")


def tree(size, salt=b""):
    growing = Growing(0, lambda _level, _n: b"")
    growing.extend(leaf_hash(salt + b"%d" % at) for at in range(size))
    return Tree(size, lambda level, n: bytes(growing.changed.get((level, n), b"")))


def asked(older, size, *, signed=LOG, salt=b"", proof=None):
    made = tree(size, salt)
    note = signed.sign(Head(signed.name, size, made.root()).text)
    return Asked(older, tuple(made.consistency(older) if proof is None else proof), note)


@pytest.fixture
def witness(tmp_path):
    return Witness(tmp_path, WITNESS, [LOG.verifier()])


def test_it_signs_a_log_that_grows(witness, tmp_path):
    for older, size in ((0, 3), (3, 3), (3, 10), (10, 600)):
        one = asked(older, size)
        (line,) = read_signatures(witness.sign(one.written(), AT).decode())
        assert WITNESS.verifier(COSIGNATURE).signed(one.note.text, line.signature)
        assert line.witnessed_at == AT
        assert read_asked(one.written()) == one
    again = Witness(tmp_path, WITNESS, [LOG.verifier()])
    with pytest.raises(Disagrees) as refused:
        again.sign(asked(10, 700).written(), AT)
    assert (refused.value.status, refused.value.size) == (409, 600), "what it has seen outlives it"


def test_what_it_does_not_sign(witness):
    witness.sign(asked(0, 10).written(), AT)
    for wrong, status in (
        (asked(10, 20, salt=b"rewritten"), 422),
        (asked(10, 20, proof=[]), 422),
        (asked(10, 10, salt=b"rewritten"), 422),
        (asked(10, 20, signed=STRANGER), 403),
        (asked(0, 5, signed=key("another")), 404),
        (asked(0, 20), 409),
        (asked(9, 20), 409),
        (Asked(20, (), asked(0, 10).note), 400),
        (Asked(0, (), LOG.sign("text\n")), 400),
    ):
        with pytest.raises(Disagrees) as refused:
            witness.sign(wrong.written(), AT)
        assert refused.value.status == status
    witness.sign(asked(10, 20).written(), AT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old",
        b"old x\n\nnote",
        b"old -1\n\nnote",
        b"old 1\nAAAA\n\nnote",
        b"old 1\n!\n\nnote",
        b"old " + b"9" * 30 + b"\n\nnote",
        b"old 0\n" + b"A" * 44 * 100 + b"\n\nnote",
        b"old 0\n" + b"AAAA\n" * 100 + b"\nnote",
        b"old 0\n\nno note",
        b"\xff\n\n\xff",
    ],
)
def test_what_is_no_request(witness, body):
    with pytest.raises(NoteRefused):
        witness.sign(body, AT)


# ── a second installation ─────────────────────────────────


@contextmanager
def running(folder, log, port=0):
    """``casesvc witness`` as a process, and its settings as the first installation has them."""
    port = port or free_port()
    command = [sys.executable, "-m", "casesvc.cli", "witness", "--folder", folder, "--log", log]
    command += ["--name", "河南/总队", "--port", port]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = re.search(r"会签密钥  (\S+)", process.stdout.readline())[1]
        for _ in range(300):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield WitnessAt(url=f"http://127.0.0.1:{port}", key=line)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def publish_more(service, case, name):
    service.upload(case, name.encode(), f"{name}.jpg")
    return sequence_and_publish(service.here, Sequencer())


@both_stacks
def test_a_second_installation_witnesses_the_log(service, tmp_path, command):
    case = service.open_case()
    publish_more(service, case, "1")
    line = re.search(r"密钥  自第 0 条起  (\S+)", command("log", "status").output)[1]
    with running(tmp_path / "witness", line) as at:
        service.here.settings.witnesses = [at]
        (first,) = cosign_latest(service.here)
        assert first.witness == at.key
        assert cosign_latest(service.here) == [], "it has signed this one"
        publish_more(service, case, "2")
        assert len(cosign_latest(service.here)) == 1
        with service.here.database.reading() as tx:
            checkpoint = latest(tx)
            lines = [read_signatures(each.line)[0] for each in cosignatures_of(tx, checkpoint)]
            both = read_note(witnessed(checkpoint, lines))
        assert both.signed_by(read_key(line))
        assert both.signed_by(read_key(at.key))
        assert at.key in service.supervisor.get("/log").text

        # its answer was lost: it has seen more than we know
        publish_more(service, case, "3")
        tamper(service.here.database.engine, "DELETE FROM cosignature")
        assert len(cosign_latest(service.here)) == 1

        # the past is rewritten, with all hashes and checkpoints made anew
        blob = "body || '\\x20'" if service.here.database.engine.dialect.name == "postgresql" else "body || ' '"
        tamper(
            service.here.database.engine,
            f"UPDATE custody_event SET body = CAST({blob} AS {'bytea' if 'x20' in blob else 'BLOB'}) WHERE id = 1",
            *(f"DELETE FROM {table}" for table in ("cosignature", "checkpoint", "log_leaf", "log_tile", "log_size")),
        )
        publish_more(service, case, "4")
        with pytest.raises(WitnessDisagrees) as refused:
            cosign_latest(service.here)
        assert "另一份日志" in told(refused.value)[1]
    with pytest.raises(WitnessUnavailable):
        cosign_latest(service.here)


def test_only_the_key_of_a_witness_is_taken():
    with pytest.raises(ValueError, match="of a log"):
        WitnessAt(url="http://127.0.0.1", key=WITNESS.verifier().line)
    with pytest.raises(ValueError, match="key"):
        WitnessAt(url="http://127.0.0.1", key="nonsense")
    assert Settings(witnesses=[{"url": "http://127.0.0.1", "key": WITNESS.verifier(COSIGNATURE).line}]).witnesses


def test_a_witness_is_told_what_is_no_key_of_a_log(tmp_path):
    command = [sys.executable, "-m", "casesvc.cli", "witness", "--folder", str(tmp_path), "--log", "nonsense"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "不是密钥" in done.stderr
