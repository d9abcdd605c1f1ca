"""The database that the first released program has left, in a file of a test, at any revision between then and now."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from sql import schema
from sql.connection import Database

FIRST = "0001"
ROWS = Path(__file__).parent / "first_schema.sql"
KEPT = {
    "Entries": "account_id, entry_no, kind, amount, balance_after, posted_at, cause, actor, note",
    "AccountHeads": "account_id, entry_no, balance, posted_at",
    "Allocations": "account_id, entry_no, caller, key, amount, currency, paid_amount, paid_currency, paid_by, user_id",
    "Charges": "account_id, entry_no, analyzer_id, base_id, source, from_wh, to_wh, wh, plan_id, price_per_kwh, amount",
    "Hours": "hour_at, analyzer_id, account_id, grid_wh, generator_wh, grid_amount, generator_amount",
    "Bases": "id, analyzer_id, source, cause, opened_at, opening_wh, counter_wh, highest_wh, charged_wh",
    "Events": "writer, event_no, site_id, happened_at, action, actor, subject, before, after, previous_hash, hash",
    "EventHeads": "writer, event_no, hash",
    "Prices": "id, plan_id, source, from_at, price_per_kwh, entered_by",
    "Assignments": "id, analyzer_id, account_id, from_at, until_at, opening_grid_wh, opening_generator_wh",
    "Users": "id, site_id, tenant_id, user_name, role, password_hash, session_version, locked_at",
    "SupplyChanges": "id, analyzer_id, account_id, wanted, reason, progress, live_balance, confirmed_at, proven_at",
    "Alerts": "id, site_id, account_id, analyzer_id, kind, cause, raised_at, ended_at",
    "Messages": "id, alert_id, channel, recipient, message_id, state, due_at, sent_at",
    "Readings": "read_at, analyzer_id, verdict, power_w, import_tariff_1_wh, import_tariff_2_wh",
}
"""What no upgrade may change: the columns by which it was asked for in the first schema, too."""


def revisions() -> list[str]:
    """All that were released, from the first to the newest."""
    walked = ScriptDirectory.from_config(schema.configuration()).walk_revisions()
    return sorted(each.revision for each in walked)


def first_database(path: Path) -> Database:
    """Tables as the first revision makes them, and the rows."""
    database = Database(f"sqlite:///{path.as_posix()}")
    to_revision(database, FIRST)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA foreign_keys=ON")
        raw.executescript(ROWS.read_text(encoding="utf-8"))
    return database


def to_revision(database: Database, revision: str) -> None:
    """Brings the schema to one of the revisions."""
    with database.rebuilding() as conn:
        command.upgrade(schema.configuration(connection=conn), revision)


def kept_rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What is in those columns, as SQLite keeps it."""
    with closing(sqlite3.connect(path)) as raw:
        return {
            table: raw.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2").fetchall() for table, names in KEPT.items()
        }
