"""Acts of an administrator: which log tables a site has, and which of their tags is which parameter of an analyzer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.calendar import zone
from prepaid.errors.access import NotFound
from prepaid.errors.kepware import LogGroupInvalid, MappingIncomplete, MappingInvalid
from prepaid.kepware.log import LogTable, Stamps
from prepaid.kepware.tags import PARAMETERS, REQUIRED, MappedTag, units
from prepaid.language import _
from prepaid.records import Feed
from sql.acts import Act, acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import analyzers, kepware_groups, kepware_tags
from sql.tables.kepware import TAG_MOST

NAME_MOST = 120
INTERVAL_LEAST_MS, INTERVAL_MOST_MS = 100, 3_600_000
PURGE_MOST_H = 24 * 366
ANALYZERS_AT_ONCE = 1000

Tags = Mapping[int, Sequence[MappedTag]]
"""By analyzer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """A log group as a person describes it. `time_zone` None: local stamps are of the site's zone."""

    name: str
    table: LogTable
    stamps: Stamps
    time_zone: str | None
    decimal_comma: bool
    interval_ms: int
    purge_after_h: int | None


@repeated
def save_log(
    database: Database, signed_in: SignedIn, site_id: int, group_id: int | None, facts: GroupFacts, tags: Tags
) -> int:
    """Adds a log group (`group_id` None) or changes one, together with all analyzers that are read from it: those that
    were and are not any more are polled. Answers the id of the group; the enforcer follows it from its next look on.

    Raises NotAllowed, NotFound, LogGroupInvalid, MappingIncomplete, MappingInvalid, and SettingInvalid for a zone that
    there is not. Then nothing is changed.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        act.permit_site(Right.ADMINISTER, site_id)
        number = _save_group(act, site_id, group_id, facts)
        before = sa.select(kepware_tags.c.analyzer_id).where(kepware_tags.c.group_id == number).distinct()
        gone = sorted(set(act.conn.scalars(before)) - tags.keys())
        _unmap(act, site_id, gone)
        _map(act, site_id, number, tags)
        return number


def _save_group(act: Act, site_id: int, group_id: int | None, facts: GroupFacts) -> int:
    values = _checked(facts)
    _refuse_shared(act.conn, site_id, group_id, facts)
    if group_id is None:
        number = act.insert(kepware_groups, site_id=site_id, created_at=act.now, **values)
        act.note("kepware.group_saved", f"site:{site_id}", site_id, after=_fact(facts))
        return number
    before = _group(act.conn, site_id, group_id)
    act.conn.execute(kepware_groups.update().where(kepware_groups.c.id == group_id).values(**values))
    act.note("kepware.group_saved", f"site:{site_id}", site_id, before=_fact_of(before), after=_fact(facts))
    return group_id


def _map(act: Act, site_id: int, group_id: int, tags: Tags) -> None:
    assert len(tags) <= ANALYZERS_AT_ONCE, "a site has so many analyzers at most"
    names = _names(act.conn, site_id, list(tags))
    for analyzer_id, of_analyzer in tags.items():
        _check_tags(names[analyzer_id], of_analyzer)
    _refuse_shared_tags(names, tags)
    _feed(act, site_id, list(tags), Feed.KEPWARE)
    rows = [
        {"group_id": group_id, "analyzer_id": key, "parameter": each.parameter, "tag": each.tag, "unit": each.unit}
        for key, of_analyzer in tags.items()
        for each in of_analyzer
    ]
    if rows:
        act.conn.execute(kepware_tags.insert(), rows)
    for analyzer_id, of_analyzer in tags.items():
        after = {"feed": Feed.KEPWARE, "tags": len(of_analyzer), "group_id": group_id}
        act.note("kepware.tags_mapped", f"analyzer:{analyzer_id}", site_id, after=after)


def _unmap(act: Act, site_id: int, analyzer_ids: Sequence[int]) -> None:
    for analyzer_id in _names(act.conn, site_id, analyzer_ids):
        act.note("kepware.tags_removed", f"analyzer:{analyzer_id}", site_id, after={"feed": Feed.MODBUS})
    _feed(act, site_id, analyzer_ids, Feed.MODBUS)


# --- what is checked ------------------------------------------------------------------------------------------------


def _checked(facts: GroupFacts) -> dict[str, Any]:
    why = None
    if not 0 < len(facts.name.strip()) <= NAME_MOST:
        why = _("it needs a name of at most {n} letters").format(n=NAME_MOST)
    elif not INTERVAL_LEAST_MS <= facts.interval_ms <= INTERVAL_MOST_MS:
        why = _("its interval lies between 0.1 and 3600 seconds")
    elif facts.purge_after_h is not None and not 1 <= facts.purge_after_h <= PURGE_MOST_H:
        why = _("rows are removed after 1 to {n} hours, or never").format(n=PURGE_MOST_H)
    if why is not None:
        raise LogGroupInvalid(why=why)
    if facts.time_zone is not None:
        zone(facts.time_zone)
    table = facts.table
    return {
        "name": facts.name.strip(),
        "table_schema": table.schema,
        "table_name": table.name,
        "shape": table.shape,
        "id_column": table.id_column,
        "tag_column": table.tag_column,
        "value_column": table.value_column,
        "stamp_column": table.stamp_column,
        "quality_column": table.quality_column,
        "stamps": facts.stamps,
        "time_zone": facts.time_zone if facts.stamps is Stamps.LOCAL else None,
        "decimal_comma": facts.decimal_comma,
        "interval_ms": facts.interval_ms,
        "purge_after_h": facts.purge_after_h,
    }


def _refuse_shared(conn: Connection, site_id: int, group_id: int | None, facts: GroupFacts) -> None:
    """A name once at a site, a table once at a site; and rows that somebody else reads, too, are not removed."""
    question = (
        sa.select(kepware_groups.c.id, kepware_groups.c.site_id, kepware_groups.c.name, kepware_groups.c.table_name)
        .add_columns(kepware_groups.c.table_schema, kepware_groups.c.purge_after_h)
        .where(kepware_groups.c.retired_at.is_(None))
        .limit(1000)
    )
    for row in conn.execute(question):
        if row.id == group_id:
            continue
        same = (row.table_schema, row.table_name) == (facts.table.schema, facts.table.name)
        if row.site_id == site_id and row.name == facts.name.strip():
            raise LogGroupInvalid(why=_('there is already a log group "{name}"').format(name=row.name))
        if same and row.site_id == site_id:
            raise LogGroupInvalid(why=_('the log group "{name}" reads that table').format(name=row.name))
        if same and (facts.purge_after_h is not None or row.purge_after_h is not None):
            raise LogGroupInvalid(why=_("another site reads that table, so that its rows must stay"))


def _check_tags(analyzer: str, tags: Sequence[MappedTag]) -> None:
    mapped = [each.parameter for each in tags]
    lacking = [name for name in REQUIRED if name not in mapped]
    if lacking:
        raise MappingIncomplete(analyzer=analyzer, parameters=", ".join(lacking))
    for each in tags:
        if each.parameter not in PARAMETERS or mapped.count(each.parameter) > 1:
            raise MappingInvalid(analyzer=analyzer, why=_("{name} is named twice").format(name=each.parameter))
        if each.unit not in units(each.parameter):
            why = _("{name} is not measured in {unit}").format(name=each.parameter, unit=each.unit)
            raise MappingInvalid(analyzer=analyzer, why=why)
        if not 0 < len(each.tag) <= TAG_MOST:
            raise MappingInvalid(analyzer=analyzer, why=_("a tag has 1 to {n} letters").format(n=TAG_MOST))


def _refuse_shared_tags(names: Mapping[int, str], tags: Tags) -> None:
    """A tag is one parameter of one analyzer."""
    taken: set[str] = set()
    for analyzer_id, of_analyzer in tags.items():
        for each in of_analyzer:
            if each.tag in taken:
                why = _("{tag} belongs to something else already").format(tag=each.tag)
                raise MappingInvalid(analyzer=names[analyzer_id], why=why)
            taken.add(each.tag)


# --- rows -----------------------------------------------------------------------------------------------------------


def _group(conn: Connection, site_id: int, group_id: int) -> sa.RowMapping:
    question = sa.select(kepware_groups).where(kepware_groups.c.id == group_id, kepware_groups.c.site_id == site_id)
    found = conn.execute(question).mappings().one_or_none()
    if found is None:
        raise NotFound(what=_("log group"), name=group_id)
    return found


def _names(conn: Connection, site_id: int, analyzer_ids: Sequence[int]) -> dict[int, str]:
    """The analyzers of the site by these ids. Raises NotFound."""
    question = sa.select(analyzers.c.id, analyzers.c.name).where(
        analyzers.c.site_id == site_id, analyzers.c.id.in_(analyzer_ids), analyzers.c.retired_at.is_(None)
    )
    names = {row.id: row.name for row in conn.execute(question)}
    for analyzer_id in analyzer_ids:
        if analyzer_id not in names:
            raise NotFound(what=_("analyzer"), name=analyzer_id)
    return names


def _feed(act: Act, site_id: int, analyzer_ids: Sequence[int], feed: Feed) -> None:
    """What was mapped of these analyzers is forgotten."""
    act.conn.execute(kepware_tags.delete().where(kepware_tags.c.analyzer_id.in_(analyzer_ids)))
    of_site = sa.and_(analyzers.c.site_id == site_id, analyzers.c.id.in_(analyzer_ids))
    act.conn.execute(analyzers.update().where(of_site).values(feed=feed))


def _fact(facts: GroupFacts) -> dict[str, Any]:
    return {"name": facts.name, "table": facts.table.where, **_plain(asdict(facts))}


def _fact_of(row: sa.RowMapping) -> dict[str, Any]:
    table = row["table_name"] if row["table_schema"] is None else f"{row['table_schema']}.{row['table_name']}"
    return {"name": row["name"], "table": table, **_plain(dict(row))}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("stamps", "time_zone", "decimal_comma", "interval_ms", "purge_after_h")}
