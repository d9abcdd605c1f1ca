"""The first schema: all tables, both engines. The schemas app and ops are made before (sql/schema.py)."""

from sql.migrations.revision_0001 import accounts, analyzers, operation, readings, sites, supply

revision = "0001"
down_revision = None


def upgrade() -> None:
    sites.create()
    accounts.create()
    analyzers.create()
    readings.create()
    supply.create()
    operation.create()
