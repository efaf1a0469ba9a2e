"""Alembic's entry: runs the versions on the connection it is handed."""

from typing import Any, Literal

import sqlmodel
from alembic import context

from casesvc.tables import metadata
from evidence.columns import UtcDateTime


def render_item(kind: str, item: Any, _autogenerate: object) -> str | Literal[False]:
    """Versions name plain SQLAlchemy types, so that they still run when ours have moved."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sqlmodel.AutoString):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
