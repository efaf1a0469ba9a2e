"""Tables whose rows nobody edits or deletes: triggers refuse it, to the service's own database user too."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import event


def refusing(table: str, dialect: str) -> list[str]:
    """The statements that make ``table`` append-only on ``dialect`` (``sqlite`` or ``postgresql``)."""
    if dialect == "sqlite":
        return [_sqlite_refusal(table, "UPDATE"), _sqlite_refusal(table, "DELETE")]
    return [
        _POSTGRES_REFUSE,
        (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
        _postgres_no_truncate(table),
    ]


def growing(key: str, counter: str) -> Callable[[str, str], list[str]]:
    """For tables whose rows (a chain's head, a series) only move on by one, never back, and never go."""

    def triggers(table: str, dialect: str) -> list[str]:
        changed = f"NEW.{counter} <> OLD.{counter} + 1 OR NEW.{key} <> OLD.{key}"
        if dialect == "sqlite":
            return [
                (
                    f"CREATE TRIGGER {table}_grows BEFORE UPDATE ON {table} WHEN {changed} "
                    f"BEGIN SELECT RAISE(ABORT, 'a row of {table} only grows'); END"
                ),
                _sqlite_refusal(table, "DELETE"),
            ]
        return [
            _POSTGRES_REFUSE,
            (
                f"CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN IF {changed} THEN RAISE EXCEPTION 'a row of {table} only grows' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
            ),
            f"CREATE TRIGGER {table}_grows BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_only_grows()",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            _postgres_no_truncate(table),
        ]

    return triggers


def lengthening(column: str, *key: str) -> Callable[[str, str], list[str]]:
    """For tables whose rows hold bytes in ``column`` that others are only ever put behind, and that never go."""

    def triggers(table: str, dialect: str) -> list[str]:
        other = "".join(f" OR NEW.{each} <> OLD.{each}" for each in key)
        if dialect == "sqlite":
            begins = f"substr(NEW.{column}, 1, length(OLD.{column}))"
            return [
                (
                    f"CREATE TRIGGER {table}_lengthens BEFORE UPDATE ON {table} "
                    f"WHEN {begins} <> OLD.{column}{other} "
                    f"BEGIN SELECT RAISE(ABORT, '{column} of {table} only lengthens'); END"
                ),
                _sqlite_refusal(table, "DELETE"),
            ]
        begins = f"substring(NEW.{column} FROM 1 FOR length(OLD.{column}))"
        return [
            _POSTGRES_REFUSE,
            (
                f"CREATE OR REPLACE FUNCTION {table}_only_lengthens() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"BEGIN IF {begins} <> OLD.{column}{other} THEN RAISE EXCEPTION '{column} of {table} only lengthens' "
                "USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
            ),
            (
                f"CREATE TRIGGER {table}_lengthens BEFORE UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_only_lengthens()"
            ),
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            _postgres_no_truncate(table),
        ]

    return triggers


def guard(model: type, triggers: Callable[[str, str], list[str]] = refusing) -> None:
    """Give the table of ``model`` its triggers whenever it is created from the metadata."""
    table: sa.Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel
    for dialect in ("sqlite", "postgresql"):
        for statement in triggers(table.name, dialect):
            # DDL formats its text with %
            ddl = sa.DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


def _sqlite_refusal(table: str, what: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'append only: {what} on {table} refused'); END"
    )


def _postgres_no_truncate(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


_POSTGRES_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'append only: % on % refused', TG_OP, TG_TABLE_NAME "
    "USING ERRCODE = 'restrict_violation'; END $$"
)
