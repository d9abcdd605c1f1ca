"""Alerts and the messages that carry them: rows first, sending later, the outcome kept."""

import sqlalchemy as sa

from prepaid.alerts import AlertKind, Channel, Level, MessageState
from sql.columns import Details
from sql.tables.base import (
    APP,
    code,
    flag,
    identity,
    instant,
    metadata,
    one_of,
    reference,
    text,
    where,
    whole,
    word,
)

crossings = sa.Table(
    "Crossings",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    word("level", Level),
    instant("crossed_at", nullable=True),
    whole("armed_by_entry_no"),
    instant("exhausted_at", nullable=True),
    instant("notice_until_at", nullable=True),
    instant("unexpected_at", nullable=True),
    instant("released_until_at", nullable=True),
    instant("guarded_at", nullable=True),
    one_of("level", Level),
    schema=APP,
)
"""How deep an account has fallen since its last recharge; an alert is raised once per crossing. `unexpected_at` counts
for the guard against mass cuts, also after a recharge; since `guarded_at` it holds the account, and until
`released_until_at` it may not, because a person released the account by name."""

alerts = sa.Table(
    "Alerts",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    reference("account_id", "app.Accounts.id", nullable=True),
    reference("analyzer_id", "app.Analyzers.id", nullable=True),
    word("kind", AlertKind),
    code("cause", 120),
    instant("raised_at"),
    instant("ended_at", nullable=True),
    instant("acknowledged_at", nullable=True),
    text("acknowledged_by", 120, nullable=True),
    sa.Column("details", Details, nullable=False),
    whole("would_tell", nullable=True),
    sa.Index("uq_Alerts_cause", "cause", unique=True),
    sa.Index("ix_Alerts_site_id", "site_id", "raised_at"),
    sa.Index("ix_Alerts_account_id", "account_id", "raised_at"),
    sa.Index("ix_Alerts_open", "site_id", "raised_at", **where("ended_at IS NULL")),
    one_of("kind", AlertKind),
    schema=APP,
)
"""A message somebody must get. `cause` names what made it (a crossing, a supply change), so it is raised once.
Of an observed account nobody is told: `would_tell` is how many people would have been written to; else it is NULL."""

messages = sa.Table(
    "Messages",
    metadata,
    identity(),
    reference("alert_id", "app.Alerts.id"),
    word("channel", Channel),
    text("recipient", 254),
    text("recipient_name", 120),
    code("language", 12),
    code("message_id", 120),
    word("state", MessageState),
    instant("due_at"),
    code("claimed_by", 80, nullable=True),
    instant("claimed_until_at", nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
    instant("sent_at", nullable=True),
    text("error", 400, nullable=True),
    reference("site_id", "app.Sites.id"),
    reference("channel_id", "app.Channels.id", nullable=True),
    flag("to_staff"),
    instant("tried_at", nullable=True),
    code("digest_id", 120, nullable=True),
    sa.UniqueConstraint("message_id"),
    sa.CheckConstraint("channel = 'mail' OR channel_id IS NOT NULL", name="channel_named"),
    sa.Index("ix_Messages_due", "site_id", "state", "due_at"),
    sa.Index("ix_Messages_sent_at", "site_id", "sent_at", **where("sent_at IS NOT NULL")),
    sa.Index("ix_Messages_alert_id", "alert_id"),
    sa.Index("ix_Messages_digest_id", "digest_id", **where("digest_id IS NOT NULL")),
    one_of("channel", Channel),
    one_of("state", MessageState),
    schema=APP,
)
"""The outbox: one row per alert and way to a recipient, claimed by a conditional update, sent at least once.
`recipient` is a mail address, or what people may see of the channel. `digest_id` is the Message-ID of the one mail in
which several rows travel; they do from the moment it is written. `tried_at` is when the row was claimed first."""
