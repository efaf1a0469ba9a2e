"""SHA-256 and SM3 (GB/T 32905) over the same blocks, side by side, while they pass on to wherever they go."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.hazmat.primitives import hashes

_threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="digest")
"""More would only take turns: what they do is reckoning, and they wait for nothing."""


@dataclass(frozen=True)
class Digests:
    """Lower-case hex; what ``sha256sum`` and ``openssl dgst -sm3`` print over the same bytes."""

    size: int
    sha256: str
    sm3: str


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...

    def copy(self) -> Self: ...


class _CryptographySm3:
    """SM3 where the interpreter's OpenSSL was built without it."""

    def __init__(self, state: hashes.Hash | None = None) -> None:
        self._hash = state or hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()

    def copy(self) -> "_CryptographySm3":
        return _CryptographySm3(self._hash.copy())


def _sm3() -> _Hash:
    return hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else _CryptographySm3()


class RunningDigests:
    """Both digests of what has passed so far; ``copy`` keeps a place to come back to."""

    def __init__(self) -> None:
        self._size = 0
        self._sha256: _Hash = hashlib.sha256()
        self._sm3 = _sm3()
        self._under_way: Future[None] | None = None

    @property
    def size(self) -> int:
        """Bytes that have passed."""
        return self._size

    @property
    def sha256(self) -> str:
        """SHA-256 of what has passed; SM3 may still be under way."""
        return self._sha256.hexdigest()

    def update(self, block: bytes) -> None:
        """Take a block in: SM3, by far the slower, in a thread of its own, also while the next block comes in."""
        self._wait()
        self._size += len(block)
        self._under_way = _threads.submit(self._sm3.update, block)
        self._sha256.update(block)

    def copy(self) -> "RunningDigests":
        self._wait()
        made = RunningDigests()
        made._size, made._sha256, made._sm3 = self._size, self._sha256.copy(), self._sm3.copy()
        return made

    def digests(self) -> Digests:
        self._wait()
        return Digests(self._size, self._sha256.hexdigest(), self._sm3.hexdigest())

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None


class Digesting:
    """Passes blocks through and digests them on the way; ``digests`` are known when the last block has passed."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._running = RunningDigests()
        self._passed = False

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._running.update(block)
            yield block
        self._passed = True

    @property
    def size(self) -> int:
        """Bytes that have passed by now."""
        return self._running.size

    def sha256(self) -> str:
        """SHA-256 alone, without waiting for SM3."""
        self._check_passed()
        return self._running.sha256

    @property
    def digests(self) -> Digests:
        self._check_passed()
        return self._running.digests()

    def _check_passed(self) -> None:
        if not self._passed:
            raise RuntimeError("the blocks have not all passed")


def digests_of(blocks: Iterable[bytes]) -> Digests:
    """Digest blocks that go nowhere else."""
    digesting = Digesting(blocks)
    for _ in digesting:
        pass
    return digesting.digests
