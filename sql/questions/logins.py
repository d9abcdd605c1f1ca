"""Who may sign in, page by page in the order of their names: for whoever administers users."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from prepaid.records import Role
from prepaid.sessions import sign_in_name
from sql.tables import tenants, users

MOST_LOGINS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user. `site_id` None: works at all sites."""

    user_id: int
    user_name: str
    display_name: str
    role: Role
    site_id: int | None
    tenant_name: str | None
    email: str | None
    language: str
    largest_recharge: Decimal | None
    must_change_password: bool
    created_at: datetime
    signed_in_at: datetime | None
    locked_at: datetime | None


def logins(
    conn: Connection, viewer: Viewer, after: str | None = None, most: int = 50, named: str = ""
) -> tuple[Login, ...]:
    """At most `most` users whose name comes after that one, and has `named` in it. Raises NotAllowed.

    The next page is asked for with the name of the last of this one; there is none after a page that is not full.
    """
    permit(viewer, Right.ADMINISTER)
    question = (
        sa.select(
            users.c.id.label("user_id"),
            users.c.user_name,
            users.c.display_name,
            users.c.role,
            users.c.site_id,
            tenants.c.name.label("tenant_name"),
            users.c.email,
            users.c.language,
            users.c.largest_recharge,
            users.c.must_change_password,
            users.c.created_at,
            users.c.signed_in_at,
            users.c.locked_at,
        )
        .outerjoin(tenants, tenants.c.id == users.c.tenant_id)
        .order_by(users.c.user_name)
        .limit(max(1, min(most, MOST_LOGINS)))
    )
    if viewer.site_id is not None:
        question = question.where(users.c.site_id == viewer.site_id)
    if after is not None:
        question = question.where(users.c.user_name > after)
    if named.strip():
        in_name = users.c.user_name.contains(sign_in_name(named), autoescape=True)
        question = question.where(sa.or_(in_name, users.c.display_name.icontains(named.strip(), autoescape=True)))
    return tuple(Login(**row) for row in conn.execute(question).mappings())
