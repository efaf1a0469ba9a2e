"""The tree by RFC 9162: known answers, another implementation, and what any tree and any proof must do."""

import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.merkle import (
    EMPTY_ROOT,
    Frontier,
    Growing,
    NoSuchTree,
    Tree,
    consistent,
    leaf_hash,
    node_hash,
    root_by_inclusion,
)

# the leaves and roots that RFC 6962 implementations share (certificate-transparency's reference tree)
LEAVES = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")] + [
    bytes.fromhex("606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(hashes, step=1000):
    """A tree whose leaves came in batches of ``step``."""
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for begin in range(0, len(hashes), step):
        growing = Growing(size, lambda level, n: tiles.get((level, n), b""))
        growing.extend(hashes[begin : begin + step])
        for place, tile in growing.changed.items():
            assert bytes(tile).startswith(tiles.get(place, b"")), "a tile only grows"
            tiles[place] = bytes(tile)
        size = growing.size
    return lambda level, n: tiles.get((level, n), b"")


def hashes_of(count):
    return [leaf_hash(str(at).encode()) for at in range(count)]


def test_known_answers():
    tile_at = grown([leaf_hash(leaf) for leaf in LEAVES])
    assert [Tree(size, tile_at).root().hex() for size in range(1, 9)] == ROOTS
    assert Tree(0, tile_at).root() == EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert leaf_hash(b"") == bytes.fromhex(ROOTS[0])


def test_the_example_of_rfc_9162():
    """§2.1.5: the tree of seven leaves d0 … d6, its paths and its consistency proofs."""
    a, b, c, d, e, f, j = hashes_of(7)
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l_ = node_hash(g, h), node_hash(i, j)
    tree = Tree(7, grown([a, b, c, d, e, f, j]))
    assert tree.root() == node_hash(k, l_)
    assert tree.inclusion(0) == [b, h, l_]
    assert tree.inclusion(3) == [c, g, l_]
    assert tree.inclusion(4) == [f, j, k]
    assert tree.inclusion(6) == [i, k]
    assert tree.consistency(3) == [c, d, g, l_]
    assert tree.consistency(4) == [l_]
    assert tree.consistency(6) == [i, j, k]


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 66_000])
def test_another_implementation_agrees(size):
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for at in range(size):
        other.append_entry(str(at).encode())
    tree = Tree(size, grown(hashes_of(size), step=333))
    assert tree.root() == other.get_root(size)
    for index in {0, size // 3, size - 1}:
        path = other.prove_inclusion(index + 1, size).path  # it counts from 1
        assert [each.hex() for each in tree.inclusion(index)] == [each.hex() for each in path[1:]]


def test_what_leaves_make_up_names_the_same_root_as_the_tiles():
    hashes = hashes_of(600)
    tile_at, frontier = grown(hashes), Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, hash_ in enumerate(hashes, start=1):
        frontier.add(hash_)
        assert (frontier.size, frontier.root()) == (size, Tree(size, tile_at).root())


@given(st.data())
def test_every_leaf_of_every_tree_is_proved_and_no_other(data):
    size = data.draw(st.integers(1, 1100))
    hashes = hashes_of(size)
    tree = Tree(size, grown(hashes, step=data.draw(st.integers(1, 600))))
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion(index), tree.root()
    assert root_by_inclusion(hashes[index], index, size, proof) == root
    assert root_by_inclusion(leaf_hash(b"another"), index, size, proof) != root
    wrong = data.draw(st.integers(0, size).filter(lambda at: at != index))
    assert root_by_inclusion(hashes[index], wrong, size, proof) != root
    assert root_by_inclusion(hashes[index], index, size, [*proof, root]) is None
    if proof:
        assert root_by_inclusion(hashes[index], index, size, proof[:-1]) is None
        bit = data.draw(st.integers(0, 256 * len(proof) - 1))
        bent = bytearray(b"".join(proof))
        bent[bit // 8] ^= 1 << bit % 8
        bent_proof = [bytes(bent[at : at + 32]) for at in range(0, len(bent), 32)]
        assert root_by_inclusion(hashes[index], index, size, bent_proof) != root


@given(st.data())
def test_every_tree_begins_with_every_smaller_one(data):
    size = data.draw(st.integers(0, 1100))
    older = data.draw(st.integers(0, size))
    tile_at = grown(hashes_of(size), step=data.draw(st.integers(1, 600)))
    tree, before = Tree(size, tile_at), Tree(older, tile_at)
    proof = tree.consistency(older)
    assert consistent(older, before.root(), size, tree.root(), proof)
    assert not consistent(older, leaf_hash(b"forged"), size, tree.root(), proof) or older == size == 0
    assert not consistent(older, before.root(), size, leaf_hash(b"forged"), proof) or older == 0
    assert not consistent(older, before.root(), size, tree.root(), [*proof, tree.root()])
    if proof:
        assert not consistent(older, before.root(), size, tree.root(), proof[1:])
        bent = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
        assert not consistent(older, before.root(), size, tree.root(), bent)


def test_what_no_tree_has_is_refused():
    tree = Tree(7, grown(hashes_of(7)))
    for index in (-1, 7):
        with pytest.raises(NoSuchTree):
            tree.inclusion(index)
        assert root_by_inclusion(tree.root(), index, 7, []) is None
    for older in (-1, 8):
        with pytest.raises(NoSuchTree):
            tree.consistency(older)
        assert not consistent(older, tree.root(), 7, tree.root(), [])
    with pytest.raises(NoSuchTree):  # tiles that hold fewer leaves than the tree should have
        Tree(9, grown(hashes_of(7))).root()
