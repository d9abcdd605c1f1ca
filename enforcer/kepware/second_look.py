"""The look that the switch step takes by itself before it cuts an analyzer that Kepware reads."""

from enforcer.link import Link
from enforcer.pac3220.blocks import ENERGY, STATE
from enforcer.pac3220.decode import decode_energies, decode_status
from prepaid.errors.analyzers import AnswerBlank, FeedBehind, FeedDisagrees
from prepaid.kepware.second_look import Doubt, doubt
from prepaid.metering import Meter
from prepaid.records import SOURCES
from prepaid.site import Analyzer


async def look_for_itself(link: Link, analyzer: Analyzer, meter: Meter, elapsed_s: float) -> None:
    """Reads 205 and the counters over Modbus; serial number, 207 and the load are read by every switching. Raises
    FeedDisagrees, FeedBehind, AnswerBlank."""
    status = decode_status(await link.read(STATE))
    if status.is_blank:
        raise AnswerBlank(address=link.address)
    energies = decode_energies(await link.read(ENERGY))
    tariffs = (energies.import_tariff_1_wh, energies.import_tariff_2_wh)
    generator = analyzer.generator_tariff - 1
    shown = (tariffs[1 - generator], tariffs[generator])
    found = doubt(meter, shown, status.diagnostics, elapsed_s)
    if found is Doubt.RESTARTED:
        raise FeedBehind(address=link.address)
    if found is Doubt.COUNTERS:
        raise FeedDisagrees(address=link.address, shown=_counters(shown), expected=_counters(_expected(meter)))


def _expected(meter: Meter) -> tuple[int | None, ...]:
    if meter.grid is None:
        return (None, None)
    return tuple(meter.counter(source).counter_wh for source in SOURCES)


def _counters(counters: tuple[int | None, ...]) -> str:
    return " + ".join("-" if counter_wh is None else f"{counter_wh} Wh" for counter_wh in counters)
