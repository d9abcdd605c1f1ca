"""`python -m sql upgrade`: what was is kept first, and nobody's enforcer is upgraded away under its feet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from prepaid.clock import ManualClock
from prepaid.errors.backups import BackupFailed
from prepaid.errors.moving import SiteAtWork
from prepaid.errors.start import SchemaMissing, SchemaNewer
from sql import schema
from sql.backup.folder import good_backups
from sql.backup.manifest import read_manifest
from sql.backup.restore import restore
from sql.connection import Database
from sql.tables import leases
from sql.upgrading import upgrade
from tests.building import MORNING
from tests.sql.smallest_site import insert

OLD = "0005"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """A database as an older program made it."""
    database = Database(f"sqlite:///{(tmp_path / 'old.db').as_posix()}", ManualClock(MORNING))
    with database.rebuilding() as conn:
        command.upgrade(schema.configuration(connection=conn), OLD)
    yield database
    database.close()


def kept(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "backups"
    return sorted(good_backups(folder).values()) if folder.exists() else []


def test_the_file_of_before_is_kept_and_can_be_restored(old: Database, tmp_path: Path) -> None:
    code = upgrade(old, None, with_copy=True)

    (copy,) = kept(tmp_path)
    assert code == 0
    assert schema.version(old).found == schema.wanted()
    assert read_manifest(copy).schema == OLD
    assert restore(old, copy).schema == schema.Version(OLD, schema.wanted())


def test_no_copy_is_made_where_nothing_is_to_be_done_or_nobody_wants_one(old: Database, tmp_path: Path) -> None:
    upgrade(old, None, with_copy=False)
    upgrade(old, None, with_copy=True)

    assert kept(tmp_path) == []
    assert schema.version(old).found == schema.wanted()


def test_without_room_for_the_copy_nothing_is_changed(old: Database, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")

    with pytest.raises(BackupFailed):
        upgrade(old, str(tmp_path / "taken"), with_copy=True)

    assert schema.version(old).found == OLD


def test_an_enforcer_of_the_program_of_before_is_not_upgraded_under(old: Database, tmp_path: Path) -> None:
    with old.writing() as conn:
        sites = sa.table(
            "Sites", *(sa.column(name) for name in ("name", "time_zone", "currency", "language", "created_at"))
        )
        conn.execute(sites.insert().values(name="Mall", time_zone="UTC", currency="IQD", language="en", created_at=0))
        insert(conn, leases, site_id=1, holder="m:1", token=1, renewed_at=MORNING, ends_at=MORNING.replace(year=2100))

    with pytest.raises(SiteAtWork, match="m:1"):
        upgrade(old, None, with_copy=True)

    assert schema.version(old).found == OLD
    assert kept(tmp_path) == []


def test_what_cannot_be_upgraded_is_not_copied(old: Database, tmp_path: Path) -> None:
    with old.writing() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaNewer, match="9999"):
        upgrade(old, None, with_copy=True)

    new = Database(f"sqlite:///{(tmp_path / 'new.db').as_posix()}")
    with pytest.raises(SchemaMissing):
        upgrade(new, None, with_copy=True)

    new.close()
    assert kept(tmp_path) == []
