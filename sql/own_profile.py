"""What users say about themselves: language, mail address, the alerts they do not want, their quiet hours."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import own_right, permit
from prepaid.alerts import AlertKind
from prepaid.users import Profile, checked_profile
from sql.acts import acting
from sql.connection import Database
from sql.quiet_hours import quiet_columns, quiet_of
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import users


def profile(conn: Connection, signed_in: SignedIn) -> Profile:
    """The profile as it is now. Raises PasswordMustChange."""
    permit(signed_in.viewer, own_right(signed_in.role))
    return _profile(conn.execute(sa.select(users).where(users.c.id == signed_in.user_id)).one())


@repeated
def change_profile(database: Database, signed_in: SignedIn, wanted: Profile) -> None:
    """Writes the profile. Raises TextInvalid, MailAddressInvalid, PasswordMustChange, SessionEnded."""
    new = _row(checked_profile(wanted, signed_in.role))
    with acting(database, signed_in, own_right(signed_in.role)) as act:
        own = sa.select(users).where(users.c.id == signed_in.user_id)
        user = act.conn.execute(own.with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")).one()
        old = _row(_profile(user))
        changed = {name: value for name, value in new.items() if old[name] != value}
        if changed:
            act.conn.execute(users.update().where(users.c.id == user.id).values(changed))
            before = {name: old[name] for name in changed}
            site_id = act.person.viewer.site_id
            act.note("user.profile_changed", f"user:{user.id}", site_id, before=before, after=changed)


def _profile(row: Any) -> Profile:
    return Profile(
        language=row.language,
        email=row.email,
        muted=frozenset(AlertKind(each) for each in row.muted or ()),
        quiet=quiet_of(row),
    )


def _row(of: Profile) -> Mapping[str, Any]:
    told = {"language": of.language, "email": of.email, "muted": sorted(of.muted) or None}
    return {**told, **quiet_columns(of.quiet)}
