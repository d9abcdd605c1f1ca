"""The list of tenants and one of them in detail: what stands in the books, for whoever may see it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange
from prepaid.records import Purpose, Role, Stage
from prepaid.standing import Supplied
from prepaid.supply import Reason
from prepaid.switching import Supply
from sql.assignments import assign
from sql.connection import Database
from sql.questions.assignable import account_choices, analyzer_choices, plan_choices
from sql.questions.tenant import tenant
from sql.questions.tenants import DAYS_SHOWN, TenantRow, tenant_rows
from sql.tables import forecasts, supply_states
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

DAY = timedelta(days=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def corner(database: Database) -> tuple[Building, Person, Person, int]:
    """A bakery with two analyzers, and a florist without any."""
    building = Building(database)
    bakery, florist = building.tenant("Bakery", opening="100"), building.tenant("Florist", stage=Stage.OBSERVED)
    oven = building.analyzer("Oven", bakery)
    begun = building.begin(oven, at=MORNING - 10 * DAY)
    building.begin(building.analyzer("Cellar", bakery), at=MORNING - 10 * DAY)
    building.charge(bakery, begun.grid_id, 3_000, MORNING - 2 * DAY)
    building.charge(bakery, begun.grid_id, 1_000, MORNING - DAY)
    building.recharge(bakery, "50", "one")
    building.use(begun.generator_id, 1_000)
    return building, bakery, florist, oven


def rows_of(database: Database, building: Building, viewer: Viewer = ADMIN) -> dict[str, TenantRow]:
    with database.reading() as conn:
        return {row.name: row for row in tenant_rows(conn, viewer, building.site_id, MORNING)}


def supply(database: Database, analyzer_id: int, state: Supply, reason: Reason | None = None) -> None:
    with database.writing() as conn:
        conn.execute(
            supply_states.insert().values(
                analyzer_id=analyzer_id, supply=state, seen=state, reason=reason, since_at=MORNING
            )
        )


def test_a_row_says_what_is_left_and_what_was_used_on_the_last_days(database: Database) -> None:
    building, bakery, _florist, _oven = corner(database)

    row = rows_of(database, building)["Bakery"]

    assert (row.account_id, row.number, row.stage, row.analyzers) == (
        bakery.account_id,
        bakery.number,
        Stage.ENFORCED,
        2,
    )
    assert row.balance == Decimal(150) - 4 * GRID_PRICE
    assert row.live == row.balance - GENERATOR_PRICE
    assert row.last_recharge == Decimal(50)
    assert row.last_recharge_at is not None
    assert len(row.week_wh) == DAYS_SHOWN
    assert sum(row.week_wh) == 1_000
    assert row.days_left is None


def test_a_tenant_without_anything_yet_has_a_row_all_the_same(database: Database) -> None:
    building, _bakery, _florist, _oven = corner(database)

    row = rows_of(database, building)["Florist"]

    assert (row.live, row.analyzers, row.supplied, row.why) == (Decimal(0), 0, Supplied.NONE, None)
    assert (row.last_recharge, row.week_wh) == (None, (0,) * DAYS_SHOWN)


def test_the_newest_forecast_counts(database: Database) -> None:
    building, bakery, _florist, _oven = corner(database)
    live = rows_of(database, building)["Bakery"].live
    with database.writing() as conn:
        for made_at, days in ((MORNING - DAY, 9.0), (MORNING, 4.5)):
            conn.execute(
                forecasts.insert().values(
                    account_id=bakery.account_id,
                    made_at=made_at,
                    days_left=days,
                    ends_at=MORNING + days * DAY,
                    generator_share=0.0,
                    daily_amount=Decimal(1),
                    live_balance=live,
                    emergency_credit=Decimal(0),
                )
            )

    row = rows_of(database, building)["Bakery"]

    assert (row.days_left, row.ends_at) == (4.5, MORNING + 4.5 * DAY)


def test_one_analyzer_that_is_cut_shows_with_its_reason(database: Database) -> None:
    building, bakery, _florist, oven = corner(database)
    supply(database, oven, Supply.CUT, Reason.OUT_OF_CREDIT)
    supply(database, building.analyzer("Shelf", bakery), Supply.ON)
    before = rows_of(database, building)["Bakery"]

    building.begin(max(building.load().analyzers))
    after = rows_of(database, building)["Bakery"]

    assert (before.supplied, before.why) == (Supplied.PARTLY_CUT, Reason.OUT_OF_CREDIT)
    assert after.analyzers == 3


def test_closed_accounts_and_other_sites_are_not_listed(database: Database) -> None:
    building, _bakery, florist, _oven = corner(database)
    other = Building(database, name="Other house")
    other.tenant("Stranger")
    building.close(florist)

    assert list(rows_of(database, building)) == ["Bakery"]
    assert rows_of(database, Building(database, name="Empty house")) == {}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.CASHIER])
def test_who_sees_balances_sees_the_list_of_the_own_site_only(database: Database, role: Role) -> None:
    building, _bakery, _florist, _oven = corner(database)

    assert rows_of(database, building, Viewer(role=role, site_id=building.site_id, tenant_id=None))
    with pytest.raises(NotAllowed):
        rows_of(database, building, Viewer(role=role, site_id=building.site_id + 1, tenant_id=None))


def test_a_tenant_sees_neither_list_nor_detail(database: Database) -> None:
    building, bakery, _florist, _oven = corner(database)
    own = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id)

    with pytest.raises(NotAllowed):
        rows_of(database, building, own)
    with database.reading() as conn, pytest.raises(NotAllowed):
        tenant(conn, own, bakery.tenant_id, MORNING)


def test_the_detail_has_accounts_analyzers_contacts_and_logins(database: Database) -> None:
    building, bakery, florist, oven = corner(database)
    admin = signed_in(database, Role.ADMIN)
    signed_in(database, Role.TENANT, tenant_id=bakery.tenant_id, user_name="bakery")
    assign(database, admin, oven, florist.account_id)
    building.change_plan(bakery, building.house_plan_id, MORNING + DAY)

    with database.reading() as conn:
        found = tenant(conn, ADMIN, bakery.tenant_id, MORNING)
        next_owner = tenant(conn, ADMIN, florist.tenant_id, MORNING)

    [account] = found.accounts
    assert (found.facts.name, account.number, account.policy.stage) == ("Bakery", bakery.number, Stage.ENFORCED)
    assert [(each.name, each.from_at <= MORNING) for each in account.plans] == [("Shops", True), ("House", False)]
    assert [(each.name, each.leaves_to) for each in found.analyzers] == [("Cellar", None), ("Oven", florist.number)]
    assert [(each.name, each.from_at) for each in next_owner.analyzers] == [("Oven", None)]
    assert [each.facts.email for each in found.contacts] == [bakery.email]
    assert [each.user_name for each in found.logins] == ["bakery"]


def test_the_detail_is_for_who_sees_the_site(database: Database) -> None:
    building, bakery, _florist, _oven = corner(database)
    elsewhere = Viewer(role=Role.MANAGER, site_id=building.site_id + 1, tenant_id=None)
    cashier = Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None)
    first_time = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None, must_change_password=True)

    with database.reading() as conn:
        for viewer in (elsewhere, cashier):
            with pytest.raises(NotAllowed):
                tenant(conn, viewer, bakery.tenant_id, MORNING)
        with pytest.raises(PasswordMustChange):
            tenant(conn, first_time, bakery.tenant_id, MORNING)
        with pytest.raises(NotFound):
            tenant(conn, ADMIN, 999, MORNING)


def test_an_admin_chooses_from_plans_with_prices_analyzers_of_tenants_and_open_accounts(database: Database) -> None:
    building, bakery, florist, oven = corner(database)
    building.analyzer("Incomer", purpose=Purpose.GRID_INCOMER)
    spare = building.analyzer("Spare")
    assign(database, signed_in(database, Role.ADMIN), oven, florist.account_id)

    with database.reading() as conn:
        plans = plan_choices(conn, ADMIN, building.site_id, MORNING)
        analyzers = analyzer_choices(conn, ADMIN, building.site_id)
        accounts = account_choices(conn, ADMIN, building.site_id)

    assert [(each.name, each.grid_per_kwh) for each in plans] == [("House", Decimal(0)), ("Shops", GRID_PRICE)]
    assert [(each.name, each.tenant, each.waiting_tenant) for each in analyzers] == [
        ("Cellar", "Bakery", None),
        ("Oven", "Bakery", "Florist"),
        ("Spare", None, None),
    ]
    assert analyzers[2].analyzer_id == spare
    assert [each.tenant for each in accounts] == ["Bakery", "Florist", None]
    assert accounts[0].account_id == bakery.account_id


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_nobody_else_is_offered_anything(database: Database, role: Role) -> None:
    building, bakery, _florist, _oven = corner(database)
    viewer = Viewer(role=role, site_id=building.site_id, tenant_id=bakery.tenant_id)

    with database.reading() as conn:
        with pytest.raises(NotAllowed):
            plan_choices(conn, viewer, building.site_id, MORNING)
        with pytest.raises(NotAllowed):
            analyzer_choices(conn, viewer, building.site_id)
        with pytest.raises(NotAllowed):
            account_choices(conn, viewer, building.site_id)


def test_sql_server_understands_each_statement(database: Database) -> None:
    building, bakery, _florist, _oven = corner(database)

    with listening(database) as heard:
        rows_of(database, building)
        with database.reading() as conn:
            tenant(conn, ADMIN, bakery.tenant_id, MORNING)
            plan_choices(conn, ADMIN, building.site_id, MORNING)
            analyzer_choices(conn, ADMIN, building.site_id)
            account_choices(conn, ADMIN, building.site_id)

    assert all(on_sql_server(statement) for statement in heard.values())
