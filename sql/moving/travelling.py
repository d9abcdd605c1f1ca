"""Which tables travel, in the order of their references, and which of their rows belong to one site."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa

from sql.tables import (
    archives,
    backups,
    channels,
    event_heads,
    heartbeats,
    kepware_log,
    kepware_states,
    leases,
    metadata,
    proofs,
    proven_entries,
    proven_events,
    rate_limits,
    readings,
    refresh_tokens,
    sessions,
    sites,
    sizes,
    throttles,
    users,
)

STAYING = frozenset(
    (leases, heartbeats, backups, sizes, sessions, refresh_tokens, throttles, rate_limits, kepware_log, kepware_states)
)
"""Of one machine or of the moment: who holds a lease, where backups lie, who is signed in, how far a log was read."""
OF_ALL_SITES = frozenset((event_heads, proofs, proven_entries, proven_events))
"""They tell of all that a database holds, so they travel only with all of it."""
LEADS = ("site_id", "account_id", "analyzer_id", "base_id", "tenant_id", "plan_id", "alert_id", "contact_id")
"""Columns that lead from a row to its site, the shortest way first."""


def travelling(*, of_site: bool, with_readings: bool) -> list[sa.Table]:
    """The tables of an export; what a row refers to comes before it."""
    without = STAYING | (OF_ALL_SITES if of_site else frozenset()) | (frozenset() if with_readings else {readings})
    return [table for table in metadata.sorted_tables if table not in without]


def rows_of(table: sa.Table, site_id: int | None) -> sa.Select[Any]:
    """All rows of a table in the order of its key, or those that belong to a site."""
    question = sa.select(table).order_by(*table.primary_key.columns)
    return question if site_id is None else question.where(belonging(table, site_id))


def belonging(table: sa.Table, site_id: int) -> sa.ColumnElement[bool]:
    """The condition under which a row belongs to a site. People who may see every site belong to each of them; of the
    archive only files that are whole and kept."""
    if table is sites:
        return sites.c.id == site_id
    if table is users:
        own = sa.or_(users.c.site_id.is_(None), users.c.site_id == site_id)
        return sa.or_(own, users.c.id.in_(sa.union(*_named_users(site_id))))
    if table is channels:
        return sa.or_(*(_of_owner(channels.c[name], site_id) for name in ("contact_id", "user_id")))
    lead = lead_of(table)
    if table is archives:
        return sa.and_(lead == site_id, archives.c.purged_at.is_not(None), archives.c.removal_began_at.is_(None))
    return lead == site_id if lead.name == "site_id" else _of_owner(lead, site_id)


def lead_of(table: sa.Table) -> sa.Column[Any]:
    """The column by which a row finds its site."""
    found = next((table.c[name] for name in LEADS if name in table.c), None)
    assert found is not None, f"nothing leads from a row of {table.fullname} to its site"
    return found


@cache
def owner_of(column: sa.Column[Any]) -> sa.Table | None:
    """The table whose `id` a column names; None: it names none."""
    owners = [key.column.table for key in column.foreign_keys if key.column.name == "id"]
    assert len(owners) <= 1, f"{column} names rows of several tables"
    return owners[0] if owners else None


def _of_owner(column: sa.Column[Any], site_id: int) -> sa.ColumnElement[bool]:
    owner = owner_of(column)
    assert owner is not None, f"{column} names a row"
    return column.in_(sa.select(owner.c.id).where(belonging(owner, site_id)))


def _named_users(site_id: int) -> Iterator[sa.Select[Any]]:
    """The users that rows of the site name, wherever those may work now."""
    for table in travelling(of_site=True, with_readings=False):
        if table not in (users, channels):
            for column in table.columns:
                if owner_of(column) is users:
                    yield sa.select(column).where(column.is_not(None), belonging(table, site_id))
