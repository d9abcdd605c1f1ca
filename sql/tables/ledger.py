"""Money: plans and prices, accounts, and the ledger that is only ever added to."""

import sqlalchemy as sa

from prepaid.records import AccountKind, ChargeCause, EntryKind, Source, Stage
from sql.columns import Details, Money, Price
from sql.tables.base import (
    APP,
    bounded,
    code,
    flag,
    identity,
    instant,
    metadata,
    number,
    on_each_engine,
    one_of,
    reference,
    text,
    where,
    whole,
    word,
)

plans = sa.Table(
    "Plans",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    text("name", 120),
    code("currency", 3),
    instant("created_at"),
    instant("retired_at", nullable=True),
    sa.UniqueConstraint("site_id", "name"),
    schema=APP,
)

prices = sa.Table(
    "Prices",
    metadata,
    identity(),
    reference("plan_id", "app.Plans.id"),
    word("source", Source),
    instant("from_at"),
    sa.Column("price_per_kwh", Price, nullable=False),
    instant("entered_at"),
    text("entered_by", 120),
    text("second_by", 120, nullable=True),
    instant("withdrawn_at", nullable=True),
    text("withdrawn_by", 120, nullable=True),
    sa.Index("uq_Prices_from", "plan_id", "source", "from_at", unique=True, **where("withdrawn_at IS NULL")),
    sa.CheckConstraint("price_per_kwh >= 0", name="not_negative"),
    one_of("source", Source),
    schema=APP,
)
"""A price holds from its instant on, until the next one of the same plan and source."""

accounts = sa.Table(
    "Accounts",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    reference("tenant_id", "app.Tenants.id", nullable=True),
    word("kind", AccountKind),
    code("number", 24),
    code("currency", 3),
    word("stage", Stage),
    instant("opened_at"),
    instant("observed_at", nullable=True),
    instant("warned_at", nullable=True),
    instant("enforced_at", nullable=True),
    instant("closed_at", nullable=True),
    sa.Column("emergency_credit", Money, nullable=False),
    sa.Column("restore_threshold", Money, nullable=False),
    sa.Column("debt_floor", Money, nullable=True),
    flag("exempt"),
    text("exempt_why", 200, nullable=True),
    sa.UniqueConstraint("site_id", "number"),
    sa.Index("uq_Accounts_house", "site_id", unique=True, **where("kind = 'house'")),
    sa.Index("ix_Accounts_tenant_id", "tenant_id"),
    sa.CheckConstraint("kind = 'house' OR tenant_id IS NOT NULL", name="tenant_named"),
    sa.CheckConstraint("emergency_credit >= 0", name="emergency_credit"),
    sa.CheckConstraint("emergency_credit + restore_threshold >= 0", name="hysteresis"),
    one_of("kind", AccountKind),
    one_of("stage", Stage),
    schema=APP,
)
"""Cut at or below minus the emergency credit, restored above the restore threshold, never the lower of the two."""

account_plans = sa.Table(
    "AccountPlans",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    instant("from_at", primary_key=True),
    reference("plan_id", "app.Plans.id"),
    instant("entered_at"),
    text("entered_by", 120),
    schema=APP,
)

account_heads = sa.Table(
    "AccountHeads",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no"),
    sa.Column("balance", Money, nullable=False),
    instant("posted_at", nullable=True),
    sa.CheckConstraint("entry_no >= 0", name="entry_no"),
    *bounded("balance"),
    schema=APP,
)
"""The lock of an account and the end of its ledger: number and balance of the last entry."""

entries = sa.Table(
    "Entries",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no", primary_key=True),
    word("kind", EntryKind),
    sa.Column("amount", Money, nullable=False),
    sa.Column("balance_after", Money, nullable=False),
    instant("posted_at"),
    code("cause", 60),
    text("actor", 120),
    text("note", 400, nullable=True),
    whole("corrects_entry_no", nullable=True),
    reference("linked_account_id", "app.Accounts.id", nullable=True),
    whole("linked_entry_no", nullable=True),
    sa.Index(
        "uq_Entries_corrects",
        "account_id",
        "corrects_entry_no",
        unique=True,
        **where("corrects_entry_no IS NOT NULL"),
    ),
    sa.Index("ix_Entries_posted_at", "posted_at", **where("kind <> 'charge'")),
    sa.Index("ix_Entries_not_charged", "account_id", "entry_no", **where("kind <> 'charge'")),
    sa.CheckConstraint("entry_no >= 1", name="entry_no"),
    *bounded("amount"),
    *bounded("balance_after"),
    one_of("kind", EntryKind),
    schema=APP,
)
"""The ledger: every change of every balance, added and never altered. Nearly all of it are charges; what was sold in a
span, and what else was booked on an account, is found without them."""

allocations = sa.Table(
    "Allocations",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no", primary_key=True),
    code("caller", 60),
    code("key", 80),
    sa.Column("amount", Money, nullable=False),
    code("currency", 3),
    sa.Column("paid_amount", Money, nullable=True),
    code("paid_currency", 3, nullable=True),
    code("paid_by", 24, nullable=True),
    text("reference", 120, nullable=True),
    reference("user_id", "app.Users.id", nullable=True),
    reference("second_user_id", "app.Users.id", nullable=True),
    sa.ForeignKeyConstraint(["account_id", "entry_no"], ["app.Entries.account_id", "app.Entries.entry_no"]),
    sa.Index("uq_Allocations_key", "caller", "key", unique=True),
    *bounded("amount"),
    schema=APP,
)
"""Details of an entry that put credit on an account. A key is unique per caller; the same key is booked once."""

bookings = sa.Table(
    "Bookings",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no", primary_key=True),
    code("caller", 60),
    code("key", 80),
    sa.Column("asked", Details, nullable=False),
    reference("user_id", "app.Users.id"),
    reference("assignment_id", "app.Assignments.id", nullable=True),
    sa.ForeignKeyConstraint(["account_id", "entry_no"], ["app.Entries.account_id", "app.Entries.entry_no"]),
    sa.Index("uq_Bookings_key", "caller", "key", unique=True),
    sa.Index("uq_Bookings_assignment", "assignment_id", unique=True, **where("assignment_id IS NOT NULL")),
    schema=APP,
)
"""What a person booked by hand: under which key, and all that was asked for. Of a transfer the first of its entries is
named. An assignment that began late is mended once."""

dismissed_estimates = sa.Table(
    "DismissedEstimates",
    metadata,
    reference("base_id", "app.Bases.id", primary_key=True),
    reference("dismissed_by_id", "app.Users.id"),
    instant("dismissed_at"),
    text("why", 400),
    schema=APP,
)
"""What a new base left unknown and a person decided not to charge. Of the two bases of an instant: that of the grid."""

charges = sa.Table(
    "Charges",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("entry_no", primary_key=True),
    reference("analyzer_id", "app.Analyzers.id"),
    reference("base_id", "app.Bases.id"),
    word("source", Source),
    whole("from_wh"),
    whole("to_wh"),
    whole("wh"),
    reference("plan_id", "app.Plans.id"),
    sa.Column("price_per_kwh", Price, nullable=False),
    sa.Column("amount", Money, nullable=False),
    instant("period_from"),
    instant("period_to"),
    instant("posted_at"),
    word("cause", ChargeCause),
    flag("spread"),
    sa.ForeignKeyConstraint(["account_id", "entry_no"], ["app.Entries.account_id", "app.Entries.entry_no"]),
    sa.Index("uq_Charges_from", "base_id", "from_wh", unique=True),
    sa.Index("uq_Charges_to", "base_id", "to_wh", unique=True),
    sa.Index("ix_Charges_analyzer_id", "analyzer_id", "period_from"),
    sa.CheckConstraint("wh = to_wh - from_wh AND wh BETWEEN 1 AND 1000000000", name="wh"),
    sa.CheckConstraint("period_from <= period_to", name="period"),
    *on_each_engine("amount", sqlite="amount = wh * price_per_kwh", mssql="amount = wh * price_per_kwh * 0.001"),
    one_of("source", Source),
    one_of("cause", ChargeCause),
    schema=APP,
)
"""Details of a charge: from which counter to which, at which price. On SQLite amount × 10⁷ = wh × price × 10⁴; on
SQL Server `* 0.001`, because `/ 1000` makes NUMERIC(38,6) and loses a digit."""

hours = sa.Table(
    "Hours",
    metadata,
    instant("hour_at", primary_key=True),
    reference("analyzer_id", "app.Analyzers.id", primary_key=True),
    reference("account_id", "app.Accounts.id", primary_key=True),
    whole("grid_wh"),
    whole("generator_wh"),
    sa.Column("grid_amount", Money, nullable=False),
    sa.Column("generator_amount", Money, nullable=False),
    flag("spread"),
    sa.Index("ix_Hours_account_id", "account_id", "hour_at"),
    schema=APP,
    sqlite_with_rowid=False,
)
"""What each analyzer used in each local hour, summed from its charges; `spread` marks hours inside a silence."""

forecasts = sa.Table(
    "Forecasts",
    metadata,
    reference("account_id", "app.Accounts.id", primary_key=True),
    instant("made_at", primary_key=True),
    number("days_left", nullable=False),
    instant("ends_at", nullable=True),
    instant("ends_early_at", nullable=True),
    instant("ends_late_at", nullable=True),
    number("generator_share", nullable=False),
    sa.Column("daily_amount", Money, nullable=False),
    sa.Column("live_balance", Money, nullable=False),
    sa.Column("emergency_credit", Money, nullable=False),
    schema=APP,
)
"""What was foreseen for each account (prepaid.forecast.Forecast), once an hour, for some days."""
