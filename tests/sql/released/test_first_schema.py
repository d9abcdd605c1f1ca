"""A site that began with the first program comes to today's schema with all its books, by whatever way."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.alerts import Channel, MessageState
from prepaid.commissioning import Outcome
from prepaid.errors.start import SchemaOld
from prepaid.records import Stage
from sql import check, schema
from sql.accounts import live_balances
from sql.connection import Database
from sql.sites import load_site
from sql.tables import account_heads, accounts, commissionings, forecasts, messages
from tests.sql.released.made import FIRST, first_database, kept_rows, revisions, to_revision

ROOT = Path(__file__).parent.parent.parent.parent
WAIT_S = 120
HELD = """

_before = upgrade


def upgrade() -> None:
    import time

    _before()
    print("here", flush=True)
    time.sleep({wait_s})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "old.db"


@pytest.fixture
def old(path: Path) -> Iterator[Database]:
    """A site of the first program, with all that it had."""
    database = first_database(path)
    yield database
    database.close()


def test_nothing_that_was_booked_is_changed(old: Database, path: Path) -> None:
    before = kept_rows(path)

    outcome = schema.upgrade(old)

    assert outcome == schema.Version(FIRST, schema.wanted())
    assert kept_rows(path) == before
    assert all(before.values())
    assert len(before["Entries"]) == 474


def test_all_invariants_hold_afterwards(old: Database) -> None:
    schema.upgrade(old)

    assert check.check(old, everything=True) == []


def test_the_program_of_today_works_with_what_it_finds(old: Database) -> None:
    schema.upgrade(old)

    with old.reading() as conn:
        site = load_site(conn, 1)
        live = live_balances(conn, 1)
        waiting = conn.execute(sa.select(messages).where(messages.c.state == MessageState.WAITING)).all()
        records = conn.execute(sa.select(commissionings)).all()
        balances = dict(conn.execute(sa.select(accounts.c.number, account_heads.c.balance).join(account_heads)).all())
    assert len(site.analyzers) == 8
    assert set(live) == set(site.accounts) == {1, 2, 3, 4, 5}
    assert {account.stage for account in site.accounts.values()} == {Stage.ENFORCED}
    assert [f"{balances[number]:f}" for number in ("A-0003", "A-0004")] == ["73239.0300000", "117046.6700000"]
    assert {(row.site_id, row.channel) for row in waiting} == {(1, Channel.MAIL)}
    assert len(waiting) == 5
    assert {row.outcome for row in records} == {Outcome.PASSED}


def test_a_forecast_that_said_nothing_is_no_forecast(old: Database) -> None:
    schema.upgrade(old)

    with old.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(forecasts)) == 0


def test_a_program_of_today_does_not_begin_with_it(old: Database) -> None:
    with pytest.raises(SchemaOld, match=f"has schema {FIRST}, this program needs"):
        schema.require_current(old)


@pytest.mark.slow
@pytest.mark.parametrize("revision", revisions())
def test_from_every_revision_in_between(old: Database, path: Path, revision: str) -> None:
    before = kept_rows(path)
    to_revision(old, revision)
    assert kept_rows(path) == before

    outcome = schema.upgrade(old)

    assert outcome.found == revision
    assert kept_rows(path) == before
    assert check.check(old, everything=True) == []


@pytest.mark.slow
def test_one_revision_after_the_other(old: Database, path: Path) -> None:
    before = kept_rows(path)

    for revision in revisions():
        to_revision(old, revision)
        assert kept_rows(path) == before, revision

    assert check.check(old, everything=True) == []


@pytest.mark.slow
@pytest.mark.parametrize("revision", ["0002", "0008", "0014", "0018"])
def test_killed_in_the_middle_it_has_done_nothing_and_the_next_try_does_all(
    old: Database, path: Path, tmp_path: Path, revision: str
) -> None:
    before = kept_rows(path)
    old.close()

    _kill_behind(revision, path, tmp_path / "migrations")

    assert schema.version(old).found == FIRST
    assert kept_rows(path) == before
    schema.upgrade(old)
    assert kept_rows(path) == before
    assert check.check(old, everything=True) == []


def _kill_behind(revision: str, path: Path, folder: Path) -> None:
    """Runs the upgrade with a migration that stops at its end, inside the transaction, and kills it there."""
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))

    (migration,) = folder.glob(f"versions/{revision}_*.py")
    migration.write_text(migration.read_text(encoding="utf-8") + HELD.format(wait_s=WAIT_S), encoding="utf-8")
    upgrading = (
        "from pathlib import Path\n"
        "from sql import schema\n"
        "from sql.connection import Database\n"
        f"schema.upgrade(Database({f'sqlite:///{path.as_posix()}'!r}), Path({str(folder)!r}))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", upgrading], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)
