"""Sequencing and publishing the log, and asking time-stamping authorities for their stamps of it.

Each is its own act, and no network is waited for inside one: what fails is tried again by the next sweep.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import urllib3

from casesvc.acts import now, system_actor
from casesvc.installation import Installation
from casesvc.log_key import signing_key
from casesvc.settings import Authority, WitnessAt
from evidence.checkpoint import (
    Checkpoint,
    Cosignature,
    TimeStamp,
    keep_cosignature,
    keep_stamp,
    last_cosigned,
    last_stamp,
    latest,
    note_of,
    publish,
)
from evidence.errors_proof import AuthorityUnavailable, StampRefused, WitnessDisagrees, WitnessUnavailable
from evidence.log import BATCH, Sequencer, tree_of
from evidence.note import Note, NoteRefused, read_key, read_signatures
from evidence.stamp import accepted, request_for
from evidence.witness import Asked, Disagrees

Other = TypeVar("Other")
Given = TypeVar("Given")
_ASKING = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=20), retries=False)
_LONGEST_ANSWER = 64 * 1024


class _NoAnswer(Exception):
    """Nobody answered."""


def sequence_and_publish(here: Installation, sequencer: Sequencer) -> Checkpoint | None:
    """Give every committed leaf its index, then sign what the last checkpoint does not cover; None for nothing new."""
    key = signing_key(here.settings)
    while True:
        with here.database.begin(system_actor()) as act:
            if sequencer.batch(act.tx, act.at) < BATCH:
                break
    with here.database.begin(system_actor()) as act:
        return publish(act.tx, key, act.at)


def stamp_latest(here: Installation) -> list[TimeStamp]:
    """A stamp of the latest checkpoint from each authority whose last one is older than the settings want."""
    return _each(here.settings.tsa, lambda authority: _stamp(here, authority))


def cosign_latest(here: Installation) -> list[Cosignature]:
    """The signatures of the witnesses under the latest checkpoint, of those who have not signed it."""
    return _each(here.settings.witnesses, lambda witness: _cosign(here, witness))


def _each(others: Iterable[Other], ask: Callable[[Other], list[Given]]) -> list[Given]:
    """What each of others gave. One who does not answer, or not well, keeps no other from being asked.

    A fault is raised at the end, WitnessDisagrees before any that will pass.
    """
    given: list[Given] = []
    faults: list[Exception] = []
    for other in others:
        try:
            given += ask(other)
        except (AuthorityUnavailable, StampRefused, WitnessUnavailable, WitnessDisagrees) as reason:
            faults.append(reason)
    if faults:
        raise min(faults, key=lambda fault: not isinstance(fault, WitnessDisagrees))
    return given


def _stamp(here: Installation, authority: Authority) -> list[TimeStamp]:
    with here.database.reading() as tx:
        checkpoint, last = latest(tx), last_stamp(tx, authority.url)
    if checkpoint is None or (last and last.size == checkpoint.size):
        return []
    if last and now() - last.at < timedelta(minutes=here.settings.stamp_minutes):
        return []
    request = request_for(checkpoint.note)
    answer = _asked(authority.url, request.as_bytes())
    try:
        certificates = authority.certificates.read_bytes()
    except OSError as reason:
        raise StampRefused(f"{authority.certificates}: {reason.strerror}") from reason
    stamp = accepted(request, checkpoint.note, answer, certificates)
    with here.database.begin(system_actor()) as act:
        kept = keep_stamp(act.tx, checkpoint, authority.url, stamp, act.at)
    return [kept] if kept else []


def _cosign(here: Installation, witness: WitnessAt) -> list[Cosignature]:
    key = read_key(witness.key)
    with here.database.reading() as tx:
        checkpoint, older = latest(tx), last_cosigned(tx, key.line)
    if checkpoint is None or checkpoint.size == older:
        return []
    try:
        answer = _witnessed(witness, _asking(here, checkpoint, older))
    except Disagrees as reason:
        if reason.size is None or reason.size > checkpoint.size:
            raise WitnessDisagrees(witness.url, reason.size or older) from reason
        # it has seen more of us than we know of: its answer was lost, or we were restored from a backup
        answer = _witnessed_again(witness, _asking(here, checkpoint, reason.size))
    note = note_of(checkpoint)
    try:
        found = Note(note.text, tuple(read_signatures(answer.decode("utf-8", "replace")))).signed_by(key)
    except NoteRefused as reason:
        raise WitnessUnavailable(witness.url, reason.reason) from reason
    if found is None:
        raise WitnessUnavailable(witness.url, "its signature does not hold")
    with here.database.begin(system_actor()) as act:
        kept = keep_cosignature(act.tx, checkpoint, key, found, act.at)
    return [kept] if kept else []


def _asking(here: Installation, checkpoint: Checkpoint, older: int) -> Asked:
    """The request to a witness that has seen ``older`` leaves; no transaction stands open while it is waited for."""
    with here.database.reading() as tx:
        return Asked(older, tuple(tree_of(tx, checkpoint.size).consistency(older)), note_of(checkpoint))


def _witnessed_again(witness: WitnessAt, asked: Asked) -> bytes:
    try:
        return _witnessed(witness, asked)
    except Disagrees as reason:
        raise WitnessDisagrees(witness.url, asked.older) from reason


def _witnessed(witness: WitnessAt, asked: Asked) -> bytes:
    """The lines of a witness; Disagrees where it has seen another size, or says that ours is not consistent with it."""
    try:
        status, body = _posted(witness.url.rstrip("/") + "/add-checkpoint", asked.written(), "text/plain")
    except _NoAnswer as reason:
        raise WitnessUnavailable(witness.url, str(reason)) from reason
    if status == 200:
        return body
    text = body.decode("ascii", "replace").strip()
    if status == 409 and text.isdigit():
        raise Disagrees(status, text, int(text))
    if status == 422:
        raise Disagrees(status, text)
    raise WitnessUnavailable(witness.url, f"HTTP {status}")


def _asked(url: str, request: bytes) -> bytes:
    """What an authority answers to a TimeStampReq, by HTTP (RFC 3161 §3.4)."""
    try:
        status, body = _posted(url, request, "application/timestamp-query")
    except _NoAnswer as reason:
        raise AuthorityUnavailable(url, str(reason)) from reason
    if status != 200:
        raise AuthorityUnavailable(url, f"HTTP {status}")
    return body


def _posted(url: str, request: bytes, media_type: str) -> tuple[int, bytes]:
    """Status and body of an answer."""
    try:
        answer = _ASKING.request("POST", url, body=request, headers={"Content-Type": media_type}, preload_content=False)
        try:
            return answer.status, bytes(answer.read(_LONGEST_ANSWER))
        finally:
            answer.close()
    except urllib3.exceptions.HTTPError as reason:
        raise _NoAnswer(type(reason).__name__) from reason
