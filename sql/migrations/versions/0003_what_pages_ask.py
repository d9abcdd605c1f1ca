"""Indexes for what pages ask: what was sold in a span, and which alerts are open."""

from sql.migrations.revision_0001.parts import create_index

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_index("app", "Entries", "ix_Entries_posted_at", ["posted_at"], where="kind <> 'charge'")
    create_index("app", "Alerts", "ix_Alerts_open", ["site_id", "raised_at"], where="ended_at IS NULL")
