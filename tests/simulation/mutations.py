"""Rules of the product broken on purpose, and what must notice each: a seed of the simulation, or a test.

A proof that never fails proves nothing. Each mutation is one replaced piece of code in a copy of the product.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("prepaid", "sql", "documents", "enforcer", "dashboard", "launcher", "tests")
AT_MOST_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What is broken where, and what catches it: the seed of a site, run for a part of a day with much going wrong;
    or, where two processes must meet, a test."""

    breaks: str
    file: str
    before: str
    after: str
    seed: int | None = None
    test: str | None = None

    def __str__(self) -> str:
        return self.breaks


DAYS = 0.3
HARDNESS = 6.0
MUTATIONS = (
    Mutation(
        breaks="doubtful readings are charged",
        file="prepaid/metering.py",
        before="    if fits(meter, point):\n",
        after="    if fits(meter, point) or point.of(Source.GRID) > 0:\n",
        seed=103,
    ),
    Mutation(
        breaks="the key of a recharge is forgotten",
        file="sql/allocations.py",
        before="    before = booked(conn, wanted.caller, wanted.key)\n",
        after="    before = booked(conn, wanted.caller, '')\n",
        seed=103,
    ),
    Mutation(
        breaks="the facts are not looked at again in the moment before a frame",
        file="enforcer/switch.py",
        before="        facts = await self._last_look.facts(job.decided.analyzer, state)\n",
        after="        return True\n        facts = await self._last_look.facts(job.decided.analyzer, state)\n",
        seed=103,
    ),
    Mutation(
        breaks="a supply is confirmed without being read back",
        file="enforcer/relay.py",
        before="        confirmed = follows(contact, after, wanted)\n",
        after="        confirmed = True\n",
        seed=103,
    ),
    Mutation(
        breaks="amounts are rounded to cents",
        file="prepaid/units.py",
        before="    return EXACT.scaleb(EXACT.multiply(Decimal(wh), price_per_kwh), -3)\n",
        after="    return (Decimal(wh) * price_per_kwh / 1000).quantize(Decimal('0.01'))\n",
        seed=103,
    ),
    Mutation(
        breaks="a supply that was lent to a test is not wanted back",
        file="prepaid/supply.py",
        before="Decision(Answer.CUT if cut else Answer.ON, Reason.COMMISSIONING",
        after="Decision(Answer.CUT if cut else Answer.KEEP, Reason.COMMISSIONING",
        test="tests/prepaid/test_supply.py",
    ),
    Mutation(
        breaks="whoever answers is taken for the device that was announced",
        file="prepaid/swaps.py",
        before="    return meter.swap is not None and sample.serial_number == meter.swap.serial_number\n",
        after="    return meter.swap is not None\n",
        test="tests/prepaid/test_swaps.py",
    ),
    Mutation(
        breaks="the last counters of an old device charge ground again",
        file="prepaid/swaps.py",
        before="highest_wh=max(counter.highest_wh, final_wh or 0)",
        after="highest_wh=final_wh or counter.highest_wh",
        test="tests/prepaid/test_swaps.py",
    ),
    Mutation(
        breaks="a failed test does not overrule the one that passed before",
        file="sql/commissioning.py",
        before="        ~overruled,\n",
        after="",
        test="tests/sql/test_commissioning.py",
    ),
    Mutation(
        breaks="the guard against mass cuts is ignored",
        file="prepaid/supply.py",
        before="    if facts.guarded:\n",
        after="    if facts.guarded and facts.locked:\n",
        seed=105,
    ),
    Mutation(
        breaks="connecting is not paced",
        file="prepaid/connecting.py",
        before="        turn_s += pace.interval_s\n",
        after="",
        test="tests/prepaid/test_connecting.py",
    ),
    Mutation(
        breaks="who was not read in a pass loses the place in the queue of connecting",
        file="enforcer/connecting.py",
        before="            if now_s - asked.at_s <= patience_s and",
        after="            if now_s == asked.at_s and",
        test="tests/enforcer/test_connecting.py",
    ),
    Mutation(
        breaks="the guard lets go of those it holds when a day is over",
        file="prepaid/guard.py",
        before="if each.held or each.account_id in caught}",
        after="if each.account_id in caught}",
        test="tests/prepaid/test_guard.py",
    ),
    Mutation(
        breaks="a writing transaction begins with a plain BEGIN",
        file="sql/connection.py",
        before='"BEGIN IMMEDIATE" if writing else "BEGIN"',
        after='"BEGIN"',
        test="tests/sql/test_two_processes.py",
    ),
    Mutation(
        breaks="a supply is restored below its threshold",
        file="prepaid/supply.py",
        before="        if facts.live_balance > facts.back_above:\n",
        after="        if facts.live_balance > facts.cut_at:\n",
        seed=112,
    ),
    Mutation(
        breaks="the recorded supply is believed, not what the device shows",
        file="enforcer/plan_supply.py",
        before="        shows = shown(each.analyzer.contact, showed.look)\n",
        after="        shows = shown(each.analyzer.contact, showed.look) if before.change else before.supply\n",
        seed=104,
    ),
    Mutation(
        breaks="a lease that was lost is renewed",
        file="sql/leases.py",
        before="    if changed.rowcount != 1:\n        raise LeaseLost\n",
        after="",
        test="tests/enforcer/test_losers.py",
    ),
    Mutation(
        breaks="who lost the lease still writes",
        file="sql/leases.py",
        before="    if conn.scalar(_HELD, mine) is None:\n        raise LeaseLost\n",
        after="    conn.scalar(_HELD, mine)\n",
        test="tests/enforcer/test_losers.py",
    ),
    Mutation(
        breaks="a frame leaves as long as a moment of the lease is left",
        file="enforcer/held_lease.py",
        before="        return self.left_s >= self._margin_s\n",
        after="        return self.left_s > 0\n",
        test="tests/enforcer/test_held_lease.py",
    ),
    Mutation(
        breaks="nobody is asked before a device is written to",
        file="enforcer/modbus_link.py",
        before="            if not self._may_write():\n",
        after="            if not always():\n",
        test="tests/enforcer/test_modbus_link.py",
    ),
    Mutation(
        breaks="a lease counts from when the database has answered",
        file="enforcer/held_lease.py",
        before="self._until_s = max(self._until_s, asked_s + self._length_s)",
        after="self._until_s = self._clock.uptime() + self._length_s",
        test="tests/enforcer/test_held_lease.py",
    ),
    Mutation(
        breaks="a loser sends the messages that it has claimed",
        file="enforcer/notify.py",
        before="            if self._stop.is_set() or not self._may_send():\n",
        after="            if self._stop.is_set():\n",
        test="tests/enforcer/test_losers.py",
    ),
    Mutation(
        breaks="who stood still in the middle of a mail hands its text over",
        file="documents/mail.py",
        before="            if not self._may_send():\n",
        after="            if not always():\n",
        test="tests/enforcer/test_losers.py",
    ),
    Mutation(
        breaks="work that hangs keeps its lease",
        file="enforcer/lease_keeper.py",
        before=" or not self._works():",
        after=":",
        test="tests/enforcer/test_held_lease.py",
    ),
    Mutation(
        breaks="a foreign serial number is accepted",
        file="prepaid/metering.py",
        before="    stranger = meter.serial_number is not None and sample.serial_number != meter.serial_number\n",
        after="    stranger = not sample.serial_number\n",
        seed=101,
    ),
    Mutation(
        breaks="energy is charged again that a counter had lost by a restart",
        file="prepaid/metering.py",
        before="counter_wh, max(counter.highest_wh, counter_wh))",
        after="counter_wh, counter.highest_wh + max(0, counter_wh - counter.counter_wh))",
        seed=101,
    ),
    Mutation(
        breaks="no-cut hours are not known",
        file="prepaid/no_cut.py",
        before="        if not self.windows:\n",
        after="        if self.windows:\n",
        seed=100,
    ),
    Mutation(
        breaks="what a hold counts provisionally makes no crossing",
        file="enforcer/decide.py",
        before="            negative(circumstances.provisional.get(account_id, ZERO)),\n",
        after="            ZERO,\n",
        test="tests/simulation/test_provisional_use.py",
    ),
    Mutation(
        breaks="a credit that is used up by a hold gets no notice",
        file="enforcer/pass_writer.py",
        before=" | circumstances.provisional.keys()",
        after="",
        test="tests/simulation/test_provisional_use.py",
    ),
    Mutation(
        breaks="who fell by a hold that is over is not told anew",
        file="enforcer/crossings.py",
        before="        if deeper(before, found) is not found and lift(",
        after="        if deeper(before, found) is found and lift(",
        test="tests/simulation/test_provisional_use.py",
    ),
    Mutation(
        breaks="staff are not told that nothing is switched on",
        file="enforcer/stopped.py",
        before="    if stop.alarm_at is not None or not waiting or ",
        after="    if stop.alarm_at is not None or waiting or ",
        test="tests/enforcer/test_stopped.py",
    ),
    Mutation(
        breaks="own no-cut hours of an account are not known",
        file="prepaid/no_cut.py",
        before="        return self if own is None else ",
        after="        return self if own is None or self.own else ",
        test="tests/enforcer/test_no_cut.py",
    ),
    Mutation(
        breaks="the moment before a frame reads the own no-cut hours of others",
        file="sql/no_cut.py",
        before='no_cut_windows.c.account_id == sa.bindparam("account_id")',
        after='no_cut_windows.c.account_id != sa.bindparam("account_id")',
        test="tests/enforcer/test_no_cut.py",
    ),
    Mutation(
        breaks="a window protects without a floor",
        file="prepaid/supply.py",
        before="    return facts.window_floor is None or facts.live_balance > ",
        after="    return True or facts.live_balance > ",
        test="tests/prepaid/test_supply.py",
    ),
    Mutation(
        breaks="a fall is noted that a balance before the last recharge showed",
        file="sql/crossings.py",
        before="            crossings.c.armed_by_entry_no <= entry_no,\n",
        after="",
        test="tests/sql/test_crossings.py",
    ),
    Mutation(
        breaks="an assignment that was taken back begins",
        file="sql/metering.py",
        before="pending.assignment_id}) is None:\n        return False\n",
        after="pending.assignment_id}) == 0:\n        return False\n",
        test="tests/sql/test_assignments.py",
    ),
    Mutation(
        breaks="a crossing that was seen late gets no notice",
        file="sql/crossings.py",
        before="        if notice_until_at is not None:\n",
        after="        if notice_until_at is not None and now_level is not Level.EXHAUSTED:\n",
        test="tests/simulation/test_seen_late.py",
    ),
    Mutation(
        breaks="the statement before a frame knows no notice",
        file="sql/facts.py",
        before="        notice_until=own.notice_until_at,\n",
        after="",
        test="tests/sql/test_facts.py",
    ),
    Mutation(
        breaks="emergency credit is there before the first recharge",
        file="sql/accounts.py",
        before="    return sa.case((recharged, accounts.c.emergency_credit), else_=none_yet)\n",
        after="    return sa.case((recharged, accounts.c.emergency_credit), else_=accounts.c.emergency_credit)\n",
        test="tests/sql/test_facts.py",
    ),
    Mutation(
        breaks="an opening balance is booked a second time",
        file="sql/imports/openings.py",
        before="            elif account.id in booked:\n",
        after="            elif account.id in booked and opening.amount == ZERO:\n",
        test="tests/sql/imports/test_import.py",
    ),
    Mutation(
        breaks="an import writes what nobody has seen",
        file="sql/imports/write.py",
        before="        if found != seen:\n",
        after="        if found.sha256 != seen.sha256:\n",
        test="tests/sql/imports/test_import_again.py",
    ),
    Mutation(
        breaks="an account goes live although something prevents it",
        file="sql/going_live.py",
        before="    if prevented:\n",
        after="    if len(prevented) > NAMED_AT_MOST:\n",
        test="tests/sql/test_going_live.py",
    ),
    Mutation(
        breaks="an account goes live and is cut at once, unseen",
        file="sql/going_live.py",
        before="row.account_id not in shown]\n",
        after="row.account_id in shown]\n",
        test="tests/sql/test_going_live.py",
    ),
    Mutation(
        breaks="what was read while the database was away is forgotten",
        file="enforcer/work.py",
        before="            self.spool.keep(fresh, self.state.site, trusted=self._is_in_time)\n            raise\n",
        after="            raise\n",
        test="tests/simulation/test_database_away.py",
    ),
    Mutation(
        breaks="supplies are decided before the spool is loaded",
        file="enforcer/work.py",
        before="            if self._catch_up.is_over:\n",
        after="            if not self._catch_up.unsure:\n",
        test="tests/simulation/test_database_away.py",
    ),
    Mutation(
        breaks="whose credit ended while the database was away is cut without a notice",
        file="enforcer/notices.py",
        before="    if decided_at is not None and now - decided_at > SILENCE:\n",
        after="    if decided_at is not None and now < decided_at:\n",
        test="tests/simulation/test_database_away.py",
    ),
    Mutation(
        breaks="of a full spool the hours give way before the history",
        file="sql/spool.py",
        before="        for kept in (Kept.HISTORY, Kept.BOUNDARY):\n",
        after="        for kept in (Kept.BOUNDARY, Kept.HISTORY):\n",
        test="tests/sql/test_spool.py",
    ),
    Mutation(
        breaks="a commit whose answer was lost is charged once more",
        file="enforcer/site_state.py",
        before="    if known is None or _is_further(stored, known):\n",
        after="    if known is None:\n",
        test="tests/simulation/test_database_away.py",
    ),
    Mutation(
        breaks="an analyzer is cut by the log of another one",
        file="enforcer/switch.py",
        before="        if analyzer.feed is Feed.MODBUS or job.change.reason not in CREDIT_REASONS:\n",
        after="        if analyzer.feed in Feed:\n",
        test="tests/simulation/test_kepware.py",
    ),
    Mutation(
        breaks="what was logged before a frame is held for drift behind it",
        file="enforcer/sight.py",
        before="after is None or read_at - after > LOGGED_WITHIN",
        after="after is None or read_at < after or read_at >= after",
        test="tests/simulation/test_kepware.py",
    ),
    Mutation(
        breaks="a counter that fell does not wait for the status that explains it",
        file="prepaid/kepware/assembly.py",
        before="self._fell(tick) and not waited and self._explaining(tick) is None",
        after="self._fell(tick) and waited and self._explaining(tick) is None",
        test="tests/prepaid/kepware/test_assembly.py",
    ),
    Mutation(
        breaks="values that Kepware calls bad are used",
        file="prepaid/kepware/log.py",
        before="    return quality is not None and quality & GOOD == GOOD\n",
        after="    return quality is not None and quality & GOOD <= GOOD\n",
        test="tests/prepaid/kepware/test_log.py",
    ),
    Mutation(
        breaks="a word of a log with all its bits is a restart",
        file="prepaid/kepware/values.py",
        before="number < WORD - 1 and number != -1 else",
        after="number < WORD else",
        test="tests/prepaid/kepware/test_values.py",
    ),
    Mutation(
        breaks="rows of a log that are committed late are never read",
        file="enforcer/kepware/following.py",
        before="        late = self._rows.of(conn, list(self._gaps), self._at_once)\n",
        after="        late = self._rows.of(conn, [], self._at_once)\n",
        test="tests/enforcer/kepware/test_following.py",
    ),
    Mutation(
        breaks="old values that Kepware repeats are readings",
        file="prepaid/kepware/assembly.py",
        before="        if not self._liveliness.moves(reading):\n",
        after="        if not self._liveliness.moves(reading) and old:\n",
        test="tests/prepaid/kepware/test_assembly.py",
    ),
    Mutation(
        breaks="rows of a log that come late are judged",
        file="prepaid/kepware/assembly.py",
        before="with_phases=True), late=True)\n",
        after="with_phases=True), late=False)\n",
        test="tests/prepaid/kepware/test_assembly.py",
    ),
    Mutation(
        breaks="a clock of Kepware that was set back makes its rows late",
        file="prepaid/kepware/log_clock.py",
        before="        if len(looks) >= LOOKS_LEAST:\n",
        after="        if len(looks) < LOOKS_LEAST:\n",
        test="tests/prepaid/kepware/test_log_clock.py",
    ),
    Mutation(
        breaks="whatever comes late out of a log is a clock that was set back",
        file="prepaid/kepware/log_clock.py",
        before="        if max(paces) - min(paces) > self._unsteady:\n",
        after="        if max(paces) < min(paces):\n",
        test="tests/prepaid/kepware/test_log_clock.py",
    ),
    Mutation(
        breaks="how far the clock of a log is ahead is forgotten while rows come that were stored",
        file="prepaid/kepware/lead.py",
        before="        self._before = self._now if steady else self.known\n",
        after="        self._before = self._now\n",
        test="tests/prepaid/kepware/test_log_clock.py",
    ),
    Mutation(
        breaks="counters below those that were read do not tell old rows of a log",
        file="enforcer/kepware/absorb.py",
        before="    return 2 * len(less) > len(shown)\n",
        after="    return len(less) > len(shown)\n",
        test="tests/enforcer/kepware/test_absorb.py",
    ),
    Mutation(
        breaks="our own clock that is set moves the values of a log",
        file="prepaid/kepware/log_clock.py",
        before="                self._lead.move(gained)\n",
        after="                self._lead.move(-gained)\n",
        test="tests/prepaid/kepware/test_log_clock.py",
    ),
    Mutation(
        breaks="a millisecond of our own clock parts the rows of one moment of a log",
        file="prepaid/kepware/log_clock.py",
        before="gained = self._gained if abs(by) > NEAR else timedelta(seconds=int(self._gained.total_seconds()))",
        after="gained = self._gained",
        test="tests/prepaid/kepware/test_log_clock.py",
    ),
    Mutation(
        breaks="a value of a log that stands is a new one in every row",
        file="enforcer/kepware/absorb.py",
        before="        if placed is not None and placed.stamped_at == stamped.at:\n            return placed.at\n",
        after="",
        test="tests/enforcer/kepware/test_absorb.py",
    ),
    Mutation(
        breaks="rows of a log that wait for others are gone with the enforcer that waits",
        file="enforcer/kepware/group_feed.py",
        before="        pending = [self._absorber.pending_id, *(",
        after="        pending = [*(",
        test="tests/enforcer/kepware/test_feed.py",
    ),
    Mutation(
        breaks="seconds between readings of a log are those of a clock that goes slowly",
        file="prepaid/kepware/assembly.py",
        before="monotonic_s = now_s - (now - tick.at).total_seconds()",
        after="monotonic_s = tick.at.timestamp()",
        test="tests/prepaid/kepware/test_assembly.py",
    ),
)


def broken(mutation: Mutation) -> str:
    """The code of the file with the mutation in it. Raises AssertionError when it no longer has what is replaced."""
    code = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert code.count(mutation.before) == 1, f"{mutation.file} no longer has what the mutation replaces: {mutation}"
    return code.replace(mutation.before, mutation.after)


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the product with the mutation in it."""
    copy = folder / "product"
    ignore = shutil.ignore_patterns("__pycache__", "*.png", "screens")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / mutation.file).write_text(broken(mutation), encoding="utf-8")
    return copy


def caught(copy: Path, seed: int | None, test: str | None = None) -> str:
    """What the mutated product failed with; nothing when nobody noticed."""
    if seed is None:
        arguments = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(test)]
    else:
        arguments = ["-m", "tests.simulation", "seed", str(seed), f"--days={DAYS}", f"--hardness={HARDNESS}"]
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=AT_MOST_S, check=False
    )
    return (ran.stdout + ran.stderr) if ran.returncode else ""


def hunt(mutation: Mutation, seeds: Iterable[int]) -> str:
    """The first of the seeds that notices, and what it says; or that none does."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = mutated(mutation, Path(folder))
        for seed in seeds:
            if said := caught(copy, seed):
                return said.splitlines()[0]
    return "not noticed"
