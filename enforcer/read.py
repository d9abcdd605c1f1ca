"""Reads one analyzer once and shows everything it says: for commissioning, and for looking at one device by hand."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from enforcer.link import Link
from enforcer.modbus_link import AnalyzerLink
from enforcer.pac3220 import decode
from enforcer.pac3220.blocks import ENERGY, IDENTITY, INSTANT, PHASES, SETTINGS_BLOCKS, STATE, Block
from enforcer.pac3220.registers import (
    ENERGIES,
    MEASURES,
    PARAMETERS,
    PHASE_ENERGIES,
    SETTINGS,
    STATUS,
    Diagnostics,
    Register,
)
from prepaid.errors.analyzers import AnalyzerRefused
from prepaid.language import _

Value = float | int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyzerDump:
    """All that one analyzer said. `values` go by the names of the register map; what the device refused to tell is
    not in it, and `refusals` say so. None is a counter that is no number. `answer_ms` is that of the first request."""

    address: str
    identification: decode.Identification
    values: Mapping[str, Value]
    refusals: tuple[str, ...]
    words_swapped: bool
    answer_ms: float


# Which registers come out of which reads, and how. Every read is tried, also after a refusal.
_PARTS: Final[
    tuple[tuple[tuple[Register, ...], tuple[Block, ...], Callable[[Sequence[bytes]], Sequence[Value]]], ...]
] = (
    (MEASURES, (INSTANT,), lambda data: decode.decode_measures(data[0])),
    (STATUS, (STATE,), lambda data: decode.decode_status(data[0])),
    (ENERGIES, (ENERGY,), lambda data: decode.decode_energies(data[0])),
    (PHASE_ENERGIES, (PHASES,), lambda data: decode.decode_phases(data[0])),
    (SETTINGS, SETTINGS_BLOCKS, decode.decode_settings),
)


async def read_analyzer(host: str, port: int = 502, unit_id: int = 1, timeout_s: float = 1.0) -> AnalyzerDump:
    """Connects, asks for everything once and closes. Nothing is written. Takes one of the device's 3 connections.

    Raises AnalyzerError when the device cannot be reached or answers out of step.
    """
    link = AnalyzerLink(host, port, unit_id, timeout_s=timeout_s)
    try:
        await link.connect()
        return await read_everything(link)
    finally:
        link.close()


async def read_everything(link: Link) -> AnalyzerDump:
    """The same over a connection that stands."""
    clock = asyncio.get_running_loop().time
    values: dict[str, Value] = {}
    refusals: list[str] = []
    swapped = False
    began_s = clock()
    identification = decode.decode_identification(await link.read(IDENTITY))
    answer_ms = (clock() - began_s) * 1000
    for rows, blocks, decoded in _PARTS:
        try:
            data = [await link.read(block) for block in blocks]
        except AnalyzerRefused as refusal:
            refusals.append(str(refusal))
            continue
        values.update(zip((row.name for row in rows), decoded(data), strict=True))
        swapped = swapped or (rows is MEASURES and decode.words_swapped(data[0]))
    return AnalyzerDump(
        address=link.address,
        identification=identification,
        values=values,
        refusals=tuple(refusals),
        words_swapped=swapped,
        answer_ms=answer_ms,
    )


def render(dump: AnalyzerDump) -> list[str]:
    """One line per parameter: title, value, unit; warnings at the end."""
    who = dump.identification
    maker = "Siemens" if who.manufacturer_id == decode.SIEMENS else _("unknown")
    lines = [
        _line(_("Address"), dump.address),
        _line(_("Manufacturer"), f"{who.manufacturer_id} ({maker})"),
        _line(_("Order number"), who.order_number),
        _line(_("Serial number"), who.serial_number),
        _line(_("Hardware"), str(who.hardware)),
        _line(_("Firmware"), who.firmware),
        _line(_("Answer time"), f"{dump.answer_ms:.1f}", "ms"),
    ]
    lines += [
        _line(_(row.title), _shown(row.name, dump.values[row.name]), row.unit)
        for row in (*PARAMETERS, *SETTINGS)
        if row.name in dump.values
    ]
    if dump.words_swapped:
        lines.append(_("The words of the values are swapped: no value is right. Set the gateway to high word first."))
    return lines + list(dump.refusals)


def _line(title: str, value: str, unit: str = "") -> str:
    return f"{title:<42} {value:>24} {unit}".rstrip()


def _shown(name: str, value: Value) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return _("no number")
    if isinstance(value, float):
        return f"{value:.3f}"
    if name == "diagnostics":
        names = [flag.name.lower() for flag in Diagnostics if value & flag and flag.name]
        return f"0x{value:08X} {' '.join(names)}".rstrip()
    if name in ("outputs", "inputs", "limit_violations"):
        return f"0b{value:02b}"
    return str(value)
