"""Wishes: what a person asks of the enforcer is a row, placed or withdrawn in one transaction with its event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.access import NotFound
from prepaid.errors.wishes import WishOver
from prepaid.language import _
from prepaid.records import WishKind, WishState
from prepaid.wishes import REFUSALS, SUPPLY_KINDS, TEST_KINDS, ended_by, ends_at, prospect, why
from sql.acts import Act, acting
from sql.analyzers import lock_analyzer
from sql.connection import Database
from sql.facts import facts_now
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import sites, wishes

_ON_THEIR_WAY = (WishKind.RELEASE_HOLD, *sorted(TEST_KINDS))
REPLACED, WITHDRAWN = "replaced", "withdrawn"
"""How a wish ended that a person ended; `details` says who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The wish that stands now. `repeated`: it was there before, and nothing was added."""

    wish_id: int
    kind: WishKind
    until_at: datetime
    repeated: bool


@repeated
def ask(
    database: Database,
    signed_in: SignedIn,
    kind: WishKind,
    analyzer_id: int,
    reason: str,
    until: datetime | None = None,
    instead_of: int | None = None,
) -> Asked:
    """Asks to cut, to keep on or to restore the supply of one analyzer.

    1. An open wish of the same kind stays and is answered, unless it is the one named by `instead_of`: so a wish is
       renewed without a moment in which none holds, and a second click changes nothing.
    2. What would have no effect is refused, with what stands in the way.
    3. Open wishes of the other kinds end, since only one can be followed.
    Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, WishEndInvalid and the kinds of WishRefused.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        return ask_in(act, kind, analyzer_id, reason, until, instead_of)


def ask_in(
    act: Act, kind: WishKind, analyzer_id: int, reason: str, until: datetime | None, instead_of: int | None = None
) -> Asked:
    """Asks within an act that has begun."""
    assert kind in SUPPLY_KINDS, "a pause has its own act, and the enforcer carries out no other kinds"
    analyzer = lock_analyzer(act, Right.ASK_ENFORCER, analyzer_id)
    wanted = Wanted(
        kind=kind,
        site_id=analyzer.site_id,
        analyzer_id=analyzer_id,
        reason=why(reason),
        until_at=ends_at(kind, act.now, until),
    )
    open_ones = open_wishes_of(act, wanted)
    same = next((each for each in open_ones if each.kind is kind and each.id != instead_of), None)
    if same is not None:
        return Asked(wish_id=same.id, kind=kind, until_at=same.until_at, repeated=True)
    facts, state = facts_now(act.conn, analyzer.site_id, analyzer_id, act.now)
    obstacle = prospect(kind, facts, state.supply).obstacle
    if obstacle is not None:
        raise REFUSALS[obstacle](analyzer=analyzer.name)
    return place(act, wanted, [each for each in open_ones if each.kind in ended_by(kind) | {kind}])


@repeated
def pause(
    database: Database,
    signed_in: SignedIn,
    site_id: int,
    reason: str,
    until: datetime,
    instead_of: int | None = None,
) -> Asked:
    """Asks that no cut for credit is started at the site until then. Restores go on, and so do wishes and locks.

    Raises NotAllowed, NotFound, WishReasonMissing, WishEndInvalid.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        act.permit_site(Right.ASK_ENFORCER, site_id)
        _lock_site(act, site_id)
        until_at = ends_at(WishKind.PAUSE, act.now, until)
        wanted = Wanted(kind=WishKind.PAUSE, site_id=site_id, analyzer_id=None, reason=why(reason), until_at=until_at)
        open_ones = [each for each in open_wishes_of(act, wanted) if each.kind is WishKind.PAUSE]
        same = next((each for each in open_ones if each.id != instead_of), None)
        if same is not None:
            return Asked(wish_id=same.id, kind=WishKind.PAUSE, until_at=same.until_at, repeated=True)
        return place(act, wanted, open_ones)


@repeated
def withdraw(database: Database, signed_in: SignedIn, wish_id: int) -> None:
    """Takes an open wish back; the rules decide again. Raises NotAllowed, NotFound, WishOver."""
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        found = act.conn.execute(_wishes().where(wishes.c.id == wish_id)).one_or_none()
        if found is None:
            raise NotFound(what=_("wish"), name=wish_id)
        act.permit_site(Right.ASK_ENFORCER, found.site_id)
        if not _end(act, found, WITHDRAWN):
            raise WishOver


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A wish that may be placed."""

    kind: WishKind
    site_id: int
    analyzer_id: int | None
    reason: str
    until_at: datetime
    details: Mapping[str, int | str | bool | None] | None = None


def _wishes() -> sa.Select[Any]:
    return sa.select(wishes.c.id, wishes.c.site_id, wishes.c.analyzer_id, wishes.c.kind, wishes.c.until_at)


def open_wishes_of(act: Act, wanted: Wanted) -> list[Any]:
    """The wishes that hold now about the same analyzer, or about the site as a whole."""
    question = _wishes().where(
        wishes.c.site_id == wanted.site_id,
        wishes.c.analyzer_id.is_(None) if wanted.analyzer_id is None else wishes.c.analyzer_id == wanted.analyzer_id,
        wishes.c.ended_at.is_(None),
        wishes.c.until_at > act.now,
    )
    return list(act.conn.execute(question.order_by(wishes.c.id)))


def place(act: Act, wanted: Wanted, ended: list[Any]) -> Asked:
    for each in ended:
        _end(act, each, REPLACED)
    wish_id = act.insert(
        wishes,
        site_id=wanted.site_id,
        kind=wanted.kind,
        analyzer_id=wanted.analyzer_id,
        reason=wanted.reason,
        user_id=act.person.user_id,
        asked_by=act.person.display_name,
        asked_at=act.now,
        until_at=wanted.until_at,
        state=WishState.OPEN,
        details=None if wanted.details is None else dict(wanted.details),
    )
    act.note(
        "wish.asked",
        _subject(wanted.site_id, wanted.analyzer_id),
        wanted.site_id,
        after={
            "wish_id": wish_id,
            "kind": wanted.kind,
            "until_at": wanted.until_at,
            "reason": wanted.reason,
            **(wanted.details or {}),
        },
    )
    return Asked(wish_id=wish_id, kind=wanted.kind, until_at=wanted.until_at, repeated=False)


def _end(act: Act, wish: Any, result: str) -> bool:
    """Ends a wish that is still open; answers whether it was. A release or a test that the enforcer has taken is on
    its way."""
    ended = act.conn.execute(
        wishes.update()
        .where(
            wishes.c.id == wish.id,
            wishes.c.ended_at.is_(None),
            wishes.c.until_at > act.now,
            sa.or_(wishes.c.kind.not_in(_ON_THEIR_WAY), wishes.c.state == WishState.OPEN),
        )
        .values(
            state=WishState.WITHDRAWN,
            ended_at=act.now,
            result=result,
            details={"ended_by": act.person.display_name},
        )
    )
    if ended.rowcount != 1:
        return False
    act.note(
        "wish.withdrawn",
        _subject(wish.site_id, wish.analyzer_id),
        wish.site_id,
        before={"wish_id": wish.id, "kind": wish.kind, "until_at": wish.until_at},
        after={"result": result},
    )
    return True


def _subject(site_id: int, analyzer_id: int | None) -> str:
    return f"site:{site_id}" if analyzer_id is None else f"analyzer:{analyzer_id}"


def _lock_site(act: Act, site_id: int) -> None:
    question = (
        sa.select(sites.c.id)
        .where(sites.c.id == site_id, sites.c.retired_at.is_(None))
        .with_hint(sites, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    if act.conn.scalar(question) is None:
        raise NotFound(what=_("site"), name=site_id)
