"""Which services a folder has, by its `.env`."""

from pathlib import Path

from launcher.background.roster import remember, remembered, services_of


def test_without_sites_there_is_one_enforcer_and_one_dashboard(tmp_path: Path) -> None:
    enforcer, dashboard = services_of(tmp_path)

    assert (enforcer.name, dashboard.name) == ("prepaid-enforcer", "prepaid-dashboard")
    assert enforcer.child.arguments == ("-m", "enforcer", "run")
    assert (enforcer.probe.port, enforcer.probe.path) == (9470, "/health")
    assert (dashboard.probe.port, dashboard.probe.path) == (8000, "/api/health")


def test_each_site_has_an_enforcer_with_a_port_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HEALTH_PORT=9500\n", encoding="utf-8")

    first, second, _dashboard = services_of(tmp_path, ["Mall 1", "مول"])

    assert (first.name, first.child.arguments[-2:]) == ("prepaid-enforcer-mall-1", ("--site", "Mall 1"))
    assert second.name.startswith("prepaid-enforcer-site-")
    assert [first.environ, second.environ] == [{"HEALTH_PORT": "9500"}, {"HEALTH_PORT": "9501"}]
    assert (first.probe.port, second.probe.port) == (9500, 9501)


def test_the_dashboard_is_served_where_env_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "STREAMLIT_SERVER_PORT=8443\nSTREAMLIT_SERVER_ADDRESS=0.0.0.0\nJWT_SECRET=secret\n", encoding="utf-8"
    )

    *_enforcers, dashboard = services_of(tmp_path)

    assert dashboard.environ == {"STREAMLIT_SERVER_PORT": "8443", "STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    assert dashboard.probe.port == 8443


def test_services_write_their_own_folders_and_those_that_settings_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "LOG_FOLDER=/var/log/prepaid\nDATABASE_URL=sqlite:////srv/energy/prepaid.db?timeout=5\n", encoding="utf-8"
    )

    enforcer, *_others = services_of(tmp_path)

    assert enforcer.writes == (
        tmp_path / "data",
        tmp_path / "logs",
        Path("/var/log/prepaid"),
        Path("/srv/energy"),
    )


def test_the_sites_that_were_installed_are_remembered(tmp_path: Path) -> None:
    before = remembered(tmp_path)

    remember(tmp_path, ["Mall 1", "مول"])

    assert (before, remembered(tmp_path)) == ((), ("Mall 1", "مول"))


def test_a_broken_memory_is_none(tmp_path: Path) -> None:
    (tmp_path / "services.json").write_text("[1, 2", encoding="utf-8")

    assert remembered(tmp_path) == ()
