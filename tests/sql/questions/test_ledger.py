"""The ledger as people read it: whose it is, page by page, with the counters and prices behind each charge."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange
from prepaid.records import EntryKind, Role, Source
from sql.connection import Database
from sql.questions.ledger import Charged, entries_page, entry, permit_account, totals
from sql.tables import entries
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR = timedelta(hours=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def bakery_of(database: Database) -> tuple[Building, Person]:
    """A bakery: opening, a grid charge, a recharge, a generator charge, in this order, an hour between each."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    begun = building.begin(building.analyzer("Oven", bakery), grid_wh=5_000)
    building.charge(bakery, begun.grid_id, 2_000, MORNING + HOUR)
    building.recharge(bakery, "50", "one")
    building.charge(bakery, begun.generator_id, 1_000, MORNING + 3 * HOUR)
    with database.writing() as conn:
        conn.execute(entries.update().where(entries.c.entry_no == 3).values(posted_at=MORNING + 2 * HOUR))
    return building, bakery


def viewer_of(role: Role, building: Building, person: Person | None = None) -> Viewer:
    return Viewer(role=role, site_id=building.site_id, tenant_id=None if person is None else person.tenant_id)


def test_pages_follow_each_other_without_gap_or_repetition(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        first = entries_page(conn, ADMIN, bakery.account_id, most=3)
        second = entries_page(conn, ADMIN, bakery.account_id, first.before_entry_no, most=3)

    assert [each.entry_no for each in first.entries] == [4, 3, 2]
    assert [each.entry_no for each in second.entries] == [1]
    assert (first.before_entry_no, second.before_entry_no) == (2, None)


def test_a_page_that_ends_with_the_first_entry_says_so(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        assert entries_page(conn, ADMIN, bakery.account_id, most=4).before_entry_no is None


def test_a_charge_tells_its_counters_price_and_period(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        found = entry(conn, ADMIN, bakery.account_id, 2)

    assert found.charge is not None
    assert (found.charge.analyzer, found.charge.source) == ("Oven", Source.GRID)
    assert (found.charge.from_wh, found.charge.to_wh, found.charge.wh) == (5_000, 7_000, 2_000)
    assert (found.charge.price_per_kwh, found.amount) == (GRID_PRICE, Decimal("-0.3"))
    assert (found.charge.period_from, found.charge.period_to) == (MORNING, MORNING + HOUR)
    assert found.allocation is None


def test_a_recharge_tells_how_it_came_in(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        found = entry(conn, ADMIN, bakery.account_id, 3)

    assert found.allocation is not None
    assert (found.kind, found.amount, found.allocation.currency) == (EntryKind.ALLOCATION, Decimal(50), "IQD")
    assert found.charge is None


def test_only_the_kinds_and_the_time_asked_for_are_answered(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        paid = entries_page(conn, ADMIN, bakery.account_id, kinds=[EntryKind.ALLOCATION, EntryKind.OPENING])
        late = entries_page(conn, ADMIN, bakery.account_id, from_at=MORNING + 2 * HOUR, until_at=MORNING + 3 * HOUR)

    assert [each.entry_no for each in paid.entries] == [3, 1]
    assert [each.entry_no for each in late.entries] == [3]


def test_the_sums_of_a_span_lead_from_its_opening_to_its_closing_balance(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn:
        whole = totals(conn, ADMIN, bakery.account_id, MORNING - HOUR, MORNING + 9 * HOUR)
        middle = totals(conn, ADMIN, bakery.account_id, MORNING + HOUR, MORNING + 3 * HOUR)
        before = totals(conn, ADMIN, bakery.account_id, MORNING - 2 * HOUR, MORNING - HOUR)
        behind = totals(conn, ADMIN, bakery.account_id, MORNING + 9 * HOUR, MORNING + 10 * HOUR)

    assert (whole.opening, whole.closing, whole.number) == (Decimal(0), Decimal("149.3"), 4)
    assert whole.charged == {
        Source.GRID: Charged(wh=2_000, amount=2 * GRID_PRICE),
        Source.GENERATOR: Charged(wh=1_000, amount=GENERATOR_PRICE),
    }
    assert (middle.opening, middle.closing) == (Decimal(100), Decimal("149.7"))
    assert middle.amounts == {EntryKind.CHARGE: Decimal("-0.3"), EntryKind.ALLOCATION: Decimal(50)}
    assert (before.opening, before.closing, before.amounts) == (Decimal(0), Decimal(0), {})
    assert (behind.opening, behind.closing, behind.number) == (Decimal("149.3"), Decimal("149.3"), 0)


def test_instants_that_differ_from_the_order_of_posting_count_nothing_twice(database: Database) -> None:
    """Two processes post: the one that asked for the time first may be numbered last."""
    _building, bakery = bakery_of(database)
    with database.writing() as conn:
        conn.execute(entries.update().where(entries.c.entry_no == 3).values(posted_at=MORNING + HOUR / 2))

    with database.reading() as conn:
        first = totals(conn, ADMIN, bakery.account_id, MORNING, MORNING + HOUR)
        second = totals(conn, ADMIN, bakery.account_id, MORNING + HOUR, MORNING + 9 * HOUR)

    assert first.closing == second.opening
    assert second.closing == Decimal("149.3")


def test_a_tenant_reads_only_what_is_the_tenants_and_no_names_of_the_staff(database: Database) -> None:
    building, bakery = bakery_of(database)
    florist = building.tenant("Florist")
    with database.writing() as conn:
        conn.execute(entries.update().where(entries.c.entry_no == 3).values(actor="user:cashier"))

    with database.reading() as conn:
        own = entries_page(conn, viewer_of(Role.TENANT, building, bakery), bakery.account_id)
        for viewer in (viewer_of(Role.TENANT, building, florist), viewer_of(Role.TENANT, building)):
            with pytest.raises(NotAllowed):
                entries_page(conn, viewer, bakery.account_id)
            with pytest.raises(NotAllowed):
                entry(conn, viewer, bakery.account_id, 1)
            with pytest.raises(NotAllowed):
                totals(conn, viewer, bakery.account_id, MORNING, MORNING + HOUR)

    assert [each.entry_no for each in own.entries] == [4, 3, 2, 1]
    assert {each.actor for each in own.entries} == {None}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.CASHIER])
def test_the_staff_of_the_site_reads_every_account_and_that_of_another_none(database: Database, role: Role) -> None:
    building, bakery = bakery_of(database)
    elsewhere = Viewer(role=role, site_id=building.site_id + 1, tenant_id=None)

    with database.reading() as conn:
        tenants_account = permit_account(conn, viewer_of(role, building), bakery.account_id)
        house = permit_account(conn, viewer_of(role, building), building.house_account_id)
        with pytest.raises(NotAllowed):
            permit_account(conn, elsewhere, bakery.account_id)

    assert (tenants_account.tenant_id, tenants_account.number) == (bakery.tenant_id, bakery.number)
    assert house.tenant_id is None


def test_nobody_but_the_staff_learns_which_accounts_exist(database: Database) -> None:
    building, bakery = bakery_of(database)
    first_time = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None, must_change_password=True)

    with database.reading() as conn:
        with pytest.raises(NotFound):
            permit_account(conn, ADMIN, 999)
        with pytest.raises(NotFound):
            entry(conn, ADMIN, bakery.account_id, 99)
        for account_id in (999, building.house_account_id):
            with pytest.raises(NotAllowed):
                permit_account(conn, viewer_of(Role.TENANT, building, bakery), account_id)
        with pytest.raises(PasswordMustChange):
            permit_account(conn, first_time, bakery.account_id)


def test_sql_server_understands_each_statement(database: Database) -> None:
    _building, bakery = bakery_of(database)

    with database.reading() as conn, listening(database) as heard:
        entries_page(conn, ADMIN, bakery.account_id, 4, 2, list(EntryKind), from_at=MORNING, until_at=MORNING + HOUR)
        totals(conn, ADMIN, bakery.account_id, MORNING, MORNING + 2 * HOUR)
        totals(conn, ADMIN, bakery.account_id, MORNING, MORNING + 20 * HOUR)

    assert all(on_sql_server(statement) for statement in heard.values())
