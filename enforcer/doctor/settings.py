"""The settings of this machine: which are set, which nobody reads, and whether others can read the secrets."""

import difflib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from enforcer.doctor.finding import Finding, Subject, named
from prepaid.language import _
from prepaid.settings import Environment

OF_STREAMLIT = "STREAMLIT_"
PORT_OF_STREAMLIT = "STREAMLIT_SERVER_PORT"
DASHBOARD_PORT = 8000
SECRET_CHARACTERS = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_settings(root: Path, settings: Environment) -> Iterator[Finding]:
    """The file `.env` in `root`, compared with the names that `.env.example` explains."""
    path = root / ".env"
    if not path.is_file():
        yield Finding(
            Subject.SETTINGS, False, _("There is no .env in {root}. Copy .env.example to it.").format(root=root)
        )
    else:
        given = {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
        yield from names(given, set(dotenv_values(root / ".env.example", interpolate=False)))
        if os.name == "posix":
            yield rights(path, stat.S_IMODE(path.stat().st_mode))
    yield secret(settings.jwt_secret)


def dashboard_port(env_file: Path, environ: Mapping[str, str]) -> int:
    """Where the dashboard is served on this machine."""
    value = environ.get(PORT_OF_STREAMLIT) or dotenv_values(env_file, interpolate=False).get(PORT_OF_STREAMLIT) or ""
    return int(value) if value.isascii() and value.isdigit() else DASHBOARD_PORT


def names(given: Mapping[str, str], known: set[str]) -> Iterator[Finding]:
    """Which names have a value, never which one; and those that nothing reads."""
    filled = sorted(name for name, value in given.items() if value.strip())
    yield Finding(Subject.SETTINGS, True, _("Set in .env: {names}.").format(names=named(filled) or _("nothing")))
    for name in sorted(given):
        if name in known or name.startswith(OF_STREAMLIT):
            continue
        near = difflib.get_close_matches(name, sorted(known), 1)
        hint = _(" Did you mean {name}?").format(name=near[0]) if near else _(" Remove it.")
        yield Finding(Subject.SETTINGS, False, _("Nothing reads {name} in .env.").format(name=name) + hint)


def rights(path: Path, mode: int) -> Finding:
    """Whether only the owner reads the file with the secrets."""
    if mode & OTHERS:
        return Finding(
            Subject.SETTINGS,
            False,
            _("Others on this machine can read the passwords in {path}. Run: chmod 600 {path}").format(path=path),
        )
    return Finding(Subject.SETTINGS, True, _("Only its owner can read {path}.").format(path=path))


def secret(value: str | None) -> Finding:
    """Whether tokens of programs can be signed, by something that cannot be guessed."""
    if value is None:
        return Finding(
            Subject.SETTINGS,
            False,
            _("JWT_SECRET is empty, so programs cannot sign in to the REST API. Set a long random text in .env."),
        )
    return Finding(
        Subject.SETTINGS,
        len(value) >= SECRET_CHARACTERS,
        _("JWT_SECRET has {n} characters; take at least {least} random ones.").format(
            n=len(value), least=SECRET_CHARACTERS
        ),
    )
