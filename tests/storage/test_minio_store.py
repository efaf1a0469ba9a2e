"""What only a store with object lock does, and what happens when its server is gone."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from urllib3 import HTTPResponse

from storage import (
    MakingUnknown,
    MinioStore,
    ObjectExists,
    ObjectMissing,
    Part,
    PartsDiffer,
    StoreFull,
    StoreUnavailable,
)
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


def test_a_known_digest_is_compared_by_the_server_with_what_arrives(minio_store):
    content = b"x" * 100_000
    stored = minio_store.put("a", [content], lock=True, fresh=True, sha256=lambda: sha256(content).hexdigest())
    assert read(minio_store, stored) == content
    with pytest.raises(StoreUnavailable, match="XAmzContentSHA256Mismatch"):
        minio_store.put("b", [content], fresh=True, sha256=lambda: sha256(b"others").hexdigest())
    (only,) = minio_store.keys()
    assert only.key == "a"


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


def test_a_key_under_which_there_is_nothing_but_a_delete_marker_is_taken(make_minio_store):
    store = make_minio_store(retention_days=None)
    client, bucket = store._client, store._bucket
    making = store.begin("a")
    part = store.add_part("a", making, 1, 0, b"x")
    stranger = client.put_whole(bucket, "a", b"theirs", {})
    client.remove_object(bucket, "a")
    client.remove_object(bucket, "a", version_id=stranger)
    assert [entry.is_delete_marker for entry in client.versions(bucket, "a")] == [True]
    for use in (
        lambda: store.put("a", [b"x"]),
        lambda: store.begin("a"),
        lambda: store.complete("a", making, [part]),
    ):
        with pytest.raises(ObjectExists):
            use()


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
        lambda: store.begin("a"),
        lambda: store.add_part("a", "making", 1, 0, b"x"),
        lambda: store.complete("a", "making", [Part(1, 0, 1, "tag")]),
        lambda: store.abandon("a", "making"),
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
    for call in unavailable(store)[:11]:
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


def in_the_making(store, count=2, key="a/film"):
    """A locked making with parts of 5 MiB: its name, its parts, its bytes."""
    making = store.begin(key, lock=True)
    bodies = [bytes([number]) * (5 * MIB) for number in range(count)]
    parts = [store.add_part(key, making, n + 1, n * 5 * MIB, body) for n, body in enumerate(bodies)]
    return making, parts, b"".join(bodies)


def test_an_object_made_of_parts_is_locked(minio_store):
    making, parts, _ = in_the_making(minio_store)
    stored = minio_store.complete("a/film", making, parts)
    left = minio_store.locked_until("a/film", stored.version) - datetime.now(UTC)
    assert abs(left - timedelta(days=1)) < timedelta(minutes=2)
    with pytest.raises(S3Error, match="WORM"):
        minio_store._client.remove_object(minio_store._bucket, "a/film", version_id=stored.version)
    unlocked = minio_store.begin("b")
    stored = minio_store.complete("b", unlocked, [minio_store.add_part("b", unlocked, 1, 0, b"x")])
    assert minio_store.locked_until("b", stored.version) is None


def test_the_server_restarts_and_another_process_finishes(minio_store, minio_server):
    making, parts, data = in_the_making(minio_store)
    try:
        minio_server.stop()
        with pytest.raises(StoreUnavailable):
            minio_store.add_part("a/film", making, 3, 10 * MIB, b"end")
        with pytest.raises(StoreUnavailable):
            minio_store.complete("a/film", making, parts)
        with pytest.raises(StoreUnavailable):
            minio_store.abandon("a/film", making)
    finally:
        minio_server.start()
    another = MinioStore(
        minio_server.endpoint,
        minio_server.access_key,
        minio_server.secret_key,
        minio_store._bucket,
        secure=False,
    )
    last = another.add_part("a/film", making, 3, 10 * MIB, b"end")
    stored = another.complete("a/film", making, [*parts, last])
    assert read(another, stored) == data + b"end"
    assert another.locked_until("a/film", stored.version) is not None  # as it was begun
    assert minio_store.complete("a/film", making, [*parts, last]) == stored


def test_a_server_that_dies_once_it_has_completed_is_asked_again(minio_store, monkeypatch):
    making, parts, data = in_the_making(minio_store)
    complete = minio_store._client.complete

    def unheard(*args):
        complete(*args)
        raise OSError("connection reset")

    monkeypatch.setattr(minio_store._client, "complete", unheard)
    with pytest.raises(StoreUnavailable, match="reset"):
        minio_store.complete("a/film", making, parts)
    monkeypatch.undo()
    [stored] = minio_store.keys()
    assert minio_store.complete("a/film", making, parts) == stored
    assert read(minio_store, stored) == data


def test_another_completes_between_the_look_and_the_call(minio_store, monkeypatch):
    making, parts, data = in_the_making(minio_store)
    complete = minio_store._client.complete

    def second(*args):
        monkeypatch.undo()
        complete(*args)
        return complete(*args)

    monkeypatch.setattr(minio_store._client, "complete", second)
    stored = minio_store.complete("a/film", making, parts)
    assert list(minio_store.keys()) == [stored]
    assert read(minio_store, stored) == data


def test_a_stranger_s_overwrite_is_not_the_completed_object(minio_store):
    making, parts, data = in_the_making(minio_store)
    stored = minio_store.complete("a/film", making, parts)
    minio_store._client.put_whole(minio_store._bucket, "a/film", bytes(len(data)), {})
    minio_store._client.remove_object(minio_store._bucket, "a/film")
    assert minio_store.complete("a/film", making, parts) == stored
    with pytest.raises(ObjectExists):
        minio_store.complete("a/film", making, parts[:1])


@pytest.mark.parametrize("answer", ["nothing made", "something else made"])
def test_an_answer_of_success_is_not_believed(minio_store, monkeypatch, answer):
    making, parts, _ = in_the_making(minio_store)
    client, bucket = minio_store._client, minio_store._bucket
    forged = {
        "nothing made": lambda *_: "",
        "something else made": lambda *_: client.put_whole(bucket, "a/film", b"short", {}),
    }
    monkeypatch.setattr(client, "complete", forged[answer])
    with pytest.raises(StoreUnavailable):
        minio_store.complete("a/film", making, parts)


def test_an_upload_the_server_has_cleared_is_unknown(minio_store):
    making, parts, _ = in_the_making(minio_store)
    minio_store._client.abort(minio_store._bucket, "a/film", making)  # as MinIO does with stale ones
    with pytest.raises(MakingUnknown):
        minio_store.add_part("a/film", making, 3, 10 * MIB, b"end")
    with pytest.raises(MakingUnknown):
        minio_store.complete("a/film", making, parts)
    minio_store.abandon("a/film", making)


def test_small_parts_but_the_last_are_refused(minio_store):
    making = minio_store.begin("a")
    parts = [minio_store.add_part("a", making, n, n - 1, b"x") for n in (1, 2)]
    with pytest.raises(PartsDiffer):
        minio_store.complete("a", making, parts)
    assert list(minio_store.keys()) == []


def uploads(store, key):
    return store._client._list_multipart_uploads(store._bucket, prefix=key).uploads


def test_what_is_abandoned_leaves_no_upload_behind(minio_store):
    making, _, _ = in_the_making(minio_store)
    assert len(uploads(minio_store, "a/film")) == 1
    minio_store.abandon("a/film", making)
    assert uploads(minio_store, "a/film") == []


def test_a_server_without_room_says_so(minio_store, monkeypatch):
    def full(*_, **__):
        response = HTTPResponse(status=507)
        raise S3Error(response, "XMinioStorageFull", "no room", "a", "1", "1")

    monkeypatch.setattr(minio_store._client, "put_whole", full)
    with pytest.raises(StoreFull, match="no room"):
        minio_store.put("a", [b"x"])
