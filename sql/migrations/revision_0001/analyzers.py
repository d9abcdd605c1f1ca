"""Analyzers, who they belong to, and where counting began."""

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import DETAILS, ID, INSTANT, WORD, create_index, foreign_key, in_schema, one_of


def create() -> None:
    _create_analyzers()
    _create_commissionings()
    _create_assignments()
    _create_bases()
    _create_quarantined_readings()
    _create_step_backs()
    _create_holds()


def _create_analyzers() -> None:
    op.create_table(
        "Analyzers",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("location", sa.Unicode(120), nullable=True),
        sa.Column("purpose", WORD, nullable=False),
        sa.Column("feed", WORD, nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.SmallInteger(), nullable=False),
        sa.Column("serial_number", sa.String(32), nullable=True),
        sa.Column("rated_power_w", sa.BigInteger(), nullable=False),
        sa.Column("generator_tariff", sa.SmallInteger(), nullable=False, server_default=sa.text("2")),
        sa.Column("ct_primary_a", sa.Integer(), nullable=False),
        sa.Column("ct_secondary_a", sa.Integer(), nullable=False),
        sa.Column("wiring", WORD, nullable=False),
        sa.Column("output", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("close_output", sa.SmallInteger(), nullable=True),
        sa.Column("output_group", sa.SmallInteger(), nullable=True),
        sa.Column("feedback_input", sa.SmallInteger(), nullable=True),
        sa.Column("feedback_on_means_supply", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("taps_below_contactor", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("remote_timeout_s", sa.Integer(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("exempt", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("exempt_why", sa.Unicode(200), nullable=True),
        sa.Column("safe_to_switch_on_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.UniqueConstraint("site_id", "name", name="uq_Analyzers_site_id_name"),
        sa.CheckConstraint("generator_tariff IN (1, 2)", name="ck_Analyzers_generator_tariff"),
        sa.CheckConstraint("output IN (0, 1)", name="ck_Analyzers_output"),
        sa.CheckConstraint("rated_power_w > 0", name="ck_Analyzers_rated_power"),
        sa.CheckConstraint("wiring <> 'pulse_pair' OR close_output IS NOT NULL", name="ck_Analyzers_close_output"),
        sa.CheckConstraint(
            "wiring NOT IN ('pulse_trip', 'pulse_pair') OR feedback_input IS NOT NULL",
            name="ck_Analyzers_pulse_feedback",
        ),
        one_of("Analyzers", "purpose", "tenant common grid_incomer generator_incomer check"),
        one_of("Analyzers", "feed", "modbus kepware"),
        one_of("Analyzers", "wiring", "none held_on_supply held_on_cut pulse_trip pulse_pair"),
        sa.PrimaryKeyConstraint("id", name="pk_Analyzers"),
        foreign_key("fk_Analyzers_site_id", ["site_id"], ["app.Sites.id"]),
        schema=in_schema("app"),
    )
    create_index(
        "app",
        "Analyzers",
        "uq_Analyzers_address",
        ["site_id", "host", "port", "unit_id"],
        unique=True,
        where="retired_at IS NULL",
    )
    create_index(
        "app",
        "Analyzers",
        "uq_Analyzers_serial_number",
        ["serial_number"],
        unique=True,
        where="serial_number IS NOT NULL AND retired_at IS NULL",
    )


def _create_commissionings() -> None:
    op.create_table(
        "Commissionings",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("serial_number", sa.String(32), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("tariff_proven", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("answers_while_cut", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("cut_confirmed_at", INSTANT, nullable=True),
        sa.Column("cut_proven_at", INSTANT, nullable=True),
        sa.Column("restored_at", INSTANT, nullable=True),
        sa.Column("by_whom", sa.Unicode(120), nullable=False),
        sa.Column("verdict", sa.Unicode(1000), nullable=False),
        sa.Column("findings", DETAILS, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_Commissionings"),
        foreign_key("fk_Commissionings_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Commissionings", "ix_Commissionings_analyzer_id", ["analyzer_id", "serial_number"])


def _create_assignments() -> None:
    op.create_table(
        "Assignments",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("asked_from_at", INSTANT, nullable=False),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("opening_grid_wh", sa.BigInteger(), nullable=True),
        sa.Column("opening_generator_wh", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by", sa.Unicode(120), nullable=False),
        sa.CheckConstraint("until_at IS NULL OR from_at IS NULL OR until_at >= from_at", name="ck_Assignments_span"),
        sa.PrimaryKeyConstraint("id", name="pk_Assignments"),
        foreign_key("fk_Assignments_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_Assignments_account_id", ["account_id"], ["app.Accounts.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Assignments", "ix_Assignments_account_id", ["account_id"])
    create_index(
        "app",
        "Assignments",
        "uq_Assignments_current",
        ["analyzer_id"],
        unique=True,
        where="from_at IS NOT NULL AND until_at IS NULL",
    )
    create_index(
        "app",
        "Assignments",
        "uq_Assignments_pending",
        ["analyzer_id"],
        unique=True,
        where="from_at IS NULL AND until_at IS NULL",
    )


def _create_bases() -> None:
    op.create_table(
        "Bases",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("serial_number", sa.String(32), nullable=False),
        sa.Column("cause", WORD, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("opening_wh", sa.BigInteger(), nullable=False),
        sa.Column("counter_wh", sa.BigInteger(), nullable=False),
        sa.Column("highest_wh", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.Column("charged_wh", sa.BigInteger(), nullable=False),
        sa.Column("charged_at", INSTANT, nullable=False),
        sa.CheckConstraint("opening_wh <= charged_wh AND charged_wh <= highest_wh", name="ck_Bases_order"),
        sa.CheckConstraint("counter_wh <= highest_wh", name="ck_Bases_counter"),
        one_of("Bases", "source", "grid generator"),
        one_of("Bases", "cause", "first reset person swap"),
        sa.PrimaryKeyConstraint("id", name="pk_Bases"),
        foreign_key("fk_Bases_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Bases", "ix_Bases_analyzer_id", ["analyzer_id", "source"])
    create_index("app", "Bases", "uq_Bases_open", ["analyzer_id", "source"], unique=True, where="closed_at IS NULL")


def _create_quarantined_readings() -> None:
    op.create_table(
        "QuarantinedReadings",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        sa.Column("why", sa.Unicode(200), nullable=False),
        sa.Column("serial_number", sa.String(32), nullable=False),
        sa.Column("grid_counter", sa.String(40), nullable=False),
        sa.Column("generator_counter", sa.String(40), nullable=False),
        sa.Column("diagnostics", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_QuarantinedReadings"),
        foreign_key("fk_QuarantinedReadings_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "QuarantinedReadings", "ix_QuarantinedReadings_analyzer_id", ["analyzer_id", "read_at"])


def _create_step_backs() -> None:
    op.create_table(
        "StepBacks",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("base_id", ID, nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("from_wh", sa.BigInteger(), nullable=False),
        sa.Column("to_wh", sa.BigInteger(), nullable=False),
        sa.Column("forgone_wh", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("forgone_wh = from_wh - to_wh AND forgone_wh >= 0", name="ck_StepBacks_forgone"),
        one_of("StepBacks", "source", "grid generator"),
        sa.PrimaryKeyConstraint("id", name="pk_StepBacks"),
        foreign_key("fk_StepBacks_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        foreign_key("fk_StepBacks_base_id", ["base_id"], ["app.Bases.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "StepBacks", "ix_StepBacks_analyzer_id", ["analyzer_id", "seen_at"])


def _create_holds() -> None:
    op.create_table(
        "Holds",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("analyzer_id", ID, nullable=False),
        sa.Column("cause", WORD, nullable=False),
        sa.Column("why", sa.Unicode(200), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("protects_until_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(24), nullable=True),
        sa.Column("ended_by_whom", sa.Unicode(120), nullable=True),
        one_of("Holds", "cause", "fell jumped wrong_device"),
        sa.PrimaryKeyConstraint("id", name="pk_Holds"),
        foreign_key("fk_Holds_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )
    create_index("app", "Holds", "uq_Holds_open", ["analyzer_id"], unique=True, where="ended_at IS NULL")
