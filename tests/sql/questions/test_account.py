"""One tenant's accounts as the tenant reads them: exact money, prices to come, each supply; and nobody else's."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange
from prepaid.forecast import Forecast, present
from prepaid.metering import Verdict
from prepaid.records import HoldCause, Role, Source, Stage, Wiring
from prepaid.standing import Standing, Supplied, TenantPicture, Use
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.accounts import live_balances
from sql.connection import Database
from sql.forecasts import save_forecasts
from sql.metering import begin_hold
from sql.questions.account import tenant_picture
from sql.questions.customer import counterpart
from sql.tables import accounts, analyzer_states, holds, supply_states
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR = timedelta(hours=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def own_viewer(building: Building, person: Person) -> Viewer:
    return Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=person.tenant_id)


def picture_of(building: Building, person: Person, now: datetime = MORNING) -> TenantPicture:
    with building.database.reading() as conn:
        return tenant_picture(conn, own_viewer(building, person), building.site_id, person.tenant_id, now)


def standing_of(building: Building, person: Person, now: datetime = MORNING) -> Standing:
    return next(each for each in picture_of(building, person, now).accounts if each.account_id == person.account_id)


def show(building: Building, analyzer_id: int, **supply: Any) -> None:
    """What the enforcer holds true of a supply."""
    with building.database.writing() as conn:
        known = {"supply": Supply.UNKNOWN, "seen": Supply.UNKNOWN, **supply}
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, **known))


def read(building: Building, analyzer_id: int, **values: Any) -> None:
    """What the last poll of an analyzer brought."""
    with building.database.writing() as conn:
        of = analyzer_states.c.analyzer_id == analyzer_id
        conn.execute(analyzer_states.update().where(of).values(link="answering", read_at=MORNING, **values))


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


def test_each_analyzer_tells_its_supply_source_and_load(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven, fridge = building.analyzer("Oven", bakery), building.analyzer("Fridge", bakery, generator_tariff=1)
    for each in (oven, fridge):
        building.begin(each)
    since_at = MORNING - HOUR
    show(building, oven, supply=Supply.CUT, reason=Reason.LOCK, since_at=since_at, answer=Answer.CUT)
    show(building, fridge, supply=Supply.ON, answer=Answer.ON, answer_reason=Reason.CREDIT)
    building.lock(oven)
    read(building, oven, power_w=0.0, active_tariff=1)
    read(building, fridge, power_w=1500.0, active_tariff=0)

    found = standing_of(building, bakery)

    assert [(point.name, point.supplied, point.why) for point in found.points] == [
        ("Fridge", Supplied.ON, Reason.CREDIT),
        ("Oven", Supplied.CUT, Reason.LOCK),
    ]
    assert (found.points[1].since_at, found.points[1].lock_phone) == (since_at, "+964 1")
    assert (found.supplied, found.source, found.power_w) == (Supplied.PARTLY_CUT, Source.GENERATOR, 1500.0)


def test_readings_that_are_missing_or_old_are_told(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven, fridge = building.analyzer("Oven", bakery), building.analyzer("Fridge", bakery)
    for each in (oven, fridge):
        building.begin(each)
    read(building, oven, power_w=7.0)

    found, late = standing_of(building, bakery), standing_of(building, bakery, MORNING + HOUR)

    assert found.read_at is None
    assert [point.name for point in found.silent(MORNING, timedelta(minutes=1))] == ["Fridge"]
    assert [point.name for point in late.silent(MORNING + HOUR, timedelta(minutes=1))] == ["Fridge", "Oven"]


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


@pytest.mark.parametrize(
    ("wiring", "supply", "answer", "link", "expected"),
    [
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.ON, "answering", Supplied.ON),
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.KEEP, "answering", Supplied.ON),
        (Wiring.HELD_ON_SUPPLY, Supply.ON, Answer.CUT, "answering", Supplied.GOING_OFF),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.CUT, "answering", Supplied.CUT),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.ON, "answering", Supplied.COMING_ON),
        (Wiring.HELD_ON_SUPPLY, Supply.CUT, Answer.KEEP, "answering", Supplied.CUT),
        (Wiring.HELD_ON_SUPPLY, Supply.UNKNOWN, None, "answering", Supplied.UNKNOWN),
        (Wiring.NONE, Supply.UNKNOWN, Answer.KEEP, "answering", Supplied.ON),
        (Wiring.NONE, Supply.UNKNOWN, Answer.KEEP, "failing", Supplied.UNKNOWN),
    ],
)
def test_the_supply_is_one_word(
    database: Database, wiring: Wiring, supply: Supply, answer: Answer | None, link: str, expected: Supplied
) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery, wiring=wiring)
    building.begin(oven)
    show(building, oven, supply=supply, reason=Reason.STILL_OUT, answer=answer)
    with database.writing() as conn:
        conn.execute(analyzer_states.update().values(link=link))

    assert standing_of(building, bakery).supplied is expected


def test_a_supply_found_off_comes_back_only_when_a_person_asks(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    show(building, oven, supply=Supply.CUT, answer=Answer.ON, answer_reason=Reason.CREDIT)

    before = standing_of(building, bakery)
    with database.writing() as conn:
        conn.execute(supply_states.update().values(answer_reason=Reason.WISH_RESTORE))
    after = standing_of(building, bakery)

    assert (before.supplied, after.supplied) == (Supplied.CUT, Supplied.COMING_ON)


def test_nothing_of_another_device_is_shown_as_the_tenants_own(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery, wiring=Wiring.NONE)
    building.begin(oven)
    read(building, oven, power_w=1_500.0, active_tariff=1, accepted_at=MORNING - HOUR, verdict=Verdict.WRONG_DEVICE)

    [point] = standing_of(building, bakery).points

    assert (point.power_w, point.source, point.answers) == (None, None, False)
    assert point.read_at == MORNING - HOUR
    assert point.supplied is Supplied.UNKNOWN


@pytest.mark.parametrize(
    ("verdict", "fresh"),
    [(Verdict.ADVANCE, True), (Verdict.AWAITED, True), (Verdict.QUARANTINED, False), (Verdict.DOUBT, False)],
)
def test_a_reading_that_was_not_used_makes_no_balance_fresh(database: Database, verdict: Verdict, fresh: bool) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    read(building, oven, accepted_at=MORNING - HOUR, verdict=verdict)

    silent = standing_of(building, bakery).silent(MORNING, HOUR / 2)

    assert (silent == ()) is fresh


def test_a_cut_through_which_load_flows_is_still_going_on(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    building.begin(oven)
    facts = {"supply": Supply.CUT, "reason": Reason.STILL_OUT, "load_while_cut_since_at": MORNING}
    show(building, oven, answer=Answer.CUT, **facts)

    before = standing_of(building, bakery)
    with database.writing() as conn:
        conn.execute(supply_states.update().values(answer=Answer.ON))
    after = standing_of(building, bakery)

    assert (before.supplied, after.supplied) == (Supplied.GOING_OFF, Supplied.COMING_ON)


def test_another_tenant_sees_nothing_and_staff_see_their_site(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    bakery, shop = building.tenant("Bakery"), other.tenant("Shop")
    everybody = {
        "own": own_viewer(building, bakery),
        "another tenant": own_viewer(building, building.tenant("Kiosk")),
        "a tenant elsewhere": own_viewer(other, shop),
        "cashier": Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None),
        "manager": Viewer(role=Role.MANAGER, site_id=building.site_id, tenant_id=None),
        "manager elsewhere": Viewer(role=Role.MANAGER, site_id=other.site_id, tenant_id=None),
        "admin": ADMIN,
    }

    seen = {who for who, viewer in everybody.items() if _sees(building, bakery, viewer)}

    assert seen == {"own", "cashier", "manager", "admin"}


def test_a_tenant_of_another_site_is_not_found_and_a_first_password_sees_nothing(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other House")
    shop = other.tenant("Shop")
    manager = Viewer(role=Role.MANAGER, site_id=building.site_id, tenant_id=None)
    new = Viewer(role=Role.TENANT, site_id=other.site_id, tenant_id=shop.tenant_id, must_change_password=True)

    with database.reading() as conn:
        with pytest.raises(NotFound):
            tenant_picture(conn, manager, building.site_id, shop.tenant_id, MORNING)
        with pytest.raises(PasswordMustChange):
            tenant_picture(conn, new, other.site_id, shop.tenant_id, MORNING)


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


def _sees(building: Building, person: Person, viewer: Viewer) -> bool:
    with building.database.reading() as conn:
        try:
            tenant_picture(conn, viewer, building.site_id, person.tenant_id, MORNING)
        except NotAllowed:
            return False
    return True
