"""The procedures on a real SQL Server answer what the pages answer. TEST_DATABASE_URL names the server."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from prepaid.errors.start import DatabaseUnavailable
from prepaid.records import Role
from prepaid.units import to_text
from sql.accounts import live_balances
from sql.check import check
from sql.connection import Database
from sql.orders import carry_out
from sql.tables import analyzer_states
from tests.capabilities import Capability, require
from tests.sql.ordering import plain
from tests.sql.procedure_cases import OVEN, SALES, SITE, WISHES, Said, Sell, Site

URL = os.environ.get("TEST_DATABASE_URL") or "sqlite://"
pytestmark = pytest.mark.skipif(
    make_url(URL).get_backend_name() != "mssql",
    reason="procedures need a SQL Server: TEST_DATABASE_URL names none",
)


@pytest.fixture(autouse=True)
def taken(database: Database) -> None:
    """A server that is only compatible with SQL Server may have left the procedures out, or cannot wait in them."""
    require(database, Capability.PROCEDURES, Capability.WAITING)


class Caller:
    """A program that calls procedures by EXEC with named parameters, outside of transactions. Its login is a user."""

    def __init__(self, database: Database, role: Role) -> None:
        self.database = database
        with database.reading() as conn:
            login = conn.exec_driver_sql("SELECT LOWER(ORIGINAL_LOGIN())").scalar_one()
        self.site = Site(database, login, role)

    def call(self, procedure: str, **values: Any) -> list[sa.RowMapping]:
        """The rows of its first result."""
        named = ", ".join(f"@{name} = :{name}" for name in values)
        with self.database.without_transaction() as conn:
            return list(conn.execute(sa.text(f"EXEC {procedure} {named}"), values).mappings())

    def sell(self, wanted: Sell) -> Said:
        number = self.site.accounts[wanted.account].number
        values = {"account": number, "amount": wanted.amount, "currency": wanted.currency, "key": wanted.key}
        try:
            [row] = self.call("app.usp_RechargeUser", site=SITE, **values)
        except DatabaseUnavailable as error:
            return Said(thrown(error))
        return Said(row["state"], plain(row["balance_after"]), bool(row["repeated"]))


def thrown(error: DatabaseUnavailable) -> str:
    """The name of the product's error in what a procedure has thrown."""
    found = re.search(r"(\w+): [A-Z]", str(error.fields["why"]))
    assert found is not None, error
    return found[1]


@contextmanager
def enforcer(database: Database, site_id: int) -> Iterator[None]:
    """Carries orders out, as often as it can, until the block ends."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            carry_out(database, site_id)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(timeout=10)


@pytest.mark.parametrize("case", SALES)
def test_a_till_is_answered_like_a_page(database: Database, case: str) -> None:
    caller = Caller(database, Role.CASHIER)

    with enforcer(database, caller.site.house.site_id):
        answers = [caller.sell(wanted) for wanted, _ in SALES[case]]

    assert answers == [said for _, said in SALES[case]]
    assert check(database) == []


@pytest.mark.parametrize("case", WISHES)
def test_a_wish_is_answered_like_one_of_a_page(database: Database, case: str) -> None:
    kind, hours, said = WISHES[case]
    caller = Caller(database, Role.ADMIN)
    with database.reading() as conn:
        now = database.now(conn)
    until_at = None if hours is None else (now + timedelta(hours=hours)).replace(tzinfo=None)
    values = {"site": SITE, "analyzer": OVEN, "wish": kind.value, "reason": "Asked by the ERP", "key": "1"}

    with enforcer(database, caller.site.house.site_id):
        try:
            [row] = caller.call("app.usp_RecordWish", **values, until_at=until_at)
            answer = row["state"]
        except DatabaseUnavailable as error:
            answer = thrown(error)

    assert answer == said


def test_a_caller_without_autocommit_is_answered_like_others(database: Database) -> None:
    caller = Caller(database, Role.CASHIER)
    number = caller.site.accounts["shop"].number
    said = "EXEC app.usp_RechargeUser @site = :site, @account = :account, @amount = 25, @currency = 'IQD', @key = '1'"

    with enforcer(database, caller.site.house.site_id), database.engine.connect() as conn:
        [row] = conn.execute(sa.text(said), {"site": SITE, "account": number}).mappings()
        conn.rollback()

    assert (row["state"], plain(row["balance_after"])) == ("booked", "125")
    assert check(database) == []


def test_without_an_enforcer_the_order_waits_and_nothing_is_lost(database: Database) -> None:
    caller = Caller(database, Role.CASHIER)
    values = {
        "site": SITE,
        "account": caller.site.accounts["shop"].number,
        "amount": "25",
        "currency": "IQD",
        "key": "1",
    }

    [first] = caller.call("app.usp_RechargeUser", **values, wait_s=0)
    carry_out(database, caller.site.house.site_id)
    [second] = caller.call("app.usp_RechargeUser", **values, wait_s=0)

    assert (first["state"], first["repeated"], second["state"], second["repeated"]) == (
        "waiting",
        False,
        "booked",
        True,
    )


@pytest.mark.parametrize(
    ("changed", "number"), [({"amount": None}, "51000"), ({"key": ""}, "51000"), ({"account": "none"}, "51003")]
)
def test_what_cannot_be_asked_is_thrown_by_its_number(database: Database, changed: dict[str, Any], number: str) -> None:
    caller = Caller(database, Role.CASHIER)
    values = {
        "site": SITE,
        "account": caller.site.accounts["shop"].number,
        "amount": "25",
        "currency": "IQD",
        "key": "1",
    }

    with pytest.raises(DatabaseUnavailable, match=number):
        caller.call("app.usp_RechargeUser", **{**values, **changed})


def test_who_may_not_is_told_so(database: Database) -> None:
    caller = Caller(database, Role.MANAGER)
    values = {
        "site": SITE,
        "account": caller.site.accounts["shop"].number,
        "amount": "25",
        "currency": "IQD",
        "key": "1",
    }

    with pytest.raises(DatabaseUnavailable, match="51002"):
        caller.call("app.usp_RechargeUser", **values)


def test_the_dashboards_show_the_balances_of_the_pages(database: Database) -> None:
    caller = Caller(database, Role.ADMIN)
    house, owing = caller.site.house, caller.site.accounts["owing"]
    with database.writing() as conn:
        conn.execute(analyzer_states.update().values(power_w=1500.0, read_at=database.now(conn)))

    [account] = caller.call("app.usp_GetUserDashboard", site=SITE, account=owing.number)
    [site] = caller.call("app.usp_GetAdminDashboard", site=SITE)

    with database.reading() as conn:
        live = live_balances(conn, house.site_id)[owing.account_id].live
    assert to_text(account["live_balance"]) == to_text(live)
    assert (site["analyzers"], site["accounts"], site["accounts_out"], site["power_w"]) == (1, 2, 1, 1500)
