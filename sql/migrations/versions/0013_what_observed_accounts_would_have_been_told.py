"""What tenants of observed accounts would have been told."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import in_schema

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Alerts of before were told, or found nobody to tell."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.add_column(sa.Column("would_tell", sa.BigInteger(), nullable=True))
