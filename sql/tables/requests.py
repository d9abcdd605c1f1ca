"""What waits for a second person, and what became of it."""

import sqlalchemy as sa

from prepaid.requests import RequestKind, RequestState
from sql.columns import Details, Money
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

requests = sa.Table(
    "Requests",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    word("kind", RequestKind),
    word("state", RequestState),
    code("caller", 60),
    code("key", 80),
    reference("asked_by_id", "app.Users.id"),
    instant("asked_at"),
    instant("expires_at"),
    reference("account_id", "app.Accounts.id", nullable=True),
    sa.Column("amount", Money, nullable=True),
    code("currency", 3, nullable=True),
    text("note", 400, nullable=True),
    sa.Column("details", Details, nullable=True),
    reference("decided_by_id", "app.Users.id", nullable=True),
    instant("decided_at", nullable=True),
    text("why", 400, nullable=True),
    whole("entry_no", nullable=True),
    sa.Index("uq_Requests_key", "caller", "key", unique=True),
    sa.Index("ix_Requests_waiting", "site_id", "expires_at", **where("state = 'waiting'")),
    sa.Index("ix_Requests_asked_by_id", "asked_by_id", "asked_at"),
    sa.CheckConstraint(
        "kind <> 'recharge' OR (account_id IS NOT NULL AND amount IS NOT NULL AND currency IS NOT NULL)",
        name="recharge",
    ),
    sa.CheckConstraint(
        "state NOT IN ('confirmed', 'refused') OR (decided_by_id IS NOT NULL AND decided_by_id <> asked_by_id)",
        name="second",
    ),
    sa.CheckConstraint("(state = 'waiting' AND decided_at IS NULL) OR decided_at IS NOT NULL", name="decided"),
    *bounded("amount"),
    one_of("kind", RequestKind),
    one_of("state", RequestState),
    schema=APP,
)
"""A key is unique per caller, here as among what is booked: a confirmed recharge is booked under the key it was asked
with, and `entry_no` says where. `details` are the facts that only its kind has."""
