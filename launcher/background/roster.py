"""Which services a machine keeps: an enforcer for each site, and one dashboard. An update of the dashboard, or its end,
leaves the enforcers at work."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher.children import Child
from launcher.env_file import NAME, read_env_file
from launcher.health import PageProbe
from launcher.plan import DASHBOARD_PORT
from prepaid.language import _
from prepaid.settings import environment
from prepaid.site_names import short_name

INSTALLED = "services.json"
OF_STREAMLIT = "STREAMLIT_SERVER_"
PORT_OF_STREAMLIT = f"{OF_STREAMLIT}PORT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A process that the system keeps running: `python` with the arguments of `child`, in the folder `root`.

    `writes` are the folders it writes to.
    """

    name: str
    title: str
    child: Child
    root: Path
    writes: tuple[Path, ...]
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def probe(self) -> PageProbe:
        assert isinstance(self.child.probe, PageProbe), "services have a page of health"
        return self.child.probe


def services_of(root: Path, sites: Sequence[str] = ()) -> tuple[Service, ...]:
    """The services of this folder, by `.env` alone: a service does not know the environment of who installs it.

    Without names of sites one enforcer works the only site. Raises SettingInvalid.
    """
    given = read_env_file(root / NAME)
    settings = environment(given)
    writes = _written(root, given, settings.database_url)
    enforcers = tuple(
        _enforcer(root, site, settings.health_port + number, writes) for number, site in enumerate(sites or [None])
    )
    return (*enforcers, _dashboard(root, given, writes))


def remember(data: Path, sites: Sequence[str]) -> None:
    """Keeps for which sites services were installed."""
    data.mkdir(parents=True, exist_ok=True)
    (data / INSTALLED).write_text(json.dumps({"sites": list(sites)}, ensure_ascii=False), encoding="utf-8")


def is_remembered(data: Path) -> bool:
    """Whether services were ever installed from here."""
    return (data / INSTALLED).is_file()


def remembered(data: Path) -> tuple[str, ...]:
    """For which sites services were installed; none where that was never done, or for the only site."""
    try:
        sites = json.loads((data / INSTALLED).read_text(encoding="utf-8"))["sites"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(str(site) for site in sites)


def _enforcer(root: Path, site: str | None, port: int, writes: tuple[Path, ...]) -> Service:
    of_site = () if site is None else ("--site", site)
    name = "enforcer" if site is None else f"enforcer-{short_name(site)}"
    title = _("Prepaid energy: enforcer") if site is None else _("Prepaid energy: enforcer of {site}").format(site=site)
    return Service(
        name=f"prepaid-{name}",
        title=title,
        child=Child(
            name=name, arguments=("-m", "enforcer", "run", *of_site), probe=PageProbe(port=port), ports=(port,)
        ),
        root=root,
        writes=writes,
        environ={} if site is None else {"HEALTH_PORT": str(port)},
    )


def _dashboard(root: Path, given: Mapping[str, str], writes: tuple[Path, ...]) -> Service:
    environ = {name: value for name, value in sorted(given.items()) if name.startswith(OF_STREAMLIT) and value}
    port = int(environ.get(PORT_OF_STREAMLIT, DASHBOARD_PORT))
    return Service(
        name="prepaid-dashboard",
        title=_("Prepaid energy: dashboard"),
        child=Child(
            name="dashboard",
            arguments=("-m", "streamlit", "run", "dashboard/app.py"),
            probe=PageProbe(port=port, path="/api/health"),
            ports=(port,),
        ),
        root=root,
        writes=writes,
        environ=environ,
    )


def _written(root: Path, given: Mapping[str, str], database_url: str) -> tuple[Path, ...]:
    """data/ and logs/, every folder that a setting names, and the folder of an SQLite file."""
    folders = [root / "data", root / "logs"]
    folders += [root / value for name, value in sorted(given.items()) if name.endswith("_FOLDER") and value]
    if database_url.startswith("sqlite:///"):
        folders.append((root / database_url.removeprefix("sqlite:///").partition("?")[0]).parent)
    return tuple(dict.fromkeys(folders))
