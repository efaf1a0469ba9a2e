"""The client of a ClamAV daemon: against the real one, and against others that answer at their own pleasure."""

import re
import socket
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager

import pytest

from evidence.clamav import LONGEST_TEXT, Clamd, ScanOutcome
from evidence.errors import ScannerUnavailable
from storage import StoreUnavailable
from tests.servers import ROOT, free_port

MIB = 1 << 20


@pytest.fixture(params=["address", "tcp_address"])
def clamd(request, clamd_server):
    return Clamd(getattr(clamd_server, request.param))


def test_it_tells_what_it_is(clamd):
    assert re.match(r"ClamAV \d+\.\d+", clamd.version())


def test_a_clean_stream(clamd):
    assert clamd.scan([b"a ", b"", b"picture"]).outcome is ScanOutcome.CLEAN
    assert clamd.scan([]).outcome is ScanOutcome.CLEAN


def test_a_virus_across_two_blocks(clamd, clamd_server):
    half = len(clamd_server.virus) // 2
    found = clamd.scan([b"before" + clamd_server.virus[:half], b"", clamd_server.virus[half:] + b"after"])
    assert found.outcome is ScanOutcome.FOUND
    assert found.signature == clamd_server.signature


@pytest.mark.parametrize(
    "size", [3 * MIB // 2, 2 * MIB + 1, 64 * MIB], ids=["looks", "takes by a byte", "takes by far"]
)
def test_a_stream_larger_than_it_looks_at_or_takes_is_no_finding(clamd, clamd_server, size):
    blocks = [clamd_server.virus, *([bytes(MIB)] * (size // MIB)), bytes(size % MIB)]
    assert clamd.scan(blocks) == clamd.scan([bytes(size)])
    assert clamd.scan(blocks).outcome is ScanOutcome.TOO_LARGE


@contextmanager
def speaking(*answers, hears=True, holds=False, patience=20):
    """A server of one connection: it hears the stream to its end or not, sends ``answers`` and hangs up or holds on."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak():
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(20)
                heard = b""
                while hears and not heard.endswith((b"zVERSION\0", bytes(4))):
                    block = connection.recv(MIB)
                    if not block:
                        return
                    heard = heard[-16:] + block
                for answer in answers:
                    connection.sendall(answer)
                if holds:
                    over.wait(20)

        thread = threading.Thread(target=speak)
        thread.start()
        yield Clamd(f"127.0.0.1:{listening.getsockname()[1]}", greeting=patience, taking=patience, verdict=patience)
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"Eicar-Test", "Eicar-Test"),
        (b"<script>\x1b[31m\r\n\xe6\x81\xb6", "<script>?[31m?????"),
        (b"FOUND: OK FOUND", "FOUND: OK FOUND"),
        (b"   ", "?"),
        (b"x" * 3000, "x" * LONGEST_TEXT),
    ],
)
def test_a_signature_is_printable_and_short(said, kept):
    with speaking(b"stream: " + said + b" FOUND\0") as clamd:
        found = clamd.scan([b"x"])
    assert (found.outcome, found.signature) == (ScanOutcome.FOUND, kept)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [b"\0"],
        [b"stream: OK"],
        [b"stream: OK", b" or not\0"],
        [b"stream: Eicar FOUND"],
        [b"stream: Can't allocate memory ERROR\0"],
        [b"\xff\xfe\x00\x01 garbage\0"],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
        [b"stream: " + b"x" * 100_000],
        [b"UNKNOWN COMMAND\0"],
    ],
    ids=lambda answers: repr(b"".join(answers)[:30]),
)
def test_an_answer_that_says_nothing_clear_is_a_fault(answers):
    with speaking(*answers) as clamd, pytest.raises(ScannerUnavailable):
        clamd.scan([b"x"])


def test_an_ok_before_the_end_of_the_stream_is_not_believed():
    with speaking(b"stream: OK\0", hears=False) as clamd, pytest.raises(ScannerUnavailable):
        clamd.scan(b"x" * MIB for _ in range(64))


@pytest.mark.parametrize("hears", [True, False], ids=["after the stream", "without taking it"])
def test_one_that_never_answers_is_waited_for_no_longer_than_said(hears):
    with speaking(hears=hears, holds=True, patience=0.3) as clamd, pytest.raises(ScannerUnavailable, match="timed out"):
        clamd.scan(b"x" * MIB for _ in range(64))


@pytest.mark.parametrize("answers", [[b"HTTP/1.1 400 Bad Request\0"], [b"PONG\0"], [b"ClamAV 1.4"], []])
def test_something_else_at_the_address_is_no_scanner(answers):
    with speaking(*answers) as clamd, pytest.raises(ScannerUnavailable):
        clamd.version()


def test_nobody_at_the_address(tmp_path):
    for address in (f"unix:{tmp_path}/none.sock", f"unix:/{'x' * 200}", f"127.0.0.1:{free_port()}", "no.invalid:3310"):
        with pytest.raises(ScannerUnavailable):
            Clamd(address).version()


def test_what_is_no_address_is_refused():
    for address in ("", "unix:", "unix:clamd.sock", "/run/clamd.ctl", "host", "host:", "host:0", "host:70000", "a b:1"):
        with pytest.raises(ValueError):
            Clamd(address)


def test_a_store_that_fails_meanwhile_is_not_taken_for_the_scanner(clamd):
    def failing():
        yield b"x"
        raise StoreUnavailable("memory", "gone")

    with pytest.raises(StoreUnavailable):
        clamd.scan(failing())


STREAM = textwrap.dedent("""
    import re, sys
    from pathlib import Path
    from evidence.clamav import Clamd

    def memory(name):
        return int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

    before = memory("VmRSS")
    Clamd(sys.argv[1]).scan(bytes([number + 1]) * (1 << 20) for number in range(255))
    print(memory("VmHWM") - before)
""")


def test_memory_does_not_grow_with_the_stream():
    with speaking(b"stream: OK\0", hears=True) as clamd:
        command = [sys.executable, "-c", STREAM, clamd.address]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64 * 1024, "KiB, of 255 MiB"
