"""A day of a large site in minutes, with an hour without a database and an hour with full disks: nothing may grow, and
the books are exact afterwards."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import psutil
import sqlalchemy as sa

from documents.logs import configure
from prepaid.records import SOURCES, ChargeCause, Wiring
from sql import schema
from sql.check import check
from sql.connection import Database
from sql.tables import charges
from tests.databases import new_database
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import Node
from tests.simulation.plan import AnalyzerPlan, Plan, TenantPlan, plan_of
from tests.simulation.world import World, build, new_clock

HOUR_S = 3600
PER_TENANT = 8
AWAY, FULL, LOCKED = 0.25, 0.5, 0.75
"""At which part of the day the database is away for an hour, the disks are full for an hour, the database is locked."""
LOCKED_TRANSACTIONS = 20
TROUBLES = ("it does not answer", "disk is full", "was kept locked")
LOADS = (0.0, 0.1, 0.3, 0.6)
SPARE_WH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is simulated: passes so far apart over so many hours."""

    analyzers: int
    hours: int
    pass_s: float


@dataclass(slots=True)
class Sampled:
    """One figure of the process over the day."""

    name: str
    unit: str
    values: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        after_start = self.values[len(self.values) // 8]
        figures = (
            f"{after_start:.1f} at the beginning, {max(self.values):.1f} at most, {self.values[-1]:.1f} at the end"
        )
        return f"{self.name}: {figures} ({self.unit})"


@dataclass(slots=True)
class Samples:
    """What may not grow."""

    memory: Sampled = field(default_factory=lambda: Sampled("memory", "MB"))
    files: Sampled = field(default_factory=lambda: Sampled("file descriptors", "open"))
    logs: Sampled = field(default_factory=lambda: Sampled("logs", "kB"))
    spool: Sampled = field(default_factory=lambda: Sampled("spool", "kB"))

    def all(self) -> tuple[Sampled, ...]:
        return self.memory, self.files, self.logs, self.spool


def measure(day: Day) -> Iterator[str]:
    """Lines of figures. Raises AssertionError where the books are not exact."""
    with tempfile.TemporaryDirectory() as folder:
        quiet = configure("day", folder=Path(folder) / "logs")
        try:
            yield from _measured(day, Path(folder))
        finally:
            quiet()


def _measured(day: Day, folder: Path) -> Iterator[str]:
    began_s, spent_s = time.perf_counter(), time.process_time()
    loop, world = _site(day, folder)
    node = Node(world, 0)
    node.polling.with_phases = True
    samples = Samples()
    try:
        passes = round(day.hours * HOUR_S / day.pass_s)
        for _pass in range(passes):
            _happen(day, node)
            node.work()
            node.await_until(loop.time() + day.pass_s)
            _sample(samples, node, folder)
        node.work()
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - spent_s
        yield f"{day.analyzers} analyzers, {day.hours} hours, {passes} passes: {took_s:.0f} s, {cpu_s:.0f} of processor"
        for trouble in TROUBLES:
            times = sum(trouble in said for said in world.said)
            assert times, f"{trouble!r} never happened"
            yield f"{times} passes found: {trouble}"
        yield from map(str, samples.all())
        yield from _proved(day, world, node)
    finally:
        loop.end()
        node.die()
        world.database.close()
        loop.close()


def _site(day: Day, folder: Path) -> tuple[SimulatedLoop, World]:
    empty = folder / "empty.db"
    database = Database(f"sqlite:///{empty.as_posix()}")
    schema.create(database)
    database.close()
    plan = _plan(day)
    clock = new_clock(plan.begins_at)
    loop = SimulatedLoop(clock)
    return loop, build(plan, new_database(folder, empty, clock), clock, loop)


def _plan(day: Day) -> Plan:
    """Shops with eight analyzers each, and credit for a month."""
    tenants = -(-day.analyzers // PER_TENANT)
    rich = TenantPlan(opening_h=700.0, emergency_credit_h=0.0, restore_threshold_h=0.0)
    analyzers = tuple(
        AnalyzerPlan(
            tenant=number // PER_TENANT,
            rated_power_w=20_000,
            ct_primary_a=50,
            wiring=Wiring.HELD_ON_SUPPLY,
            taps_below=False,
            feedback=False,
            grid_wh=1_000_000.0 + number,
            generator_wh=100_000.0,
            generator_tariff=2,
        )
        for number in range(day.analyzers)
    )
    plan = plan_of(1, days=day.hours / 24, hardness=0).with_happenings([])
    return replace(plan, tenants=(rich,) * tenants, analyzers=analyzers, no_cut=(), time_zone="Asia/Kathmandu")


def _happen(day: Day, node: Node) -> None:
    """Loads change every hour; in the hours of trouble the generator supplies half of the time."""
    world = node.world
    hour = world.seconds / HOUR_S
    troubles = [_is_during(hour, part * day.hours) for part in (AWAY, FULL)]
    if troubles[0] != node.database.away or troubles[1] != node.database.full:
        node.database.away, node.database.full = troubles
        node.spool_file.full = node.database.full
    if abs(hour - LOCKED * day.hours) < day.pass_s / HOUR_S / 2:
        node.database.busy_transactions = LOCKED_TRANSACTIONS
    outage = hour % 6 < 0.5
    if outage != bool(world.outages):
        world.advance_devices()
        world.outages = int(outage)
        for each in world.installed:
            each.device.run_generator(outage)
    if int(world.seconds) % HOUR_S < day.pass_s or outage != bool(world.outages):
        chance = Random(f"{hour:.0f}")
        for each in world.installed:
            each.demand = chance.choice(LOADS)
    world.feed()


def _is_during(hour: float, begins: float) -> bool:
    return begins + 0.1 <= hour < begins + 1.1


def _sample(samples: Samples, node: Node, folder: Path) -> None:
    process = psutil.Process()
    samples.memory.values.append(process.memory_info().rss / 1e6)
    samples.files.values.append(process.num_fds())
    samples.logs.values.append(sum(each.stat().st_size for each in (folder / "logs").glob("*")) / 1e3)
    samples.spool.values.append(node.spool_file.bytes / 1e3)


def _proved(day: Day, world: World, node: Node) -> Iterator[str]:
    """The product's own proof; every Wh of every device is counted; every hour has its charges."""
    breaches = check(world.database, everything=True)
    assert not breaches, "; ".join(str(breach) for breach in breaches[:5])
    world.advance_devices()
    for each in world.installed:
        meter = node.worker.state.books[each.analyzer_id].meter
        for source, shown_wh in zip(SOURCES, each.device.counters.import_wh(), strict=True):
            booked_wh = meter.counter(source).highest_wh
            said = f"analyzer {each.analyzer_id}, {source}: {booked_wh} Wh in the books, {shown_wh:.1f} shown"
            assert abs(booked_wh - shown_wh) <= SPARE_WH, said
    question = sa.select(sa.func.count(sa.distinct(charges.c.period_to))).where(charges.c.cause == ChargeCause.HOUR)
    with world.database.reading() as conn:
        hours = conn.scalar(question)
    assert hours == day.hours, f"charges at {hours} hours, not {day.hours}"
    yield f"check --all finds nothing, all Wh are counted, charges end at each of the {hours} hours"
