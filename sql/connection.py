"""The one door to the database: connections, transactions, and what both engines need at the start."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from prepaid.clock import Clock, SystemClock
from prepaid.errors.moving import SnapshotsOff
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable, SettingInvalid
from prepaid.language import _
from sql.abilities import abilities
from sql.server import DRIVERS, open_connection, server_engine
from sql.troubles import is_of_the_world, trouble

__all__ = ["Connection", "Database"]

LOCK_WAIT_S = 30.0
POOL_WAIT_S = 30.0
LOG_TRIES = 20
SNAPSHOTS_ALLOWED = "SELECT CAST(snapshot_isolation_state AS INT) FROM sys.databases WHERE database_id = DB_ID()"


class Database:
    """An engine with the product's rules for transactions.

    `writing()` starts with BEGIN IMMEDIATE on SQLite: a plain BEGIN loses recharges against passes. `reading()`
    sees one snapshot on SQLite; on SQL Server snapshots are per statement, so one question is one statement.
    Who waits longer than `lock_wait_s` for another writer gets DatabaseBusy; a lost connection or a full disk is
    DatabaseUnavailable, or one of its kinds (`sql/troubles.py`). What a statement itself does wrong (a broken
    constraint) stays SQLAlchemy's own error.
    """

    def __init__(
        self, url: str, clock: Clock | None = None, *, lock_wait_s: float = LOCK_WAIT_S, setting: str = "DATABASE_URL"
    ) -> None:
        """`setting` is the name under which a person gave the address."""
        self.clock = clock or SystemClock()
        self.lock_wait_s = lock_wait_s
        self.url = _checked(url, setting)
        self.engine = _engine(self.url, lock_wait_s)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def is_genuine(self) -> bool:
        """Whether it is SQLite or SQL Server itself, not a server that is compatible with it."""
        with self.reading() as conn:
            return abilities(conn).genuine

    @property
    def file(self) -> Path:
        """The file of an SQLite database."""
        assert self.is_sqlite and self.url.database, "a database on a server is no file of ours"
        return Path(self.url.database)

    @property
    def where(self) -> str:
        """The address without credentials, for people and logs."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for questions. Nothing may be written through it."""
        with self._connected(writing=False) as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short transaction: committed when the block ends, rolled back when it raises."""
        with self._connected(writing=True) as conn:
            yield conn

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """One transaction that changes the schema. SQLite changes a table by making it anew, so references are not
        checked row by row but all at the end."""
        with self._connected(writing=True, references=not self.is_sqlite) as conn:
            yield conn
            if self.is_sqlite:
                broken = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
                assert broken is None, f"a migration broke the reference {broken}"

    @contextmanager
    def without_transaction(self) -> Iterator[Connection]:
        """A connection to SQL Server for what it does only outside of a transaction, like BACKUP."""
        assert not self.is_sqlite, "transactions on SQLite are begun by hand"
        try:
            with self._open() as conn:
                yield conn.execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise trouble(error, self.where, self.lock_wait_s) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for questions that all see one instant, however long they take. Nothing may be written through
        it. Raises SnapshotsOff where SQL Server is not allowed to show one instant to several statements."""
        if self.is_sqlite:
            with self.reading() as conn:
                yield conn
            return
        try:
            with self._open() as conn:
                if conn.exec_driver_sql(SNAPSHOTS_ALLOWED).scalar_one() == 0:
                    raise SnapshotsOff(where=self.where)
                conn.rollback()
                conn.execution_options(isolation_level="SNAPSHOT")
                yield conn
        except DBAPIError as error:
            raise trouble(error, self.where, self.lock_wait_s) from error

    def _open(self) -> Connection:
        return self.engine.connect() if self.is_sqlite else open_connection(self.engine)

    @contextmanager
    def _connected(self, *, writing: bool, references: bool = True) -> Iterator[Connection]:
        try:
            with self._open() as conn:
                conn.execution_options(writing=writing)
                if not references:
                    conn.detach()  # never back into the pool
                    conn.connection.cursor().execute("PRAGMA foreign_keys=OFF")
                with conn.begin():
                    yield conn
        except PoolTimeout as error:
            raise DatabaseBusy(where=self.where, wait_s=f"{POOL_WAIT_S:g}") from error
        except DBAPIError as error:
            if not is_of_the_world(error):
                raise
            raise trouble(error, self.where, self.lock_wait_s) from error

    def now(self, conn: Connection) -> datetime:
        """The database's own clock. SQLite has none but the machine's, which is the one this object was given."""
        if self.is_sqlite:
            return self.clock.now()
        found = conn.scalar(sa.select(sa.func.sysutcdatetime()))
        assert isinstance(found, datetime), "SYSUTCDATETIME answers an instant"
        return found.replace(tzinfo=UTC, microsecond=found.microsecond // 1000 * 1000)

    def close(self) -> None:
        """Closes all pooled connections."""
        self.engine.dispose()


class _OneSchema(SQLiteIdentifierPreparer):
    """SQLite keeps all tables in its one schema, `main`. A schema_translate_map would say so by a regular expression
    over each statement, each time it is executed."""

    def schema_for_object(self, table: Any, /) -> str:
        return "main" if table.schema else ""


def _checked(url: str, setting: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        raise SettingInvalid(
            name=setting,
            value="...",
            why=_("it must look like sqlite:///data/prepaid.db or mssql+pyodbc://..."),
        ) from None
    if made.get_backend_name() not in ("sqlite", "mssql"):
        raise SettingInvalid(name=setting, value=made.get_backend_name(), why=_("only sqlite and mssql are supported"))
    if made.get_backend_name() == "mssql" and made.get_driver_name() not in DRIVERS:
        raise SettingInvalid(
            name=setting,
            value=made.drivername,
            why=_("SQL Server is asked through one of these: {drivers}").format(drivers=", ".join(DRIVERS)),
        )
    if made.get_backend_name() == "sqlite" and made.database in (None, "", ":memory:"):
        raise SettingInvalid(name=setting, value=url, why=_("a database in memory cannot be shared; name a file"))
    return made


def _engine(url: URL, lock_wait_s: float) -> Engine:
    pool: dict[str, Any] = {"pool_size": 10, "max_overflow": 20, "pool_timeout": POOL_WAIT_S}
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, lock_wait_s, pool)
    return server_engine(url, lock_wait_s, pool)


def _sqlite_engine(url: URL, lock_wait_s: float, pool: Mapping[str, Any]) -> Engine:
    assert url.database, "checked before"
    try:
        Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(where=url.render_as_string(), why=error.strerror or error) from error
    engine = sa.create_engine(
        url,
        connect_args={"timeout": lock_wait_s, "check_same_thread": False},
        **pool,
    )
    engine.dialect.identifier_preparer = _OneSchema(engine.dialect)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.create_function("lower", 1, _lower, deterministic=True)
        cursor = connection.cursor()
        keep_a_log(cursor.execute)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        writing = conn.get_execution_options().get("writing", True)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _lower(text: str | None) -> str | None:
    """As SQL Server does: SQLite by itself knows the letters A to Z only, so that a search would miss Ä and Ж."""
    return None if text is None else str(text).lower()


def keep_a_log(execute: Callable[[str], object]) -> None:
    """Write-ahead logging, so that readers and a writer do not wait for each other; the file remembers it.

    While several processes open a new file, SQLite refuses the change at once instead of waiting: then wait for
    the other writer by asking for the lock, and try again.
    """
    for _attempt in range(LOG_TRIES - 1):
        try:
            execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            execute("BEGIN IMMEDIATE")
            execute("COMMIT")
    execute("PRAGMA journal_mode=WAL")
