"""Tenants who run out of credit and recharge all the time: what they truly have left, and whether they are supplied."""

import random
import threading
import time
from dataclasses import dataclass, field

from enforcer.simulator.thread import SimulatorThread
from prepaid.errors.start import DatabaseBusy
from tests.building import Building, Person
from tests.story.world import GRID_PRICE

LOOK_EVERY_S = 0.1
SURE = 0.3
"""Of the credit: what two Wh cost. Within that nobody can tell whether it is used up."""
LOAD_W = 20_000.0
AMOUNT_PER_S = float(GRID_PRICE) * LOAD_W / 3_600_000
WITHOUT_S = (8.0, 30.0)
"""So long a tenant is without before the next recharge."""
LASTS_S = (6.0, 40.0)
"""So long a recharge lasts."""


@dataclass
class Wrong:
    """A supply that was not as the credit says, from when until when."""

    number: int
    lit: bool
    from_s: float
    until_s: float


@dataclass
class Tenant:
    """A tenant with one device of the simulator, and what was paid so far."""

    number: int
    person: Person
    paid: float
    used_before_wh: float
    recharges_s: float | None = None
    recharges: int = 0
    wrong: Wrong | None = None


@dataclass
class Tenants:
    """Lives in a thread of its own. A recharge that finds the database locked is tried again."""

    building: Building
    simulator: SimulatorThread
    everybody: list[Tenant]
    chance: random.Random
    wrongs: list[Wrong] = field(default_factory=list)
    locked_out: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def live(self) -> None:
        """Until `stop` is set: looks, and recharges who has been without for a while."""
        while not self.stop.wait(LOOK_EVERY_S):
            for tenant, (used_wh, lit) in zip(self.everybody, self._devices(), strict=True):
                credit = tenant.paid - (used_wh - tenant.used_before_wh) * float(GRID_PRICE) / 1000
                self._compare(tenant, credit, lit=lit)
                self._shop(tenant, credit)
        for tenant in self.everybody:
            self._is_right(tenant)

    def _devices(self) -> list[tuple[float, bool]]:
        """What flowed through each device, and whether it conducts now."""

        def look() -> list[tuple[float, bool]]:
            now_s = self.simulator.simulator.clock.monotonic()
            found = []
            for tenant in self.everybody:
                analyzer = self.simulator.simulator.site.analyzer(self.simulator.serial_number(tenant.number))
                analyzer.advance(now_s)
                found.append((analyzer.true_wh[0], analyzer.switchgear.connected))
            return found

        return self.simulator.call(look)

    def _compare(self, tenant: Tenant, credit: float, *, lit: bool) -> None:
        now_s = time.monotonic()
        if abs(credit) <= SURE or lit == (credit > 0):
            self._is_right(tenant)
        elif tenant.wrong is None or tenant.wrong.lit != lit:
            self._is_right(tenant)
            tenant.wrong = Wrong(tenant.number, lit, now_s, now_s)
        else:
            tenant.wrong.until_s = now_s

    def _is_right(self, tenant: Tenant) -> None:
        if tenant.wrong is not None:
            self.wrongs.append(tenant.wrong)
        tenant.wrong = None

    def _shop(self, tenant: Tenant, credit: float) -> None:
        now_s = time.monotonic()
        if credit > 0:
            tenant.recharges_s = None
        elif tenant.recharges_s is None:
            tenant.recharges_s = now_s + self.chance.uniform(*WITHOUT_S)
        elif now_s >= tenant.recharges_s:
            amount = round(self.chance.uniform(*LASTS_S) * AMOUNT_PER_S - credit, 2)
            try:
                self.building.recharge(tenant.person, str(amount), f"{tenant.number}:{tenant.recharges}")
            except DatabaseBusy:
                self.locked_out += 1
                return
            tenant.paid += amount
            tenant.recharges += 1
