"""The supply: what people asked for, safety locks, and every change with its evidence."""

import sqlalchemy as sa

from prepaid.records import WishKind, WishState
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.columns import Details, Money
from sql.tables.base import (
    APP,
    code,
    flag,
    identity,
    instant,
    metadata,
    number,
    one_of,
    reference,
    text,
    where,
    whole,
    word,
)

wishes = sa.Table(
    "Wishes",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    word("kind", WishKind),
    reference("analyzer_id", "app.Analyzers.id", nullable=True),
    reference("account_id", "app.Accounts.id", nullable=True),
    text("reason", 400),
    reference("user_id", "app.Users.id", nullable=True),
    text("asked_by", 120),
    instant("asked_at"),
    instant("until_at"),
    word("state", WishState),
    instant("taken_at", nullable=True),
    instant("ended_at", nullable=True),
    text("result", 400, nullable=True),
    sa.Column("details", Details, nullable=True),
    sa.Index("ix_Wishes_open", "site_id", "state", **where("ended_at IS NULL")),
    sa.Index("ix_Wishes_analyzer_id", "analyzer_id", **where("ended_at IS NULL")),
    sa.CheckConstraint("until_at > asked_at", name="span"),
    one_of("kind", WishKind),
    one_of("state", WishState),
    schema=APP,
)
"""What a person asked the enforcer to do. Every wish has an end; one-shot ones expire after 10 minutes."""

locks = sa.Table(
    "Locks",
    metadata,
    identity(),
    reference("analyzer_id", "app.Analyzers.id"),
    text("owner", 120),
    reference("user_id", "app.Users.id", nullable=True),
    text("reason", 400),
    text("phone", 40),
    instant("placed_at"),
    instant("removed_at", nullable=True),
    text("removed_by", 120, nullable=True),
    text("removal_confirmed", 400, nullable=True),
    sa.Index("ix_Locks_open", "analyzer_id", **where("removed_at IS NULL")),
    schema=APP,
)
"""Safety locks: nothing but their owner or an admin ends one. A software cut is no isolation."""

supply_changes = sa.Table(
    "SupplyChanges",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    reference("analyzer_id", "app.Analyzers.id"),
    reference("account_id", "app.Accounts.id"),
    code("serial_number", 32, nullable=True),
    word("wanted", Answer),
    word("reason", Reason),
    word("progress", Progress),
    sa.Column("live_balance", Money, nullable=False),
    whole("entry_no"),
    reference("wish_id", "app.Wishes.id", nullable=True),
    reference("lock_id", "app.Locks.id", nullable=True),
    instant("decided_at"),
    instant("written_at", nullable=True),
    instant("confirmed_at", nullable=True),
    instant("proven_at", nullable=True),
    instant("ended_at", nullable=True),
    word("evidence", Evidence),
    sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
    instant("try_at", nullable=True),
    instant("alarmed_at", nullable=True),
    text("error", 400, nullable=True),
    number("current_before_a"),
    number("current_after_a"),
    sa.Index("uq_SupplyChanges_open", "analyzer_id", unique=True, **where("ended_at IS NULL")),
    sa.Index("ix_SupplyChanges_analyzer_id", "analyzer_id", "decided_at"),
    sa.CheckConstraint("wanted IN ('cut', 'on')", name="wanted"),
    sa.CheckConstraint("proven_at IS NULL OR confirmed_at IS NOT NULL", name="proof_after_confirmation"),
    one_of("reason", Reason),
    one_of("progress", Progress),
    one_of("evidence", Evidence),
    schema=APP,
)
"""One row a change of supply: decided, written, confirmed, proven. Only the device's answer fills the last two."""

supply_states = sa.Table(
    "SupplyStates",
    metadata,
    reference("analyzer_id", "app.Analyzers.id", primary_key=True),
    word("supply", Supply),
    word("reason", Reason, nullable=True),
    instant("since_at", nullable=True),
    word("seen", Supply),
    instant("seen_at", nullable=True),
    word("answer", Answer, nullable=True),
    word("answer_reason", Reason, nullable=True),
    word("would", Answer, nullable=True),
    instant("answer_until_at", nullable=True),
    reference("change_id", "app.SupplyChanges.id", nullable=True),
    flag("restarted"),
    instant("drifted_at", nullable=True),
    instant("load_while_cut_since_at", nullable=True),
    sa.Column("bypass_repeats", sa.Integer, nullable=False, server_default=sa.text("0")),
    reference("lent_to_wish_id", "app.Wishes.id", nullable=True),
    instant("lent_cut_until_at", nullable=True),
    one_of("supply", Supply),
    one_of("reason", Reason),
    one_of("seen", Supply),
    one_of("answer", Answer),
    one_of("answer_reason", Reason),
    one_of("would", Answer),
    schema=APP,
)
"""What the enforcer holds true of each supply: as confirmed by the device, why it is so, and the newest decision. A
supply that is lent to a test is cut until `lent_cut_until_at`, and wanted on behind that."""
