"""Every role may do on SQL Server what its process does, no more and no less; the ledger is never changed."""

import re

import pytest

from sql import ddl
from sql.grants import NEVER_CHANGED, PRIVILEGES, PROCEDURES, Role
from sql.programmable import FOLDER
from sql.schema import VERSION_TABLE
from sql.tables import metadata
from sql.tables.base import OPS, REPORT
from tests.sql.reach import Use, uses_of

VERSION = f"{OPS}.{VERSION_TABLE}"
"""Alembic reads it itself."""
BY_ITS_NAME = {Use("app.KepwareLog", "DELETE")}
"""The enforcer removes used rows from whatever table the site logs into, so no source names it."""


def granted_to(process: str) -> set[Use]:
    return {
        Use(table, verb)
        for table, privileges in PRIVILEGES.items()
        if table != VERSION
        for verb in getattr(privileges, process)
    }


def statements_about(role: Role, begin: str) -> list[str]:
    """The statements of the script that begin so and name the role."""
    lines = ddl.scripts()["070_roles.sql"].splitlines()
    return [line for line in lines if line.startswith(begin) and re.search(rf" {role};$", line)]


def test_every_table_has_decided_privileges() -> None:
    assert PRIVILEGES.keys() == {*metadata.tables, VERSION}


@pytest.mark.parametrize(
    ("process", "beside"), [("enforcer", "enforcer/simulator/"), ("dashboard", "dashboard/static/")]
)
def test_a_process_may_do_what_its_source_does_and_nothing_else(process: str, beside: str) -> None:
    used = uses_of(process, without=beside) | (BY_ITS_NAME if process == "enforcer" else set())

    granted = granted_to(process)

    assert used - granted == set(), "it would fail on SQL Server"
    assert granted - used == set(), "it is not needed"


@pytest.mark.parametrize("role", Role)
def test_nobody_may_change_or_remove_what_was_booked_or_recorded(role: Role) -> None:
    denied = statements_about(role, "DENY ")

    assert [line.partition(" TO ")[0].replace("[", "").replace("]", "") for line in denied] == [
        f"DENY UPDATE, DELETE ON {table}" for table in NEVER_CHANGED
    ]
    for line in statements_about(role, "GRANT "):
        table = line.partition(" ON ")[2].partition(" TO ")[0].replace("[", "").replace("]", "")
        assert table not in NEVER_CHANGED or not re.search("UPDATE|DELETE", line.partition(" ON ")[0])


def test_a_process_does_not_change_what_may_not_be_changed() -> None:
    for process in ("enforcer", "dashboard"):
        assert not [
            use for use in granted_to(process) if use.table in NEVER_CHANGED and use.verb in ("UPDATE", "DELETE")
        ]


def test_people_and_programs_touch_no_table() -> None:
    assert statements_about(Role.READER, "GRANT ") == [f"GRANT SELECT ON SCHEMA::{REPORT} TO {Role.READER};"]
    for line in statements_about(Role.PROGRAM, "GRANT "):
        assert line.startswith("GRANT EXECUTE ON app.usp_")


def test_the_data_logger_adds_to_the_log_and_to_nothing_else() -> None:
    assert statements_about(Role.KEPWARE, "GRANT ") == [
        "GRANT INSERT, SELECT ON app.[KepwareLog] TO prepaid_kepware;",
        "GRANT EXECUTE ON app.usp_IngestKepware TO prepaid_kepware;",
    ]


def test_every_procedure_is_somebodys_but_the_ones_that_others_call() -> None:
    text = (FOLDER / "060_procedures.sql").read_text(encoding="utf-8")
    made = re.findall(r"^CREATE OR ALTER PROCEDURE (\S+)", text, re.MULTILINE)

    assert sorted(made) == sorted({*PROCEDURES, "app.usp_AwaitOrder"})
    for role in Role:
        granted = [line.split()[3] for line in statements_about(role, "GRANT EXECUTE")]
        assert granted == [name for name, whose in PROCEDURES.items() if whose is role]


def test_a_role_loses_what_it_had_before_it_gets_anything() -> None:
    for batch in ddl.scripts()["070_roles.sql"].split("\nGO\n"):
        if "GRANT " in batch:
            verbs = re.findall("^(BEGIN|REVOKE|GRANT|DENY|COMMIT)", batch, re.MULTILINE)
            assert verbs == sorted(verbs, key=["BEGIN", "REVOKE", "GRANT", "DENY", "COMMIT"].index)
            revoked = len(re.findall("^REVOKE ", batch, re.MULTILINE))
            assert revoked == 3 + len(PRIVILEGES) + len(PROCEDURES)
