"""The devices on real sockets: connections, order, limits, and every fault of the link."""

import contextlib
import errno
import socket
import struct
import sys
import time
from collections.abc import Iterator

import pytest

from enforcer.simulator.faults import Fault
from enforcer.simulator.thread import SimulatorThread
from prepaid.errors.simulator import PortTaken
from sql.demo.site import demo_site
from tests.enforcer.simulator.raw import Raw

READ_207 = struct.pack(">BHH", 3, 207, 2)
IDENTITY = 64001, 27


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(demo_site(2, seed=2)) as running:
        yield running


@pytest.fixture
def client(simulator: SimulatorThread) -> Iterator[Raw]:
    with Raw(simulator.address(0)) as connected:
        yield connected


def wait_until_it_answers(address: tuple[str, int]) -> Raw:
    """Connects as soon as the device is back, for at most 10 seconds."""
    for _attempt in range(100):
        with contextlib.suppress(OSError):
            return Raw(address)
        time.sleep(0.1)
    raise AssertionError("the device did not come back")


@pytest.mark.parametrize("function", [3, 4])
def test_both_functions_read_every_block(client: Raw, function: int) -> None:
    for offset, count in ((1, 74), (203, 22), (801, 40), (841, 88), (64001, 27), (51711, 8)):
        assert len(client.read(offset, count, function)) == 2 * count


def test_a_relay_is_switched_and_its_load_vanishes(simulator: SimulatorThread, client: Raw) -> None:
    simulator.set_load(0, 3600.0)
    before_w = client.floats(65, 1)[0]

    answered = client.command(60008, 0x0000)
    client_sees = client.longs(207, 1)
    deadline = time.monotonic() + 2
    while client.floats(65, 1)[0] > 0 and time.monotonic() < deadline:
        time.sleep(0.02)

    assert answered == struct.pack(">BHH", 6, 60008, 0)
    assert before_w == pytest.approx(3600)
    assert client_sees == (0,)
    assert client.floats(13, 3) == (0, 0, 0)
    assert min(client.floats(1, 3)) > 200


def test_a_setting_is_written_with_function_16(client: Raw) -> None:
    answered = client.write(51718, struct.pack(">H", 60))

    assert answered == struct.pack(">BHH", 16, 51718, 1)
    assert client.read(51718, 1) == struct.pack(">H", 60)


def test_an_unknown_function_is_refused(client: Raw) -> None:
    assert client.ask(bytes.fromhex("01 0000 0001")) == bytes.fromhex("81 01")


def test_pipelined_requests_are_answered_in_order(client: Raw) -> None:
    for count in (2, 4, 6, 8):
        client.send(struct.pack(">BHH", 3, 1, count))

    answers = [client.receive() for _ in range(4)]

    assert [transaction for transaction, _ in answers] == [1, 2, 3, 4]
    assert [len(pdu) - 2 for _, pdu in answers] == [4, 8, 12, 16]


def test_with_a_delay_pipelined_requests_stay_in_order_and_each_takes_its_time() -> None:
    with SimulatorThread(demo_site(1, seed=1), answer_delay_s=0.02) as slow, Raw(slow.address(0)) as client:
        started = time.monotonic()
        for _ in range(5):
            client.send(READ_207)

        transactions = [client.receive()[0] for _ in range(5)]

        assert transactions == [1, 2, 3, 4, 5]
        assert time.monotonic() - started >= 0.1


def test_a_frame_may_arrive_byte_by_byte(client: Raw) -> None:
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in struct.pack(">HHHB", 7, 0, 6, 1) + READ_207:
        client.socket.sendall(bytes((byte,)))

    assert client.receive()[0] == 7


def test_a_fourth_connection_is_closed_at_once_and_a_free_place_is_given_again(simulator: SimulatorThread) -> None:
    address = simulator.address(0)
    first, second, third = Raw(address), Raw(address), Raw(address)
    with first, second, third:
        for each in (first, second, third):
            each.read(207, 2)
        with Raw(address) as fourth:
            assert fourth.is_closed()
        third.read(207, 2)

    while simulator.state(0)["connections"]:
        time.sleep(0.01)
    with Raw(address) as fourth:
        assert len(fourth.read(207, 2)) == 4


def test_what_is_no_modbus_ends_the_connection(client: Raw) -> None:
    client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")

    assert client.is_closed()


def test_a_client_that_asks_without_end_and_never_listens_is_reset() -> None:
    with SimulatorThread(demo_site(1, seed=1), answer_delay_s=1.0) as slow, Raw(slow.address(0)) as client:
        with contextlib.suppress(ConnectionError):
            for _ in range(70):
                client.send(READ_207)

        assert client.is_closed()


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=rf"Port {port} of 127\.0\.0\.1 is taken.*--port-base"):
            SimulatorThread(demo_site(1, seed=1, port_base=port), own_ports=True).start()


# --- faults of the link ---------------------------------------------------------------------------------------------


def test_a_dead_device_refuses_connections_and_comes_back(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.DEAD)

    assert client.is_closed()
    with pytest.raises(ConnectionRefusedError):
        Raw(simulator.address(0))
    simulator.fault(0, None)
    with Raw(simulator.address(0)) as back:
        assert len(back.read(207, 2)) == 4


def test_the_other_devices_do_not_notice(simulator: SimulatorThread) -> None:
    simulator.fault(0, Fault.DEAD)

    with Raw(simulator.address(1)) as other:
        assert len(other.read(207, 2)) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops what does not fit into a full queue")
def test_a_black_hole_neither_connects_nor_answers(simulator: SimulatorThread, client: Raw) -> None:
    client.read(207, 2)
    simulator.fault(0, Fault.BLACKHOLE)
    client.socket.settimeout(0.3)
    client.send(READ_207)

    with pytest.raises(TimeoutError):
        client.receive()
    with pytest.raises(TimeoutError):
        Raw(simulator.address(0), timeout_s=0.3)
    simulator.fault(0, None)
    with Raw(simulator.address(0)) as back:
        assert len(back.read(207, 2)) == 4


def test_a_half_open_device_connects_and_never_answers(simulator: SimulatorThread) -> None:
    simulator.fault(0, Fault.HALF_OPEN)

    with Raw(simulator.address(0), timeout_s=0.3) as client:
        client.send(READ_207)
        with pytest.raises(TimeoutError):
            client.receive()


def test_a_slow_device_answers_after_seconds(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.SLOW)
    started = time.monotonic()

    client.read(207, 2)

    assert time.monotonic() - started >= 2.9


def test_an_answer_is_cut_off_by_a_reset(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.RESET_MID_FRAME)
    client.send(struct.pack(">BHH", 3, 1, 74))

    received = b""
    with pytest.raises(ConnectionResetError):
        while part := client.socket.recv(4096):
            received += part

    assert len(received) < 9 + 148


def test_an_answer_carries_the_number_of_another_request(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.WRONG_TRANSACTION)
    client.send(READ_207)

    transaction, pdu = client.receive()

    assert transaction != client.transaction
    assert pdu[0] == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.EXCEPTION_1, 1),
        (Fault.EXCEPTION_2, 2),
        (Fault.EXCEPTION_3, 3),
        (Fault.EXCEPTIONS, 4),
        (Fault.EXCEPTION_6, 6),
        (Fault.EXCEPTION_11, 11),
    ],
)
def test_exceptions_answer_everything(simulator: SimulatorThread, client: Raw, fault: Fault, code: int) -> None:
    simulator.fault(0, fault)

    assert client.ask(READ_207) == bytes((0x83, code))
    assert client.command(60008, 0) == bytes((0x86, code))


def test_two_devices_answer_at_each_others_address(simulator: SimulatorThread, client: Raw) -> None:
    first, second = (simulator.address(number) for number in (0, 1))
    with Raw(second) as other:
        ours, theirs = client.read(*IDENTITY), other.read(*IDENTITY)

        simulator.exchange(0, 1)

        assert client.is_closed()
        assert other.is_closed()
    assert (simulator.address(0), simulator.address(1)) == (second, first)
    with Raw(first) as here, Raw(second) as there:
        assert (here.read(*IDENTITY), there.read(*IDENTITY)) == (theirs, ours)


def test_refused_writes_leave_reads_alone(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.REFUSE_WRITES)

    assert client.command(60008, 0) == b"\x86\x02"
    assert client.write(51718, b"\x00\x01") == b"\x90\x02"
    assert client.longs(207, 1) == (1,)


def test_ignored_writes_are_answered_as_done(simulator: SimulatorThread, client: Raw) -> None:
    simulator.fault(0, Fault.IGNORE_WRITES)

    assert client.command(60008, 0) == struct.pack(">BHH", 6, 60008, 0)
    assert client.write(51718, b"\x00\x01") == struct.pack(">BHH", 16, 51718, 1)
    assert client.longs(207, 1) == (1,)
    assert client.read(51718, 1) == b"\x00\x00"


def test_a_restart_drops_the_connection_and_keeps_the_counters(simulator: SimulatorThread, client: Raw) -> None:
    simulator.set_load(0, 36_000.0)
    time.sleep(0.1)
    before_wh = client.doubles(801, 1)[0]

    simulator.fault(0, Fault.RESTART)

    assert client.is_closed()
    with pytest.raises(OSError) as refused:
        Raw(simulator.address(0))
    assert refused.value.errno in {errno.ECONNREFUSED, errno.ECONNRESET}
    with wait_until_it_answers(simulator.address(0)) as back:
        assert back.doubles(801, 1)[0] >= before_wh > 0
        assert back.longs(205, 2) == (0x800, 0)


def test_a_reset_by_command_goes_the_same_way(simulator: SimulatorThread, client: Raw) -> None:
    client.command(60001, 0)

    assert client.is_closed()
    with wait_until_it_answers(simulator.address(0)) as back:
        assert back.longs(205, 1) == (0x800,)


def test_a_power_failure_loses_what_was_not_saved(simulator: SimulatorThread, client: Raw) -> None:
    simulator.set_load(0, 360_000.0)
    simulator.save()
    saved_wh = client.doubles(801, 1)[0]
    while client.doubles(801, 1)[0] < saved_wh + 50:
        time.sleep(0.02)

    simulator.power_failure(0)

    with wait_until_it_answers(simulator.address(0)) as back:
        assert back.doubles(801, 1)[0] == pytest.approx(saved_wh, abs=25)
        assert back.longs(205, 1) == (0x800,)
    assert simulator.true_wh(0)[0] > saved_wh + 50
