"""Migrations: forward only, run under the service's own connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

from casesvc.errors import DatabaseOutdated
from evidence.custody import complete_standings
from evidence.seal import complete_seals
from workflows.documents import complete_leaves


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def migrate(engine: sa.Engine) -> str:
    """Bring the database to the newest version and name it."""
    with _changing(engine) as connection:
        command.upgrade(config(connection), "head")
        with Session(connection) as tx:
            complete_standings(tx)  # what earlier versions did not keep; it follows from the chains
            complete_seals(tx)
            complete_leaves(tx)
            tx.flush()
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def check_version(engine: sa.Engine) -> None:
    """Raise DatabaseOutdated unless the database is of the version that this program works with."""
    needed = ScriptDirectory.from_config(config()).get_current_head() or ""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision() or ""
    if found != needed:
        raise DatabaseOutdated(found, needed)


@contextmanager
def _changing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction in which tables may be rebuilt: SQLite looks at references at its end, not at each statement."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        if raw is None:
            raise RuntimeError("the connection is closed")
        raw.execute("PRAGMA foreign_keys=OFF")  # no effect inside a transaction, so before it
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError(f"a migration left a reference without its row: {broken}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
