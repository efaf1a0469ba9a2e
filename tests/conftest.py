"""Fixtures every test folder shares: the real servers, one of each a session, and fresh places in them."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers import ClamdServer, MinioServer, PostgresServer, find_chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from storage import MinioStore

# The tests start the service and its readers many times: what Python compiled once is kept, here and in each of them.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share what is made once for their file stay on one worker; all others are dealt out one by one.

    (pytest --dist loadgroup; without it the marks say nothing.)
    """
    for item in items:
        shared = (defined[-1].scope == "module" for defined in item._fixtureinfo.name2fixturedefs.values())
        if any(shared):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def minio_server() -> Iterator[MinioServer]:
    """A running MinIO. A test that calls stop() calls start() again before it ends (try/finally)."""
    server = MinioServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def make_minio_store(minio_server: MinioServer) -> Callable[..., MinioStore]:
    """A factory: MinioStore over a fresh object-locked bucket; keywords override (retention_days, part_size,
    ...).
    """
    from storage import MinioStore

    def make(**overrides: object) -> MinioStore:
        settings = {
            "endpoint": minio_server.endpoint,
            "access_key": minio_server.access_key,
            "secret_key": minio_server.secret_key,
            "bucket": f"test-{secrets.token_hex(6)}",
            "secure": False,
            "region": "us-east-1",
            "retention_days": 1,
            **overrides,
        }
        store = MinioStore(**settings)
        store.prepare()
        return store

    return make


@pytest.fixture
def minio_store(make_minio_store: Callable[..., MinioStore]) -> MinioStore:
    """A MinioStore over a fresh object-locked bucket, retention of one day."""
    return make_minio_store()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running private PostgreSQL cluster."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh database, dropped after the test."""
    name = postgres_server.create_database()
    try:
        yield postgres_server.url(name)
    finally:
        postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row."""
    path = tmp_path_factory.mktemp("tables") / "tables.sqlite3"
    make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_tables: Path, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a fresh SQLite file with every table."""
    path = tmp_path / "x.sqlite3"
    shutil.copy(sqlite_tables, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with every table and no row."""
    name = postgres_server.create_database()
    make_tables(postgres_server.url(name))
    return name


@pytest.fixture
def postgres_tables_url(postgres_server: PostgresServer, postgres_tables: str) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh PostgreSQL database with every table, dropped after the test."""
    name = postgres_server.create_database(like=postgres_tables)
    try:
        yield postgres_server.url(name)
    finally:
        postgres_server.drop_database(name)


def make_tables(url: str) -> None:
    """Make every table that there is; the engine is gone afterwards, so that what it made can be copied."""
    from casesvc.database import make_engine
    from casesvc.tables import metadata

    engine = make_engine(url)
    metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def clamd_server() -> Iterator[ClamdServer]:
    """A running ClamAV daemon. A test that calls stop() calls start() again before it ends (try/finally)."""
    server = ClamdServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the Chromium program."""
    return find_chromium()
