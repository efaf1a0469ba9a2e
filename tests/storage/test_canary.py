"""The canary sings only where a locked object outlives the service's own rights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage import FileStore, MemoryStore, MinioStore, StoreUnavailable, run_canary
from tests.servers import free_port


def test_sound_on_minio_with_retention(minio_store):
    report = run_canary(minio_store)
    assert report.sound
    assert (report.read_back, report.overwrite_refused, report.shorten_refused, report.delete_refused) == (True,) * 4
    assert report.store == "minio"
    assert report.key.startswith("canary/")
    assert "WORM" in report.delete_note
    assert "COMPLIANCE" in report.shorten_note
    assert minio_store.stat(report.key, report.version).size > 0


def test_not_sound_on_minio_without_retention(make_minio_store):
    report = run_canary(make_minio_store(retention_days=None))
    assert not report.sound
    assert report.read_back
    assert report.overwrite_refused  # versioning alone keeps the old bytes
    assert report.shorten_refused is None
    assert not report.delete_refused
    assert report.delete_note == "accepted"


def test_governance_is_no_protection(make_minio_store, monkeypatch):
    store = make_minio_store()
    headers = store._headers
    weaker = {"x-amz-object-lock-mode": "GOVERNANCE"}
    monkeypatch.setattr(store, "_headers", lambda key, lock: headers(key, lock=lock) | weaker)
    report = run_canary(store)
    assert not report.sound
    assert report.shorten_refused is None
    assert not report.delete_refused


def test_shortened_retention_is_seen():
    # As moto does it: a retention that is there, and gives way.
    class Weak(MemoryStore):
        until = datetime(2040, 1, 1, tzinfo=UTC)

        def locked_until(self, key, version):
            return self.until

        def try_shorten(self, key, version):
            self.until -= timedelta(days=1)
            return "AccessDenied"

    report = run_canary(Weak())
    assert report.shorten_refused is False
    assert not report.sound


@pytest.mark.parametrize("make", [FileStore, lambda _: MemoryStore()])
def test_not_sound_without_worm(make, tmp_path):
    store = make(tmp_path / "store")
    store.prepare()
    report = run_canary(store)
    assert not report.sound
    assert report.read_back
    assert not report.overwrite_refused
    assert report.shorten_refused is None
    assert not report.delete_refused
    assert all((report.overwrite_note, report.shorten_note, report.delete_note))


def test_liar_is_not_believed():
    class Liar(MemoryStore):
        def try_delete(self, key, version):
            super().try_delete(key, version)
            return "AccessDenied"

    assert not run_canary(Liar()).delete_refused


def test_store_down():
    with pytest.raises(StoreUnavailable):
        run_canary(MinioStore(f"127.0.0.1:{free_port()}", "key", "secret-key", "bucket", secure=False))


def test_overwrite_that_destroys_is_seen():
    class Fragile(MemoryStore):
        def try_overwrite(self, key, version, data):
            return super().try_delete(key, version)

    report = run_canary(Fragile())
    assert not report.overwrite_refused
    assert not report.delete_refused
    assert report.shorten_refused is None
