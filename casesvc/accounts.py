"""Accounts and their sessions: who has a login, what an administrator changes in it, whose session a token is.

Every change of an account is an entry of the record; passwords never are.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from casesvc import totp
from casesvc.errors import AccountUnknown, CertificateTaken, LoginTaken, RolesApart
from evidence.act import Act, Actor
from evidence.columns import UtcDateTime
from evidence.record import What, enter
from evidence.register import Person, Unit
from workflows.roles import Role

SEEN_EVERY = timedelta(minutes=1)
LONGEST = 3
"""A session ends after this many idle times, however busy it is."""


class Account(SQLModel, table=True):
    """A login of a person, with the roles that tables name; ``roles`` are slugs joined by commas.

    Until ``password_set_by_owner``, somebody else knows the password, and it opens nothing but its own change.
    """

    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", unique=True)
    login: str = Field(unique=True, max_length=40)
    password_hash: str = Field(max_length=200)
    password_set_by_owner: bool
    roles: str = Field(max_length=120)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


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


class Change(StrEnum):
    """What an ``account`` entry of the record says was done to an account."""

    CREATED = "created"
    DISABLED = "disabled"
    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word of the record
    TOTP_BEGUN = "totp_begun"
    TOTP_IN_FORCE = "totp_in_force"
    TOTP_ENDED = "totp_ended"


def add_account(
    act: Act,
    unit: Unit,
    *,
    name: str,
    certificate: str,
    login: str,
    password_hash: str,
    roles: frozenset[Role],
    password_set_by_owner: bool = False,
) -> Account:
    """Register a person of ``unit`` with a login; ``password_hash`` is by :func:`casesvc.passwords.hashed`."""
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise RolesApart
    try:
        person = Person(name=name, certificate=certificate, unit_id=unit.id)
        act.tx.add(person)
        act.tx.flush()
        account = Account(
            person_id=person.id,
            login=login,
            password_hash=password_hash,
            password_set_by_owner=password_set_by_owner,
            roles=",".join(sorted(role.value for role in roles)),
            created_at=act.at,
        )
        act.tx.add(account)
        act.tx.flush()
    except IntegrityError as reason:
        raise _taken(reason, login, certificate) from reason
    enter_change(act, account, Change.CREATED)
    return account


def disable_account(act: Act, login: str) -> Account:
    """Close an account and end its sessions; :func:`reset_account` opens it again."""
    account = account_of(act.tx, login)
    if account.disabled_at is None:
        account.disabled_at = act.at
        act.tx.add(account)
        end_sessions(act.tx, account, act.at)
        enter_change(act, account, Change.DISABLED)
    return account


def reset_account(act: Act, login: str, *, password_hash: str) -> Account:
    """Give an account, closed or not, a new initial password, which its owner must change.

    Its sessions end, and so do its one-time codes: who has forgotten the password may have lost the telephone.
    """
    account = account_of(act.tx, login)
    account.password_hash, account.password_set_by_owner, account.disabled_at = password_hash, False, None
    act.tx.add(account)
    end_sessions(act.tx, account, act.at)
    if totp.remove(act.tx, account.id):
        enter_change(act, account, Change.TOTP_ENDED)
    enter_change(act, account, Change.RESET)
    return account


def set_password(act: Act, account: Account, *, password_hash: str, token: str) -> None:
    """The owner's own password; every session of the account but that of ``token`` ends."""
    account.password_hash, account.password_set_by_owner = password_hash, True
    act.tx.add(account)
    end_sessions(act.tx, account, act.at, but=token)
    enter_change(act, account, Change.PASSWORD_CHANGED)


def enter_change(act: Act, account: Account, change: Change) -> None:
    """Say in the record what was done to an account, and whose it is."""
    person = act.tx.get_one(Person, account.person_id)
    facts = {
        "act": change.value,
        "login": account.login,
        "person": person.name,
        "certificate": person.certificate,
        "unit": act.tx.get_one(Unit, person.unit_id).code,
        "roles": account.roles.split(",") if account.roles else [],
    }
    enter(act, What.ACCOUNT, facts)


def account_of(tx: Session, login: str) -> Account:
    account = tx.exec(select(Account).where(Account.login == login)).one_or_none()
    if account is None:
        raise AccountUnknown(login)
    return account


def accounts_with_persons(tx: Session) -> list[tuple[Account, Person, Unit]]:
    """All accounts, by unit and login."""
    query = (
        select(Account, Person, Unit)
        .join(Person, col(Account.person_id) == col(Person.id))
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .order_by(col(Unit.code), col(Account.login))
    )
    return list(tx.exec(query))


def actor_of(tx: Session, login: str) -> Actor:
    """The person behind a login, for acts at the machine itself; AccountUnknown where there is none or it is closed."""
    account = tx.exec(select(Account).where(Account.login == login)).one_or_none()
    if account is None or account.disabled_at is not None:
        raise AccountUnknown(login)
    return _actor(tx, account)


def actor_of_person(tx: Session, person_id: int) -> Actor:
    """The person, for what he began and the service ends; AccountUnknown where his account is closed."""
    account = tx.exec(select(Account).where(Account.person_id == person_id)).one_or_none()
    if account is None or account.disabled_at is not None:
        raise AccountUnknown(str(person_id))
    return _actor(tx, account)


def own_account(tx: Session, by: Actor, *, lock: bool = False) -> Account:
    """The account of the person himself; locked where what is read of it decides what is written."""
    query = select(Account).where(Account.person_id == by.id)
    return tx.exec(query.with_for_update() if lock else query).one()


def begin_session(tx: Session, account: Account, token: str, *, address: str, at: datetime) -> None:
    tx.add(LoginSession(account_id=account.id, token_sha256=_digest(token), address=address, begun_at=at, seen_at=at))


def end_session(tx: Session, token: str, at: datetime) -> None:
    session = tx.exec(select(LoginSession).where(LoginSession.token_sha256 == _digest(token))).one_or_none()
    if session is not None and session.ended_at is None:
        session.ended_at = at
        tx.add(session)


def end_sessions(tx: Session, account: Account, at: datetime, *, but: str = "") -> None:
    """End every session of an account that is in force, except that of the token ``but``."""
    in_force = select(LoginSession).where(
        LoginSession.account_id == account.id,
        col(LoginSession.ended_at).is_(None),
        LoginSession.token_sha256 != _digest(but),
    )
    for session in tx.exec(in_force):
        session.ended_at = at
        tx.add(session)


@dataclass(frozen=True)
class Recognised:
    """Whose session a token is; ``stale`` when its last sight is to be written anew."""

    actor: Actor
    session_id: int
    stale: bool
    password_set_by_owner: bool


def recognise(tx: Session, token: str, *, address: str, at: datetime, idle: timedelta) -> Recognised | None:
    """The person whose session this token is, unless it has ended, was idle too long or has lasted too long."""
    query = (
        select(LoginSession, Account, Person, Unit)
        .join(Account, col(LoginSession.account_id) == col(Account.id))
        .join(Person, col(Account.person_id) == col(Person.id))
        .join(Unit, col(Person.unit_id) == col(Unit.id))
        .where(LoginSession.token_sha256 == _digest(token))
    )
    found = tx.exec(query).one_or_none()  # all at once: every request asks this
    if found is None:
        return None
    session, account, person, unit = found
    if session.ended_at is not None:
        return None
    if at - session.seen_at > idle or at - session.begun_at > LONGEST * idle:
        return None
    known = replace(_acting(account, person, unit), address=address, session=str(session.id))
    return Recognised(known, session.id, at - session.seen_at > SEEN_EVERY, account.password_set_by_owner)


def touch(tx: Session, session_id: int, at: datetime) -> None:
    """Note that a session was in use; one that has ended or was seen later stays as it is."""
    tx.execute(
        sa.update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None), col(LoginSession.seen_at) < at)
        .values(seen_at=at)
    )


def _taken(reason: IntegrityError, login: str, certificate: str) -> Exception:
    """Which unique column was taken: PostgreSQL says the constraint's name, SQLite table and column."""
    said = str(reason.orig)
    if "uq_account_login" in said or "account.login" in said:
        return LoginTaken(login)
    if "uq_person_certificate" in said or "person.certificate" in said:
        return CertificateTaken(certificate)
    return reason


def _actor(tx: Session, account: Account) -> Actor:
    person = tx.get_one(Person, account.person_id)
    return _acting(account, person, tx.get_one(Unit, person.unit_id))


def _acting(account: Account, person: Person, unit: Unit) -> Actor:
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
