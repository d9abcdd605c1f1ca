"""One simulated PAC3220: its registers and commands, its tariff, and the load that flows through its contactor."""

from enforcer.simulator.counters import COUNTERS, Counters
from enforcer.simulator.faults import Fault
from enforcer.simulator.frames import Code, Refused
from enforcer.simulator.image import counters_image, identity_image, measures_image, status_image
from enforcer.simulator.layout import Block, span
from enforcer.simulator.measures import NO_SUPPLY, Supply, measure
from enforcer.simulator.saved import Saved
from enforcer.simulator.settings import (
    LAST_BASIC_SETTING,
    OUTPUT_GROUP,
    OUTPUT_TIMEOUT,
    OUTPUT_USE,
    SWITCHING_OUTPUT,
    Settings,
)
from enforcer.simulator.switchgear import ALL_POLES, FIRST_POLE, Switchgear
from enforcer.simulator.tariff import Tariff
from sql.demo.loads import NO_LOAD, Load
from sql.demo.site import DemoDevice

PARAMETERS_CHANGED = 0x100
RESTARTED = 0x800
COUNTERS_RESET = 0x1000
STORED = PARAMETERS_CHANGED | RESTARTED | COUNTERS_RESET
RESTART_S = 2.0
"""How long a device is away when it restarts; it measures nothing meanwhile."""


class SimulatedAnalyzer:
    """A device that lives by the monotonic seconds it is told: `advance` before looking at it or changing it."""

    def __init__(self, description: DemoDevice, now: float) -> None:
        self.description = description
        self.serial_number = description.serial_number
        self.faults: set[Fault] = set()
        self.counters = Counters()
        self.true_wh = [0.0, 0.0]
        """What flowed per tariff since this object was made, whatever was done to the counters."""
        self.settings = Settings(description.ct_primary_a)
        self.switchgear = Switchgear(description.wiring)
        self.diagnostics = 0
        self.parameter_changes = self.setting_changes = 1
        """As after it was installed: somebody entered its transformer ratios."""
        self.tariff = Tariff()
        self.demand = NO_LOAD
        """What the consumer would draw with the contactor closed."""
        self.load = NO_LOAD
        """What flows."""
        self.supply = NO_SUPPLY
        self.restarts = 0
        self._operating_s = 0.0
        self._now = self._awake_at = now
        self._measured: tuple[bytes, bytes] | None = None
        self._saved_counters = tuple(self.counters.values)

    @property
    def awake(self) -> bool:
        """Whether it answers; after a restart only when it has started."""
        return self._now >= self._awake_at

    # --- time and the world around it ---------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Lets everything happen that is due until `now`, each at its own instant."""
        while (due := min(self.switchgear.due(), self.tariff.due)) <= now:
            self._integrate(due)
            self.switchgear.happen(due)
            if self.tariff.due <= due:
                self.tariff.take(self.settings)
            self._follow()
        self._integrate(now)

    def draw(self, demand: Load, supply: Supply) -> None:
        """What the consumer wants and what the network offers from now on."""
        self.demand = demand
        self.supply = supply
        self._follow()

    def run_generator(self, runs: bool) -> None:
        """The contact on DI 0.0."""
        self.tariff.generator_runs = runs
        self._change_tariff()

    def close_by_hand(self) -> None:
        """Somebody closes the tripped breaker."""
        self.switchgear.close_by_hand(self._now)

    def refresh(self) -> None:
        """Looks at the contacts again, after a fault came or went."""
        self.switchgear.welded = ALL_POLES * (Fault.WELDED in self.faults) | FIRST_POLE * (
            Fault.WELDED_POLE in self.faults
        )
        self.switchgear.settle()
        self._follow()

    def _integrate(self, until: float) -> None:
        seconds = until - self._now
        if seconds > 0:
            awake_s = max(0.0, until - max(self._now, self._awake_at))
            self._now = until
            self._operating_s += awake_s
            self.counters.integrate(awake_s)
            self.true_wh[self.tariff.active] += sum(self.load.power_w) * seconds / 3600

    def _change_tariff(self) -> None:
        self.tariff.follow(self.settings, self._now, self._operating_s)
        self.counters.rise(self.load, self.tariff.active)

    def _follow(self) -> None:
        """Load, counters and values follow the contacts and the consumer."""
        through = self.switchgear.through
        self.load = Load(through(self.demand.power_w), through(self.demand.reactive_power_var))
        self.counters.rise(self.load, self.tariff.active)
        self._measured = None

    # --- registers (frames.Registers) ---------------------------------------------------------------------------

    def read(self, offset: int, count: int) -> bytes:
        """Functions 3 and 4."""
        where = span(offset, count)
        return self._image(where.block)[where.begin : where.end]

    def write(self, offset: int, data: bytes) -> None:
        """Function 16: settings, and energy counters."""
        where = span(offset, len(data) // 2)
        if where.block is Block.COUNTERS:
            image = bytearray(COUNTERS.pack(*self.counters.values))
            image[where.begin : where.end] = data
            for index, value in enumerate(COUNTERS.unpack(bytes(image))):
                if where.begin <= index * 8 < where.end:
                    self.counters.write(index, value)
        elif where.block in {Block.MEASURES, Block.STATUS, Block.IDENTITY}:
            raise Refused(Code.ILLEGAL_ADDRESS)
        elif changed := self.settings.write(where, data):
            self._count_change(basic=min(changed) <= LAST_BASIC_SETTING)
            self._change_tariff()

    def _image(self, block: Block) -> bytes:
        if block is Block.COUNTERS:
            return counters_image(self.counters, self.description.rated_power_w, self.faults)
        if block is Block.IDENTITY:
            return identity_image(self.serial_number, self.setting_changes, self.faults)
        if block not in {Block.MEASURES, Block.STATUS}:
            return self.settings.registers(block)
        if self._measured is None:
            self._measured = measure(self.load, self._at_terminals())
        if block is Block.MEASURES:
            return measures_image(self._measured[0], self.faults)
        status = status_image(
            diagnostics=self.diagnostics,
            outputs=self.switchgear.outputs,
            generator_runs=self.tariff.generator_runs,
            feedback=self.description.feedback and self.switchgear.connected,
            tariff=self.tariff.active,
            operating_s=self._operating_s,
            parameter_changes=self.parameter_changes,
            setting_changes=self.setting_changes,
        )
        return status + self._measured[1]

    def _at_terminals(self) -> Supply:
        """The supply as the voltage taps see it."""
        if not self.description.taps_below or self.switchgear.connected:
            return self.supply
        voltages_v = self.switchgear.through(self.supply.voltages_v)
        return self.supply._replace(voltages_v=voltages_v) if any(voltages_v) else NO_SUPPLY

    def command(self, offset: int, value: int) -> None:
        """Function 6: commands only. One for an output that is no switching output is answered, and nothing happens."""
        high, low = divmod(value, 0x100)
        if offset == 60008 and low <= 1 and high <= 1:
            self._switch({low}, bool(high))
        elif offset == 60009 and high <= 99 and low <= 1:
            self._switch({output for output in (0, 1) if self.settings[OUTPUT_GROUP[output]] == high}, bool(low))
        elif offset == 60007:
            self.diagnostics &= ~(value & STORED)
        elif offset == 60006 and value <= 1:
            self.tariff.chosen = value
            self._change_tariff()
        elif offset == 60004:
            self.reset_counters()
        elif offset == 60001:
            self.restart()
        elif offset == 60000:
            self.settings = Settings(self.description.ct_primary_a)
            self._count_change(basic=True)
            self.restart()
        else:
            raise Refused(Code.ILLEGAL_VALUE if offset in {60006, 60008, 60009} else Code.ILLEGAL_ADDRESS)

    def _switch(self, outputs: set[int], on: bool) -> None:
        for output in outputs:
            if self.settings[OUTPUT_USE[output]] == SWITCHING_OUTPUT:
                self.switchgear.switch(output, on, self._now, self.settings[OUTPUT_TIMEOUT[output]])

    def _count_change(self, *, basic: bool) -> None:
        self.parameter_changes += basic
        self.setting_changes += 1
        self.diagnostics |= PARAMETERS_CHANGED

    def reset_counters(self) -> None:
        """Somebody sets all counters to zero, in the memory too."""
        self.counters = Counters()
        self._saved_counters = tuple(self.counters.values)
        self.counters.rise(self.load, self.tariff.active)
        self.diagnostics |= COUNTERS_RESET

    def save(self) -> Saved:
        """Writes the non-volatile memory."""
        self._saved_counters = tuple(self.counters.values)
        return Saved(
            counters=self._saved_counters,
            outputs=self.switchgear.outputs,
            wants_connected=self.switchgear.wants_connected,
            chosen_tariff=self.tariff.chosen,
            diagnostics=self.diagnostics,
            operating_s=self._operating_s,
            parameter_changes=self.parameter_changes,
            setting_changes=self.setting_changes,
            settings=dict(self.settings.values),
        )

    def recall(self, saved: Saved) -> None:
        """Begins with the contents of the memory, as after a clean stop."""
        self._saved_counters = saved.counters
        self.counters = Counters(saved.counters)
        self.tariff.chosen = saved.chosen_tariff
        self.diagnostics = saved.diagnostics
        self._operating_s = saved.operating_s
        self.parameter_changes = saved.parameter_changes
        self.setting_changes = saved.setting_changes
        self.settings = Settings(self.description.ct_primary_a, saved.settings)
        self.switchgear.recall(saved.outputs, saved.wants_connected)
        self._change_tariff()
        self._follow()

    def begin_at(self, tariff_1_wh: float, tariff_2_wh: float, connected: bool = True) -> None:
        """A device without a memory: its counters begin here, and its supply as it was left."""
        self.counters.begin_at(tariff_1_wh, tariff_2_wh)
        if not connected:
            self.switchgear.begin_cut()
            self._follow()
        self.save()

    def restart(self) -> None:
        """A restart in good order: the counters are saved first, the outputs go off."""
        self.save()
        self.lose_power()

    def lose_power(self) -> None:
        """The power fails and comes back: counters as saved last (at most 5 minutes ago), outputs off."""
        self.counters = Counters(self._saved_counters)
        self.diagnostics |= RESTARTED
        self.restarts += 1
        self._awake_at = self._now + RESTART_S
        self.switchgear.lose_power(self._now)
        self._follow()
