"""One process of the enforcer in a simulated world: its own memory, its own door to the database, and its end."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from typing import Any

import schedule

from enforcer.housekeeping import Housekeeping
from enforcer.loop import FRAMES_AWAITED_S
from enforcer.notify import Notifier
from enforcer.spool import Spool
from enforcer.take_over import take_over
from enforcer.work import Worker
from prepaid.clock import Clock
from prepaid.errors.start import DatabaseUnavailable
from prepaid.settings import SiteSettings, Smtp, SmtpSecurity
from tests.simulation.database import SimulatedDatabase
from tests.simulation.logged import LoggedPolling
from tests.simulation.loop import carry_out
from tests.simulation.polling import SimulatedPolling
from tests.simulation.spool import SimulatedSpoolFile
from tests.simulation.world import World

JOBS_EVERY_S = 600.0
MAILS_EVERY_S = 15.0
SMTP = Smtp(
    server="mail.example", port=25, username=None, password=None, security=SmtpSecurity.NONE, sender="site@mail.example"
)


class Node:
    """An enforcer that has taken the site over. Raises AlreadyRunning while another one holds the lease, and
    DatabaseUnavailable."""

    def __init__(self, world: World, number: int, *, away: bool = False) -> None:
        self.number = number
        self.slow = True
        """Whether passes are minutes apart, so that nothing can be promised within seconds."""
        self.world = world
        holder = f"node:{number}"
        self.database = SimulatedDatabase(world.url, world.clock, world.dooms)
        self.database.away = away
        site_id, settings = world.building.site_id, SiteSettings()
        self.spool_file = SimulatedSpoolFile(world.folder, world.dooms)
        self.spool = Spool(self.spool_file, holder, float(settings.history_interval_s))
        taken = take_over(self.database, world.clock, site_id, settings, holder, self.spool.until)
        self.clock = taken.clock
        seed = world.plan.seed * 1000 + number
        self.polling = SimulatedPolling(taken.state.targets, world.links, world.loop, taken.clock, seed, holder)
        logged = None if world.logger is None else LoggedPolling(self.polling, world.logger, taken, self.database)
        self._poll = self.polling.poll if logged is None else logged.poll
        feeds = None if logged is None else logged.feeds
        self.worker = Worker(
            feeds or self.polling, taken.clock, taken.state, taken.lease, self.spool, holder, "simulated", logs=feeds
        )
        fenced = taken.lease.database
        self._notifier = Notifier(
            fenced,
            SMTP,
            taken.clock,
            site_id,
            holder,
            lambda _smtp: world.mail,
            may_send=taken.lease.lets_frames_leave,
        )
        self._drained_s = 0.0
        self._housekeeping = Housekeeping(fenced, site_id, taken.clock, _SimulatedScheduler(world.clock), _AtOnce())

    def work(self) -> None:
        """Polls, passes, and does what waits beside. Raises what ends the process."""
        self.world.loop.finish(self._poll())
        try:
            self.worker.run_pass()
            self._housekeeping.look()
            if self.slow or self.world.clock.monotonic() >= self._drained_s + MAILS_EVERY_S:
                self._drained_s = self.world.clock.monotonic()
                self._notifier.drain()
        except DatabaseUnavailable as error:
            self.world.say(f"node {self.number}: {error}")

    def await_until(self, second: float) -> None:
        """Lets time pass; answers of devices are settled as they come."""
        loop = self.world.loop
        while loop.time() < second:
            loop.pass_until(second)
            if self.worker.wake.is_set():
                self._settle()

    def _settle(self) -> None:
        try:
            self.worker.settle()
        except DatabaseUnavailable as error:
            self.world.say(f"node {self.number}: {error}")

    def stop(self) -> None:
        """A clean end; while the database is away the lease ends by itself."""
        until_s = self.world.loop.time() + FRAMES_AWAITED_S
        while self.worker.busy and self.world.loop.time() < until_s:
            self.await_until(self.world.loop.time() + 0.5)
        with suppress(DatabaseUnavailable):
            self.worker.lease.give_back()
        self.die()

    def die(self) -> None:
        """The process is gone: what it had under way ends with it, and its connections are closed by the system."""
        self.world.dooms.spare()
        self.database.close()


class _AtOnce(Executor):
    """Does what it is given at once, so that there is one order of things."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        carry_out(done, partial(fn, *args, **kwargs))
        return done


class _SimulatedScheduler(schedule.Scheduler):
    """`schedule` on the simulated clock: all its jobs are due every ten minutes."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._due_s = clock.monotonic()

    def run_pending(self) -> None:
        if self._clock.monotonic() >= self._due_s:
            self._due_s = self._clock.monotonic() + JOBS_EVERY_S
            self.run_all()
