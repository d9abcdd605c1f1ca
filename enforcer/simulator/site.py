"""The simulated site: all devices stepped against the clock, under a grid that fails now and then."""

from collections.abc import Iterable
from enum import StrEnum

from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.faults import Fault
from enforcer.simulator.measures import NO_SUPPLY, Supply, generator_supply, grid_supply
from prepaid.clock import Clock
from prepaid.errors.access import NotFound
from prepaid.language import _
from prepaid.records import Purpose
from sql.demo.hours import LOSS_SHARE
from sql.demo.loads import NO_LOAD, SLOT_S, Load, load, split
from sql.demo.outages import grid_is_off
from sql.demo.site import DemoSite

STEP_S = 1.0
"""How often a site is stepped. Registers are exact at any instant; loads and outages change at steps."""


class OutageMode(StrEnum):
    """Whether the grid is off, on, or follows the seed."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class SimulatedSite:
    """The devices of a demo site. `step` it every second; look at a device only after its `advance`."""

    def __init__(self, site: DemoSite, clock: Clock) -> None:
        self.site = site
        self.clock = clock
        self.outage_mode = OutageMode.AUTO
        self.generator_runs = False
        self.fixed_power_w: dict[str, float] = {}
        """Loads set by hand, by serial number: exactly this power, without noise and speed."""
        now = clock.monotonic()
        self.analyzers = [SimulatedAnalyzer(device, now) for device in site.devices]
        self._by_serial = {analyzer.serial_number: analyzer for analyzer in self.analyzers}
        self._loads = [analyzer for analyzer in self.analyzers if not analyzer.description.feeds]
        self._sums = [
            (analyzer, [self._by_serial[serial_number] for serial_number in analyzer.description.feeds])
            for analyzer in self.analyzers
            if analyzer.description.feeds
        ]
        self._second = int(now)
        self._supply = NO_SUPPLY

    def analyzer(self, serial_number: str) -> SimulatedAnalyzer:
        """The device with this serial number, advanced to now."""
        if serial_number not in self._by_serial:
            raise NotFound(what=_("analyzer"), name=serial_number)
        analyzer = self._by_serial[serial_number]
        analyzer.advance(self.clock.monotonic())
        return analyzer

    def begin(self) -> None:
        """The first step: every device gets its load."""
        self._take_source(self._grid_is_off())
        self._draw(self._loads)
        self._draw_sums()

    def step(self) -> None:
        """Lets a second or more pass: outages begin and end, each load changes once a slot, the sums follow."""
        off = self._grid_is_off()
        if off != self.generator_runs:
            self._take_source(off)
            self._draw(self._loads)
        second = int(self.clock.monotonic())
        for passed in range(max(self._second, second - SLOT_S), second):
            self._draw(self._loads[passed % SLOT_S :: SLOT_S])
        self._second = second
        self._draw_sums()

    def set_outage(self, mode: OutageMode) -> None:
        """Takes the grid away, gives it back, or leaves it to the seed."""
        self.outage_mode = mode
        self.step()

    def set_load(self, serial_number: str, power_w: float | None) -> None:
        """Fixes what a consumer draws; None gives it back to its profile."""
        analyzer = self.analyzer(serial_number)
        if analyzer.description.feeds:
            raise NotFound(what=_("load of its own at the sum meter"), name=serial_number)
        if power_w is None:
            self.fixed_power_w.pop(serial_number, None)
        else:
            self.fixed_power_w[serial_number] = power_w
        self._draw([analyzer])
        self._draw_sums()

    def begin_fault(self, serial_number: str, fault: Fault) -> None:
        """The part of a fault that the device itself shows."""
        analyzer = self.analyzer(serial_number)
        if fault is Fault.RESTART:
            analyzer.restart()
        elif fault is Fault.RESET_COUNTERS:
            analyzer.reset_counters()
        else:
            analyzer.faults.add(fault)
            analyzer.refresh()

    def clear_faults(self, serial_number: str) -> None:
        """The device is sound again."""
        analyzer = self.analyzer(serial_number)
        analyzer.faults.clear()
        analyzer.refresh()

    def _grid_is_off(self) -> bool:
        if self.outage_mode is OutageMode.AUTO:
            return grid_is_off(self.site.seed, self.clock.now())
        return self.outage_mode is OutageMode.ON

    def _take_source(self, generator_runs: bool) -> None:
        now = self.clock.monotonic()
        self.generator_runs = generator_runs
        for analyzer in self.analyzers:
            analyzer.advance(now)
            analyzer.run_generator(generator_runs)

    def _draw(self, analyzers: Iterable[SimulatedAnalyzer]) -> None:
        now, wall = self.clock.monotonic(), self.clock.now()
        supply = self._supply_now()
        for analyzer in analyzers:
            fixed_w = self.fixed_power_w.get(analyzer.serial_number)
            description = analyzer.description
            analyzer.advance(now)
            analyzer.draw(
                load(self.site, description, wall) if fixed_w is None else split(self.site, description, fixed_w),
                supply,
            )

    def _draw_sums(self) -> None:
        """Incomers and check meters measure what flows below them now, and the losses of the cables."""
        now = self.clock.monotonic()
        supply = self._supply_now()
        for analyzer, below in self._sums:
            purpose = analyzer.description.purpose
            live = purpose not in {Purpose.GRID_INCOMER, Purpose.GENERATOR_INCOMER} or (
                self.generator_runs == (purpose is Purpose.GENERATOR_INCOMER)
            )
            analyzer.advance(now)
            if live:
                analyzer.draw(_sum(below), supply)
            elif analyzer.supply is not NO_SUPPLY or analyzer.load is not NO_LOAD:
                analyzer.draw(NO_LOAD, NO_SUPPLY)

    def _supply_now(self) -> Supply:
        slot = int(self.clock.now().timestamp()) // SLOT_S
        return (generator_supply if self.generator_runs else grid_supply)(self.site.seed, slot)


def _sum(below: Iterable[SimulatedAnalyzer]) -> Load:
    """The load of several devices with the losses between."""
    powers_w, reactive_var = [0.0] * 3, [0.0] * 3
    for analyzer in below:
        for phase in (0, 1, 2):
            powers_w[phase] += analyzer.load.power_w[phase]
            reactive_var[phase] += analyzer.load.reactive_power_var[phase]
    first_w, second_w, third_w = (power_w * (1 + LOSS_SHARE) for power_w in powers_w)
    first_var, second_var, third_var = (power_var * (1 + LOSS_SHARE) for power_var in reactive_var)
    return Load((first_w, second_w, third_w), (first_var, second_var, third_var))
