"""Column types shared by the tables: moments in UTC, slugs with a Chinese label."""

from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

# every constraint has a name that a later migration can speak of, the same on both databases
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Labelled(StrEnum):
    """A slug that is stored and a Chinese label for people: ``PHOTO = "photo", "照片"``."""

    label: str

    def __new__(cls, slug: str, label: str = "") -> Self:
        member = str.__new__(cls, slug)
        member._value_ = slug
        member.label = label
        return member


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment with microseconds; naive values are refused, SQLite's naive results are read as the UTC they are."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class StoredBytes(sa.types.TypeDecorator[bytes]):
    """Bytes; where somebody made text of them behind the service's back, as SQLite lets him, the bytes of it."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> bytes:  # noqa: ARG002 - SQLAlchemy's signature
        return stored_bytes(value)


def slug(kind: type[Labelled]) -> Any:
    """A text column that holds the slugs of ``kind`` and refuses others by a CHECK."""
    return sa.Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=40,
        name=kind.__name__.lower(),
    )


def stored_bytes(value: bytes | str | None) -> bytes:
    """Bytes as a column holds them: SQLite gives text where somebody wrote text, and a damaged row may hold nothing."""
    return value.encode() if isinstance(value, str) else bytes(value or b"")


def upserting(tx: Session, model: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into the table of ``model`` that takes ON CONFLICT, in the dialect of ``tx``."""
    return _insert(tx.get_bind().dialect.name, model)


def replacing(tx: Session, model: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of whole rows, each in the place of the one with the same key."""
    return _replacing(tx.get_bind().dialect.name, model)


def _insert(dialect: str, model: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)


@cache
def _replacing(dialect: str, model: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """Made once: to name all columns costs more than to write a row."""
    insert, table = _insert(dialect, model), sa.inspect(model).local_table
    return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=dict(insert.excluded))
