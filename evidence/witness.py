"""Witnesses of the log (C2SP tlog-witness): what is asked of one, and what one keeps and signs.

A witness has seen a log of some size. It signs a larger one only when a consistency proof shows that it begins with
what was seen; so a log that two people were shown in two forms cannot have the same witness.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.merkle import HASH, consistent
from evidence.note import Head, Note, NoteRefused, VerifierKey, read_head, read_note

_MOST_HASHES = 63


@dataclass(frozen=True)
class Asked:
    """A checkpoint to be signed, and the proof from the size that the witness is thought to have seen."""

    older: int
    proof: tuple[bytes, ...]
    note: Note

    def written(self) -> bytes:
        """The body of the request."""
        proof = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.older}\n{proof}\n".encode() + self.note.written()


class Disagrees(Exception):
    """A witness does not sign; ``status`` and ``text`` are its answer, ``size`` what it has seen where that is why."""

    def __init__(self, status: int, text: str, size: int | None = None) -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text
        self.size = size


def read_asked(body: bytes) -> Asked:
    """What a request says; NoteRefused for anything else."""
    begin, between, rest = body.partition(b"\n\n")
    lines = begin.decode("ascii", "replace").split("\n")
    if not between or not lines[0].startswith("old ") or len(lines) > 1 + _MOST_HASHES:
        raise NoteRefused("a request begins with the old size and the proof")
    older = lines[0].removeprefix("old ")
    if not (older.isascii() and older.isdigit()) or len(older) > 18:
        raise NoteRefused("the old size is no number")
    try:
        proof = tuple(base64.b64decode(line, validate=True) for line in lines[1:])
    except binascii.Error:
        raise NoteRefused("a line of the proof is not base64") from None
    if any(len(each) != HASH for each in proof):
        raise NoteRefused("a line of the proof is no hash")
    return Asked(int(older), proof, read_note(rest))


def checked(asked: Asked, logs: Sequence[VerifierKey], seen: Head | None) -> Head:
    """What a request shows, if a witness that has seen ``seen`` of the log may sign it; Disagrees if not.

    404: no such log. 403: not signed by its key. 409: the witness has seen another size. 422: not consistent.
    """
    try:
        head = read_head(asked.note.text)
    except NoteRefused as reason:
        raise Disagrees(400, reason.reason) from None
    known = [key for key in logs if key.name == head.origin]
    if not known:
        raise Disagrees(404, "unknown log")
    if not any(asked.note.signed_by(key) for key in known):
        raise Disagrees(403, "not signed by the log's key")
    size = seen.size if seen else 0
    if asked.older > head.size:
        raise Disagrees(400, "the old size is larger than the new")
    if asked.older != size:
        raise Disagrees(409, f"{size}\n", size)
    if seen is not None and not consistent(size, seen.root, head.size, head.root, asked.proof):
        raise Disagrees(422, "not consistent with what was seen")
    if seen is None and asked.proof:
        raise Disagrees(422, "a proof from nothing is empty")
    return head
