"""Refusals and faults of the log, its checkpoints, and those who vouch for them."""

from evidence.errors import EvidenceError


class LogForked(EvidenceError):
    """The stored log does not begin with what a published checkpoint says: nothing more is published."""

    def __init__(self, older: int, size: int) -> None:
        super().__init__(f"the log of {size} leaves does not begin with the {older} that were published")
        self.older = older
        self.size = size


class LogKeyChanged(EvidenceError):
    """A key that is not the one registered last: checkpoints are signed by another only after a succession."""

    def __init__(self, given: str, registered: str) -> None:
        super().__init__(f"the key is {given}, registered is {registered}")
        self.given = given
        self.registered = registered


class StampRefused(EvidenceError):
    """What a time-stamping authority answered is no stamp of the checkpoint under a known certificate."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no valid time stamp: {reason}")
        self.reason = reason


class AuthorityUnavailable(EvidenceError):
    """A time-stamping authority that does not answer; the stamp is asked for again."""

    def __init__(self, authority: str, reason: str) -> None:
        super().__init__(f"time-stamping authority {authority} does not answer: {reason}")
        self.authority = authority
        self.reason = reason


class WitnessUnavailable(EvidenceError):
    """A witness that does not answer, or with nothing that holds; it is asked again."""

    def __init__(self, witness: str, reason: str) -> None:
        super().__init__(f"witness {witness} does not sign: {reason}")
        self.witness = witness
        self.reason = reason


class WitnessDisagrees(EvidenceError):
    """A witness has seen a log that ours does not begin with: somebody was shown another one."""

    def __init__(self, witness: str, size: int) -> None:
        super().__init__(f"witness {witness} has seen another log of {size} leaves")
        self.witness = witness
        self.size = size


class CheckpointUnreadable(EvidenceError):
    """Text that is no printed checkpoint."""

    def __init__(self, printed: str) -> None:
        super().__init__(f"no printed checkpoint: {printed!r}")
        self.printed = printed[:100]


class NothingPublished(EvidenceError):
    """There is no checkpoint yet, or none that covers what was asked for."""

    def __init__(self) -> None:
        super().__init__("nothing is published yet")


class NoSuchSize(EvidenceError):
    """A proof between sizes that the log never had."""

    def __init__(self, older: int, size: int) -> None:
        super().__init__(f"no log of {older} leaves within one of {size}")
        self.older = older
        self.size = size
