"""Plans, prices, accounts and the ledger but its charges."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
    ID,
    INSTANT,
    MONEY,
    NUMBER,
    PRICE,
    WORD,
    bounded,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)


def create() -> None:
    _create_plans()
    _create_prices()
    _create_accounts()
    _create_account_plans()
    _create_account_heads()
    _create_entries()
    _create_allocations()
    _create_forecasts()
    _create_no_cut_windows()


def _create_plans() -> None:
    op.create_table(
        "Plans",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.UniqueConstraint("site_id", "name", name="uq_Plans_site_id_name"),
        sa.PrimaryKeyConstraint("id", name="pk_Plans"),
        foreign_key("fk_Plans_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )


def _create_prices() -> None:
    op.create_table(
        "Prices",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("price_per_kwh", PRICE, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.Unicode(120), nullable=False),
        sa.Column("second_by", sa.Unicode(120), nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.Unicode(120), nullable=True),
        sa.CheckConstraint("price_per_kwh >= 0", name="ck_Prices_not_negative"),
        one_of("Prices", "source", "grid generator"),
        sa.PrimaryKeyConstraint("id", name="pk_Prices"),
        foreign_key("fk_Prices_plan_id", ["plan_id"], ["app.Plans.id"]),
        schema=in_schema("app"),
    )
    create_index(
        "app", "Prices", "uq_Prices_from", ["plan_id", "source", "from_at"], unique=True, where="withdrawn_at IS NULL"
    )


def _create_accounts() -> None:
    op.create_table(
        "Accounts",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("tenant_id", ID, nullable=True),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("stage", WORD, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("observed_at", INSTANT, nullable=True),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("enforced_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("emergency_credit", MONEY, nullable=False),
        sa.Column("restore_threshold", MONEY, nullable=False),
        sa.Column("debt_floor", MONEY, nullable=True),
        sa.Column("exempt", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("exempt_why", sa.Unicode(200), nullable=True),
        sa.UniqueConstraint("site_id", "number", name="uq_Accounts_site_id_number"),
        sa.CheckConstraint("kind = 'house' OR tenant_id IS NOT NULL", name="ck_Accounts_tenant_named"),
        sa.CheckConstraint("emergency_credit >= 0", name="ck_Accounts_emergency_credit"),
        sa.CheckConstraint("emergency_credit + restore_threshold >= 0", name="ck_Accounts_hysteresis"),
        one_of("Accounts", "kind", "tenant house"),
        one_of("Accounts", "stage", "draft observed warned enforced closed"),
        sa.PrimaryKeyConstraint("id", name="pk_Accounts"),
        foreign_key("fk_Accounts_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Accounts_tenant_id", ["tenant_id"], ["app.Tenants.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Accounts", "ix_Accounts_tenant_id", ["tenant_id"])
    create_index("app", "Accounts", "uq_Accounts_house", ["site_id"], unique=True, where="kind = 'house'")


def _create_account_plans() -> None:
    op.create_table(
        "AccountPlans",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.Unicode(120), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "from_at", name="pk_AccountPlans"),
        foreign_key("fk_AccountPlans_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_AccountPlans_plan_id", ["plan_id"], ["app.Plans.id"]),
        schema=in_schema("app"),
    )


def _create_account_heads() -> None:
    op.create_table(
        "AccountHeads",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("balance", MONEY, nullable=False),
        sa.Column("posted_at", INSTANT, nullable=True),
        sa.CheckConstraint("entry_no >= 0", name="ck_AccountHeads_entry_no"),
        *bounded("AccountHeads", "balance"),
        sa.PrimaryKeyConstraint("account_id", name="pk_AccountHeads"),
        foreign_key("fk_AccountHeads_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )


def _create_entries() -> None:
    op.create_table(
        "Entries",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("balance_after", MONEY, nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("cause", sa.String(60), nullable=False),
        sa.Column("actor", sa.Unicode(120), nullable=False),
        sa.Column("note", sa.Unicode(400), nullable=True),
        sa.Column("corrects_entry_no", sa.BigInteger(), nullable=True),
        sa.Column("linked_account_id", ID, nullable=True),
        sa.Column("linked_entry_no", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("entry_no >= 1", name="ck_Entries_entry_no"),
        *bounded("Entries", "amount"),
        *bounded("Entries", "balance_after"),
        one_of("Entries", "kind", "opening allocation charge fee correction reversal transfer estimate"),
        sa.PrimaryKeyConstraint("account_id", "entry_no", name="pk_Entries"),
        foreign_key("fk_Entries_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Entries_linked_account_id", ["linked_account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )
    create_index(
        "app",
        "Entries",
        "uq_Entries_corrects",
        ["account_id", "corrects_entry_no"],
        unique=True,
        where="corrects_entry_no IS NOT NULL",
    )


def _create_allocations() -> None:
    op.create_table(
        "Allocations",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("caller", sa.String(60), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("paid_amount", MONEY, nullable=True),
        sa.Column("paid_currency", sa.String(3), nullable=True),
        sa.Column("paid_by", sa.String(24), nullable=True),
        sa.Column("reference", sa.Unicode(120), nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("second_user_id", ID, nullable=True),
        foreign_key(
            "fk_Allocations_account_id_entry_no",
            ["account_id", "entry_no"],
            ["app.Entries.account_id", "app.Entries.entry_no"],
        ),
        *bounded("Allocations", "amount"),
        sa.PrimaryKeyConstraint("account_id", "entry_no", name="pk_Allocations"),
        foreign_key("fk_Allocations_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Allocations_user_id", ["user_id"], ["app.Users.id"]),
        foreign_key("fk_Allocations_second_user_id", ["second_user_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Allocations", "uq_Allocations_key", ["caller", "key"], unique=True)


def _create_forecasts() -> None:
    op.create_table(
        "Forecasts",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("days_left", NUMBER, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("ends_early_at", INSTANT, nullable=True),
        sa.Column("ends_late_at", INSTANT, nullable=True),
        sa.Column("generator_share", NUMBER, nullable=True),
        sa.Column("daily_amount", MONEY, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "made_at", name="pk_Forecasts"),
        foreign_key("fk_Forecasts_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )


def _create_no_cut_windows() -> None:
    op.create_table(
        "NoCutWindows",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("from_minute", sa.SmallInteger(), nullable=False),
        sa.Column("until_minute", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 7", name="ck_NoCutWindows_weekday"),
        sa.CheckConstraint(
            "from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute", name="ck_NoCutWindows_minutes"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_NoCutWindows"),
        foreign_key("fk_NoCutWindows_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_NoCutWindows_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "NoCutWindows", "ix_NoCutWindows_site_id", ["site_id"])
