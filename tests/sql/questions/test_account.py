"""One tenant's accounts as the tenant reads them: exact money, prices to come, forecasts."""

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from prepaid.forecast import Forecast, present
from prepaid.records import HoldCause, Source, Stage
from prepaid.standing import Supplied, Use
from sql.accounts import live_balances
from sql.connection import Database
from sql.forecasts import save_forecasts
from sql.metering import begin_hold
from sql.questions.customer import counterpart
from sql.tables import accounts, holds
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building
from tests.sql.questions.tenants_picture import ADMIN, HOUR, picture_of, standing_of
from tests.sql.statements import listening, on_sql_server


def test_behind_a_hold_that_protects_no_longer_its_probable_use_is_told_apart_from_the_balance(
    database: Database,
) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="9")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    with database.writing() as conn:
        begin_hold(conn, oven, HoldCause.FELL, "below the base", MORNING - 25 * HOUR, 24 * HOUR)
        conn.execute(holds.update().values(provisional_amount=Decimal(20), provisional_at=MORNING))

    found = standing_of(building, bakery)
    protected = standing_of(building, bakery, MORNING - 2 * HOUR)
    with database.reading() as conn:
        sold_to = counterpart(conn, ADMIN, bakery.account_id, MORNING).customer

    assert (found.live, found.provisional, found.decided_on) == (Decimal(9), Decimal(20), Decimal(-11))
    assert protected.decided_on == Decimal(9)
    assert (sold_to.live, sold_to.provisional) == (Decimal(9), Decimal(20))


def test_what_is_not_charged_yet_is_gone_from_the_balance_and_counts_as_used_today(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="99", emergency_credit="5")
    building.recharge(bakery, "1", "first")
    begun = building.begin(building.analyzer("Oven", bakery), at=MORNING - 2 * HOUR)
    second = building.begin(building.analyzer("Fridge", bakery), at=MORNING - 2 * HOUR)
    building.charge(bakery, begun.grid_id, 2_000, MORNING - HOUR)
    building.charge(bakery, second.generator_id, 1_000, MORNING - HOUR)
    building.use(begun.grid_id, 500)
    building.use(begun.generator_id, 100)

    found = standing_of(building, bakery)

    assert found.today == Use(
        grid_wh=2_500,
        generator_wh=1_100,
        grid_amount=GRID_PRICE * Decimal("2.5"),
        generator_amount=GENERATOR_PRICE * Decimal("1.1"),
    )
    assert found.live == Decimal(100) - found.today.amount
    assert found.left == found.live + 5
    assert found.balance == found.live + GRID_PRICE * Decimal("0.5") + GENERATOR_PRICE * Decimal("0.1")
    with database.reading() as conn:
        assert live_balances(conn, building.site_id)[bakery.account_id].live == found.live


def test_the_days_begin_at_midnight_where_the_site_is(database: Database) -> None:
    """MORNING is 11:00 in Baghdad, whose day began at 21:00 UTC."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    midnight = MORNING.replace(hour=21) - timedelta(days=1)
    begun = building.begin(building.analyzer("Oven", bakery), at=midnight - 26 * HOUR)
    for begin_at, wh in ((-26, 7), (-25, 10), (-24, 200), (-2, 3_000), (-1, 40_000), (0, 500_000)):
        building.charge(bakery, begun.grid_id, wh, midnight + (begin_at + 1) * HOUR)

    found = standing_of(building, bakery)

    assert (found.today.wh, found.yesterday.wh) == (500_000, 43_200)


def test_the_price_now_and_the_next_known_change_are_told(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    cheaper = building.plan("Cheaper", Decimal("0.1"), GENERATOR_PRICE)
    building.price(building.plan_id, Source.GENERATOR, Decimal("0.5"), MORNING)
    building.price(building.plan_id, Source.GENERATOR, Decimal("0.6"), MORNING + 2 * HOUR)
    building.withdraw(building.price(building.plan_id, Source.GENERATOR, Decimal(9), MORNING + HOUR))
    building.price(building.plan_id, Source.GRID, GRID_PRICE, MORNING + HOUR)
    building.price(building.plan_id, Source.GRID, Decimal(9), MORNING + 9 * HOUR)
    building.change_plan(bakery, cheaper, MORNING + 3 * HOUR)

    prices = standing_of(building, bakery).prices

    assert prices[Source.GENERATOR].price_per_kwh == Decimal("0.5")
    assert prices[Source.GENERATOR].next_price_per_kwh == Decimal("0.6")
    assert prices[Source.GENERATOR].next_from_at == MORNING + 2 * HOUR
    assert prices[Source.GRID].price_per_kwh == GRID_PRICE, "the same price again is no change"
    assert prices[Source.GRID].next_price_per_kwh == Decimal("0.1"), "the change of plan comes before the price's"
    assert prices[Source.GRID].next_from_at == MORNING + 3 * HOUR


def test_a_price_that_does_not_change_has_no_next_one(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")

    prices = standing_of(building, bakery).prices

    assert [(line.price_per_kwh, line.next_from_at) for line in prices.values()] == [
        (GRID_PRICE, None),
        (GENERATOR_PRICE, None),
    ]


def test_the_newest_forecast_and_the_last_recharge_are_told(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="9")
    building.recharge(bakery, "30", "one")
    building.recharge(bakery, "20", "two")
    foreseen = Forecast(
        made_at=MORNING - HOUR,
        days_left=6.0,
        ends_at=MORNING - HOUR + timedelta(days=6),
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0.0,
        daily_amount=Decimal(10),
        live_balance=Decimal(60),
        emergency_credit=Decimal(0),
    )
    with database.writing() as conn:
        save_forecasts(conn, {bakery.account_id: foreseen})

    found = standing_of(building, bakery)

    assert found.live == Decimal(59)
    assert found.outlook == present(foreseen, Decimal(59), MORNING), "moved by what the balance did since"
    assert (found.last_recharge, found.last_recharge_at is None) == (Decimal(20), False)


def test_a_new_tenant_without_anything_is_a_picture_too(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")

    picture = picture_of(building, bakery)

    assert (picture.tenant_name, picture.zone_name, picture.stale_after_s) == ("Bakery", "Asia/Baghdad", 60.0)
    found = picture.accounts[0]
    assert (found.live, found.today, found.points, found.supplied) == (Decimal(0), Use(), (), Supplied.NONE)
    assert (found.outlook, found.last_recharge, found.power_w, found.read_at) == (None, None, None, None)


def test_several_accounts_come_by_number_and_closed_ones_not_at_all(database: Database) -> None:
    building = Building(database)
    bakery, shop, closed = (building.tenant(name, opening="1") for name in ("Bakery", "Shop", "Closed"))
    with database.writing() as conn:
        mine = accounts.c.id.in_([shop.account_id, closed.account_id])
        conn.execute(accounts.update().where(mine).values(tenant_id=bakery.tenant_id))
    building.close(closed)

    found = picture_of(building, bakery).accounts

    assert [each.account_id for each in found] == [bakery.account_id, shop.account_id]


def test_a_draft_account_is_shown_and_the_statements_are_written_for_sql_server_too(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", stage=Stage.DRAFT)
    building.begin(building.analyzer("Oven", bakery))

    with listening(database) as heard:
        found = standing_of(building, bakery)

    assert found.stage is Stage.DRAFT
    assert len(heard) <= 8, "the page asks this every few seconds"
    for statement in heard.values():
        assert "SELECT" in on_sql_server(statement) or isinstance(statement, sa.TextClause)
