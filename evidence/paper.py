"""Paper as a witness: a printed checkpoint, held against the log as it is today (proof.md §3)."""

import base64
import binascii
import re
from dataclasses import dataclass

from sqlmodel import Session

from evidence.checkpoint import keys_of
from evidence.columns import Labelled
from evidence.errors_proof import CheckpointUnreadable
from evidence.log import sequenced, tree_of
from evidence.merkle import HASH, NoSuchTree
from evidence.note import Head, read_key

PRINTED = 16
"""Hex digits of the root that stand on paper for people; the QR code holds all of it."""
_TYPED = re.compile(r"(\S+)\s+(\d{1,18})\s+([0-9a-fA-F]{16}|[0-9a-fA-F]{64})")
_SCANNED = re.compile(r"(\S+)\s+(\d{1,18})\s+([A-Za-z0-9+/]{43}=)")


class Agreement(Labelled):
    """What a printed checkpoint and today's log say of each other."""

    CONSISTENT = "consistent", "一致：现在的日志包含当时的全部内容，未被改写"
    CONTRADICTS = "contradicts", "不一致：现在的日志与当时打印的检查点矛盾"
    SHORTER = "shorter", "不一致：现在的日志比当时的短，后来的内容不见了"
    FOREIGN = "foreign", "不是本系统的检查点"


@dataclass(frozen=True)
class Printed:
    """A checkpoint as it stands on paper: ``root`` is the first 16 hex digits, or all 64 from the QR code."""

    origin: str
    size: int
    root: str


def printed_line(head: Head) -> str:
    """What people read on paper: origin, size and the first digits of the root."""
    return f"{head.origin} {head.size} {head.root.hex()[:PRINTED]}"


def read_printed(text: str) -> Printed:
    """A checkpoint as somebody typed or scanned it; CheckpointUnreadable for anything else.

    Typed it is ``origin size root`` with spaces or line breaks between; scanned it is the text of the note.
    """
    lines = text.strip()
    if found := _TYPED.fullmatch(lines):
        return Printed(found[1], int(found[2]), found[3].lower())
    if found := _SCANNED.fullmatch(lines):
        try:
            root = base64.b64decode(found[3], validate=True)
        except binascii.Error:
            raise CheckpointUnreadable(text) from None
        if len(root) == HASH:
            return Printed(found[1], int(found[2]), root.hex())
    raise CheckpointUnreadable(text)


def agreement(tx: Session, printed: Printed) -> Agreement:
    """Whether the log of today begins with the leaves that a printed checkpoint covers: its root is computed anew."""
    if printed.origin not in {read_key(key.line).name for key in keys_of(tx)}:
        return Agreement.FOREIGN
    if printed.size > sequenced(tx):
        return Agreement.SHORTER
    try:
        root = tree_of(tx, printed.size).root().hex()
    except NoSuchTree:  # hashes of that time are gone
        return Agreement.CONTRADICTS
    return Agreement.CONSISTENT if root.startswith(printed.root) else Agreement.CONTRADICTS
