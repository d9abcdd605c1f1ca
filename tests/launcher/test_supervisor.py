"""Children: started in order, kept running, stopped cleanly, never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from launcher.supervisor import Supervisor
from prepaid.clock import Clock, ManualClock, SystemClock
from prepaid.errors.launch import ChildEnded, ChildSilent
from tests.launcher.site import diary_lines, free_ports, plan_in, silent_console, stand_in, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def supervisor_in(folder: Path, *, clock: Clock | None = None, hasty: bool = False) -> Iterator[Supervisor]:
    console, _written = silent_console()
    plan = plan_in(folder)
    supervisor = Supervisor(
        python=Path(sys.executable),
        root=plan.root,
        logs=plan.logs,
        environ=plan.child_environment(),
        console=console,
        clock=clock or SystemClock(),
        clean_stop_s=0.2 if hasty else 15,
        hard_stop_s=0.2 if hasty else 5,
    )
    try:
        yield supervisor
    finally:
        supervisor.stop()


def test_children_start_in_order_and_stop_cleanly_in_the_opposite_order(tmp_path: Path) -> None:
    first, second = free_ports(2)

    with supervisor_in(tmp_path) as supervisor:
        supervisor.start([stand_in(tmp_path, port=first), stand_in(tmp_path, port=second)])
        healths = supervisor.look()

    assert [health.well for health in healths.values()] == [True, True]
    assert [(what, int(port)) for what, port, _pid in diary_lines(tmp_path)] == [
        ("started", first),
        ("started", second),
        ("stopped", second),
        ("stopped", first),
    ]


def test_a_child_that_dies_at_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    (port,) = free_ports(1)

    with supervisor_in(tmp_path) as supervisor, pytest.raises(ChildEnded) as raised:
        supervisor.start([stand_in(tmp_path, port=port, mood="dies")])

    assert "exit code 3" in str(raised.value)
    assert "The setting X is wrong. Correct it." in str(raised.value)


def test_the_words_of_an_earlier_start_are_not_repeated(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    log = tmp_path / "logs" / f"child-{port}.out"
    log.parent.mkdir()
    log.write_text("An old story.\n")

    with supervisor_in(tmp_path) as supervisor, pytest.raises(ChildEnded) as raised:
        supervisor.start([stand_in(tmp_path, port=port, mood="dies")])

    assert "An old story" not in str(raised.value)
    assert log.read_text().startswith("An old story.")


def test_a_child_that_never_gets_well_is_reported_and_stopped(tmp_path: Path) -> None:
    (port,) = free_ports(1)

    with supervisor_in(tmp_path) as supervisor, pytest.raises(ChildSilent):
        supervisor.start([stand_in(tmp_path, port=port, mood="ill", patience_s=0.5)])

    ((_what, _port, process),) = diary_lines(tmp_path)[:1]
    assert not psutil.pid_exists(int(process))


def test_a_child_that_is_killed_is_started_again_after_a_pause(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    clock = ManualClock()

    with supervisor_in(tmp_path, clock=clock) as supervisor:
        supervisor.start([stand_in(tmp_path, port=port)])
        (running,) = supervisor.running
        killed = running.process
        killed.kill()
        killed.wait()
        at_once = supervisor.look()[f"child-{port}"]
        clock.advance(1.9)
        supervisor.look()
        before_the_pause_is_over = running.process
        clock.advance(0.2)
        supervisor.look()
        wait_until(lambda: supervisor.look()[f"child-{port}"].well)

    assert not at_once.well
    assert before_the_pause_is_over is killed
    assert [what for what, _port, _pid in diary_lines(tmp_path)] == ["started", "started", "stopped"]


def test_pauses_between_starts_double_up_to_a_minute(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    clock = ManualClock()
    pauses_s = []

    with supervisor_in(tmp_path, clock=clock) as supervisor:
        supervisor.start([stand_in(tmp_path, port=port)])
        (running,) = supervisor.running
        for _attempt in range(7):
            running.process.kill()
            running.process.wait()
            supervisor.look()
            assert running.again_s is not None
            pauses_s.append(running.again_s - clock.monotonic())
            clock.advance(pauses_s[-1])
            supervisor.look()

    assert pauses_s == [2, 4, 8, 16, 32, 60, 60]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that a program may ignore")
def test_a_child_that_obeys_nothing_is_killed(tmp_path: Path) -> None:
    (port,) = free_ports(1)

    with supervisor_in(tmp_path, hasty=True) as supervisor:
        supervisor.start([stand_in(tmp_path, port=port, mood="stubborn")])
        process = supervisor.running[0].process

    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="the signals of POSIX")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_run_all_however_it_ends(tmp_path: Path, by: signal.Signals) -> None:
    first, second = free_ports(2)
    command = [sys.executable, "-m", "tests.launcher.driver", str(tmp_path), str(first), str(second)]
    driver = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_until(lambda: len(diary_lines(tmp_path)) == 2)
        processes = [int(process) for _what, _port, process in diary_lines(tmp_path)]

        driver.send_signal(by)
        driver.wait(20)

        wait_until(lambda: not any(psutil.pid_exists(process) for process in processes))
    finally:
        driver.kill()
        driver.wait()
    assert sorted(what for what, _port, _pid in diary_lines(tmp_path)) == ["started", "started", "stopped", "stopped"]
    assert driver.returncode == (-signal.SIGKILL if by is signal.SIGKILL else 0)
