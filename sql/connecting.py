"""The queue of connecting as rows tell it: who waits to be switched on, in which place, and for how long still."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.connecting import Place, Waiting, pace, places
from prepaid.supply import Answer
from sql.sites import load_settings
from sql.tables import analyzers, site_states, sites, supply_changes

WAITING_AT_MOST = 2000


def places_of(conn: Connection, site_id: int, analyzer_ids: Collection[int]) -> dict[int, Place]:
    """The places of these analyzers, of those that wait for their first try. Asks nobody's leave: the question around
    it does."""
    if not analyzer_ids:
        return {}
    waiting = [
        Waiting(analyzer_id=row.analyzer_id, priority=row.priority, since_at=row.decided_at)
        for row in conn.execute(_WAITING, {"site_id": site_id})
    ]
    wanted = {each.analyzer_id for each in waiting} & set(analyzer_ids)
    if not wanted:
        return {}
    state: Any = conn.execute(_STATE, {"site_id": site_id}).one()
    now = pace(load_settings(conn, site_id), state.source, in_range=state.incomer_in_range is not False)
    found = places(waiting, now)
    return {analyzer_id: found[analyzer_id] for analyzer_id in wanted}


_WAITING = (
    sa.select(supply_changes.c.analyzer_id, supply_changes.c.decided_at, analyzers.c.priority)
    .join(analyzers, analyzers.c.id == supply_changes.c.analyzer_id)
    .where(
        supply_changes.c.site_id == sa.bindparam("site_id"),
        supply_changes.c.wanted == Answer.ON,
        supply_changes.c.ended_at.is_(None),
        supply_changes.c.written_at.is_(None),
        supply_changes.c.tries == 0,
    )
    .order_by(supply_changes.c.id)
    .limit(WAITING_AT_MOST)
)
_STATE = (
    sa.select(site_states.c.source, site_states.c.incomer_in_range)
    .select_from(sites)
    .outerjoin(site_states, site_states.c.site_id == sites.c.id)
    .where(sites.c.id == sa.bindparam("site_id"))
)
