"""The administrators who are told of the alarms of a site, and by which ways they can be reached."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.quiet_hours import QuietHours
from prepaid.records import Role
from sql.quiet_hours import quiet_of
from sql.recipients import RECIPIENTS_AT_MOST
from sql.tables import channels, users


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStaff:
    """One of them. `quiet` None: the quiet hours of the site. `is_kept`: whether the viewer may change this user, who
    else works at all sites while the viewer does not."""

    user_id: int
    user_name: str
    display_name: str
    email: str | None
    quiet: QuietHours | None
    channels: int
    is_kept: bool


def told_staff(conn: Connection, viewer: Viewer, site_id: int) -> tuple[ToldStaff, ...]:
    """Those who are told, in the order in which they are. Raises NotAllowed."""
    permit_site(viewer, Right.ADMINISTER, site_id)
    of_user = (
        sa.select(sa.func.count())
        .where(channels.c.user_id == users.c.id, channels.c.ended_at.is_(None))
        .scalar_subquery()
    )
    question = (
        sa.select(
            users.c.id,
            users.c.user_name,
            users.c.display_name,
            users.c.email,
            users.c.site_id,
            users.c.quiet_from_minute,
            users.c.quiet_until_minute,
            of_user.label("channels"),
        )
        .where(
            users.c.role == Role.ADMIN,
            users.c.locked_at.is_(None),
            sa.or_(users.c.site_id.is_(None), users.c.site_id == site_id),
        )
        .order_by(users.c.id)
        .limit(RECIPIENTS_AT_MOST)
    )
    return tuple(
        ToldStaff(
            user_id=row.id,
            user_name=row.user_name,
            display_name=row.display_name,
            email=row.email,
            quiet=quiet_of(row),
            channels=row.channels,
            is_kept=viewer.site_id in (None, row.site_id),
        )
        for row in conn.execute(question)
    )
