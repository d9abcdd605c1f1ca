"""What SQL Server 2019 refuses is found in statements that a parser lets pass."""

import pytest
import sqlalchemy as sa

from sql.connection import Database
from sql.tables import sites
from tests.sql.statements import Ear, on_sql_server
from tests.sql.t_sql import FLAGS, faults


@pytest.mark.parametrize(
    "text",
    [
        "SELECT CASE WHEN a IS NULL THEN 1 ELSE 0 END AS b FROM app.T WHERE c = ? AND NOT EXISTS (SELECT 1 FROM app.U)",
        "UPDATE app.T SET a = ?, b = CASE WHEN (c > ?) THEN ? ELSE b END OUTPUT inserted.id WHERE d = ?",
        "INSERT INTO app.T (a) OUTPUT inserted.id SELECT TOP 3 a FROM app.U WITH (UPDLOCK, HOLDLOCK) ORDER BY a",
        "WITH x AS (SELECT a, sum(b) AS b FROM app.T GROUP BY a) SELECT DISTINCT x.a AS c FROM x ORDER BY x.a",
        "SELECT CASE a WHEN ? THEN 1 ELSE 2 END AS b FROM app.T WHERE (c LIKE '%' + ? + '%' ESCAPE '/' OR c = ?)",
        "SELECT sum(count(*)) OVER (ORDER BY a) AS n FROM app.T GROUP BY a ORDER BY a OFFSET ? ROWS",
    ],
)
def test_what_sql_server_takes_has_no_fault(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("SELECT a FROM", "Expected table name"),
        ("SELECT a IS NULL AS b FROM app.T", "a condition where a value is wanted"),
        ("SELECT EXISTS (SELECT 1 FROM app.T) AS b", "a condition where a value is wanted"),
        ("SELECT sum(a = 1) AS b FROM app.T", "a condition where a value is wanted"),
        ("UPDATE app.T SET a = (b = 1) WHERE c = 1", "a condition where a value is wanted"),
        ("SELECT a FROM app.T WHERE locked AND b = 1", "a value where a condition is wanted: locked"),
        ("SELECT a FROM app.T JOIN app.U ON app.U.open", "a value where a condition is wanted"),
        ("SELECT sum((SELECT b FROM app.U)) AS b FROM app.T", "inside of sum"),
        ("SELECT max(sum(a)) AS b FROM app.T", "inside of max"),
        (f"SELECT max({sorted(FLAGS)[0]}) AS b FROM app.T", "max of a flag"),
        ("SELECT a + ? AS b FROM app.T GROUP BY a + ?", "a parameter in GROUP BY"),
        ("SELECT count(*) AS b FROM app.T GROUP BY 1", "a constant in GROUP BY"),
        ("SELECT b.a FROM (SELECT a FROM app.T ORDER BY a) AS b", "ORDER BY in an inner question"),
        ("SELECT DISTINCT a FROM app.T ORDER BY b", "DISTINCT ordered by b"),
        ("SELECT a FROM (WITH x AS (SELECT 1 AS a) SELECT a FROM x) AS y", "WITH inside of a statement"),
        ("SELECT a FROM app.T WHERE (a, b) IN (SELECT 1, 2)", "rows are compared"),
        ("SELECT a FROM app.T WHERE a IS NOT DISTINCT FROM b", "came with 2022"),
        ("SELECT count(*) FILTER (WHERE a = 1) AS b FROM app.T", "FILTER is not known"),
        ("SELECT length(a) AS b, strftime('%s', a) AS c FROM app.T", "the function length is not known"),
        ("SELECT greatest(a, b) AS c FROM app.T", "the function greatest is not known"),
    ],
)
def test_what_it_would_refuse_is_named(text: str, fault: str) -> None:
    assert any(fault in each for each in faults(text)), faults(text)


def test_an_ear_hears_each_statement_once_with_its_parameters(database: Database) -> None:
    ear = Ear()
    ear.listen()
    question = sa.select(sites.c.id).where(sites.c.name.in_(["A", "B"]))

    with database.reading() as conn:
        for _time in range(2):
            conn.execute(question).all()
    ear.stop()
    heard, again = ear.fresh(), ear.fresh()

    assert [on_sql_server(each) for each in heard] == [
        "SELECT app.[Sites].id \nFROM app.[Sites] \nWHERE app.[Sites].name IN (?, ?)"
    ]
    assert again == []
