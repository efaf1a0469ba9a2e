"""A ClamAV daemon (clamd) by its socket: what version it is, and what it says of a stream of bytes.

Its protocol (clamd(8)): commands begin with ``z`` and end, like every answer, with a zero byte; INSTREAM takes blocks,
each after its length in four bytes, and an empty one at the end. What clamd says is read without trust.
"""

import re
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from evidence.columns import Labelled
from evidence.errors import ScannerUnavailable

LARGEST = 2 * 1024**3 - 1  # bytes; of more ClamAV looks at nothing, and may answer OK all the same
LONGEST_ANSWER = 4096  # bytes
LONGEST_TEXT = 120  # characters of an engine or a signature that are kept
_FOUND = re.compile(r"stream: (.+) FOUND", re.DOTALL)
_LIMIT = "Heuristics.Limits.Exceeded"  # what AlertExceedsMax calls a file that was not looked at to its end


class ScanOutcome(Labelled):
    """What a scan ended with; a scanner that gave no answer is a fault and no outcome."""

    CLEAN = "clean", "未发现病毒"
    FOUND = "found", "发现病毒，已隔离"
    TOO_LARGE = "too_large", "超过扫描上限，未完整扫描"


@dataclass(frozen=True)
class Scanned:
    """An outcome, with the signature that was found."""

    outcome: ScanOutcome
    signature: str = ""


@dataclass(frozen=True)
class Clamd:
    """``address`` is ``unix:/path`` or ``host:port``, anything else a ValueError; a connection is for one question.

    Seconds it is given: to be reached and tell its version, to take a block, to say what it found.
    """

    address: str
    greeting: float = 5.0
    taking: float = 60.0
    verdict: float = 600.0

    def __post_init__(self) -> None:
        port = re.fullmatch(r"[^\s/]+:(\d{1,5})", self.address)
        if not self._path and not (port and 0 < int(port[1]) < 65536):
            raise ValueError(f"{self.address!r} is neither unix:/path nor host:port")

    def version(self) -> str:
        """Engine and signature database, e.g. ``ClamAV 1.4.6/27817/Mon Nov 23 09:27:11 2026``. ScannerUnavailable."""
        with self._connection() as connection:
            self._send(connection, b"zVERSION\0")
            said = self._answer(connection, self.greeting)
        if not said.startswith("ClamAV "):
            raise ScannerUnavailable(self.address, f"it is no clamd: {said[:80]!r}")
        return said[:LONGEST_TEXT]

    def scan(self, blocks: Iterable[bytes]) -> Scanned:
        """What it says of these bytes; one block is in memory at a time. ScannerUnavailable when it says nothing clear.

        An exception of ``blocks`` passes unchanged.
        """
        with self._connection() as connection:
            whole = self._send(connection, b"zINSTREAM\0") and self._stream(connection, blocks)
            said = self._answer(connection, self.verdict)
        if said.startswith("INSTREAM size limit exceeded"):
            return Scanned(ScanOutcome.TOO_LARGE)
        if whole and said == "stream: OK":
            return Scanned(ScanOutcome.CLEAN)
        if whole and (found := _FOUND.fullmatch(said)):
            if found[1].startswith(_LIMIT):
                return Scanned(ScanOutcome.TOO_LARGE)
            return Scanned(ScanOutcome.FOUND, found[1].strip()[:LONGEST_TEXT] or "?")
        raise ScannerUnavailable(self.address, f"{'' if whole else 'before the end: '}{said[:80]!r}")

    @property
    def _path(self) -> str:
        return self.address.removeprefix("unix:") if self.address.startswith("unix:/") else ""

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        try:
            connection = self._connected()
        except OSError as reason:
            raise ScannerUnavailable(self.address, reason) from reason
        with connection:
            yield connection

    def _connected(self) -> socket.socket:
        if not self._path:
            host, _, port = self.address.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout=self.greeting)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self.greeting)
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        return connection

    def _stream(self, connection: socket.socket, blocks: Iterable[bytes]) -> bool:
        connection.settimeout(self.taking)
        for block in blocks:
            if block and not self._send(connection, struct.pack("!L", len(block)) + block):
                return False
        return self._send(connection, struct.pack("!L", 0))

    def _send(self, connection: socket.socket, data: bytes) -> bool:
        """Whether it was taken. A clamd that has heard enough answers and hangs up: the answer is still to be read."""
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        except OSError as reason:
            raise ScannerUnavailable(self.address, reason) from reason
        return True

    def _answer(self, connection: socket.socket, seconds: float) -> str:
        """One answer, in printable ASCII; what else it holds is shown as a question mark."""
        until = time.monotonic() + seconds
        answer = b""
        while not answer.endswith(b"\0"):
            try:
                connection.settimeout(max(until - time.monotonic(), 0.001))
                block = connection.recv(LONGEST_ANSWER)
            except OSError as reason:
                raise ScannerUnavailable(self.address, reason) from reason
            answer += block
            if not block or len(answer) > LONGEST_ANSWER:
                raise ScannerUnavailable(self.address, f"no end to its answer {answer[:80]!r}")
        return re.sub(r"[^ -~]", "?", answer[:-1].decode("ascii", errors="replace"))
