"""What is read from a photograph and copied out of it: EXIF beside the original, thumbnail and preview derived from it.

A reader works on a private copy and is never trusted: whatever it raises is a finding. The original is only ever read.
"""

import io
import logging
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import IO, Any, BinaryIO, cast

import exifread
from PIL import Image, ImageOps
from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.columns import Labelled
from evidence.digest import Digesting
from evidence.exhibit import Derivative, Exhibit, Kind, Original, Purpose, Reading, derivative_of, reading_of
from storage import ObjectStore, StoredObject

READER = f"exifread {version('exifread')}"
TOOL = f"pillow {version('pillow')}"
WIDEST = {Purpose.THUMBNAIL: 360, Purpose.PREVIEW: 1600}
MOST_PIXELS = 200_000_000
"""A picture of more pixels is not opened: a small file can unpack to more memory than the machine has."""
_IN_MEMORY = 16 * 1024 * 1024
logging.getLogger("exifread").setLevel(logging.ERROR)  # what it cannot read is a finding, not a warning


class ReadingFinding(Labelled):
    """What a reader could not find; shown, never filled in."""

    UNREADABLE = "unreadable", "图像无法解码（原件照原样保存）"
    NO_EXIF = "no_exif", "无 EXIF 信息（可能经聊天软件压缩或截图）"
    NO_TIME = "no_time", "EXIF 无拍摄时间"
    NO_DEVICE = "no_device", "EXIF 无设备型号"
    NO_GPS = "no_gps", "EXIF 无 GPS 位置"
    TOO_MANY_PIXELS = "too_many_pixels", "像素过多，未生成预览"


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


def unread(tx: Session, limit: int = 20) -> list[Original]:
    """Photographs that have no reading yet, oldest first; derived again from the record after any crash."""
    read = select(Reading.original_id).where(Reading.reader == READER)
    query = (
        select(Original)
        .join(Exhibit)
        .where(Exhibit.kind == Kind.PHOTO, col(Original.id).not_in(read))
        .order_by(col(Original.id))
        .limit(limit)
    )
    return list(tx.exec(query))


def read_photograph(store: ObjectStore, original: Original) -> PhotographRead:
    """Read EXIF and make the copies; runs outside any transaction. Only StorageError passes through."""
    outcome = PhotographRead()
    with _private_copy(store, original) as file:
        _read_exif(file, outcome)
        file.seek(0)
        for purpose, content, parameters in _copies(file, outcome):
            digesting = Digesting([content])
            stored = store.put(f"derived/{uuid.uuid4().hex}", digesting)
            digests = digesting.digests
            outcome.copies.append(Copy(purpose, stored, digests.sha256, digests.sm3, parameters))
    return outcome


def enter_reading(act: Act, original: Original, outcome: PhotographRead) -> Reading:
    """Enter what was read and derived; a second outcome for the same original adds only what is missing."""
    for copy in outcome.copies:
        if derivative_of(act.tx, original, copy.purpose) is not None:
            continue
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
                made_at=act.at,
            )
        )
    known = reading_of(act.tx, original)
    if known is not None and known.reader == READER:
        return known
    reading = Reading(
        original_id=original.id,
        reader=READER,
        facts=outcome.facts,
        findings=[finding.value for finding in outcome.findings],
        read_at=act.at,
    )
    act.tx.add(reading)
    act.tx.flush()
    return reading


@contextmanager
def _private_copy(store: ObjectStore, original: Original) -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        for block in store.read(original.object_key, original.object_version):
            file.write(block)
        file.seek(0)
        yield file


def _read_exif(file: IO[bytes], outcome: PhotographRead) -> None:
    try:
        tags = exifread.process_file(cast("BinaryIO", file), details=False)
    except Exception:  # noqa: BLE001 - exifread raises anything on hostile files; it is a finding
        tags = {}
    tags = {name: tag for name, tag in tags.items() if not isinstance(tag, bytes)}
    if not tags:
        outcome.findings.append(ReadingFinding.NO_EXIF)
        return

    def text(*names: str) -> str:
        return next((str(tags[name]).strip("\x00 ") for name in names if name in tags), "")

    facts = {
        "device_time": text("EXIF DateTimeOriginal", "EXIF DateTimeDigitized", "Image DateTime"),
        "device_time_offset": text("EXIF OffsetTimeOriginal", "EXIF OffsetTime"),
        "make": text("Image Make"),
        "model": text("Image Model"),
        "serial": text("EXIF BodySerialNumber", "MakerNote SerialNumber"),
        "exposure": text("EXIF ExposureTime"),
        "f_number": text("EXIF FNumber"),
        "iso": text("EXIF ISOSpeedRatings"),
        "focal_length": text("EXIF FocalLength"),
        "orientation": text("Image Orientation"),
        **_position(tags),
    }
    outcome.facts.update({name: value for name, value in facts.items() if value})
    for finding, present in (
        (ReadingFinding.NO_TIME, facts["device_time"]),
        (ReadingFinding.NO_DEVICE, facts["model"]),
        (ReadingFinding.NO_GPS, facts.get("latitude")),
    ):
        if not present:
            outcome.findings.append(finding)


def _position(tags: dict[str, Any]) -> dict[str, str]:
    """WGS-84 degrees as text with six decimals (about 0.1 m), from degrees, minutes, seconds as rationals."""
    try:
        degrees = {}
        for axis, negative in (("Latitude", "S"), ("Longitude", "W")):
            parts = [ratio.num / ratio.den for ratio in tags[f"GPS GPS{axis}"].values]
            value = parts[0] + parts[1] / 60 + parts[2] / 3600
            sign = -1 if str(tags[f"GPS GPS{axis}Ref"]).strip() == negative else 1
            degrees[axis.lower()] = f"{sign * value:.6f}"
    except (KeyError, IndexError, ZeroDivisionError, AttributeError):
        return {}
    return degrees


def _copies(file: IO[bytes], outcome: PhotographRead) -> Iterator[tuple[Purpose, bytes, dict[str, Any]]]:
    try:
        with Image.open(file) as opened:
            outcome.facts |= {"format": opened.format or "", "width": opened.width, "height": opened.height}
            if opened.width * opened.height > MOST_PIXELS:
                outcome.findings.append(ReadingFinding.TOO_MANY_PIXELS)
                return
            opened.draft("RGB", (WIDEST[Purpose.PREVIEW], WIDEST[Purpose.PREVIEW]))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        made = [_scaled(picture, purpose) for purpose in (Purpose.PREVIEW, Purpose.THUMBNAIL)]
    except Exception:  # noqa: BLE001 - Pillow raises anything on a broken picture; it is a finding
        outcome.findings.append(ReadingFinding.UNREADABLE)
        return
    yield from made


def _scaled(picture: Image.Image, purpose: Purpose) -> tuple[Purpose, bytes, dict[str, Any]]:
    copy = picture.copy()
    widest = WIDEST[purpose]
    copy.thumbnail((widest, widest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=85)
    parameters = {"fit": widest, "quality": 85, "resampling": "lanczos", "orientation": "applied"}
    return purpose, out.getvalue(), parameters
