"""What the engine of the database says of itself: version, size and its bound, whether reading waits for writing."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sql.abilities import abilities
from sql.tables.base import EXACTLY

SQLITE_NEEDED = (3, 35, 0)
"""The first one that answers RETURNING."""
SERVER_NEEDED = (15,)
"""SQL Server 2019. What a compatible server calls its version is chosen by who runs it."""
COMPATIBLE = "a server compatible with SQL Server"
EXPRESS = 4
EXPRESS_BYTES = 10 << 30
EXPRESS_2025 = 17
EXPRESS_2025_BYTES = 50 << 30

SERVER_SIZE = "SELECT SUM(CAST(size AS BIGINT)) * 8192 FROM sys.database_files WHERE type = 0"
SERVER_FACTS = """\
SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(40)) AS version,
       CAST(SERVERPROPERTY('Edition') AS NVARCHAR(80)) AS edition,
       CAST(SERVERPROPERTY('EngineEdition') AS INT) AS kind,
       (SELECT MAX(c.collation_name)
        FROM sys.columns AS c
        JOIN sys.tables AS t ON t.object_id = c.object_id
        JOIN sys.schemas AS s ON s.schema_id = t.schema_id
        WHERE s.name IN (N'app', N'ops') AND c.collation_name <> N'Latin1_General_100_BIN2') AS other_collation,
       (SELECT CAST(is_read_committed_snapshot_on AS INT) FROM sys.databases WHERE database_id = DB_ID()) AS snapshot"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """`size_bytes`: None where a compatible server does not tell. `limit_bytes` is the bound of the edition, None
    without one. `reads_freely`: readers and a writer do not wait for each other (write-ahead log on SQLite,
    READ_COMMITTED_SNAPSHOT on SQL Server). `compares_exactly`: texts that differ in case or accents are different."""

    engine: str
    new_enough: bool
    needed: str
    size_bytes: int | None
    limit_bytes: int | None
    reads_freely: bool
    compares_exactly: bool
    collation: str


def engine_facts(conn: Connection) -> EngineFacts:
    """The facts of the engine behind this connection."""
    return _of_sqlite(conn) if conn.dialect.name == "sqlite" else _of_server(conn)


def database_size(conn: Connection) -> int | None:
    """In bytes, as they lie on the disk; without the log. None: a compatible server has no files to look at."""
    if conn.dialect.name == "sqlite":
        pages = int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())
        return pages * int(conn.exec_driver_sql("PRAGMA page_size").scalar_one())
    size: int | None = conn.exec_driver_sql(SERVER_SIZE).scalar_one()
    return size


def express_limit(kind: int, version: tuple[int, ...]) -> int | None:
    """How large the data of one database may become in the free edition; None in the others."""
    if kind != EXPRESS:
        return None
    return EXPRESS_2025_BYTES if version >= (EXPRESS_2025,) else EXPRESS_BYTES


def _of_sqlite(conn: Connection) -> EngineFacts:
    version = str(conn.exec_driver_sql("SELECT sqlite_version()").scalar_one())
    return EngineFacts(
        engine=f"SQLite {version}",
        new_enough=numbers(version) >= SQLITE_NEEDED,
        needed="SQLite 3.35",
        size_bytes=database_size(conn),
        limit_bytes=None,
        reads_freely=conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal",
        compares_exactly=True,
        collation="BINARY",
    )


def _of_server(conn: Connection) -> EngineFacts:
    row = conn.exec_driver_sql(SERVER_FACTS).one()
    version, genuine = numbers(row.version), abilities(conn).genuine
    name = "SQL Server" if genuine else COMPATIBLE
    return EngineFacts(
        engine=f"{name} {row.version} {row.edition}",
        new_enough=version >= SERVER_NEEDED or not genuine,
        needed="SQL Server 2019 (15)",
        size_bytes=database_size(conn),
        limit_bytes=express_limit(row.kind, version),
        reads_freely=bool(row.snapshot),
        compares_exactly=row.other_collation is None or is_exact(row.other_collation),
        collation=row.other_collation or EXACTLY,
    )


def is_exact(collation: str) -> bool:
    """Whether a collation of SQL Server tells upper from lower case and letters with accents from those without."""
    parts = set(collation.upper().split("_"))
    return bool(parts & {"BIN", "BIN2"}) or parts >= {"CS", "AS"}


def numbers(version: str) -> tuple[int, ...]:
    """The parts of a version that are numbers, as far as they go."""
    parts = []
    for part in version.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
