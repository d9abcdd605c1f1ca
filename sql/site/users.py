"""Users of a site file: the staff, who must all choose another password, and the first admin of a new database."""

from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import Role
from sql.passwords import hash_password
from sql.site.facts import UserFacts
from sql.site.work import Work
from sql.tables import users

FIRST_ADMIN = "admin"
FIRST_ADMIN_PASSWORD = "Admin123!"
"""Known to everybody, and good for one sign-in only: it must be changed there."""


def check_users(work: Work) -> None:
    """A name to sign in with is one for all sites: one that is used elsewhere is not meant."""
    elsewhere = sa.select(users.c.user_name).where(users.c.site_id.is_not(None), users.c.site_id != work.site_id)
    taken = set(work.conn.scalars(elsewhere))
    for number, user in enumerate(work.file.users, start=1):
        if user.user_name in taken:
            where = work.file.places.key("users", number, user.user_name, "user_name")
            said = _('{place}: "{name}" belongs to another site. Choose another name.')
            work.problems.append(said.format(place=where, name=user.user_name))


def add_users(work: Work) -> None:
    """Adds new users; in a database without any, also the admin, unless the file has one of that name."""
    known = {row.user_name: row for row in work.conn.execute(sa.select(users))}
    wanted = {user.user_name for user in work.file.users}
    if not known and FIRST_ADMIN not in wanted:
        _add_first_admin(work)
    for number, user in enumerate(work.file.users, start=1):
        there = known.get(user.user_name)
        if there is None:
            _add(work, user, first=not known)
        else:
            _compare(work, number, user, there)


def nobody_is_told(work: Work) -> bool:
    """Whether no admin of this site has a mail address: alarms for the staff would reach nobody."""
    question = sa.select(users.c.id).where(
        users.c.role == Role.ADMIN,
        users.c.email.is_not(None),
        users.c.locked_at.is_(None),
        sa.or_(users.c.site_id.is_(None), users.c.site_id == work.site_id),
    )
    return work.conn.execute(question.limit(1)).first() is None


def _add_first_admin(work: Work) -> None:
    work.passwords[FIRST_ADMIN] = FIRST_ADMIN_PASSWORD
    _insert(
        work,
        site_id=None,
        user_name=FIRST_ADMIN,
        display_name=_("Administrator"),
        email=None,
        language=work.file.site.language,
        role=Role.ADMIN,
        largest_recharge=None,
        password=FIRST_ADMIN_PASSWORD,
    )


def _add(work: Work, user: UserFacts, *, first: bool) -> None:
    password = user.first_password
    if first and user.user_name == FIRST_ADMIN and password is None:
        password = work.passwords[FIRST_ADMIN] = FIRST_ADMIN_PASSWORD
    _insert(
        work,
        site_id=work.site_id,
        user_name=user.user_name,
        display_name=user.display_name,
        email=user.email,
        language=user.language,
        role=user.role,
        largest_recharge=user.largest_recharge,
        password=work.first_password(user.user_name, password),
    )


def _insert(work: Work, *, password: str, largest_recharge: Decimal | None, **values: Any) -> None:
    work.insert(
        "user",
        users,
        **values,
        largest_recharge=largest_recharge,
        password_hash=hash_password(password),
        must_change_password=True,
        session_version=1,
        created_at=work.now,
    )


def _compare(work: Work, number: int, user: UserFacts, there: Any) -> None:
    pairs: dict[str, tuple[object, object]] = {
        "display_name": (there.display_name, user.display_name),
        "role": (there.role, user.role),
        "email": (there.email, user.email),
        "language": (there.language, user.language),
        "largest_recharge": (there.largest_recharge, user.largest_recharge),
    }
    work.compare(partial(work.file.places.key, "users", number, user.user_name), pairs)
