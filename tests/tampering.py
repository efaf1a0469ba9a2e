"""What somebody with the database's own rights could do behind the service's back: triggers off, then the change."""

import sqlite3
from contextlib import closing

import sqlalchemy as sa


def tamper(engine: sa.Engine, *statements: str) -> None:
    """Run statements with every guarding trigger and foreign key out of the way; each must change something."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(engine.url.database, timeout=30)) as connection, connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement
        return
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(sa.text(statement)).rowcount > 0, statement
