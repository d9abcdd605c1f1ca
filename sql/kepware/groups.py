"""Log groups of a site with their mapped tags, as the enforcer and the pages need them."""

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.calendar import zone
from prepaid.kepware.groups import LogGroup
from prepaid.kepware.log import LogTable
from prepaid.kepware.tags import MappedTag
from sql.tables import analyzers, kepware_groups, kepware_tags, sites

GROUPS_AT_MOST = 50
TAGS_AT_MOST = 200_000

_OF_SITE = sa.and_(kepware_groups.c.site_id == sa.bindparam("site_id"), kepware_groups.c.retired_at.is_(None))
_GROUPS = (
    sa.select(kepware_groups, sites.c.time_zone.label("site_time_zone"))
    .join(sites, sites.c.id == kepware_groups.c.site_id)
    .where(_OF_SITE)
    .order_by(kepware_groups.c.id)
    .limit(GROUPS_AT_MOST)
)
_TAGS = (
    sa.select(
        kepware_tags.c.group_id,
        kepware_tags.c.tag,
        kepware_tags.c.analyzer_id,
        kepware_tags.c.parameter,
        kepware_tags.c.unit,
    )
    .join(kepware_groups, kepware_groups.c.id == kepware_tags.c.group_id)
    .join(analyzers, analyzers.c.id == kepware_tags.c.analyzer_id)
    .where(_OF_SITE, analyzers.c.retired_at.is_(None))
    .order_by(kepware_tags.c.id)
    .limit(TAGS_AT_MOST)
)


def load_groups(conn: Connection, site_id: int) -> list[LogGroup]:
    """The log groups of the site, with the tags of analyzers in use."""
    tags: dict[int, dict[str, MappedTag]] = defaultdict(dict)
    for row in conn.execute(_TAGS, {"site_id": site_id}):
        tags[row.group_id][row.tag] = MappedTag(row.tag, row.analyzer_id, row.parameter, row.unit)
    return [_group(row, tags.get(row["id"], {})) for row in conn.execute(_GROUPS, {"site_id": site_id}).mappings()]


def _group(row: sa.RowMapping, tags: Mapping[str, MappedTag]) -> LogGroup:
    return LogGroup(
        group_id=row["id"],
        name=row["name"],
        table=LogTable(
            schema=row["table_schema"],
            name=row["table_name"],
            shape=row["shape"],
            id_column=row["id_column"],
            tag_column=row["tag_column"],
            value_column=row["value_column"],
            stamp_column=row["stamp_column"],
            quality_column=row["quality_column"],
        ),
        stamps=row["stamps"],
        zone=zone(row["time_zone"] or row["site_time_zone"]),
        decimal_comma=row["decimal_comma"],
        interval_ms=row["interval_ms"],
        purge_after_h=row["purge_after_h"],
        tags=tags,
    )
