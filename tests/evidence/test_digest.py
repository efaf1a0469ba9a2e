"""Digests agree with the public tools, however the bytes are cut into blocks."""

import subprocess

from hypothesis import given
from hypothesis import strategies as st

from evidence.digest import Digesting, _CryptographySm3, digests_of


def outside(tool, path):
    return subprocess.run([*tool, str(path)], capture_output=True, text=True, check=True).stdout


def test_digests_agree_with_sha256sum_and_openssl(tmp_path):
    content = bytes(range(256)) * 70_001
    path = tmp_path / "原件.bin"
    path.write_bytes(content)
    digests = digests_of(content[i : i + 1_000_003] for i in range(0, len(content), 1_000_003))
    assert digests.size == len(content)
    assert outside(["sha256sum"], path).split()[0] == digests.sha256
    assert outside(["openssl", "dgst", "-sm3", "-r"], path).split()[0] == digests.sm3


def test_sm3_known_answers():
    # GB/T 32905-2016, appendix A
    assert digests_of([b"abc"]).sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digests_of([b"abcd" * 16]).sm3 == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    fallback = _CryptographySm3()
    fallback.update(b"abc")
    assert fallback.hexdigest() == digests_of([b"abc"]).sm3


@given(st.lists(st.binary(max_size=200), max_size=12))
def test_cutting_into_blocks_changes_nothing(blocks):
    digesting = Digesting(blocks)
    assert b"".join(digesting) == b"".join(blocks)
    assert digesting.digests == digests_of([b"".join(blocks)])
