"""The whole doctor over a database, and from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from enforcer.doctor.examine import examine
from enforcer.doctor.finding import Finding
from prepaid.clock import SystemClock
from prepaid.settings import environment
from sql.connection import Database
from tests.building import Building
from tests.sql.statements import listening, on_sql_server

ROOT = Path(__file__).parent.parent.parent.parent


def found_in(root: Path, database_url: str, site: str | None = None) -> list[Finding]:
    settings = environment({"DATABASE_URL": database_url, "HEALTH_PORT": "1", "LOG_FOLDER": str(root / "logs")})
    return list(examine(settings, SystemClock(), site, root=root, dashboard_port=1))


def test_the_doctor_finds_what_is_missing(database: Database, database_url: str, tmp_path: Path) -> None:
    Building(database).analyzer("Shop", commissioned=False)

    found = [str(finding) for finding in found_in(tmp_path, database_url)]

    for words in (
        "There is no .env",
        "No mail server is set",
        "No enforcer has ever worked the site Corner House",
        "Not commissioned, so never switched: Shop",
        "Shop: never read",
        "The dashboard does not answer on port 1",
    ):
        assert [each for each in found if words in each and each.startswith("LOOK: ")], words
    assert [each for each in found if each.startswith("good: The database") and "version" in each]


def test_without_a_name_every_site_is_looked_at(database: Database, database_url: str, tmp_path: Path) -> None:
    Building(database, name="Mall")
    Building(database, name="Tower")

    everything = " ".join(map(str, found_in(tmp_path, database_url)))
    one = " ".join(map(str, found_in(tmp_path, database_url, "Tower")))

    assert "The site Mall has" in everything
    assert "The site Tower has" in everything
    assert "The site Mall has" not in one


@pytest.mark.parametrize(
    ("url", "words"),
    [("sqlite:///{}/new.db", "python -m sql create"), ("postgresql://x/y", "only sqlite and mssql are supported")],
)
def test_a_database_that_cannot_be_used_is_a_finding_like_others(url: str, words: str, tmp_path: Path) -> None:
    found = found_in(tmp_path, url.format(tmp_path.as_posix()))

    assert words in found[-1].sentence
    assert not found[-1].good


def test_a_database_without_a_site_says_how_one_is_loaded(database_url: str, tmp_path: Path) -> None:
    said = [finding.sentence for finding in found_in(tmp_path, database_url)]

    assert "There is no site yet. Load one: python -m sql site FILE" in said


def test_programs_get_the_same_as_json(database: Database, database_url: str, tmp_path: Path) -> None:
    Building(database)

    done = subprocess.run(
        [sys.executable, "-m", "enforcer", "doctor", "--json"],
        cwd=ROOT,
        env={"PATH": "", "DATABASE_URL": database_url, "HEALTH_PORT": "1", "LOG_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    told = json.loads(done.stdout)
    assert (done.returncode, told["good"]) == (1, False)
    (site,) = [each for each in told["findings"] if "Corner House has" in each["sentence"]]
    assert (site["subject"], site["good"]) == ("site", False)


def test_all_it_asks_can_be_asked_of_sql_server(database: Database, database_url: str, tmp_path: Path) -> None:
    Building(database).analyzer("Shop")

    with listening() as heard:
        found_in(tmp_path, database_url)

    assert len([on_sql_server(statement) for statement in heard.values()]) > 5
