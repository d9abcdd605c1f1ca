"""A library that was written by others reads what the simulator serves (tests only: here pymodbus is a client)."""

import struct
from collections.abc import Iterator

import pytest
from pymodbus.client import ModbusTcpClient

from enforcer.simulator.thread import SimulatorThread
from sql.demo.site import demo_site


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(demo_site(1, seed=2)) as running:
        running.set_load(0, 3000.0)
        yield running


@pytest.fixture
def client(simulator: SimulatorThread) -> Iterator[ModbusTcpClient]:
    host, port = simulator.address(0)
    with ModbusTcpClient(host, port=port, timeout=5, retries=0) as connected:
        yield connected


def test_pymodbus_reads_registers_and_counters(simulator: SimulatorThread, client: ModbusTcpClient) -> None:
    measures = client.read_holding_registers(1, count=74).registers
    counters = client.read_input_registers(801, count=88).registers

    floats = struct.unpack(">37f", struct.pack(">74H", *measures))
    doubles = struct.unpack(">22d", struct.pack(">88H", *counters))
    assert floats[32] == pytest.approx(3000)
    assert 0 < doubles[0] <= simulator.registers_wh(0)[0]


def test_pymodbus_switches_sets_and_is_refused(simulator: SimulatorThread, client: ModbusTcpClient) -> None:
    switched = client.write_register(60008, 0x0000)
    set_up = client.write_registers(51718, [60])
    refused = client.read_holding_registers(2, count=2)

    assert not switched.isError()
    assert not set_up.isError()
    assert simulator.outputs(0) == 0
    assert refused.isError()
    assert refused.exception_code == 2
