"""`python -m enforcer commission` over real sockets: what it says, its exit codes, and the supply afterwards."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.__main__ import main
from enforcer.simulator.faults import Fault
from enforcer.simulator.thread import SimulatorThread
from prepaid.commissioning import Outcome
from sql.check import check
from sql.connection import Database
from sql.demo.site import demo_site
from sql.tables import commissionings, leases, supply_states, wishes
from tests.enforcer.test_commissioning_road import ready
from tests.story.processes import begin
from tests.story.world import LOAD_W, World, until, world

WIRED = ("--wiring", "held_on_supply")


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(demo_site(1, seed=7)) as made:
        made.set_load(0, 20_000.0)
        until(lambda: made.power_w(0) > 0, "load flows")
        yield made


def commission(simulator: SimulatorThread, folder: Path, *more: str) -> int:
    """The command at a device that no database knows."""
    return _run(simulator, f"sqlite:///{(folder / 'none.db').as_posix()}", *more)


def commission_in(w: World, *more: str) -> int:
    """The command on the machine of a site."""
    return _run(w.simulator, w.database.url.render_as_string(hide_password=False), *more)


def _run(simulator: SimulatorThread, url: str, *more: str) -> int:
    host, port = simulator.address(0)
    return main(["commission", f"{host}:{port}", *more], {"DATABASE_URL": url}, Path("/nonexistent"))


def test_a_device_is_looked_at_and_nothing_is_switched(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = commission(simulator, tmp_path, "--source", "grid")

    said = capsys.readouterr().out
    assert code == 4
    assert "Tariff 1 counts while the source is the grid: right." in said
    assert "The device takes writes from this machine." in said
    assert "The cut was not tried." in said
    assert simulator.connected(0)


def test_a_supervised_cut_passes_and_leaves_the_supply_on(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = commission(simulator, tmp_path, "--switch", *WIRED)

    said = capsys.readouterr().out
    assert code == 0
    assert "will be off for a few seconds" in said
    assert f"Passed for {simulator.serial_number(0)}." in said
    assert simulator.connected(0)


def test_a_cut_needs_to_know_how_the_output_acts(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = commission(simulator, tmp_path, "--switch")

    assert code == 2
    assert "--wiring" in capsys.readouterr().err
    assert simulator.connected(0)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.REFUSE_WRITES, "switch its IP filter off"),
        (Fault.SWAPPED_WORDS, "Set the gateway to high word first"),
        pytest.param(Fault.IGNORE_WRITES, "the output did not follow", marks=pytest.mark.slow),
        pytest.param(Fault.WELDED_POLE, "load flows on through L1", marks=pytest.mark.slow),
    ],
)
def test_what_prevents_a_cutoff_is_said_with_what_to_do(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: Fault, sentence: str
) -> None:
    simulator.fault(0, fault)

    code = commission(simulator, tmp_path, "--switch", *WIRED)

    assert code == 1
    assert sentence in capsys.readouterr().out
    assert simulator.outputs(0) == 1


def test_the_wrong_polarity_is_found_before_anything_is_switched(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = commission(simulator, tmp_path, "--switch", "--switch-on", "--wiring", "held_on_cut")

    assert code == 1
    assert "the wrong polarity" in capsys.readouterr().out
    assert simulator.connected(0)


def test_a_device_without_a_free_connection_says_so(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        for _connection in range(3):
            stack.enter_context(socket.create_connection(simulator.address(0), 5))
        until(lambda: simulator.state(0)["connections"] == 3, "its three connections are taken")

        code = commission(simulator, tmp_path)

    assert code == 2
    assert "connection" in capsys.readouterr().err


def test_an_address_of_no_site_cannot_be_recorded(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commission(simulator, tmp_path, "--record") == 2
    assert "analyzer at the address" in capsys.readouterr().err


def test_on_the_machine_of_a_site_the_result_is_kept(database: Database) -> None:
    with world(database, credit="100") as w:
        w.simulator.set_load(0, 20_000.0)
        until(lambda: w.simulator.power_w(0) > 0, "load flows")

        code = commission_in(w, "--switch", "--record", "--source", "grid")

        assert w.connected()
    assert code == 0
    with database.reading() as conn:
        record = conn.execute(sa.select(commissionings).where(commissionings.c.wish_id.is_not(None))).one()
        wish = conn.execute(sa.select(wishes)).one()
        assert conn.scalar(sa.select(supply_states.c.lent_to_wish_id)) is None
        assert conn.scalar(sa.select(leases.c.holder)) == ""
    assert (record.outcome, record.tariff_proven, record.answers_while_cut) == (Outcome.PASSED, True, True)
    assert (wish.state, wish.result, wish.asked_by) == ("done", "passed", "command line")
    assert check(database, everything=True) == []


@pytest.mark.slow
def test_while_an_enforcer_works_the_site_it_makes_the_test(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        ready(w)

        code = commission_in(w, "--switch")

        until(w.connected, "the supply is back")
        connections = w.simulator.state(0)["connections"]
    assert code == 0
    assert "makes the test over its own connection" in capsys.readouterr().out
    assert connections == 1


@pytest.mark.slow
def test_a_command_that_is_killed_in_the_middle_is_followed_by_an_enforcer_that_restores(database: Database) -> None:
    with world(database, credit="100000") as w:
        w.simulator.set_load(0, LOAD_W / 10)
        host, port = w.simulator.address(0)
        command = begin(w, "commission", f"{host}:{port}", "--switch")
        try:
            until(lambda: not w.connected(), "the command has cut")
        finally:
            command.kill()
            command.wait(30)
        cut_by_the_dead = not w.connected()
        enforcer = begin(w)
        try:
            until(w.connected, "the supply is back")
        finally:
            enforcer.terminate()
            enforcer.wait(30)

    assert cut_by_the_dead
