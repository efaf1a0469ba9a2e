"""The log: sequencing and publishing many leaves on both databases, and proofs out of a large tree.

Yardsticks: the same hashes without a tree or a database, one after the other, and ten milliseconds for a proof.
"""

import argparse
import json
import os
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session

from casesvc.database import Database
from casesvc.tables import metadata
from evidence.checkpoint import publish
from evidence.log import BATCH, LeafKind, LogEntry, LogTile, Sequencer, tree_of
from evidence.merkle import Growing, leaf_hash, root_by_inclusion
from evidence.note import SigningKey
from tests.servers import PostgresServer

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
KEY = SigningKey("benchmark", Ed25519PrivateKey.generate())
BODY = 700
"""Bytes of a usual event."""
ROWS = 20_000
ASKED = 2_000
"""Proofs that are asked for, at places far from each other."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--tree", type=int, default=10_000_000, help="leaves of the tree that proofs are asked of")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    results: dict[str, object] = {"hashes a second": bare(asked.leaves)}
    print(f"leaf hashes alone             {results['hashes a second']:>12,.0f} /s")
    for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        with opened() as database:
            appended(database, asked.leaves)
            rate = sequencing(database, asked.leaves)
            print(f"{name}: sequenced, published {rate:>12,.0f} leaves/s")
            with_tree(database, asked.tree)
            times = proving(database, asked.tree)
            print(
                f"{name}: proof at {asked.tree:,} leaves  median {statistics.median(times) * 1000:.2f} ms,"
                f" 99th {sorted(times)[int(len(times) * 0.99)] * 1000:.2f} ms, worst {max(times) * 1000:.2f} ms"
            )
            results[name] = {"sequenced a second": rate, "proof ms": statistics.median(times) * 1000}
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))


def bare(leaves: int) -> float:
    body = os.urandom(BODY)
    begun = time.perf_counter()
    for _ in range(leaves):
        leaf_hash(body)
    return leaves / (time.perf_counter() - begun)


@contextmanager
def sqlite() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        yield made(f"sqlite:///{folder}/log.sqlite3")


@contextmanager
def postgres() -> Iterator[Database]:
    server = PostgresServer()
    try:
        server.start()
        yield made(server.url(server.create_database()))
    finally:
        server.close()


def made(url: str) -> Database:
    database = Database(url)
    metadata.create_all(database.engine)
    return database


def appended(database: Database, leaves: int) -> None:
    """Leaves as they lie there when nobody has sequenced for long."""
    for begin in range(0, leaves, ROWS):
        rows = [
            {"kind": LeafKind.DOCUMENT, "about": str(at), "at": AT, "body": secrets.token_bytes(BODY)}
            for at in range(begin, min(begin + ROWS, leaves))
        ]
        with database.engine.begin() as connection:
            connection.execute(sa.insert(LogEntry), rows)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def sequencing(database: Database, leaves: int) -> float:
    """Leaves a second, from the first batch to the signed checkpoint; a batch is a transaction as in the service."""
    sequencer, done = Sequencer(), BATCH
    begun = time.perf_counter()
    while done == BATCH:
        with database.logins() as tx:
            done = sequencer.batch(tx, AT)
    with database.logins() as tx:
        assert publish(tx, KEY, AT).size == leaves
    return leaves / (time.perf_counter() - begun)


def with_tree(database: Database, size: int) -> None:
    """The tiles of a larger tree, made without leaves: a proof reads nothing else."""
    tiles: dict[tuple[int, int], bytearray] = {}
    growing = Growing(0, lambda level, n: bytes(tiles.get((level, n), b"")))
    growing.changed = tiles
    growing.extend(at.to_bytes(32, "big") for at in range(size))
    rows = [{"level": level, "n": n, "hashes": bytes(tile)} for (level, n), tile in tiles.items()]
    with database.engine.begin() as connection:
        if database.engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(sa.text("DROP TRIGGER log_tile_no_delete"))
        connection.execute(sa.text("DELETE FROM log_tile"))
        for begin in range(0, len(rows), 1000):
            connection.execute(sa.insert(LogTile), rows[begin : begin + 1000])


def proving(database: Database, size: int) -> list[float]:
    """Seconds of each proof, every one in a transaction of its own."""
    with database.reading() as tx:
        root = tree_of(tx, size).root()
    times = []
    for at in range(ASKED):
        index = at * 7_919_993 % size
        begun = time.perf_counter()
        with Session(database.engine) as tx:
            proof = tree_of(tx, size).inclusion(index)
        times.append(time.perf_counter() - begun)
        assert root_by_inclusion(index.to_bytes(32, "big"), index, size, proof) == root
    return times


if __name__ == "__main__":
    main()
