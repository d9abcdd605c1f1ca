"""What a record of commissioning says and for which wiring, and the supply that is lent to a test."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, WORD, in_schema, one_of

revision = "0014"
down_revision = "0013"

OUTCOMES = "passed failed unproven revoked"
WIRINGS = "none held_on_supply held_on_cut pulse_trip pulse_pair"
REASONS = (
    "lock not_switchable not_commissioned commissioning wish_cut wish_keep_on wish_restore exempt recharged "
    "still_out credit out_of_credit not_enforced paused window hold notice guard clock"
)
EXACT_WORD = WORD.with_variant(sa.String(24, collation="Latin1_General_100_BIN2"), "mssql")
"""ALTER COLUMN of SQL Server makes a column anew; without this it would compare texts as the database does."""


def upgrade() -> None:
    _tell_outcomes()
    _add_reason("SupplyChanges", "reason")
    _add_reason(
        "SupplyStates",
        "reason",
        "answer_reason",
        added=(
            sa.Column("lent_to_wish_id", ID, nullable=True),
            sa.Column("lent_cut_until_at", INSTANT, nullable=True),
        ),
    )


def _tell_outcomes() -> None:
    """A record that had passed has passed; of another one nobody knew more than that it had not."""
    with _anew("Commissionings") as records:
        records.add_column(sa.Column("outcome", WORD, nullable=True))
        records.add_column(sa.Column("wiring", WORD, nullable=True))
        records.add_column(sa.Column("wish_id", ID, nullable=True))
    table = sa.table("Commissionings", sa.column("passed", sa.Boolean), sa.column("outcome"), schema=in_schema("app"))
    passed, failed = (sa.literal_column(f"'{outcome}'") for outcome in ("passed", "failed"))
    op.execute(table.update().values(outcome=sa.case((table.c.passed == sa.true(), passed), else_=failed)))
    with _anew("Commissionings") as records:
        records.alter_column("outcome", existing_type=EXACT_WORD, nullable=False)
        records.drop_column("passed", mssql_drop_default=True)
        _check(records, "Commissionings", "outcome", OUTCOMES)
        _check(records, "Commissionings", "wiring", WIRINGS)
        _to_wish(records, "Commissionings", "wish_id")


def _add_reason(table: str, *columns: str, added: tuple[sa.Column[Any], ...] = ()) -> None:
    with _anew(table) as changed:
        for column in added:
            changed.add_column(column)
        for column in columns:
            changed.drop_constraint(f"ck_{table}_{column}", type_="check")
            _check(changed, table, column, REASONS)
        if added:
            _to_wish(changed, table, "lent_to_wish_id")


def _check(changed: Any, table: str, column: str, words: str) -> None:
    changed.create_check_constraint(f"ck_{table}_{column}", one_of(table, column, words).sqltext)


def _to_wish(changed: Any, table: str, column: str) -> None:
    changed.create_foreign_key(
        f"fk_{table}_{column}", "Wishes", [column], ["id"], referent_schema=in_schema("app")
    )


def _anew(table: str) -> Any:
    """On SQLite the table is made anew, so that it reads as one that was made so."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    return op.batch_alter_table(table, schema=in_schema("app"), recreate=anew)
