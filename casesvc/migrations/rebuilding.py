"""Changing a constraint of a table that has rows: PostgreSQL alters it, SQLite makes the table anew."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def widen(table: str, column: str, name: str, slugs: Sequence[str], *, more: Sequence[str]) -> None:
    """Let the CHECK called ``name`` of a slug column allow ``more`` slugs beside those it has."""
    before, after = (", ".join(f"'{slug}'" for slug in some) for some in (slugs, [*slugs, *more]))
    if op.get_bind().dialect.name == "sqlite":
        rebuild(table, f"{column} IN ({before})", f"{column} IN ({after})")
        return
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, sa.text(f"{column} IN ({after})"))


def drop_unique(table: str, name: str, columns: str) -> None:
    """Drop a UNIQUE constraint; ``columns`` as in CREATE TABLE."""
    if op.get_bind().dialect.name == "sqlite":
        rebuild(table, f", \n\tCONSTRAINT {name} UNIQUE ({columns})", "")
        return
    op.drop_constraint(op.f(name), table, type_="unique")


def rebuild(table: str, before: str, after: str) -> None:
    """SQLite: the table with ``before`` in its definition replaced, its rows, indexes and triggers as they were.

    The procedure of SQLite's own documentation of ALTER TABLE; references are off meanwhile (casesvc/migrating.py).
    """
    bind = op.get_bind()
    query = "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
    parts = list(bind.exec_driver_sql(query, (table,)))
    (definition,) = (sql for kind, sql in parts if kind == "table")
    if definition.count(before) != 1:
        raise RuntimeError(f"table {table} is not as it was made: no {before!r} in it")
    made = definition.replace(before, after)
    made = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_new", made)  # quoted once it was rebuilt
    bind.exec_driver_sql(made)
    bind.exec_driver_sql(f"INSERT INTO {table}_new SELECT * FROM {table}")  # noqa: S608 - a name of our own
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE {table}_new RENAME TO {table}")
    for kind, sql in parts:
        if kind in {"index", "trigger"}:
            bind.exec_driver_sql(sql)
