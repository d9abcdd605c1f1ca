"""Every file for the DBA is T-SQL: by sqlglot as far as that knows it, by Microsoft's own parser all of it."""

import re

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from sql import ddl
from sql.programmable import FOLDER, RENEWED, batches
from sql.tables import metadata
from tests.sql.scriptdom import errors_of

NAMES = sorted(path.name for path in FOLDER.glob("*.sql"))
INIT = "database_init.sql"


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def tsql_of(name: str) -> str:
    """Without the lines that are for sqlcmd itself."""
    return "".join(line for line in text_of(name).splitlines(keepends=True) if not line.startswith(":"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_microsofts_parser_finds_nothing_wrong(name: str) -> None:
    assert errors_of(tsql_of(name)) == []


@pytest.mark.slow
def test_microsofts_parser_finds_what_is_wrong() -> None:
    assert errors_of("SELECT 1 AS one;\nGO\nSELECT FROM app.Accounts;") != []
    assert errors_of("SELECT 1 AS one;\nGO\nSELECT a.id FROM app.Accounts AS a;") == []


NOT_KNOWN_TO_SQLGLOT = {
    "070_roles.sql": "DENY",
}
"""By file: the word that sqlglot does not know; the rest of such a batch is left to Microsoft's parser."""
PASSED_ON_BY_SQLGLOT = (
    "ALTER DATABASE",
    "ALTER INDEX",
    "ALTER PARTITION",
    "ALTER ROLE",
    "ALTER TABLE",
    "CREATE PARTITION",
    "CREATE ROLE",
    "PRINT",
)
"""Statements that it knows by their first words only, and takes as they are."""


@pytest.mark.parametrize("name", NAMES)
def test_sqlglot_parses_every_file_but_for_what_it_does_not_know(name: str) -> None:
    unknown = NOT_KNOWN_TO_SQLGLOT.get(name)

    for batch in batches(tsql_of(name)):
        try:
            trees = [tree for tree in sqlglot.parse(batch, dialect="tsql") if tree is not None]
        except ParseError:
            assert unknown is not None and unknown in batch, f"sqlglot does not parse this: {batch}"
            continue
        for command in [each for tree in trees for each in tree.find_all(exp.Command)]:
            assert command.sql(dialect="tsql", comments=False).startswith(PASSED_ON_BY_SQLGLOT)


@pytest.mark.parametrize(("name", "word"), NOT_KNOWN_TO_SQLGLOT.items())
def test_what_sqlglot_does_not_know_is_still_unknown(name: str, word: str) -> None:
    with pytest.raises(ParseError):
        for batch in batches(tsql_of(name)):
            if word in batch:
                sqlglot.parse(batch, dialect="tsql")


def test_one_call_runs_every_file_in_its_order_and_ends_at_the_first_error() -> None:
    lines = text_of(INIT).splitlines()

    assert [line.split()[1] for line in lines if line.startswith(":r ")] == [name for name in NAMES if name != INIT]
    assert lines.index(":on error exit") < lines.index(f":r {NAMES[0]}") < lines.index("USE [$(Database)];")


def test_every_variable_is_named_in_the_call_that_the_files_tell_of() -> None:
    used = {found for name in NAMES for found in re.findall(r"\$\((\w+)\)", text_of(name))}

    named = set(re.findall(r"(\w+)=\"", text_of(INIT)))

    assert used == named


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name in ddl.scripts() and name not in ("000_database.sql", INIT)]
)
def test_a_script_that_is_run_again_does_what_it_did(name: str) -> None:
    """Each batch looks first, or makes anew, or does the same again."""
    for batch in batches(text_of(name))[2:-1]:
        code = "\n".join(line for line in batch.splitlines() if not line.startswith("--")).strip()
        assert code.startswith(("IF ", "CREATE OR ALTER ", "BEGIN TRANSACTION;\nREVOKE ", "DECLARE @members"))


def test_views_and_procedures_name_tables_and_columns_that_exist() -> None:
    columns = {column.name for table in metadata.tables.values() for column in table.columns}
    for name in ("050_views.sql", "060_procedures.sql"):
        text = re.sub(r"--.*", "", text_of(name))
        tables = set(re.findall(r"\b((?:app|ops)\.[A-Z]\w+)", text))
        assert tables <= metadata.tables.keys()
    for view in (batch for batch in batches(text_of("050_views.sql")) if "CREATE OR ALTER VIEW" in batch):
        [tree] = [tree for tree in sqlglot.parse(view, dialect="tsql") if tree is not None]
        made = {alias.alias for alias in tree.find_all(exp.Alias)} | {"price_per_kwh", "wh", "unbilled"}
        assert {column.name for column in tree.find_all(exp.Column)} <= columns | made


def test_what_a_migration_makes_anew_is_what_a_script_makes() -> None:
    assert set(RENEWED) <= set(NAMES)
    for name in RENEWED:
        options, guard, *made, end = batches(text_of(name))
        assert options.endswith("SET NUMERIC_ROUNDABORT OFF;")
        assert "SET NOEXEC ON;" in guard
        assert end == "SET NOEXEC OFF;"
        assert made
        assert not [batch for batch in made if re.search(r"^SET |\$\(", batch, re.MULTILINE)]


def test_the_procedures_call_each_other_by_name_and_throw_only_what_their_contract_tells() -> None:
    text = text_of("060_procedures.sql")

    told = set(re.findall(r"\b(51\d{3})\b", text.partition("CREATE OR ALTER")[0]))
    thrown = set(re.findall(r"THROW (51\d{3})", text))

    assert thrown == told
    assert "{call" not in text.lower()


def test_a_procedure_with_a_transaction_of_its_own_commits_it_also_for_a_caller_without_autocommit() -> None:
    """There the first question begins a transaction by itself, and COMMIT would only count down."""
    with_transaction = [batch for batch in batches(text_of("060_procedures.sql")) if "BEGIN TRANSACTION;" in batch]

    assert len(with_transaction) == 2
    for batch in with_transaction:
        body = batch.partition("\nBEGIN\n")[2]
        assert body.startswith("    SET NOCOUNT ON;\n    SET XACT_ABORT ON;\n    SET IMPLICIT_TRANSACTIONS OFF;\n")
