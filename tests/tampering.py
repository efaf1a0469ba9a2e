"""What somebody with the database's own rights could do behind the service's back: triggers off, then the change."""

import sqlalchemy as sa


def tamper(engine: sa.Engine, *statements: str) -> None:
    """Run statements with every guarding trigger out of the way."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            names = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
            connection.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(sa.text(statement)).rowcount > 0, statement
        if engine.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA foreign_keys=OFF"))
        else:
            connection.execute(sa.text("SET session_replication_role = DEFAULT"))
