"""Exhibits: what they are, the original's bytes, the copies derived from it and what was read from it.

Who holds an exhibit is not here: it follows from its custody events.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from evidence.append_only import guard
from evidence.chain import sha256_hex
from evidence.columns import Labelled, UtcDateTime, slug
from evidence.errors import ExhibitUnknown
from evidence.register import Case


class Kind(Labelled):
    """What an exhibit is (行政处罚法 art. 46, as far as intake can know it)."""

    PHOTO = "photo", "照片"
    VIDEO = "video", "视频"
    ELECTRONIC = "electronic", "电子数据"
    DOCUMENT = "document", "书证文件"
    PHYSICAL = "physical", "痕迹物品"
    MEDIUM = "medium", "原始存储介质"

    @property
    def tangible(self) -> bool:
        """Whether it is a thing that is kept on a shelf, and not bytes in the store."""
        return self in {Kind.PHYSICAL, Kind.MEDIUM}


class Exhibit(SQLModel, table=True):
    """``number`` is printed: case number, dash, serial within the case. Immutable; a correction is a custody event."""

    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="fire_case.id", index=True)
    number: str = Field(unique=True, max_length=30)
    serial: int
    kind: Kind = Field(sa_type=slug(Kind))
    name: str = Field(max_length=200)
    collected_by_id: int = Field(foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    __table_args__ = (sa.UniqueConstraint("case_id", "serial"),)


class Original(SQLModel, table=True):
    """The bytes exactly as received: where they are stored, how many, both digests over what was received.

    ``sending`` is the digest of the sender and his own name of this one sending, where he gave one: a browser or a
    script that did not see the answer sends again under the same name, and no second exhibit comes of it.
    """

    id: int = Field(default=None, primary_key=True)
    exhibit_id: int = Field(foreign_key="exhibit.id", unique=True)
    file_name: str = Field(max_length=255)
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str = Field(max_length=64, index=True)
    sm3: str = Field(max_length=64)
    object_key: str = Field(max_length=300, unique=True)
    object_version: str = Field(max_length=120)
    received_at: datetime = Field(sa_type=UtcDateTime)
    sending: str | None = Field(default=None, max_length=64)
    __table_args__ = (
        sa.CheckConstraint("size > 0", name="original_not_empty"),
        sa.UniqueConstraint("sending"),
    )


class Reading(SQLModel, table=True):
    """What a reader found in an original, kept beside it; what could not be read is a finding, never filled in."""

    id: int = Field(default=None, primary_key=True)
    original_id: int = Field(foreign_key="original.id", index=True)
    reader: str = Field(max_length=60)
    facts: dict[str, Any] = Field(sa_type=sa.JSON)
    findings: list[str] = Field(sa_type=sa.JSON)
    read_at: datetime = Field(sa_type=UtcDateTime)
    record_seq: int = Field(foreign_key="record_entry.seq", unique=True)
    __table_args__ = (sa.UniqueConstraint("original_id", "reader"),)


class Purpose(Labelled):
    """What a derived copy is for."""

    THUMBNAIL = "thumbnail", "缩略图"
    PREVIEW = "preview", "屏幕预览"
    POSTER = "poster", "视频封面"
    PLAYBACK = "playback", "可播放预览"
    EDITED = "edited", "标注副本"


class Derivative(SQLModel, table=True):
    """A copy made from an original: names it by digest, and says with what it was made."""

    id: int = Field(default=None, primary_key=True)
    original_id: int = Field(foreign_key="original.id", index=True)
    original_sha256: str = Field(max_length=64)
    purpose: Purpose = Field(sa_type=slug(Purpose))
    media_type: str = Field(max_length=60)
    tool: str = Field(max_length=60)
    parameters: dict[str, Any] = Field(sa_type=sa.JSON)
    size: int = Field(sa_type=sa.BigInteger)
    sha256: str = Field(max_length=64)
    sm3: str = Field(max_length=64)
    object_key: str = Field(max_length=300, unique=True)
    object_version: str = Field(max_length=120)
    made_at: datetime = Field(sa_type=UtcDateTime)
    record_seq: int = Field(foreign_key="record_entry.seq", index=True)
    __table_args__ = (
        sa.Index(
            "ix_derivative_one_a_purpose",
            "original_id",
            "purpose",
            unique=True,
            sqlite_where=sa.text("purpose <> 'edited'"),
            postgresql_where=sa.text("purpose <> 'edited'"),
        ),
    )


for model in (Exhibit, Original, Reading, Derivative):
    guard(model)


def exhibit_by_number(tx: Session, case: Case, number: str) -> Exhibit:
    """An exhibit of ``case`` by its printed number; one of another case is unknown here."""
    exhibit = tx.exec(select(Exhibit).where(Exhibit.case_id == case.id, Exhibit.number == number)).one_or_none()
    if exhibit is None:
        raise ExhibitUnknown(number)
    return exhibit


def exhibits_of(tx: Session, case: Case, *kinds: Kind) -> list[Exhibit]:
    """Exhibits of a case in order of their serial, of the named kinds or of all."""
    query = select(Exhibit).where(Exhibit.case_id == case.id).order_by(col(Exhibit.serial))
    if kinds:
        query = query.where(col(Exhibit.kind).in_(kinds))
    return list(tx.exec(query))


def original_of(tx: Session, exhibit: Exhibit) -> Original | None:
    """The stored original; None for a physical exhibit."""
    return tx.exec(select(Original).where(Original.exhibit_id == exhibit.id)).one_or_none()


def in_case(case: Case, among: Collection[int] = ()) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition of exhibits of a case; of those alone whose ids are ``among``, where some are named."""
    own = col(Exhibit.case_id) == case.id
    return (own, col(Exhibit.id).in_(among)) if among else (own,)


def originals_of(tx: Session, case: Case, among: Collection[int] = ()) -> dict[int, Original]:
    """Originals of a case by exhibit id; ``among`` limits them to those exhibits."""
    query = select(Original).join(Exhibit).where(*in_case(case, among))
    return {original.exhibit_id: original for original in tx.exec(query)}


def reading_of(tx: Session, original: Original) -> Reading | None:
    """The latest reading of an original; None until one was made."""
    query = select(Reading).where(Reading.original_id == original.id).order_by(col(Reading.id).desc())
    return tx.exec(query).first()


def derivative_of(tx: Session, original: Original, purpose: Purpose) -> Derivative | None:
    return tx.exec(
        select(Derivative).where(Derivative.original_id == original.id, Derivative.purpose == purpose)
    ).one_or_none()


def copied_of(tx: Session, case: Case, purpose: Purpose, among: Collection[int] = ()) -> set[int]:
    """Ids of the originals of a case that have a derived copy for ``purpose``."""
    query = (
        select(Derivative.original_id)
        .join(Original)
        .join(Exhibit)
        .where(*in_case(case, among), Derivative.purpose == purpose)
    )
    return set(tx.exec(query))


def sending_key(person_id: int, sending: str) -> str:
    """What an original keeps of the name of its sending: names are each person's own, nobody takes another's."""
    return sha256_hex(f"{person_id}/{sending}".encode())


def sent_as(tx: Session, sending: str, person_id: int) -> Exhibit | None:
    """The exhibit that came of a person's sending, if it has arrived before."""
    query = select(Exhibit).join(Original).where(Original.sending == sending_key(person_id, sending))
    return tx.exec(query).one_or_none()


def twins_of(tx: Session, case: Case, sha256: str) -> list[Exhibit]:
    """Exhibits of the same case with the same bytes, oldest first: flagged, never dropped."""
    query = (
        select(Exhibit)
        .join(Original)
        .where(Exhibit.case_id == case.id, Original.sha256 == sha256)
        .order_by(col(Exhibit.serial))
    )
    return list(tx.exec(query))
