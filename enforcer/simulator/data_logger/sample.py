"""What KEPServerEX knows of the simulated analyzers at an instant: it reads the same registers as everybody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from enforcer.kepserver.project import Device, placed
from enforcer.kepserver.tags import DataType, Tag, item_name
from enforcer.pac3220.blocks import ENERGY, INSTANT, PHASES, STATE, Block
from enforcer.pac3220.registers import ENERGIES, MEASURES, PHASE_ENERGIES, STATUS
from enforcer.simulator.data_logger.form import COMMUNICATION_FAILURE, GOOD, LogForm
from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.faults import EXCEPTION_CODES, Fault
from prepaid.clock import Clock
from sql.demo.data_logger import Logged
from sql.demo.site import DemoDevice

_BLOCKS: Final = ((INSTANT, MEASURES), (STATE, STATUS), (ENERGY, ENERGIES), (PHASES, PHASE_ENERGIES))
_BLOCK_OF: Final[Mapping[str, Block]] = {each.name: block for block, registers in _BLOCKS for each in registers}
_NAMES: Final = {block.name: tuple(each.name for each in registers) for block, registers in _BLOCKS}
SILENT: Final = frozenset(
    {
        Fault.DEAD,
        Fault.BLACKHOLE,
        Fault.SLOW,
        Fault.HALF_OPEN,
        Fault.RESET_MID_FRAME,
        Fault.WRONG_TRANSACTION,
        *EXCEPTION_CODES,
    }
)
"""The faults with which a driver gets no answer in time."""


class Sampler:
    """Reads all tags of all analyzers; keeps the last value of each, which is what a failed link leaves."""

    def __init__(self, analyzers: Sequence[SimulatedAnalyzer], clock: Clock, form: LogForm) -> None:
        self._analyzers = analyzers
        self._clock = clock
        self._form = form
        places = placed([device_of(each.description) for each in analyzers])
        self._tags = [[(tag, item_name(place.channel, place.name, tag)) for tag in form.tags] for place in places]
        self._last: dict[str, Logged] = {}

    @property
    def items(self) -> list[str]:
        """The names of all items, in the order of the samples."""
        return [item for tags in self._tags for _tag, item in tags]

    def sample(self) -> list[Logged]:
        """All values of this instant. Ask for it where the devices live: in the loop of the simulator."""
        stamp, now_s = self._form.stamp(self._clock.now()), self._clock.monotonic()
        values: list[Logged] = []
        for analyzer, tags in zip(self._analyzers, self._tags, strict=True):
            analyzer.advance(now_s)
            found = _read(analyzer, [tag for tag, _item in tags])
            values += [self._logged(item, tag, found, stamp) for tag, item in tags]
        self._last = {each.item: each for each in values}
        return values

    def _logged(self, item: str, tag: Tag, found: Mapping[str, float | str] | None, stamp: datetime) -> Logged:
        last = self._last.get(item)
        if found is None:
            value = "0" if last is None else last.value
            quality = COMMUNICATION_FAILURE
        else:
            value = self._form.text(tag, found[tag.name])
            quality = GOOD
        if self._form.when_changed and last is not None and (last.value, last.quality) == (value, quality):
            return last
        return Logged(item, value, stamp, quality)


def device_of(device: DemoDevice) -> Device:
    """The simulated device as KEPServerEX finds it."""
    return Device(device.name, device.serial_number, device.host, device.port, 1)


def _read(analyzer: SimulatedAnalyzer, tags: Sequence[Tag]) -> Mapping[str, float | str] | None:
    """The values by the names of their tags; None when the device does not answer."""
    if analyzer.faults & SILENT or not analyzer.awake:
        return None
    found: dict[str, float | str] = {}
    for tag in tags:
        if tag.name in found:
            continue
        if tag.data_type is DataType.STRING:
            found[tag.name] = analyzer.read(tag.offset, tag.length).decode("latin-1").strip(" \0")
            continue
        block = _BLOCK_OF[tag.name]
        values = block.layout.unpack(analyzer.read(block.first, block.count))
        found.update(zip(_NAMES[block.name], values, strict=True))
    return found
