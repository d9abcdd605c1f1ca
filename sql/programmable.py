"""Views, procedures and roles of SQL Server: the committed scripts, as a DBA runs them, after every migration."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from prepaid.errors.start import DatabaseUnavailable
from sql.connection import Database
from sql.server import run_batch

FOLDER = Path(__file__).parent / "tsql"
SEPARATOR = "GO"
RENEWED = ("050_views.sql", "055_alarms.sql", "060_procedures.sql", "070_roles.sql")
"""What depends on the tables and has no rows of its own, so that it can be made anew each time."""
_MADE = re.compile(r"^CREATE OR ALTER (?P<kind>VIEW|FUNCTION|PROCEDURE) (?P<name>[\w.]+)", re.MULTILINE)
_NOT_TAKEN = re.compile(r" AUTHORIZATION dbo(?=;)|^DENY .*\n", re.MULTILINE)
_ROLE = re.compile(r"^CREATE ROLE (?P<name>\w+)", re.MULTILINE)


def renew(conn: Connection) -> None:
    """Makes views, procedures and roles as this program knows them, in the transaction of the migration."""
    for batch in made():
        run_batch(conn, batch)


def renew_apart(database: Database) -> None:
    """The same on a server that is compatible with SQL Server, one by one. What it does not take is left out: the
    product itself asks for none of these."""
    for batch in made():
        with suppress(DBAPIError, DatabaseUnavailable), database.writing() as conn:
            for part in compatible(batch):
                run_batch(conn, part)


def missing(conn: Connection) -> Sequence[str]:
    """The views, functions, procedures and roles that are not there."""
    text = "\n".join(made())
    asked = {
        **{found["name"]: f"OBJECT_ID(N'{found['name']}')" for found in _MADE.finditer(text)},
        **{found["name"]: f"DATABASE_PRINCIPAL_ID(N'{found['name']}')" for found in _ROLE.finditer(text)},
    }
    there = conn.exec_driver_sql(f"SELECT {', '.join(asked.values())}").one()
    return [name for name, number in zip(asked, there, strict=True) if number is None]


def compatible(batch: str) -> Iterator[str]:
    """The same in words that compatible servers take: what cannot be altered is dropped first, roles belong to who
    makes them, and nothing is denied, since nothing is allowed but what is granted."""
    found = _MADE.search(batch)
    if found is not None:
        yield f"DROP {found['kind']} IF EXISTS {found['name']};"
    yield _NOT_TAKEN.sub("", _MADE.sub(r"CREATE \g<kind> \g<name>", batch))


def made() -> Iterator[str]:
    """What makes all of it, without the frame of each script, which is for sqlcmd: options of the session that a
    connection of ours must not keep (NOCOUNT would hide how many rows a statement changed), and the guard against
    another version."""
    for name in RENEWED:
        _options, _guard, *parts, _end = batches((FOLDER / name).read_text(encoding="utf-8"))
        yield from parts


def batches(script: str) -> list[str]:
    """The parts of a script between its lines GO, as sqlcmd sends them to the server."""
    parts = f"\n{script}\n".split(f"\n{SEPARATOR}\n")
    return [part.strip() for part in parts if part.strip()]
