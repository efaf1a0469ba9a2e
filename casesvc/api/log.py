"""The log for outsiders and for people: its checkpoint, proofs of what it holds, and whether a printed one agrees.

Checkpoint and consistency proofs are for everybody, without an account: they say how much there is, and nothing of it.
"""

import base64
from datetime import datetime
from typing import Annotated

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from pydantic import BaseModel, Field
from sqlmodel import Session

from casesvc.api.described import problems
from casesvc.auth import CaseRequest
from casesvc.database import Looking
from casesvc.installation import Installation
from casesvc.permissions import Permission, exhibit_for, require
from evidence.act import Actor
from evidence.checkpoint import Checkpoint, cosignatures_of, head_of, keys_of, latest, stamps_of, stands
from evidence.custody_event import events_of
from evidence.errors_proof import NoSuchSize, NothingPublished
from evidence.log import index_of_event, sequenced, tree_of
from evidence.merkle import NoSuchTree, leaf_hash
from evidence.note import NoteRefused
from evidence.paper import Agreement, agreement, printed_line, read_printed


class StampOut(BaseModel):
    authority: str
    stamped_at: datetime = Field(description="The moment that the authority names")


class CheckpointOut(BaseModel):
    """A checkpoint with those who vouch for it."""

    size: int = Field(description="Leaves that it covers")
    root: str = Field(description="Root of the tree over them, hex")
    at: datetime
    note: str = Field(description="Its text as published, a C2SP signed note")
    printed: str = Field(description="As it stands on paper")
    stamps: list[StampOut]
    witnesses: list[str] = Field(description="Keys of those who signed it too")


class LogOut(BaseModel):
    """How the log stands."""

    sequenced: int = Field(description="Leaves that have an index")
    stands: bool = Field(
        description="Whether the log begins with what the newest checkpoint says; if not, it is stopped"
    )
    checkpoint: CheckpointOut | None = Field(description="The newest; None before the first, or where it is damaged")
    keys: list[str] = Field(description="All keys that ever signed, oldest first, as vkey lines")
    authorities: list[str] = Field(description="Configured time-stamping authorities")


class ConsistencyOut(BaseModel):
    proof: list[str] = Field(description="Hashes in base64 (RFC 9162 §2.1.4.1)")


class CheckOut(BaseModel):
    """What today's log says of a printed checkpoint."""

    origin: str
    size: int
    root: str
    result: str = Field(description="consistent, contradicts, shorter or foreign")
    label: str


class ProofOut(BaseModel):
    """That an event is in the log, against the checkpoint that is named beside it."""

    index: int
    of: str = Field(description="custody/<exhibit number>.jsonl#<seq>")
    leaf_hash: str
    proof: list[str] = Field(description="Hashes in base64 (RFC 9162 §2.1.3.1), the leaf's sibling first")


class ExhibitProofOut(BaseModel):
    checkpoint: CheckpointOut
    proofs: list[ProofOut]
    waiting: int = Field(description="Events that the checkpoint does not cover yet")


@get(
    "/log/checkpoint",
    summary="The newest checkpoint as it was published",
    operation_id="logCheckpoint",
    tags=["log"],
    sync_to_thread=True,
    exclude_from_auth=True,
    media_type="text/plain",
    responses=problems(404),
)
def checkpoint(tx: Looking) -> Response[bytes]:
    return Response(newest(tx).note, media_type="text/plain; charset=utf-8")


@get(
    "/log/consistency",
    summary="That the log of one size begins with that of a smaller one",
    operation_id="logConsistency",
    tags=["log"],
    sync_to_thread=True,
    exclude_from_auth=True,
    responses=problems(422),
)
def consistency(
    tx: Looking,
    older: Annotated[int, QueryParameter(ge=0, description="Size of the older log")],
    size: Annotated[int, QueryParameter(ge=0, description="Size of the newer log")],
) -> ConsistencyOut:
    if size > sequenced(tx):
        raise NoSuchSize(older, size)
    try:
        return ConsistencyOut(proof=encoded(tree_of(tx, size).consistency(older)))
    except NoSuchTree:
        raise NoSuchSize(older, size) from None


@get(
    "/log",
    summary="How the log stands, who vouches for it",
    operation_id="logState",
    tags=["log"],
    sync_to_thread=True,
    responses=problems(403),
)
def log_state(request: CaseRequest, tx: Looking, state: State) -> LogOut:
    return log_for(state.installation, tx, request.user)


@get(
    "/log/check",
    summary="Whether a printed checkpoint agrees with the log of today",
    operation_id="checkPrinted",
    tags=["log"],
    sync_to_thread=True,
    responses=problems(422),
)
def check_printed(
    tx: Looking,
    printed: Annotated[str, QueryParameter(max_length=1000, description="Typed, or the text of the QR code")],
) -> CheckOut:
    return checked(tx, printed)


@get(
    "/cases/{number:str}/exhibits/{exhibit:str}/proof",
    summary="Proofs that the events of an exhibit are in the log",
    operation_id="exhibitProof",
    tags=["log"],
    sync_to_thread=True,
    responses=problems(403, 404),
)
def exhibit_proof(request: CaseRequest, tx: Looking, number: FromPath[str], exhibit: FromPath[str]) -> ExhibitProofOut:
    _, found = exhibit_for(tx, request.user, number, exhibit, Permission.SEE_EXHIBIT)
    last = newest(tx)
    tree, proofs, waiting = tree_of(tx, last.size), [], 0
    for event in events_of(tx, found):
        index = index_of_event(tx, event)
        if index is None or index >= last.size:
            waiting += 1
            continue
        of = f"custody/{found.number}.jsonl#{event.seq}"
        hash_ = leaf_hash(event.body).hex()
        proofs.append(ProofOut(index=index, of=of, leaf_hash=hash_, proof=encoded(tree.inclusion(index))))
    return ExhibitProofOut(checkpoint=present_checkpoint(tx, last), proofs=proofs, waiting=waiting)


def log_for(here: Installation, tx: Session, by: Actor) -> LogOut:
    require(by, Permission.SEE_STATUS)
    last = latest(tx)
    return LogOut(
        sequenced=sequenced(tx),
        stands=stands(tx),
        checkpoint=_readable(tx, last) if last else None,
        keys=[key.line for key in keys_of(tx)],
        authorities=[authority.url for authority in here.settings.tsa],
    )


def _readable(tx: Session, made: Checkpoint) -> CheckpointOut | None:
    """A checkpoint, unless somebody has damaged it: the log does not stand then, which is what has to be seen."""
    try:
        return present_checkpoint(tx, made)
    except NoteRefused:
        return None


def newest(tx: Session) -> Checkpoint:
    """The newest checkpoint, or NothingPublished."""
    last = latest(tx)
    if last is None:
        raise NothingPublished
    return last


def checked(tx: Session, text: str) -> CheckOut:
    """What the log of today says of a checkpoint as it was typed or scanned."""
    printed = read_printed(text)
    found: Agreement = agreement(tx, printed)
    return CheckOut(origin=printed.origin, size=printed.size, root=printed.root, result=found.value, label=found.label)


def present_checkpoint(tx: Session, made: Checkpoint) -> CheckpointOut:
    head = head_of(made)
    return CheckpointOut(
        size=head.size,
        root=head.root.hex(),
        at=made.at,
        note=made.note.decode(),
        printed=printed_line(head),
        stamps=[StampOut(authority=each.authority, stamped_at=each.stamped_at) for each in stamps_of(tx, made)],
        witnesses=[each.witness for each in cosignatures_of(tx, made)],
    )


def encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]
