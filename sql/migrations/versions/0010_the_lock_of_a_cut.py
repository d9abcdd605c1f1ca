"""A supply change names the safety lock for which it was decided."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, in_schema

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """On SQLite the table is made anew, so that it reads as one that was made so."""
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("SupplyChanges", schema=in_schema("app"), recreate=anew) as changes:
        changes.add_column(sa.Column("lock_id", ID, nullable=True))
        changes.create_foreign_key(
            "fk_SupplyChanges_lock_id", "Locks", ["lock_id"], ["id"], referent_schema=in_schema("app")
        )
