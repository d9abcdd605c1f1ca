"""`python -m enforcer` from outside: exit codes, sentences, never a traceback."""

import contextlib
import http.client
import io
import json
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from enforcer.health import HealthServer, health_page
from enforcer.once import run_once
from enforcer.standby import Standby
from prepaid.clock import SystemClock
from prepaid.errors.access import NotFound
from prepaid.errors.start import HealthPortTaken
from prepaid.settings import environment
from sql.connection import Database
from tests.building import Building
from tests.story.world import until, world

ROOT = Path(__file__).parent.parent.parent


def _enforcer(*arguments: str, given: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "enforcer", *arguments],
        cwd=ROOT,
        env={"PATH": "", **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("command", "version", "sentence"),
    [("run", "9999", "Install the newer program."), ("once", "0001", "Run: python -m sql upgrade")],
)
def test_it_does_not_begin_with_the_schema_of_another_program(
    migrated_file: Path, tmp_path: Path, command: str, version: str, sentence: str
) -> None:
    """In a file of its own: no other test shall find that schema."""
    file = Path(shutil.copyfile(migrated_file, tmp_path / "another.db"))
    database = Database(f"sqlite:///{file.as_posix()}")
    with database.writing() as conn:
        conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
    database.close()

    done = _enforcer(command, given={"DATABASE_URL": database.where})

    assert done.returncode == 2
    assert f"has schema {version}" in done.stderr
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://x/y"}, "only sqlite and mssql are supported"),
        ({"SMTP_PORT": "many"}, "SMTP_PORT"),
        ({"SMTP_SECURITY": "perhaps"}, "starttls"),
    ],
)
def test_wrong_settings_are_told_in_a_sentence(given: Mapping[str, str], sentence: str, tmp_path: Path) -> None:
    elsewhere = {"DATABASE_URL": f"sqlite:///{(tmp_path / 'own.db').as_posix()}"}

    done = _enforcer("doctor" if "DATABASE_URL" in given else "run", given={**elsewhere, **given})

    said = done.stderr + done.stdout
    assert sentence in said
    assert "Traceback" not in said
    assert done.returncode in (1, 2)


def test_a_database_without_tables_says_which_command_makes_them(tmp_path: Path) -> None:
    done = _enforcer("once", given={"DATABASE_URL": f"sqlite:///{(tmp_path / 'new.db').as_posix()}"})

    assert done.returncode == 2
    assert "python -m sql create" in done.stderr
    assert "Traceback" not in done.stderr


def test_reading_an_address_where_nobody_answers_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    given = {"DATABASE_URL": f"sqlite:///{(tmp_path / 'own.db').as_posix()}"}
    done = _enforcer("read", f"127.0.0.1:{port}", given=given)

    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_once_reads_everybody_and_says_what_it_did(database: Database) -> None:
    with world(database, credit="1000") as w:
        said = list(run_once(database, w.clock, w.smtp, None))

    assert len(said) == 1
    assert " readings, " in said[0]


def test_an_enforcer_of_an_empty_database_waits_for_a_site_and_is_well(database: Database) -> None:
    settings = environment({})
    standby = Standby(database, SystemClock(), settings.smtp, None)
    stop = threading.Event()
    waiting = threading.Thread(target=standby.wait_for_site, args=(stop,))
    server = HealthServer(0, {"/health": health_page(standby.health)})
    server.start()
    waiting.start()
    try:
        until(lambda: standby.health()["state"] == "ok", "it has looked for a site")
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=5) as answer:
            facts = json.load(answer)
    finally:
        stop.set()
        waiting.join(10)
        server.stop()

    assert (facts["state"], facts["waiting_for"]) == ("ok", "site")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is of Linux")
def test_the_service_manager_hears_that_it_is_ready_lives_and_stops(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    Building(database)
    database.close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, socket.create_server(("127.0.0.1", 0)) as free:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        port = free.getsockname()[1]
        free.close()
        given = {"DATABASE_URL": database_url, "NOTIFY_SOCKET": str(tmp_path / "notify"), "HEALTH_PORT": str(port)}
        command = [sys.executable, "-m", "enforcer", "run"]
        with subprocess.Popen(
            command, cwd=ROOT, env={"LOG_FOLDER": str(tmp_path), **given}, stderr=subprocess.DEVNULL
        ) as process:
            try:
                heard = [manager.recv(100), manager.recv(100), manager.recv(100)]
                process.terminate()
                while heard[-1] == b"WATCHDOG=1":
                    heard.append(manager.recv(100))
                code = process.wait(30)
            finally:
                process.kill()

    assert (heard[0], heard[1], heard[-1]) == (b"READY=1", b"WATCHDOG=1", b"STOPPING=1")
    assert code == 0


def test_a_site_that_does_not_exist_is_told_at_once(database: Database) -> None:
    Building(database)
    standby = Standby(database, SystemClock(), environment({}).smtp, "Nowhere")

    with pytest.raises(NotFound, match="Nowhere"):
        standby.wait_for_site(threading.Event())


@pytest.mark.parametrize(
    ("state", "status"), [("ok", 200), ("standing_by", 200), ("starting", 503), ("database_away", 503)]
)
def test_a_monitoring_system_is_alarmed_by_none_but_those_that_are_not_well(state: str, status: int) -> None:
    server = HealthServer(0, {"/health": health_page(lambda: {"state": state})})
    server.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.request("GET", "/health")
        answered = connection.getresponse().status
        connection.close()
    finally:
        server.stop()

    assert answered == status


def test_a_health_port_that_is_taken_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(HealthPortTaken, match="HEALTH_PORT"):
        HealthServer(taken.getsockname()[1], {})


def test_the_help_names_every_command() -> None:
    said = io.StringIO()

    with contextlib.redirect_stdout(said):
        done = _enforcer("--help", given={})

    assert all(command in done.stdout for command in ("run", "once", "doctor", "read", "simulate"))
