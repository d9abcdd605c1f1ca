"""How far each log group was read: written by the pass that took the rows, in its own transaction."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.kepware.groups import LogState
from sql.tables import kepware_groups, kepware_states

TROUBLE_MOST = 400
_STATES = (
    sa.select(kepware_states)
    .join(kepware_groups, kepware_groups.c.id == kepware_states.c.group_id)
    .where(kepware_groups.c.site_id == sa.bindparam("site_id"))
)
_VALUES = ("until_id", "newest_at", "looked_at", "lag_s", "refused", "trouble")
_UPDATE = (
    kepware_states.update()
    .where(kepware_states.c.group_id == sa.bindparam("of_group"))
    .values({name: sa.bindparam(name) for name in _VALUES})
)
_WITHOUT_STATE = (
    sa.select(kepware_groups.c.id)
    .outerjoin(kepware_states, kepware_states.c.group_id == kepware_groups.c.id)
    .where(kepware_groups.c.site_id == sa.bindparam("site_id"), kepware_states.c.group_id.is_(None))
)


def load_states(conn: Connection, site_id: int) -> dict[int, LogState]:
    """The states of the groups that were read before."""
    return {
        row.group_id: LogState(
            until_id=row.until_id,
            newest_at=row.newest_at,
            looked_at=row.looked_at,
            lag_s=row.lag_s,
            refused=row.refused,
            trouble=row.trouble,
        )
        for row in conn.execute(_STATES, {"site_id": site_id})
    }


def save_states(conn: Connection, site_id: int, states: Mapping[int, LogState]) -> None:
    """Writes the states of these groups; a group that is read for the first time gets its row."""
    if not states:
        return
    missing = set(conn.scalars(_WITHOUT_STATE, {"site_id": site_id})) & states.keys()
    if missing:
        conn.execute(kepware_states.insert(), [{"group_id": each, "until_id": 0, "refused": 0} for each in missing])
    conn.execute(
        _UPDATE,
        [
            {
                "of_group": group_id,
                "until_id": state.until_id,
                "newest_at": state.newest_at,
                "looked_at": state.looked_at,
                "lag_s": state.lag_s,
                "refused": state.refused,
                "trouble": None if state.trouble is None else state.trouble[:TROUBLE_MOST],
            }
            for group_id, state in states.items()
        ],
    )
