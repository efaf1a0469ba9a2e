"""Bytes in, the same bytes out: the object stores and the canary that tests what a store really protects."""

from storage.canary import CanaryReport, run_canary
from storage.file_store import FileStore
from storage.memory_store import MemoryStore
from storage.minio_store import MinioStore
from storage.store import (
    BLOCK_SIZE,
    CANARY_PREFIX,
    LEAST_PART,
    MOST_PARTS,
    KeyRefused,
    MakingUnknown,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
    Part,
    PartsDiffer,
    StorageError,
    StoredObject,
    StoreFull,
    StoreUnavailable,
    check_key,
)

__all__ = [
    "BLOCK_SIZE",
    "CANARY_PREFIX",
    "LEAST_PART",
    "MOST_PARTS",
    "CanaryReport",
    "FileStore",
    "KeyRefused",
    "MakingUnknown",
    "MemoryStore",
    "MinioStore",
    "ObjectExists",
    "ObjectMissing",
    "ObjectStore",
    "Part",
    "PartsDiffer",
    "StorageError",
    "StoreFull",
    "StoreUnavailable",
    "StoredObject",
    "check_key",
    "run_canary",
]
