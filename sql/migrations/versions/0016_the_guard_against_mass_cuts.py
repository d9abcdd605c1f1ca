"""Since when the guard against mass cuts holds an account."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import INSTANT, in_schema

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Nobody is held yet: there was no guard."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Crossings", schema=in_schema("app"), recreate=anew) as crossings:
        crossings.add_column(sa.Column("guarded_at", INSTANT, nullable=True))
