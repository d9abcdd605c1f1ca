"""The database: filled once, never filled over what people put in."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from launcher.content import STAMP, Prepared, prepare
from launcher.plan import Content, Plan, plan_of
from prepaid.errors.launch import CommandFailed, ContentDiffers, FileMissing
from tests.launcher.site import silent_console

# Stands in for `python -m sql`: writes down how it was called, makes the file, fails when told.
SQL = """
import os, sys
from pathlib import Path
with open("calls.txt", "a") as calls: calls.write(" ".join(sys.argv[1:]) + "\\n")
if Path("fail").exists() and sys.argv[1] in Path("fail").read_text():
    print("The disk is made of cheese. Eat it."); sys.exit(1)
if sys.argv[1] == "create":
    Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).write_text("tables")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "__main__.py").write_text(SQL)
    return tmp_path


def prepared(root: Path, environ: dict[str, str] | None = None, **choices: Any) -> Prepared:
    console, _written = silent_console()
    plan: Plan = plan_of(root, environ or {}, **choices)
    return prepare(plan, Path(sys.executable), console)


def calls(root: Path) -> list[str]:
    path = root / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_a_new_database_gets_the_demo_once(root: Path) -> None:
    first = prepared(root)
    second = prepared(root)

    assert first == second
    assert first.content is Content.DEMO
    assert calls(root) == ["create", f"demo --analyzers {first.analyzers} --port-base 15020"]


def test_two_demo_sites_are_loaded_one_after_the_other(root: Path) -> None:
    found = prepared(root, sites=2, analyzers=40, content=Content.DEMO)

    assert found.sites == 2
    assert calls(root)[1:] == [
        "demo --analyzers 40 --port-base 15020",
        "demo --analyzers 40 --port-base 15060 --second",
    ]
    with pytest.raises(ContentDiffers, match="two demo sites of 40 analyzers each"):
        prepared(root, sites=1, content=Content.DEMO)


def test_the_size_that_was_chosen_once_needs_no_repeating(root: Path) -> None:
    prepared(root, analyzers=100, content=Content.DEMO)

    again = prepared(root)

    assert again.analyzers == 100
    assert len(calls(root)) == 2


def test_another_size_is_refused_with_what_is_there(root: Path) -> None:
    prepared(root, analyzers=100, content=Content.DEMO)

    with pytest.raises(ContentDiffers, match=r"100 analyzers.*not a demo site of 200 analyzers.*--data"):
        prepared(root, analyzers=200, content=Content.DEMO)


def test_another_port_offset_is_refused_since_the_demo_knows_its_ports(root: Path) -> None:
    prepared(root)

    with pytest.raises(ContentDiffers, match="from port 15020"):
        prepared(root, port_offset=1000)


def test_no_demo_means_tables_only(root: Path) -> None:
    found = prepared(root, content=Content.EMPTY)

    assert found.content is Content.EMPTY
    assert calls(root) == ["create"]


def test_no_demo_over_a_demo_is_refused(root: Path) -> None:
    prepared(root)

    with pytest.raises(ContentDiffers, match="an empty database"):
        prepared(root, content=Content.EMPTY)


def test_a_demo_that_was_interrupted_is_begun_anew(root: Path) -> None:
    (root / "fail").write_text("demo")
    with pytest.raises(CommandFailed, match="made of cheese"):
        prepared(root)
    (root / "fail").unlink()
    (root / "data" / "prepaid.db").write_text("half a demo")

    found = prepared(root)

    assert found.ready
    assert (root / "data" / "prepaid.db").read_text() == "tables"
    assert [call.split()[0] for call in calls(root)] == ["create", "demo", "create", "demo"]


def test_a_database_that_somebody_else_made_is_left_as_it_is(root: Path) -> None:
    file = root / "data" / "prepaid.db"
    file.parent.mkdir()
    file.write_text("years of work")

    found = prepared(root)

    assert found.content is Content.OWN
    assert calls(root) == []
    assert file.read_text() == "years of work"
    with pytest.raises(ContentDiffers):
        prepared(root, content=Content.DEMO, analyzers=10)


def test_a_database_without_a_table_is_nobodys_and_is_filled(root: Path) -> None:
    (root / "data").mkdir()
    with closing(sqlite3.connect(root / "data" / "prepaid.db")) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("VACUUM")

    found = prepared(root)

    assert found.content is Content.DEMO
    assert [call.split()[0] for call in calls(root)] == ["create", "demo"]


def test_a_database_that_was_deleted_is_made_anew(root: Path) -> None:
    prepared(root, analyzers=100, content=Content.DEMO)
    (root / "data" / "prepaid.db").unlink()
    (root / "data" / "simulator.json").write_text("counters of the old demo")

    found = prepared(root, analyzers=50, content=Content.DEMO)

    assert found.analyzers == 50
    assert len(calls(root)) == 4
    assert not (root / "data" / "simulator.json").exists()


def test_what_is_remembered_belongs_to_one_database(root: Path) -> None:
    prepared(root)
    other = root / "data" / "other.db"
    other.write_text("years of work")

    found = prepared(root, {"DATABASE_URL": f"sqlite:///{other}"})

    assert found.content is Content.OWN
    assert other.read_text() == "years of work"


def test_a_server_gets_a_demo_only_when_asked(root: Path) -> None:
    server = {"DATABASE_URL": "mssql+pyodbc://db/energy"}
    (root / "sql" / "__main__.py").write_text(SQL.partition('if sys.argv[1] == "create"')[0])

    by_itself = prepared(root, server)
    asked = prepared(root, server, data=None, content=Content.EMPTY)

    assert by_itself.content is asked.content is Content.EMPTY
    assert calls(root) == ["create"]


def test_a_site_file_is_handed_over_whenever_it_changed(root: Path) -> None:
    file = root / "my site.toml"
    file.write_text("name = 'one'")
    prepared(root, content=Content.SITE, site_file=file)
    prepared(root, content=Content.SITE, site_file=file)
    prepared(root)
    file.write_text("name = 'two'")

    found = prepared(root, content=Content.SITE, site_file=file)

    assert found.content is Content.SITE
    assert calls(root) == ["create", f"site {file}", f"site {file}"]


def test_a_site_file_that_failed_is_tried_again_without_touching_the_database(root: Path) -> None:
    file = root / "site.toml"
    file.write_text("name = 'one'")
    (root / "fail").write_text("site")
    with pytest.raises(CommandFailed):
        prepared(root, content=Content.SITE, site_file=file)
    (root / "fail").unlink()

    prepared(root, content=Content.SITE, site_file=file)

    assert calls(root) == ["create", f"site {file}", f"site {file}"]


def test_a_site_file_that_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(FileMissing, match=r"no-such\.toml"):
        prepared(root, content=Content.SITE, site_file=root / "no-such.toml")

    assert calls(root) == []


def test_a_stamp_that_nobody_can_read_is_as_good_as_none(root: Path) -> None:
    prepared(root)
    (root / "data" / STAMP).write_text('{"content": "cheese"')

    assert prepared(root).content is Content.OWN
