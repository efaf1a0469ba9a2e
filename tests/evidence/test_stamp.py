"""Time stamps: a real authority's answers, and all that is none of the checkpoint."""

import pytest

from evidence.errors_proof import StampRefused
from evidence.stamp import accepted, request_for, stamped_digest
from tests.stamping import Authority, openssl_verifies

NOTE = "安阳/测试\n17\nAAAA\n\n— 安阳/测试 AAAAAAAA\n".encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("tsa"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("stranger"))
    yield made
    made.close()


def test_a_stamp_is_verified_and_openssl_agrees(authority, tmp_path):
    request = request_for(NOTE)
    stamp = accepted(request, NOTE, authority.answer(request.as_bytes()), authority.certificates.read_bytes())
    assert stamp.at.tzinfo is not None
    assert openssl_verifies(tmp_path, NOTE, stamp.response, authority.certificates)
    assert not openssl_verifies(tmp_path, NOTE + b" ", stamp.response, authority.certificates)
    kept = stamp.certificates.decode()
    assert kept.count("BEGIN CERTIFICATE") == 2
    assert kept.endswith(authority.certificates.read_text()), "the root last"


def test_what_is_no_stamp_of_the_checkpoint_is_refused(authority, stranger):
    request = request_for(NOTE)
    answer = authority.answer(request.as_bytes())
    roots = authority.certificates.read_bytes()
    assert len(stamped_digest(answer)) == 32
    with pytest.raises(StampRefused):  # of another note
        accepted(request, NOTE + b" ", answer, roots)
    with pytest.raises(StampRefused):  # replayed: the nonce of another request
        accepted(request_for(NOTE), NOTE, answer, roots)
    with pytest.raises(StampRefused):  # an authority nobody knows
        accepted(request, NOTE, stranger.answer(request.as_bytes()), roots)
    with pytest.raises(StampRefused):
        accepted(request, NOTE, b"no answer", roots)
    with pytest.raises(StampRefused):
        accepted(request, NOTE, answer, b"no certificate")
    bent = bytearray(answer)
    bent[-10] ^= 1
    with pytest.raises(StampRefused):
        accepted(request, NOTE, bytes(bent), roots)
    assert stamped_digest(b"no answer") == b""
