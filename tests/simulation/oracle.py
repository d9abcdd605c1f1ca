"""What must be true of the enforcer's work, told from the devices and from what was paid, not from its own rows."""

from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from enforcer.simulator.device import RESTART_S
from prepaid.alerts import AlertKind
from prepaid.commissioning import Outcome
from prepaid.metering import Meter
from prepaid.records import SOURCES, Reading, Source, Wiring
from prepaid.switching import Supply
from prepaid.units import add, cost, negative
from sql.accounts import live_balances
from sql.check import check
from sql.facts import facts_now
from sql.tables import (
    account_heads,
    alerts,
    assignments,
    bases,
    commissionings,
    entries,
    leases,
    messages,
    step_backs,
)
from tests.simulation.happenings import MOODS
from tests.simulation.link import SimulatedLink
from tests.simulation.node import Node
from tests.simulation.people import has_passed
from tests.simulation.plan import DAY_S
from tests.simulation.polling import SENDER
from tests.simulation.spared import Spared
from tests.simulation.world import Installed, World

REMEMBERED = 400
MOST_ALERTS_A_DAY = 60
SETTLED_S = 40.0
LEFT_ALONE_S = 20.0
MOST_LOAD = 1.5
CUT_WITHIN_S = 30.0
RESTORED_WITHIN_S = 120.0
MOST_UNASKED = 3
"""Of sites that have fewer than 400 accounts."""


class Violation(AssertionError):
    """Something that must always hold does not."""


@dataclass(slots=True)
class Known:
    """What the oracle knows of one analyzer: the true counters that were delivered, and what flowed when it began."""

    honest: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    last: Reading | None = None
    early: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    """What had flowed at each true reading, until one of them has opened the first base."""
    true_at_first: tuple[float, float] | None = None
    counters: tuple[int, int] | None = None
    highest: list[int] = field(default_factory=lambda: [-1, -1])
    """How far each counter was counted: only ever to what it shows."""
    restarts: int = 0
    forgone_wh: list[int] = field(default_factory=lambda: [0, 0])
    """By how much the true counters fell from one reading to the next, over restarts."""


_HEADS = sa.select(account_heads.c.account_id, account_heads.c.entry_no, account_heads.c.balance)


class Oracle:
    """Watches one world. Every method raises Violation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known = {each.analyzer_id: Known() for each in world.installed}
        self._of = {each.analyzer_id: each for each in world.installed}
        self._ledger: dict[int, tuple[int, Decimal]] = {}
        self._late: dict[int, tuple[float, bool]] = {}
        self._recorded: dict[int, Supply] = {}
        self._amid_frames: list[Violation] = []
        self._unasked: dict[int, float] = {}
        self._bound: dict[int, str | None] = {}
        self._spared = Spared(world)
        self.deaths = 0
        self.frames = 0

    # --- as it happens --------------------------------------------------------------------------------------------

    def delivered(self, link: SimulatedLink, reading: Reading) -> None:
        """A reading arrived. Only true ones, of the device that was commissioned there, may ever be charged."""
        each, known = self._of[reading.analyzer_id], self._known[reading.analyzer_id]
        if (
            not link.told_the_truth
            or link.device is not each.device
            or link.device.serial_number != reading.serial_number
        ):
            return
        first, second = each.device.counters.import_wh()
        counters = (round(first), round(second))
        if known.honest and each.device.restarts != known.restarts:
            for place, counter_wh in enumerate(counters):
                known.forgone_wh[place] += max(0, known.honest[-1][place] - counter_wh)
        known.restarts = each.device.restarts
        known.honest.append(counters)
        known.last = reading
        if known.true_at_first is None:
            known.early[counters] = (each.device.true_wh[0], each.device.true_wh[1])

    def frame(self, each: Installed, address: int, value: int) -> None:
        """A frame that switches is about to leave: the facts of this very moment must want it.

        What is wrong is told after the pass: the enforcer survives whatever is raised amid its frames.
        """
        if address == 60008:
            try:
                self._frame(each, value)
            except Violation as violation:
                self._amid_frames.append(violation)

    def _frame(self, each: Installed, value: int) -> None:
        self.frames += 1
        on = bool(value >> 8)
        cuts = on != self._energised_is_on(each)
        site_id, now = self._world.building.site_id, self._world.clock.now()
        with self._world.database.reading() as conn:
            facts, state = facts_now(conn, site_id, each.analyzer_id, now)
            lease = conn.execute(sa.select(leases.c.holder)).one()
        self._must(not self._world.database_away, "a frame leaves while the database is away")
        self._must(lease.holder == SENDER.get(), f"{SENDER.get()} sends a frame, the lease is held by {lease.holder!r}")
        if facts is None:
            raise Violation(f"a frame left for analyzer {each.analyzer_id}, which the database does not know")
        there = self._world.links[each.address].device
        self._must(there is each.device, f"a frame for {each.device.serial_number} goes to {there.serial_number}")
        if facts.locked:
            return
        if facts.trial_cut_until is not None:
            self._must(not cuts or now < facts.trial_cut_until, f"analyzer {each.analyzer_id} is cut behind its test")
            return
        self._must(has_passed(self._world, each), f"a frame left for analyzer {each.analyzer_id}, which never passed")
        if facts.wish is not None or facts.exempt:
            return
        if cuts and facts.live_balance > facts.cut_at:
            out = state.cut_for_credit and facts.live_balance <= facts.back_above
            self._must(out, f"analyzer {each.analyzer_id} is cut with {facts.live_balance} left")
        if cuts and not self._world.plan.foreseen:
            self._cuts_few_unasked(each)
        if cuts and not state.cut_for_credit:
            kept_on = self._spared.keeps_on(each, facts, now)
            self._must(kept_on is None, f"analyzer {each.analyzer_id} is cut {kept_on}")
        if not cuts and state.cut_for_credit:
            enough = facts.live_balance > facts.back_above
            self._must(enough, f"analyzer {each.analyzer_id} is restored with {facts.live_balance}")

    def _cuts_few_unasked(self, each: Installed) -> None:
        """Where every end of a credit surprises, few accounts are cut in a day that nobody has released."""
        question = sa.select(assignments.c.account_id).where(
            assignments.c.analyzer_id == each.analyzer_id,
            assignments.c.from_at.is_not(None),
            assignments.c.until_at.is_(None),
        )
        with self._world.database.reading() as conn:
            account_id = conn.scalar(question)
        if account_id is not None and account_id not in self._world.released:
            self._unasked.setdefault(account_id, self._world.seconds)
        since_s = self._world.seconds - DAY_S
        recent = [key for key, at_s in self._unasked.items() if at_s > since_s and key not in self._world.released]
        self._must(len(recent) <= MOST_UNASKED, f"accounts {recent} are cut, nobody foresaw or released them")

    def tests_passed(self) -> int:
        """How many tests on the spot have passed in this run."""
        question = sa.select(sa.func.count()).select_from(commissionings)
        passed = (commissionings.c.outcome == Outcome.PASSED, commissionings.c.wish_id.is_not(None))
        with self._world.database.reading() as conn:
            return int(conn.scalar(question.where(*passed)) or 0)

    def after_pass(self, node: Node) -> None:
        """The frames since the last pass, the books of the touched accounts, and every supply held to be cut."""
        for violation in self._amid_frames:
            raise violation
        self._note_new_devices(node)
        for each in self._world.installed:
            self._believes_only_the_truth(node, each)
        self._spared.after_pass(node)
        self._ledger_runs_on()
        for each in self._world.installed:
            self._recorded_is_shown(node, each)
            self._cut_is_cut(node, each)
            self._keeps_its_promise(node, each)

    # --- at a calm midnight ---------------------------------------------------------------------------------------

    def at_midnight(self, node: Node) -> None:
        """Everything: the product's own proof, and the money and the Wh as seen from outside."""
        breaches = check(self._world.database, everything=True)
        self._must(not breaches, "; ".join(str(breach) for breach in breaches[:5]))
        for each in self._world.installed:
            self._newest_reading_counts(node, each)
        self._nobody_pays_more_than_flowed()
        self._losses_are_told()
        self._money_is_exact()
        self._messages_went_out()
        self._hands_are_told()
        self._no_storm()

    def _note_new_devices(self, node: Node) -> None:
        """What is recorded of a supply is that of the device that was, until the next one has been looked at."""
        for analyzer_id, analyzer in node.worker.state.site.analyzers.items():
            if self._bound.get(analyzer_id) != analyzer.serial_number:
                self._bound[analyzer_id] = analyzer.serial_number
                self._of[analyzer_id].disturbed_s = self._world.seconds

    # --- the questions --------------------------------------------------------------------------------------------

    def _believes_only_the_truth(self, node: Node, each: Installed) -> None:
        book, known = node.worker.state.books.get(each.analyzer_id), self._known[each.analyzer_id]
        if book is None or book.grid is None:
            return
        counters = (book.meter.counter(Source.GRID), book.meter.counter(Source.GENERATOR))
        if known.true_at_first is None:
            opening = (counters[0].opening_wh, counters[1].opening_wh)
            self._must(opening in known.early, f"analyzer {each.analyzer_id} begins at {opening}, never its counters")
            known.true_at_first = known.early[opening]
        believed = (counters[0].counter_wh, counters[1].counter_wh)
        if believed != known.counters:
            known.counters = believed
            self._must(believed in known.honest, f"analyzer {each.analyzer_id}: {believed} was never its counter")
        for place, source in enumerate(SOURCES):
            self._must(book.unbilled_wh(source) >= 0, f"analyzer {each.analyzer_id}: unbilled below zero")
            highest_wh = counters[place].highest_wh
            if highest_wh != known.highest[place]:
                known.highest[place] = highest_wh
                said = f"analyzer {each.analyzer_id}, {source}: counted to {highest_wh}, it shows {believed[place]}"
                self._must(highest_wh == believed[place], said)

    def _ledger_runs_on(self) -> None:
        with self._world.database.reading() as conn:
            heads = {row.account_id: (row.entry_no, row.balance) for row in conn.execute(_HEADS)}
            for account_id, head in heads.items():
                before = self._ledger.get(account_id, (0, Decimal(0)))
                if head != before:
                    self._runs_on(conn, account_id, before, head)
        self._ledger = heads

    def _runs_on(
        self, conn: sa.Connection, account_id: int, before: tuple[int, Decimal], head: tuple[int, Decimal]
    ) -> None:
        new = conn.execute(
            sa.select(entries.c.entry_no, entries.c.amount, entries.c.balance_after)
            .where(entries.c.account_id == account_id, entries.c.entry_no > before[0])
            .order_by(entries.c.entry_no)
        ).all()
        number, balance = before
        for row in new:
            number, balance = number + 1, add(balance, row.amount)
            same = (row.entry_no, row.balance_after) == (number, balance)
            self._must(same, f"account {account_id}: entry {row.entry_no} says {row.balance_after}, not {balance}")
        self._must((number, balance) == head, f"account {account_id}: head {head}, entries end at {number}, {balance}")

    def _recorded_is_shown(self, node: Node, each: Installed) -> None:
        """A supply that is recorded anew is the one that the device itself shows, whatever became of the frames."""
        state = node.worker.state.supply.get(each.analyzer_id)
        before, now = self._recorded.get(each.analyzer_id), None if state is None else state.supply
        if now is None or now is before:
            return
        self._recorded[each.analyzer_id] = now
        left_alone = self._world.seconds - each.disturbed_s > LEFT_ALONE_S
        if before is None or not left_alone or self._world.links[each.address].device is not each.device:
            return
        gear = each.device.switchgear
        on = gear.connected if each.plan.feedback else bool(gear.outputs & 1) == self._energised_is_on(each)
        said = f"analyzer {each.analyzer_id} is recorded as {now}, and shows {'on' if on else 'cut'}"
        self._must((now is Supply.ON) == on, said)

    def _energised_is_on(self, each: Installed) -> bool:
        return each.plan.wiring is Wiring.HELD_ON_SUPPLY

    def _cut_is_cut(self, node: Node, each: Installed) -> None:
        """What is held to be cut shows it."""
        state = node.worker.state.supply.get(each.analyzer_id)
        if state is None or not self._is_plain_to_see(node, each):
            return
        if state.supply is Supply.CUT:
            wants = each.device.switchgear.wants_connected
            self._must(not wants, f"analyzer {each.analyzer_id} is held to be cut, and its supply is on")

    def _keeps_its_promise(self, node: Node, each: Installed) -> None:
        """Out of credit and unprotected: cut in time; above its threshold again: restored in time.

        The database is asked twice, a promised time apart; in between only what can be seen from outside.
        """
        on, now_s = each.device.switchgear.wants_connected, self._world.seconds
        if not self._is_plain_to_see(node, each) or not self._looks_late(node, each, on=on):
            self._late.pop(each.analyzer_id, None)
            return
        since_s, asked = self._late.setdefault(each.analyzer_id, (now_s, False))
        if now_s - since_s < (CUT_WITHIN_S if on else RESTORED_WITHIN_S):
            return
        late = self._should_switch(node, each, on=on)
        said = f"analyzer {each.analyzer_id} should have been {'cut' if on else 'restored'} long ago"
        self._must(not (late and asked) or node.slow, said)
        self._late[each.analyzer_id] = (now_s, late)

    def _looks_late(self, node: Node, each: Installed, *, on: bool) -> bool:
        analyzer = node.worker.state.site.analyzers.get(each.analyzer_id)
        live = None if analyzer is None else node.worker.live.get(analyzer.account_id)
        return live is not None and on == (live <= 0)

    def _should_switch(self, node: Node, each: Installed, *, on: bool) -> bool:
        """Whether the supply is not as the credit wants it, and nothing stands in the way."""
        with self._world.database.reading() as conn:
            facts, state = facts_now(conn, self._world.building.site_id, each.analyzer_id, self._world.clock.now())
        if facts is None or facts.locked or not node.clock.trusted:
            return False
        if facts.trial_cut_until is not None:
            return not on and self._world.clock.now() > facts.trial_cut_until
        if facts.wish is not None or facts.exempt or not facts.commissioned:
            return False
        if on:
            protected = facts.hold_protects or facts.guarded or facts.paused_until is not None or not facts.enforced
            protected = protected or self._spared.may_keep_on(facts, self._world.clock.now())
            return not protected and facts.live_balance <= facts.cut_at
        if state.cut_for_credit:
            return facts.live_balance > facts.back_above
        restarted = state.supply is Supply.ON and not each.opened_by_hand
        return restarted and facts.enforced and facts.live_balance > facts.cut_at

    def _is_plain_to_see(self, node: Node, each: Installed) -> bool:
        """Whether the device can be read and told, the facts be known, and nobody has touched it for a while.

        A device that was dead for long is asked again only minutes after it is back.
        """
        link = self._world.links[each.address]
        if node.polling.rests(each.analyzer_id):
            each.disturbed_s = max(each.disturbed_s, self._world.seconds)
        quiet = self._world.seconds - each.disturbed_s > SETTLED_S
        if node.database.away or node.database.busy_transactions:
            return False
        if not quiet or each.analyzer_id in node.worker.busy or link.device is not each.device:
            return False
        if self._bound.get(each.analyzer_id) != each.device.serial_number:
            return False
        return link.is_sound()

    def _newest_reading_counts(self, node: Node, each: Installed) -> None:
        known = self._known[each.analyzer_id]
        book = node.worker.state.books.get(each.analyzer_id)
        link = self._world.links[each.address]
        if known.last is None or book is None or not link.is_sound() or link.device is not each.device:
            return
        meter: Meter = book.meter
        bound = meter.serial_number == each.device.serial_number
        self._must(bound, f"analyzer {each.analyzer_id} still counts for {meter.serial_number}")
        self._must(meter.hold is None, f"analyzer {each.analyzer_id} is still on hold: {meter.hold}")
        same = meter.accepted_at == known.last.read_at
        self._must(same, f"analyzer {each.analyzer_id}: the reading of {known.last.read_at} is not accepted")

    def _nobody_pays_more_than_flowed(self) -> None:
        for analyzer_id, source, wh in self._counted():
            each, known = self._of[analyzer_id], self._known[analyzer_id]
            assert known.true_at_first is not None, "a base was opened by a reading"
            place = SOURCES.index(source)
            flowed = each.device.true_wh[place] - known.true_at_first[place]
            spare = 2 + 2 * len(each.before_reset)
            self._must(wh <= flowed + spare, f"analyzer {analyzer_id}, {source}: {wh} Wh counted, {flowed:.1f} flowed")

    def _losses_are_told(self) -> None:
        """What flowed is what was counted and what restarts lost; what is told as forgone is what counters fell by."""
        counted = {(analyzer_id, source): wh for analyzer_id, source, wh in self._counted()}
        told = self._forgone()
        for each in self._world.installed:
            known = self._known[each.analyzer_id]
            if each.troubled or known.true_at_first is None:
                continue
            asleep_wh = each.plan.rated_power_w * MOST_LOAD * RESTART_S / 3600 * each.device.restarts
            for place, source in enumerate(SOURCES):
                forgone_wh, regrown_wh = told.get((each.analyzer_id, source), 0), self._regrown(each, source)
                said = f"analyzer {each.analyzer_id}, {source}"
                fell_wh = known.forgone_wh[place]
                self._must(forgone_wh == fell_wh, f"{said}: {forgone_wh} Wh forgone, it fell by {fell_wh}")
                flowed = each.device.true_wh[place] - known.true_at_first[place]
                lost = flowed - counted.get((each.analyzer_id, source), 0) + regrown_wh
                spare = 3 + each.device.restarts
                holds = -spare <= lost - each.dropped_wh[place] <= asleep_wh + spare
                self._must(holds, f"{said}: {lost:.1f} Wh lost, restarts took {each.dropped_wh[place]:.1f}")

    def _regrown(self, each: Installed, source: Source) -> int:
        """How far the counter still is below where it once was."""
        question = sa.select(bases.c.highest_wh - bases.c.counter_wh).where(
            bases.c.analyzer_id == each.analyzer_id, bases.c.source == source, bases.c.closed_at.is_(None)
        )
        with self._world.database.reading() as conn:
            return int(conn.scalar(question) or 0)

    def _forgone(self) -> dict[tuple[int, Source], int]:
        question = sa.select(
            step_backs.c.analyzer_id, step_backs.c.source, sa.func.sum(step_backs.c.forgone_wh).label("wh")
        ).group_by(step_backs.c.analyzer_id, step_backs.c.source)
        with self._world.database.reading() as conn:
            return {(row.analyzer_id, row.source): int(row.wh) for row in conn.execute(question)}

    def _counted(self) -> list[tuple[int, Source, int]]:
        question = sa.select(
            bases.c.analyzer_id, bases.c.source, sa.func.sum(bases.c.highest_wh - bases.c.opening_wh).label("wh")
        ).group_by(bases.c.analyzer_id, bases.c.source)
        with self._world.database.reading() as conn:
            return [(row.analyzer_id, row.source, int(row.wh)) for row in conn.execute(question)]

    def _money_is_exact(self) -> None:
        """What is left is what was paid, less every Wh at a price that was in force."""
        counted = {(analyzer_id, source): wh for analyzer_id, source, wh in self._counted()}
        with self._world.database.reading() as conn:
            live = live_balances(conn, self._world.building.site_id)
        for number, tenant in enumerate(self._world.tenants):
            if tenant.mixed:
                continue
            least = most = tenant.paid
            for each in self._world.installed:
                if each.plan.tenant == number:
                    for source in SOURCES:
                        wh, prices = counted.get((each.analyzer_id, source), 0), self._world.prices[source]
                        least = add(least, negative(cost(wh, max(prices))))
                        most = add(most, negative(cost(wh, min(prices))))
            found = live[tenant.person.account_id].live
            said = f"account {tenant.person.number} has {found}, it must be {least} to {most}"
            self._must(least <= found <= most, said)

    def _messages_went_out(self) -> None:
        if self._world.mail.mood in MOODS:
            return
        for message_id, times in self._world.mail.taken.items():
            again = self.deaths or message_id in self._world.mail.answers_lost
            self._must(times == 1 or bool(again), f"{message_id} was sent {times} times")
        with self._world.database.reading() as conn:
            known = set(conn.scalars(sa.select(messages.c.message_id)))
            known |= set(conn.scalars(sa.select(messages.c.digest_id).distinct()))
        self._must(set(self._world.mail.taken) <= known, "a mail went out that no row knows")

    def _hands_are_told(self) -> None:
        """Whoever changed a setting of a device was noticed."""
        question = sa.select(alerts.c.analyzer_id).where(alerts.c.kind == AlertKind.TAMPER)
        with self._world.database.reading() as conn:
            told = set(conn.scalars(question))
        for each in self._world.installed:
            link = self._world.links[each.address]
            if each.tampered and link.is_sound() and link.device is each.device:
                self._must(each.analyzer_id in told, f"nobody was told of the hand at analyzer {each.analyzer_id}")

    def _no_storm(self) -> None:
        with self._world.database.reading() as conn:
            rows = conn.execute(sa.select(alerts.c.kind, alerts.c.analyzer_id, alerts.c.account_id)).all()
        days = max(1.0, self._world.seconds / 86_400)
        for subject, number in Counter((row.kind, row.analyzer_id, row.account_id) for row in rows).items():
            self._must(number <= MOST_ALERTS_A_DAY * days, f"{number} alerts of one kind: {subject}")

    def _must(self, holds: bool, what: str) -> None:
        if not holds:
            raise Violation(what)
