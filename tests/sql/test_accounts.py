"""Accounts: the live balance of one statement is what the rules compute, to the last digit."""

from datetime import timedelta
from decimal import Decimal
from threading import Thread

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prepaid.accounts import Unbilled, live_balance
from prepaid.records import SOURCES, EntryKind, Source, Stage
from sql.accounts import heads, last_recharges, live_balances
from sql.connection import Database
from sql.tables import account_heads, accounts, bases, entries
from tests.building import MORNING, Building, Person

WH = st.integers(0, 10**7)
PRICES = st.decimals(min_value=0, max_value=9999, places=4)
MINUTES = st.integers(-600, 600)


def live_of(building: Building, person: Person) -> Decimal:
    with building.database.reading() as conn:
        return live_balances(conn, building.site_id)[person.account_id].live


@given(
    opening=st.decimals(min_value=-(10**6), max_value=10**6, places=7),
    used=st.lists(st.tuples(WH, WH, MINUTES), min_size=1, max_size=3),
    prices=st.lists(st.tuples(st.sampled_from(SOURCES), PRICES, MINUTES), max_size=6, unique_by=lambda each: each[2]),
    moved=st.none() | MINUTES,
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_live_balance_of_one_statement_is_what_the_rules_compute(
    database: Database,
    opening: Decimal,
    used: list[tuple[int, int, int]],
    prices: list[tuple[Source, Decimal, int]],
    moved: int | None,
) -> None:
    """Several analyzers, each charged up to another instant; prices and a plan that begin before, then or later."""
    with database.reading() as conn:
        number = len(conn.execute(sa.select(accounts.c.id)).all())
    building = Building(database, name=f"Site {number}")
    bakery = building.tenant("Bakery", opening=str(opening))
    other = building.plan("Other", Decimal("7.7777"), Decimal("8.8888"))
    for source, price, minutes in prices:
        building.price(building.plan_id, source, price, MORNING + timedelta(minutes=minutes))
    if moved is not None:
        building.change_plan(bakery, other, MORNING + timedelta(minutes=moved))
    open_ground = []
    for place, (grid_wh, generator_wh, minutes) in enumerate(used):
        charged_at = MORNING + timedelta(minutes=minutes)
        begun = building.begin(building.analyzer(f"{number}/{place}", bakery), at=charged_at)
        for source, wh in ((Source.GRID, grid_wh), (Source.GENERATOR, generator_wh)):
            building.use(begun.of(source), wh)
            price = building.load().price(bakery.account_id, source, charged_at)[1]
            open_ground.append(Unbilled(source, wh, price))

    with database.reading() as conn:
        found = live_balances(conn, building.site_id)[bakery.account_id]

    assert found.balance == opening
    assert found.live == live_balance(opening, open_ground)


def test_the_first_plan_holds_for_consumption_before_it_began(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    begun = building.begin(building.analyzer("Oven", bakery), at=building.long_ago - timedelta(days=1))
    building.price(building.plan_id, Source.GRID, Decimal("0.5"), building.long_ago - timedelta(days=9))

    building.use(begun.grid_id, 1000)

    assert live_of(building, bakery) == Decimal("-0.5")
    assert building.load().price(bakery.account_id, Source.GRID, building.long_ago - timedelta(days=1))[1] == Decimal(
        "0.5"
    )


def test_consumption_before_any_price_is_free(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    begun = building.begin(building.analyzer("Oven", bakery), at=building.long_ago - timedelta(days=1))

    building.use(begun.grid_id, 1000)

    assert live_of(building, bakery) == 0


def test_a_withdrawn_price_counts_no_more(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    begun = building.begin(building.analyzer("Oven", bakery))
    building.withdraw(building.price(building.plan_id, Source.GRID, Decimal(9), MORNING - timedelta(hours=1)))

    building.use(begun.grid_id, 1000)

    assert live_of(building, bakery) == Decimal("-0.15")


def test_an_analyzer_that_went_to_another_account_takes_its_ground_along(database: Database) -> None:
    building = Building(database)
    bakery, florist = building.tenant("Bakery", opening="10"), building.tenant("Florist", opening="10")
    oven = building.analyzer("Oven", bakery)
    begun = building.begin(oven)
    building.use(begun.grid_id, 1000)
    before = live_of(building, bakery)

    building.hand_over(oven, florist, MORNING + timedelta(minutes=1))

    assert before == Decimal("9.85")
    assert (live_of(building, bakery), live_of(building, florist)) == (Decimal(10), Decimal("9.85"))


def test_a_charge_moves_ground_to_the_ledger_and_leaves_the_live_balance(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="10")
    begun = building.begin(building.analyzer("Oven", bakery))
    building.use(begun.grid_id, 1000)
    before = live_of(building, bakery)

    building.charge(bakery, begun.grid_id, 0, MORNING + timedelta(minutes=1))

    assert live_of(building, bakery) == before == Decimal("9.85")
    with database.reading() as conn:
        assert heads(conn, building.site_id)[bakery.account_id] == (2, Decimal("9.85"))


def test_whoever_reads_while_charges_are_posted_sees_one_instant(database: Database) -> None:
    """Ground that is charged between two statements would count twice, or not at all."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="10")
    begun = building.begin(building.analyzer("Oven", bakery))
    steps = [Decimal(10) - Decimal("0.15") * number for number in range(16)]
    seen = []

    def consume() -> None:
        for number in range(1, len(steps)):
            building.use(begun.grid_id, 1000)
            building.charge(bakery, begun.grid_id, 0, MORNING + timedelta(minutes=number))

    consuming = Thread(target=consume)
    consuming.start()
    while consuming.is_alive():
        seen.append(live_of(building, bakery))
    consuming.join()

    assert set(seen) <= set(steps)
    assert seen == sorted(seen, reverse=True)
    assert live_of(building, bakery) == steps[-1]


def test_opening_an_account_makes_its_head_its_plan_and_its_opening_entry(database: Database) -> None:
    building = Building(database)

    bakery = building.tenant("Bakery", opening="-3.5", stage=Stage.OBSERVED)
    florist = building.tenant("Florist", stage=Stage.ENFORCED)

    with database.reading() as conn:
        enforced = conn.execute(sa.select(accounts).where(accounts.c.id == florist.account_id)).one()
        rows = {row.account_id: row for row in conn.execute(sa.select(account_heads))}
        opening = conn.execute(sa.select(entries)).one()
        account = conn.execute(sa.select(accounts).where(accounts.c.id == bakery.account_id)).one()
    assert (rows[bakery.account_id].entry_no, rows[bakery.account_id].balance) == (1, Decimal("-3.5"))
    assert rows[florist.account_id].entry_no == 0
    assert (opening.kind, opening.account_id) == (EntryKind.OPENING, bakery.account_id)
    assert (account.observed_at, account.enforced_at) == (MORNING, None)
    assert (enforced.observed_at, enforced.warned_at, enforced.enforced_at) == (MORNING,) * 3


def test_the_last_recharge_is_the_newest_that_put_credit_on(database: Database) -> None:
    building = Building(database)
    bakery, _florist = building.tenant("Bakery", opening="50"), building.tenant("Florist", opening="-5")
    building.recharge(bakery, "7", "one")
    building.recharge(bakery, "8.5", "two")
    building.post(bakery, EntryKind.CORRECTION, "100")

    with database.reading() as conn:
        found = last_recharges(conn, building.site_id)

    assert found == {bakery.account_id: Decimal("8.5")}


def test_the_emergency_credit_starts_with_the_first_recharge(database: Database) -> None:
    """What an account was opened with was not paid here."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="50", emergency_credit="20", restore_threshold="-20")
    before = building.load().accounts[bakery.account_id]

    building.recharge(bakery, "1", "first")

    after = building.load().accounts[bakery.account_id]
    assert [before.emergency_credit, after.emergency_credit] == [Decimal(0), Decimal(20)]


def test_closed_bases_are_no_open_ground(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    begun = building.begin(building.analyzer("Oven", bakery))
    building.use(begun.grid_id, 1000)

    with database.writing() as conn:
        conn.execute(bases.update().values(closed_at=MORNING))

    assert live_of(building, bakery) == 0
