"""What a new base left unknown and a person decided not to charge."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, foreign_key, in_schema

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "DismissedEstimates",
        sa.Column("base_id", ID, nullable=False, autoincrement=False),
        sa.Column("dismissed_by_id", ID, nullable=False),
        sa.Column("dismissed_at", INSTANT, nullable=False),
        sa.Column("why", sa.Unicode(400), nullable=False),
        sa.PrimaryKeyConstraint("base_id", name="pk_DismissedEstimates"),
        foreign_key("fk_DismissedEstimates_base_id", ["base_id"], ["app.Bases.id"]),
        foreign_key("fk_DismissedEstimates_dismissed_by_id", ["dismissed_by_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
