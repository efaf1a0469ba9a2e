"""The database: the only module that commits, and it does so before anyone is told that something was recorded."""

import select
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import sqlalchemy as sa
from litestar import Request
from litestar.di import NamedDependency
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlmodel import Session

from evidence.act import Act, Actor

_ending = anyio.CapacityLimiter(40)
"""Threads in which acts are committed, and nothing else: what would wait for an act never keeps it from ending."""
_PATIENT = {"options": "-c lock_timeout=30s"}  # as long as SQLite waits: an error is better than a service that stands
_WRITING = {"sqlite_begin": "BEGIN IMMEDIATE"}


def make_engine(url: str) -> sa.Engine:
    """An engine for SQLite (WAL, every commit on disk) or PostgreSQL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = sa.create_engine(parsed, pool_size=20, max_overflow=40, connect_args=_PATIENT)
        event.listen(engine, "checkout", _check_open)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # an act takes the write lock at once: upgrading a read transaction later could only fail
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


def _check_open(connection: Any, _record: object, _proxy: object) -> None:
    """Give nobody a connection that the server has ended: what it says unasked is farewell, or the end of the stream.

    Asking it costs as much as a statement, and an act has few.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise InvalidatePoolError


class Database:
    """Sessions for reading, and acts: one session that is committed when the act has succeeded."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(**_WRITING)
        postgres = self.engine.dialect.name == "postgresql"
        self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT") if postgres else self.engine

    def ping(self) -> None:
        """Raise if the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking; nothing of it is kept."""
        with Session(self.engine, expire_on_commit=False) as tx:
            yield tx

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """A session for one query, which needs no transaction around it."""
        with Session(self._glancing, expire_on_commit=False) as tx:
            yield tx

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session in which everything read is of one moment, whatever others commit meanwhile."""
        postgres = self.engine.dialect.name == "postgresql"
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if postgres else {}
        with Session(self.engine.execution_options(**options), expire_on_commit=False) as tx:
            yield tx

    @contextmanager
    def logins(self) -> Iterator[Session]:
        """A session that writes for nobody yet: sessions, and failures to log in."""
        with Session(self._writing, expire_on_commit=False) as tx:
            yield tx
            tx.commit()

    @contextmanager
    def begin(self, by: Actor) -> Iterator[Act]:
        """An act of ``by`` now: committed at the end of the block, rolled back when it raises."""
        with Session(self._writing, expire_on_commit=False) as tx:
            yield Act(tx, by, datetime.now(UTC))
            tx.commit()


async def provide_tx(request: Request[Actor, Any, Any]) -> AsyncGenerator[Session, None]:
    """A reading session for a handler."""
    database: Database = request.app.state.installation.database
    reading = database.reading()
    tx = reading.__enter__()
    try:
        yield tx
    finally:
        await anyio.to_thread.run_sync(reading.__exit__, None, None, None, limiter=_ending)


async def provide_act(request: Request[Actor, Any, Any]) -> AsyncGenerator[Act, None]:
    """The act of a handler: committed after the handler returned and before its response is sent."""
    database: Database = request.app.state.installation.database
    begun = database.begin(request.user)
    act = begun.__enter__()
    try:
        yield act
    except BaseException as reason:
        await anyio.to_thread.run_sync(begun.__exit__, type(reason), reason, reason.__traceback__, limiter=_ending)
        raise
    await anyio.to_thread.run_sync(begun.__exit__, None, None, None, limiter=_ending)


Acting = NamedDependency[Act]
"""A handler's act, by :func:`provide_act`; one handler takes this or ``Looking``, never both."""
Looking = NamedDependency[Session]
"""A handler's reading session, by :func:`provide_tx`."""
