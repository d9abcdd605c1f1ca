"""One reading as bytes, and back: compressed JSON, whose checksum is that of zlib."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from prepaid.parameters import Energies, Measures, PhaseEnergies, Status
from prepaid.records import Reading

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LEVEL = 1
FORMAT = zlib.crc32(repr((Measures._fields, Status._fields, Energies._fields, PhaseEnergies._fields)).encode())
"""Changes with the values that a reading has: a program that has others does not take them for its own."""


class Unreadable(Exception):
    """Bytes that are no reading of this format: they were damaged, or another version of the program wrote them."""


def packed(reading: Reading) -> bytes:
    """The reading as bytes, exactly."""
    facts = (
        FORMAT,
        reading.analyzer_id,
        milliseconds(reading.read_at),
        reading.serial_number,
        reading.answer_ms,
        reading.measures,
        reading.status,
        reading.energies,
        reading.phases,
        reading.monotonic_s,
        None if reading.settings is None else dict(reading.settings),
    )
    return zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), _LEVEL)


def unpacked(found: bytes) -> Reading:
    """The reading of these bytes. Raises Unreadable."""
    try:
        facts: list[Any] = json.loads(zlib.decompress(found))
    except (zlib.error, ValueError) as error:
        raise Unreadable(str(error)) from error
    if facts[0] != FORMAT:
        raise Unreadable(f"format {facts[0]}, not {FORMAT}")
    _format, analyzer_id, read_at, serial_number, answer_ms, measures, status, energies, phases, second, settings = (
        facts
    )
    return Reading(
        analyzer_id=analyzer_id,
        read_at=instant(read_at),
        serial_number=serial_number,
        answer_ms=answer_ms,
        measures=Measures(*measures),
        status=Status(*status),
        energies=Energies(*energies),
        phases=None if phases is None else PhaseEnergies(*phases),
        monotonic_s=second,
        settings=settings,
    )


def milliseconds(at: datetime) -> int:
    """The instant as whole milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def instant(count: int) -> datetime:
    """The instant of so many milliseconds since 1970."""
    return _EPOCH + count * _MILLISECOND
