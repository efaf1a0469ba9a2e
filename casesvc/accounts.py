"""Accounts and logins: Argon2id, a lock after repeated failures, sessions kept by the digest of their token."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import argon2
import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, select

from casesvc.errors import AccountLocked, LoginRefused, LoginTaken, PasswordWeak
from evidence.act import Act, Actor
from evidence.columns import UtcDateTime
from evidence.register import Person, Unit
from workflows.roles import Role

MOST_FAILURES = 5
LOCK = timedelta(minutes=10)
SHORTEST_PASSWORD = 10
SEEN_EVERY = timedelta(minutes=1)
_HASHER = argon2.PasswordHasher()  # Argon2id, RFC 9106 low-memory profile
_NOBODY = _HASHER.hash(secrets.token_hex())  # verified for unknown logins, so that they take as long as known ones


class Account(SQLModel, table=True):
    """A login of a person, with the roles that tables name; ``roles`` are slugs joined by commas."""

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    login: str = Field(unique=True, max_length=40)
    password_hash: str = Field(max_length=200)
    roles: str = Field(max_length=120)
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LoginSession(SQLModel, table=True):
    """A login that is in force; the token itself is only with the browser."""

    __tablename__ = "login_session"
    id: int = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    token_sha256: str = Field(unique=True, max_length=64)
    address: str = Field(max_length=60)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    __table_args__ = (sa.CheckConstraint("seen_at >= begun_at", name="login_session_forward"),)


def add_account(
    act: Act, unit: Unit, *, name: str, certificate: str, login: str, password: str, roles: frozenset[Role]
) -> Account:
    """Register a person of ``unit`` with a login."""
    if len(password) < SHORTEST_PASSWORD or (password.isalnum() and (password.isalpha() or password.isdigit())):
        raise PasswordWeak(SHORTEST_PASSWORD)
    if act.tx.exec(select(Account).where(Account.login == login)).first() is not None:
        raise LoginTaken(login)
    person = Person(name=name, certificate=certificate, unit_id=unit.id)
    act.tx.add(person)
    act.tx.flush()
    account = Account(
        person_id=person.id,
        login=login,
        password_hash=_HASHER.hash(password),
        roles=",".join(sorted(role.value for role in roles)),
        created_at=act.at,
    )
    act.tx.add(account)
    act.tx.flush()
    return account


def actor_of(tx: Session, login: str) -> Actor:
    """The person behind a login, for acts at the machine itself; LoginRefused where there is none."""
    account = tx.exec(select(Account).where(Account.login == login)).one_or_none()
    if account is None:
        raise LoginRefused(login)
    return _actor(tx, account)


def password_matches(account: Account | None, password: str) -> bool:
    """Whether the password is the account's; takes as long for nobody's account."""
    try:
        _HASHER.verify(account.password_hash if account else _NOBODY, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return account is not None


def log_in(tx: Session, login: str, password: str, *, address: str, at: datetime) -> str:
    """The token of a new session. A refusal has its count of failures written too, so the caller commits either way."""
    account = tx.exec(select(Account).where(Account.login == login).with_for_update()).one_or_none()
    if account is not None and account.locked_until is not None and account.locked_until > at:
        raise AccountLocked(login, int((account.locked_until - at).total_seconds() // 60) + 1)
    if not password_matches(account, password) or account is None:
        if account is not None:
            account.failures += 1
            if account.failures >= MOST_FAILURES:
                account.failures, account.locked_until = 0, at + LOCK
            tx.add(account)
        raise LoginRefused(login)
    account.failures, account.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    tx.add(account)
    tx.add(LoginSession(account_id=account.id, token_sha256=_digest(token), address=address, begun_at=at, seen_at=at))
    return token


def log_out(tx: Session, token: str, at: datetime) -> None:
    session = tx.exec(select(LoginSession).where(LoginSession.token_sha256 == _digest(token))).one_or_none()
    if session is not None:
        session.ended_at = at
        tx.add(session)


@dataclass(frozen=True)
class Recognised:
    """Whose session a token is; ``stale`` when its last sight is to be written anew."""

    actor: Actor
    session_id: int
    stale: bool


def recognise(tx: Session, token: str, *, address: str, at: datetime, idle: timedelta) -> Recognised | None:
    """The person whose session this token is, unless it has ended or was idle too long."""
    session = tx.exec(select(LoginSession).where(LoginSession.token_sha256 == _digest(token))).one_or_none()
    if session is None or session.ended_at is not None or at - session.seen_at > idle:
        return None
    actor = _actor(tx, tx.get_one(Account, session.account_id))
    known = replace(actor, address=address, session=str(session.id))
    return Recognised(known, session.id, at - session.seen_at > SEEN_EVERY)


def touch(tx: Session, session_id: int, at: datetime) -> None:
    """Note that a session is in use."""
    session = tx.get_one(LoginSession, session_id)
    session.seen_at = at
    tx.add(session)


def _actor(tx: Session, account: Account) -> Actor:
    person = tx.get_one(Person, account.person_id)
    unit = tx.get_one(Unit, person.unit_id)
    return Actor(
        person.id,
        person.name,
        unit.id,
        unit.name,
        person.certificate,
        frozenset(role for role in account.roles.split(",") if role),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
