"""A tenant with an account behind one device of a simulator, as the enforcer will find them."""

from enforcer.simulator.thread import SimulatorThread
from tests.building import Building, Person


def move_in(building: Building, simulator: SimulatorThread, number: int, opening: str) -> Person:
    """The device of that number without a load, and the tenant whose supply it measures, with that opening balance."""
    simulator.set_load(number, 0.0)
    device = simulator.site.devices[number]
    tenant = building.tenant(device.name, opening=opening)
    host, port = simulator.address(number)
    building.analyzer(
        device.name,
        tenant,
        host=host,
        port=port,
        serial_number=device.serial_number,
        rated_power_w=device.rated_power_w,
        ct_primary_a=device.ct_primary_a,
        wiring=device.wiring,
        feedback_input=1 if device.feedback else None,
        taps_below_contactor=device.taps_below,
    )
    return tenant
