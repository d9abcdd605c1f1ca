"""A recharge that cannot be: rights, bounds, accounts and money that changed meanwhile, told in words."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable, DropTable

from dashboard.counter.customer import CHOSEN
from dashboard.counter.sale_form import KEYS, PAID_AMOUNT, PAID_CURRENCY, amount_key
from prepaid.records import Role, Stage
from sql.tables import accounts, allocations, event_heads, users
from tests.dashboard.pages import Pages
from tests.dashboard.recharge_page import AMOUNT, PAGE, Shop, seller


@pytest.fixture
def shop(pages: Pages) -> Shop:
    return Shop(pages)


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


def test_a_database_that_breaks_off_is_no_riddle_for_a_cashier(shop: Shop) -> None:
    app = shop.chosen(30)
    with shop.database.writing() as conn:
        conn.execute(DropTable(event_heads))

    seller(app).click().run()

    with shop.database.writing() as conn:
        conn.execute(CreateTable(event_heads))
    (error,) = (each.value.replace("\\", "") for each in app.error)
    assert error.startswith("This is our fault. Try again later")
    assert error.endswith("Sell again: whatever has become of it, it is booked once.")
    assert shop.booked() == []


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


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TENANT])
def test_who_does_not_sell_does_not_reach_it(shop: Shop, role: Role) -> None:
    token = shop.pages.sign_in(role, tenant_id=shop.bakery.tenant_id if role is Role.TENANT else None)

    with pytest.raises(ValueError, match="page"):
        shop.pages.open(PAGE, token)
