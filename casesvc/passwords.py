"""Passwords: Argon2id, a few at a time; callers hash outside any transaction, because it is slow by design."""

import secrets
import threading

import argon2

from casesvc.errors import PasswordWeak

SHORTEST = 10
AT_ONCE = 4
"""Hashes under way at once: each takes 64 MiB and a processor."""
_HASHER = argon2.PasswordHasher()  # Argon2id, RFC 9106 low-memory profile
_NOBODYS = _HASHER.hash(secrets.token_hex())  # verified for unknown logins, so that they take as long as known ones
_turn = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """The hash to keep of a new password; PasswordWeak where it is too short or of one kind of character."""
    if len(password) < SHORTEST or (password.isalnum() and (password.isalpha() or password.isdigit())):
        raise PasswordWeak(SHORTEST)
    with _turn:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the hash is of this password; takes as long where there is no hash."""
    try:
        with _turn:
            _HASHER.verify(password_hash or _NOBODYS, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None
