"""The plan: which database, which folders, which ports."""

from dataclasses import replace
from pathlib import Path

import pytest

from launcher.children import children_of
from launcher.content import Prepared
from launcher.plan import Content, plan_of
from prepaid.errors.start import SettingInvalid


def prepared(content: Content, analyzers: int = 0, first_port: int = 15020) -> Prepared:
    return Prepared(content=content, analyzers=analyzers, first_port=first_port, source="", database="", ready=True)


def test_without_any_setting_the_database_is_a_file_in_data(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {})

    assert plan.sqlite_file == tmp_path / "data" / "prepaid.db"
    assert plan.logs == tmp_path / "logs"


def test_a_data_folder_holds_database_and_logs_whatever_the_settings_say(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"DATABASE_URL": "mssql+pyodbc://db/energy"}, data=tmp_path / "other")

    assert plan.sqlite_file == tmp_path / "other" / "prepaid.db"
    assert plan.logs == tmp_path / "other" / "logs"


def test_a_data_folder_has_an_archive_of_its_own(tmp_path: Path) -> None:
    """Two databases must not keep their files in one folder."""
    plan = plan_of(tmp_path, {}, data=tmp_path / "other")

    assert plan.child_environment({"ARCHIVE_FOLDER": "/srv/archive"})["ARCHIVE_FOLDER"] == str(plan.data / "archive")
    assert "ARCHIVE_FOLDER" not in plan_of(tmp_path, {}).child_environment({})


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///from-file.db\n")

    assert plan_of(tmp_path, {}).sqlite_file == tmp_path / "from-file.db"
    assert plan_of(tmp_path, {"DATABASE_URL": "sqlite:////srv/x.db"}).sqlite_file == Path("/srv/x.db")
    assert plan_of(tmp_path, {"DATABASE_URL": ""}).sqlite_file == tmp_path / "from-file.db"


def test_the_names_of_the_brief_give_a_server(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DB_SERVER=db1\nDB_NAME=energy\n")

    plan = plan_of(tmp_path, {})

    assert plan.sqlite_file is None
    assert plan.database_url.startswith("mssql+pyodbc://db1/energy?")


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="SMTP_PORT"):
        plan_of(tmp_path, {"SMTP_PORT": "many"})


def test_children_are_told_the_same_database_and_port(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {}, data=tmp_path / "d", port_offset=100)

    told = plan.child_environment({"PATH": "/bin", "DATABASE_URL": "other", "HEALTH_PORT": "1"})

    assert told["DATABASE_URL"] == f"sqlite:///{(tmp_path / 'd' / 'prepaid.db').as_posix()}"
    assert told["HEALTH_PORT"] == "9570"
    assert told["STREAMLIT_SERVER_PORT"] == "8100"
    assert told["PATH"] == "/bin"


def test_a_demo_has_a_simulator_an_enforcer_and_a_dashboard(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {}, port_offset=100)

    simulator, enforcer, dashboard = children_of(plan, prepared(Content.DEMO, 800, 15120))

    assert (simulator.name, enforcer.name, dashboard.name) == ("simulator", "enforcer", "dashboard")
    assert simulator.ports == (15110, *range(15120, 15920))
    assert enforcer.ports == (9570,)
    assert dashboard.ports == (8100,)
    assert all("--stop-with-parent" in child.arguments for child in (simulator, enforcer))


def test_each_site_has_an_enforcer_with_a_port_and_a_name_of_its_own(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {}, port_offset=100)

    first, second, _dashboard = children_of(plan, prepared(Content.SITE), ("Kathmandu Mall", "--help"))

    assert (first.name, second.name) == ("enforcer-kathmandu-mall", "enforcer-help-0bdbc8fb")
    assert (first.ports, second.ports) == ((9570,), (9571,))
    assert (first.environ, second.environ) == ({"HEALTH_PORT": "9570"}, {"HEALTH_PORT": "9571"})
    assert (first.arguments[-1], second.arguments[-1]) == ("--site=Kathmandu Mall", "--site=--help")


def test_the_enforcer_of_the_only_site_is_told_its_name_so_that_a_second_site_does_not_stop_it(tmp_path: Path) -> None:
    enforcer, _dashboard = children_of(plan_of(tmp_path, {}), prepared(Content.SITE), ("Kathmandu Mall",))

    assert enforcer.name == "enforcer"
    assert enforcer.arguments[-1] == "--site=Kathmandu Mall"


def test_two_demo_sites_have_a_simulator_each_that_share_no_port(tmp_path: Path) -> None:
    two = replace(prepared(Content.DEMO, 40), sites=2)

    first, second, *_others = children_of(plan_of(tmp_path, {}), two, ("Dijla Mall", "Bagmati Plaza"))

    assert (first.name, second.name) == ("simulator", "simulator-2")
    assert not set(first.ports) & set(second.ports)
    assert ("--second" in first.arguments, "--second" in second.arguments) == (False, True)
    memory = [each.arguments[each.arguments.index("--memory") + 1] for each in (first, second)]
    assert memory[0] != memory[1]


@pytest.mark.parametrize("content", [Content.EMPTY, Content.SITE, Content.OWN])
def test_everything_else_has_no_simulator(tmp_path: Path, content: Content) -> None:
    children = children_of(plan_of(tmp_path, {}), prepared(content))

    assert [child.name for child in children] == ["enforcer", "dashboard"]
