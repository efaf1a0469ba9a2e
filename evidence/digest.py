"""SHA-256 and SM3 (GB/T 32905) over the same blocks, side by side, while they pass on to wherever they go."""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes


@dataclass(frozen=True)
class Digests:
    """Lower-case hex; what ``sha256sum`` and ``openssl dgst -sm3`` print over the same bytes."""

    size: int
    sha256: str
    sm3: str


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _CryptographySm3:
    """SM3 where the interpreter's OpenSSL was built without it."""

    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.finalize().hex()


def _sm3() -> _Hash:
    return hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else _CryptographySm3()


class Digesting:
    """Passes blocks through and digests them on the way; ``digests`` is known when the last block has passed.

    Both hashes release the interpreter lock, so they run beside each other and beside the consumer of the blocks.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = blocks
        self._digests: Digests | None = None

    def __iter__(self) -> Iterator[bytes]:
        sha256, sm3, size = hashlib.sha256(), _sm3(), 0
        with ThreadPoolExecutor(2, thread_name_prefix="digest") as pool:
            for block in self._blocks:
                under_way = [pool.submit(sha256.update, block), pool.submit(sm3.update, block)]
                size += len(block)
                yield block
                for update in under_way:
                    update.result()
        self._digests = Digests(size, sha256.hexdigest(), sm3.hexdigest())

    @property
    def digests(self) -> Digests:
        if self._digests is None:
            raise RuntimeError("the blocks have not all passed")
        return self._digests


def digests_of(blocks: Iterable[bytes]) -> Digests:
    """Digest blocks that go nowhere else."""
    digesting = Digesting(blocks)
    for _ in digesting:
        pass
    return digesting.digests
