"""Proving who one is, to log in, to change a password or to confirm an act: look, then prove, then one short write.

What proves it (hashing is slow) runs outside any transaction. Failures are counted by login and address together, for
unknown logins as for known ones: a stranger who guesses neither learns which logins exist nor keeps their owners out.
All proofs are counted together, so that guessing goes no further by another door.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from casesvc.accounts import Account, begin_session, end_session, own_account, set_password
from casesvc.acts import now
from casesvc.errors import LoginPaused, LoginRefused, PasswordUnchanged, PasswordWrong
from casesvc.installation import Installation
from casesvc.passwords import hashed, matches
from evidence.act import Act, Actor
from evidence.columns import UtcDateTime, upserting

MOST_FAILURES = 5
PAUSE = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


class LoginFailure(SQLModel, table=True):
    """Wrong passwords and codes for one login from one address, until they are forgotten.

    ``who`` is the digest of both: people also type passwords where the login belongs.
    """

    __tablename__ = "login_failure"
    who: str = Field(primary_key=True, max_length=64)
    failures: int
    until: datetime = Field(sa_type=UtcDateTime, index=True)


def log_in(here: Installation, login: str, password: str, *, address: str, replacing: str = "") -> str:
    """The token of a new session; the session of the token ``replacing``, the same browser's, ends."""
    proven = prove(here, login, address, of_password(password))
    if proven is None:
        raise LoginRefused(login)
    token = secrets.token_urlsafe(32)
    with here.database.logins() as tx:
        at = now()
        account = settle(tx, proven, address, at)
        if account is None:
            raise LoginRefused(login)
        end_session(tx, replacing, at)
        begin_session(tx, account, token, address=address, at=at)
    return token


def log_out(here: Installation, token: str) -> None:
    with here.database.logins() as tx:
        end_session(tx, token, now())


def change_password(here: Installation, by: Actor, token: str, *, old: str, new: str) -> None:
    """Give the account of ``by`` a password only he knows; a wrong ``old`` counts like a failed login."""
    proven = prove_own_password(here, by, old)
    if new == old:
        raise PasswordUnchanged
    password_hash = hashed(new)
    with here.database.begin(by) as act:
        set_password(act, settle_own(act, proven), password_hash=password_hash, token=token)


def prove_own_password(here: Installation, by: Actor, password: str) -> Account:
    """The account of ``by``, if this is its password; otherwise PasswordWrong, counted. :func:`settle_own` goes on."""
    with here.database.reading() as tx:
        login = own_account(tx, by).login
    proven = prove(here, login, by.address, of_password(password))
    if proven is None:
        raise PasswordWrong
    return proven


def settle_own(act: Act, proven: Account) -> Account:
    """:func:`settle` of the own account within an act; PasswordWrong if it is no longer as it was when proven."""
    account = settle(act.tx, proven, act.by.address, act.at)
    if account is None:
        raise PasswordWrong
    return account


def of_password(password: str) -> Callable[[Account | None], bool]:
    """The proof by a password, for :func:`prove`."""
    return lambda account: matches(account.password_hash if account else None, password)


def prove(here: Installation, login: str, address: str, proof: Callable[[Account | None], bool]) -> Account | None:
    """The account, if ``proof`` holds of it; otherwise the failure is counted. LoginPaused after too many.

    ``proof`` is given none for a login that is unknown or closed, takes as long then, and may raise what is no guess.
    """
    with here.database.reading() as tx:
        _check_pause(tx, login, address, now())
        # no login has characters that cannot be seen, and PostgreSQL cannot be asked for NUL
        query = select(Account).where(Account.login == login, col(Account.disabled_at).is_(None))
        account = tx.exec(query).one_or_none() if login.isprintable() else None
    if not proof(account):
        with here.database.logins() as tx:
            _count(tx, login, address, now())
        return None
    return account


def settle(tx: Session, proven: Account, address: str, at: datetime) -> Account | None:
    """The account, locked, if it still is as it was when it was proven; its failures from this address are forgotten.

    LoginPaused where too many guesses failed meanwhile.
    """
    _check_pause(tx, proven.login, address, at)
    account = tx.exec(select(Account).where(Account.id == proven.id).with_for_update()).one()
    if (account.password_hash, account.disabled_at) != (proven.password_hash, None):
        return None
    _forget(tx, col(LoginFailure.who) == _who(proven.login, address))
    return account


def _check_pause(tx: Session, login: str, address: str, at: datetime) -> None:
    seen = tx.get(LoginFailure, _who(login, address))
    if seen is not None and seen.failures >= MOST_FAILURES and seen.until > at:
        raise LoginPaused(login, ceil((seen.until - at) / MINUTE))


def _count(tx: Session, login: str, address: str, at: datetime) -> None:
    """One more failure; the fifth within ten minutes begins the pause, and what is over is forgotten.

    LoginPaused beyond the fifth: of many guesses sent at once, the right one must not be told from the wrong ones.
    """
    _forget(tx, col(LoginFailure.until) <= at)
    until = sa.literal(at + PAUSE, UtcDateTime)
    more = col(LoginFailure.failures) + 1
    failures = tx.execute(
        upserting(tx, LoginFailure)
        .values(who=_who(login, address), failures=1, until=until)
        .on_conflict_do_update(
            index_elements=["who"],
            set_={
                "failures": more,
                "until": sa.case((more >= MOST_FAILURES, until), else_=col(LoginFailure.until)),
            },
        )
        .returning(sa.column("failures"))
    ).scalar_one()
    if failures > MOST_FAILURES:
        raise LoginPaused(login, ceil(PAUSE / MINUTE))


def _forget(tx: Session, which: sa.ColumnElement[bool]) -> None:
    tx.execute(sa.delete(LoginFailure).where(which))


def _who(login: str, address: str) -> str:
    return hashlib.sha256(f"{login}\n{address}".encode(errors="replace")).hexdigest()
