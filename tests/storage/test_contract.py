"""What every object store promises, one suite for all of them."""

from __future__ import annotations

import gc
import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import (
    BLOCK_SIZE,
    KeyRefused,
    ObjectExists,
    ObjectMissing,
    StorageError,
    StoredObject,
    check_key,
)

MIB = 1 << 20


def body(size: int, block: int = MIB):
    """Blocks of reproducible noise."""
    noise = random.Random(size)
    for start in range(0, size, block):
        yield noise.randbytes(min(block, size - start))


def read(store, stored: StoredObject) -> bytes:
    return b"".join(store.read(stored.key, stored.version))


@pytest.mark.parametrize("size", [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 40 * MIB])
@pytest.mark.parametrize("lock", [False, True])
def test_same_bytes_come_back(store, size, lock):
    stored = store.put("a/body", body(size, 777_777), lock=lock)
    assert stored.key == "a/body"
    assert stored.version
    assert stored.size == size
    digest = hashlib.sha256()
    for block in store.read(stored.key, stored.version):
        assert 0 < len(block) <= BLOCK_SIZE
        digest.update(block)
    assert digest.digest() == hashlib.sha256(b"".join(body(size, 777_777))).digest()


@pytest.mark.parametrize("blocks", [[], [b""], [b"", b"x", b""], [b"y" * (12 * MIB)]])
def test_odd_blocks(store, blocks):
    assert read(store, store.put("odd", blocks)) == b"".join(blocks)


def test_any_blocks_come_back_joined(store):
    count = 0

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.binary(max_size=3000), max_size=20))
    def holds(blocks):
        nonlocal count
        count += 1
        stored = store.put(f"any/{count}", blocks)
        assert read(store, stored) == b"".join(blocks)
        assert store.stat(stored.key, stored.version) == stored

    holds()


@pytest.mark.parametrize("size", [1, 3 * MIB + 7])
def test_reading_from_a_byte_on(store, size):
    stored, whole = store.put("a", body(size)), b"".join(body(size))
    for start in (0, 1, size // 2, size - 1, size, size + 1):
        assert b"".join(store.read(stored.key, stored.version, start)) == whole[start:]


class Dropped(BaseException):
    """What a cancelled request looks like: not an Exception."""


@pytest.mark.parametrize("failure", [ValueError("bad"), OSError("client gone"), TimeoutError(), Dropped()])
@pytest.mark.parametrize("after", [0, 1, 23])
def test_failing_source_leaves_nothing(store, failure, after):
    def source():
        yield from body(after * MIB)
        raise failure

    with pytest.raises(type(failure)) as raised:
        store.put("b/failing", source(), lock=True)
    assert raised.value is failure
    assert list(store.keys()) == []
    if store.name == "minio":
        assert store._client._list_multipart_uploads(store._bucket, prefix="b/failing").uploads == []
    stored = store.put("b/failing", [b"second try"])
    assert read(store, stored) == b"second try"


def test_written_once(store):
    stored = store.put("once", [b"first"])
    with pytest.raises(ObjectExists) as raised:
        store.put("once", iter([b"second"]))
    assert vars(raised.value) == {"key": "once"}
    assert read(store, stored) == b"first"
    assert list(store.keys()) == [stored]


def test_a_longer_key_is_another(store):
    store.put("c/onetwo", [b"x"])
    store.put("c/one", [b"y"])
    store.put("c/one.two", [b"z"])
    assert {(entry.key, entry.size) for entry in store.keys("c/one")} == {
        ("c/one", 1),
        ("c/onetwo", 1),
        ("c/one.two", 1),
    }


@pytest.mark.parametrize(
    "key",
    [
        *["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.hidden", "a b", "案", "a\n", "a\0"],
        *["a\\b", "a@1", "x" * 201, "/".join(["y" * 100] * 3)],
    ],
)
def test_keys_refused(store, key):
    calls = [
        lambda: store.put(key, [b""]),
        lambda: store.read(key, "1"),
        lambda: store.stat(key, "1"),
        lambda: store.locked_until(key, "1"),
        lambda: store.has_legal_hold(key, "1"),
        lambda: store.set_legal_hold(key, "1", True),
    ]
    for call in calls:
        with pytest.raises(KeyRefused) as raised:
            call()
        assert vars(raised.value) == {"key": key}
    assert list(store.keys()) == []


@pytest.mark.parametrize("key", ["a", "A-b_c.d/E.f", "a..b", "x" * 200, "/".join(["y" * 99] * 3), "-", "_"])
def test_keys_taken(store, key):
    check_key(key)
    assert read(store, store.put(key, [b"k"])) == b"k"


@pytest.mark.parametrize(
    ("key", "version"),
    [
        ("never", "1"),
        ("never/below/this", "1"),
        ("there", "2"),
        ("there", "0b5e0a1c-5d3b-4a8c-9f0e-2f6a3c1d7e55"),
        ("there", "not a version"),
        ("there/below", "1"),
        ("there.", "1"),
    ],
)
def test_missing(store, key, version):
    store.put("there", [b"x"])
    calls = [store.read, store.stat, store.locked_until, store.has_legal_hold]
    calls.append(lambda key, version: store.set_legal_hold(key, version, True))
    for call in calls:
        with pytest.raises(ObjectMissing) as raised:
            call(key, version)
        assert vars(raised.value) == {"key": key, "version": version}
        assert isinstance(raised.value, StorageError)


def test_stat_and_keys(store):
    stored = {store.put(f"d/{name}", [name.encode()]) for name in ("one", "three", "e/f/g")}
    stored.add(store.put("d2", [b"beside"]))
    for entry in stored:
        assert store.stat(entry.key, entry.version) == entry
    assert set(store.keys()) == stored
    assert {entry.key for entry in store.keys("d/")} == {"d/one", "d/three", "d/e/f/g"}
    assert {entry.key for entry in store.keys("d/e/")} == {"d/e/f/g"}
    assert {entry.key for entry in store.keys("d/t")} == {"d/three"}
    assert list(store.keys("nothing/here")) == []
    for prefix in ("../", "/", "d//", ".", "d/.", "*"):
        with pytest.raises(KeyRefused):
            store.keys(prefix)


def test_legal_hold(store):
    held = store.put("e/held", [b"x"])
    other = store.put("e/other", [b"x"])
    assert not store.has_legal_hold(held.key, held.version)
    for _ in range(2):
        store.set_legal_hold(held.key, held.version, True)
        assert store.has_legal_hold(held.key, held.version)
    assert not store.has_legal_hold(other.key, other.version)
    assert set(store.keys()) == {held, other}
    for _ in range(2):
        store.set_legal_hold(held.key, held.version, False)
        assert not store.has_legal_hold(held.key, held.version)


def test_concurrent_puts(store):
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda n: store.put(f"f/{n}", body(n * 12 * MIB)), [1, 2]))
    assert [read(store, stored) for stored in both] == [b"".join(body(n * 12 * MIB)) for n in (1, 2)]


def test_abandoned_reads(store, recwarn):
    stored = store.put("g", body(8 * MIB))
    for _ in range(30):
        store.read(stored.key, stored.version)  # never begun
        with closing(store.read(stored.key, stored.version)) as blocks:
            next(blocks)
        next(store.read(stored.key, stored.version))
    gc.collect()
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []
    assert read(store, stored) == b"".join(body(8 * MIB))


@pytest.mark.parametrize("key", ["exhibits/x", "canaryx", "canary"])
def test_only_canaries_may_be_attacked(store, key):
    stored = store.put(key, [b"evidence"])
    for attack in (
        store.try_delete,
        store.try_shorten,
        lambda *which: store.try_overwrite(*which, b"forged"),
    ):
        with pytest.raises(ValueError, match="canary/"):
            attack(stored.key, stored.version)
    assert read(store, stored) == b"evidence"
    assert list(store.keys()) == [stored]
