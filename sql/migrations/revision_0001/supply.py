"""Charges, hours, and the supply."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import (
    DETAILS,
    ID,
    INSTANT,
    MONEY,
    NUMBER,
    PRICE,
    WORD,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)


def create() -> None:
    _create_charges()
    _create_hours()
    _create_wishes()
    _create_locks()
    _create_supply_changes()
    _create_supply_states()


def _create_charges() -> None:
    op.create_table(
        "Charges",
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("base_id", ID, nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("from_wh", sa.BigInteger(), nullable=False),
        sa.Column("to_wh", sa.BigInteger(), nullable=False),
        sa.Column("wh", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("price_per_kwh", PRICE, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("period_from", INSTANT, nullable=False),
        sa.Column("period_to", INSTANT, nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
        sa.Column("cause", WORD, nullable=False),
        sa.Column("spread", sa.Boolean(), nullable=False, server_default=sa.false()),
        foreign_key(
            "fk_Charges_account_id_entry_no",
            ["account_id", "entry_no"],
            ["app.Entries.account_id", "app.Entries.entry_no"],
        ),
        sa.CheckConstraint("wh = to_wh - from_wh AND wh BETWEEN 1 AND 1000000000", name="ck_Charges_wh"),
        sa.CheckConstraint("period_from <= period_to", name="ck_Charges_period"),
        sa.CheckConstraint("amount = wh * price_per_kwh", name="ck_Charges_amount").ddl_if(dialect="sqlite"),
        sa.CheckConstraint("amount = wh * price_per_kwh * 0.001", name="ck_Charges_amount").ddl_if(dialect="mssql"),
        one_of("Charges", "source", "grid generator"),
        one_of("Charges", "cause", "hour price plan handover supply gap base"),
        sa.PrimaryKeyConstraint("account_id", "entry_no", name="pk_Charges"),
        foreign_key("fk_Charges_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Charges_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Charges_base_id", ["base_id"], ["app.Bases.id"]),
        foreign_key("fk_Charges_plan_id", ["plan_id"], ["app.Plans.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Charges", "ix_Charges_analyzer_id", ["analyzer_id", "period_from"])
    create_index("app", "Charges", "uq_Charges_from", ["base_id", "from_wh"], unique=True)
    create_index("app", "Charges", "uq_Charges_to", ["base_id", "to_wh"], unique=True)


def _create_hours() -> None:
    op.create_table(
        "Hours",
        sa.Column("hour_at", INSTANT, nullable=False),
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("account_id", ID, nullable=False, autoincrement=False),
        sa.Column("grid_wh", sa.BigInteger(), nullable=False),
        sa.Column("generator_wh", sa.BigInteger(), nullable=False),
        sa.Column("grid_amount", MONEY, nullable=False),
        sa.Column("generator_amount", MONEY, nullable=False),
        sa.Column("spread", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("hour_at", "analyzer_id", "account_id", name="pk_Hours"),
        foreign_key("fk_Hours_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Hours_account_id", ["account_id"], ["app.Accounts.id"]),
        sqlite_with_rowid=False,
        schema=in_schema("app"),
    )
    create_index("app", "Hours", "ix_Hours_account_id", ["account_id", "hour_at"])


def _create_wishes() -> None:
    op.create_table(
        "Wishes",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("analyzer_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("reason", sa.Unicode(400), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("asked_by", sa.Unicode(120), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("result", sa.Unicode(400), nullable=True),
        sa.Column("details", DETAILS, nullable=True),
        sa.CheckConstraint("until_at > asked_at", name="ck_Wishes_span"),
        one_of("Wishes", "kind", "cut keep_on restore test commission swap pause release_hold release_account"),
        one_of("Wishes", "state", "open taken done refused expired withdrawn"),
        sa.PrimaryKeyConstraint("id", name="pk_Wishes"),
        foreign_key("fk_Wishes_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_Wishes_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Wishes_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_Wishes_user_id", ["user_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Wishes", "ix_Wishes_analyzer_id", ["analyzer_id"], where="ended_at IS NULL")
    create_index("app", "Wishes", "ix_Wishes_open", ["site_id", "state"], where="ended_at IS NULL")


def _create_locks() -> None:
    op.create_table(
        "Locks",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("owner", sa.Unicode(120), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("reason", sa.Unicode(400), nullable=False),
        sa.Column("phone", sa.Unicode(40), nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("removed_by", sa.Unicode(120), nullable=True),
        sa.Column("removal_confirmed", sa.Unicode(400), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_Locks"),
        foreign_key("fk_Locks_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Locks_user_id", ["user_id"], ["app.Users.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Locks", "ix_Locks_open", ["analyzer_id"], where="removed_at IS NULL")


def _create_supply_changes() -> None:
    op.create_table(
        "SupplyChanges",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("serial_number", sa.String(32), nullable=True),
        sa.Column("wanted", WORD, nullable=False),
        sa.Column("reason", WORD, nullable=False),
        sa.Column("progress", WORD, nullable=False),
        sa.Column("live_balance", MONEY, nullable=False),
        sa.Column("entry_no", sa.BigInteger(), nullable=False),
        sa.Column("wish_id", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("written_at", INSTANT, nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("proven_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("evidence", WORD, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("try_at", INSTANT, nullable=True),
        sa.Column("alarmed_at", INSTANT, nullable=True),
        sa.Column("error", sa.Unicode(400), nullable=True),
        sa.Column("current_before_a", NUMBER, nullable=True),
        sa.Column("current_after_a", NUMBER, nullable=True),
        one_of("SupplyChanges", "wanted", "cut on"),
        sa.CheckConstraint(
            "proven_at IS NULL OR confirmed_at IS NOT NULL", name="ck_SupplyChanges_proof_after_confirmation"
        ),
        one_of(
            "SupplyChanges",
            "reason",
            "lock not_switchable not_commissioned wish_cut wish_keep_on wish_restore exempt recharged "
            "still_out credit out_of_credit not_enforced paused window hold notice guard clock",
        ),
        one_of("SupplyChanges", "progress", "wanted written confirmed proven superseded"),
        one_of("SupplyChanges", "evidence", "none feedback voltage current no_load"),
        sa.PrimaryKeyConstraint("id", name="pk_SupplyChanges"),
        foreign_key("fk_SupplyChanges_site_id", ["site_id"], ["app.Sites.id"]),
        foreign_key("fk_SupplyChanges_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_SupplyChanges_account_id", ["account_id"], ["app.Accounts.id"]),
        foreign_key("fk_SupplyChanges_wish_id", ["wish_id"], ["app.Wishes.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "SupplyChanges", "ix_SupplyChanges_analyzer_id", ["analyzer_id", "decided_at"])
    create_index(
        "app", "SupplyChanges", "uq_SupplyChanges_open", ["analyzer_id"], unique=True, where="ended_at IS NULL"
    )


def _create_supply_states() -> None:
    op.create_table(
        "SupplyStates",
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("supply", WORD, nullable=False),
        sa.Column("reason", WORD, nullable=True),
        sa.Column("since_at", INSTANT, nullable=True),
        sa.Column("seen", WORD, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("answer", WORD, nullable=True),
        sa.Column("answer_reason", WORD, nullable=True),
        sa.Column("would", WORD, nullable=True),
        sa.Column("answer_until_at", INSTANT, nullable=True),
        sa.Column("change_id", ID, nullable=True),
        sa.Column("restarted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("drifted_at", INSTANT, nullable=True),
        sa.Column("load_while_cut_since_at", INSTANT, nullable=True),
        sa.Column("bypass_repeats", sa.Integer(), nullable=False, server_default=sa.text("0")),
        one_of("SupplyStates", "supply", "on cut unknown"),
        one_of(
            "SupplyStates",
            "reason",
            "lock not_switchable not_commissioned wish_cut wish_keep_on wish_restore exempt recharged "
            "still_out credit out_of_credit not_enforced paused window hold notice guard clock",
        ),
        one_of("SupplyStates", "seen", "on cut unknown"),
        one_of("SupplyStates", "answer", "cut on keep"),
        one_of(
            "SupplyStates",
            "answer_reason",
            "lock not_switchable not_commissioned wish_cut wish_keep_on wish_restore exempt recharged "
            "still_out credit out_of_credit not_enforced paused window hold notice guard clock",
        ),
        one_of("SupplyStates", "would", "cut on keep"),
        sa.PrimaryKeyConstraint("analyzer_id", name="pk_SupplyStates"),
        foreign_key("fk_SupplyStates_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_SupplyStates_change_id", ["change_id"], ["app.SupplyChanges.id"]),
        schema=in_schema("app"),
    )
