"""What the engine says of itself: version, size, bounds of its edition."""

from pathlib import Path

import pytest
import sqlglot

from sql.connection import Database
from sql.engines import (
    EXPRESS,
    SERVER_FACTS,
    SERVER_SIZE,
    database_size,
    engine_facts,
    express_limit,
    is_exact,
    numbers,
)
from tests.capabilities import Capability, require


def test_sqlite_is_new_enough_and_reads_freely(database: Database) -> None:
    require(database, Capability.FILE)
    with database.reading() as conn:
        facts = engine_facts(conn)

    assert facts.engine.startswith("SQLite 3.")
    assert (facts.new_enough, facts.limit_bytes, facts.reads_freely) == (True, None, True)


def test_the_size_grows_with_what_is_kept(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{(tmp_path / 'own.db').as_posix()}")
    with database.reading() as conn:
        before = database_size(conn)

    with database.writing() as conn:
        conn.exec_driver_sql("CREATE TABLE more (x BLOB)")
        conn.exec_driver_sql("INSERT INTO more VALUES (zeroblob(2000000))")
    with database.reading() as conn:
        after = database_size(conn)
    database.close()

    assert before is not None
    assert after is not None
    assert 1_900_000 <= after - before <= 2_100_000


@pytest.mark.parametrize(
    ("kind", "version", "limit_gb"),
    [
        (EXPRESS, "15.0.2000.5", 10),
        (EXPRESS, "16.0.1000.6", 10),
        (EXPRESS, "17.0.1000.7", 50),
        (3, "16.0.1000.6", None),
    ],
)
def test_only_the_free_edition_has_a_bound(kind: int, version: str, limit_gb: int | None) -> None:
    limit = express_limit(kind, numbers(version))

    assert limit == (None if limit_gb is None else limit_gb << 30)


def test_a_version_is_read_as_far_as_it_is_numbers() -> None:
    assert numbers("3.45.1") == (3, 45, 1)
    assert numbers("16.0.x.6") == (16, 0)


@pytest.mark.parametrize("text", [SERVER_FACTS, SERVER_SIZE])
def test_what_a_server_is_asked_is_one_question_in_its_language(text: str) -> None:
    assert len(sqlglot.parse(text, read="tsql")) == 1


@pytest.mark.parametrize(
    ("collation", "exact"),
    [
        ("Latin1_General_100_BIN2", True),
        ("Latin1_General_BIN", True),
        ("bbf_unicode_bin2", True),
        ("Latin1_General_100_CS_AS_SC_UTF8", True),
        ("SQL_Latin1_General_CP1_CI_AS", False),
        ("Arabic_CS_AI", False),
    ],
)
def test_a_collation_that_ignores_case_or_accents_is_known(collation: str, exact: bool) -> None:
    assert is_exact(collation) == exact
