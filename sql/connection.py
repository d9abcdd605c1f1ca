"""The one door to the database: connections, transactions, and what both engines need at the start."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from prepaid.clock import Clock, SystemClock
from prepaid.errors import DatabaseUnavailable, SettingInvalid

LOCK_WAIT_S = 30
_FLAT = {"app": None, "ops": None}


class Database:
    """An engine with the product's rules for transactions.

    `writing()` starts with BEGIN IMMEDIATE on SQLite: a plain BEGIN loses recharges against passes. `reading()`
    sees one snapshot on SQLite; on SQL Server snapshots are per statement, so one question is one statement.
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.url = _checked(url)
        self.engine = _engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

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
    def _connected(self, *, writing: bool) -> Iterator[Connection]:
        try:
            conn = self.engine.connect()
        except DBAPIError as error:
            raise DatabaseUnavailable(where=self.where, why=_reason(error)) from error
        with conn.execution_options(writing=writing), conn.begin():
            yield conn

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


def translate(dialect_name: str) -> Mapping[str, str | None]:
    """The schema names of an engine: SQLite has none, so they map away."""
    return _FLAT if dialect_name == "sqlite" else {}


def _checked(url: str) -> URL:
    try:
        made = make_url(url)
    except ArgumentError:
        raise SettingInvalid(
            name="DATABASE_URL", value="...", why="it must look like sqlite:///data/prepaid.db or mssql+pyodbc://..."
        ) from None
    if made.get_backend_name() not in ("sqlite", "mssql"):
        raise SettingInvalid(
            name="DATABASE_URL", value=made.get_backend_name(), why="only sqlite and mssql are supported"
        )
    return made


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
    if url.get_driver_name() == "pyodbc":
        options["fast_executemany"] = True
    try:
        return sa.create_engine(url, **options)
    except (NoSuchModuleError, ImportError) as error:
        raise DatabaseUnavailable(
            where=url.render_as_string(hide_password=True), why=f"the driver cannot be loaded ({error})"
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        connect_args={"timeout": LOCK_WAIT_S, "check_same_thread": False},
        execution_options={"schema_translate_map": dict(_FLAT)},
        pool_size=10,
        max_overflow=20,
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        writing = conn.get_execution_options().get("writing", True)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _reason(error: DBAPIError) -> str:
    """The driver's own words, shortened, without a password that some drivers repeat."""
    text = " ".join(str(error.orig).split())
    return re.sub(r"(?i)(pwd|password)=[^;]*", r"\1=***", text)[:300]
