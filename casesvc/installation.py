"""One installation: its settings, its database, its object store, its virus scanner; what every face is given."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from casesvc.database import Database
from casesvc.errors import SecretUnusable
from casesvc.settings import Settings
from evidence.clamav import Clamd
from storage import FileStore, MinioStore, ObjectStore

SHORTEST_SECRET = 64  # characters


@dataclass(frozen=True)
class Installation:
    settings: Settings
    database: Database
    store: ObjectStore
    scanner: Clamd | None = None


def install(settings: Settings) -> Installation:
    """Put the parts together; touches neither database nor store yet: a dead store keeps nobody from starting."""
    scanner = Clamd(settings.clamav) if settings.clamav else None
    return Installation(settings, Database(settings.database_url), make_store(settings), scanner)


def make_store(settings: Settings) -> ObjectStore:
    """The store the settings name."""
    if settings.store == "file":
        return FileStore(settings.data_dir / "objects")
    return MinioStore(
        endpoint=settings.s3_endpoint,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        bucket=settings.s3_bucket,
        secure=settings.s3_secure,
        region=settings.s3_region,
        retention_days=settings.retention_days or None,
    )


def prepare_store(store: ObjectStore) -> None:
    """Make what the store needs (bucket with object lock, folders) where it does not exist yet."""
    store.prepare()


def secret_of(settings: Settings) -> str:
    """The secret that signs form tokens: configured, or made once and kept in a file only the service can read.

    Raises SecretUnusable for a file that holds none.
    """
    if configured := settings.secret.get_secret_value():
        return configured
    path = settings.data_dir / "secret"
    if not path.exists():
        publish_secret(path, secrets.token_hex(SHORTEST_SECRET // 2))
    secret = path.read_text("ascii", errors="replace").strip()
    if len(secret) < SHORTEST_SECRET:
        raise SecretUnusable(path)
    return secret


def publish_secret(path: Path, secret: str) -> None:
    """Write a new secret that appears whole and on disk; of two processes at once the second keeps the first's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        written.unlink(missing_ok=True)
