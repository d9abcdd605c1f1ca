"""The history of the demo site: the energy of every device in every local hour, per source."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from prepaid.records import Purpose
from sql.demo.loads import character, noise, zone
from sql.demo.outages import outage_share
from sql.demo.profiles import Moment, hour_share
from sql.demo.site import DemoSite

HOUR = timedelta(hours=1)
LOSS_SHARE = 0.012
"""What the cables between an incomer and the analyzers lose, as a share of what the analyzers measure."""


class HourEnergy(NamedTuple):
    """Whole Wh of one device in one hour; `hour_at` is the beginning (UTC)."""

    hour_at: datetime
    serial_number: str
    grid_wh: int
    generator_wh: int


def hourly_energy(site: DemoSite, from_at: datetime, until_at: datetime, speed: float = 1.0) -> Iterator[HourEnergy]:
    """Every hour in order and in it every device in the site's order; both bounds are local hours of the site.

    `speed` multiplies the energy; the history of a site that runs at another speed is lived at speed 1 by default.
    """
    local = zone(site.time_zone)
    assert from_at.astimezone(local).minute == until_at.astimezone(local).minute == 0, "bounds are local hours"
    loads = [(device, character(site.seed, device.serial_number).key) for device in site.devices if not device.feeds]
    hour_at = from_at
    while hour_at < until_at:
        moment = Moment.at(hour_at, local)
        generator_share = outage_share(site.seed, hour_at, hour_at + HOUR)
        number = int(hour_at.timestamp()) // 3600
        energies: dict[str, tuple[int, int]] = {}
        for device, key in loads:
            factor = (1 + 0.08 * noise(key, number // 24) + 0.06 * noise(key ^ 0x5A5A, number)) * speed
            energy_wh = round(device.mean_power_w * hour_share(device.profile, moment) * factor)
            generator_wh = round(energy_wh * generator_share)
            energies[device.serial_number] = (energy_wh - generator_wh, generator_wh)
        for device in site.devices:
            grid_wh, generator_wh = energies.get(device.serial_number) or _sum(energies, device.feeds)
            if device.purpose is Purpose.GRID_INCOMER:
                generator_wh = 0
            elif device.purpose is Purpose.GENERATOR_INCOMER:
                grid_wh = 0
            yield HourEnergy(hour_at, device.serial_number, grid_wh, generator_wh)
        hour_at += HOUR


def _sum(energies: dict[str, tuple[int, int]], feeds: tuple[str, ...]) -> tuple[int, int]:
    """What a meter above these devices measures, with the losses of the cables between."""
    below = [energies[serial_number] for serial_number in feeds]
    grid_wh = sum(each[0] for each in below)
    generator_wh = sum(each[1] for each in below)
    return round(grid_wh * (1 + LOSS_SHARE)), round(generator_wh * (1 + LOSS_SHARE))
