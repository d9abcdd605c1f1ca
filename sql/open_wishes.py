"""What people wish of the enforcer at this moment, as it asks for it, and how a wish ends."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import WishKind, WishState
from prepaid.wishes import SUPPLY_KINDS, TEST_KINDS
from sql.tables import wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An open wish about one supply."""

    wish_id: int
    kind: WishKind
    until_at: datetime
    asked_by: str


_OPEN_WISHES = (
    sa.select(wishes.c.id, wishes.c.analyzer_id, wishes.c.kind, wishes.c.until_at, wishes.c.asked_by)
    .where(
        wishes.c.site_id == sa.bindparam("site_id"),
        wishes.c.ended_at.is_(None),
        wishes.c.until_at > sa.bindparam("now"),
        wishes.c.kind.in_(sorted(SUPPLY_KINDS)),
    )
    .order_by(wishes.c.id)
)


def open_wishes(conn: Connection, site_id: int, now: datetime) -> dict[int, Wish]:
    """The newest open wish about the supply of each analyzer."""
    return {
        row.analyzer_id: Wish(wish_id=row.id, kind=row.kind, until_at=row.until_at, asked_by=row.asked_by)
        for row in conn.execute(_OPEN_WISHES, {"site_id": site_id, "now": now})
    }


def open_restore_wish(conn: Connection, analyzer_id: int) -> int | None:
    """The open wish to restore this analyzer's supply, if there is one, whatever the clocks say about its time."""
    found: int | None = conn.scalar(
        sa.select(sa.func.max(wishes.c.id)).where(
            wishes.c.analyzer_id == analyzer_id,
            wishes.c.kind == WishKind.RESTORE,
            wishes.c.ended_at.is_(None),
        )
    )
    return found


PAUSED_UNTIL = (
    sa.select(sa.func.max(wishes.c.until_at))
    .where(
        wishes.c.site_id == sa.bindparam("site_id"),
        wishes.c.kind == WishKind.PAUSE,
        wishes.c.ended_at.is_(None),
        wishes.c.until_at > sa.bindparam("now"),
    )
    .scalar_subquery()
)
"""The end of the longest pause of the site, inside a statement with the parameters `site_id` and `now`."""
_PAUSED_UNTIL = sa.select(PAUSED_UNTIL)


def paused_until(conn: Connection, site_id: int, now: datetime) -> datetime | None:
    """Until when enforcement of the site is paused by a person; None when it is not."""
    found: datetime | None = conn.scalar(_PAUSED_UNTIL, {"site_id": site_id, "now": now})
    return found


def end_wish(conn: Connection, wish_id: int, state: WishState, result: str, now: datetime) -> None:
    """Ends a wish that was carried out, refused or has expired."""
    conn.execute(
        wishes.update()
        .where(wishes.c.id == wish_id, wishes.c.ended_at.is_(None))
        .values(state=state, result=result[:400], ended_at=now)
    )


_OVER = (
    wishes.c.site_id == sa.bindparam("of_site"),
    wishes.c.ended_at.is_(None),
    wishes.c.until_at <= sa.bindparam("now"),
    sa.or_(wishes.c.kind.not_in(sorted(TEST_KINDS)), wishes.c.state != WishState.TAKEN),
)
_FIND_OVER = sa.select(wishes.c.id).where(*_OVER)
_EXPIRE = wishes.update().where(*_OVER).values(state=WishState.EXPIRED, ended_at=sa.bindparam("now"))


def expire_wishes(conn: Connection, site_id: int, now: datetime) -> list[int]:
    """Ends wishes whose time is over; answers their ids. A test that was taken ends with its result."""
    facts = {"of_site": site_id, "now": now}
    found = list(conn.scalars(_FIND_OVER, facts))
    if found:
        conn.execute(_EXPIRE, facts)
    return found
