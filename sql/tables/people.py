"""Tenants and users: who pays, who must be told, who may sign in."""

import sqlalchemy as sa

from prepaid.channels import MOST_SHOWN, MOST_URL
from prepaid.records import Role
from prepaid.sessions import SessionKind
from sql.columns import Details, Money
from sql.tables.base import (
    APP,
    OPS,
    code,
    flag,
    identity,
    instant,
    metadata,
    one_of,
    quiet_hours,
    reference,
    text,
    where,
    word,
)

tenants = sa.Table(
    "Tenants",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    text("name", 120),
    text("unit", 60, nullable=True),
    text("phone", 40, nullable=True),
    code("language", 12),
    text("note", 1000, nullable=True),
    instant("created_at"),
    instant("left_at", nullable=True),
    sa.UniqueConstraint("site_id", "name"),
    schema=APP,
)

contacts = sa.Table(
    "Contacts",
    metadata,
    identity(),
    reference("tenant_id", "app.Tenants.id"),
    text("name", 120),
    text("email", 254, nullable=True),
    text("phone", 40, nullable=True),
    code("language", 12),
    sa.Column("muted", Details, nullable=True),
    instant("ended_at", nullable=True),
    *quiet_hours(),
    sa.Index("ix_Contacts_tenant_id", "tenant_id"),
    schema=APP,
)
"""Who is told about a tenant. `muted` are the alert kinds not wanted; quiet hours NULL: those of the site."""

users = sa.Table(
    "Users",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id", nullable=True),
    reference("tenant_id", "app.Tenants.id", nullable=True),
    text("user_name", 60),
    text("display_name", 120),
    text("email", 254, nullable=True),
    code("language", 12),
    word("role", Role),
    code("password_hash", 200),
    flag("must_change_password", default=True),
    sa.Column("session_version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("largest_recharge", Money, nullable=True),
    sa.Column("muted", Details, nullable=True),
    instant("created_at"),
    instant("locked_at", nullable=True),
    instant("signed_in_at", nullable=True),
    *quiet_hours(),
    sa.UniqueConstraint("user_name"),
    sa.CheckConstraint("role <> 'tenant' OR tenant_id IS NOT NULL", name="tenant_named"),
    one_of("role", Role),
    schema=APP,
)
"""`user_name` is stored casefolded. `site_id` NULL: all sites. A new `session_version` ends every older session."""

channels = sa.Table(
    "Channels",
    metadata,
    identity(),
    reference("user_id", "app.Users.id", nullable=True),
    reference("contact_id", "app.Contacts.id", nullable=True),
    text("url", MOST_URL),
    text("shown", MOST_SHOWN),
    instant("added_at"),
    text("added_by", 120),
    instant("ended_at", nullable=True),
    sa.CheckConstraint(
        "(user_id IS NULL AND contact_id IS NOT NULL) OR (user_id IS NOT NULL AND contact_id IS NULL)", name="whose"
    ),
    sa.Index("ix_Channels_user_id", "user_id", **where("ended_at IS NULL AND user_id IS NOT NULL")),
    sa.Index("ix_Channels_contact_id", "contact_id", **where("ended_at IS NULL AND contact_id IS NOT NULL")),
    schema=APP,
)
"""Further ways than mail to a user or a contact. `url` is a secret: only sending reads it; people see `shown`."""

sessions = sa.Table(
    "Sessions",
    metadata,
    identity(),
    code("token_hash", 64),
    reference("user_id", "app.Users.id"),
    sa.Column("session_version", sa.Integer, nullable=False),
    instant("opened_at"),
    instant("seen_at"),
    instant("idle_ends_at"),
    instant("ends_at"),
    instant("ended_at", nullable=True),
    code("ended_why", 24, nullable=True),
    code("address", 45, nullable=True),
    text("agent", 300, nullable=True),
    word("kind", SessionKind, default=SessionKind.BROWSER),
    sa.UniqueConstraint("token_hash"),
    sa.Index("ix_Sessions_user_id", "user_id", **where("ended_at IS NULL")),
    one_of("kind", SessionKind),
    schema=APP,
)
"""Who is signed in. The token itself is only with its holder; here is its SHA-256."""

refresh_tokens = sa.Table(
    "RefreshTokens",
    metadata,
    identity(),
    reference("session_id", "app.Sessions.id"),
    code("token_hash", 64),
    instant("issued_at"),
    instant("ends_at"),
    instant("used_at", nullable=True),
    sa.UniqueConstraint("token_hash"),
    sa.Index("ix_RefreshTokens_session_id", "session_id"),
    schema=APP,
)
"""Each is used once, for an access token and its own successor. One that comes a second time was stolen."""

throttles = sa.Table(
    "Throttles",
    metadata,
    code("subject", 300, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    instant("first_at"),
    instant("until_at", nullable=True),
    sa.Index("ix_Throttles_until_at", "until_at"),
    schema=OPS,
)
"""Failed sign-ins of a name (`user:` and its SHA-256) and of an address (`address:IP`); none before `until_at`."""

rate_limits = sa.Table(
    "RateLimits",
    metadata,
    code("subject", 300, primary_key=True),
    sa.Column("hits", sa.Integer, nullable=False),
    instant("began_at"),
    instant("ends_at"),
    sa.Index("ix_RateLimits_ends_at", "ends_at"),
    schema=OPS,
)
"""Requests to the REST API in the window of time that is open for a subject."""
