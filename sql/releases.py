"""The wish of a person that ends a billing hold by a new base: asked, taken, carried out and answered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right
from prepaid.errors.wishes import CounterNamedWrong, HoldOver
from prepaid.metering import Word
from prepaid.records import HoldCause, WishKind, WishState
from prepaid.wishes import ONE_SHOT, why
from sql.acts import acting
from sql.analyzers import lock_analyzer
from sql.connection import Database
from sql.lists import among
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import analyzer_states, analyzers, holds, wishes
from sql.wishes import Asked, Wanted, open_wishes_of, place

RELEASED, NO_HOLD = "released", "no_hold"
"""How such a wish ended: by the new base, or because the hold had ended by itself."""


@repeated
def ask_release(
    database: Database,
    signed_in: SignedIn,
    analyzer_id: int,
    reason: str,
    grid_wh: int | None = None,
    generator_wh: int | None = None,
) -> Asked:
    """Asks the enforcer to end the hold of an analyzer: it goes on from the named counters, or from where they are.

    A newer word replaces an older one. Raises NotAllowed, NotFound, AnalyzerRetired, WishReasonMissing, HoldOver,
    CounterNamedWrong.
    """
    with acting(database, signed_in, Right.ASK_ENFORCER) as act:
        analyzer = lock_analyzer(act, Right.ASK_ENFORCER, analyzer_id)
        if _open_hold(act.conn, analyzer_id) is None:
            raise HoldOver(analyzer=analyzer.name)
        named = {"grid_wh": grid_wh, "generator_wh": generator_wh}
        shown = _shown(act.conn, analyzer_id)
        for name, wh in named.items():
            if wh is not None and not 0 <= wh <= shown[name]:
                raise CounterNamedWrong(analyzer=analyzer.name)
        wanted = Wanted(
            kind=WishKind.RELEASE_HOLD,
            site_id=analyzer.site_id,
            analyzer_id=analyzer_id,
            reason=why(reason),
            until_at=act.now + ONE_SHOT,
            details=named,
        )
        before = [each for each in open_wishes_of(act, wanted) if each.kind is WishKind.RELEASE_HOLD]
        return place(act, wanted, before)


_RELEASES = (
    sa.select(wishes.c.id, wishes.c.analyzer_id, wishes.c.state, wishes.c.details)
    .where(
        wishes.c.site_id == sa.bindparam("site_id"),
        wishes.c.kind == WishKind.RELEASE_HOLD,
        wishes.c.ended_at.is_(None),
        wishes.c.until_at > sa.bindparam("now"),
    )
    .order_by(wishes.c.id)
    .with_hint(wishes, "WITH (UPDLOCK)", "mssql")
)
"""Locked, so that nobody takes one back before it is taken here."""


def take_releases(conn: Connection, site_id: int, held: Collection[int], now: datetime) -> Mapping[int, Word]:
    """What people said about the analyzers of the site that are in hold; from now on it can no longer be taken back.

    Wishes about others are refused: their hold has ended by itself.
    """
    found = conn.execute(_RELEASES, {"site_id": site_id, "now": now}).all()
    over = [row.id for row in found if row.analyzer_id not in held]
    fresh = [row.id for row in found if row.analyzer_id in held and row.state is WishState.OPEN]
    for ids, values in (
        (over, {"state": WishState.REFUSED, "result": NO_HOLD, "ended_at": now}),
        (fresh, {"state": WishState.TAKEN, "taken_at": now}),
    ):
        if ids:
            conn.execute(wishes.update().where(among(wishes.c.id, ids)).values(values))
    return {row.analyzer_id: _word(row) for row in found if row.analyzer_id in held}


def _word(row: Any) -> Word:
    named = row.details or {}
    return Word(row.id, named.get("grid_wh"), named.get("generator_wh"))


def _open_hold(conn: Connection, analyzer_id: int) -> HoldCause | None:
    found: HoldCause | None = conn.scalar(
        sa.select(holds.c.cause).where(holds.c.analyzer_id == analyzer_id, holds.c.ended_at.is_(None))
    )
    return found


def _shown(conn: Connection, analyzer_id: int) -> dict[str, int]:
    """The counters of grid and generator as the device shows them now."""
    row: Any = conn.execute(
        sa.select(
            analyzers.c.generator_tariff,
            analyzer_states.c.import_tariff_1_wh,
            analyzer_states.c.import_tariff_2_wh,
        )
        .join(analyzer_states, analyzer_states.c.analyzer_id == analyzers.c.id)
        .where(analyzers.c.id == analyzer_id)
    ).one()
    pair = (row.import_tariff_1_wh or 0, row.import_tariff_2_wh or 0)
    generator = row.generator_tariff - 1
    return {"grid_wh": pair[1 - generator], "generator_wh": pair[generator]}
