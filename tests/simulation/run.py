"""The clockwork of a simulation: time passes, things happen, the enforcer works, dies and comes back."""

import heapq
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from prepaid.errors.start import AlreadyRunning, DatabaseUnavailable, LeaseLost
from prepaid.records import Source
from tests.databases import new_database
from tests.simulation.database import Killed
from tests.simulation.happenings import begin
from tests.simulation.link import nothing
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import Node
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.plan import DAY_S, Happening, Kind, Plan, calm_from
from tests.simulation.world import BEGINNING_S, build, credit, new_clock

QUICK_S = 5.0
SLOW_S = 300.0
ROUNDING_S = 1e-6
AROUND_S = 600.0
AFTER_A_FRAME_S = 60.0
UNREMARKABLE = frozenset({Kind.LOAD})
TRY_AGAIN_S = 1.0
SUPERVISOR_S = 2.0
"""After a crash the service starts again so soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run was: how long, how much happened."""

    seed: int
    days: float
    analyzers: int
    happenings: int
    passes: int
    frames: int
    deaths: int
    mails: int
    tests_passed: int


class Simulation:
    """One run of one plan. `run` raises Violation with the story in its notes, also for an error that nobody caught."""

    def __init__(self, plan: Plan, folder: Path, migrated_file: Path) -> None:
        self._plan = plan
        clock = new_clock(plan.begins_at)
        self._loop = SimulatedLoop(clock)
        self.world = build(plan, new_database(folder, migrated_file, clock), clock, self._loop)
        self._oracle = Oracle(self.world)
        self._order = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        for happening in plan.happenings:
            self._note(happening.at_s, self._beginning(happening))
        self._node: Node | None = None
        self._nodes = 0
        self._starts_s = 0.0
        self._frozen_until_s = 0.0
        self._zombie: Node | None = None
        self._quick_until_s = AROUND_S
        self._passes = 0
        for each in self.world.installed:
            link = self.world.links[each.address]
            link.around_write = self._watching(each.analyzer_id)

    def run(self) -> Report:
        """Runs to the end of the plan."""
        try:
            self._run()
            passed = self._oracle.tests_passed()
        except Violation as violation:
            violation.add_note(self._story())
            raise
        except Exception as broken:
            unexpected = Violation("".join(traceback.format_exception(broken)))
            unexpected.add_note(self._story())
            raise unexpected from broken
        finally:
            self._loop.end()
            self._loop.close()
            if self._node is not None:
                self._node.die()
            self.world.database.close()
        return Report(
            seed=self._plan.seed,
            days=self._plan.days,
            analyzers=len(self.world.installed),
            happenings=len(self._plan.happenings),
            passes=self._passes,
            frames=self._oracle.frames,
            deaths=self._oracle.deaths,
            mails=self.world.mail.taken.total(),
            tests_passed=passed,
        )

    def _story(self) -> str:
        return "\n".join([f"seed {self._plan.seed}", *self.world.said[-40:]])

    def _run(self) -> None:
        midnight_s = DAY_S
        end_s = self._plan.days * DAY_S
        while self.world.seconds < end_s:
            self._happen()
            self._surviving(self._work)
            if self.world.seconds >= midnight_s and self._node is not None:
                self._oracle.at_midnight(self._node)
                midnight_s += DAY_S
            next_s = min(self._next_s(), end_s, midnight_s if midnight_s > self.world.seconds else end_s)
            self._surviving(partial(self._pass_until, next_s))
        self._surviving(self._work)
        if self._node is not None:
            self._oracle.at_midnight(self._node)

    # --- time -----------------------------------------------------------------------------------------------------

    def _next_s(self) -> float:
        now_s = self.world.seconds
        slow = now_s >= max(self._quick_until_s, self.world.busy_until_s) and not self._is_near_a_limit()
        if self._node is None:
            return now_s + TRY_AGAIN_S
        self._node.slow = slow
        next_s = now_s + (SLOW_S if slow else QUICK_S)
        return min(next_s, self._agenda[0][0]) if self._agenda else next_s

    def _pass_until(self, second: float) -> None:
        if self._node is None:
            self._loop.pass_until(second + BEGINNING_S)
        else:
            self._node.await_until(second + BEGINNING_S)
            if self._node.worker.busy:
                self._quick_until_s = max(self._quick_until_s, self.world.seconds + AFTER_A_FRAME_S)

    def _is_near_a_limit(self) -> bool:
        """Whether some credit could end before the next slow pass."""
        node = self._node
        if node is None:
            return False
        live = node.worker.live
        source = Source.GENERATOR if self.world.outages else Source.GRID
        per_wh = float(max(self.world.prices[source])) / 1000
        for number, tenant in enumerate(self.world.tenants):
            left = float(live.get(tenant.person.account_id, 1))
            power_w = sum(sum(each.device.load.power_w) for each in self.world.installed if each.plan.tenant == number)
            limit = float(credit(self._plan, number, self._plan.tenants[number].emergency_credit_h))
            soon = power_w * 1.2 * SLOW_S / 3600 * per_wh
            if 0 < left <= soon or 0 < left + limit <= soon:
                return True
        return False

    def _note(self, at_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (at_s, next(self._order), act))

    def _happen(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.world.seconds + ROUNDING_S:
            heapq.heappop(self._agenda)[2]()

    def _beginning(self, happening: Happening) -> Callable[[], None]:
        def happen() -> None:
            if happening.kind not in UNREMARKABLE:
                self._quick_until_s = max(self._quick_until_s, self.world.seconds + AROUND_S)
            own = self._own(happening)
            if own is None:
                end = begin(self.world, happening)
                if end is not None:
                    self._note(_end_s(happening, self._plan.days), self._ending(end))

        return happen

    def _ending(self, end: Callable[[], None]) -> Callable[[], None]:
        def happen() -> None:
            self._quick_until_s = max(self._quick_until_s, self.world.seconds + AROUND_S / 2)
            end()

        return happen

    # --- the process of the enforcer ------------------------------------------------------------------------------

    def _own(self, happening: Happening) -> str | None:
        """What happens to the enforcer's own process and its database; None: it is something else."""
        node = self._node
        if happening.kind is Kind.KILL:
            self.world.dooms.appoint(1 + int(happening.much * 400))
            self._note(self.world.seconds + 60, self.world.dooms.spare)
        elif happening.kind is Kind.FROZEN:
            self._freeze(happening)
        elif happening.kind is Kind.STOP:
            if node is not None:
                self._surviving(node.stop)
                self._node, self._starts_s = None, self.world.seconds + happening.lasts_s
                self.world.say("the enforcer is stopped")
        elif happening.kind is Kind.DATABASE_AWAY:
            self._set_away(True)
            self._note(_end_s(happening, self._plan.days), lambda: self._set_away(False))
        elif happening.kind is Kind.DATABASE_AWAY_AT_A_FRAME:
            for link in self.world.links.values():
                link.before_command = partial(self._go_away, happening.lasts_s)
        elif happening.kind is Kind.DATABASE_BUSY:
            if node is not None:
                node.database.busy_transactions = 1 + int(happening.much * 12)
                self.world.say(f"{node.database.busy_transactions} transactions find the database locked")
        elif happening.kind is Kind.DISORDER:
            if node is not None:
                node.polling.disorder = 0.3
                self._note(_end_s(happening, self._plan.days), lambda: setattr(node.polling, "disorder", 0.0))
                self.world.say("old readings come again")
        else:
            return None
        return happening.kind

    def _work(self) -> None:
        node = self._node
        if node is None:
            self._start()
        elif self.world.seconds >= self._frozen_until_s:
            node.work()
            self._passes += 1
            self._oracle.after_pass(node)
        self._wake_zombie()

    def _start(self) -> None:
        if self.world.seconds < self._starts_s:
            return
        with suppress(AlreadyRunning, DatabaseUnavailable):
            node = Node(self.world, self._nodes, away=self.world.database_away)
            self._nodes += 1
            node.polling.delivered = self._oracle.delivered
            self._node = node
            self.world.say(f"node {node.number} begins")

    def _surviving(self, work: Callable[[], None]) -> None:
        """Does the work; a process that dies of it is started again by its supervisor."""
        try:
            work()
        except (Killed, LeaseLost) as end:
            self._loop.end()
            if self._node is not None:
                self._node.die()
            self._node, self._starts_s = None, self.world.seconds + SUPERVISOR_S
            self._oracle.deaths += 1
            self.world.say(f"the enforcer dies: {type(end).__name__}")

    def _go_away(self, for_s: float) -> None:
        """The database goes while a frame is on its way, in the moment in which the facts would be read again."""
        for link in self.world.links.values():
            link.before_command = nothing
        self._set_away(True)
        end_s = min(self.world.seconds + for_s, calm_from(self.world.seconds, self._plan.days))
        self._note(max(end_s, self.world.seconds + 1), partial(self._set_away, False))

    def _set_away(self, away: bool) -> None:
        self.world.database_away = away
        for node in (self._node, self._zombie):
            if node is not None:
                node.database.away = away
        self.world.say("the database is away" if away else "the database is back")

    def _freeze(self, happening: Happening) -> None:
        """The process stands still for a while; long enough, and another one takes over meanwhile."""
        if self._node is None or self._zombie is not None:
            return
        self._zombie, self._node = self._node, None
        self._starts_s = self.world.seconds
        self._wakes_s = self.world.seconds + happening.lasts_s
        self.world.say(f"node {self._zombie.number} stands still for {happening.lasts_s:.0f} s")

    _wakes_s = 0.0

    def _wake_zombie(self) -> None:
        """What stood still goes on as if nothing had happened: it must notice that it is not the one any more."""
        zombie = self._zombie
        if zombie is None or self.world.seconds < self._wakes_s or self.world.database_away:
            return
        self._zombie = None
        if self._node is None:
            self._node = zombie
            return
        try:
            zombie.work()
        except LeaseLost:
            self.world.say(f"node {zombie.number} notices that another one took over")
        else:
            raise Violation(f"node {zombie.number} went on working after node {self._node.number} had taken over")
        finally:
            zombie.database.close()

    def _watching(self, analyzer_id: int) -> Callable[[int, int, bool], None]:
        each = next(each for each in self.world.installed if each.analyzer_id == analyzer_id)

        def watch(address: int, value: int, done: bool) -> None:
            if not done:
                self.world.dooms.step()
                self._oracle.frame(each, address, value)
            else:
                self.world.dooms.step()

        return watch


def _end_s(happening: Happening, days: float) -> float:
    """When it ends: before the calm that follows."""
    calm_s = calm_from(happening.at_s, days)
    return min(happening.at_s + max(1.0, happening.lasts_s), max(calm_s, happening.at_s + 1))
