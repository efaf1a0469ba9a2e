"""Fixtures every test folder shares: the real servers, one of each a session, and fresh places in them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.servers import ClamdServer, MinioServer, PostgresServer, find_chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage import MinioStore


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
