"""The own one-time codes: begun with the password, in force by a first right code, ended with the password."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from casesvc import totp
from casesvc.accounts import Change, enter_change, own_account
from casesvc.errors import TotpNotInForce, TotpWrong
from casesvc.installation import Installation, secret_of
from casesvc.logins import prove_own_password, settle_own
from evidence.act import Actor


@dataclass(frozen=True)
class Enrolment:
    """How far the own codes are: in force since when, or begun and the key to be entered until when, or neither."""

    in_force_since: datetime | None = None
    until: datetime | None = None
    key: str = ""
    uri: str = ""


def enrolment_of(tx: Session, here: Installation, by: Actor, at: datetime) -> Enrolment:
    """The key is shown only while it waits for its first code."""
    account = own_account(tx, by)
    row = tx.get(totp.Totp, account.id)
    if row is None or (row.in_force_since is None and at - row.begun_at > totp.BEGUN_FOR):
        return Enrolment()
    if row.in_force_since is not None:
        return Enrolment(in_force_since=row.in_force_since)
    key = totp.opened(secret_of(here.settings), row)
    return Enrolment(until=row.begun_at + totp.BEGUN_FOR, key=key, uri=totp.uri_of(key, account.login))


def begin_enrolment(here: Installation, by: Actor, password: str) -> None:
    """A new key; with the password, or else anybody at an open session could sign in its owner's name from then on."""
    secret, proven = secret_of(here.settings), prove_own_password(here, by, password)
    with here.database.begin(by) as act:
        account = settle_own(act, proven)
        totp.begin(act.tx, secret, account.id, act.at)
        enter_change(act, account, Change.TOTP_BEGUN)


def put_in_force(here: Installation, by: Actor, code: str) -> None:
    """The first code, which shows that the key is in the owner's hands; it is used by that. TotpWrong, TotpNotBegun."""
    secret = secret_of(here.settings)
    with here.database.begin(by) as act:
        account = own_account(act.tx, by, lock=True)
        row = totp.begun(act.tx, account.id, act.at)
        step = totp.step_of(totp.opened(secret, row), totp.code_in(code) or "", act.at)
        if step is None:
            raise TotpWrong
        row.in_force_since, row.last_step = act.at, step
        act.tx.add(row)
        enter_change(act, account, Change.TOTP_IN_FORCE)


def end_enrolment(here: Installation, by: Actor, password: str) -> None:
    """The codes hold no more and the key is forgotten; TotpNotInForce where there is none."""
    proven = prove_own_password(here, by, password)
    with here.database.begin(by) as act:
        account = settle_own(act, proven)
        if not totp.remove(act.tx, account.id):
            raise TotpNotInForce
        enter_change(act, account, Change.TOTP_ENDED)
