"""The simulated site as it runs: devices, sockets, memory and control port in one event loop."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from enforcer.simulator.control import ControlPort
from enforcer.simulator.data_logger.logger import DataLogger, LogTarget
from enforcer.simulator.faults import EVENTS, Fault
from enforcer.simulator.limits import allow_files
from enforcer.simulator.memory import SAVE_EVERY_S, Memory
from enforcer.simulator.server import MAX_CONNECTIONS, Endpoint, Fleet
from enforcer.simulator.site import STEP_S, SimulatedSite
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.errors.simulator import SimulatorMemoryUnwritable
from sql.demo.site import DemoSite, Start

log = logging.getLogger(__name__)


class Simulator:
    """A running site. Make it, `start` and `stop` it inside one event loop."""

    def __init__(
        self,
        site: DemoSite,
        *,
        clock: Clock,
        memory_path: Path | None = None,
        start_counters: Mapping[str, Start] | None = None,
        answer_delay_s: float = 0.0,
        control_port: int | None = None,
        kepware: LogTarget | None = None,
    ) -> None:
        """Without `memory_path` nothing outlives the process; without `control_port` nobody commands it (0: any free).
        `kepware` says where a DataLogger writes what the devices show.

        `start_counters` (by serial number) is where devices begin that have no memory yet.
        """
        self.clock = clock
        self.site = SimulatedSite(site, clock)
        self.memory = Memory(memory_path)
        self.memory.load(self.site.analyzers, start_counters or {})
        self.fleet = Fleet([Endpoint(analyzer, clock, answer_delay_s) for analyzer in self.site.analyzers])
        self.control = None if control_port is None else ControlPort(self, control_port)
        self.data_logger = None if kepware is None else DataLogger(self.site.analyzers, clock, kepware)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Everything listens when this returns."""
        bytearray(1 << 20)  # lets malloc keep asyncio's receive buffers: four times as quick
        allow_files(len(self.site.analyzers), MAX_CONNECTIONS)
        self.site.begin()
        if self.data_logger is not None:
            self.data_logger.prepare()
        try:
            await self.fleet.open()
            if self.control is not None:
                await self.control.open()
            self.save()
        except PrepaidError:
            await self._close()
            raise
        self._tasks.append(asyncio.create_task(self._step()))
        if self.data_logger is not None:
            self._tasks.append(asyncio.create_task(self.data_logger.run()))
        ports = [endpoint.port for endpoint in self.fleet.endpoints.values()]
        control_port = None if self.control is None else self.control.port
        log.info("simulator.ready analyzers=%d ports=%d..%d control=%s", len(ports), ports[0], ports[-1], control_port)

    async def wait(self, stop: asyncio.Event) -> None:
        """Returns when `stop` is set, and raises what ended the site before."""
        assert self._tasks, "start comes first"
        stopping = asyncio.create_task(stop.wait())
        done, _pending = await asyncio.wait({stopping, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done.intersection(self._tasks):
            task.result()

    async def stop(self, *, clean: bool = True) -> None:
        """A clean stop saves all devices; otherwise the memory stays as after a kill."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._close()
        if clean:
            self.save(clean=True)
        log.info("simulator.stopped clean=%s", clean)

    async def _close(self) -> None:
        if self.control is not None:
            await self.control.close()
        await self.fleet.close()

    def save(self, *, clean: bool = False) -> None:
        """Writes the memory of all devices as of now."""
        now = self.clock.monotonic()
        for analyzer in self.site.analyzers:
            analyzer.advance(now)
        self.memory.save(self.site.analyzers, clean=clean)

    async def fault(self, serial_number: str, fault: Fault | None) -> None:
        """Begins a fault, or clears all of this analyzer."""
        if fault is None:
            self.site.clear_faults(serial_number)
        else:
            self.site.begin_fault(serial_number, fault)
        endpoint = self.fleet.endpoints[serial_number]
        if fault is Fault.RESTART:
            await endpoint.restart()
        elif fault not in EVENTS:
            await endpoint.adapt()

    async def power_failure(self, serial_number: str) -> None:
        """The device loses its power: counters as saved last, outputs off, away for a moment."""
        self.site.analyzer(serial_number).lose_power()
        await self.fleet.endpoints[serial_number].restart()

    async def _step(self) -> None:
        loop = asyncio.get_running_loop()
        next_step, next_save = loop.time() + STEP_S, loop.time() + SAVE_EVERY_S
        while True:
            await asyncio.sleep(max(0.0, next_step - loop.time()))
            next_step = max(next_step + STEP_S, loop.time())
            self.site.step()
            if loop.time() >= next_save:
                next_save += SAVE_EVERY_S
                try:
                    self.save()
                except SimulatorMemoryUnwritable as error:
                    log.warning("simulator.memory.failed %s", error)


async def run_simulator(
    site: DemoSite,
    *,
    clock: Clock,
    stop: asyncio.Event,
    memory_path: Path | None = None,
    start_counters: Mapping[str, Start] | None = None,
    answer_delay_s: float = 0.0,
    control_port: int | None = None,
    kepware: LogTarget | None = None,
    faults: Mapping[str, Fault] | None = None,
    ready: Callable[[Simulator], None] = lambda _simulator: None,
) -> None:
    """Runs a site until `stop` is set, then saves it. `ready` is called once everything listens."""
    simulator = Simulator(
        site,
        clock=clock,
        memory_path=memory_path,
        start_counters=start_counters,
        answer_delay_s=answer_delay_s,
        control_port=control_port,
        kepware=kepware,
    )
    await simulator.start()
    try:
        for serial_number, fault in (faults or {}).items():
            await simulator.fault(serial_number, fault)
        ready(simulator)
        await simulator.wait(stop)
    finally:
        await simulator.stop()
