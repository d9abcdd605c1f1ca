"""The machine: space, folders, files that may be open, the pages of health."""

import http.client
import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from enforcer.doctor.finding import Finding, Subject
from enforcer.health import WELL
from prepaid.language import _
from prepaid.settings import Environment

HOST = "127.0.0.1"
FREE_BYTES = 1 << 30
ANSWER_WITHIN_S = 3.0
MAX_ANSWER = 100_000
OTHER_FILES = 150
"""Open files beside the connections to analyzers: database, logs, pages of health, what Python keeps."""
SERVICE_FILES = 4096


def look_at_machine(root: Path, settings: Environment, dashboard_port: int) -> Iterator[Finding]:
    """What does not need the database."""
    yield disk(root, shutil.disk_usage(root).free)
    yield logs(root / settings.log_folder)
    yield enforcer_page(settings.health_port)
    yield dashboard_page(dashboard_port)


def disk(where: Path, free_bytes: int) -> Finding:
    return Finding(
        Subject.MACHINE,
        free_bytes >= FREE_BYTES,
        _("{n} MB are free on the disk of {where}; keep at least {least}.").format(
            n=free_bytes // 1_000_000, where=where, least=FREE_BYTES // 1_000_000
        ),
    )


def logs(folder: Path) -> Finding:
    """Whether a file can be made there; a folder that is missing is made, as the first process would."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            Subject.MACHINE,
            False,
            _("Logs cannot be written to {folder}: {why}. Give access, or set LOG_FOLDER in .env.").format(
                folder=folder, why=error.strerror or error
            ),
        )
    return Finding(Subject.MACHINE, True, _("Logs can be written to {folder}.").format(folder=folder))


def open_files(limit: int | None, analyzers: int) -> Iterator[Finding]:
    """Each analyzer is a connection for as long as the enforcer runs. Without a limit nothing is said."""
    if limit is None:
        return
    needed = analyzers + OTHER_FILES
    yield Finding(
        Subject.MACHINE,
        limit >= needed,
        _(
            "A program started from here may have {limit} files open; {n} analyzers need {needed}. As a service it "
            "has {service}; otherwise run: ulimit -n {service}"
        ).format(limit=limit, n=analyzers, needed=needed, service=SERVICE_FILES),
    )


def file_limit() -> int | None:
    """How many files this process may have open; None where there is no such limit (Windows)."""
    limit = None
    if sys.platform != "win32":
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        limit = None if limit == resource.RLIM_INFINITY else limit
    return limit


def enforcer_page(port: int) -> Finding:
    """The page of health of the enforcer on this machine; where none runs, whether its port is free for one."""
    state = page_state(port, "/health")
    if state is None and is_free(port):
        return Finding(
            Subject.MACHINE,
            False,
            _("No enforcer answers on port {port} of this machine. Start one: python run_all.py").format(port=port),
        )
    if state is None:
        return Finding(
            Subject.MACHINE,
            False,
            _("Port {port} is taken by another program. Stop it, or set HEALTH_PORT in .env to another port.").format(
                port=port
            ),
        )
    if state in WELL:
        return Finding(
            Subject.MACHINE, True, _('The enforcer on port {port} says "{state}".').format(port=port, state=state)
        )
    return Finding(
        Subject.MACHINE,
        False,
        _('The enforcer on port {port} says "{state}". If it stays so, read its log.').format(port=port, state=state),
    )


def dashboard_page(port: int) -> Finding:
    state = page_state(port, "/api/health")
    if state is None:
        sentence = _("The dashboard does not answer on port {port} of this machine. Start it: python run_all.py")
    elif state == "ok":
        sentence = _('The dashboard on port {port} says "{state}".')
    else:
        sentence = _('The dashboard on port {port} says "{state}". If it stays so, read its log.')
    return Finding(Subject.DASHBOARD, state == "ok", sentence.format(port=port, state=state))


def page_state(port: int, path: str) -> str | None:
    """The state that a page of health tells; None where no such page answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", path)
        facts = json.loads(connection.getresponse().read(MAX_ANSWER))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return str(facts["state"]) if isinstance(facts, dict) and "state" in facts else None


def is_free(port: int) -> bool:
    """Whether a program could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
