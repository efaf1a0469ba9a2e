"""What is read from a photograph and copied out of it: EXIF beside the original, thumbnail and preview derived from it.

The reader works on a private copy in a process of its own and is never trusted: however it ends is a finding. The
original is only ever read.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import canonical, sha256_hex
from evidence.columns import Labelled
from evidence.digest import Digesting
from evidence.exhibit import Derivative, Exhibit, Kind, Original, Purpose, Reading, reading_of
from evidence.record import What, enter
from evidence.register import Case
from storage import ObjectStore, StoredObject

READER = f"exifread {version('exifread')}"
TOOL = f"pillow {version('pillow')}"
WORKER = Path(__file__).with_name("read_picture.py")
MOST_SECONDS = 60.0
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # none of the service's secrets
log = logging.getLogger(__name__)


LARGEST = 512 * 1024 * 1024  # bytes; no camera makes such a picture, and its copy would fill the disk


class ReadingFinding(Labelled):
    """What a reader could not find; shown, never filled in."""

    UNREADABLE = "unreadable", "图像无法解码（原件照原样保存）"
    TOO_LARGE = "too_large", "文件超过 512 MB，未读取（可能不是照片）"
    NOT_STORED = "not_stored", "存储中读不到原件，请立即核验"
    NO_EXIF = "no_exif", "无 EXIF 信息（可能经聊天软件压缩或截图）"
    NO_TIME = "no_time", "EXIF 无拍摄时间"
    NO_DEVICE = "no_device", "EXIF 无设备型号"
    NO_GPS = "no_gps", "EXIF 无 GPS 位置"
    TOO_MANY_PIXELS = "too_many_pixels", "像素过多，未生成预览"
    TIMED_OUT = "timed_out", "读取超时或超出内存上限，未生成预览"


@dataclass
class Copy:
    """A derived copy that is in the store and not yet in the record."""

    purpose: Purpose
    stored: StoredObject
    sha256: str
    sm3: str
    parameters: dict[str, Any]


@dataclass
class PhotographRead:
    """Outcome of reading one photograph; ``facts`` hold text and whole numbers only."""

    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[ReadingFinding] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)


def unread(tx: Session, leaving: set[int], limit: int = 20) -> list[Original]:
    """Photographs that no reader has read yet, oldest first, without those of the ids ``leaving``.

    Derived again from the record after any crash.
    """
    known = select(Reading.original_id)
    query = (
        select(Original)
        .join(Exhibit)
        .where(Exhibit.kind == Kind.PHOTO, col(Original.id).not_in(known), col(Original.id).not_in(leaving))
        .order_by(col(Original.id))
        .limit(limit)
    )
    return list(tx.exec(query))


def read_photograph(store: ObjectStore, original: Original) -> PhotographRead:
    """Read EXIF and make the copies; runs outside any transaction. Only StorageError passes through.

    The reader is a process of its own (``evidence/read_picture.py``): a picture made to use up memory or time costs its
    own reading, not the service.
    """
    if original.size > LARGEST:
        return PhotographRead(findings=[ReadingFinding.TOO_LARGE])
    outcome = PhotographRead()
    with tempfile.TemporaryDirectory(prefix="reading-") as place:
        folder = Path(place)
        for found in _read_apart(store.read(original.object_key, original.object_version), folder):
            outcome.facts |= found.get("facts", {})
            outcome.findings += [ReadingFinding(finding) for finding in found.get("findings", ())]
            for purpose, parameters in found.get("copies", {}).items():
                outcome.copies.append(_stored(store, folder, Purpose(purpose), parameters))
    return outcome


def _stored(store: ObjectStore, folder: Path, purpose: Purpose, parameters: dict[str, Any]) -> Copy:
    digesting = Digesting([(folder / f"{purpose.value}.jpg").read_bytes()])
    stored = store.put(f"derived/{uuid.uuid4().hex}", digesting)
    return Copy(purpose, stored, digesting.digests.sha256, digesting.digests.sm3, parameters)


def enter_reading(act: Act, original: Original, outcome: PhotographRead) -> Reading:
    """Enter what was read and derived, and its entry in the record; a second outcome adds nothing."""
    known = reading_of(act.tx, original)
    if known is not None:
        return known
    exhibit = act.tx.get_one(Exhibit, original.exhibit_id)
    findings = [finding.value for finding in outcome.findings]
    stated = {
        "original": original.sha256,
        "reader": READER,
        "read_sha256": read_digest(outcome.facts, findings),
        "copies": [copy_stated(copy.purpose, copy.sha256, copy.sm3, TOOL, copy.parameters) for copy in outcome.copies],
    }
    entry = enter(act, What.READING, stated, case=act.tx.get_one(Case, exhibit.case_id), exhibit=exhibit)
    for copy in outcome.copies:
        act.tx.add(
            Derivative(
                original_id=original.id,
                original_sha256=original.sha256,
                purpose=copy.purpose,
                media_type="image/jpeg",
                tool=TOOL,
                parameters=copy.parameters,
                size=copy.stored.size,
                sha256=copy.sha256,
                sm3=copy.sm3,
                object_key=copy.stored.key,
                object_version=copy.stored.version,
                made_at=entry.at,
                record_seq=entry.seq,
            )
        )
    reading = Reading(
        original_id=original.id,
        reader=READER,
        facts=outcome.facts,
        findings=findings,
        read_at=entry.at,
        record_seq=entry.seq,
    )
    act.tx.add(reading)
    act.tx.flush()
    return reading


def read_digest(facts: dict[str, Any], findings: list[str]) -> str:
    """SHA-256 of what a reader found, by which its row is held against the record."""
    return sha256_hex(canonical({"facts": facts, "findings": findings}))


def copy_stated(purpose: Purpose, sha256: str, sm3: str, tool: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """A derived copy as its entry in the record names it."""
    return {"purpose": purpose.value, "sha256": sha256, "sm3": sm3, "tool": tool, "parameters": parameters}


def _read_apart(blocks: Iterable[bytes], folder: Path) -> list[dict[str, Any]]:
    """What the reader told, one object a line, and as the last how it ended where it did not end well."""
    with tempfile.TemporaryFile() as private, tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        for block in blocks:
            private.write(block)
        private.seek(0)
        try:
            code = subprocess.run(  # noqa: S603 - our own program
                [sys.executable, "-I", str(WORKER), str(folder)],
                stdin=private,
                stdout=told,
                stderr=said,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                timeout=MOST_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        told.seek(0)
        found = [json.loads(line) for line in told if line.endswith(b"\n")]
        said.seek(0)
        last_words = said.read(1000).decode(errors="replace")
    if code > 0 and not found:
        raise RuntimeError(f"the reader of pictures did not start: {last_words}")
    if code:
        log.warning("the reader of pictures ended with %s: %s", code, last_words)
        stopped = code in {-signal.SIGKILL, -signal.SIGXCPU}
        found.append({"findings": [ReadingFinding.TIMED_OUT if stopped else ReadingFinding.UNREADABLE]})
    return found
