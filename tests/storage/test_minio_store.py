"""What only a store with object lock does, and what happens when its server is gone."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error

from storage import MinioStore, ObjectExists, ObjectMissing, StoreUnavailable
from tests.servers import free_port

MIB = 1 << 20


def read(store, stored):
    return b"".join(store.read(stored.key, stored.version))


@pytest.mark.parametrize("size", [1, 33 * MIB])  # in one piece and in parts
def test_retention_is_really_set(minio_store, size):
    stored = minio_store.put("a", [bytes(size)], lock=True)
    retention = minio_store._client.get_object_retention(minio_store._bucket, "a", version_id=stored.version)
    assert retention.mode == COMPLIANCE
    until = retention.retain_until_date
    assert abs(until - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=2)
    assert minio_store.locked_until("a", stored.version) == until
    with pytest.raises(S3Error, match="WORM"):
        minio_store._client.remove_object(minio_store._bucket, "a", version_id=stored.version)
    assert minio_store.stat("a", stored.version).size == size


def test_configured_days_and_the_canarys_one(make_minio_store):
    store = make_minio_store(retention_days=400)
    for key, days in (("evidence/a", 400), ("canary/a", 1)):
        stored = store.put(key, [b"x"], lock=True)
        left = store.locked_until(key, stored.version) - datetime.now(UTC)
        assert abs(left - timedelta(days=days)) < timedelta(minutes=2)


def test_no_lock_no_retention(make_minio_store):
    for days, lock in ((1, False), (None, True)):
        store = make_minio_store(retention_days=days)
        stored = store.put("a", [b"x"], lock=lock)
        assert store.locked_until("a", stored.version) is None


def test_hold_is_enforced(make_minio_store):
    store = make_minio_store(retention_days=None)
    stored = store.put("a", [b"x"])
    store.set_legal_hold("a", stored.version, True)
    with pytest.raises(S3Error):
        store._client.remove_object(store._bucket, "a", version_id=stored.version)
    assert read(store, stored) == b"x"
    store.set_legal_hold("a", stored.version, False)
    store._client.remove_object(store._bucket, "a", version_id=stored.version)
    with pytest.raises(ObjectMissing):
        store.stat("a", stored.version)


def test_stranger_s_overwrite_and_delete_marker(minio_store):
    client, bucket = minio_store._client, minio_store._bucket
    stored = minio_store.put("a", [b"ours"], lock=True)
    stranger = client.put_whole(bucket, "a", b"theirs", {})
    client.remove_object(bucket, "a")  # a marker now hides both
    assert read(minio_store, stored) == b"ours"
    assert {entry.version for entry in minio_store.keys("")} == {stored.version, stranger}
    with pytest.raises(ObjectExists):
        minio_store.put("a", [b"again"])


def test_concurrent_puts_of_one_key_name_their_own_bytes(minio_store):
    both = threading.Barrier(2)
    stored = {}

    def put(data):
        def blocks():
            both.wait(10)  # each has found the key free by now
            yield data

        stored[data] = minio_store.put("a", blocks())

    threads = [threading.Thread(target=put, args=(data,)) for data in (b"one", b"two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {data: read(minio_store, entry) for data, entry in stored.items()} == {
        b"one": b"one",
        b"two": b"two",
    }


def test_failed_sources_leave_no_threads(minio_store):
    def source():
        yield bytes(40 * MIB)
        raise ValueError

    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(ValueError):
            minio_store.put("a", source())
    assert threading.active_count() == before


def unavailable(store):
    """Every call a caller may make on a store that is not there."""
    return [
        lambda: store.put("a", [b"x"]),
        lambda: store.read("a", "1"),
        lambda: store.stat("a", "1"),
        lambda: store.locked_until("a", "1"),
        lambda: store.set_legal_hold("a", "1", True),
        lambda: store.has_legal_hold("a", "1"),
        lambda: list(store.keys()),
        lambda: store.try_overwrite("canary/a", "1", b""),
        lambda: store.try_delete("canary/a", "1"),
        lambda: store.try_shorten("canary/a", "1"),
        store.prepare,
    ]


@pytest.mark.parametrize("secure", [False, True])
def test_nobody_listens(secure):
    store = MinioStore(f"127.0.0.1:{free_port()}", "key", "secret-key", "bucket", secure=secure)
    for call in unavailable(store):
        start = time.monotonic()
        with pytest.raises(StoreUnavailable) as raised:
            call()
        assert time.monotonic() - start < 10
        assert raised.value.store == "minio"
        assert "refused" in raised.value.cause


def test_no_bucket_is_a_fault_not_a_finding(minio_server):
    store = MinioStore(
        minio_server.endpoint,
        minio_server.access_key,
        minio_server.secret_key,
        "no-such-bucket",
        secure=False,
    )
    for call in unavailable(store)[:7]:
        with pytest.raises(StoreUnavailable):
            call()


def test_wrong_credentials(minio_server):
    store = MinioStore(minio_server.endpoint, minio_server.access_key, "wrong-secret", "bucket", secure=False)
    with pytest.raises(StoreUnavailable):
        store.put("a", [b"x"])


def test_down_in_mid_put_then_up(minio_store, minio_server):
    before = minio_store.put("before", [b"x"], lock=True)
    drawn = 0

    def source():
        nonlocal drawn
        for number in range(40):
            if number == 2:
                minio_server.stop()
            drawn += 1
            yield bytes(16 * MIB)

    try:
        with pytest.raises(StoreUnavailable):
            minio_store.put("a", source())
        assert drawn < 10  # the source is not read to its end for nothing
        with pytest.raises(StoreUnavailable):
            minio_store.stat("before", before.version)
    finally:
        minio_server.start()
    assert read(minio_store, before) == b"x"
    assert list(minio_store.keys()) == [before]
    stored = minio_store.put("a", [b"again"])
    assert read(minio_store, stored) == b"again"


def test_down_in_mid_read(minio_store, minio_server):
    stored = minio_store.put("a", [bytes(64 * MIB)])
    blocks = minio_store.read("a", stored.version)
    next(blocks)
    try:
        minio_server.process.kill()
        minio_server.stop()
        with pytest.raises(StoreUnavailable):
            list(blocks)
    finally:
        minio_server.start()


def test_prepare_again(minio_store):
    stored = minio_store.put("a", [b"x"])
    minio_store.prepare()
    assert read(minio_store, stored) == b"x"
