"""docs/two-engines.md names every module that knows which engine it works on."""

import re

from tests.house.lock import ROOT
from tests.house.source import Source, sources

PAGE = (ROOT / "docs" / "two-engines.md").read_text(encoding="utf-8")
KNOWS = re.compile(
    r"dialect\.name|dialect_name|is_sqlite|with_hint\(|exec_driver_sql\(|ddl_if\(|sqlite3|PRAGMA|mssql|@compiles\("
)
ROOMS = ("prepaid/", "sql/", "documents/", "enforcer/", "dashboard/", "launcher/")


def named() -> set[str]:
    return set(re.findall(r"`((?:[a-z_0-9]+/)+[a-z_0-9]*(?:\.py)?)`", PAGE))


def product() -> list[Source]:
    return [source for source in sources() if source.is_in(*ROOMS)]


def test_every_module_that_knows_its_engine_is_listed() -> None:
    places = named()

    missing = [
        source.path
        for source in product()
        if KNOWS.search(source.text) and not any(source.is_in(place) for place in places)
    ]

    assert missing == []


def test_what_is_listed_is_there_and_speaks_of_an_engine() -> None:
    ours = {place for place in named() if place.startswith(ROOMS)}

    idle = [place for place in ours if not any(source.is_in(place) and speaks(source) for source in product())]

    assert idle == []


def test_what_the_page_names_of_the_tests_is_there() -> None:
    gone = [place for place in named() if place.startswith("tests/") and not (ROOT / place).exists()]

    assert gone == []


def speaks(source: Source) -> bool:
    return KNOWS.search(source.text) is not None or "SQL Server" in source.text
