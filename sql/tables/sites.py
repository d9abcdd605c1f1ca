"""Sites and what belongs to a site as a whole: settings, calendar, its present source."""

import sqlalchemy as sa

from prepaid.records import Source
from sql.tables.base import APP, code, flag, identity, instant, metadata, one_of, reference, text, whole, word

sites = sa.Table(
    "Sites",
    metadata,
    identity(),
    text("name", 120),
    code("time_zone", 64),
    code("country", 2, nullable=True),
    code("subdivision", 40, nullable=True),
    code("currency", 3),
    code("language", 12),
    text("mail_sender", 254, nullable=True),
    instant("created_at"),
    instant("retired_at", nullable=True),
    sa.UniqueConstraint("name"),
    schema=APP,
)

settings = sa.Table(
    "Settings",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    code("name", 60, primary_key=True),
    text("value", 400),
    instant("set_at"),
    text("set_by", 120),
    schema=APP,
)

holidays = sa.Table(
    "Holidays",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    # DATE spelt out: for a generic Date SQLAlchemy writes DATETIME where it does not know the server's version
    sa.Column("held_on", sa.DATE, primary_key=True),
    text("name", 120),
    schema=APP,
)

no_cut_windows = sa.Table(
    "NoCutWindows",
    metadata,
    identity(),
    reference("site_id", "app.Sites.id"),
    reference("account_id", "app.Accounts.id", nullable=True),
    sa.Column("weekday", sa.SmallInteger, nullable=False),
    sa.Column("from_minute", sa.SmallInteger, nullable=False),
    sa.Column("until_minute", sa.SmallInteger, nullable=False),
    sa.CheckConstraint("weekday BETWEEN 0 AND 7", name="weekday"),
    sa.CheckConstraint("from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute", name="minutes"),
    sa.Index("ix_NoCutWindows_site_id", "site_id"),
    schema=APP,
)
"""`weekday` 0 is Monday; 7 stands for holidays of the site's calendar. Minutes count from local midnight."""

site_states = sa.Table(
    "SiteStates",
    metadata,
    reference("site_id", "app.Sites.id", primary_key=True),
    word("source", Source, nullable=True),
    instant("source_since_at", nullable=True),
    instant("clock_doubted_since_at", nullable=True),
    flag("incomer_in_range", default=True),
    instant("updated_at"),
    whole("grid_supplied_w", nullable=True),
    whole("generator_supplied_w", nullable=True),
    one_of("source", Source),
    schema=APP,
)
