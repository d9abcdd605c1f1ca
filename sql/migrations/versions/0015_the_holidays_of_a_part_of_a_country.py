"""The part of its country whose holidays a site has."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import in_schema

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Sites", schema=in_schema("app"), recreate=anew) as sites:
        sites.add_column(sa.Column("subdivision", sa.String(40), nullable=True))
