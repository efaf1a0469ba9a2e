"""Copies made by hand of a photograph: turned, cropped, annotated, redacted, with how they were made (APR art. 31).

A copy is made of the original and the whole list of its operations, never of another copy: whoever has both and the
tool can make it again. The original is only ever read.
"""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import uuid
from concurrent.futures import CancelledError
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import Statement, lock, stated
from evidence.digest import Digesting, Digests
from evidence.errors import CopyRefused, CopyRule, CopyUnknown
from evidence.exhibit import Derivative, Exhibit, Original, Purpose, Reading
from evidence.read_apart import Workplace
from evidence.reading import LARGEST, copy_stated
from evidence.record import CHAIN, RecordEntry, What, enter
from evidence.register import Case
from storage import BLOCK_SIZE, ObjectStore, StoredObject

TOOL = f"pillow {version('pillow')}, pillow-heif {version('pillow-heif')}"
PROGRAM = ("-m", "evidence.edit_picture")
FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "HEIF", "AVIF")
MOST_SECONDS = 60.0
SAVED = {"quality": 92, "subsampling": "4:4:4"}  # with fewer colours than pixels, a thin red line is no longer red
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # none of the service's secrets
_FONT = ("fc-match", "--format=%{file}\n%{index}\n%{fullname}\n%{lang}", ":lang=zh-cn:weight=200")
log = logging.getLogger(__name__)

Operation = dict[str, str | int]
"""``op`` and its members, as ``evidence/edit_picture.py`` lists them."""


@dataclass(frozen=True)
class Font:
    """A font with Chinese characters: its file, and which of the fonts in it."""

    file: str
    index: int
    name: str


@dataclass(frozen=True)
class MadeCopy:
    """An edited copy that is in the store and not yet in the record."""

    stored: StoredObject
    digests: Digests
    parameters: dict[str, Any]


@dataclass(frozen=True)
class EditedCopy:
    """An edited copy and what its entry in the record says: title, by whom, when."""

    row: Derivative
    said: Statement

    @property
    def title(self) -> str:
        return str(self.said.facts.get("title", ""))


def can_be_edited(reading: Reading | None) -> bool:
    """Whether the renderer knows the format that a reader found, and how large it is; the rest shows in the trying."""
    facts = reading.facts if reading else {}
    return facts.get("format") in {*FORMATS, "MPO"} and all(facts.get(side) for side in ("width", "height"))


def chinese_font() -> Font | None:
    """The font for texts, bold where there is one, as fontconfig finds it; None where none knows Chinese."""
    try:
        done = subprocess.run(_FONT, capture_output=True, timeout=20, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return None
    file, index, name, languages = (*done.stdout.decode().split("\n"), "", "", "", "")[:4]
    if "zh-cn" not in languages.split("|"):
        return None  # the nearest font to what was asked for, and without Chinese
    return Font(file, int(index) & 0xFFFF, name.split(",")[0])  # above: the instance of a variable font


def make_copy(
    store: ObjectStore, original: Original, operations: list[Operation], at: Workplace | None = None
) -> MadeCopy:
    """Render a copy and store it; runs outside any transaction. CopyRefused says why there is none.

    The renderer is a process of its own (``evidence/edit_picture.py``), for it decodes what anybody sent.
    CancelledError when the work is stopped before it runs.
    """
    at = at or Workplace()
    if original.size > LARGEST:
        raise CopyRefused(CopyRule.TOO_LARGE)
    parameters: dict[str, Any] = {"operations": operations, **SAVED, "orientation": "applied", "metadata": "removed"}
    asked: dict[str, Any] = {"operations": operations, "formats": FORMATS, **SAVED, "font": None}
    if any(operation["op"] == "text" for operation in operations) and (font := chinese_font()):
        asked["font"] = {"file": font.file, "index": font.index}
        parameters |= {"font": font.name, "font_sha256": _sha256(Path(font.file))}
    with at.nameless() as private, at.nameless() as copy:
        for block in store.read(original.object_key, original.object_version):
            if at.stop.is_set():
                raise CancelledError
            private.write(block)
        private.seek(0)
        told = _render(private.fileno(), copy.fileno(), asked)
        if "refused" in told:
            raise CopyRefused(CopyRule(told["refused"]), told["operation"], told["char"])
        copy.seek(0)
        digesting = Digesting(iter(lambda: copy.read(BLOCK_SIZE), b""))
        stored = store.put(f"derived/{uuid.uuid4().hex}", digesting)
    found = {name: told[name] for name in ("width", "height", "colour") if name in told}
    return MadeCopy(stored, digesting.digests, parameters | found)


def enter_copy(act: Act, case: Case, exhibit: Exhibit, original: Original, made: MadeCopy, *, title: str) -> EditedCopy:
    """Enter a copy with what it is for, and its entry in the record; the same once more is the copy that is there."""
    lock(act.tx, CHAIN)  # of two at once the later sees the earlier
    same = same_copy(act.tx, original, made.parameters["operations"], title=title)
    if same is not None:
        return same
    digests = made.digests
    facts = {
        "original": original.sha256,
        "title": title,
        "copies": [copy_stated(Purpose.EDITED, digests.sha256, digests.sm3, TOOL, made.parameters)],
    }
    entry = enter(act, What.EDIT, facts, case=case, exhibit=exhibit)
    row = Derivative(
        original_id=original.id,
        original_sha256=original.sha256,
        purpose=Purpose.EDITED,
        media_type="image/jpeg",
        tool=TOOL,
        parameters=made.parameters,
        size=digests.size,
        sha256=digests.sha256,
        sm3=digests.sm3,
        object_key=made.stored.key,
        object_version=made.stored.version,
        made_at=entry.at,
        record_seq=entry.seq,
    )
    act.tx.add(row)
    act.tx.flush()
    return EditedCopy(row, stated(entry.body))


def edited_of(tx: Session, original: Original) -> list[EditedCopy]:
    """The edited copies of an original, oldest first."""
    query = (
        select(Derivative, RecordEntry)
        .join(RecordEntry, col(RecordEntry.seq) == Derivative.record_seq, isouter=True)
        .where(Derivative.original_id == original.id, Derivative.purpose == Purpose.EDITED)
        .order_by(col(Derivative.id))
    )
    return [EditedCopy(row, stated(entry.body) if entry else Statement()) for row, entry in tx.exec(query)]


def edited_copy(tx: Session, exhibit: Exhibit, original: Original, copy: int) -> EditedCopy:
    """One of them by its id; CopyUnknown."""
    for edited in edited_of(tx, original):
        if edited.row.id == copy:
            return edited
    raise CopyUnknown(exhibit.number, copy)


def same_copy(tx: Session, original: Original, operations: list[Operation], *, title: str) -> EditedCopy | None:
    """The copy that was made of these operations for the same use, if there is one."""
    for edited in edited_of(tx, original):
        if edited.title == title and edited.row.parameters.get("operations") == operations:
            return edited
    return None


def _render(private: int, copy: int, asked: dict[str, Any]) -> dict[str, Any]:
    """What the renderer told; that it was stopped or fell over a picture is told in its words."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", *PROGRAM, json.dumps({**asked, "output": copy}, ensure_ascii=False)],
            stdin=private,
            capture_output=True,
            pass_fds=[copy],
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _stopped(CopyRule.TIMED_OUT)
    if done.returncode == 0:
        return {"operation": 0, "char": "", **json.loads(done.stdout)}
    last_words = done.stderr[-1000:].decode(errors="replace")
    log.warning("the renderer of copies ended with %s: %s", done.returncode, last_words)
    if done.returncode > 0:
        raise RuntimeError(f"the renderer of copies failed: {last_words}")
    killed = done.returncode in {-signal.SIGKILL, -signal.SIGXCPU}
    return _stopped(CopyRule.TIMED_OUT if killed else CopyRule.UNREADABLE)


def _stopped(rule: CopyRule) -> dict[str, Any]:
    return {"refused": rule.value, "operation": 0, "char": ""}


def _sha256(file: Path) -> str:
    with file.open("rb") as font:
        return hashlib.file_digest(font, "sha256").hexdigest()
