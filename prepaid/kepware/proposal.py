"""What to set for a log that nobody has set up yet, by its newest rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from prepaid.kepware.log import LogRow, Stamps
from prepaid.kepware.samples import Sample, stamp_of
from prepaid.kepware.stamps import instant_of
from prepaid.kepware.suggest import Device, devices_of, matched, parameter_of, parts_of
from prepaid.kepware.tags import REQUIRED

DEFAULT_INTERVAL_MS: Final = 5_000
SOON: Final = timedelta(minutes=10)


class Proposal(NamedTuple):
    """How the log seems to be, and which device of it seems to be which analyzer."""

    interval_ms: int
    stamps: Stamps
    decimal_comma: bool
    devices: tuple[Device, ...]
    analyzers: Mapping[str, int]


def propose(
    samples: Mapping[str, Sample],
    analyzers: Mapping[int, str],
    serial_numbers: Mapping[int, str],
    zone: ZoneInfo,
    now: datetime,
) -> Proposal:
    """By the steps of its stamps, how far the newest is from now, and the names of its tags. `analyzers` are names."""
    devices = tuple(devices_of(samples))
    return Proposal(
        interval_ms=_interval_ms(samples),
        stamps=_stamps([each.newest for each in samples.values()], zone, now),
        decimal_comma=any("," in str(each.value) for each in samples.values()),
        devices=devices,
        analyzers=matched(devices, analyzers, serial_numbers),
    )


def required_of(samples: Mapping[str, Sample]) -> Mapping[str, Sample]:
    """The tags that are recognised as required ones; all of them where none is."""
    found = {tag: each for tag, each in samples.items() if parameter_of(parts_of(tag)[1]) in REQUIRED}
    return found or samples


def _interval_ms(samples: Mapping[str, Sample]) -> int:
    required = required_of(samples).values()
    known = [each.interval_s for each in required if each.interval_s is not None and each.is_static]
    if not known:
        return DEFAULT_INTERVAL_MS
    return max(100, min(3_600_000, round(median(known) * 10) * 100))


def _stamps(rows: list[LogRow], zone: ZoneInfo, now: datetime) -> Stamps:
    """Universal, unless the newest stamp is near to now by the wall clock only."""
    if not rows:
        return Stamps.UTC
    newest = max(stamp_of(row) for row in rows)
    lags = {kind: abs(now - instant_of(newest, kind, zone, now, None)) for kind in Stamps}
    return Stamps.LOCAL if lags[Stamps.LOCAL] < SOON <= lags[Stamps.UTC] else Stamps.UTC
