"""Where the staff reads mails, for whoever must write to them when there is no database to ask."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.records import Role
from sql.tables import sites, users

ADDRESSES_AT_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Of one administrator, with the site that the mail is from: the own one, else the oldest."""

    email: str
    name: str
    language: str
    site_name: str
    zone_name: str
    sender: str | None


_OLDEST = sa.select(sa.func.min(sites.c.id)).where(sites.c.retired_at.is_(None)).scalar_subquery()
_ADDRESSES = (
    sa.select(
        users.c.email,
        users.c.display_name.label("name"),
        users.c.language,
        sites.c.name.label("site_name"),
        sites.c.time_zone.label("zone_name"),
        sites.c.mail_sender.label("sender"),
    )
    .join(sites, sites.c.id == sa.func.coalesce(users.c.site_id, _OLDEST))
    .where(
        users.c.role == Role.ADMIN,
        users.c.email.is_not(None),
        users.c.locked_at.is_(None),
        sites.c.retired_at.is_(None),
    )
    .order_by(users.c.id)
    .limit(ADDRESSES_AT_MOST)
)


def staff_addresses(conn: Connection) -> tuple[Address, ...]:
    """Of all administrators who can sign in, each address once."""
    found = {row["email"].casefold(): Address(**row) for row in conn.execute(_ADDRESSES).mappings()}
    return tuple(found.values())
