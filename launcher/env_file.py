"""The file `.env`: made from `.env.example` at the first start, with fresh secrets, readable by its owner only."""

import os
import secrets
from pathlib import Path

from prepaid.errors.launch import FileMissing

NAME = ".env"
EXAMPLE = ".env.example"
SECRETS = ("JWT_SECRET",)
SECRET_BYTES = 48


def ensure_env_file(root: Path) -> bool:
    """Writes `.env` unless there is one. True if it was written."""
    path = root / NAME
    if path.exists():
        return False
    example = root / EXAMPLE
    if not example.is_file():
        raise FileMissing(where=example)
    fresh = root / f"{NAME}.{os.getpid()}.new"
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(with_fresh_secrets(example.read_text(encoding="utf-8")))
    fresh.replace(path)
    return True


def with_fresh_secrets(text: str) -> str:
    """The text with a new value on every line of a secret that has none."""
    lines = text.splitlines()
    filled = [f"{line}{secrets.token_urlsafe(SECRET_BYTES)}" if _is_empty_secret(line) else line for line in lines]
    return "\n".join(filled) + "\n"


def read_env_file(path: Path) -> dict[str, str]:
    """The names and values of an env file; quotes around a value are not part of it. Empty if there is no such file."""
    values: dict[str, str] = {}
    if not path.is_file():
        return values
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            values[name.strip().removeprefix("export ").strip()] = _unquoted(value.strip())
    return values


def _is_empty_secret(line: str) -> bool:
    return any(line.strip() == f"{name}=" for name in SECRETS)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
