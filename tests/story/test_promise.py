"""The promise at the default intervals: the supply is off at most 10 s after the credit has ended."""

import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from enforcer.loop import Enforcer
from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import SystemClock
from prepaid.records import Purpose
from prepaid.units import cost
from sql.connection import Database
from sql.demo.site import demo_site
from tests.building import Building
from tests.story.foreseen import foresee_the_end
from tests.story.installed import move_in
from tests.story.running import NO_MAIL
from tests.story.world import GENERATOR_PRICE, GRID_PRICE

TENANTS = 12
LOAD_W = 20_000.0
PROMISED_S = 10.0


@pytest.mark.slow
def test_twelve_tenants_are_cut_within_ten_seconds_of_the_end_of_their_credit(database: Database) -> None:
    chance = random.Random(11)
    clock = SystemClock()
    building = Building(
        database, at=clock.now() - timedelta(minutes=1), grid_price=GRID_PRICE, generator_price=GENERATOR_PRICE
    )
    with SimulatorThread(demo_site(20, seed=2)) as simulator:
        chosen = [n for n, each in enumerate(simulator.site.devices) if each.purpose is Purpose.TENANT][:TENANTS]
        credit = {number: Decimal(chance.randrange(1500, 4000)) / 100 for number in chosen}
        for number in chosen:
            move_in(building, simulator, number, str(credit[number]))
        foresee_the_end(building)
        enforcer = Enforcer(database, clock, NO_MAIL)
        stop = threading.Event()
        enforcer.start_when_free(stop)
        working = threading.Thread(target=enforcer.run, args=(stop,), name="enforcer")
        working.start()
        try:
            began_s = clock.monotonic()
            while clock.monotonic() - began_s < 12.0:
                stop.wait(0.1)
            took_s = _seconds_to_cut(simulator, credit, clock)
        finally:
            stop.set()
            working.join(30)
            enforcer.stop()

    assert len(took_s) == TENANTS
    assert max(took_s.values()) <= PROMISED_S, took_s


def _seconds_to_cut(simulator: SimulatorThread, credit: dict[int, Decimal], clock: SystemClock) -> dict[int, float]:
    """Switches the loads on and answers how long each supply stayed on after its credit had ended."""
    opening = {number: simulator.registers_wh(number)[0] for number in credit}
    for number in credit:
        simulator.set_load(number, LOAD_W)
    ended_s: dict[int, float] = {}
    took_s: dict[int, float] = {}
    pause = threading.Event()
    until_s = clock.monotonic() + 120
    while len(took_s) < len(credit) and clock.monotonic() < until_s:
        for number, amount in credit.items():
            used = cost(int(simulator.registers_wh(number)[0] - opening[number]), GRID_PRICE)
            if number not in ended_s and used >= amount:
                ended_s[number] = clock.monotonic()
            if number not in took_s and number in ended_s and not simulator.connected(number):
                took_s[number] = clock.monotonic() - ended_s[number]
        pause.wait(0.05)
    return took_s
