"""How large the database is, day by day, and how much room there is: asked of the file, or of the server."""

import shutil
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.storage import Size, Storage, storage_of
from sql.backup.copy_server import EXPRESS, edition
from sql.connection import Database
from sql.tables import sizes

GROWTH_OF = timedelta(days=7)
KEPT = timedelta(days=400)
EXPRESS_BYTES = 10 * 1024**3
PAGE_BYTES = 8_192
"""Of SQL Server."""
FILES = """
SELECT SUM(CAST(size AS BIGINT)) AS pages,
       SUM(CAST(FILEPROPERTY(name, 'SpaceUsed') AS BIGINT)) AS used_pages,
       HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS sees_disks
FROM sys.database_files
WHERE type = 0
"""
"""Data files only: the log does not count against the limit of Express."""
DISKS = """
SELECT MIN(volume.available_bytes) AS free_bytes
FROM sys.database_files AS files
CROSS APPLY sys.dm_os_volume_stats(DB_ID(), files.file_id) AS volume
WHERE files.type = 0
"""
"""What is free on the fullest of their disks, for who may see the server."""


def measure(database: Database) -> Size:
    """The size of now; nothing is written. Not for a server that is only compatible with SQL Server: it shows no
    files, and who runs it looks after its room."""
    with database.reading() as conn:
        return _of_file(database, conn) if database.is_sqlite else _of_server(database, conn)


def keep_size(conn: Connection, size: Size) -> None:
    """Keeps it as that of its day; what is older than its retention goes."""
    values = {name: getattr(size, name) for name in Size.__slots__}
    today = size.measured_at.date()
    kept = (
        sizes.update().where(sizes.c.measured_on == today).with_hint("WITH (UPDLOCK, HOLDLOCK)", dialect_name="mssql")
    )
    if conn.execute(kept.values(values)).rowcount == 0:
        conn.execute(sizes.insert().values(measured_on=today, **values))
        conn.execute(sizes.delete().where(sizes.c.measured_on < today - KEPT))


def known_storage(conn: Connection, now: datetime) -> Storage | None:
    """The size that was kept last, and the growth of the days before it."""
    question = (
        sa.select(*(sizes.c[name] for name in Size.__slots__))
        .where(sizes.c.measured_on >= (now - GROWTH_OF).date())
        .order_by(sizes.c.measured_on)
    )
    return storage_of([Size(**row) for row in conn.execute(question).mappings()])


def measured_since(conn: Connection) -> datetime | None:
    """Since when the database has been looked after; None: it was never measured."""
    found: datetime | None = conn.scalar(sa.select(sa.func.min(sizes.c.measured_at)))
    return found


def _of_file(database: Database, conn: Connection) -> Size:
    pages, free, page_bytes = (
        int(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    return Size(
        measured_at=database.now(conn),
        used_bytes=(pages - free) * page_bytes,
        file_bytes=pages * page_bytes,
        free_bytes=shutil.disk_usage(database.file.parent).free,
        limit_bytes=None,
    )


def _of_server(database: Database, conn: Connection) -> Size:
    files = conn.exec_driver_sql(FILES).one()
    return Size(
        measured_at=database.now(conn),
        used_bytes=int(files.used_pages or 0) * PAGE_BYTES,
        file_bytes=int(files.pages or 0) * PAGE_BYTES,
        free_bytes=conn.exec_driver_sql(DISKS).scalar() if files.sees_disks else None,
        limit_bytes=EXPRESS_BYTES if edition(conn) == EXPRESS else None,
    )
