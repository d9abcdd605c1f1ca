"""How often the logs of a site are written, told as if it were one of its settings: what is stale depends on it."""

import sqlalchemy as sa

from sql.tables import kepware_groups, kepware_tags

LOGGED_EVERY_MS = "logged_every_ms"
"""Never a row of app.Settings."""


def logged_every() -> sa.Select[tuple[int, str, str]]:
    """The longest interval at which anything that is mapped is logged, by site; nothing where nothing is. Add the sites
    that are meant."""
    return (
        sa.select(
            kepware_groups.c.site_id,
            sa.literal(LOGGED_EVERY_MS).label("name"),
            sa.cast(sa.func.max(kepware_groups.c.interval_ms), sa.Unicode(400)).label("value"),
        )
        .where(kepware_groups.c.retired_at.is_(None), sa.exists().where(kepware_tags.c.group_id == kepware_groups.c.id))
        .group_by(kepware_groups.c.site_id)
    )
