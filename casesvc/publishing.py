"""Sequencing and publishing the log, and asking time-stamping authorities for their stamps of it.

Each is its own act, and no network is waited for inside one: what fails is tried again by the next sweep.
"""

import logging
from datetime import timedelta

import urllib3

from casesvc.acts import now, system_actor
from casesvc.installation import Installation
from casesvc.log_key import signing_key
from casesvc.settings import Authority
from evidence.checkpoint import Checkpoint, TimeStamp, keep_stamp, last_stamp, latest, publish
from evidence.errors_proof import AuthorityUnavailable, StampRefused
from evidence.log import BATCH, Sequencer
from evidence.stamp import accepted, request_for

log = logging.getLogger(__name__)
_ASKING = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=20), retries=False)
_LONGEST_ANSWER = 64 * 1024


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
    """A stamp of the latest checkpoint from each authority whose last one is older than the settings want.

    An authority that does not answer, or not well, keeps no other from being asked; the first such fault is raised at
    the end.
    """
    made, faults = [], []
    for authority in here.settings.tsa:
        try:
            made += _stamp(here, authority)
        except (AuthorityUnavailable, StampRefused) as reason:
            faults.append(reason)
    if faults:
        raise faults[0]
    return made


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


def _asked(url: str, request: bytes) -> bytes:
    """What an authority answers to a TimeStampReq, by HTTP (RFC 3161 §3.4)."""
    try:
        answer = _ASKING.request(
            "POST",
            url,
            body=request,
            headers={"Content-Type": "application/timestamp-query"},
            preload_content=False,
        )
        try:
            body = answer.read(_LONGEST_ANSWER)
        finally:
            answer.close()
    except urllib3.exceptions.HTTPError as reason:
        raise AuthorityUnavailable(url, type(reason).__name__) from reason
    if answer.status != 200:
        raise AuthorityUnavailable(url, f"HTTP {answer.status}")
    return bytes(body)
