"""A simulated site inside a test: a thread with its own event loop, on free ports."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from enforcer.simulator.commands import obey, state
from enforcer.simulator.data_logger.logger import LogTarget
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.faults import Fault
from enforcer.simulator.run import Simulator
from enforcer.simulator.site import OutageMode
from prepaid.clock import Clock, SystemClock
from sql.demo.site import DemoSite, Start

Result = TypeVar("Result")
PATIENCE_S = 10.0


class SimulatorThread:
    """`with SimulatorThread(demo_site(3, seed=1)) as simulator:` - every method may be called from any thread.

    The grid is on and stays on unless `automatic_outages`; every port is free unless `own_ports`. A device may be
    named by its serial number or by its place in the site's list.
    """

    def __init__(
        self,
        site: DemoSite,
        *,
        clock: Clock | None = None,
        memory_path: Path | None = None,
        start_counters: Mapping[str, Start] | None = None,
        answer_delay_s: float = 0.0,
        control_port: int | None = None,
        automatic_outages: bool = False,
        own_ports: bool = False,
        kepware: LogTarget | None = None,
    ) -> None:
        if not own_ports:
            site = replace(site, devices=tuple(replace(device, port=0) for device in site.devices))
        self.site = site
        self._make = partial(
            Simulator,
            site,
            clock=clock or SystemClock(),
            memory_path=memory_path,
            start_counters=start_counters,
            answer_delay_s=answer_delay_s,
            control_port=control_port,
            kepware=kepware,
        )
        self._outage_mode = OutageMode.AUTO if automatic_outages else OutageMode.OFF
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self.simulator: Simulator

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Everything listens when this returns."""
        self._thread.start()
        try:
            self._await(self._start())
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """A clean stop: the memory is saved."""
        self._stop(clean=True)

    def kill(self) -> None:
        """As by kill -9: nothing is saved."""
        self._stop(clean=False)

    def serial_number(self, analyzer: str | int) -> str:
        """The serial number of a device named either way."""
        return self.site.devices[analyzer].serial_number if isinstance(analyzer, int) else analyzer

    def address(self, analyzer: str | int) -> tuple[str, int]:
        """Host and port that really listen."""
        endpoint = self.simulator.fleet.endpoints[self.serial_number(analyzer)]
        return endpoint.host, endpoint.port

    def logged_items(self) -> list[str]:
        """The names of all items in the log of Kepware."""
        assert self.simulator.data_logger is not None, "nothing is logged"
        return self.simulator.data_logger.items

    def registers_wh(self, analyzer: str | int) -> tuple[float, float]:
        """The import counters of tariff 1 and 2 as the device shows them now."""
        return self._on(analyzer, lambda device: device.counters.import_wh())

    def true_wh(self, analyzer: str | int) -> tuple[float, float]:
        """What flowed on tariff 1 and 2 since the start, whatever was done to the counters."""
        return self._on(analyzer, lambda device: (device.true_wh[0], device.true_wh[1]))

    def power_w(self, analyzer: str | int) -> float:
        """What flows now."""
        return self._on(analyzer, lambda device: sum(device.load.power_w))

    def connected(self, analyzer: str | int) -> bool:
        """Whether all poles of the contactor conduct."""
        return self._on(analyzer, lambda device: device.switchgear.connected)

    def outputs(self, analyzer: str | int) -> int:
        """The output bits as 207 shows them."""
        return self._on(analyzer, lambda device: device.switchgear.outputs)

    def state(self, analyzer: str | int) -> dict[str, object]:
        """Everything that the command `state` shows."""
        return self.call(lambda: state(self.simulator, self.serial_number(analyzer)))

    def set_load(self, analyzer: str | int, power_w: float | None) -> None:
        """Fixes a load; None gives it back to its profile."""
        self.call(lambda: self.simulator.site.set_load(self.serial_number(analyzer), power_w))

    def set_outage(self, on: bool) -> None:
        """Takes the grid away or gives it back."""
        self.call(lambda: self.simulator.site.set_outage(OutageMode.ON if on else OutageMode.OFF))

    def fault(self, analyzer: str | int, fault: Fault | None) -> None:
        """Begins a fault; None ends all faults of the device."""
        self._await(self.simulator.fault(self.serial_number(analyzer), fault))

    def power_failure(self, analyzer: str | int) -> None:
        """The device forgets what it has not saved and is away for a moment."""
        self._await(self.simulator.power_failure(self.serial_number(analyzer)))

    def exchange(self, one: str | int, other: str | int) -> None:
        """Two devices answer at each other's address from now on."""
        self.call(lambda: self.simulator.fleet.exchange(self.serial_number(one), self.serial_number(other)))

    def run_generator(self, analyzer: str | int, runs: bool) -> None:
        """The contact on DI 0.0 of this device alone, whatever feeds the site, until the next outage begins or ends."""
        self._on(analyzer, lambda device: device.run_generator(runs))

    def close_by_hand(self, analyzer: str | int) -> None:
        """Somebody closes the tripped breaker."""
        self._on(analyzer, lambda device: device.close_by_hand())

    def save(self) -> None:
        """All devices write their memory."""
        self.call(self.simulator.save)

    def step(self) -> None:
        """Steps the site at once instead of at the next second."""
        self.call(self.simulator.site.step)

    def obey(self, line: str) -> str:
        """A line as for the control port."""
        return self._await(obey(self.simulator, line))

    def call(self, action: Callable[[], Result]) -> Result:
        """Runs something in the simulator's loop, between two requests."""
        return self._await(_called(action))

    def _on(self, analyzer: str | int, action: Callable[[SimulatedAnalyzer], Result]) -> Result:
        serial_number = self.serial_number(analyzer)
        return self.call(lambda: action(self.simulator.site.analyzer(serial_number)))

    def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        future: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(PATIENCE_S)

    async def _start(self) -> None:
        self.simulator = self._make()
        self.simulator.site.outage_mode = self._outage_mode
        await self.simulator.start()

    def _stop(self, *, clean: bool) -> None:
        if self._loop.is_closed():
            return
        try:
            self._await(self.simulator.stop(clean=clean))
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


async def _called(action: Callable[[], Result]) -> Result:
    return action()
