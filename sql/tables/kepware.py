"""Kepware: where its log tables are, which tag is which parameter, how far they were read, and a table to log into."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeEngine

from prepaid.kepware.log import Shape, Stamps
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

_DATETIME2: Callable[[int], TypeEngine[Any]] = mssql.DATETIME2
TAG_MOST = 256

kepware_groups = sa.Table(
    "KepwareGroups",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    text("name", 120),
    text("table_schema", 128, nullable=True),
    text("table_name", 128),
    word("shape", Shape),
    text("id_column", 128),
    text("tag_column", 128, nullable=True),
    text("value_column", 128, nullable=True),
    text("stamp_column", 128, nullable=True),
    text("quality_column", 128, nullable=True),
    word("stamps", Stamps),
    code("time_zone", 64, nullable=True),
    flag("decimal_comma"),
    sa.Column("interval_ms", sa.Integer, nullable=False),
    sa.Column("purge_after_h", sa.Integer, nullable=True),
    instant("created_at"),
    instant("retired_at", nullable=True),
    sa.Index("uq_KepwareGroups_name", "site_id", "name", unique=True, **where("retired_at IS NULL")),
    sa.CheckConstraint("interval_ms BETWEEN 100 AND 3600000", name="interval"),
    sa.CheckConstraint("purge_after_h IS NULL OR purge_after_h >= 1", name="purge"),
    sa.CheckConstraint(
        "shape = 'wide' OR (tag_column IS NOT NULL AND value_column IS NOT NULL AND stamp_column IS NOT NULL"
        " AND quality_column IS NOT NULL)",
        name="columns",
    ),
    one_of("shape", Shape),
    one_of("stamps", Stamps),
    schema=APP,
)
"""`time_zone` is that of local stamps; without one they are those of the site."""

kepware_tags = sa.Table(
    "KepwareTags",
    metadata,
    identity(),
    reference("group_id", "app.KepwareGroups.id"),
    reference("analyzer_id", "app.Analyzers.id"),
    code("parameter", 40),
    text("tag", TAG_MOST),
    code("unit", 8),
    sa.UniqueConstraint("analyzer_id", "parameter"),
    sa.UniqueConstraint("group_id", "tag"),
    schema=APP,
)
"""The unit is the one that the log has."""

kepware_states = sa.Table(
    "KepwareStates",
    metadata,
    reference("group_id", "app.KepwareGroups.id", primary_key=True),
    whole("until_id"),
    instant("newest_at", nullable=True),
    instant("looked_at", nullable=True),
    number("lag_s"),
    whole("refused"),
    text("trouble", 400, nullable=True),
    schema=APP,
)
"""Written in the transaction of the pass that took the rows up to `until_id`."""

kepware_log = sa.Table(
    "KepwareLog",
    metadata,
    identity(),
    sa.Column("_NAME", sa.Unicode(TAG_MOST), nullable=False),
    sa.Column("_NUMERICID", sa.Integer, nullable=True),
    sa.Column("_VALUE", sa.Unicode(64), nullable=True),
    sa.Column("_TIMESTAMP", sa.DateTime().with_variant(_DATETIME2(3), "mssql"), nullable=False),
    sa.Column("_QUALITY", sa.Integer, nullable=True),
    sa.Column("_BATCHID", sa.Integer, nullable=True),
    schema=APP,
    sqlite_autoincrement=True,
)
"""A narrow table that is ready for a DataLogger, with its own names of columns. Its ids do not end as those of the
tables do that KEPServerEX makes, and none comes again when rows were removed. Stamps are as the log group has them:
local or universal."""
