"""What is read from an original and copied out of it: facts beside it, pictures and playable copies derived from it.

Reading itself is in :mod:`evidence.read_apart`; here is what becomes of it in the record. The latest reading of an
original says everything: one that only adds copies repeats the facts.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from evidence.act import Act
from evidence.chain import canonical, sha256_hex
from evidence.columns import Labelled
from evidence.exhibit import Derivative, Exhibit, Kind, Original, Purpose, Reading, reading_of
from evidence.record import What, enter
from evidence.register import Case
from storage import StoredObject

FFMPEG = "ffmpeg"
LARGEST = 512 * 1024 * 1024  # bytes; of a larger file only beginning and end are copied for its reader
_MEDIA_TYPES = {Purpose.PLAYBACK: "video/mp4"}  # the others are image/jpeg, whatever the reader says


class ReadingFinding(Labelled):
    """What a reader could not find, or found odd; shown, never filled in."""

    UNREADABLE = "unreadable", "图像无法解码（原件照原样保存）"
    TOO_LARGE = "too_large", "文件超过 512 MB，未读取（可能不是照片）"
    NOT_STORED = "not_stored", "存储中读不到原件，请立即核验"
    UNREADABLE_FILE = "unreadable_file", "文件无法解析（原件照原样保存）"
    NO_EXIF = "no_exif", "无 EXIF 信息（可能经聊天软件压缩或截图）"
    EXIF_UNREADABLE = "exif_unreadable", "EXIF 信息损坏，无法读取"
    NO_TIME = "no_time", "EXIF 无拍摄时间"
    NO_DEVICE = "no_device", "EXIF 无设备型号"
    NO_GPS = "no_gps", "EXIF 无 GPS 位置"
    TOO_MANY_PIXELS = "too_many_pixels", "像素过多，未生成预览"
    TIMED_OUT = "timed_out", "读取超时或超出内存上限，未读完"
    TYPE_DIFFERS = "type_differs", "文件内容与扩展名不符"
    TIME_INVALID = "time_invalid", "EXIF 拍摄时间格式无效，未采用"
    GPS_INVALID = "gps_invalid", "GPS 位置为零、超出范围或不完整，未采用"
    EDITING_SOFTWARE = "editing_software", "EXIF 载明曾用图像编辑软件保存"
    NO_EMBEDDED = "no_embedded", "RAW 文件中没有可用的内嵌预览图"
    UNREADABLE_VIDEO = "unreadable_video", "视频无法解析（原件照原样保存）"
    NO_VIDEO = "no_video", "文件中没有视频画面"
    NO_CONTAINER_TIME = "no_container_time", "文件未载明录制时间"
    NO_FFMPEG = "no_ffmpeg", "未安装 ffmpeg，未生成视频预览"
    NO_POSTER = "no_poster", "未能生成视频封面"
    PLAYBACK_FAILED = "playback_failed", "未能生成可播放预览，请下载原件用专用播放器查看"
    PLAYBACK_CUT = "playback_cut", "视频较长，可播放预览只含前 20 分钟，全部内容见原件"
    PLAYBACK_TOO_LARGE = "playback_too_large", "视频超过 4 GB，未生成可播放预览，请下载原件查看"
    PDF_ENCRYPTED = "pdf_encrypted", "PDF 已加密"
    UNREADABLE_PDF = "unreadable_pdf", "PDF 无法解析（原件照原样保存）"


NEUTRAL = frozenset({ReadingFinding.NO_GPS})
"""Remarks on what most files lack, and nothing to be checked."""


@dataclass
class Copy:
    """A derived copy that is in the store and not yet in the record."""

    purpose: Purpose
    stored: StoredObject
    sha256: str
    sm3: str
    tool: str
    parameters: dict[str, Any]


@dataclass
class Outcome:
    """Outcome of reading one original; ``facts`` hold text and whole numbers only."""

    reader: str
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[ReadingFinding] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)


def unread(tx: Session, leaving: set[int], *, large: bool = False, limit: int = 20) -> list[tuple[Original, Kind]]:
    """Originals that no reader has read yet, oldest first, without those of the ids ``leaving``; and their kinds.

    ``large``: those above :data:`LARGEST`, or else the others. Derived again from the record after any crash.
    """
    known = select(Reading.original_id)
    size = col(Original.size)
    query = (
        select(Original, Exhibit.kind)
        .join(Exhibit)
        .where(size > LARGEST if large else size <= LARGEST)
        .where(col(Original.id).not_in(known), col(Original.id).not_in(leaving))
        .order_by(col(Original.id))
        .limit(limit)
    )
    return [(original, Kind(kind)) for original, kind in tx.exec(query)]


def unplayed(tx: Session, leaving: set[int]) -> tuple[Original, set[Purpose]] | None:
    """The oldest film for which no playable copy was tried, and which copies of it there are not."""
    tried = select(Reading.original_id).where(col(Reading.reader).contains(FFMPEG))
    media_type = sa.type_coerce(Reading.facts, sa.JSON)["media_type"].as_string()
    query = (
        select(Original)
        .join(Reading)
        .where(media_type.startswith("video/"), col(Original.id).not_in(tried), col(Original.id).not_in(leaving))
        .order_by(col(Original.id))
        .limit(1)
    )
    original = tx.exec(query).first()
    if original is None:
        return None
    made = set(tx.exec(select(Derivative.purpose).where(Derivative.original_id == original.id)))
    return original, {Purpose.PLAYBACK, Purpose.POSTER, Purpose.THUMBNAIL} - made


def enter_reading(act: Act, original: Original, outcome: Outcome) -> Reading:
    """Enter what was read and derived, and its entry in the record; a second outcome adds nothing."""
    return reading_of(act.tx, original) or _enter(act, original, outcome)


def enter_playable(act: Act, original: Original, outcome: Outcome) -> Reading:
    """Enter the copies that make a film seen; its reading is repeated with them. A second outcome adds nothing."""
    before = reading_of(act.tx, original)
    if before is None:
        raise ValueError("a film is read before a copy of it is made")
    if FFMPEG in before.reader:
        return before
    outcome.reader = f"{before.reader}, {outcome.reader}"[:60]
    outcome.facts = dict(before.facts)
    stand = [ReadingFinding(finding) for finding in before.findings if finding != ReadingFinding.NO_FFMPEG]
    outcome.findings = stand + [finding for finding in outcome.findings if finding not in stand]
    return _enter(act, original, outcome)


def _enter(act: Act, original: Original, outcome: Outcome) -> Reading:
    exhibit = act.tx.get_one(Exhibit, original.exhibit_id)
    findings = [finding.value for finding in outcome.findings]
    stated = {
        "original": original.sha256,
        "reader": outcome.reader,
        "read_sha256": read_digest(outcome.facts, findings),
        "copies": [
            copy_stated(copy.purpose, copy.sha256, copy.sm3, copy.tool, copy.parameters) for copy in outcome.copies
        ],
    }
    entry = enter(act, What.READING, stated, case=act.tx.get_one(Case, exhibit.case_id), exhibit=exhibit)
    for copy in outcome.copies:
        act.tx.add(
            Derivative(
                original_id=original.id,
                original_sha256=original.sha256,
                purpose=copy.purpose,
                media_type=_MEDIA_TYPES.get(copy.purpose, "image/jpeg"),
                tool=copy.tool,
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
        reader=outcome.reader,
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
