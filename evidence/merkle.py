"""Merkle tree of RFC 9162 §2.1 over stored tiles: appending, roots, proofs and their verification.

A tile holds up to 256 neighbouring hashes: those of level 0 are hashes of leaves, those of level ``t`` are roots of
whole tiles of level ``t - 1``. Only whole subtrees are ever stored, so a tile only grows and no hash in it changes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache

HASH = 32
"""Bytes of a hash (SHA-256)."""
HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes of a whole tile."""
EMPTY_ROOT = hashlib.sha256().digest()

TileAt = Callable[[int, int], bytes]
"""Hashes of the tile ``(level, n)``, one after the other; what is not there is empty."""


class NoSuchTree(ValueError):
    """A proof was asked for that no tree of that size has."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Growing:
    """Tiles that take in leaves: those that a batch touches are read once and kept in ``changed`` as they now are."""

    def __init__(self, size: int, tile_at: TileAt) -> None:
        self.size = size
        self.changed: dict[tuple[int, int], bytearray] = {}
        self._tile_at = tile_at

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Add hashes of leaves behind the last."""
        for hash_ in hashes:
            self._add(0, self.size, hash_)
            self.size += 1

    def _add(self, level: int, at: int, hash_: bytes) -> None:
        n = at >> HEIGHT
        tile = self.changed.get((level, n))
        if tile is None:
            tile = self.changed[level, n] = bytearray(self._tile_at(level, n) if at % WIDTH else b"")
        tile += hash_
        if at % WIDTH == WIDTH - 1:
            self._add(level + 1, n, _root_of(bytes(tile)))


class Frontier:
    """The roots of the whole subtrees that leaves make up, largest first: enough to add leaves and to name the root."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def add(self, hash_: bytes) -> None:
        at = self.size
        while at & 1:
            hash_, at = node_hash(self._roots.pop(), hash_), at >> 1
        self._roots.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        """MTH over all that was added."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in self._roots[-2::-1]:
            root = node_hash(left, root)
        return root


class Tree:
    """The first ``size`` leaves of the stored tiles."""

    def __init__(self, size: int, tile_at: TileAt) -> None:
        self.size = size
        self._tile_at = cache(tile_at)

    def root(self) -> bytes:
        """MTH(D[size])."""
        return self._range(0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """PATH(index, D[size]) (RFC 9162 §2.1.3.1), the sibling of the leaf first."""
        if not 0 <= index < self.size:
            raise NoSuchTree(f"no leaf {index} in a tree of {self.size}")
        return self._path(index, 0, self.size)

    def consistency(self, older: int) -> list[bytes]:
        """PROOF(older, D[size]) (RFC 9162 §2.1.4.1); none between a tree and itself, or from the empty one."""
        if not 0 <= older <= self.size:
            raise NoSuchTree(f"a tree of {older} leaves is none of {self.size}")
        return [] if older in (0, self.size) else self._subproof(older, 0, self.size, whole=True)

    def _path(self, index: int, begin: int, end: int) -> list[bytes]:
        proof: list[bytes] = []
        while end - begin > 1:
            middle = begin + split(end - begin)
            if index < middle:
                proof.append(self._range(middle, end))
                end = middle
            else:
                proof.append(self._range(begin, middle))
                begin = middle
        return proof[::-1]

    def _subproof(self, older: int, begin: int, end: int, *, whole: bool) -> list[bytes]:
        proof: list[bytes] = []
        while begin + older < end:
            middle = begin + split(end - begin)
            if begin + older <= middle:
                proof.append(self._range(middle, end))
                end = middle
            else:
                proof.append(self._range(begin, middle))
                older -= middle - begin
                begin, whole = middle, False
        if not whole:
            proof.append(self._range(begin, end))
        return proof[::-1]

    def _range(self, begin: int, end: int) -> bytes:
        """The hash of the subtree over the leaves ``begin`` to ``end``, as RFC 9162 cuts a tree."""
        width = end - begin
        if width & (width - 1) == 0:
            return self._whole(begin, width.bit_length() - 1)
        middle = begin + split(width)
        return node_hash(self._range(begin, middle), self._range(middle, end))

    def _whole(self, begin: int, height: int) -> bytes:
        """The root of a whole subtree of ``2**height`` leaves: of 1 to 128 hashes of one tile."""
        level, within = divmod(height, HEIGHT)
        at = begin >> (level * HEIGHT)
        n, first = at >> HEIGHT, at % WIDTH
        hashes = self._tile_at(level, n)[first * HASH : (first + (1 << within)) * HASH]
        if len(hashes) != HASH << within:
            raise NoSuchTree(f"tile {level}/{n} lacks hashes of a tree of {self.size}")
        return _root_of(hashes)


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that ``proof`` leads to from the hash of a leaf (RFC 9162 §2.1.3.2); None for a wrong form."""
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for hash_ in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(hash_, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, hash_)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def consistent(older: int, older_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the larger tree begins with the smaller one (RFC 9162 §2.1.4.2)."""
    if older == size:
        return not proof and older_root == root
    if older == 0:
        return not proof and older_root == EMPTY_ROOT
    if not 0 < older < size or not proof:
        return False
    path = [older_root, *proof] if older & (older - 1) == 0 else list(proof)
    at, last = older - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = path[0]
    for hash_ in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(hash_, was), node_hash(hash_, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and was == older_root and now == root


def split(width: int) -> int:
    """The largest power of two below ``width`` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _root_of(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    sha256 = hashlib.sha256
    while len(hashes) > HASH:
        hashes = b"".join(
            sha256(b"\x01" + hashes[at : at + 2 * HASH]).digest() for at in range(0, len(hashes), 2 * HASH)
        )
    return hashes
