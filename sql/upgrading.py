"""`python -m sql upgrade`: nobody works, what was is kept, then the schema is brought up to date."""

import sys

from prepaid.language import _
from sql import schema
from sql.backup.make import folder_of, keep_before
from sql.connection import Database
from sql.left_out import tell_left_out
from sql.moving.in_use import require_quiet


def upgrade(database: Database, backup_folder: str | None, *, with_copy: bool) -> int:
    """Upgrades the schema, in one transaction; an SQLite file is copied first. On SQL Server its DBA makes the backup.

    Raises SchemaMissing and SchemaNewer, SiteAtWork while an enforcer of the program of before holds a lease, and
    BackupFailed.
    """
    found, wanted = schema.version(database)
    if found in schema.known() - {wanted}:
        with database.reading() as conn:
            require_quiet(conn, database)
        folder = folder_of(database, backup_folder)
        if with_copy and database.is_sqlite and folder is not None:
            _say(_("The database of before is kept: {path}").format(path=keep_before(database, folder)))
    found, now = schema.upgrade(database)
    said = _("Schema {now} is there in {where}.") if found == now else _("Schema {found} became {now} in {where}.")
    _say(said.format(found=found, now=now, where=database.where))
    tell_left_out(database)
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
