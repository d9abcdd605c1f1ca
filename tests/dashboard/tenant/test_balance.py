"""Balance, as the tenant sees it on the phone: one look tells what is left, what is wrong and what to do."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.records import HoldCause
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.connection import Database
from sql.metering import begin_hold
from sql.tables import accounts, analyzer_states, holds, supply_states
from tests.building import Building, Person
from tests.dashboard.pages import Pages
from tests.dashboard.tenant.seen import open_at, read_html, read_markdown

FILE = "tenant/balance.py"


@pytest.fixture
def building(database: Database) -> Building:
    return Building(database, currency="USD", at=database.clock.now())


def shop_of(building: Building, opening: str, *, read_at: datetime | None = None, **supply: Any) -> Person:
    """A shop whose analyzer was read just now, with a supply as the enforcer holds it."""
    shop = building.tenant("Shop", opening=opening)
    lights = building.analyzer("Lights", shop)
    begun = building.begin(lights)
    building.use(begun.grid_id, 20_000)
    with building.database.writing() as conn:
        live = {"link": "answering", "read_at": read_at or building.at, "power_w": 1500.0, "active_tariff": 0}
        conn.execute(analyzer_states.update().values(live))
        known = {"supply": Supply.ON, "seen": Supply.ON, "answer": Answer.ON, "answer_reason": Reason.CREDIT, **supply}
        conn.execute(supply_states.insert().values(analyzer_id=lights, **known))
    return shop


def test_a_tenant_in_credit_sees_what_is_left_and_nothing_to_worry_about(pages: Pages, building: Building) -> None:
    app = open_at(pages, FILE, shop_of(building, "100"))

    seen = read_html(app)
    assert "$97.00 left" in seen, "3.00 are used and not charged yet"
    assert "Grid now $0.15/kWh" in seen
    assert "Power now 1.50 kW" in seen
    assert "Used today 20.00 kWh $3.00" in seen
    assert "Supply is on" in read_markdown(app)
    assert not (app.error or app.warning or app.info)


def test_a_tenant_who_is_cut_sees_the_debt_and_how_to_end_it(pages: Pages, building: Building) -> None:
    shop = shop_of(
        building,
        "1",
        supply=Supply.CUT,
        reason=Reason.OUT_OF_CREDIT,
        since_at=building.at,
        answer=Answer.CUT,
        answer_reason=Reason.STILL_OUT,
    )

    app = open_at(pages, FILE, shop)

    assert "-$2.00 debt" in read_html(app)
    assert "Supply is cut since" in read_markdown(app)
    assert "Recharge more than \\$2.00" in app.error[0].value
    assert "Lasts" not in read_markdown(app)


def test_the_name_of_a_supply_stands_as_it_was_written_and_is_no_link(pages: Pages, building: Building) -> None:
    shop = shop_of(building, "1", supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT, answer=Answer.CUT)
    building.begin(building.analyzer("[Pay here](https://elsewhere.example)", shop))

    app = open_at(pages, FILE, shop)

    said = " ".join(each.value for each in (*app.error, *app.warning))
    assert "Pay here" in said
    assert "[Pay here](" not in said


def test_what_a_meter_on_hold_has_probably_used_is_shown_beside_the_balance(pages: Pages, building: Building) -> None:
    shop = shop_of(building, "100")
    with building.database.writing() as conn:
        [lights] = conn.scalars(sa.select(analyzer_states.c.analyzer_id))
        long_ago, day = building.at - timedelta(days=2), timedelta(days=1)
        begin_hold(conn, lights, HoldCause.FELL, "below the base", long_ago, day)
        conn.execute(holds.update().values(provisional_amount=Decimal(20), provisional_at=building.at))

    seen = read_html(open_at(pages, FILE, shop))

    assert "$97.00 left" in seen
    assert "Probably used -$20.00" in seen


def test_old_readings_are_said_plainly(pages: Pages, building: Building) -> None:
    app = open_at(pages, FILE, shop_of(building, "100", read_at=building.at - timedelta(hours=2)))

    assert app.warning[0].value.startswith("These numbers are of ")
    assert app.warning[0].value.endswith("What was used since is not taken off yet.")


def test_several_accounts_have_a_card_each_and_those_of_others_none(pages: Pages, building: Building) -> None:
    shop = shop_of(building, "100")
    second, other = building.tenant("Second", opening="50"), building.tenant("Other", opening="7777")
    with building.database.writing() as conn:
        mine = accounts.c.id == second.account_id
        conn.execute(accounts.update().where(mine).values(tenant_id=shop.tenant_id, emergency_credit=Decimal(5)))
    building.recharge(second, "5.5", "first")

    app = open_at(pages, FILE, shop)

    assert [each.value for each in app.subheader] == [f"Account {shop.number}", f"Account {second.number}"]
    assert "$55.50 left" in read_html(app)
    assert "Emergency credit -$5.00" in read_html(app)
    assert "7,777" not in read_html(app)
    assert "$7,777.00 left" in read_html(open_at(pages, FILE, other))


def test_a_new_tenant_without_an_analyzer_sees_a_page_too(pages: Pages, building: Building) -> None:
    app = open_at(pages, FILE, building.tenant("New"))

    assert "$0.00 nothing left" in read_html(app)
    assert "No meter yet" in read_markdown(app)
    assert not app.error


@pytest.mark.slow
def test_without_an_account_the_page_says_whom_to_ask(pages: Pages, building: Building) -> None:
    left = building.tenant("Left")
    building.close(left)

    app = open_at(pages, FILE, left)

    assert [each.value for each in app.subheader] == ["No account yet"]
