"""Evidence is counted instead of piled up; edges, holds and what a held analyzer usually uses are known after a kill."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import INSTANT, MONEY, in_schema

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _add(
        "QuarantinedReadings",
        sa.Column("times", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("last_read_at", INSTANT, nullable=True),
    )
    _add("Bases", sa.Column("began_wh", sa.BigInteger(), nullable=True))
    _add("AnalyzerStates", sa.Column("open_bits_at", INSTANT, nullable=True))
    _add(
        "Holds",
        sa.Column("grid_wh", sa.BigInteger(), nullable=True),
        sa.Column("generator_wh", sa.BigInteger(), nullable=True),
        sa.Column("provisional_amount", MONEY, nullable=True),
        sa.Column("provisional_at", INSTANT, nullable=True),
    )


def _add(table: str, *columns: sa.Column[Any]) -> None:
    """On SQLite the table is made anew, so that it reads as one that was made so."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table(table, schema=in_schema("app"), recreate=anew) as changed:
        for column in columns:
            changed.add_column(column)
