"""The world around the enforcer: devices on their wires, the grid and the generator, mails, tenants and their money."""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.measures import generator_supply, grid_supply
from prepaid.clock import ManualClock
from prepaid.forecast import TOO_OLD, Forecast
from prepaid.guard import FORESEEN_BEFORE
from prepaid.no_cut import MINUTES_A_DAY
from prepaid.records import Purpose, Source
from sql.connection import Database
from sql.demo.loads import Load
from sql.demo.profiles import Profile
from sql.demo.site import DemoDevice
from sql.forecasts import save_forecasts
from tests.building import Building, Person
from tests.databases import TimedDatabase
from tests.simulation.database import Dooms, quick
from tests.simulation.link import SimulatedLink
from tests.simulation.logged import DataLogger
from tests.simulation.loop import SimulatedLoop
from tests.simulation.mail import SimulatedMail
from tests.simulation.plan import AnalyzerPlan, Plan

HOST = "192.0.2.1"
FIRST_PORT = 20_000
MEMORY_EVERY_S = 300.0
"""A device saves its counters so often; what came after is lost with its power."""


@dataclass(slots=True)
class Installed:
    """One analyzer: its row, the device that was commissioned there, and who uses what it measures."""

    analyzer_id: int
    address: str
    plan: AnalyzerPlan
    device: SimulatedAnalyzer
    demand: float = 0.0
    """The share of the rated power that its consumer wants."""
    disturbed_s: float = 0.0
    """When somebody or something but the enforcer last changed its supply, or what can be seen of it."""
    opened_by_hand: bool = False
    """Whether a person took the supply away: nobody but a person gives it back."""
    before_reset: list[tuple[float, float]] = field(default_factory=list)
    """What the two counters said when somebody set them to zero."""
    dropped_wh: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """What its counters lost by its restarts."""
    troubled: bool = False
    """Whether anything but loads, outages and restarts ever befell it."""
    tampered: bool = False
    """Whether somebody changed a setting of it."""
    looked_at_s: float = -math.inf
    """When somebody last asked for a test of it: what was changed just then is how it is known from then on."""
    anew_s: float = -math.inf
    """When its counters were last reset, or another device was put there."""
    cared_for: bool = False
    """Whether somebody asks again until a test of it has passed."""
    devices: int = 1
    """How many devices were ever installed here."""


@dataclass(slots=True)
class Tenant:
    """One tenant: the account, and what was truly paid into it."""

    person: Person
    paid: Decimal
    sales: int = 0
    mixed: bool = False
    """Whether analyzers came or went: then only sums over all accounts can be told from outside."""


@dataclass(slots=True)
class World:
    """Everything but the enforcer."""

    plan: Plan
    clock: ManualClock
    loop: SimulatedLoop
    url: str
    folder: Path
    database: Database
    building: Building
    dooms: Dooms
    mail: SimulatedMail
    installed: list[Installed]
    tenants: list[Tenant]
    wires: dict[str, SimulatedAnalyzer]
    links: dict[str, SimulatedLink]
    prices: dict[Source, list[Decimal]]
    outages: int = 0
    database_away: bool = False
    """Whether the enforcers cannot reach the database."""
    busy_until_s: float = 0.0
    """Until when somebody waits for what a device does: passes are not minutes apart meanwhile."""
    released: set[int] = field(default_factory=set)
    """Accounts that an administrator ever released from the guard."""
    said: list[str] = field(default_factory=list)
    logger: DataLogger | None = None
    """The Kepware that reads the devices; None: they are polled."""

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return self.clock.monotonic() - BEGINNING_S

    def advance_devices(self) -> None:
        """Every device lives up to now."""
        now_s = self.clock.monotonic()
        for each in self.installed:
            each.device.advance(now_s)

    def feed(self) -> None:
        """Every device gets what its consumer wants, from the source that supplies now."""
        self.advance_devices()
        slot = int(self.seconds) // 10
        supply = (generator_supply if self.outages else grid_supply)(self.plan.seed, slot)
        for each in self.installed:
            each.device.draw(_load(each.demand * each.plan.rated_power_w), supply)

    def replace_device(self, each: Installed, *, connected: bool) -> None:
        """Another device is put in this place, with counters of its own; what flows there flows on."""
        self.advance_devices()
        old = each.device
        each.devices += 1
        description = replace(old.description, serial_number=f"{old.serial_number.partition('-')[0]}-{each.devices}")
        new = SimulatedAnalyzer(description, self.clock.monotonic())
        new.begin_at(each.plan.generator_wh, each.plan.grid_wh, connected)
        new.run_generator(bool(self.outages))
        new.true_wh = list(old.true_wh)
        [address] = [address for address, device in self.wires.items() if device is old]
        self.wires[address] = each.device = new
        each.troubled, each.tampered, each.disturbed_s, each.anew_s = True, False, self.seconds, self.seconds
        each.opened_by_hand = not connected
        self.feed()

    def say(self, what: str) -> None:
        """A line of the story that is printed with a failure."""
        self.said.append(f"{self.seconds:10.1f} s  {self.clock.now().isoformat(timespec='seconds')}  {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What tells one site from another in the same database. `number` is in its addresses and serial numbers."""

    number: int = 0
    name: str = "Corner House"
    currency: str = "IQD"
    sender: str | None = None
    admin: str = "admin@building.example"


BEGINNING_S = 1000.0
SMALLEST = Decimal("0.0000001")


def build(
    plan: Plan, database: TimedDatabase, clock: ManualClock, loop: SimulatedLoop, place: Place | None = None
) -> World:
    """The site of the plan in an empty database (or beside other ones), with its devices on their wires."""
    quick(database)
    assert database.folder is not None, "the spool lies in the folder of the test"
    place = place or Place()
    building = Building(
        database,
        name=place.name,
        currency=place.currency,
        time_zone=plan.time_zone,
        at=plan.begins_at,
        grid_price=Decimal(plan.grid_price),
        generator_price=Decimal(plan.generator_price),
    )
    building.admin(place.admin)
    building.send_from(place.sender)
    tenants = [
        Tenant(
            person=building.tenant(
                f"Tenant {number}",
                opening=str(credit(plan, number, each.opening_h)),
                emergency_credit=str(credit(plan, number, each.emergency_credit_h)),
                restore_threshold=str(credit(plan, number, each.restore_threshold_h)),
            ),
            paid=credit(plan, number, each.opening_h),
        )
        for number, each in enumerate(plan.tenants)
    ]
    if plan.foreseen:
        _foresee(building, tenants, plan.begins_at)
    for window in plan.no_cut:
        building.no_cut(window.weekday, window.from_minute, window.until_minute % MINUTES_A_DAY)
    for number, each in enumerate(plan.tenants):
        if each.debt_floor_h is not None:
            building.debt_floor(tenants[number].person, str(credit(plan, number, each.debt_floor_h)))
    first = place.number * len(plan.analyzers)
    installed = [_install(building, tenants, number, each) for number, each in enumerate(plan.analyzers, first)]
    wires = {each.address: each.device for each in installed}
    world = World(
        plan=plan,
        clock=clock,
        loop=loop,
        url=database.url.render_as_string(hide_password=False),
        folder=database.folder,
        database=database,
        building=building,
        dooms=Dooms(),
        mail=SimulatedMail(),
        installed=installed,
        tenants=tenants,
        wires=wires,
        links={address: SimulatedLink(address, clock, wires.__getitem__) for address in wires},
        prices={Source.GRID: [Decimal(plan.grid_price)], Source.GENERATOR: [Decimal(plan.generator_price)]},
    )
    world.feed()
    for number in range(len(installed)):
        loop.call_later(MEMORY_EVERY_S * (number + 1) / (len(installed) + 1), _remember, world, number)
    return world


def credit(plan: Plan, tenant: int, hours: float) -> Decimal:
    """What so many hours of the rated load of a tenant's analyzers cost on grid."""
    rated_w = sum(each.rated_power_w for each in plan.analyzers if each.tenant == tenant)
    exact = Decimal(plan.grid_price) * rated_w / 1000 * Decimal(str(round(hours, 4)))
    return exact.quantize(SMALLEST)


def new_clock(begins_at: datetime) -> ManualClock:
    """The clock at the beginning."""
    return ManualClock(wall=begins_at, seconds=BEGINNING_S)


def _install(building: Building, tenants: list[Tenant], number: int, plan: AnalyzerPlan) -> Installed:
    port = FIRST_PORT + number
    description = DemoDevice(
        serial_number=f"LQN/{number + 1:06}",
        name=f"Analyzer {number}",
        purpose=Purpose.TENANT,
        tenant=None,
        host=HOST,
        port=port,
        ct_primary_a=plan.ct_primary_a,
        rated_power_w=plan.rated_power_w,
        wiring=plan.wiring,
        profile=Profile.SHOPS,
        mean_power_w=0.0,
        taps_below=plan.taps_below,
        feedback=plan.feedback,
    )
    device = SimulatedAnalyzer(description, BEGINNING_S)
    device.begin_at(plan.grid_wh, plan.generator_wh)
    analyzer_id = building.analyzer(
        description.name,
        None if plan.tenant is None else tenants[plan.tenant].person,
        host=HOST,
        port=port,
        serial_number=description.serial_number,
        rated_power_w=plan.rated_power_w,
        ct_primary_a=plan.ct_primary_a,
        wiring=plan.wiring,
        taps_below_contactor=plan.taps_below,
        feedback_input=1 if plan.feedback else None,
    )
    return Installed(analyzer_id=analyzer_id, address=f"{HOST}:{port}", plan=plan, device=device)


def _foresee(building: Building, tenants: list[Tenant], begins_at: datetime) -> None:
    """Every credit was expected to be over, in forecasts too old to say how many days are left."""
    over = Forecast(
        made_at=begins_at - FORESEEN_BEFORE - TOO_OLD,
        days_left=0.0,
        ends_at=None,
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0.0,
        daily_amount=Decimal(0),
        live_balance=Decimal(0),
        emergency_credit=Decimal(0),
    )
    with building.database.writing() as conn:
        save_forecasts(conn, {tenant.person.account_id: over for tenant in tenants})


def _remember(world: World, number: int) -> None:
    device = world.installed[number].device
    device.advance(world.clock.monotonic())
    device.save()
    world.loop.call_later(MEMORY_EVERY_S, _remember, world, number)


def _load(power_w: float) -> Load:
    powers_w = (power_w * 0.4, power_w * 0.35, power_w * 0.25)
    return Load(powers_w, (powers_w[0] * 0.3, powers_w[1] * 0.3, powers_w[2] * 0.3))
