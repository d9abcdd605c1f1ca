"""Readings from Kepware: log groups, their tags and how far they were read, a table to log into, and an alert."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

from sql.migrations.revision_0001.parts import (
    ID,
    INSTANT,
    NUMBER,
    WORD,
    create_index,
    foreign_key,
    in_schema,
    one_of,
)

revision = "0021"
down_revision = "0020"

_DATETIME2: Callable[[int], TypeEngine[Any]] = mssql.DATETIME2
STAMP = sa.DateTime().with_variant(_DATETIME2(3), "mssql")

KINDS = (
    "low critical exhausted cut restored analyzer_lost analyzer_back cut_without_effect restore_failed drift bypass "
    "wrong_device wrong_source tamper hold forgone bits_refused guard clock out_unreachable enforcer_silent "
    "enforcer_back mail_failing books_wrong connecting_stopped values_unusable backup_old disk_low "
    "database_full kepware_late test"
)


def upgrade() -> None:
    _create_groups()
    _create_tags()
    _create_states()
    _create_log()
    _add_kind_of_alert()


def _create_groups() -> None:
    op.create_table(
        "KepwareGroups",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("site_id", ID, nullable=False, autoincrement=False),
        sa.Column("name", sa.Unicode(120), nullable=False),
        sa.Column("table_schema", sa.Unicode(128), nullable=True),
        sa.Column("table_name", sa.Unicode(128), nullable=False),
        sa.Column("shape", WORD, nullable=False),
        sa.Column("id_column", sa.Unicode(128), nullable=False),
        sa.Column("tag_column", sa.Unicode(128), nullable=True),
        sa.Column("value_column", sa.Unicode(128), nullable=True),
        sa.Column("stamp_column", sa.Unicode(128), nullable=True),
        sa.Column("quality_column", sa.Unicode(128), nullable=True),
        sa.Column("stamps", WORD, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=True),
        sa.Column("decimal_comma", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("interval_ms", sa.Integer(), nullable=False),
        sa.Column("purge_after_h", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_KepwareGroups"),
        foreign_key("fk_KepwareGroups_site_id", ["site_id"], ["app.Sites.id"]),
        sa.CheckConstraint("interval_ms BETWEEN 100 AND 3600000", name="ck_KepwareGroups_interval"),
        sa.CheckConstraint("purge_after_h IS NULL OR purge_after_h >= 1", name="ck_KepwareGroups_purge"),
        sa.CheckConstraint(
            "shape = 'wide' OR (tag_column IS NOT NULL AND value_column IS NOT NULL AND stamp_column IS NOT NULL"
            " AND quality_column IS NOT NULL)",
            name="ck_KepwareGroups_columns",
        ),
        one_of("KepwareGroups", "shape", "narrow wide"),
        one_of("KepwareGroups", "stamps", "utc local"),
        schema=in_schema("app"),
    )
    create_index(
        "app", "KepwareGroups", "uq_KepwareGroups_name", ["site_id", "name"], unique=True, where="retired_at IS NULL"
    )


def _create_tags() -> None:
    op.create_table(
        "KepwareTags",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("group_id", ID, nullable=False, autoincrement=False),
        sa.Column("analyzer_id", ID, nullable=False, autoincrement=False),
        sa.Column("parameter", sa.String(40), nullable=False),
        sa.Column("tag", sa.Unicode(256), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_KepwareTags"),
        foreign_key("fk_KepwareTags_group_id", ["group_id"], ["app.KepwareGroups.id"]),
        foreign_key("fk_KepwareTags_analyzer_id", ["analyzer_id"], ["app.Analyzers.id"]),
        sa.UniqueConstraint("analyzer_id", "parameter", name="uq_KepwareTags_analyzer_id_parameter"),
        sa.UniqueConstraint("group_id", "tag", name="uq_KepwareTags_group_id_tag"),
        schema=in_schema("app"),
    )


def _create_states() -> None:
    op.create_table(
        "KepwareStates",
        sa.Column("group_id", ID, nullable=False, autoincrement=False),
        sa.Column("until_id", sa.BigInteger(), nullable=False),
        sa.Column("newest_at", INSTANT, nullable=True),
        sa.Column("looked_at", INSTANT, nullable=True),
        sa.Column("lag_s", NUMBER, nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Unicode(400), nullable=True),
        sa.PrimaryKeyConstraint("group_id", name="pk_KepwareStates"),
        foreign_key("fk_KepwareStates_group_id", ["group_id"], ["app.KepwareGroups.id"]),
        schema=in_schema("app"),
    )


def _create_log() -> None:
    op.create_table(
        "KepwareLog",
        sa.Column("id", ID, sa.Identity(), nullable=False),
        sa.Column("_NAME", sa.Unicode(256), nullable=False),
        sa.Column("_NUMERICID", sa.Integer(), nullable=True),
        sa.Column("_VALUE", sa.Unicode(64), nullable=True),
        sa.Column("_TIMESTAMP", STAMP, nullable=False),
        sa.Column("_QUALITY", sa.Integer(), nullable=True),
        sa.Column("_BATCHID", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_KepwareLog"),
        schema=in_schema("app"),
        sqlite_autoincrement=True,
    )


def _add_kind_of_alert() -> None:
    known = one_of("Alerts", "kind", KINDS)
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("Alerts", schema=in_schema("app"), recreate=anew) as alerts:
        alerts.drop_constraint("ck_Alerts_kind", type_="check")
        alerts.create_check_constraint("ck_Alerts_kind", known.sqltext)
