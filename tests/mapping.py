"""A log group with its tags, as somebody mapped them: every item whose device is an analyzer of the building."""

from collections.abc import Sequence

import sqlalchemy as sa

from enforcer.kepserver.tags import device_name
from prepaid.kepware.log import Shape, Stamps
from prepaid.kepware.tags import units
from prepaid.records import Feed
from sql.connection import Database
from sql.demo.data_logger import column_of
from sql.tables import analyzers, kepware_groups, kepware_tags


def map_log(
    database: Database,
    site_id: int,
    items: Sequence[str],
    *,
    table: str = "app.KepwareLog",
    interval_s: float = 5.0,
    zone: str | None = None,
    wide: bool = False,
    kilo: bool = False,
    purge_after_h: int | None = None,
) -> int:
    """The id of the group. From now on its analyzers are read from Kepware."""
    schema, _dot, name = table.rpartition(".")
    narrow = {
        "tag_column": "_NAME",
        "value_column": "_VALUE",
        "stamp_column": "_TIMESTAMP",
        "quality_column": "_QUALITY",
    }
    with database.writing() as conn:
        ids = {
            device_name(row.name, row.serial_number): row.id
            for row in conn.execute(sa.select(analyzers).where(analyzers.c.site_id == site_id))
        }
        made = conn.execute(
            kepware_groups.insert().values(
                site_id=site_id,
                name=name,
                table_schema=schema or None,
                table_name=name,
                shape=Shape.WIDE if wide else Shape.NARROW,
                id_column="id",
                stamps=Stamps.UTC if zone is None else Stamps.LOCAL,
                time_zone=zone,
                interval_ms=int(interval_s * 1000),
                purge_after_h=purge_after_h,
                created_at=database.now(conn),
                **({} if wide else narrow),
            )
        )
        assert made.inserted_primary_key is not None, "the database numbers rows"
        group_id = int(made.inserted_primary_key[0])
        rows = []
        for item in items:
            _channel, device, parameter = item.split(".")
            unit = "kWh" if kilo and parameter.endswith("_wh") else units(parameter)[0]
            rows.append(
                {
                    "group_id": group_id,
                    "analyzer_id": ids[device],
                    "parameter": parameter,
                    "tag": column_of(item) if wide else item,
                    "unit": unit,
                }
            )
        conn.execute(kepware_tags.insert(), rows)
        mapped = sorted({row["analyzer_id"] for row in rows})
        conn.execute(analyzers.update().where(analyzers.c.id.in_(mapped)).values(feed=Feed.KEPWARE))
    return group_id
