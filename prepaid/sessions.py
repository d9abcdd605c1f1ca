"""Sessions: who holds one, how long it lasts, and why it ended."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from prepaid.records import Role


class SessionKind(StrEnum):
    """What holds a session: a browser with a cookie, or a program of the REST API with its tokens."""

    BROWSER = "browser"
    API = "api"


class SessionEnd(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere"
    PASSWORD = "password"
    ROLE = "role"
    LOCKED = "locked"
    TOO_MANY = "too_many"
    REUSE = "reuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long a session lasts: without any sign of its holder (`idle`), and at most (`whole`)."""

    idle: timedelta
    whole: timedelta


STAFF = Lengths(idle=timedelta(minutes=30), whole=timedelta(hours=12))
"""Staff sit at desks that others walk by."""
TENANT = Lengths(idle=timedelta(days=30), whole=timedelta(days=30))
"""Tenants look at their own phone, and can only look."""
PROGRAM = Lengths(idle=timedelta(days=14), whole=timedelta(days=30))
"""A program is seen whenever it refreshes its tokens; it never sits at a desk."""


def lengths_of(role: Role, kind: SessionKind) -> Lengths:
    """The lengths of a session of that kind, of a user with that role."""
    if kind is SessionKind.API:
        return PROGRAM
    return TENANT if role is Role.TENANT else STAFF


def sign_in_name(typed: str) -> str:
    """The name of a user as it is stored and looked for: small letters, each as one character. What no keyboard
    can type is nobody's name: an empty one."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", typed.strip()).casefold())
    return name if name.isprintable() else ""
