"""What the oracle knows of no-cut hours and of notices: from the wall clock, and from when an analyzer was believed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from prepaid.no_cut import LAST_PLACE
from prepaid.supply import Facts
from prepaid.units import add, negative
from sql.tables import crossings
from tests.simulation.node import Node
from tests.simulation.plan import Kind
from tests.simulation.world import Installed, World

SILENCE_S, NOTICE_S = 15 * 60.0, 30 * 60.0
SURE_S = 60.0
"""So much longer a silence is before it is one for sure."""
MINUTE = timedelta(minutes=1)
CONFUSING = frozenset({Kind.CLOCK_STEP, Kind.HANDOVER})
"""Behind these it cannot be told from outside how long somebody was out of sight, or whose account it was."""

_CROSSINGS = sa.select(crossings.c.account_id, crossings.c.exhausted_at)


class Spared:
    """Who must not be cut although the credit is used up."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._zone = ZoneInfo(world.plan.time_zone)
        self._confused = any(happening.kind in CONFUSING for happening in world.plan.happenings)
        self._believed: dict[int, tuple[datetime, float]] = {}
        """By analyzer: the newest reading that was believed, and at which second it was."""
        self._exhausted: dict[int, datetime | None] = {}
        self._told_s: dict[int, float] = {}

    def keeps_on(self, each: Installed, facts: Facts, now: datetime) -> str | None:
        """Why the supply must not be cut at this moment; None: it may be."""
        if self._shows_no_cut(now) and self._above_the_floor(facts):
            return f"in no-cut hours with {facts.live_balance} left"
        account_id = None if each.plan.tenant is None else self._world.tenants[each.plan.tenant].person.account_id
        told_s = self._told_s.get(account_id or 0)
        if told_s is not None and self._world.seconds - told_s < NOTICE_S - SURE_S:
            return f"{self._world.seconds - told_s:.0f} s after its notice"
        return None

    def may_keep_on(self, facts: Facts, now: datetime) -> bool:
        """Whether no-cut hours, the minutes behind them, or a notice may be why the supply is on."""
        if facts.notice_until is not None and now < facts.notice_until <= now + timedelta(seconds=NOTICE_S):
            return True
        behind = int(LAST_PLACE / MINUTE) + 1
        near = any(self._shows_no_cut(now - minutes * MINUTE) for minutes in range(behind + 1))
        return (near or self._clocks_change(now)) and self._above_the_floor(facts)

    def after_pass(self, node: Node) -> None:
        """Whose credit was found used up in this pass, and who of them had been out of sight."""
        now_s, site = self._world.seconds, node.worker.state.site
        back: set[int] = set()
        silent: set[int] = set()
        seen: set[int] = set()
        for analyzer_id, analyzer in site.analyzers.items():
            book = node.worker.state.books.get(analyzer_id)
            if book is None or book.meter.accepted_at is None:
                continue
            before = self._believed.get(analyzer_id)
            long_ago = before is not None and now_s - before[1] > SILENCE_S + SURE_S
            if before is None or before[0] != book.meter.accepted_at:
                self._believed[analyzer_id] = (book.meter.accepted_at, now_s)
                if long_ago:
                    back.add(analyzer.account_id)
            (silent if long_ago else seen).add(analyzer.account_id)
        with self._world.database.reading() as conn:
            found = {row.account_id: row.exhausted_at for row in conn.execute(_CROSSINGS)}
        for account_id, exhausted_at in found.items():
            fresh = exhausted_at is not None and exhausted_at != self._exhausted.get(account_id)
            if fresh and not self._confused and account_id in back | (silent - seen):
                self._told_s[account_id] = now_s
        self._exhausted = found

    def _shows_no_cut(self, instant: datetime) -> bool:
        wall = instant.astimezone(self._zone)
        minute = wall.hour * 60 + wall.minute
        return any(
            window.weekday == wall.weekday() and window.from_minute <= minute < window.until_minute
            for window in self._world.plan.no_cut
        )

    def _clocks_change(self, now: datetime) -> bool:
        """Within an hour of a change the wall clock alone does not tell where a window ends."""
        offsets = {(now + hours * timedelta(hours=1)).astimezone(self._zone).utcoffset() for hours in (-2, 0, 2)}
        return bool(self._world.plan.no_cut) and len(offsets) > 1

    def _above_the_floor(self, facts: Facts) -> bool:
        return facts.window_floor is None or facts.live_balance > add(facts.cut_at, negative(facts.window_floor))
