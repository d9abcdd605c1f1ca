"""Passwords: hashed with argon2id, checked in the same time whether or not the name is known."""

from base64 import b64encode
from secrets import token_bytes
from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from prepaid.errors.access import PasswordUnfit
from prepaid.passwords import MOST_CHARACTERS, same_for_all_keyboards

HASHER = PasswordHasher()
"""argon2id with the library's defaults (RFC 9106, low-memory profile). Tests pass a quicker one."""

AT_ONCE = 4
_working = BoundedSemaphore(AT_ONCE)
"""Each takes 64 MiB for its moment: a flood of sign-ins waits in line instead of taking all memory."""


class Verified(NamedTuple):
    """Whether a password is right, and whether its hash was made with older parameters: then store a new one."""

    right: bool
    rehash: bool = False


def hash_password(password: str, hasher: PasswordHasher = HASHER) -> str:
    """The hash to store; slow on purpose. Raises PasswordUnfit for an empty or endless password."""
    if not 1 <= len(password) <= MOST_CHARACTERS:
        raise PasswordUnfit(most=MOST_CHARACTERS)
    with _working:
        return hasher.hash(_bytes(password))


def verify_password(stored: str | None, password: str, hasher: PasswordHasher = HASHER) -> Verified:
    """Whether the password belongs to the stored hash. None (no such user) costs the same and is never right."""
    if len(password) > MOST_CHARACTERS:
        return Verified(False)
    wanted = _hash_of_nothing(hasher) if stored is None else stored
    try:
        with _working:
            right = hasher.verify(wanted, _bytes(password))
    except (VerificationError, InvalidHashError):
        return Verified(False)
    return Verified(right, hasher.check_needs_rehash(wanted))


def _bytes(password: str) -> bytes:
    """Half a character, which no keyboard but a program can send, is a wrong password and no mistake of ours."""
    return same_for_all_keyboards(password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A well-formed hash with the parameters of today that no known password has."""
    salt, digest = (b64encode(token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len))
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
