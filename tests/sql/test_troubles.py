"""What drivers say when something fails becomes the right sentence; what a statement did wrong stays its own error."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from prepaid.errors.start import (
    DatabaseBusy,
    DatabaseDeadlock,
    DatabaseInterrupted,
    DatabaseUnavailable,
    EncryptionRefused,
    LoginFailed,
)
from sql.connection import Database
from sql.troubles import is_of_the_world, is_transient, refusal, trouble, words

MICROSOFT = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"


def said(kind: type[DBAPIError], state: str, message: str, *, invalidated: bool = False) -> DBAPIError:
    """An error as pyodbc raises it."""
    original = Exception(state, f"[{state}] {message}")
    return kind("SELECT", {}, original, connection_invalidated=invalidated)


DEADLOCK = said(
    DBAPIError,
    "40001",
    f"{MICROSOFT}Transaction (Process ID 61) was deadlocked on lock resources with another process and has been chosen "
    "as the deadlock victim. Rerun the transaction. (1205) (SQLExecDirectW)",
)
ABROAD = said(
    ProgrammingError,
    "42000",
    f"{MICROSOFT}Die Transaktion wurde zum Opfer bestimmt. (1205) (SQLExecDirectW)",
)
COLLIDED = said(DBAPIError, "40001", f"{MICROSOFT}Der Snapshot ist veraltet. (3960) (SQLExecDirectW)")
BY_THE_OTHER_DRIVER = DBAPIError(
    "SELECT",
    {},
    Exception(
        f"Driver Error: Serialization failure; DDBC Error: {MICROSOFT}Transaction (Process ID 55) was deadlocked on "
        "lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction."
    ),
)
LOCKED = said(ProgrammingError, "42000", f"{MICROSOFT}Lock request time out period exceeded. (1222) (SQLExecDirectW)")
LOGIN = said(
    OperationalError,
    "28000",
    f"{MICROSOFT}Login failed for user 'prepaid'. (18456) (SQLDriverConnect); [28000] {MICROSOFT}Cannot open database "
    '"energy" requested by the login. The login failed. (4060)',
)
WRONG_PASSWORD = said(
    OperationalError, "28000", f"{MICROSOFT}Login failed for user 'prepaid'. (18456) (SQLDriverConnect)"
)
CERTIFICATE = said(
    OperationalError,
    "08001",
    "[Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::certificate verify failed:"
    "self-signed certificate] (-1) (SQLDriverConnect)",
)
BROKEN = said(
    OperationalError,
    "08S01",
    "[Microsoft][ODBC Driver 17 for SQL Server]TCP Provider: Error code 0x68 (104) (SQLExecDirectW)",
)
RESET = said(
    OperationalError, "08S01", "[Microsoft][ODBC Driver 17 for SQL Server]TCP Provider: reset. (10054) (SQLExecDirectW)"
)
AWAKE_SOON = said(
    ProgrammingError, "42000", f"{MICROSOFT}Database 'energy' is not available. (40613) (SQLDriverConnect)"
)
TOO_LATE = said(
    OperationalError, "HYT00", "[Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) (SQLDriverConnect)"
)
FULL = said(
    ProgrammingError, "42000", f"{MICROSOFT}The transaction log for database 'energy' is full. (9002) (SQLExecute)"
)
UNENCRYPTED = said(
    OperationalError,
    "08001",
    "[Microsoft][ODBC Driver 18 for SQL Server]Encryption not supported on SQL Server. (20) (SQLDriverConnect)",
)
WAITED_AT_POSTGRESQL = said(
    ProgrammingError, "42000", f"{MICROSOFT}canceling statement due to lock timeout (33557097) (SQLExecDirectW)"
)
COLLIDED_AT_POSTGRESQL = said(
    ProgrammingError,
    "42000",
    f"{MICROSOFT}could not serialize access due to concurrent update (33557097) (SQLExecDirectW)",
)
READ_ONLY_AT_POSTGRESQL = said(
    ProgrammingError, "42000", f"{MICROSOFT}cannot execute INSERT in a read-only transaction (33557097) (SQLExecute)"
)
STOPPED_AT_POSTGRESQL = said(
    ProgrammingError,
    "42000",
    f"{MICROSOFT}terminating connection due to administrator command (33557097) (SQLExecDirectW)",
)
UNKNOWN_TO_POSTGRESQL = said(
    ProgrammingError,
    "42000",
    f"{MICROSOFT}function fileproperty(varchar) does not exist (33557097) (SQLExecDirectW)",
)
LOGIN_BY_THE_OTHER_DRIVER = OperationalError(
    "SELECT",
    {},
    Exception(
        "Driver Error: Invalid authorization specification; DDBC Error: [Microsoft][SQL Server]Login failed for user "
        "'prepaid'."
    ),
)
SQLITE_LOCKED = OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DEADLOCK, DatabaseDeadlock),
        (ABROAD, DatabaseDeadlock),
        (COLLIDED, DatabaseDeadlock),
        (BY_THE_OTHER_DRIVER, DatabaseDeadlock),
        (LOCKED, DatabaseBusy),
        (SQLITE_LOCKED, DatabaseBusy),
        (BROKEN, DatabaseInterrupted),
        (RESET, DatabaseInterrupted),
        (FULL, DatabaseUnavailable),
        (WAITED_AT_POSTGRESQL, DatabaseBusy),
        (COLLIDED_AT_POSTGRESQL, DatabaseDeadlock),
        (READ_ONLY_AT_POSTGRESQL, DatabaseUnavailable),
        (STOPPED_AT_POSTGRESQL, DatabaseInterrupted),
    ],
)
def test_what_is_the_worlds_fault_has_its_sentence(error: DBAPIError, kind: type[DatabaseUnavailable]) -> None:
    assert is_of_the_world(error)
    assert type(trouble(error, "mssql://here", 30)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LOGIN, LoginFailed),
        (WRONG_PASSWORD, LoginFailed),
        (LOGIN_BY_THE_OTHER_DRIVER, LoginFailed),
        (CERTIFICATE, EncryptionRefused),
        (UNENCRYPTED, EncryptionRefused),
        (AWAKE_SOON, DatabaseUnavailable),
        (TOO_LATE, DatabaseUnavailable),
        (RESET, DatabaseUnavailable),
    ],
)
def test_a_connection_that_could_not_be_had_has_its_sentence(
    error: DBAPIError, kind: type[DatabaseUnavailable]
) -> None:
    assert type(refusal(error, "mssql://here")) is kind


@pytest.mark.parametrize(
    "error",
    [
        said(
            IntegrityError,
            "23000",
            f"{MICROSOFT}Violation of UNIQUE KEY constraint 'uq_Allocations_key'. The duplicate key value is (1205). "
            "(2627) (SQLExecDirectW); [23000] The statement has been terminated. (3621)",
        ),
        said(ProgrammingError, "42000", f"{MICROSOFT}Value (1222) is out of range. (8115) (SQLExecDirectW)"),
        said(ProgrammingError, "42S02", f"{MICROSOFT}Invalid object name 'app.Nothing'. (208) (SQLExecDirectW)"),
        UNKNOWN_TO_POSTGRESQL,
    ],
)
def test_what_a_statement_did_wrong_is_not(error: DBAPIError) -> None:
    assert not is_of_the_world(error)


@pytest.mark.parametrize(
    ("error", "soon"),
    [
        (AWAKE_SOON, True),
        (RESET, True),
        (LOGIN, True),
        (WRONG_PASSWORD, False),
        (CERTIFICATE, False),
        (TOO_LATE, False),
    ],
)
def test_only_what_is_over_by_itself_is_worth_another_try(error: DBAPIError, soon: bool) -> None:
    assert is_transient(error) == soon


def test_a_password_that_a_driver_repeats_is_not_told() -> None:
    error = said(OperationalError, "08001", "cannot open DRIVER=x;UID=energy;PWD=s3cret;Database=y")

    assert "s3cret" not in words(error)
    assert "PWD=***" in words(error)


def test_a_deadlock_of_a_transaction_says_that_nothing_was_written(database: Database) -> None:
    with pytest.raises(DatabaseDeadlock, match="Nothing was written"), database.writing():
        raise DEADLOCK


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (lambda: LoginFailed(where="x", why="y"), "ask the DBA"),
        (lambda: EncryptionRefused(where="x", why="y"), "DB_TRUST_CERTIFICATE=yes"),
    ],
)
def test_a_sentence_says_what_to_do(error: Callable[[], DatabaseUnavailable], sentence: str) -> None:
    assert sentence in str(error())
