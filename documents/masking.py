"""Keeps secrets out of everything that is written down: log lines and the errors in them."""

import re
from collections.abc import Mapping

HIDDEN = "***"
MASKED_CHARACTERS = 20_000
_SECRET_NAMES = ("password", "passwd", "pwd", "secret", "token", "authorization")
_NAMES = "|".join(_SECRET_NAMES)
# scheme://user:password@host, greedy up to the last @: a password may hold unescaped signs.
_IN_URL = re.compile(r"(?P<before>[a-z][a-z0-9+.-]{0,30}://[^\s:/@]*):\S*@", re.IGNORECASE)
# name=value, name: value, "name": "value", also inside longer names such as SMTP_PASSWORD.
_IN_TEXT = re.compile(
    rf"(?P<before>(?:{_NAMES})[\w-]{{0,40}}[\"']?\s{{0,5}}[=:]\s{{0,5}})(?:(?:bearer|basic|digest)\s{{1,5}})?"
    r"(?:\"[^\"]*\"|'[^']*'|\{[^}]*\}|[^\s,;&\"']+)",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Whether a field of this name must never be shown."""
    lower = name.lower()
    return any(part in lower for part in _SECRET_NAMES)


def masked(text: str) -> str:
    """The text, at most 20 000 characters of it, with the passwords of URLs and what follows a secret's name hidden."""
    text = text[:MASKED_CHARACTERS]
    return _IN_TEXT.sub(rf"\g<before>{HIDDEN}", _IN_URL.sub(rf"\g<before>:{HIDDEN}@", text))


def without_secrets(value: object) -> object:
    """The value with secrets hidden, in texts and in mappings and lists of any depth; anything else as its text."""
    if isinstance(value, Mapping):
        return {str(name): HIDDEN if is_secret(str(name)) else without_secrets(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return masked(str(value))
