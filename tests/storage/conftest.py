"""The stores the contract suite runs against."""

from __future__ import annotations

import pytest

from storage import FileStore, MemoryStore


@pytest.fixture(params=["memory", "file", "minio"])
def store(request, tmp_path):
    """Each store in turn, empty; MinIO with parts of 5 MiB, the least S3 takes, and retention of a day."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "file":
        files = FileStore(tmp_path / "store")
        files.prepare()
        return files
    return request.getfixturevalue("make_minio_store")(part_size=5 << 20)
