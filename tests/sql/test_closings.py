"""Closing an account: behind the final readings, with the refund of what is left or the debt that stays."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.ledger import AccountClosed, BookingReasonMissing
from prepaid.errors.tenants import AnalyzersAssigned, ChangedMeanwhile
from prepaid.records import EntryKind, Role, Source, Stage
from prepaid.statements import Statement
from prepaid.units import cost
from sql import check
from sql.assignments import assign
from sql.bookings import Booked
from sql.closings import Closing, close_account
from sql.connection import Database
from sql.questions.statement import statement
from sql.tables import accounts, bookings
from tests.building import GRID_PRICE, MORNING, Person
from tests.enforcer.site_of_rules import read
from tests.enforcer.stored import stored
from tests.signed_in import signed_in
from tests.sql.booked import Desk, desk_of
from tests.sql.statements import listening, on_sql_server

LOCKED = "WITH (UPDLOCK, HOLDLOCK)"
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


@pytest.fixture
def desk(database: Database) -> Desk:
    return desk_of(database)


def close(desk: Desk, balance: str, key: str = "k", *, of: Person | None = None, reason: str = "moved out") -> Any:
    account_id = (of or desk.bakery).account_id
    wanted = Closing(account_id=account_id, balance=Decimal(balance), paid_by="cash", reason=reason, key=key)
    return close_account(desk.database, desk.admin, wanted)


def account_of(desk: Desk, person: Person) -> Any:
    with desk.database.reading() as conn:
        return conn.execute(sa.select(accounts).where(accounts.c.id == person.account_id)).one()


def statement_of(desk: Desk, person: Person, viewer: Viewer = ADMIN) -> Statement:
    with desk.database.reading() as conn:
        return statement(conn, viewer, person.account_id, desk.database.now(conn))


def test_what_is_left_is_refunded_and_the_account_is_closed(desk: Desk) -> None:
    refund: Booked = close(desk, "100")

    row = account_of(desk, desk.bakery)
    with desk.database.reading() as conn:
        kept = conn.execute(sa.select(bookings.c.asked)).scalar_one()
    assert (refund.kind, refund.amount, refund.balance_after) == (EntryKind.REFUND, Decimal(-100), Decimal(0))
    assert (row.stage, row.closed_at is not None) == (Stage.CLOSED, True)
    assert kept["paid_by"] == "cash"
    assert desk.told()[-2:] == ["refund.booked", "account.closed"]
    assert check.check(desk.database, everything=True) == []


def test_a_debt_stays_and_nothing_is_booked_any_more(desk: Desk) -> None:
    desk.fee("130", "fee")

    assert close(desk, "-30") is None

    assert (account_of(desk, desk.bakery).stage, desk.balance(desk.bakery)) == (Stage.CLOSED, Decimal(-30))
    assert desk.told()[-1] == "account.closed"
    with pytest.raises(AccountClosed):
        desk.fee("1", "f")
    with pytest.raises(AccountClosed):
        desk.correct(1, "1", "c")
    with pytest.raises(AccountClosed):
        desk.transfer("1", "t")
    with pytest.raises(AccountClosed):
        desk.building.recharge(desk.bakery, "30", "r")
    with pytest.raises(AccountClosed):
        close(desk, "-30", "again")


def test_a_second_click_refunds_nothing_twice(desk: Desk) -> None:
    first = close(desk, "100")

    assert close(desk, "100") == replace(first, repeated=True)
    with pytest.raises(AccountClosed):
        close(desk, "100", "another")


def test_an_account_with_an_analyzer_is_not_closed(desk: Desk) -> None:
    oven = desk.building.analyzer("Oven", desk.bakery)

    with pytest.raises(AnalyzersAssigned):
        close(desk, "100")
    desk.building.begin(oven)
    with pytest.raises(AnalyzersAssigned, match="1 analyzers"):
        close(desk, "100")
    desk.building.hand_over(oven, None, MORNING + timedelta(hours=1))

    assert close(desk, "100") is not None


def test_another_balance_than_the_one_that_was_seen_closes_nothing(desk: Desk) -> None:
    desk.fee("1", "fee")

    for seen in ("100", "-1", "0"):
        with pytest.raises(ChangedMeanwhile):
            close(desk, seen)
    with pytest.raises(BookingReasonMissing):
        close(desk, "99", reason=" ")

    assert account_of(desk, desk.bakery).stage is Stage.ENFORCED


def test_the_sites_own_account_and_one_that_is_not_there_are_never_closed(desk: Desk) -> None:
    house = replace(desk.bakery, account_id=desk.building.house_account_id)

    for person in (house, replace(desk.bakery, account_id=999)):
        with pytest.raises(NotFound):
            close(desk, "0", of=person)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.TENANT])
def test_only_an_admin_of_the_site_closes(desk: Desk, role: Role) -> None:
    facts: dict[str, Any] = {"site_id": desk.building.site_id}
    if role is Role.TENANT:
        facts["tenant_id"] = desk.bakery.tenant_id
    other = replace(desk, admin=signed_in(desk.database, role, **facts))
    desk.fee("20", "f", of=desk.florist)

    for balance, person in (("100", desk.bakery), ("0", desk.florist)):
        with pytest.raises(NotAllowed):
            close(other, balance, of=person)


def test_the_final_reading_is_the_charge_at_the_handover(database: Database) -> None:
    """From the enforcer's own pass to the statement: no Wh is lost between the tenant and the site."""
    database.clock = ManualClock(MORNING + timedelta(seconds=2))
    made = stored(database)
    desk = Desk(building=made.building, bakery=made.bakery, florist=made.florist, admin=signed_in(database, Role.ADMIN))
    made.run(read(0, 1000), read(1, 1010))
    assign(database, desk.admin, made.oven, None)
    made.run(read(5, 1037))
    left = Decimal(100) - cost(37, GRID_PRICE)

    close(desk, str(left))

    found = statement_of(desk, desk.bakery)
    [line] = found.counters
    assert (line.source, line.from_wh, line.to_wh, line.wh) == (Source.GRID, 1000, 1037, 37)
    assert (found.charged, found.balance) == (cost(37, GRID_PRICE), Decimal(0))
    assert check.check(database, everything=True) == []


def test_a_statement_adds_up_with_every_kind_of_entry(desk: Desk) -> None:
    bases = desk.building.begin(desk.building.analyzer("Oven", desk.bakery))
    for hour in range(1, 4):
        desk.building.charge(desk.bakery, bases.grid_id, 1000, MORNING + timedelta(hours=hour))
        desk.building.charge(desk.bakery, bases.generator_id, 10, MORNING + timedelta(hours=hour))
    desk.building.recharge(desk.bakery, "12", "r")
    desk.fee("3", "f")
    desk.correct(2, "0.1", "c")
    desk.transfer("5", "t")

    found = statement_of(desk, desk.bakery)

    assert found.adds_up
    assert [(line.source, line.wh) for line in found.used] == [(Source.GRID, 3000), (Source.GENERATOR, 30)]
    assert [line.kind for line in found.money] == [
        EntryKind.OPENING,
        EntryKind.ALLOCATION,
        EntryKind.FEE,
        EntryKind.CORRECTION,
        EntryKind.TRANSFER,
    ]
    assert found.balance == desk.balance(desk.bakery)


def test_a_tenant_sees_the_own_statement_only(desk: Desk) -> None:
    viewer = Viewer(role=Role.TENANT, site_id=None, tenant_id=desk.bakery.tenant_id)

    assert statement_of(desk, desk.bakery, viewer).tenant_name == "Bakery"
    with pytest.raises(NotAllowed):
        statement_of(desk, desk.florist, viewer)


def test_sql_server_understands_each_statement(desk: Desk) -> None:
    desk.fee("20", "f", of=desk.florist)

    with listening(desk.database) as heard:
        close(desk, "100")
        close(desk, "0", of=desk.florist)
        statement_of(desk, desk.bakery)

    written = [on_sql_server(statement) for statement in heard.values()]
    locking = next(place for place, each in enumerate(written) if f"app.[Accounts] {LOCKED}" in each)
    counting = next(place for place, each in enumerate(written) if "count(*)" in each and "app.[Assignments]" in each)
    assert locking < counting, "who gives an analyzer to the account either is seen, or finds the account closed"
