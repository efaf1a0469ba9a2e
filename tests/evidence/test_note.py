"""Signed notes: known answers of C2SP, what is made is read, what is bent is refused."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence.note import (
    COSIGNATURE,
    Head,
    NoteRefused,
    SigningKey,
    VerifierKey,
    checked_name,
    merged,
    read_head,
    read_key,
    read_note,
    read_signatures,
)

# the example of the Go implementation's documentation, which the specification names
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = SigningKey("安阳/测试", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ROOT = bytes(range(32))
AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_note_of_another_implementation():
    key = read_key(PETER)
    assert (key.name, key.id.hex(), key.line) == ("PeterNeumann", "c74f20a3", PETER)
    note = read_note(NOTE.encode())
    assert note.written() == NOTE.encode()
    assert note.signed_by(key)
    assert not read_note(NOTE.replace("answer", "Answer").encode()).signed_by(key)


def test_a_checkpoint_is_signed_and_read():
    head = Head("安阳/测试", 17, ROOT)
    assert head.text == f"安阳/测试\n17\n{base64.b64encode(ROOT).decode()}\n"
    note = read_note(KEY.sign(head.text).written())
    assert read_head(note.text) == head
    assert note.signed_by(KEY.verifier())
    assert not note.signed_by(SigningKey(KEY.name, Ed25519PrivateKey.generate()).verifier())
    assert not note.signed_by(VerifierKey("another", 1, KEY.verifier().public))


def test_a_witness_signs_with_the_time_and_stands_under_the_log():
    note = KEY.sign(Head("安阳/测试", 17, ROOT).text)
    witness = SigningKey("河南省总队", Ed25519PrivateKey.generate())
    line = witness.cosign(note.text, AT).line
    (signature,) = read_signatures(line)
    assert signature.witnessed_at == AT
    both = read_note(merged(note, [signature]))
    assert both.text == note.text
    assert both.signed_by(KEY.verifier())
    assert both.signed_by(witness.verifier(COSIGNATURE))
    assert not both.signed_by(witness.verifier()), "a cosignature is no signature of a log"
    assert read_key(witness.verifier(COSIGNATURE).line) == witness.verifier(COSIGNATURE)


@given(st.integers(0, 8 * 300))
def test_no_bit_of_a_checkpoint_can_be_changed(bit):
    written = KEY.sign(Head("安阳/测试", 17, ROOT).text).written()
    bent = bytearray(written)
    bent[bit // 8 % len(bent)] ^= 1 << bit % 8
    try:
        note = read_note(bytes(bent))
    except NoteRefused:
        return
    assert not note.signed_by(KEY.verifier())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"text\n\n",
        b"\xff\xfe\n\n",
        b"a\tb\n\n\xe2\x80\x94 a AAAAAAAA\n",
        b"text\n\n- a AAAAAAAA\n",
        "text\n\n— a AAAA\n".encode(),
        "text\n\n— a AAAAAAA!\n".encode(),
        "text\n\n— a b AAAAAAAA\n".encode(),
        ("text\n\n" + "— a AAAAAAAA\n" * 101).encode(),
        b"x" * 70_000,
        "text\n\n— a AAAAAAAA".encode(),
    ],
)
def test_what_is_no_note(data):
    with pytest.raises(NoteRefused):
        read_note(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        "\n1\nAAAA\n",
        "o\n01\nAAAA\n",
        "o\n-1\nAAAA\n",
        "o\n1\nAAAA\n",
        "o\n1\n!\n",
        "o\n" + "9" * 30 + "\nAA\n",
    ],
)
def test_what_is_no_checkpoint(text):
    with pytest.raises(NoteRefused):
        read_head(text)


@pytest.mark.parametrize("line", ["", "a+b", "a b+00000000+AQ==", PETER[:-4], PETER.replace("c74f", "c74e"), "a+b+!"])
def test_what_is_no_key(line):
    with pytest.raises(NoteRefused):
        read_key(line)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "x" * 201])
def test_what_is_no_name(name):
    with pytest.raises(NoteRefused):
        checked_name(name)
