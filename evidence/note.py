"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature): text that anybody can verify.

A verifier key is one line, ``name+key id+base64 of the algorithm's byte and the public key``; the key id is the head of
a digest over name and key, so that a signature line names the key it is of.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = 0x01, 0x04
"""Algorithms of a key: over a note's text, and over a time of witnessing and the text."""
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NAME = re.compile(r"[^\s+]{1,200}")
_LARGEST = 64 * 1024
_MOST_LINES = 100


class NoteRefused(ValueError):
    """Text that is no signed note, no checkpoint or no key; ``reason`` says what is wrong with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no signed note: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    algorithm: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that signature lines name the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._key).digest()[:4]

    @property
    def line(self) -> str:
        """The vkey line."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._key).decode()}"

    @property
    def _key(self) -> bytes:
        return bytes([self.algorithm]) + self.public

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether ``signature`` (as a signature line holds it, without the key id) is of this key over ``text``."""
        try:
            message = text.encode()
            if self.algorithm == COSIGNATURE:
                moment, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = _cosigned(moment, text)
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"

    @property
    def witnessed_at(self) -> datetime:
        """When a witness says to have signed (a cosignature's first eight bytes)."""
        return datetime.fromtimestamp(int.from_bytes(self.signature[:8], "big"), UTC)


@dataclass(frozen=True)
class Note:
    """A text that ends with a line break, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def written(self) -> bytes:
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signed_by(self, key: VerifierKey) -> Signature | None:
        """The signature of ``key``, where it is there and holds; lines of unknown keys are passed over."""
        for each in self.signatures:
            if (each.name, each.key_id) == (key.name, key.id) and key.signed(self.text, each.signature):
                return each
        return None


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: whose log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class SigningKey:
    """A private key with the name it signs under."""

    name: str
    private: Ed25519PrivateKey

    def verifier(self, algorithm: int = ED25519) -> VerifierKey:
        return VerifierKey(self.name, algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Note:
        """``text``, which ends with a line break and has no control characters, with this key's one signature."""
        signature = Signature(self.name, self.verifier().id, self.private.sign(text.encode()))
        return Note(text, (signature,))

    def cosign(self, text: str, at: datetime) -> Signature:
        """That a witness saw the checkpoint ``text`` and found it consistent with all it saw before."""
        moment = int(at.timestamp())
        signature = moment.to_bytes(8, "big") + self.private.sign(_cosigned(moment, text))
        return Signature(self.name, self.verifier(COSIGNATURE).id, signature)


def read_note(data: bytes) -> Note:
    """The note that ``data`` is; NoteRefused for anything else."""
    if len(data) > _LARGEST:
        raise NoteRefused(f"{len(data)} bytes are too many")
    try:
        written = data.decode()
    except UnicodeDecodeError:
        raise NoteRefused("it is not UTF-8") from None
    if any(ord(character) < 0x20 and character != "\n" for character in written):
        raise NoteRefused("it holds control characters")
    text, between, lines = written.rpartition("\n\n")
    if not between or not lines.endswith("\n"):
        raise NoteRefused("it has no signature lines")
    found = lines[:-1].split("\n")
    if len(found) > _MOST_LINES:
        raise NoteRefused(f"{len(found)} signature lines are too many")
    return Note(text + "\n", tuple(_signature(line) for line in found))


def read_head(text: str) -> Head:
    """What the text of a checkpoint says; NoteRefused for another text. Further lines are passed over."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise NoteRefused("a checkpoint has an origin, a size and a root")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise NoteRefused("the size is no number")
    root = _decoded(lines[2])
    if len(root) != hashlib.sha256().digest_size:
        raise NoteRefused("the root is no SHA-256")
    return Head(lines[0], int(lines[1]), root)


def read_key(line: str) -> VerifierKey:
    """The key that a vkey line names; NoteRefused for any other text."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise NoteRefused("a key is name+id+key")
    key = _decoded(parts[2])
    if len(key) != 33 or key[0] not in (ED25519, COSIGNATURE):
        raise NoteRefused("the key is no Ed25519 key")
    found = VerifierKey(parts[0], key[0], key[1:])
    if found.id.hex() != parts[1]:
        raise NoteRefused("the key's id is not of this key")
    return found


def checked_name(name: str) -> str:
    """A name that a key can sign under; NoteRefused for one with spaces or a plus sign."""
    if not _NAME.fullmatch(name):
        raise NoteRefused("a name has no spaces and no plus sign")
    return name


def merged(first: Note, more: Sequence[Signature]) -> bytes:
    """The note with further signature lines under its own: what a package calls ``checkpoint.witnessed``."""
    return Note(first.text, (*first.signatures, *more)).written()


def read_signatures(lines: str) -> list[Signature]:
    """Signature lines as a witness answers with them; NoteRefused for anything else."""
    return [_signature(line) for line in lines.splitlines() if line]


def _signature(line: str) -> Signature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if not found:
        raise NoteRefused("a line is no signature line")
    value = _decoded(found[2])
    if len(value) < 5:
        raise NoteRefused("a signature is too short")
    return Signature(found[1], value[:4], value[4:])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteRefused("it is not base64") from None


def _cosigned(moment: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {moment}\n{text}".encode()
