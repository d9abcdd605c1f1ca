"""The views for people show what the pages show: SQL of the committed file, over the rows of a site."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.alerts import AlertKind
from prepaid.records import Role, Source
from prepaid.supply import Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.accounts import live_balances
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.questions.open_alarms import open_alarms
from sql.tables import analyzer_states, supply_changes, supply_states
from tests.building import GENERATOR_PRICE, MORNING, Building
from tests.sql.on_duckdb import Views

HOUR = timedelta(hours=1)
ANYBODY = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


@pytest.fixture
def house(database: Database) -> Building:
    """A shop with two analyzers that were charged and used since, at prices and plans that changed; and a kiosk."""
    house = Building(database)
    shop, kiosk = house.tenant("Shop", opening="100"), house.tenant("Kiosk", opening="-7", emergency_credit="5")
    for place, name in enumerate(("Ground floor", "First floor")):
        bases = house.begin(house.analyzer(name, shop), grid_wh=1_000 * place)
        house.charge(shop, bases.grid_id, 1_234, MORNING + HOUR)
        house.use(bases.grid_id, 777, MORNING + 3 * HOUR)
        house.use(bases.generator_id, 41, MORNING + 3 * HOUR)
    middle = house.plan("Middle", Decimal("0.25"), Decimal("0.4"))
    house.change_plan(shop, middle, MORNING + HOUR / 4)
    house.price(middle, Source.GRID, Decimal("0.2001"), MORNING + HOUR / 2)
    house.withdraw(house.price(middle, Source.GRID, Decimal("7.7777"), MORNING + HOUR))
    house.price(middle, Source.GENERATOR, Decimal("9.9999"), MORNING + 2 * HOUR)
    house.change_plan(shop, house.plan("Others", Decimal("0.3"), Decimal("0.4567")), MORNING + 2 * HOUR)
    house.recharge(kiosk, "3.0000001", "1")
    return house


def test_balances_are_those_that_decide(house: Building) -> None:
    with house.database.reading() as conn:
        meant = live_balances(conn, house.site_id)

    rows = Views(house.database).rows("Balances")

    assert {row["account_id"]: (row["entries"], row["balance"], row["live_balance"]) for row in rows} == {
        each.account_id: (each.entry_no, each.balance, each.live) for each in meant.values()
    }
    [shop] = [row for row in rows if row["tenant"] == "Shop"]
    assert shop["unbilled"] == 2 * (777 * Decimal("0.2001") + 41 * GENERATOR_PRICE) / 1000


def test_emergency_credit_begins_with_the_first_recharge(house: Building) -> None:
    before = {row["tenant"]: row["emergency_credit"] for row in Views(house.database).rows("Balances")}
    assert before["Kiosk"] == 5

    late = house.tenant("Late", emergency_credit="5")

    [row] = [row for row in Views(house.database).rows("Balances") if row["account_id"] == late.account_id]
    assert row["emergency_credit"] == 0


def test_hours_are_those_of_the_charges(house: Building) -> None:
    rows = Views(house.database).rows("HourlyConsumption")

    assert [(row["tenant"], row["grid_kwh"], row["grid_amount"]) for row in rows] == [
        ("Shop", Decimal("1.234"), 1234 * Decimal("0.15") / 1000)
    ] * 2
    assert {row["site"] for row in rows} == {"Corner House"}


def test_counters_are_shown_by_source_whichever_tariff_is_the_generators(house: Building) -> None:
    house.analyzer("Crossed", generator_tariff=1)
    with house.database.writing() as conn:
        conn.execute(analyzer_states.update().values(import_tariff_1_wh=1_500, import_tariff_2_wh=2, read_at=MORNING))

    rows = {row["analyzer"]: row for row in Views(house.database).rows("LatestReadings")}

    assert (rows["Ground floor"]["grid_kwh"], rows["Ground floor"]["generator_kwh"]) == (
        Decimal("1.5"),
        Decimal("0.002"),
    )
    assert (rows["Crossed"]["grid_kwh"], rows["Crossed"]["generator_kwh"]) == (Decimal("0.002"), Decimal("1.5"))
    assert rows["Ground floor"]["tenant"] == "Shop"
    assert rows["Crossed"]["tenant"] is None


def test_a_cutoff_is_open_while_the_supply_is_cut_or_is_being_cut(house: Building) -> None:
    shop = house.tenant("Dark")
    cut, cutting, restored = (house.analyzer(name, shop) for name in ("Cut", "Cutting", "Restored"))
    for analyzer_id, supply, wanted, progress in (
        (cut, Supply.CUT, "cut", Progress.PROVEN),
        (cutting, Supply.ON, "cut", Progress.WRITTEN),
        (restored, Supply.ON, "on", Progress.CONFIRMED),
    ):
        change(house, analyzer_id, shop.account_id, supply, wanted, progress)

    rows = Views(house.database).rows("OpenCutoffs")

    assert {row["analyzer"]: (row["reason"], row["progress"]) for row in rows} == {
        "Cut": (Reason.OUT_OF_CREDIT, Progress.PROVEN),
        "Cutting": (Reason.OUT_OF_CREDIT, Progress.WRITTEN),
    }


def test_alarms_are_those_that_the_pages_count(house: Building) -> None:
    with house.database.writing() as conn:
        for place, kind in enumerate(AlertKind):
            raise_alert(conn, NewAlert(site_id=house.site_id, kind=kind, cause=f"cause:{place}", details={}), MORNING)

    rows = Views(house.database).rows("OpenAlarms")

    with house.database.reading() as conn:
        assert {row["kind"] for row in rows} == {each.value for each in open_alarms(conn, ANYBODY, house.site_id)}


def change(house: Building, analyzer_id: int, account_id: int, supply: Supply, wanted: str, progress: Progress) -> None:
    """A supply with the last change of it."""
    with house.database.writing() as conn:
        added = conn.execute(
            supply_changes.insert().values(
                site_id=house.site_id,
                analyzer_id=analyzer_id,
                account_id=account_id,
                wanted=wanted,
                reason=Reason.OUT_OF_CREDIT,
                progress=progress,
                live_balance=Decimal(0),
                entry_no=0,
                decided_at=MORNING,
                confirmed_at=MORNING,
                evidence=Evidence.NONE,
                ended_at=MORNING if progress is Progress.PROVEN else None,
            )
        ).inserted_primary_key
        assert added is not None, "the database numbers changes"
        state = {"supply": supply, "seen": supply, "reason": Reason.OUT_OF_CREDIT, "change_id": added[0]}
        there = sa.select(supply_states.c.analyzer_id).where(supply_states.c.analyzer_id == analyzer_id)
        assert conn.scalar(there) is None
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, **state))
