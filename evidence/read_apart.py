"""An original read by a process of its own (:mod:`evidence.readers`), which is never trusted.

However it ends is a finding. It works on a private copy that has no name; the original is only ever read.
"""

import errno
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO

from evidence.digest import Digesting
from evidence.endings import differs
from evidence.exhibit import Kind, Original, Purpose
from evidence.reading import FFMPEG, LARGEST, Copy, Outcome, ReadingFinding
from storage import ObjectStore

PILLOW = f"pillow {version('pillow')}"
PILLOW_HEIF = f"{PILLOW}, pillow-heif {version('pillow-heif')}"
MEDIAINFO = f"pymediainfo {version('pymediainfo')}"
READERS = {
    "image": f"exifread {version('exifread')}, {PILLOW}",
    "video": MEDIAINFO,
    "audio": MEDIAINFO,
    "application/pdf": f"pypdf {version('pypdf')}",
}
OTHERS = f"filetype {version('filetype')}"
PROGRAM = ("-m", "evidence.readers")
MOST_SECONDS = 10 * 60.0
"""Of the clock, for a reader that hangs: readers wait for everybody else, and what they use is limited where they run
(evidence/readers/__main__.py), so that a busy machine is no finding."""
PLAYING_SECONDS = 2 * 3600.0
SAMPLE = 64 * 1024 * 1024  # bytes at either end: there containers keep their index, and the first pictures
LARGEST_PLAYED = 4 * 1024 * 1024 * 1024  # bytes; a larger film gets a poster and no playable copy
LEFT_FREE = 3 * 1024 * 1024 * 1024  # bytes of disk beside a film's private copy: its playable copy, and the service
MOST_TOLD = 64 * 1024  # bytes
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # none of the service's secrets
_STOPPED = {-signal.SIGKILL, -signal.SIGXCPU}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workplace:
    """Where private copies are kept, nameless (the system's place where None), and what ends the work early."""

    folder: Path | None = None
    stop: Event = field(default_factory=Event)

    def nameless(self) -> BinaryIO:
        """A file without a name: nothing of it is left when its processes are gone, however they went."""
        return tempfile.TemporaryFile(dir=self.folder)


def read_file(store: ObjectStore, original: Original, kind: Kind, at: Workplace | None = None) -> Outcome:
    """Read one original and make its pictures; runs outside any transaction.

    Only StorageError passes through, OSError of this machine, and CancelledError when it was stopped. What a file is
    is told by its content; ``kind``, as which it was registered, says what is missed where that is not known.
    """
    asked = {"task": "read", "whole": original.size <= LARGEST, "kind": kind.value}
    outputs = (Purpose.THUMBNAIL, Purpose.PREVIEW, Purpose.POSTER)
    return _Work(store, original, at or Workplace()).ask(asked, outputs, MOST_SECONDS)


def make_playable(
    store: ObjectStore, original: Original, missing: Iterable[Purpose], at: Workplace | None = None
) -> Outcome:
    """Make the ``missing`` of a film's playable copy, poster and thumbnail; as :func:`read_file`. Needs ffmpeg.

    OSError (ENOSPC) where the disk has not room enough.
    """
    at = at or Workplace()
    if original.size > LARGEST_PLAYED:
        return Outcome(ffmpeg_version(), findings=[ReadingFinding.PLAYBACK_TOO_LARGE])
    if shutil.disk_usage(at.folder or tempfile.gettempdir()).free < original.size + LEFT_FREE:
        raise OSError(errno.ENOSPC, "no room for a film's private copy")
    asked = {"task": "play", "whole": True, "kind": Kind.VIDEO.value}
    outcome = _Work(store, original, at).ask(asked, missing, PLAYING_SECONDS)
    outcome.reader, outcome.facts = ffmpeg_version(), {}
    return outcome


def ffmpeg_version() -> str:
    """The ffmpeg of this machine, as its copies name it (``ffmpeg 5.1.9``); empty where there is none."""
    program = shutil.which(FFMPEG)
    return _version_of(program, Path(program).stat().st_mtime_ns) if program else ""


@cache
def _version_of(program: str, _changed_at: int) -> str:
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    found = re.match(r"ffmpeg version (\S+)", said.stdout)
    return f"{FFMPEG} {found[1]}"[:60] if found else ""


@dataclass(frozen=True)
class _Work:
    """One reader over one original."""

    store: ObjectStore
    original: Original
    at: Workplace

    def ask(self, asked: dict[str, Any], purposes: Iterable[Purpose], seconds: float) -> Outcome:
        ffmpeg = ffmpeg_version()
        with ExitStack() as files:
            outputs = {purpose: files.enter_context(self.at.nameless()) for purpose in purposes}
            asked = asked | {
                "ffmpeg": (shutil.which(FFMPEG) or "") if ffmpeg else "",
                "outputs": {purpose.value: file.fileno() for purpose, file in outputs.items()},
            }
            private = files.enter_context(self.at.nameless())
            self.fill(private, whole=asked["whole"])
            outcome = Outcome(OTHERS)
            tools = {"pillow": PILLOW, "pillow-heif": PILLOW_HEIF, FFMPEG: ffmpeg}
            for told in self.answers(private, asked, [file.fileno() for file in outputs.values()], seconds):
                outcome.facts |= told.get("facts", {})
                outcome.findings += [ReadingFinding(finding) for finding in told.get("findings", ())]
                for name, made in told.get("copies", {}).items():
                    purpose = Purpose(name)
                    outcome.copies.append(self.keep(outputs[purpose], purpose, tools[made["by"]], made["parameters"]))
        media_type = str(outcome.facts.get("media_type", ""))
        outcome.reader = READERS.get(media_type) or READERS.get(media_type.partition("/")[0]) or OTHERS
        if asked["task"] == "read" and differs(self.original.file_name, media_type):
            outcome.findings.insert(0, ReadingFinding.TYPE_DIFFERS)
        return outcome

    def fill(self, private: BinaryIO, *, whole: bool) -> None:
        """Copy the original, or its two ends with a hole between that takes no room."""
        size = self.original.size
        if whole or size <= 2 * SAMPLE:
            self.copy(private, 0, size)
        else:
            self.copy(private, 0, SAMPLE)
            self.copy(private, size - SAMPLE, size)
        private.seek(0)

    def copy(self, private: BinaryIO, start: int, end: int) -> None:
        """Copy the bytes from ``start`` to before ``end`` to their places; nothing behind them is asked for."""
        private.seek(start)
        with closing(self.store.read(self.original.object_key, self.original.object_version, start)) as blocks:
            while (left := end - private.tell()) > 0 and (block := next(blocks, b"")):
                if self.at.stop.is_set():
                    raise CancelledError
                private.write(block[:left])

    def keep(self, file: BinaryIO, purpose: Purpose, tool: str, parameters: dict[str, Any]) -> Copy:
        """Stream a copy that was made into the store."""
        file.seek(0)
        digesting = Digesting(_blocks(file))
        stored = self.store.put(f"derived/{uuid.uuid4().hex}", digesting, fresh=True, sha256=digesting.sha256)
        return Copy(purpose, stored, digesting.digests.sha256, digesting.digests.sm3, tool, parameters)

    def answers(
        self, private: BinaryIO, asked: dict[str, Any], descriptors: list[int], seconds: float
    ) -> list[dict[str, Any]]:
        """What the reader told, one object a line, and as the last how it ended where it did not end well."""
        with self.at.nameless() as told, self.at.nameless() as said:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", *PROGRAM, json.dumps(asked)],
                stdin=private,
                stdout=told,
                stderr=said,
                pass_fds=descriptors,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
            code = self.waited(process, seconds)
            told.seek(0)
            lines = told.read(MOST_TOLD).splitlines(keepends=True)
            found = [checked(json.loads(line)) for line in lines if line.endswith(b"\n")]
            said.seek(0)
            last_words = said.read(1000).decode(errors="replace")
        if code > 0 and not found:
            raise RuntimeError(f"the reader of files did not start: {last_words}")
        if code:
            log.warning("the reader of original %s ended with %s: %s", self.original.id, code, last_words)
            found.append({"findings": [ReadingFinding.TIMED_OUT if code in _STOPPED else _unreadable(asked, found)]})
        return found

    def waited(self, process: subprocess.Popen[bytes], seconds: float) -> int:
        """How the process ended; it is ended when its time is over. CancelledError when the work is stopped."""
        for _ in range(max(1, round(seconds * 5))):
            try:
                return process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                if self.at.stop.is_set():
                    break
        process.kill()
        code = process.wait()
        if self.at.stop.is_set():
            raise CancelledError
        return code


def _unreadable(asked: dict[str, Any], found: list[dict[str, Any]]) -> ReadingFinding:
    if asked["task"] == "play":
        return ReadingFinding.PLAYBACK_FAILED
    content = next((str(facts["media_type"]) for told in found if "media_type" in (facts := told.get("facts", {}))), "")
    of_family = {"image": ReadingFinding.UNREADABLE, "video": ReadingFinding.UNREADABLE_VIDEO}
    family = content.partition("/")[0] or {"photo": "image"}.get(asked["kind"], asked["kind"])
    return of_family.get(family, ReadingFinding.UNREADABLE_FILE)


def checked(told: Any) -> dict[str, Any]:
    """What may be recorded of an answer: facts as short text or numbers. A reader that was taken over says anything."""
    if not isinstance(told, dict):
        return {}
    facts = told.get("facts", {})
    short = {
        name: value
        for name, value in facts.items()
        if re.fullmatch(r"[a-z_0-9]{1,40}", name)
        and ((isinstance(value, str) and len(value) <= 200) or (type(value) is int and abs(value) < 2**53))
    }
    return told | {"facts": short}


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(1024 * 1024):
        yield block
