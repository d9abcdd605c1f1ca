"""SQL Server without a server: addresses become what drivers take, and what cannot be reached is a sentence."""

import socket
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from prepaid.errors.start import DatabaseUnavailable, DriverMissing, LoginFailed, SettingInvalid
from prepaid.settings import environment
from sql.connection import Database
from sql.server import SESSION, run_batch
from tests.sql.batches import Heard, heard_by
from tests.sql.tds_server import refusing_server

SERVER = {"DB_SERVER": "db1,1433", "DB_NAME": "energy", "DB_USER": "svc", "DB_PASSWORD": "p;w}d"}


def installed() -> list[str]:
    import pyodbc

    return [str(name) for name in pyodbc.drivers()]


with_free_tds = pytest.mark.skipif(
    "FreeTDS" not in installed(), reason="the driver FreeTDS is not installed: apt-get install tdsodbc"
)


def told(**given: str) -> str:
    """What the driver is told for these names of .env."""
    url = make_url(environment({**SERVER, **given}).database_url)
    arguments, _options = url.get_dialect()().create_connect_args(url)
    return str(arguments[0])


def ask(url: str) -> None:
    database = Database(url)
    try:
        with database.reading() as conn:
            conn.execute(sa.select(sa.literal(1)))
    finally:
        database.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({}, "DRIVER={ODBC Driver 18 for SQL Server};Server=db1,1433;Database=energy;UID=svc;PWD={p;w}}d}"),
        (
            {"DB_DRIVER": "ODBC Driver 17 for SQL Server", "DB_ENCRYPT": "yes", "DB_TRUST_CERTIFICATE": "yes"},
            "DRIVER={ODBC Driver 17 for SQL Server};Server=db1,1433;Database=energy;UID=svc;PWD={p;w}}d};Encrypt=yes;"
            "TrustServerCertificate=yes",
        ),
        (
            {"DB_ENCRYPT": "strict", "DB_USER": ""},
            "DRIVER={ODBC Driver 18 for SQL Server};Server=db1,1433;Database=energy;Trusted_Connection=Yes;"
            "Trusted_Connection=yes;Encrypt=strict",
        ),
        (
            {"DB_DRIVER": "mssql-python", "DB_TRUST_CERTIFICATE": "yes"},
            "Server=db1,1433;Database=energy;UID=svc;PWD={p;w}}d};TrustServerCertificate=yes",
        ),
        (
            {"DB_DRIVER": "mssql-python", "DB_USER": "", "DB_SERVER": "db1\\express"},
            "Server=db1\\express;Database=energy;Trusted_Connection=yes",
        ),
    ],
)
def test_each_driver_is_told_the_server_the_login_and_the_encryption(given: dict[str, str], written: str) -> None:
    assert sorted(told(**given).split(";")) == sorted(written.split(";"))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"DB_ENCRYPT": "maybe"}, "DB_ENCRYPT"),
        ({"DB_ENCRYPT": "strict", "DB_DRIVER": "ODBC Driver 17 for SQL Server"}, "DB_ENCRYPT"),
        ({"DB_TRUST_CERTIFICATE": "1"}, "DB_TRUST_CERTIFICATE"),
    ],
)
def test_what_a_driver_would_misunderstand_is_refused_by_name(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        environment({**SERVER, **given})


def test_other_drivers_are_refused_by_name() -> None:
    with pytest.raises(SettingInvalid, match=r"mssql\+pymssql.*pyodbc, mssqlpython"):
        Database("mssql+pymssql://u:p@server/energy")


@with_free_tds
def test_a_driver_of_odbc_that_is_not_installed_is_named_with_those_that_are() -> None:
    with pytest.raises(DriverMissing, match=r"Install ODBC Driver 99.*On this machine are:.*FreeTDS"):
        ask("mssql+pyodbc://u:p@127.0.0.1:1/energy?driver=ODBC+Driver+99")


def test_a_driver_that_is_a_package_and_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mssql_python", None)

    with pytest.raises(DriverMissing, match="Install mssql-python"):
        ask("mssql+mssqlpython://u:p@127.0.0.1:1/energy")


@with_free_tds
def test_a_server_that_does_not_listen_is_told_at_once_and_without_the_password(closed_port: int) -> None:
    with pytest.raises(DatabaseUnavailable, match="Unable to connect") as failed:
        ask(f"mssql+pyodbc://prepaid:s3cret@127.0.0.1:{closed_port}/energy?driver=FreeTDS")

    assert type(failed.value) is DatabaseUnavailable
    assert "s3cret" not in str(failed.value)


@with_free_tds
def test_a_login_that_a_server_refuses_is_told_in_its_words() -> None:
    with refusing_server() as port, pytest.raises(LoginFailed, match="Login failed for user 'prepaid'"):
        ask(f"mssql+pyodbc://prepaid:s3cret@127.0.0.1:{port}/energy?driver=FreeTDS&TDS_Version=7.4&Encryption=off")


def test_what_a_session_begins_with_is_t_sql() -> None:
    told = sqlglot.parse(SESSION.format(milliseconds=30_000), dialect="tsql")

    assert {type(each) for each in told} == {sqlglot.exp.Set}


def test_a_batch_is_asked_to_its_end_and_its_cursor_closed() -> None:
    heard = Heard(answers=3)

    run_batch(heard_by(heard), "GRANT ...; GRANT ...; GRANT ...")

    assert (heard.asked, heard.closed) == (4, 1)


@pytest.mark.parametrize("fails_at", [1, 3])
def test_whichever_statement_of_a_batch_fails_it_is_the_error_of_a_driver(fails_at: int) -> None:
    heard = Heard(answers=3, fails_at=fails_at)

    with pytest.raises(DBAPIError, match="Cannot open backup device"):
        run_batch(heard_by(heard), "BACKUP DATABASE ...")

    assert heard.closed == 1
