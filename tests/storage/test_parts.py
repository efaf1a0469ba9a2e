"""What every store promises of an object that arrives in parts, one suite for all of them."""

from __future__ import annotations

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import (
    LEAST_PART,
    MOST_PARTS,
    FileStore,
    KeyRefused,
    MakingUnknown,
    MemoryStore,
    ObjectExists,
    Part,
    PartsDiffer,
    StorageError,
)

KEY = "a/film"


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(size + seed).randbytes(size)


def pieces(data: bytes, size: int = LEAST_PART) -> list[tuple[int, int, bytes]]:
    """Number, offset and bytes of each part."""
    return [(n, start, data[start : start + size]) for n, start in enumerate(range(0, len(data), size), 1)]


def add_all(store, making, data, key=KEY):
    return [store.add_part(key, making, *piece) for piece in pieces(data)]


def read(store, stored):
    return b"".join(store.read(stored.key, stored.version))


@pytest.mark.parametrize("size", [1, LEAST_PART - 1, LEAST_PART, LEAST_PART + 1, 3 * LEAST_PART + 12_345])
@pytest.mark.parametrize("lock", [False, True])
def test_same_bytes_come_back(store, size, lock):
    data = noise(size)
    making = store.begin(KEY, lock=lock)
    parts = add_all(store, making, data)
    assert [(part.number, part.offset, part.size) for part in parts] == [(n, o, len(b)) for n, o, b in pieces(data)]
    assert list(store.keys()) == []
    stored = store.complete(KEY, making, parts)
    assert (stored.key, stored.size) == (KEY, size)
    assert store.stat(KEY, stored.version) == stored
    assert list(store.keys()) == [stored]
    assert hashlib.sha256(read(store, stored)).digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize("make", [lambda _: MemoryStore(), FileStore])
def test_any_lengths_in_any_order_come_back_joined(make, tmp_path):
    # S3 takes no small parts but the last.
    store = make(tmp_path / "store")
    store.prepare()
    count = 0

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=12), st.randoms())
    def holds(bodies, chance):
        nonlocal count
        count += 1
        key = f"any/{count}"
        making = store.begin(key)
        todo = [(n, sum(map(len, bodies[: n - 1])), body) for n, body in enumerate(bodies, 1)]
        chance.shuffle(todo)
        parts = [store.add_part(key, making, *piece) for piece in [*todo, chance.choice(todo)]]
        ordered = [next(part for part in parts if part.number == n) for n in range(1, len(bodies) + 1)]
        assert read(store, store.complete(key, making, ordered)) == b"".join(bodies)

    holds()


def test_parts_added_backwards_and_all_at_once(store):
    data = noise(6 * LEAST_PART + 1)
    making = store.begin(KEY)
    with ThreadPoolExecutor(7) as pool:
        parts = list(pool.map(lambda piece: store.add_part(KEY, making, *piece), reversed(pieces(data))))
    assert read(store, store.complete(KEY, making, parts[::-1])) == data


def test_the_same_part_again_changes_nothing(store):
    data = noise(2 * LEAST_PART + 7)
    making = store.begin(KEY)
    first = add_all(store, making, data)
    assert add_all(store, making, data) == first
    assert read(store, store.complete(KEY, making, first)) == data


def test_a_part_that_another_process_wrote_differently_is_found_out(store):
    data, forged = noise(2 * LEAST_PART), noise(LEAST_PART, seed=1)
    making = store.begin(KEY)
    parts = add_all(store, making, data)
    store.add_part(KEY, making, 1, 0, forged)
    with pytest.raises(PartsDiffer) as raised:
        store.complete(KEY, making, parts)
    assert vars(raised.value) == {"key": KEY, "making": making}
    assert isinstance(raised.value, StorageError)
    assert list(store.keys()) == []
    store.add_part(KEY, making, *pieces(data)[0])  # nothing is lost: put right, it can be completed
    assert read(store, store.complete(KEY, making, parts)) == data


def test_only_what_was_stored_can_be_named(store):
    data = noise(2 * LEAST_PART + 9)
    making = store.begin(KEY)
    one, two, three = add_all(store, making, data)
    wrong = [
        [],
        [two, three],  # begins late
        [one, three],  # a gap
        [one, one],
        [two, one],
        [one, two, three, Part(4, len(data), 5, three.tag)],  # never stored
        [one, replace(two, tag=one.tag), three],
        [one, two, replace(three, tag="no tag of any store")],
        [one, two, replace(three, size=0)],
        [replace(one, number=2), two, three],
        [replace(one, offset=1), two, three],
    ]
    for named in wrong:
        with pytest.raises(PartsDiffer):
            store.complete(KEY, making, named)
        assert list(store.keys()) == []
    assert read(store, store.complete(KEY, making, [one, two])) == data[: 2 * LEAST_PART]


def test_a_part_named_longer_than_it_is(store):
    making = store.begin(KEY)
    part = store.add_part(KEY, making, 1, 0, b"short")
    with pytest.raises(StorageError):
        store.complete(KEY, making, [replace(part, size=6)])


def test_completed_twice_it_is_the_same_object(store):
    data = noise(LEAST_PART + 1)
    making = store.begin(KEY, lock=True)
    parts = add_all(store, making, data)
    stored = store.complete(KEY, making, parts)
    for _ in range(2):
        assert store.complete(KEY, making, parts) == stored
    assert list(store.keys()) == [stored]
    assert read(store, stored) == data


def test_a_complete_object_is_only_that_of_all_its_parts(store):
    making = store.begin(KEY)
    parts = add_all(store, making, noise(2 * LEAST_PART))
    stored = store.complete(KEY, making, parts)
    with pytest.raises(ObjectExists):
        store.complete(KEY, making, parts[:1])
    assert list(store.keys()) == [stored]


def test_completed_by_many_at_once_it_is_one_object(store):
    data = noise(2 * LEAST_PART + 1)
    for key in ("b/1", "b/2", "b/3"):
        making = store.begin(key, lock=True)
        parts = add_all(store, making, data, key)
        together = threading.Barrier(4)

        def finish(_, key=key, making=making, parts=parts, together=together):
            together.wait(10)
            return store.complete(key, making, parts)

        with ThreadPoolExecutor(4) as pool:
            [stored] = set(pool.map(finish, range(4)))
        assert list(store.keys(key)) == [stored]
        assert read(store, stored) == data


def test_what_is_abandoned_is_gone(store):
    making = store.begin(KEY)
    parts = add_all(store, making, noise(LEAST_PART + 1))
    for _ in range(2):
        store.abandon(KEY, making)
    for call in (lambda: store.add_part(KEY, making, 1, 0, b"x"), lambda: store.complete(KEY, making, parts)):
        with pytest.raises(MakingUnknown) as raised:
            call()
        assert vars(raised.value) == {"key": KEY, "making": making}
    assert list(store.keys()) == []
    assert read(store, store.put(KEY, [b"put after all"])) == b"put after all"


def test_a_complete_object_is_left_by_who_abandons_or_adds(store):
    data = noise(LEAST_PART + 1)
    making = store.begin(KEY)
    parts = add_all(store, making, data)
    stored = store.complete(KEY, making, parts)
    store.abandon(KEY, making)
    with pytest.raises(MakingUnknown):
        store.add_part(KEY, making, 1, 0, b"zombie")
    store.abandon(KEY, making)
    assert read(store, stored) == data
    assert store.complete(KEY, making, parts) == stored


def test_a_key_is_written_once(store):
    taken = store.put(KEY, [b"first"])
    with pytest.raises(ObjectExists) as raised:
        store.begin(KEY)
    assert vars(raised.value) == {"key": KEY}
    early = store.begin("late", lock=True)
    parts = [store.add_part("late", early, 1, 0, b"tsrif")]
    put = store.put("late", [b"first"])  # of the same length, while the other was in the making
    with pytest.raises(ObjectExists):
        store.complete("late", early, parts)
    store.abandon("late", early)
    with pytest.raises(ObjectExists):
        store.complete("late", early, parts)
    assert set(store.keys()) == {taken, put}
    assert read(store, put) == b"first"


def test_two_makings_of_one_key_do_not_mix(store):
    one, two = store.begin(KEY), store.begin(KEY)
    assert one != two
    first = store.add_part(KEY, one, 1, 0, b"one")
    second = store.add_part(KEY, two, 1, 0, b"two")
    with pytest.raises(PartsDiffer):
        store.complete(KEY, one, [second])
    assert read(store, store.complete(KEY, one, [first])) == b"one"
    with pytest.raises(ObjectExists):
        store.complete(KEY, two, [second])
    store.abandon(KEY, two)
    [kept] = store.keys()
    assert read(store, kept) == b"one"


def test_a_making_is_that_of_its_key(store):
    making = store.begin(KEY)
    part = store.add_part(KEY, making, 1, 0, b"x")
    with pytest.raises(MakingUnknown):
        store.add_part("another", making, 1, 0, b"x")
    with pytest.raises(MakingUnknown):
        store.complete("another", making, [part])
    store.abandon("another", making)
    assert read(store, store.complete(KEY, making, [part])) == b"x"


@pytest.mark.parametrize(
    "making",
    ["", "never", "../objects/there@1", "..", "/", "a/b", "a\0b", "案", ".", "0" * 32 + "-" + "0" * 16, "x" * 5000],
)
def test_unknown_makings(store, making):
    there = store.put("there", [b"x"])
    tag = store.add_part("other", store.begin("other"), 1, 0, b"x").tag
    for key in ("there", KEY):
        with pytest.raises(MakingUnknown) as raised:
            store.add_part(key, making, 1, 0, b"forged")
        assert vars(raised.value) == {"key": key, "making": making}
        store.abandon(key, making)
    with pytest.raises(MakingUnknown):
        store.complete(KEY, making, [Part(1, 0, 1, tag)])
    with pytest.raises(StorageError):
        # The parts are those of the object, the name is not: it must not lead anywhere.
        store.complete("there", making, [Part(1, 0, 1, hashlib.sha256(b"y").hexdigest())])
    assert list(store.keys()) == [there]
    assert read(store, there) == b"x"


@pytest.mark.parametrize("key", ["", "/a", "../a", "a/../b", "a@1", "案", "a\0"])
def test_keys_refused(store, key):
    part = Part(1, 0, 1, "tag")
    calls = [
        lambda: store.begin(key),
        lambda: store.add_part(key, "making", 1, 0, b"x"),
        lambda: store.complete(key, "making", [part]),
        lambda: store.abandon(key, "making"),
    ]
    for call in calls:
        with pytest.raises(KeyRefused) as raised:
            call()
        assert vars(raised.value) == {"key": key}


@pytest.mark.parametrize(
    ("number", "offset", "part"), [(0, 0, b"x"), (MOST_PARTS + 1, 0, b"x"), (1, -1, b"x"), (1, 0, b"")]
)
def test_no_part_of_anything(store, number, offset, part):
    making = store.begin(KEY)
    with pytest.raises(ValueError, match="no part"):
        store.add_part(KEY, making, number, offset, part)
    last = store.add_part(KEY, making, 1, 0, b"x")
    assert read(store, store.complete(KEY, making, [last])) == b"x"


def test_a_making_does_not_show_among_the_objects_of_another_key(store):
    making = store.begin("c/one")
    store.add_part("c/one", making, 1, 0, b"x")
    longer = store.put("c/one.two", [b"y"])
    assert list(store.keys("c/one")) == [longer]
    assert store.begin("c/one") != making  # what is in the making takes no key
