"""Forecasts carry the balance and the emergency credit they were made from. No program wrote any before this one."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, MONEY, NUMBER, foreign_key, in_schema

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_table("Forecasts", schema=in_schema("app"))
    op.create_table(
        "Forecasts",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("days_left", NUMBER, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("ends_early_at", INSTANT, nullable=True),
        sa.Column("ends_late_at", INSTANT, nullable=True),
        sa.Column("generator_share", NUMBER, nullable=False),
        sa.Column("daily_amount", MONEY, nullable=False),
        sa.Column("live_balance", MONEY, nullable=False),
        sa.Column("emergency_credit", MONEY, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "made_at", name="pk_Forecasts"),
        foreign_key("fk_Forecasts_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )
