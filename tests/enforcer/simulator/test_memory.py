"""The memory of all devices outlives the process, cleanly or with the loss of a power failure."""

import json
from pathlib import Path

import pytest

from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import ManualClock
from prepaid.errors.simulator import SimulatorMemoryUnreadable, SimulatorMemoryUnwritable
from sql.demo.site import Start, demo_site
from tests.enforcer.simulator.raw import Raw

SITE = demo_site(3, seed=2)


def simulator(path: Path, clock: ManualClock) -> SimulatorThread:
    starts = {SITE.devices[0].serial_number: Start(5_000_000.0, 70_000.0)}
    return SimulatorThread(SITE, clock=clock, memory_path=path, start_counters=starts)


def test_devices_without_a_memory_begin_at_their_start_counters(tmp_path: Path) -> None:
    with simulator(tmp_path / "memory.json", ManualClock()) as running:
        assert running.registers_wh(0) == (5_000_000.0, 70_000.0)
        assert running.registers_wh(1) == (0.0, 0.0)


def test_what_was_counted_before_has_its_reactive_and_apparent_energy_too(tmp_path: Path) -> None:
    with simulator(tmp_path / "memory.json", ManualClock()) as running, Raw(running.address(0)) as client:
        counters = client.doubles(801, 10)

    assert counters == pytest.approx((5e6, 7e4, 0, 0, 2.1e6, 29_400, 0, 0, 5.423e6, 75_924), rel=1e-4)


def test_after_a_clean_stop_every_register_goes_on_where_it_was(tmp_path: Path) -> None:
    clock = ManualClock()
    with simulator(tmp_path / "memory.json", clock) as running, Raw(running.address(0)) as client:
        clock.advance(77)
        client.command(60008, 0x0000)
        clock.advance(1)
        counters, status = client.read(801, 120), client.read(203, 20)

    with simulator(tmp_path / "memory.json", clock) as running, Raw(running.address(0)) as client:
        assert client.read(801, 120) == counters
        assert client.read(203, 20) == status
        assert client.floats(65, 1) == (0.0,)


def test_a_kill_loses_up_to_five_minutes_and_says_restarted(tmp_path: Path) -> None:
    clock = ManualClock()
    killed = simulator(tmp_path / "memory.json", clock)
    killed.start()
    clock.advance(100)
    killed.save()
    saved_wh = killed.registers_wh(0)
    clock.advance(200)
    assert killed.registers_wh(0)[0] > saved_wh[0]
    killed.kill()

    with simulator(tmp_path / "memory.json", clock) as running, Raw(running.address(0)) as client:
        assert running.registers_wh(0) == saved_wh
        assert client.longs(205, 2) == (0x800, 0)


def test_a_kill_right_after_the_start_is_a_power_failure_too(tmp_path: Path) -> None:
    killed = simulator(tmp_path / "memory.json", ManualClock())
    killed.start()
    killed.kill()

    with simulator(tmp_path / "memory.json", ManualClock()) as running:
        assert running.state(0)["diagnostics"] == 0x800


def test_devices_of_a_larger_site_are_not_forgotten(tmp_path: Path) -> None:
    clock = ManualClock()
    with simulator(tmp_path / "memory.json", clock) as running:
        clock.advance(60)
        before = running.registers_wh(2)
    with SimulatorThread(demo_site(1, seed=2), clock=clock, memory_path=tmp_path / "memory.json"):
        clock.advance(60)

    with simulator(tmp_path / "memory.json", clock) as running:
        assert running.registers_wh(2) == before


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 2, "clean": true, "devices": {}}', '{"format": 1, "clean": true}']
)
def test_a_broken_memory_is_said_in_a_sentence_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "memory.json"
    path.write_text(content)

    with pytest.raises(SimulatorMemoryUnreadable, match="Delete the file"):
        simulator(path, ManualClock()).start()

    assert path.read_text() == content


def test_a_device_whose_memory_is_damaged_is_said_too(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    with simulator(path, ManualClock()):
        pass
    content = json.loads(path.read_text())
    content["devices"][SITE.devices[0].serial_number]["counters"] = [1.0, 2.0]
    path.write_text(json.dumps(content))

    with pytest.raises(SimulatorMemoryUnreadable):
        simulator(path, ManualClock()).start()


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    with SimulatorThread(SITE, clock=ManualClock()) as running:
        running.save()

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(SimulatorMemoryUnwritable, match="--memory"):
        simulator(tmp_path / "file" / "memory.json", ManualClock()).start()
