"""What the dashboard's process holds once: its settings, its database, its log."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

from documents.logs import configure, get
from prepaid.settings import Environment, environment
from sql.archive.folder import archive_folder as folder_of
from sql.connection import Database
from sql.schema import require_current

ENV_FILE = Path(__file__).parent.parent / ".env"
WRITER = "dashboard"
"""Whose chain of events the acts of people are written into."""

log = get("dashboard")


@cache
def settings() -> Environment:
    """The settings of this machine: `.env`, and the environment over it. Raises SettingInvalid."""
    given = {name: value for name, value in os.environ.items() if value}
    return environment({**dotenv_values(ENV_FILE, interpolate=False), **given})


@cache
def database() -> Database:
    """The one database of the process, its schema checked. Raises DatabaseUnavailable, SchemaMissing, SchemaOld...

    An error is not remembered: the next question looks again.
    """
    opened = Database(settings().database_url)
    try:
        require_current(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def archive_folder() -> Path:
    """Where old raw readings are."""
    return folder_of(database(), settings().archive_folder)


@cache
def log_database() -> Database:
    """Where Kepware logs: the database of KEPWARE_DATABASE_URL, or the product's own. Raises DatabaseUnavailable."""
    url = settings().kepware_database_url
    return database() if url is None else Database(url, setting="KEPWARE_DATABASE_URL")


def open_house() -> Callable[[], None]:
    """Sends the log to its file; answers what undoes it."""
    return configure("dashboard", folder=Path(settings().log_folder))


def close_house() -> None:
    """Closes the database and forgets it and the settings: the next question opens them anew."""
    for opened in (log_database, database):
        if opened.cache_info().currsize:
            opened().close()
    log_database.cache_clear()
    database.cache_clear()
    settings.cache_clear()
