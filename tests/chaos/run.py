"""A run: the site, its tenants, a mail server, two enforcers and their fate; then what the oracle finds."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import SystemClock
from prepaid.records import Purpose, Wiring
from prepaid.settings import Smtp, SmtpSecurity
from sql.check import check
from sql.connection import Database
from sql.demo.site import demo_site
from sql.tables import assignments
from tests.building import Building
from tests.chaos.evidence import Evidence, gather, introduce, watch_database
from tests.chaos.fate import Fate
from tests.chaos.frames import FrameLog
from tests.chaos.oracle import (
    Mail,
    between,
    clear,
    frame_breaches,
    longest,
    mail_breaches,
    parted,
    repeated,
    second_blows,
    succeeded,
    succession_breaches,
    takeovers,
)
from tests.chaos.process import EnforcerProcess
from tests.chaos.tenants import AMOUNT_PER_S, LASTS_S, LOAD_W, Tenant, Tenants
from tests.documents.mail_servers import Outbox, mail_server
from tests.story.foreseen import foresee_the_end
from tests.story.installed import move_in
from tests.story.world import GENERATOR_PRICE, GRID_PRICE

ANALYZERS = 20
TENANTS = 12
TAKEN_OVER_S = 12.0
SLACK_S = 1.5
BEGINS_WITHIN_S = 60.0
CALM_S = 20.0
QUICK = {"read_interval_s": "1", "pass_interval_s": "0.5", "connect_grid_per_s": "20"}
DEFAULTS = {"connect_grid_per_s": "20"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A seed, for how long, and at which pace the site is read."""

    seed: int
    seconds: float
    settings: dict[str, str] = field(default_factory=lambda: QUICK)

    @property
    def limit_s(self) -> float:
        """So long a supply may be wrong: until the successor has the lease, and until it has read and made a pass."""
        read_s = float(self.settings.get("read_interval_s", "5"))
        return TAKEN_OVER_S + read_s + float(self.settings.get("pass_interval_s", "2.5")) + SLACK_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of a run, and what was wrong with it."""

    figures: Sequence[str]
    breaches: Sequence[str]
    story: Sequence[str]
    takeovers: int
    frames: int
    strikes: int


def run(plan: Plan, database_url: str, folder: Path) -> Report:
    """Runs it over an empty database with all tables."""
    with ExitStack() as stack:
        database = Database(database_url, lock_wait_s=0.5)
        stack.callback(database.close)
        sa.event.listen(database.engine, "connect", lambda connection, _entry: introduce(connection, 0))
        watch_database(database)
        simulator = stack.enter_context(SimulatorThread(demo_site(ANALYZERS, seed=2)))
        outbox = stack.enter_context(mail_server())
        chance = random.Random(plan.seed)
        tenants = _tenants(database, simulator, chance, plan)
        processes = [EnforcerProcess(number, folder, database_url, _smtp(outbox)) for number in (1, 2)]
        fate = Fate(processes, Path(str(database.url.database)), random.Random(chance.random()))
        log = FrameLog(lambda: [process.pid for process in processes if process.pid], fate.about_to_write)
        for endpoint in simulator.simulator.fleet.endpoints.values():
            endpoint.witness = log
        for process in processes:
            stack.callback(process.end)
            process.begin()
        _wait_for(lambda: _both_begun(processes), "one works and the other stands by")
        _wait_for(lambda: _all_bases_open(database), "every analyzer has its first base")
        for tenant in tenants.everybody:
            simulator.set_load(tenant.number, LOAD_W)
        began_s = time.monotonic()
        with _mails(outbox) as mails, _living(tenants):
            fate.rule(began_s + plan.seconds)
            fate.calm(CALM_S)
        end_s = time.monotonic()
        for process in processes:
            process.end()
        evidence = gather(database)
        breaches = [str(breach) for breach in check(database, everything=True)]
        return _report(plan, fate, tenants, log, evidence, mails, breaches, (began_s, end_s))


def _report(
    plan: Plan,
    fate: Fate,
    tenants: Tenants,
    log: FrameLog,
    evidence: Evidence,
    mails: Sequence[Mail],
    books: Sequence[str],
    span: tuple[float, float],
) -> Report:
    began_s, end_s = span
    seconds = second_blows(fate.strikes, evidence.renewals, plan.limit_s)
    pieces = [piece for each in fate.processes for piece in parted(clear(each.able, fate.locked, end_s), seconds)]
    gaps = between([beat.at_s for beat in evidence.beats if began_s <= beat.at_s <= end_s], end_s)
    wrongs = [(wrong.from_s, wrong.until_s) for wrong in tenants.wrongs]
    taken_s = takeovers(evidence.renewals)
    went_on_s = succeeded([span for each in fate.processes for span in each.still], taken_s)
    gap_s, wrong_s = longest(gaps, pieces), longest(wrongs, pieces)
    breaches = [
        *(f"written without the lease: {loser}" for loser in evidence.losers),
        *frame_breaches(log.frames, evidence.renewals),
        *succession_breaches(evidence.renewals),
        *mail_breaches(mails, taken_s, went_on_s),
        *(f"the books: {breach}" for breach in books),
    ]
    if gap_s > plan.limit_s:
        breaches.append(f"no pass for {gap_s:.1f} s, though one process could have made it")
    breaches += [
        f"{wrong}: {able_s:.1f} s in which one process could have mended it"
        for wrong in tenants.wrongs
        if (able_s := longest([(wrong.from_s, wrong.until_s)], pieces)) > plan.limit_s
    ]
    kills, stops = sum(each.kills for each in fate.processes), sum(each.stops for each in fate.processes)
    whole = [(began_s, end_s)]
    locked_s = sum((lock.until_s or end_s) - lock.from_s for lock in fate.locked)
    figures = [
        f"seed {plan.seed}, {end_s - began_s:.0f} s: {kills} kills, {stops} stops ({fate.stops_at_frames} at a frame), "
        f"{len(taken_s)} times the lease was taken",
        f"{len(log.frames)} frames, {len(evidence.beats)} passes, {sum(t.recharges for t in tenants.everybody)} "
        f"recharges, {len(mails)} mails ({repeated(mails)} again after a takeover)",
        f"longest gap between passes {gap_s:.1f} s (with all that fate did: {longest(gaps, whole):.1f} s)",
        f"longest wrong supply {wrong_s:.1f} s (with all that fate did: {longest(wrongs, whole):.1f} s), "
        f"limit {plan.limit_s:.1f} s",
        f"{len(seconds)} times a holder was struck before the site had come over the strike before",
        f"{len(fate.locked)} times a process stood still with the lock of the database, {locked_s:.0f} s in all",
        f"{len(breaches)} breaches",
    ]
    return Report(
        figures=figures,
        breaches=breaches,
        story=_story(fate, evidence, log),
        takeovers=len(taken_s),
        frames=len(log.frames),
        strikes=kills + stops,
    )


def _story(fate: Fate, evidence: Evidence, log: FrameLog) -> list[str]:
    """What happened, in order: for whoever looks for the reason of a breach."""
    told = [*fate.told, *((frame.at_s, str(frame)) for frame in log.frames)]
    for before, after in pairwise(evidence.renewals):
        if after.token != before.token:
            told.append((after.at_s, f"{after} after {before}"))
    return [f"{at_s:.2f} {what}" for at_s, what in sorted(told)]


def _tenants(database: Database, simulator: SimulatorThread, chance: random.Random, plan: Plan) -> Tenants:
    at = SystemClock().now() - timedelta(minutes=1)
    building = Building(database, at=at, grid_price=GRID_PRICE, generator_price=GENERATOR_PRICE, values=plan.settings)
    devices = simulator.site.devices
    chosen = [n for n, each in enumerate(devices) if each.purpose is Purpose.TENANT][:TENANTS]
    everybody = []
    for number, device in enumerate(devices):
        if number in chosen:
            paid = round(chance.uniform(*LASTS_S) * AMOUNT_PER_S, 2)
            person = move_in(building, simulator, number, str(paid))
            everybody.append(Tenant(number, person, paid, simulator.true_wh(number)[0]))
            continue
        host, port = simulator.address(number)
        building.analyzer(device.name, host=host, port=port, serial_number=device.serial_number, wiring=Wiring.NONE)
    building.admin()
    foresee_the_end(building)
    return Tenants(building, simulator, everybody, random.Random(chance.random()))


def _smtp(outbox: Outbox) -> Smtp:
    return Smtp(
        server=outbox.host,
        port=outbox.port,
        username=None,
        password=None,
        security=SmtpSecurity.NONE,
        sender="energy@building.example",
    )


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    until_s = time.monotonic() + BEGINS_WITHIN_S
    while not condition():
        assert time.monotonic() < until_s, f"waited in vain until {what}"
        time.sleep(0.1)


def _both_begun(processes: Sequence[EnforcerProcess]) -> bool:
    for process in processes:
        process.ask()
    return {process.state for process in processes} == {"ok", "standing_by"}


def _all_bases_open(database: Database) -> bool:
    """What flows before the first base belongs to nobody."""
    question = sa.select(sa.func.count()).select_from(assignments).where(assignments.c.from_at.is_(None))
    with database.reading() as conn:
        return conn.scalar(question) == 0


@contextmanager
def _living(tenants: Tenants) -> Iterator[None]:
    thread = threading.Thread(target=tenants.live, name="tenants")
    thread.start()
    try:
        yield
    finally:
        tenants.stop.set()
        thread.join(30)


@contextmanager
def _mails(outbox: Outbox) -> Iterator[list[Mail]]:
    """The mails as they come in, with the second of each."""
    mails: list[Mail] = []
    stop = threading.Event()

    def take() -> None:
        while True:
            over = stop.wait(0.05)
            for message in outbox.messages[len(mails) :]:
                mails.append(Mail(time.monotonic(), str(message["Message-ID"])))
            if over:
                return

    thread = threading.Thread(target=take, name="mails")
    thread.start()
    try:
        yield mails
    finally:
        stop.set()
        thread.join(10)
