"""Safety locks: placed by who works at an installation, taken away by the same person or an administrator."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.errors.wishes import LockGone, LockOfOthers, LockPhoneMissing, LockUnconfirmed
from prepaid.language import _
from prepaid.records import Role
from prepaid.wishes import REFUSALS, lock_obstacle, why
from sql.acts import Act, acting
from sql.analyzers import lock_analyzer
from sql.connection import Connection, Database
from sql.facts import facts_now
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import analyzers, locks

LONGEST_PHONE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The lock that is in place. `repeated`: this person's lock was there before."""

    lock_id: int
    placed_at: datetime
    repeated: bool


@repeated
def place_lock(database: Database, signed_in: SignedIn, analyzer_id: int, reason: str, phone: str) -> Placed:
    """Locks the supply of an analyzer off. Several people may each place a lock; it comes on when none is left.

    Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, LockPhoneMissing and the kinds of WishRefused.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        analyzer = lock_analyzer(act, Right.ASK_ENFORCER, analyzer_id)
        facts, _state = facts_now(act.conn, analyzer.site_id, analyzer_id, act.now)
        obstacle = lock_obstacle(facts)
        if obstacle is not None:
            raise REFUSALS[obstacle](analyzer=analyzer.name)
        reason, phone = why(reason), " ".join(phone.split())[:LONGEST_PHONE]
        if not phone:
            raise LockPhoneMissing
        own = _own_lock(act, analyzer_id)
        if own is not None:
            return own
        lock_id = act.insert(
            locks,
            analyzer_id=analyzer_id,
            owner=act.person.display_name,
            user_id=act.person.user_id,
            reason=reason,
            phone=phone,
            placed_at=act.now,
        )
        act.note(
            "lock.placed",
            f"analyzer:{analyzer_id}",
            analyzer.site_id,
            after={"lock_id": lock_id, "reason": reason, "phone": phone},
        )
        return Placed(lock_id=lock_id, placed_at=act.now, repeated=False)


@repeated
def remove_lock(database: Database, signed_in: SignedIn, lock_id: int, confirmation: str) -> None:
    """Takes a lock away. Who does so types the analyzer's name: it is safe to switch on there, not elsewhere.

    Raises NotAllowed, NotFound, LockOfOthers, LockUnconfirmed, LockGone.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        question = (
            sa.select(locks.c.analyzer_id, locks.c.user_id, locks.c.owner, analyzers.c.name, analyzers.c.site_id)
            .join(analyzers, analyzers.c.id == locks.c.analyzer_id)
            .where(locks.c.id == lock_id)
        )
        found = act.conn.execute(question).one_or_none()
        if found is None:
            raise NotFound(what=_("lock"), name=lock_id)
        act.permit_site(Right.ASK_ENFORCER, found.site_id)
        if found.user_id != act.person.user_id and act.person.role is not Role.ADMIN:
            raise LockOfOthers(owner=found.owner)
        confirmed = " ".join(confirmation.split())
        if confirmed.casefold() != " ".join(found.name.split()).casefold():
            raise LockUnconfirmed(analyzer=found.name)
        removed = act.conn.execute(
            locks.update()
            .where(locks.c.id == lock_id, locks.c.removed_at.is_(None))
            .values(removed_at=act.now, removed_by=act.person.display_name, removal_confirmed=confirmed)
        )
        if removed.rowcount != 1:
            raise LockGone
        act.note(
            "lock.removed",
            f"analyzer:{found.analyzer_id}",
            found.site_id,
            before={"lock_id": lock_id, "owner": found.owner},
            after={"confirmed": confirmed},
        )


_LOCKED = (
    sa.select(locks.c.analyzer_id, sa.func.min(locks.c.id).label("lock_id"))
    .join(analyzers, analyzers.c.id == locks.c.analyzer_id)
    .where(analyzers.c.site_id == sa.bindparam("site_id"), locks.c.removed_at.is_(None))
    .group_by(locks.c.analyzer_id)
)


def locked_analyzers(conn: Connection, site_id: int) -> dict[int, int]:
    """Analyzers under a safety lock, each with the oldest lock that is on it."""
    return {row.analyzer_id: row.lock_id for row in conn.execute(_LOCKED, {"site_id": site_id})}


def _own_lock(act: Act, analyzer_id: int) -> Placed | None:
    question = sa.select(locks.c.id, locks.c.placed_at).where(
        locks.c.analyzer_id == analyzer_id, locks.c.user_id == act.person.user_id, locks.c.removed_at.is_(None)
    )
    found = act.conn.execute(question.order_by(locks.c.id).limit(1)).one_or_none()
    return None if found is None else Placed(lock_id=found.id, placed_at=found.placed_at, repeated=True)
