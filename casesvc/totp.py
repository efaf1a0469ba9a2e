"""One-time codes by time (RFC 6238: SHA-1, six digits, 30 s): the key of an account, which codes hold, each only once.

A key is kept sealed: Fernet under a key that HKDF (RFC 5869) draws from the installation's secret for this one account,
so that a copy of the database opens none, and a row moved to another account opens nothing either.
"""

import base64
import re
import unicodedata
from datetime import datetime, timedelta

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Field, Session, SQLModel, col

from casesvc.errors import TotpInForce, TotpNotBegun, TotpNotInForce, TotpUnreadable, TotpUsed
from evidence.columns import UtcDateTime

ISSUER = "火灾证据系统"
WINDOW = 1
"""Steps before and after the present one whose codes hold too: a clock may be off, and typing takes time (§5.2)."""
BEGUN_FOR = timedelta(minutes=15)
"""How long a new key is shown and waits for its first code."""


class Totp(SQLModel, table=True):
    """The key of an account: begun, and in force once its owner has given a first right code.

    ``last_step`` is the newest time step (moment // 30 s) whose code was accepted; it and those before hold no more.
    """

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    sealed_key: str = Field(max_length=200)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    in_force_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_step: int | None = None
    __table_args__ = (
        sa.CheckConstraint("(in_force_since IS NULL) = (last_step IS NULL)", name="totp_in_force_by_a_code"),
    )


def code_in(proof: str) -> str | None:
    """The six digits of a one-time code, however spaced or wide they were typed; None for what may be a password.

    No password is of digits alone (:func:`casesvc.passwords.hashed`).
    """
    digits = unicodedata.normalize("NFKC", proof).replace(" ", "")
    return digits if re.fullmatch("[0-9]{6}", digits) else None


def step_of(key: str, code: str, at: datetime) -> int | None:
    """The time step of which ``code`` is the code, if it holds at ``at``."""
    try:
        return pyotp.TOTP(key).verify_and_get_timecode(code, for_time=at, valid_window=WINDOW)
    except pyotp.OTPVerificationError:
        return None


def new_key() -> str:
    """160 bits in base32 (RFC 4226 §4 R6)."""
    return pyotp.random_base32()


def uri_of(key: str, login: str) -> str:
    """The otpauth:// address that authenticator apps read from a QR code."""
    return pyotp.TOTP(key).provisioning_uri(name=login, issuer_name=ISSUER)


def begin(tx: Session, secret: str, account_id: int, at: datetime) -> None:
    """A new key, not in force yet, in place of one that was only begun; TotpInForce beside one in force."""
    row = tx.get(Totp, account_id) or Totp(account_id=account_id, sealed_key="", begun_at=at)
    if row.in_force_since is not None:
        raise TotpInForce
    row.sealed_key, row.begun_at = _box(secret, account_id).encrypt(new_key().encode()).decode(), at
    tx.add(row)


def begun(tx: Session, account_id: int, at: datetime) -> Totp:
    """The row of a key that waits for its first code; TotpInForce, TotpNotBegun."""
    row = tx.get(Totp, account_id)
    if row is not None and row.in_force_since is not None:
        raise TotpInForce
    if row is None or at - row.begun_at > BEGUN_FOR:
        raise TotpNotBegun(BEGUN_FOR // timedelta(minutes=1))
    return row


def opened(secret: str, row: Totp) -> str:
    """The key itself; TotpUnreadable where the installation's secret is another since."""
    try:
        return _box(secret, row.account_id).decrypt(row.sealed_key).decode()
    except InvalidToken as reason:
        raise TotpUnreadable from reason


def holds(tx: Session, secret: str, account_id: int, code: str, at: datetime) -> bool:
    """Whether the code is right; TotpUsed for one that was accepted before, TotpNotInForce, TotpUnreadable."""
    return _matched(tx, secret, account_id, code, at)[1] is not None


def spend(tx: Session, secret: str, account_id: int, code: str, at: datetime) -> None:
    """Accept a code that :func:`holds` at ``at``: from now on it is used; TotpUsed where another request was first."""
    row, step = _matched(tx, secret, account_id, code, at)
    accepted = tx.execute(
        sa.update(Totp)
        .where(col(Totp.account_id) == account_id, col(Totp.sealed_key) == row.sealed_key, col(Totp.last_step) < step)
        .values(last_step=step)
        .returning(col(Totp.account_id))
    )
    if accepted.one_or_none() is None:
        raise TotpUsed


def remove(tx: Session, account_id: int) -> bool:
    """Forget the key of an account; whether one was in force."""
    removed = tx.execute(sa.delete(Totp).where(col(Totp.account_id) == account_id).returning(col(Totp.in_force_since)))
    return removed.scalar_one_or_none() is not None


def _matched(tx: Session, secret: str, account_id: int, code: str, at: datetime) -> tuple[Totp, int | None]:
    row = tx.get(Totp, account_id)
    if row is None or row.in_force_since is None or row.last_step is None:
        raise TotpNotInForce
    step = step_of(opened(secret, row), code, at)
    if step is not None and step <= row.last_step:
        raise TotpUsed
    return row, step


def _box(secret: str, account_id: int) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"casesvc totp {account_id}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
