"""Migrations make, on both databases, what the models say: columns, keys, checks, indexes and triggers."""

import re

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from casesvc.database import make_engine
from casesvc.migrating import migrate
from casesvc.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/x.sqlite3" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def described(engine):
    """Everything the inspector tells of the tables, and the text of the triggers."""
    inspector = sa.inspect(engine)
    tables = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        tables[table] = {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
            ],
            "pk": inspector.get_pk_constraint(table)["constrained_columns"],
            "fk": sorted(
                (key["name"] or "", *key["constrained_columns"], key["referred_table"])
                for key in inspector.get_foreign_keys(table)
            ),
            "unique": sorted(
                (key["name"] or "", *key["column_names"]) for key in inspector.get_unique_constraints(table)
            ),
            "checks": sorted(
                (check["name"] or "", check["sqltext"]) for check in inspector.get_check_constraints(table)
            ),
            "indexes": sorted(
                (index["name"], bool(index["unique"]), *index["column_names"]) for index in inspector.get_indexes(table)
            ),
        }
    return tables, triggers(engine)


def triggers(engine):
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    if engine.dialect.name == "postgresql":
        query = "SELECT tgname || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    with engine.connect() as connection:
        return {name: re.sub(r"\s+", " ", text) for name, text in connection.execute(sa.text(query))}


def test_migrated_and_modelled_databases_are_the_same(url):
    engine = make_engine(url)
    migrate(engine)
    migrated = described(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert described(engine) == migrated
    assert len(migrated[1]) >= 24, "every append-only table has its triggers"
    engine.dispose()


def test_migrating_twice_changes_nothing(url):
    engine = make_engine(url)
    assert migrate(engine) == migrate(engine)
    engine.dispose()
