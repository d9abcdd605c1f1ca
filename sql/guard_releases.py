"""The release of named accounts from the guard against mass cuts: the act of a person, once for each crossing."""

from collections.abc import Collection

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.wishes import GuardHoldsNone
from prepaid.guard import SPAN
from prepaid.wishes import why
from sql.acts import acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import accounts, crossings

RELEASED_AT_MOST = 1000


@repeated
def release(database: Database, signed_in: SignedIn, site_id: int, account_ids: Collection[int], reason: str) -> int:
    """These accounts are decided like any other from the next pass on; answers how many there were. The guard stays
    closed for everybody else. Those that it no longer holds are left as they are.

    Raises NotAllowed, WishReasonMissing, GuardHoldsNone.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        act.permit_site(Right.ADMINISTER, site_id)
        because = why(reason)
        question = (
            sa.select(crossings.c.account_id, crossings.c.unexpected_at, crossings.c.guarded_at)
            .join(accounts, accounts.c.id == crossings.c.account_id)
            .where(
                accounts.c.site_id == site_id,
                crossings.c.account_id.in_(sorted(set(account_ids))[:RELEASED_AT_MOST]),
                crossings.c.guarded_at.is_not(None),
            )
            .with_hint(crossings, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
            .order_by(crossings.c.account_id)
        )
        found = act.conn.execute(question).all()
        if not found:
            raise GuardHoldsNone
        act.conn.execute(
            crossings.update()
            .where(crossings.c.account_id.in_([row.account_id for row in found]))
            .values(guarded_at=None, released_until_at=act.now + SPAN)
        )
        for row in found:
            act.note(
                "guard.released",
                f"account:{row.account_id}",
                site_id,
                before={"guarded_at": row.guarded_at.isoformat(), "unexpected_at": row.unexpected_at.isoformat()},
                after={"reason": because},
            )
        return len(found)
