"""What analyzers show now, and its history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from sql.migrations.revision_0001.parts import ID, INSTANT, NUMBER, foreign_key, in_schema

MEASURES = (
    "voltage_l1_n_v",
    "voltage_l2_n_v",
    "voltage_l3_n_v",
    "voltage_l1_l2_v",
    "voltage_l2_l3_v",
    "voltage_l3_l1_v",
    "current_l1_a",
    "current_l2_a",
    "current_l3_a",
    "apparent_power_l1_va",
    "apparent_power_l2_va",
    "apparent_power_l3_va",
    "power_l1_w",
    "power_l2_w",
    "power_l3_w",
    "reactive_power_l1_var",
    "reactive_power_l2_var",
    "reactive_power_l3_var",
    "power_factor_l1",
    "power_factor_l2",
    "power_factor_l3",
    "thd_voltage_l1_pct",
    "thd_voltage_l2_pct",
    "thd_voltage_l3_pct",
    "thd_current_l1_pct",
    "thd_current_l2_pct",
    "thd_current_l3_pct",
    "frequency_hz",
    "voltage_average_l_n_v",
    "voltage_average_l_l_v",
    "current_average_a",
    "apparent_power_va",
    "power_w",
    "reactive_power_var",
    "power_factor",
    "unbalance_voltage_pct",
    "unbalance_current_pct",
)
STATUS = (
    "limit_violations",
    "diagnostics",
    "outputs",
    "inputs",
    "active_tariff",
    "operating_s",
    "parameter_changes",
    "setting_changes",
    "neutral_current_a",
)
ENERGIES = (
    "import_tariff_1_wh",
    "import_tariff_2_wh",
    "export_tariff_1_wh",
    "export_tariff_2_wh",
    "reactive_import_tariff_1_varh",
    "reactive_import_tariff_2_varh",
    "reactive_export_tariff_1_varh",
    "reactive_export_tariff_2_varh",
    "apparent_tariff_1_vah",
    "apparent_tariff_2_vah",
)
PHASE_ENERGIES = (
    "import_l1_tariff_1_wh",
    "import_l1_tariff_2_wh",
    "import_l2_tariff_1_wh",
    "import_l2_tariff_2_wh",
    "import_l3_tariff_1_wh",
    "import_l3_tariff_2_wh",
)


def create() -> None:
    _create_analyzer_states()
    _create_readings()


def _create_analyzer_states() -> None:
    op.create_table(
        "AnalyzerStates",
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("link", sa.String(16), nullable=False),
        sa.Column("link_since_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("link_error", sa.Unicode(400), nullable=True),
        sa.Column("try_at", INSTANT, nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("answer_ms", NUMBER, nullable=True),
        sa.Column("serial_number", sa.String(32), nullable=True),
        sa.Column("verdict", sa.String(24), nullable=True),
        sa.Column("why", sa.Unicode(200), nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("recorded_bits", sa.BigInteger(), nullable=False),
        sa.Column("open_bits", sa.BigInteger(), nullable=False),
        sa.Column("reads_due", sa.BigInteger(), nullable=False),
        sa.Column("reads_on_time", sa.BigInteger(), nullable=False),
        sa.Column("reads_late", sa.BigInteger(), nullable=False),
        sa.Column("reads_missed", sa.BigInteger(), nullable=False),
        *_measures(),
        *_status(),
        *_energies(),
        sa.PrimaryKeyConstraint("analyzer_id", name="pk_AnalyzerStates"),
        foreign_key("fk_AnalyzerStates_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        schema=in_schema("app"),
    )


def _create_readings() -> None:
    op.create_table(
        "Readings",
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("verdict", sa.String(24), nullable=False),
        *_measures(),
        *_status(),
        *_energies(),
        *_phase_energies(),
        sa.PrimaryKeyConstraint("read_at", "analyzer_id", name="pk_Readings"),
        foreign_key("fk_Readings_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        sqlite_with_rowid=False,
        schema=in_schema("app"),
    )


def _measures() -> list[sa.Column[Any]]:
    return [sa.Column(name, NUMBER, nullable=True) for name in MEASURES]


def _status() -> list[sa.Column[Any]]:
    return [sa.Column(name, NUMBER if name.endswith("_a") else sa.BigInteger(), nullable=True) for name in STATUS]


def _energies() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in ENERGIES]


def _phase_energies() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in PHASE_ENERGIES]
