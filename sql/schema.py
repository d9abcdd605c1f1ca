"""The schema's version: made, brought up to date, and required by every entry point before it works."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from prepaid.errors.start import SchemaForeign, SchemaMissing, SchemaNewer, SchemaOld
from sql import programmable
from sql.abilities import abilities
from sql.connection import Database
from sql.server import lock_by_name
from sql.tables.base import APP, ENGINE, OPS, REPORT, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
LOCK_WAIT_S = 60
LOCK = "prepaid schema"


class Version(NamedTuple):
    """The schema's version found in a database (None: no schema yet) and the one this program needs."""

    found: str | None
    wanted: str


def create(database: Database, folder: Path = MIGRATIONS) -> bool:
    """Makes all tables. False if they are there already, made by this program or by the DBA's script.

    Raises SchemaOld and SchemaNewer as `require_current` does, and SchemaForeign for tables of unknown version.
    """
    with _alone(database) as conn:
        found = _found(conn)
        if found is None:
            _require_empty(conn, database.where)
            _make(conn, folder)
            _renew(conn)
        else:
            _require(found, database.where, folder)
    if found is None:
        _renew_apart(database)
    return found is None


def upgrade(database: Database, folder: Path = MIGRATIONS) -> Version:
    """Brings the schema up to date, in one transaction; answers the version before and after.

    Raises SchemaMissing, and SchemaNewer for a schema this program does not know.
    """
    with _alone(database) as conn:
        found = _found(conn)
        if found is None:
            raise SchemaMissing(where=database.where)
        _require_known(found, database.where, folder)
        if found != wanted(folder):
            _migrate(conn, folder)
        _renew(conn)
    _renew_apart(database)
    return Version(found, wanted(folder))


def left_out(database: Database) -> Sequence[str]:
    """The views, procedures and roles that a compatible server has not taken."""
    if database.is_genuine:
        return []
    with database.reading() as conn:
        return programmable.missing(conn)


def version(database: Database, folder: Path = MIGRATIONS) -> Version:
    """What is there, and what this program needs."""
    with database.reading() as conn:
        return Version(_found(conn), wanted(folder))


def require_current(database: Database, folder: Path = MIGRATIONS) -> None:
    """Raises SchemaMissing, SchemaOld or SchemaNewer unless the schema is the one this program needs."""
    found = version(database, folder).found
    if found is None:
        raise SchemaMissing(where=database.where)
    _require(found, database.where, folder)


def wanted(folder: Path = MIGRATIONS) -> str:
    """The newest version this program knows."""
    return _newest(folder, tuple(sorted(file.name for file in (folder / "versions").glob("*.py"))))


def known(folder: Path = MIGRATIONS) -> set[str]:
    """The versions this program can bring up to date."""
    return {each.revision for each in ScriptDirectory.from_config(configuration(folder)).walk_revisions()}


def draft(text: str, folder: Path = MIGRATIONS) -> Path:
    """A new empty migration with the next number, for a developer to fill in."""
    made = command.revision(configuration(folder), text, rev_id=f"{int(wanted(folder)) + 1:04}")
    assert made is not None and not isinstance(made, list), "one revision is made at a time"
    return Path(made.path)


def flat() -> sa.MetaData:
    """A copy of the metadata without schemas, as SQLite has it: what migrations are compared with."""
    copy = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied_to: Callable[..., sa.Table] = table.to_metadata
        copied = copied_to(copy, schema=None, referred_schema_fn=lambda *_: sa.schema.BLANK_SCHEMA)
        for constraint in copied.constraints:
            if ENGINE in constraint.info:
                constraint.ddl_if(dialect=constraint.info[ENGINE])
    return copy


def configuration(folder: Path = MIGRATIONS, output: TextIO | None = None, **options: Any) -> Config:
    """Alembic's configuration. `options` go to its context: a connection to work on, or a dialect to write for."""
    config = Config(output_buffer=output) if output is not None else Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["options"] = options
    return config


@cache
def _newest(folder: Path, _files: tuple[str, ...]) -> str:
    """Alembic runs each of the files to find out; it need not do so twice for the same ones."""
    newest = ScriptDirectory.from_config(configuration(folder)).get_current_head()
    assert newest is not None, "there is at least the first version"
    return newest


def _make(conn: Connection, folder: Path) -> None:
    """All tables: by the migrations, or at once where a server could not follow each step of them (a compatible one
    makes no column NOT NULL later on). Tests hold that both make the same."""
    if abilities(conn).genuine:
        _migrate(conn, folder)
        return
    _make_schemas(conn)
    metadata.create_all(conn, checkfirst=False)
    command.stamp(configuration(folder, connection=conn, **_version_table(conn)), "head")


def _migrate(conn: Connection, folder: Path) -> None:
    if conn.dialect.name == "mssql":
        _make_schemas(conn)
    command.upgrade(configuration(folder, connection=conn, **_version_table(conn)), "head")


def _renew(conn: Connection) -> None:
    """Views, procedures and roles are those of this program, also where no table has changed."""
    if conn.dialect.name == "mssql" and abilities(conn).genuine:
        programmable.renew(conn)


def _renew_apart(database: Database) -> None:
    """The same on a compatible server, as far as it goes, when the tables are there."""
    if not database.is_genuine:
        programmable.renew_apart(database)


def _make_schemas(conn: Connection) -> None:
    there = sa.inspect(conn).get_schema_names()
    for name in (APP, OPS, REPORT):
        if name not in there:
            conn.execute(sa.schema.CreateSchema(name))


def _found(conn: Connection) -> str | None:
    return MigrationContext.configure(conn, opts=_version_table(conn)).get_current_revision()


def _version_table(conn: Connection) -> dict[str, Any]:
    schema = {} if conn.dialect.name == "sqlite" else {"version_table_schema": OPS}
    return {"version_table": VERSION_TABLE, **schema}


def _require(found: str, where: str, folder: Path) -> None:
    _require_known(found, where, folder)
    if found != wanted(folder):
        raise SchemaOld(where=where, found=found, wanted=wanted(folder))


def _require_known(found: str, where: str, folder: Path) -> None:
    if found not in known(folder):
        raise SchemaNewer(where=where, found=found)


def _require_empty(conn: Connection, where: str) -> None:
    """Tables without a version are somebody else's, or a DBA's script that was not run to its end."""
    inspector = sa.inspect(conn)
    flat_names = conn.dialect.name == "sqlite"
    ours = [
        table.fullname
        for table in metadata.sorted_tables
        if inspector.has_table(table.name, schema=None if flat_names else table.schema)
    ]
    if ours:
        raise SchemaForeign(where=where, tables=", ".join([*ours[:3], *(["..."] if len(ours) > 3 else [])]))


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction that no other process can be in at the same time; SQLite locks by BEGIN IMMEDIATE."""
    with database.rebuilding() as conn:
        if not database.is_sqlite:
            lock_by_name(conn, LOCK, LOCK_WAIT_S, database.where)
        yield conn
