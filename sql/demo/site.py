"""The demo site from a seed: a mall in Baghdad, its tenants and analyzers. Pure description; nothing runs here."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from prepaid.records import Purpose, Wiring
from sql.demo.names import ANCHORS, Business, businesses
from sql.demo.profiles import Profile

DEFAULT_ANALYZERS = 33
"""24 tenants, four of them with two analyzers, two common areas, a check meter and two incomers."""
MAX_ANALYZERS = 800
MAX_SPEED = 1000.0
HOST = "127.0.0.1"
PORT_BASE = 15020
UNITS_A_FLOOR = 12
WATTS_AN_AMPERE = 690
"""Three phases of 230 V."""
CT_SIZES_A = (
    50,
    60,
    100,
    150,
    200,
    250,
    400,
    600,
    800,
    1000,
    1500,
    2000,
    3000,
    4000,
    6000,
    10000,
    20000,
    40000,
)
PEAK = 6
"""A rated power is at least this many times the average load: offices peak above four times theirs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoTenant:
    """A tenant; its name and its unit are unique within the site."""

    name: str
    unit: str
    email: str
    profile: Profile
    mean_power_w: float
    analyzers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoDevice:
    """A PAC3220 as installed; `tenant` is a tenant's name.

    `ct_primary_a` and `rated_power_w` are multiplied by the site's speed. `mean_power_w` is not: it is the average
    over the year that the profile is scaled to. A device with `feeds` measures the sum of those serial numbers.
    """

    serial_number: str
    name: str
    purpose: Purpose
    tenant: str | None
    host: str
    port: int
    ct_primary_a: int
    rated_power_w: int
    wiring: Wiring
    profile: Profile
    mean_power_w: float
    feeds: tuple[str, ...] = ()
    taps_below: bool = False
    """The voltage is measured on the load side of the contactor: none while cut."""
    feedback: bool = False
    """An auxiliary contact of the contactor is wired to DI 0.1: input on = supply connected."""


class Start(NamedTuple):
    """How a device without a memory begins: its two import counters, and whether its supply is connected."""

    tariff_1_wh: float
    tariff_2_wh: float
    connected: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoSite:
    """All that the loader of the history and the simulator need to know."""

    seed: int
    speed: float
    name: str
    time_zone: str
    country: str
    currency: str
    grid_price: Decimal
    generator_price: Decimal
    mark: str
    tenants: tuple[DemoTenant, ...]
    devices: tuple[DemoDevice, ...]


class Place(NamedTuple):
    """Where a demo site stands. `mark` ends the names under which its people sign in, where there are two sites."""

    name: str
    time_zone: str
    country: str
    currency: str
    grid_price: Decimal
    generator_price: Decimal
    mark: str = ""


BAGHDAD = Place("Dijla Mall", "Asia/Baghdad", "IQ", "IQD", Decimal(150), Decimal(450))
KATHMANDU = Place("Bagmati Plaza", "Asia/Kathmandu", "NP", "NPR", Decimal(15), Decimal(45), ".bagmati")


class Numbers(NamedTuple):
    """How the analyzers of a site are shared out."""

    incomers: int
    checks: int
    commons: int
    loads: int

    @classmethod
    def of(cls, analyzers: int) -> "Numbers":
        """From 6 analyzers on a site has incomers and a common area, from 20 on a check meter and a second one."""
        incomers = 2 if analyzers >= 6 else 0
        checks = 1 if analyzers >= 20 else 0
        commons = checks + incomers // 2
        return cls(incomers, checks, commons, analyzers - incomers - checks - commons)


class _Draft(NamedTuple):
    """A device that has no number yet."""

    name: str
    purpose: Purpose
    profile: Profile
    mean_power_w: float
    tenant: str | None = None
    wiring: Wiring = Wiring.NONE
    feeds: tuple[str, ...] = ()
    taps_below: bool = False
    feedback: bool = False


def demo_site(
    analyzers: int, seed: int, speed: float = 1.0, port_base: int = PORT_BASE, *, second: bool = False
) -> DemoSite:
    """The site with exactly this many analyzers; the same arguments give the same site. The second one stands
    elsewhere, has other tenants and other serial numbers.

    Every sixth tenant has two analyzers. With `port_base` 0 every device has port 0: the simulator takes free ports.
    """
    assert 1 <= analyzers <= MAX_ANALYZERS, "the simulator serves 1 to 800 analyzers"
    assert 0 < speed <= MAX_SPEED, "the speed factor is above 0 and at most 1000"
    place, seed = (KATHMANDU, seed + 1) if second else (BAGHDAD, seed)
    numbers = Numbers.of(analyzers)
    chance = random.Random(f"demo site {seed}")
    tenants = _tenants(numbers.loads, chance, ANCHORS if place is BAGHDAD else ())

    def number(first: int, drafts: Iterable[_Draft]) -> tuple[DemoDevice, ...]:
        return tuple(_device(draft, index, seed, speed, port_base) for index, draft in enumerate(drafts, first))

    sums = numbers.incomers + numbers.checks
    loads = number(sums, [*_commons(numbers.commons), *_tenant_devices(tenants, chance)])
    return DemoSite(
        seed=seed,
        speed=speed,
        **place._asdict(),
        tenants=tuple(tenants),
        devices=number(0, _sum_meters(sums, tenants, loads)) + loads,
    )


def _tenants(loads: int, chance: random.Random, first: Sequence[Business]) -> list[DemoTenant]:
    """Tenants whose analyzers add up to `loads`."""
    tenants: list[DemoTenant] = []
    left = loads
    for index, business in enumerate(islice(businesses(chance, first), loads)):
        if left == 0:
            break
        analyzers = 2 if index % 6 == 0 and left > 1 else 1
        left -= analyzers
        tenants.append(_tenant(business, index, analyzers))
    return tenants


def _tenant(business: Business, index: int, analyzers: int) -> DemoTenant:
    floor, place = divmod(index, UNITS_A_FLOOR)
    return DemoTenant(
        name=business.name,
        unit=f"{floor or 'G'}-{place + 1:02d}",
        email=f"{business.name.lower().replace(' ', '.')}@example.com",
        profile=business.profile,
        mean_power_w=business.mean_power_w,
        analyzers=analyzers,
    )


def _commons(number: int) -> list[_Draft]:
    return [
        _Draft("Lighting and lifts", Purpose.COMMON, Profile.CONTINUOUS, 6_000),
        _Draft("Chillers and pumps", Purpose.COMMON, Profile.BUSINESS, 18_000),
    ][:number]


def _tenant_devices(tenants: Sequence[DemoTenant], chance: random.Random) -> Iterator[_Draft]:
    for tenant in tenants:
        shares = (1.0,) if tenant.analyzers == 1 else (0.65, 0.35)
        for share, part in zip(shares, ("", " air conditioning"), strict=False):
            yield _Draft(
                name=f"{tenant.unit} {tenant.name}{part}",
                purpose=Purpose.TENANT,
                profile=tenant.profile,
                mean_power_w=tenant.mean_power_w * share,
                tenant=tenant.name,
                wiring=Wiring.HELD_ON_CUT if chance.random() < 0.2 else Wiring.HELD_ON_SUPPLY,
                taps_below=chance.random() < 0.08,
                feedback=chance.random() < 0.15,
            )


def _sum_meters(number: int, tenants: Sequence[DemoTenant], loads: Sequence[DemoDevice]) -> Iterator[_Draft]:
    """The two incomers above everything, and the check meter above the tenants of the ground floor."""
    ground = {tenant.name for tenant in tenants if tenant.unit.startswith("G")}
    plan = [
        ("Grid incomer", Purpose.GRID_INCOMER, loads),
        ("Generator incomer", Purpose.GENERATOR_INCOMER, loads),
        ("Check meter ground floor", Purpose.CHECK, [device for device in loads if device.tenant in ground]),
    ]
    for name, purpose, below in plan[:number]:
        mean_power_w = sum(device.mean_power_w for device in below)
        feeds = tuple(device.serial_number for device in below)
        yield _Draft(name, purpose, Profile.BUSINESS, mean_power_w, feeds=feeds)


def _device(draft: _Draft, index: int, seed: int, speed: float, port_base: int) -> DemoDevice:
    """The device with its serial number and port, its ratings multiplied by the speed."""
    ct_primary_a = next(size for size in CT_SIZES_A if size * WATTS_AN_AMPERE >= PEAK * draft.mean_power_w)
    return DemoDevice(
        serial_number=f"LQ{seed % 10_000:04d}{index:06d}",
        name=draft.name,
        purpose=draft.purpose,
        tenant=draft.tenant,
        host=HOST,
        port=port_base + index if port_base else 0,
        ct_primary_a=max(1, round(ct_primary_a * speed)),
        rated_power_w=max(1, round(ct_primary_a * WATTS_AN_AMPERE * speed)),
        wiring=draft.wiring,
        profile=draft.profile,
        mean_power_w=draft.mean_power_w,
        feeds=draft.feeds,
        taps_below=draft.taps_below,
        feedback=draft.feedback,
    )
