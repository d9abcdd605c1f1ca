"""One reading of one analyzer: which blocks are asked for, in which order, and when it counts as read."""

from enforcer.link import Link
from enforcer.pac3220.blocks import ENERGY, INSTANT, PHASES, POLL, STATE
from enforcer.pac3220.decode import decode_energies, decode_measures, decode_phases, decode_status
from prepaid.clock import Clock
from prepaid.errors.analyzers import AnalyzerError
from prepaid.parameters import PhaseEnergies
from prepaid.records import Reading


async def take_reading(link: Link, analyzer_id: int, clock: Clock, *, with_phases: bool) -> Reading:
    """Reads all blocks of a link whose device is identified. The instant is that of the last answer."""
    identification = link.identification
    assert identification is not None, "a device is identified before anything else is believed"
    asked_s = clock.monotonic()
    instant = await link.read(INSTANT, polling=True)
    state = await link.read(STATE, polling=True)
    energy = await link.read(ENERGY, polling=True)
    phases, reads = None, len(POLL)
    if with_phases:
        phases, reads = await _read_phases(link), reads + 1
    read_at, now_s = clock.now(), clock.monotonic()
    return Reading(
        analyzer_id=analyzer_id,
        read_at=read_at,
        serial_number=identification.serial_number,
        answer_ms=(now_s - asked_s) * 1000 / reads,
        measures=decode_measures(instant),
        status=decode_status(state),
        energies=decode_energies(energy),
        phases=phases,
        monotonic_s=now_s,
    )


async def _read_phases(link: Link) -> PhaseEnergies | None:
    try:
        return decode_phases(await link.read(PHASES, polling=True))
    except AnalyzerError:
        return None  # what was read before is good; some devices of the family have no counters per phase
