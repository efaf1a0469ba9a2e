"""Migrations: forward only, run under the service's own connection."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


def migrate(engine: sa.Engine) -> str:
    """Bring the database to the newest version and name it."""
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")
    return ScriptDirectory.from_config(config()).get_current_head() or ""
