"""The working of the product itself: audit events, leases, jobs, heartbeats."""

import sqlalchemy as sa

from sql.columns import Details, Money
from sql.tables.base import OPS, code, flag, identity, instant, metadata, number, reference, text, where, whole

events = sa.Table(
    "Events",
    metadata,
    code("writer", 60, primary_key=True),
    whole("event_no", primary_key=True),
    reference("site_id", "app.Sites.id", nullable=True),
    instant("happened_at"),
    code("action", 60),
    text("actor", 120),
    code("subject", 60),
    sa.Column("before", Details, nullable=True),
    sa.Column("after", Details, nullable=True),
    code("previous_hash", 64),
    code("hash", 64),
    sa.Index("ix_Events_happened_at", "happened_at"),
    sa.Index("ix_Events_actor", "actor", "happened_at"),
    sa.Index("ix_Events_site_id", "site_id", "happened_at"),
    sa.Index("ix_Events_subject", "subject", "happened_at"),
    schema=OPS,
)
"""The audit trail: who did what, when, from which value to which. Each writer's rows form a chain of hashes."""

event_heads = sa.Table(
    "EventHeads",
    metadata,
    code("writer", 60, primary_key=True),
    whole("event_no"),
    code("hash", 64),
    schema=OPS,
)

leases = sa.Table(
    "Leases",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    code("holder", 120),
    whole("token"),
    instant("renewed_at"),
    instant("ends_at"),
    schema=OPS,
)
"""Which enforcer may act for a site, until when by the database's clock, with a fencing token."""

jobs = sa.Table(
    "Jobs",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    code("name", 40, primary_key=True),
    instant("done_until_at"),
    instant("began_at", nullable=True),
    instant("ended_at", nullable=True),
    text("result", 400, nullable=True),
    schema=OPS,
)

heartbeats = sa.Table(
    "Heartbeats",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    code("process", 40, primary_key=True),
    code("holder", 120),
    instant("started_at"),
    instant("beat_at"),
    whole("passes"),
    number("pass_ms"),
    number("cpu_ms"),
    whole("reads_due"),
    whole("reads_on_time"),
    whole("reads_late"),
    whole("reads_missed"),
    code("version", 24),
    sa.Column("details", Details, nullable=True),
    schema=OPS,
)

proofs = sa.Table(
    "Proofs",
    metadata,
    identity(),
    instant("began_at"),
    instant("ended_at"),
    code("scope", 24),
    whole("breaches"),
    sa.Column("findings", Details, nullable=False),
    schema=OPS,
)
"""Results of `python -m sql check`."""

proven_entries = sa.Table(
    "ProvenEntries",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no"),
    sa.Column("balance", Money, nullable=False),
    schema=OPS,
)
"""Of each account the head up to which its ledger is proven. The next proof begins here (sql/proofs/proven.py)."""

proven_events = sa.Table(
    "ProvenEvents",
    metadata,
    code("writer", 60, primary_key=True),
    whole("event_no"),
    code("hash", 64),
    schema=OPS,
)
"""Of each writer the head up to which its chain is proven."""

backups = sa.Table(
    "Backups",
    metadata,
    identity(),
    instant("began_at"),
    instant("ended_at", nullable=True),
    text("place", 400),
    text("made_by", 120),
    code("schema_version", 24),
    whole("bytes", nullable=True),
    code("sha256", 64, nullable=True),
    flag("verified"),
    text("error", 400, nullable=True),
    sa.Index("ix_Backups_began_at", "began_at"),
    schema=OPS,
)
"""Each try to back the whole database up. One without `ended_at` is under way, or was broken off."""

sizes = sa.Table(
    "Sizes",
    metadata,
    sa.Column("measured_on", sa.DATE, primary_key=True),
    instant("measured_at"),
    whole("used_bytes"),
    whole("file_bytes"),
    whole("free_bytes", nullable=True),
    whole("limit_bytes", nullable=True),
    schema=OPS,
)
"""How large the database was at the end of each day (UTC), and how much room its disk had left. `limit_bytes`: what the
edition of the server allows."""

archives = sa.Table(
    "Archives",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    sa.Column("read_on", sa.DATE, nullable=False),
    text("made_by", 120),
    instant("began_at"),
    instant("written_at", nullable=True),
    instant("purge_began_at", nullable=True),
    instant("purged_at", nullable=True),
    instant("first_read_at", nullable=True),
    instant("last_read_at", nullable=True),
    whole("readings", nullable=True),
    whole("bytes", nullable=True),
    code("sha256", 64, nullable=True),
    instant("looked_at", nullable=True),
    text("trouble", 400, nullable=True),
    instant("removal_began_at", nullable=True),
    instant("removed_at", nullable=True),
    sa.Index("ix_Archives_site_id", "site_id", "read_on"),
    sa.Index("ix_Archives_looked_at", "looked_at", **where("removal_began_at IS NULL")),
    sa.Index("ix_Archives_trouble", "site_id", **where("trouble IS NOT NULL")),
    sa.Index("ix_Archives_removal", "removal_began_at", **where("removed_at IS NULL AND removal_began_at IS NOT NULL")),
    sa.Index("ix_Archives_waiting", "read_on", **where("purged_at IS NULL")),
    sa.CheckConstraint(
        "written_at IS NULL OR (readings IS NOT NULL AND bytes IS NOT NULL AND sha256 IS NOT NULL "
        "AND first_read_at IS NOT NULL AND last_read_at IS NOT NULL)",
        name="written",
    ),
    sa.CheckConstraint("purge_began_at IS NULL OR written_at IS NOT NULL", name="purge_began"),
    sa.CheckConstraint("purged_at IS NULL OR purge_began_at IS NOT NULL", name="purged"),
    sa.CheckConstraint("written_at IS NULL OR looked_at IS NOT NULL", name="looked_at"),
    sa.CheckConstraint("removal_began_at IS NULL OR purged_at IS NOT NULL", name="removal_began"),
    sa.CheckConstraint("removed_at IS NULL OR removal_began_at IS NOT NULL", name="removed"),
    schema=OPS,
)
"""Files of raw readings, each of one site and one day (UTC). One without `written_at` is under way, or was broken off.
From `purge_began_at` on readings may be in the file only, at `purged_at` all of them are. Late readings of a day get a
file of their own. At `looked_at` the whole file was last compared with its `sha256`; `trouble` says what was found
instead. From `removal_began_at` on it was kept long enough and is asked no more, at `removed_at` it is gone; the row
stays."""
