"""What one start is about: folders, ports, the database, and what the database shall hold."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from launcher.env_file import NAME, read_env_file
from prepaid.settings import DEFAULT_DATABASE_URL, environment
from sql.demo.site import DEFAULT_ANALYZERS, PORT_BASE

CONTROL_PORT = 15010
HEALTH_PORT = 9470
DASHBOARD_PORT = 8000
SQLITE_FILE = "prepaid.db"


class Content(StrEnum):
    """What a database holds when run_all has prepared it."""

    DEMO = "demo"
    SITE = "site"
    EMPTY = "empty"
    OWN = "own"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One start. `content`, `analyzers` and `sites` are None where the person left the choice to what is there.
    `archive` is None where `.env` names it, or nobody."""

    root: Path
    data: Path
    logs: Path
    spool: Path
    database_url: str
    archive: Path | None = None
    content: Content | None = None
    analyzers: int | None = None
    sites: int | None = None
    site_file: Path | None = None
    port_offset: int = 0

    @property
    def control_port(self) -> int:
        return CONTROL_PORT + self.port_offset

    @property
    def first_analyzer_port(self) -> int:
        return PORT_BASE + self.port_offset

    @property
    def health_port(self) -> int:
        return HEALTH_PORT + self.port_offset

    @property
    def dashboard_port(self) -> int:
        return DASHBOARD_PORT + self.port_offset

    def simulator_memory(self, number: int) -> Path:
        """Where the simulated analyzers of a demo site keep their counters; they fit this database only."""
        return self.data / ("simulator.json" if number == 0 else f"simulator-{number + 1}.json")

    @property
    def demo_analyzers(self) -> int:
        return self.analyzers or DEFAULT_ANALYZERS

    @property
    def sqlite_file(self) -> Path | None:
        """The file of the database, None for a server."""
        path = self.database_url.removeprefix("sqlite:///").partition("?")[0]
        return self.root / path if self.database_url.startswith("sqlite:///") else None

    def child_environment(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """What every command of the product gets: this database and these ports, whatever `.env` says."""
        archive = {} if self.archive is None else {"ARCHIVE_FOLDER": str(self.archive)}
        return {
            **environ,
            **archive,
            "DATABASE_URL": self.database_url,
            "HEALTH_PORT": str(self.health_port),
            "LOG_FOLDER": str(self.logs),
            "SPOOL_FOLDER": str(self.spool),
            "STREAMLIT_SERVER_PORT": str(self.dashboard_port),
            "STOP_WITH_PARENT": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }


def plan_of(
    root: Path,
    environ: Mapping[str, str],
    *,
    data: Path | None = None,
    content: Content | None = None,
    analyzers: int | None = None,
    sites: int | None = None,
    site_file: Path | None = None,
    port_offset: int = 0,
) -> Plan:
    """The plan for these choices. `data` has its own SQLite file, logs, spool and archive; without it the database is
    the one of `.env` or of the environment, which wins. Raises SettingInvalid."""
    given = {**read_env_file(root / NAME), **{name: value for name, value in environ.items() if value}}
    folder = (data or root / "data").absolute()
    url = environment(given).database_url
    if data is not None:
        url = f"sqlite:///{(folder / SQLITE_FILE).as_posix()}"
    elif url == DEFAULT_DATABASE_URL:
        url = f"sqlite:///{(root / url.removeprefix('sqlite:///')).as_posix()}"
    return Plan(
        root=root,
        data=folder,
        logs=root / "logs" if data is None else folder / "logs",
        spool=folder / "spool" if data is not None else (root / environment(given).spooling.folder).absolute(),
        database_url=url,
        archive=folder / "archive" if data is not None else None,
        content=content,
        analyzers=analyzers,
        sites=sites,
        site_file=site_file,
        port_offset=port_offset,
    )
