"""One installation: its settings, its database, its object store; what every face is given."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from casesvc.database import Database
from casesvc.settings import Settings
from storage import FileStore, MinioStore, ObjectStore


@dataclass(frozen=True)
class Installation:
    settings: Settings
    database: Database
    store: ObjectStore


def install(settings: Settings) -> Installation:
    """Put the parts together; touches neither database nor store yet: a dead store keeps nobody from starting."""
    return Installation(settings, Database(settings.database_url), make_store(settings))


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
    """Make the bucket, with object lock, where it does not exist yet."""
    if isinstance(store, MinioStore):
        store.ensure_bucket()


def secret_of(settings: Settings) -> str:
    """The secret that signs form tokens: configured, or made once and kept in a file only the service can read."""
    if configured := settings.secret.get_secret_value():
        return configured
    path = settings.data_dir / "secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Path(path).read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_text("ascii").strip()
