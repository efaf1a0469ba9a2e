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


def growing(table: str, dialect: str) -> list[str]:
    """The statements that let a row of ``table`` (a chain's head) only move on by one, never back, never go."""
    if dialect == "sqlite":
        return [
            (
                f"CREATE TRIGGER {table}_grows BEFORE UPDATE ON {table} "
                "WHEN NEW.seq <> OLD.seq + 1 OR NEW.chain <> OLD.chain "
                f"BEGIN SELECT RAISE(ABORT, 'a row of {table} only grows'); END"
            ),
            _sqlite_refusal(table, "DELETE"),
        ]
    return [
        _POSTGRES_REFUSE,
        _POSTGRES_GROW,
        f"CREATE TRIGGER {table}_grows BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grow()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        _postgres_no_truncate(table),
    ]


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
_POSTGRES_GROW = (
    "CREATE OR REPLACE FUNCTION only_grow() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN IF NEW.seq <> OLD.seq + 1 OR NEW.chain <> OLD.chain THEN "
    "RAISE EXCEPTION 'a row of % only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
    "END IF; RETURN NEW; END $$"
)
