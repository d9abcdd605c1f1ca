"""The past of the demo site: what every device used in every hour, with tenants who ran out of credit left dark."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from prepaid.calendar import hour_of, hours_between
from prepaid.clock import to_milliseconds
from prepaid.records import Purpose, Source
from sql.demo.hours import HOUR, LOSS_SHARE, hourly_energy
from sql.demo.loads import zone
from sql.demo.outages import outage_share
from sql.demo.site import DemoDevice, DemoSite

CUT_AT_MOST_H = 20
"""The last cutoff is at most this long ago, and at least an hour."""
GENERATOR_SHARE = 0.12


class Used(NamedTuple):
    """Whole Wh of one device in one hour, per source."""

    grid_wh: int
    generator_wh: int

    def of(self, source: Source) -> int:
        return self.grid_wh if source is Source.GRID else self.generator_wh

    @property
    def wh(self) -> int:
        return self.grid_wh + self.generator_wh


class Dark(NamedTuple):
    """A tenant's contactors opened: in which hour of the history, and at which instant."""

    hour: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Hours by number. The last one has only begun: `until_at` is the instant at which the site is loaded."""

    hours: tuple[datetime, ...]
    until_at: datetime
    used: Mapping[str, list[Used]]
    dark: Mapping[str, Dark]

    @property
    def last(self) -> int:
        """The number of the hour that is not over."""
        return len(self.hours) - 1

    def end(self, hour: int) -> datetime:
        """When an hour ends; the last one ends with the history."""
        return self.hours[hour + 1] if hour < self.last else self.until_at

    def total(self, serial_number: str) -> Used:
        """All that a device used."""
        used = self.used[serial_number]
        return Used(sum(each.grid_wh for each in used), sum(each.generator_wh for each in used))


def live_history(site: DemoSite, days: int, until_at: datetime, ran_out: Iterable[str]) -> History:
    """What happened since the local midnight `days` ago. The tenants named in `ran_out` were cut within the last day.

    1. Every device uses what its profile says, the last hour up to now.
    2. A tenant who ran out was cut in the hour of his largest use; nothing flows after that.
    3. Incomers and check meters measure what then remains below them.
    """
    hours = _hours(site, days, until_at)
    used = _energies(site, hours)
    last = len(hours) - 1
    for device in site.devices:
        used[device.serial_number][last] = _until(site, device, used[device.serial_number][last], hours[last], until_at)
    dark = {name: _go_dark(site, name, hours, used) for name in ran_out}
    first = min((each.hour for each in dark.values()), default=last)
    for device in site.devices:
        if device.feeds:
            for hour in range(first, len(hours)):
                below = [used[serial_number][hour] for serial_number in device.feeds]
                used[device.serial_number][hour] = _sum(device, below)
    return History(hours=hours, until_at=until_at, used=used, dark=dark)


def openings(site: DemoSite, device: DemoDevice) -> Used:
    """The counters that a device came with: it had run for some months before."""
    before_h = random.Random(f"opening {site.seed} {device.serial_number}").randint(1_500, 15_000)
    wh = round(device.mean_power_w * before_h)
    generator_wh = round(wh * GENERATOR_SHARE)
    return _of_its_source(device, Used(wh - generator_wh, generator_wh))


def _hours(site: DemoSite, days: int, until_at: datetime) -> tuple[datetime, ...]:
    local = zone(site.time_zone)
    first_on = until_at.astimezone(local).date() - timedelta(days=days)
    midnight = datetime(first_on.year, first_on.month, first_on.day, tzinfo=local).astimezone(until_at.tzinfo)
    from_at = hour_of(midnight, local)
    return (from_at, *hours_between(from_at, until_at, local))


def _energies(site: DemoSite, hours: tuple[datetime, ...]) -> dict[str, list[Used]]:
    used: dict[str, list[Used]] = {device.serial_number: [] for device in site.devices}
    for each in hourly_energy(site, hours[0], hours[-1] + HOUR):
        used[each.serial_number].append(Used(each.grid_wh, each.generator_wh))
    return used


def _go_dark(site: DemoSite, tenant: str, hours: tuple[datetime, ...], used: Mapping[str, list[Used]]) -> Dark:
    own = [device for device in site.devices if device.tenant == tenant]
    last = len(hours) - 1
    hour = max(
        range(max(0, last - CUT_AT_MOST_H), last - 1),
        key=lambda number: sum(used[device.serial_number][number].wh for device in own),
    )
    share = random.Random(f"dark {site.seed} {tenant}").uniform(0.3, 0.7)
    at = to_milliseconds(hours[hour] + (hours[hour + 1] - hours[hour]) * share)
    for device in own:
        mine = used[device.serial_number]
        mine[hour] = _until(site, device, mine[hour], hours[hour], at)
        mine[hour + 1 :] = [Used(0, 0)] * (last - hour)
    return Dark(hour, at)


def _until(site: DemoSite, device: DemoDevice, whole: Used, hour_at: datetime, at: datetime) -> Used:
    """What of an hour was used until an instant inside it."""
    if at <= hour_at:
        return Used(0, 0)
    wh = int(whole.wh * ((at - hour_at) / HOUR))
    generator_wh = round(wh * outage_share(site.seed, hour_at, at))
    return _of_its_source(device, Used(wh - generator_wh, generator_wh))


def _sum(device: DemoDevice, below: list[Used]) -> Used:
    """What a meter above these measures, with the losses of the cables between."""
    grid_wh, generator_wh = (sum(wh) for wh in zip(*below, strict=True))
    return _of_its_source(device, Used(round(grid_wh * (1 + LOSS_SHARE)), round(generator_wh * (1 + LOSS_SHARE))))


def _of_its_source(device: DemoDevice, used: Used) -> Used:
    """An incomer counts its own source only."""
    if device.purpose is Purpose.GRID_INCOMER:
        return Used(used.grid_wh, 0)
    if device.purpose is Purpose.GENERATOR_INCOMER:
        return Used(0, used.generator_wh)
    return used
