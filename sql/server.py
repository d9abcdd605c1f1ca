"""SQL Server: its drivers, how a connection to it begins, and what it is told before anything else."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import stamina
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from stamina.instrumentation import set_on_retry_hooks

from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable, DriverMissing
from prepaid.language import _
from sql.abilities import KEY, Abilities, abilities, ask_abilities
from sql.troubles import is_transient, lacks_driver, refusal, words

DRIVERS = ("pyodbc", "mssqlpython")
"""Those that a DATABASE_URL may name: mssql+pyodbc://... or mssql+mssqlpython://..."""
SESSION = (
    "SET ANSI_NULLS ON; SET ANSI_PADDING ON; SET ANSI_WARNINGS ON; SET ARITHABORT ON; SET CONCAT_NULL_YIELDS_NULL ON; "
    "SET QUOTED_IDENTIFIER ON; SET NUMERIC_ROUNDABORT OFF; SET LOCK_TIMEOUT {milliseconds}"
)
"""Filtered indexes refuse writers with other options, which the settings of a server or a login may bring."""
BEGUN = "SELECT COUNT(*) FROM sys.schemas"
"""A transaction begins with the first statement that looks at a table; before it, a transaction can own no lock."""
LOCK = """\
DECLARE @outcome INT;
EXEC @outcome = sys.sp_getapplock @Resource = N'{name}', @LockMode = 'Exclusive', @LockOwner = 'Transaction',
    @LockTimeout = {milliseconds};
SELECT @outcome;"""
"""NOCOUNT is left alone: it is an option of the connection, and the product asks how many rows a statement changed."""
ONE_WRITER = "prepaid writer"
HELD = f"SELECT APPLOCK_MODE('public', N'{ONE_WRITER}', 'Transaction')"
TRIES = 3
TRIES_WITHIN_S = 3.0

# By itself it would log the arguments of what it repeats, and with them passwords.
set_on_retry_hooks(())


def server_engine(url: URL, lock_wait_s: float, pool: Mapping[str, Any]) -> Engine:
    """The engine over a SQL Server. Raises DriverMissing when its package or the library below it is not installed.

    The driver's own pool stays off: connections are kept by this engine, which prepares each one once. So does
    `fast_executemany` of pyodbc, which never gives back what it takes for values of NVARCHAR(max).
    """
    try:
        _no_pool_of_its_own(url.get_driver_name())
        engine = sa.create_engine(url, pool_pre_ping=True, **pool)
    except ImportError as error:
        raise _missing(url, str(error)) from error

    found: Abilities | None = None

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        nonlocal found
        _to_the_end(connection.cursor(), SESSION.format(milliseconds=round(lock_wait_s * 1000)))
        found = found or ask_abilities(connection, engine.dialect.loaded_dbapi.Error)
        entry.info[KEY] = found
        if not found.genuine:  # SQLAlchemy has asked a view that is not there, and wants to put this level back
            engine.dialect.default_isolation_level = "READ COMMITTED"

    @sa.event.listens_for(engine, "begin")
    def _alone(conn: Connection) -> None:
        if conn.get_execution_options().get("writing", False):
            wait_for_writers(conn, lock_wait_s)

    @sa.event.listens_for(engine, "commit")
    def _whole(conn: Connection) -> None:
        if conn.get_execution_options().get("writing", False):
            require_whole(conn)

    return engine


def open_connection(engine: Engine) -> Connection:
    """A connection of the engine. What a server refuses only for a moment is asked for again: nothing was said to it
    yet. Raises DriverMissing, LoginFailed, EncryptionRefused and DatabaseUnavailable."""
    try:
        for attempt in stamina.retry_context(on=_only_for_a_moment, attempts=TRIES, timeout=TRIES_WITHIN_S):
            with attempt:
                return engine.connect()
    except DBAPIError as error:
        if lacks_driver(error):
            raise _missing(engine.url, words(error)) from error
        raise refusal(error, engine.url.render_as_string(hide_password=True)) from error
    raise AssertionError("the last attempt returns or raises")


def wait_for_writers(conn: Connection, wait_s: float) -> None:
    """Where a server does not heed hints, who reads a row to change it is not alone with it: there one transaction
    writes at a time, as on SQLite. Raises DatabaseBusy."""
    if not abilities(conn).genuine:
        lock_by_name(conn, ONE_WRITER, wait_s, conn.engine.url.render_as_string(hide_password=True))


def require_whole(conn: Connection) -> None:
    """Such a server undoes a transaction at faults that a driver keeps to itself, as when it asks for the type of a
    NULL, and what follows would be half of it: who has lost the lock has lost the rest, too. Raises
    DatabaseUnavailable; nothing is written then."""
    if not abilities(conn).genuine and last_answer(conn, HELD) != "Exclusive":
        where = conn.engine.url.render_as_string(hide_password=True)
        raise DatabaseUnavailable(where=where, why=_("the server has undone the first half of a transaction"))


def lock_by_name(conn: Connection, name: str, wait_s: float, where: str) -> None:
    """A lock of this name until the transaction ends. Raises DatabaseBusy when others hold it so long."""
    last_answer(conn, BEGUN)
    outcome = last_answer(conn, LOCK.format(name=name, milliseconds=round(wait_s * 1000)))
    if outcome is None or outcome < 0:
        raise DatabaseBusy(where=where, wait_s=f"{wait_s:g}")


def last_answer(conn: Connection, text: str) -> Any:
    """Runs a text of several statements, all of them; answers the first value of what the last one shows. Raises
    DBAPIError."""
    driver = conn.dialect.loaded_dbapi
    try:
        return _last(conn.connection.cursor(), text)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, dialect=conn.dialect) from error


def run_batch(conn: Connection, text: str) -> None:
    """Runs a text of several statements, all of them. Raises DBAPIError, whichever of them fails."""
    driver = conn.dialect.loaded_dbapi
    try:
        _to_the_end(conn.connection.cursor(), text)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, dialect=conn.dialect) from error


def _last(cursor: DBAPICursor, text: str) -> Any:
    answer = None
    try:
        cursor.execute(text)
        while True:
            if cursor.description is not None:
                row = cursor.fetchone()
                answer = row[0] if row is not None else None
            if not cursor.nextset():
                return answer
    finally:
        cursor.close()


def _to_the_end(cursor: DBAPICursor, text: str) -> None:
    """A driver comes back from the first statement that tells something. What follows is broken off when the cursor is
    closed then, and what fails there is told to nobody."""
    try:
        cursor.execute(text)
        while cursor.nextset():
            pass
    finally:
        cursor.close()


def _no_pool_of_its_own(driver: str) -> None:
    """Of pyodbc; SQLAlchemy does it for the other one."""
    if driver == "pyodbc":
        import pyodbc

        pyodbc.pooling = False


def _only_for_a_moment(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and is_transient(error)


def _missing(url: URL, why: str) -> DriverMissing:
    return DriverMissing(
        where=url.render_as_string(hide_password=True),
        why=why,
        driver=_wanted(url),
        installed=", ".join(_installed()) or "-",
    )


def _wanted(url: URL) -> str:
    if url.get_driver_name() != "pyodbc":
        return "mssql-python"
    named = url.query.get("driver")
    return named if isinstance(named, str) else "unixODBC"


def _installed() -> list[str]:
    """The ODBC drivers of this machine, as far as it can tell."""
    try:
        import pyodbc
    except ImportError:
        return []
    return [str(name) for name in pyodbc.drivers()]
