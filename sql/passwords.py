"""Passwords: hashed with argon2id, checked in the same time whether or not the name is known."""

import unicodedata
from base64 import b64encode
from secrets import token_bytes
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from prepaid.errors import PasswordUnfit

MOST_CHARACTERS = 256
"""A longer one only makes the machine work."""

_HASHER = PasswordHasher()  # argon2id with the library's defaults (RFC 9106, low-memory profile)


class Verified(NamedTuple):
    """Whether a password is right, and whether its hash was made with older parameters: then store a new one."""

    right: bool
    rehash: bool = False


def hash_password(password: str) -> str:
    """The hash to store; slow on purpose. Raises PasswordUnfit for an empty or endless password."""
    if not 1 <= len(password) <= MOST_CHARACTERS:
        raise PasswordUnfit(most=MOST_CHARACTERS)
    return _HASHER.hash(_same_for_all_keyboards(password))


def verify_password(stored: str | None, password: str) -> Verified:
    """Whether the password belongs to the stored hash. None (no such user) costs the same and is never right."""
    if len(password) > MOST_CHARACTERS:
        return Verified(False)
    try:
        right = _HASHER.verify(_NOBODYS if stored is None else stored, _same_for_all_keyboards(password))
    except (VerificationError, InvalidHashError):
        return Verified(False)
    return Verified(right, _HASHER.check_needs_rehash(stored or _NOBODYS))


def _same_for_all_keyboards(password: str) -> str:
    """One letter may be typed as one character or as two (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password)


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A well-formed hash with the parameters of today that no known password has."""
    salt, digest = (b64encode(token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len))
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


_NOBODYS = _hash_of_nothing(_HASHER)
