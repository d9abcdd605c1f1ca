"""Indexes for the audit trail: of all sites together, and of one actor, newest first."""

from sql.migrations.revision_0001.parts import create_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_index("ops", "Events", "ix_Events_happened_at", ["happened_at"])
    create_index("ops", "Events", "ix_Events_actor", ["actor", "happened_at"])
