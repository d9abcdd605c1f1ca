"""One simulated PAC3220 without a network, as its tests make and read it."""

import struct

from enforcer.simulator.device import SimulatedAnalyzer
from enforcer.simulator.measures import grid_supply
from prepaid.parameters import Measures
from prepaid.records import Purpose, Wiring
from sql.demo.loads import Load
from sql.demo.profiles import Profile
from sql.demo.site import DemoDevice

BEGIN = 1000.0
LOAD = Load((1800.0, 1200.0, 600.0), (900.0, 600.0, 300.0))  # 3.6 kW: 1 Wh a second
SUPPLY = grid_supply(1, 0)


def device(
    wiring: Wiring = Wiring.HELD_ON_SUPPLY, *, taps_below: bool = False, feedback: bool = False
) -> SimulatedAnalyzer:
    description = DemoDevice(
        serial_number="LQ0001000042",
        name="G-01 Bakery",
        purpose=Purpose.TENANT,
        tenant="Bakery",
        host="127.0.0.1",
        port=0,
        ct_primary_a=60,
        rated_power_w=41_400,
        wiring=wiring,
        profile=Profile.BAKERIES,
        mean_power_w=3600.0,
        taps_below=taps_below,
        feedback=feedback,
    )
    analyzer = SimulatedAnalyzer(description, BEGIN)
    analyzer.draw(LOAD, SUPPLY)
    return analyzer


def measures(analyzer: SimulatedAnalyzer) -> Measures:
    return Measures._make(struct.unpack(">37f", analyzer.read(1, 74)))


def long(analyzer: SimulatedAnalyzer, offset: int) -> int:
    return int(struct.unpack(">I", analyzer.read(offset, 2))[0])


def double(analyzer: SimulatedAnalyzer, offset: int) -> float:
    return float(struct.unpack(">d", analyzer.read(offset, 4))[0])


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)
