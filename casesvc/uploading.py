"""Uploading from a machine elsewhere: what lies in folders, each file hashed, then found on the service or sent there.

All state is on the service. The name of a sending follows from case, path and bytes, so whoever runs the same again
finds what is registered, goes on with what is half sent, and sends only what is missing.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import IO, Any

from casesvc.card import Found
from casesvc.remote import Refused, Remote, Standing, Unanswered
from evidence.columns import Labelled

PIECE = 8 << 20  # bytes; as large as the parts the service keeps
BLOCK = 1 << 20  # bytes
LONGEST_PATH = 500  # characters; as the service keeps it
DELAYS = (1, 2, 5, 10, 20, 30, 30, 60)
"""Seconds before each further try, as long as nothing moves."""
SEALING = 600.0  # seconds the service may do nothing with a file that it has whole
LOOK_EVERY = 1.0  # seconds
LEFT = 120.0  # seconds; a sending that nobody moved for so long is nobody's, as the service sees it
ENDED = frozenset({"refused", "stopped", "expired", "lost"})
FOR_ALL = frozenset({"case-unknown", "login-refused", "login-paused"})
"""Refusals that the next file would meet too, like every 403."""
PASSING = frozenset({401, 408, 425, 429, 500, 502, 503, 504})
PASSING_SLUGS = frozenset({"offset-differs", "upload-taken-over", "upload-ended", "parts-lost", "upload-unknown", ""})
"""Refusals after which one looks anew how the upload stands."""
CHANGED = "文件在上传中被改动，服务器没有登记。请确认文件不再变动后重新运行。"
NOT_SEALED = "已全部传到服务器，服务器尚未登记。请稍后重新运行，查看结果。"


class State(Labelled):
    """What became of a file."""

    REGISTERED = "registered", "已登记"
    PRESENT = "present", "此前已登记"
    FAILED = "failed", "未登记"
    SKIPPED = "skipped", "略过"


class Phase(StrEnum):
    HASHING = "校验"
    SENDING = "上传"


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a row of the manifest. Digests in hex, ``sm3`` by the service."""

    path: str
    size: int | None
    state: State
    sha256: str = ""
    sm3: str = ""
    exhibit: str = ""
    twins: tuple[str, ...] = ()
    reason: str = ""


class NotSent(Exception):
    """One file is not registered; the words say why. The others are still to come."""


@dataclass
class _Parcel:
    """One file under way."""

    file: Found
    stream: IO[bytes]
    size: int
    sha256: str
    modified: int
    """Nanoseconds, before it was hashed."""
    offset: int = 0
    """Acknowledged by the service."""
    sent: bool = False
    """Whether this run has sent any of it."""
    unanswered: bool = False
    """Whether the last byte is sent and something on the way did not wait for the answer."""

    def changed(self) -> bool:
        now = os.fstat(self.stream.fileno())
        return (now.st_size, now.st_mtime_ns) != (self.size, self.modified)


@dataclass
class Uploading:
    """One run: files to one case of one service. ``moved`` hears how many bytes of a file a phase has done."""

    remote: Remote
    case: str
    facts: dict[str, str]
    moved: Callable[[Found, Phase, int], None]
    _over: Event = field(default_factory=Event)
    _away: bool = False
    """The service did not answer until a file was given up: the next ones try once, not for minutes each."""

    def outcomes(self, files: Sequence[Found], parallel: int) -> Iterator[Outcome]:
        """What became of each file, as it is known; begun in the order given, ``parallel`` at a time.

        Raises Refused for what the next file would be refused for too, after the files under way.
        """
        waiting, lock = iter(files), Lock()
        known: SimpleQueue[Outcome | Exception | None] = SimpleQueue()

        def work() -> None:
            while not self._over.is_set():
                with lock:
                    file = next(waiting, None)
                if file is None:
                    break
                try:
                    known.put(self._outcome(file))
                except Exception as reason:  # noqa: BLE001 - raised by the thread that asked
                    self._over.set()
                    known.put(reason)
            known.put(None)

        # daemons: after Ctrl-C nobody waits for a slow line, and what is acknowledged stays
        workers = [Thread(target=work, daemon=True) for _ in range(parallel)]
        for worker in workers:
            worker.start()
        working, stopped = len(workers), None
        while working:
            outcome = _awaited(known)
            if outcome is None:
                working -= 1
            elif isinstance(outcome, Outcome):
                yield outcome
            else:
                stopped = outcome
        if stopped:
            raise stopped

    def _outcome(self, file: Found) -> Outcome:
        parcel = None
        try:
            with file.path.open("rb") as stream:
                parcel = self._hashed(file, stream)
                state, receipt = self._bring(parcel)
                return compared(parcel, state, receipt)
        except NotSent as reason:
            words = str(reason)
        except UnicodeEncodeError:
            words = "文件名或文件夹名不是有效的 UTF-8 文字。请改名后重新运行。"
        except OSError as reason:
            words = f"文件读不出（{reason.strerror or reason}）。请检查存储卡或权限。"
        return Outcome(str(file.path), file.size, State.FAILED, parcel.sha256 if parcel else "", reason=words)

    def _hashed(self, file: Found, stream: IO[bytes]) -> _Parcel:
        before = os.fstat(stream.fileno())
        if not before.st_size:
            raise NotSent("文件没有内容（0 字节）。请检查存储卡。")
        digest = hashlib.sha256()
        while block := stream.read(BLOCK):
            digest.update(block)
            self.moved(file, Phase.HASHING, stream.tell())
        return _Parcel(file, stream, stream.tell(), digest.hexdigest(), before.st_mtime_ns)

    def _bring(self, parcel: _Parcel) -> tuple[State, dict[str, Any]]:
        """Have the file registered, however often the connection breaks; the receipt."""
        delays = iter(() if self._away else DELAYS)
        while True:
            login, offset = self.remote.logins, parcel.offset
            try:
                done = self._attempt(parcel)
            except Unanswered as reason:
                failed: Unanswered | Refused = reason
            except Refused as reason:
                self._weigh(reason, parcel, login)
                failed = reason
            else:
                self._away = False
                return done
            if parcel.offset > offset:
                delays = iter(DELAYS)
            delay = next(delays, None)
            if delay is None:
                self._away = isinstance(failed, Unanswered)
                raise NotSent(f"多次重试未成功：{failed.words}重新运行即从已收到处继续。")
            time.sleep(delay)

    def _weigh(self, reason: Refused, parcel: _Parcel, login: int) -> None:
        """Return for a refusal that may pass; raise what ends this file, or all of them."""
        if reason.status == 403 or reason.slug in FOR_ALL:
            raise reason
        if reason.status == 401:
            try:
                self.remote.log_in_again(login)
            except Unanswered:
                return
        may_pass = reason.status in PASSING or (reason.status in {404, 409, 410} and reason.slug in PASSING_SLUGS)
        if not may_pass:
            rename = "请把文件或文件夹改名后重新运行。" if reason.slug == "input-refused" else ""
            raise NotSent(CHANGED if parcel.changed() else f"{reason.detail}{rename}")

    def _attempt(self, parcel: _Parcel) -> tuple[State, dict[str, Any]]:
        """Look how the file stands, send what is missing, and wait for its receipt."""
        name, standing = self._look(parcel)
        if standing is None or standing.state == "receiving":
            self._send(parcel, name, known=standing is not None)
            standing = self._settled(parcel, name)
        if standing is None or standing.receipt is None:
            why = standing and (standing.reason or standing.label)
            raise NotSent(f"服务器没有登记：{why or '没有该上传的记录'}")
        return State.REGISTERED if parcel.sent else State.PRESENT, standing.receipt

    def _look(self, parcel: _Parcel) -> tuple[str, Standing | None]:
        """The first name under which this file has not failed to become an exhibit, and how it stands."""
        for which in count():
            name = sending_name(self.case, parcel.file, parcel.sha256, which)
            standing = self._settled(parcel, name)
            if standing is None or standing.state not in ENDED:
                return name, standing
        raise AssertionError("names do not end")

    def _settled(self, parcel: _Parcel, name: str) -> Standing | None:
        """How it stands, when the service is not at work on it any more."""
        while standing := self.remote.standing(name):
            if standing.state == "sealing":
                if standing.idle > SEALING:
                    raise NotSent(NOT_SEALED)
                parcel.sent = True
            elif not (standing.state == "receiving" and parcel.unanswered and standing.idle < LEFT):
                break
            time.sleep(LOOK_EVERY)
        parcel.unanswered = False
        return standing

    def _send(self, parcel: _Parcel, name: str, *, known: bool) -> None:
        """Send from where the service is, to the end; piece by piece, ending where its parts end."""
        if known:
            uploader = self.remote.resume(parcel.stream, name)
        else:
            uploader = self.remote.announce(parcel.stream, name, self._metadata(parcel))
        while True:
            if uploader.stop_at != parcel.size:
                raise NotSent(CHANGED)
            parcel.offset = uploader.offset
            self.moved(parcel.file, Phase.SENDING, parcel.offset)
            if parcel.offset >= parcel.size:
                return
            uploader.chunk_size = PIECE - parcel.offset % PIECE
            parcel.sent = True
            try:
                self.remote.send_piece(uploader)
            except Refused as reason:
                parcel.unanswered = reason.status == 504 and parcel.offset + uploader.chunk_size >= parcel.size
                raise
            if uploader.offset <= parcel.offset:
                raise NotSent(CHANGED)

    def _metadata(self, parcel: _Parcel) -> dict[str, str]:
        path = parcel.file.key
        if len(path) > LONGEST_PATH:
            path = "…" + path[1 - LONGEST_PATH :]
        said = {
            "case": self.case,
            "filename": parcel.file.path.name,
            "path": path,
            "sha256": parcel.sha256,
            **self.facts,
        }
        return {fact: value for fact, value in said.items() if value}


def sending_name(case: str, file: Found, sha256: str, which: int) -> str:
    """The same for the same file of the same case; ``which`` counts the names that came to nothing."""
    said = [case, file.key, sha256, *([f"twin {file.twin}"] if file.twin else []), *([str(which)] if which else [])]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:32]


def _awaited(known: SimpleQueue[Outcome | Exception | None]) -> Outcome | Exception | None:
    """The next of a queue, waking now and then: Ctrl-C may reach another thread, and only this one, awake, hears it."""
    while True:
        with suppress(Empty):
            return known.get(timeout=0.5)


def compared(parcel: _Parcel, state: State, receipt: dict[str, Any]) -> Outcome:
    """The outcome by the receipt. Raises NotSent where it speaks of other bytes."""
    taken = receipt["file"]
    number = receipt["exhibit"]["number"]
    if taken["sha256"] != parcel.sha256 or taken["size"] != parcel.size:
        raise NotSent(
            f"校验值不符！服务器登记的证据 {number} 的 SHA-256 为 {taken['sha256']}（{taken['size']} 字节），"
            f"本机文件为 {parcel.sha256}（{parcel.size} 字节）。请立即告知管理员。"
        )
    return Outcome(
        str(parcel.file.path),
        parcel.size,
        state,
        parcel.sha256,
        taken["sm3"],
        number,
        tuple(receipt["twins"]),
    )
