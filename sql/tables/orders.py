"""What programs ask through stored procedures, and what became of it."""

import sqlalchemy as sa

from prepaid.orders import OrderKind, OrderState
from prepaid.records import WishKind
from sql.columns import Money, Word
from sql.tables.base import (
    APP,
    bounded,
    code,
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

orders = sa.Table(
    "Orders",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    reference("user_id", "app.Users.id"),
    word("kind", OrderKind),
    code("key", 80),
    whole("attempt"),
    text("login", 128),
    text("host", 45, nullable=True),
    instant("asked_at"),
    reference("account_id", "app.Accounts.id", nullable=True),
    sa.Column("amount", Money, nullable=True),
    code("currency", 3, nullable=True),
    sa.Column("paid_amount", Money, nullable=True),
    code("paid_currency", 3, nullable=True),
    code("paid_by", 24, nullable=True),
    text("reference", 120, nullable=True),
    reference("analyzer_id", "app.Analyzers.id", nullable=True),
    sa.Column("wish", Word(WishKind), nullable=True),
    text("reason", 400, nullable=True),
    instant("until_at", nullable=True),
    word("state", OrderState),
    instant("ended_at", nullable=True),
    whole("entry_no", nullable=True),
    reference("request_id", "app.Requests.id", nullable=True),
    reference("wish_id", "app.Wishes.id", nullable=True),
    code("refusal", 60, nullable=True),
    text("why", 400, nullable=True),
    sa.Index("uq_Orders_key", "user_id", "kind", "key", "attempt", unique=True),
    sa.Index("ix_Orders_waiting", "site_id", "id", **where("state = 'waiting'")),
    sa.CheckConstraint("attempt >= 1", name="attempt"),
    sa.CheckConstraint(
        "kind <> 'recharge' OR (account_id IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL)",
        name="recharge",
    ),
    sa.CheckConstraint(
        "kind <> 'wish' OR (analyzer_id IS NOT NULL AND wish IS NOT NULL AND reason IS NOT NULL)", name="wanted"
    ),
    sa.CheckConstraint("(state = 'waiting' AND ended_at IS NULL) OR ended_at IS NOT NULL", name="ended"),
    sa.CheckConstraint("wish IN ('cut', 'keep_on', 'restore')", name="wish"),
    *bounded("amount"),
    one_of("kind", OrderKind),
    one_of("state", OrderState),
    schema=APP,
)
"""A key is unique per user and kind. What is asked again after a refusal, or with other facts, is another `attempt`,
judged like the first. `refusal` is the name of an error of the product, `why` its sentence."""
