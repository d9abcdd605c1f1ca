"""The host of a service: its child is kept running, and ends with it."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from launcher.background.host import REFUSED, SILENT_MOST_S, child_of, environment_of, hold, host_named
from launcher.background.roster import remember, services_of
from launcher.children import Child
from launcher.health import Health
from launcher.supervisor import Supervisor
from prepaid.clock import ManualClock
from prepaid.errors.launch import NoSuchService
from prepaid.errors.start import SettingInvalid
from tests.launcher.site import diary_lines, free_ports, plan_in, silent_console, stand_in, wait_until


class Ear:
    """A probe that answers a word, and counts how often it was asked."""

    def __init__(self, word: str = "ok") -> None:
        self.word = word
        self.asked = 0

    def ask(self) -> Health:
        self.asked += 1
        return Health(well=self.word == "ok", word=self.word)


def held(folder: Path, child: Child, clock: ManualClock, while_held: Callable[[], None]) -> str:
    """Holds the child during the call; what the host said."""
    console, written = silent_console()
    plan = plan_in(folder)
    supervisor = Supervisor(
        python=Path(sys.executable),
        root=plan.root,
        logs=plan.logs,
        environ=plan.child_environment(),
        console=console,
        clock=clock,
    )
    stop = threading.Event()
    host = threading.Thread(target=hold, args=(supervisor, child, stop, clock))
    host.start()
    try:
        while_held()
    finally:
        stop.set()
        host.join(30)
    assert not host.is_alive()
    return written.getvalue()


def started(folder: Path) -> int:
    return sum(what == "started" for what, *_rest in diary_lines(folder))


def test_the_child_ends_cleanly_with_the_service(tmp_path: Path) -> None:
    child = stand_in(tmp_path, port=free_ports(1)[0])

    held(tmp_path, child, ManualClock(), lambda: wait_until(lambda: started(tmp_path) == 1))

    assert [what for what, *_rest in diary_lines(tmp_path)] == ["started", "stopped"]


def test_a_child_that_gives_no_sign_of_life_is_ended_and_started_again(tmp_path: Path) -> None:
    ear, clock = Ear(), ManualClock()
    child = replace(stand_in(tmp_path, port=free_ports(1)[0]), probe=ear)

    def fall_silent() -> None:
        wait_until(lambda: started(tmp_path) == 1)
        ear.word = "stuck"
        clock.advance(SILENT_MOST_S + 1)
        wait_until(lambda: len(diary_lines(tmp_path)) == 2)
        ear.word = "ok"

        def is_back() -> bool:
            clock.advance(0.1)
            return started(tmp_path) == 2

        wait_until(is_back)

    said = held(tmp_path, child, clock, fall_silent)

    assert "no sign of life" in said
    assert [what for what, *_rest in diary_lines(tmp_path)] == ["started", "stopped", "started", "stopped"]


def test_a_child_that_waits_for_its_database_is_let_wait(tmp_path: Path) -> None:
    ear, clock = Ear("starting"), ManualClock()
    child = replace(stand_in(tmp_path, port=free_ports(1)[0]), probe=ear)

    def wait() -> None:
        wait_until(lambda: started(tmp_path) == 1)
        clock.advance(10 * SILENT_MOST_S)
        asked = ear.asked
        wait_until(lambda: ear.asked > asked + 1)

    said = held(tmp_path, child, clock, wait)

    assert said == ""
    assert started(tmp_path) == 1


def test_what_keeps_a_host_from_its_work_is_written_where_a_person_looks(tmp_path: Path) -> None:
    with pytest.raises(NoSuchService):
        host_named("prepaid-unknown", tmp_path, threading.Event(), ManualClock())
    unknown = (tmp_path / "logs" / REFUSED).read_text()
    (tmp_path / ".env").write_text("HEALTH_PORT=many\n", encoding="utf-8")
    with pytest.raises(SettingInvalid):
        host_named("prepaid-enforcer", tmp_path, threading.Event(), ManualClock())

    assert "no service prepaid-unknown here" in unknown
    assert "HEALTH_PORT" in (tmp_path / "logs" / REFUSED).read_text()


@pytest.mark.skipif(os.name == "nt", reason="the environment of POSIX")
def test_a_hosted_service_is_the_command_of_the_product_in_its_environment(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@ $HEALTH_PORT" >>begun.txt\nexec cat\n')
    python.chmod(0o755)
    remember(tmp_path / "data", ["Mall 1"])
    stop = threading.Event()
    host = threading.Thread(target=host_named, args=("prepaid-enforcer-mall-1", tmp_path, stop, ManualClock()))
    host.start()
    try:
        wait_until((tmp_path / "begun.txt").exists)
    finally:
        stop.set()
        host.join(30)

    said = (tmp_path / "begun.txt").read_text()
    assert said == "-m enforcer run --site Mall 1 --stop-with-parent 9470\n"


def test_both_children_end_with_their_host(tmp_path: Path) -> None:
    enforcer, dashboard = services_of(tmp_path)

    assert child_of(enforcer).arguments[-1] == "--stop-with-parent"
    assert "--stop-with-parent" not in child_of(dashboard).arguments
    assert environment_of(dashboard, {"PATH": "x"})["STOP_WITH_PARENT"] == "1"
    assert environment_of(enforcer, {"PATH": "x"})["PATH"] == "x"
