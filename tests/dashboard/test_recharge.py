"""Recharge: what it brings is shown before, it is booked once whatever is clicked, and refusals are told in words."""

from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlalchemy.schema import DropTable
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from dashboard.counter.customer import ACCOUNT, CHOSEN
from dashboard.counter.receipt import DONE
from dashboard.counter.sale_form import KEYS, PAID_AMOUNT, PAID_CURRENCY, REFERENCE, amount_key
from prepaid.forecast import Forecast
from prepaid.records import Role, Stage
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.allocations import Receipt
from sql.connection import Database
from sql.forecasts import save_forecasts
from sql.selling import Counter, Sale
from sql.tables import accounts, allocations, entries, event_heads, events, supply_changes, supply_states, users
from tests.building import MORNING, Building, Person
from tests.dashboard.pages import Pages
from tests.selling import sold
from tests.signed_in import signed_in

PAGE = "admin/recharge.py"
AMOUNT = amount_key(0)


class Shop:
    """A bakery that owes 5 and whose oven is cut for it, and the page of a seller."""

    def __init__(self, pages: Pages) -> None:
        st.cache_data.clear()
        self.pages = pages
        self.database: Database = pages.database
        self.building = Building(pages.database)
        self.bakery: Person = self.building.tenant("Bakery", opening="-5")
        self.oven = self.building.analyzer("Oven", self.bakery)
        self.building.begin(self.oven)
        with self.database.writing() as conn:
            conn.execute(
                supply_states.insert().values(
                    analyzer_id=self.oven,
                    supply=Supply.CUT,
                    seen=Supply.CUT,
                    reason=Reason.OUT_OF_CREDIT,
                    since_at=MORNING,
                )
            )

    def page(self, role: Role = Role.CASHIER, **facts: Any) -> AppTest:
        return self.pages.open(PAGE, self.pages.sign_in(role, **facts))

    def chosen(self, amount: int, role: Role = Role.CASHIER, **facts: Any) -> AppTest:
        """The page with the bakery and an amount chosen."""
        app = self.page(role, **facts)
        app.selectbox(key=CHOSEN).set_value(self.bakery.number).run()
        return app.number_input(key=AMOUNT).set_value(amount).run()

    def booked(self) -> list[Decimal]:
        with self.database.reading() as conn:
            return list(conn.scalars(sa.select(allocations.c.amount).order_by(allocations.c.entry_no)))

    def restored(self) -> None:
        """What the enforcer writes when the device has confirmed the supply and its load is back."""
        with self.database.writing() as conn:
            now = self.database.now(conn)
            conn.execute(supply_states.update().values(supply=Supply.ON, seen=Supply.ON, reason=None))
            conn.execute(
                supply_changes.insert().values(
                    site_id=self.building.site_id,
                    analyzer_id=self.oven,
                    account_id=self.bakery.account_id,
                    wanted=Answer.ON,
                    reason=Reason.RECHARGED,
                    progress=Progress.PROVEN,
                    live_balance=Decimal(1),
                    entry_no=2,
                    decided_at=now,
                    written_at=now,
                    confirmed_at=now,
                    proven_at=now,
                    ended_at=now,
                    evidence=Evidence.CURRENT,
                )
            )


@pytest.fixture
def shop(pages: Pages) -> Shop:
    return Shop(pages)


def seller(app: AppTest) -> Button:
    """The one button that sells."""
    return next(button for button in app.button if button.label.startswith("Sell"))


def words_of(app: AppTest) -> str:
    """All that is read on the page, without what keeps Markdown from making something of it."""
    parts = (app.markdown, app.success, app.info, app.warning, app.error, app.subheader, app.caption)
    html = [element.proto.body for element in app.get("html")]
    shown = " ".join([*(element.value for part in parts for element in part), *html])
    return shown.replace("\u00a0", " ").replace("\\", "")


def test_what_it_brings_is_shown_before_it_is_sold(shop: Shop) -> None:
    app = shop.chosen(30)

    shown = words_of(app)
    assert "IQD 25" in shown
    assert "IQD 5 of it pays the debt" in shown
    assert "The supply will be restored" in shown
    assert seller(app).label.replace("\u00a0", " ") == "Sell IQD 30"
    assert shop.booked() == []


def test_a_recharge_that_leaves_a_debt_lasts_for_no_time(shop: Shop) -> None:
    with shop.database.writing() as conn:
        over = Forecast(
            made_at=shop.database.now(conn),
            days_left=0.0,
            ends_at=None,
            ends_early_at=None,
            ends_late_at=None,
            generator_share=0.0,
            daily_amount=Decimal(10),
            live_balance=Decimal(-5),
            emergency_credit=Decimal(0),
        )
        save_forecasts(conn, {shop.bakery.account_id: over})

    shown = words_of(shop.chosen(3))

    assert shown.count("The credit is used up") == 2, "with it and without it"


@pytest.mark.slow
def test_too_little_for_the_debt_says_that_the_supply_stays_cut(shop: Shop) -> None:
    shown = words_of(shop.chosen(3))

    assert "All of it goes into the debt" in shown
    assert "The supply stays cut" in shown


def test_a_database_that_breaks_off_is_no_riddle_for_a_cashier(shop: Shop) -> None:
    app = shop.chosen(30)
    with shop.database.writing() as conn:
        conn.execute(DropTable(event_heads))

    seller(app).click().run()

    (error,) = (each.value.replace("\\", "") for each in app.error)
    assert error.startswith("This is our fault. Try again later")
    assert error.endswith("Sell again: whatever has become of it, it is booked once.")
    assert shop.booked() == []


def test_a_sale_is_booked_with_its_receipt_and_the_counter_is_free_again(shop: Shop) -> None:
    app = shop.chosen(30)
    app.text_input(key=REFERENCE).set_value("T-77")

    seller(app).click().run()

    with shop.database.reading() as conn:
        entry = conn.execute(sa.select(entries).where(entries.c.entry_no == 2)).one()
        detail = conn.execute(sa.select(allocations)).one()
        event = conn.execute(sa.select(events).where(events.c.action == "recharge.sold")).one()
        name = conn.scalar(sa.select(users.c.user_name).where(users.c.role == Role.CASHIER))
    assert (entry.amount, entry.balance_after, entry.actor) == (Decimal(30), Decimal(25), f"user:{name}")
    assert (detail.paid_by, detail.reference, detail.paid_amount, detail.paid_currency) == (
        "cash",
        "T-77",
        Decimal(30),
        "IQD",
    )
    assert event.writer == "dashboard"
    shown = words_of(app)
    assert "Booked: IQD 30 for Bakery" in shown
    assert "IQD 5 of it pays the debt" in shown
    assert f"{shop.bakery.number}/2" in shown
    assert app.selectbox(key=CHOSEN).value is None
    assert not any(button.label.startswith("Sell") for button in app.button)
    assert "Bakery" in app.dataframe[0].value.to_string()


def test_of_a_cut_tenant_the_supply_is_watched_until_it_is_proven(shop: Shop) -> None:
    app = shop.chosen(30)
    seller(app).click().run()
    waiting = words_of(app)

    shop.restored()
    app.run()

    assert "Waiting for the enforcer" in waiting
    assert "On, proven" in words_of(app)
    assert "the load is back" in words_of(app)


def test_a_second_click_with_a_spent_key_books_nothing(shop: Shop) -> None:
    """The browser sends both clicks before it has drawn the answer to the first."""
    app = shop.chosen(30)
    keys = dict(app.session_state[KEYS])
    seller(app).click().run()
    first = app.session_state[DONE].receipt

    app.session_state[KEYS] = keys  # what a resend over a new connection comes with
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(30).run()
    seller(app).click().run()

    assert shop.booked() == [Decimal(30)]
    assert app.session_state[DONE].receipt.entry_no == first.entry_no
    assert "nothing was booked twice" in words_of(app)


def test_two_clicks_at_the_same_moment_book_once(shop: Shop) -> None:
    cashier = signed_in(shop.database, Role.CASHIER)
    sale = Sale(account_id=shop.bakery.account_id, amount=Decimal(30), currency="IQD", key="one and the same")
    receipts: list[Receipt] = []
    ready = Barrier(2)

    def click() -> None:
        ready.wait()
        receipts.append(sold(shop.database, cashier, Counter.FORM, sale))

    clicks = [Thread(target=click) for _click in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert shop.booked() == [Decimal(30)]
    assert sorted(receipt.repeated for receipt in receipts) == [False, True]
    assert len({receipt.entry_no for receipt in receipts}) == 1


@pytest.mark.slow
def test_after_a_sale_the_same_tenant_can_recharge_again(shop: Shop) -> None:
    app = shop.chosen(30)
    seller(app).click().run()
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(30).run()

    seller(app).click().run()

    assert shop.booked() == [Decimal(30), Decimal(30)]


def test_a_key_that_was_used_for_another_amount_is_refused_in_words(shop: Shop) -> None:
    app = shop.chosen(30)
    keys = dict(app.session_state[KEYS])
    seller(app).click().run()
    app.session_state[KEYS] = keys
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=AMOUNT).set_value(31).run()

    seller(app).click().run()

    assert shop.booked() == [Decimal(30)]
    assert "was already used for something else" in app.error[0].value.replace("\\", "")


def test_an_amount_changed_behind_the_button_is_looked_at_again(shop: Shop) -> None:
    app = shop.chosen(30)

    app.number_input(key=AMOUNT).set_value(300)
    seller(app).click().run()

    assert shop.booked() == []
    assert "The amount was changed" in app.error[0].value
    assert seller(app).label.replace("\u00a0", " ") == "Sell IQD 300"


def test_a_tenant_changed_behind_the_button_is_looked_at_again(shop: Shop) -> None:
    florist = shop.building.tenant("Florist")
    app = shop.chosen(30)

    app.selectbox(key=CHOSEN).set_value(florist.number)
    seller(app).click().run()

    assert shop.booked() == []
    assert "The tenant was changed" in app.error[0].value
    assert app.selectbox(key=CHOSEN).value == florist.number


def test_why_a_sale_failed_is_not_told_to_the_next_customer(shop: Shop) -> None:
    florist = shop.building.tenant("Florist")
    app = shop.chosen(30)
    app.number_input(key=AMOUNT).set_value(300)
    seller(app).click().run()
    told = len(app.error)

    app.selectbox(key=CHOSEN).set_value(florist.number).run()
    next_one = len(app.error)
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()

    assert (told, next_one, len(app.error)) == (1, 0, 0)


def test_more_than_the_seller_may_sell_is_told_before_and_cannot_be_clicked(shop: Shop) -> None:
    app = shop.chosen(51, largest_recharge=Decimal(50))

    assert "IQD 50 in one recharge" in app.error[0].value.replace("\u00a0", " ")
    assert not any(button.label.startswith("Sell") for button in app.button)


@pytest.mark.slow
def test_a_bound_that_was_lowered_meanwhile_holds(shop: Shop) -> None:
    app = shop.chosen(51, largest_recharge=Decimal(100))
    with shop.database.writing() as conn:
        conn.execute(users.update().values(largest_recharge=Decimal(50)))

    seller(app).click().run()

    assert shop.booked() == []
    assert "at most 50 IQD" in app.error[0].value


@pytest.mark.slow
def test_an_account_that_was_closed_meanwhile_is_told_in_words(shop: Shop) -> None:
    app = shop.chosen(30)
    with shop.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == shop.bakery.account_id).values(stage=Stage.CLOSED))

    seller(app).click().run()

    assert shop.booked() == []
    assert "is closed" in app.error[0].value


def test_who_has_just_lost_the_right_sells_nothing(shop: Shop) -> None:
    app = shop.chosen(30)
    with shop.database.writing() as conn:
        conn.execute(users.update().values(role=Role.MANAGER))

    seller(app).click().run()

    assert shop.booked() == []


def test_accounts_in_another_money_have_a_field_of_their_own(shop: Shop) -> None:
    person = shop.building.tenant("Florist")
    with shop.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == person.account_id).values(currency="kWh"))
    app = shop.chosen(30)

    app.selectbox(key=CHOSEN).set_value(person.number).run()
    app.number_input(key=amount_key(2)).set_value(12.5).run()
    seller(app).click().run()

    assert shop.booked() == [Decimal("12.5")]
    assert "Booked: 12.50 kWh for Florist" in words_of(app)


@pytest.mark.parametrize(
    ("amount", "currency", "refused", "paid"),
    [
        (25.5, "usd", "", (Decimal("25.5"), "USD")),
        (1.125, "KWD", "", (Decimal("1.125"), "KWD")),
        (None, "IQD", "", (None, None)),
        (25.5, "", "the currency is missing", None),
        (25.5, "U1", "the currency is missing", None),
        (None, "USD", "the amount is missing", None),
        (1500.5, "IQD", "too many decimals for IQD", None),
    ],
)
def test_what_was_paid_for_energy_is_booked_as_typed_or_refused_in_words(
    shop: Shop, amount: float | None, currency: str, refused: str, paid: tuple[Decimal | None, str | None] | None
) -> None:
    with shop.database.writing() as conn:
        conn.execute(accounts.update().where(accounts.c.id == shop.bakery.account_id).values(currency="kWh"))
    app = shop.page()
    app.selectbox(key=CHOSEN).set_value(shop.bakery.number).run()
    app.number_input(key=amount_key(2)).set_value(100).run()
    app.number_input(key=PAID_AMOUNT).set_value(amount)
    app.text_input(key=PAID_CURRENCY).set_value(currency)

    seller(app).click().run()

    with shop.database.reading() as conn:
        booked = conn.execute(sa.select(allocations.c.paid_amount, allocations.c.paid_currency)).all()
    assert [tuple(row) for row in booked] == ([] if paid is None else [paid])
    assert [refused in each.value for each in app.error] == ([True] if refused else [])


@pytest.mark.parametrize("is_known", [True, False])
def test_an_address_names_the_account(shop: Shop, is_known: bool) -> None:
    app = shop.pages.open(None, shop.pages.sign_in(Role.ADMIN)).switch_page(PAGE)
    app.query_params[ACCOUNT] = shop.bakery.number if is_known else "A-9999"

    app.run()

    assert app.session_state[CHOSEN] == (shop.bakery.number if is_known else None)
    assert ("-IQD 5" in words_of(app)) == is_known


def test_without_a_tenant_the_page_says_what_to_do(pages: Pages) -> None:
    st.cache_data.clear()
    Building(pages.database)

    app = pages.open(PAGE, pages.sign_in(Role.CASHIER))

    assert app.subheader[0].value == "No tenant yet"
    assert not app.selectbox


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TENANT])
def test_who_does_not_sell_does_not_reach_it(shop: Shop, role: Role) -> None:
    token = shop.pages.sign_in(role, tenant_id=shop.bakery.tenant_id if role is Role.TENANT else None)

    with pytest.raises(ValueError, match="page"):
        shop.pages.open(PAGE, token)
