"""What a demo device draws at an instant: profile, noise from the seed, three unbalanced phases, reactive power."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from sql.demo.profiles import Moment, share
from sql.demo.site import DemoDevice, DemoSite

Phases = tuple[float, float, float]
SLOT_S = 10
"""A load stays the same for this long, then changes a little."""


class Load(NamedTuple):
    """Power of the three phases."""

    power_w: Phases
    reactive_power_var: Phases


NO_LOAD = Load((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


class Character(NamedTuple):
    """What makes one device differ from the next for good: its noise, its phases, its power factor."""

    key: int
    phase_shares: Phases
    tangent: float
    """Reactive over active power."""


def mean_power_w(site: DemoSite, device: DemoDevice, instant: datetime) -> float:
    """The profile's power at this instant, without noise and without the site's speed."""
    return device.mean_power_w * share(device.profile, Moment.at(instant, zone(site.time_zone)))


def load(site: DemoSite, device: DemoDevice, instant: datetime) -> Load:
    """The load with noise, multiplied by the site's speed; the same for every instant of one slot."""
    power_w = mean_power_w(site, device, instant) * site.speed
    slot = int(instant.timestamp()) // SLOT_S
    return split(site, device, power_w * wobble(character(site.seed, device.serial_number).key, slot), slot)


def split(site: DemoSite, device: DemoDevice, power_w: float, slot: int = 0) -> Load:
    """A power as this device's three phases; they add up to it."""
    known = character(site.seed, device.serial_number)
    minute = slot * SLOT_S // 60
    first, second, third = (
        part * (1 + 0.06 * noise(known.key + phase, minute)) for phase, part in enumerate(known.phase_shares, start=1)
    )
    each_w = power_w / (first + second + third)
    powers_w = (first * each_w, second * each_w, power_w - first * each_w - second * each_w)
    return Load(powers_w, (powers_w[0] * known.tangent, powers_w[1] * known.tangent, powers_w[2] * known.tangent))


def wobble(key: int, slot: int) -> float:
    """A factor around 1.0, from about 0.7 to 1.3: slow over the day, a little each minute and each slot."""
    second = slot * SLOT_S
    return (
        1.0
        + 0.08 * noise(key, second // 86_400)
        + 0.12 * noise(key ^ 0x5A5A, second // 900)
        + 0.07 * noise(key ^ 0xA5A5, second // 60)
        + 0.02 * noise(key ^ 0xFFFF, slot)
    )


def noise(key: int, number: int) -> float:
    """A number from -1.0 to 1.0, always the same for the same arguments (the finisher of splitmix64)."""
    mixed = (key * 0x9E3779B97F4A7C15 + number * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ (mixed >> 31)) / 0x7FFFFFFFFFFFFFFF - 1.0


@lru_cache(maxsize=4096)
def character(seed: int, serial_number: str) -> Character:
    """The character that the seed gives to a serial number."""
    key = crc32(f"{seed} {serial_number}".encode())
    parts = [1 + 0.25 * noise(key, phase) for phase in (-1, -2, -3)]
    whole = sum(parts)
    return Character(
        key=key,
        phase_shares=(parts[0] / whole, parts[1] / whole, parts[2] / whole),
        tangent=0.42 + 0.2 * noise(key, -4),
    )


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of this name."""
    return ZoneInfo(name)
