"""Exact money and prices, instants, words and details: the same value comes back, and wrong ones are refused."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mssql, sqlite
from sqlalchemy.engine import Dialect

from prepaid.errors.numbers import AmountInvalid, PriceInvalid
from prepaid.errors.start import DatabaseUnavailable
from prepaid.units import MAX_AMOUNT, MAX_CHARGE_WH, MAX_PRICE, add, cost
from sql.columns import Details, Instant, Money, Price, Word, from_epoch_ms, to_epoch_ms
from sql.connection import Database


class Colour(StrEnum):
    """Two words."""

    RED = "red"
    BLUE = "blue"


SAMPLES = sa.Table(
    "Samples",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("amount", Money),
    sa.Column("price_per_kwh", Price),
    sa.Column("wh", sa.BigInteger),
    sa.Column("at", Instant),
    sa.Column("colour", Word(Colour)),
    sa.Column("details", Details),
)
of = SAMPLES.c
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
WITHOUT_ZONE = NEW_YEAR.replace(tzinfo=None)
KATHMANDU = timezone(timedelta(hours=5, minutes=45))
new_dialect: Callable[[], Dialect] = mssql.dialect
SQL_SERVER = new_dialect()

amounts = st.decimals(-MAX_AMOUNT, MAX_AMOUNT, places=7)
prices = st.decimals(0, MAX_PRICE, places=4)
instants = st.timedeltas(timedelta(days=-40_000), timedelta(days=80_000)).map(lambda since: NEW_YEAR + since)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An SQLite file with one table of all types."""
    path = tmp_path_factory.mktemp("samples") / "samples.db"
    database = Database(f"sqlite:///{path.as_posix()}")
    with database.writing() as conn:
        SAMPLES.create(conn)
    yield database
    database.close()


def stored(database: Database, **values: Any) -> Any:
    """The row as it comes back, in a transaction that leaves nothing behind."""
    with database.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(SAMPLES.insert().values(**values))
        row = conn.execute(sa.select(SAMPLES)).one()
        transaction.rollback()
    return row


def on_sql_server(element: sa.ClauseElement) -> str:
    return str(element.compile(dialect=SQL_SERVER, compile_kwargs={"literal_binds": True}))


@given(amount=amounts, price=prices)
def test_money_and_prices_come_back_exactly(samples: Database, amount: Decimal, price: Decimal) -> None:
    row = stored(samples, amount=amount, price_per_kwh=price)

    assert (row.amount, row.price_per_kwh) == (amount, price)


def test_money_is_a_whole_number_on_sqlite(samples: Database) -> None:
    with samples.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(SAMPLES.insert().values(amount=Decimal("-0.1234567"), price_per_kwh=Decimal("0.15")))
        raw = conn.exec_driver_sql("SELECT amount, typeof(amount), price_per_kwh FROM Samples").one()
        transaction.rollback()

    assert tuple(raw) == (-1234567, "integer", 1500)


@given(parts=st.lists(st.decimals(-(10**9), 10**9, places=7), min_size=1, max_size=40))
def test_a_sum_in_the_database_is_the_exact_sum(samples: Database, parts: list[Decimal]) -> None:
    with samples.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(SAMPLES.insert(), [{"amount": part} for part in parts])
        total = conn.scalar(sa.select(sa.func.sum(of.amount)))
        turned = conn.scalar(sa.select(sa.func.sum(-of.amount)))
        transaction.rollback()

    assert total == add(*parts)
    assert turned == -add(*parts)


def test_a_sum_beyond_64_bits_is_an_error_and_never_a_wrong_number(samples: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="overflow"), samples.writing() as conn:
        conn.execute(SAMPLES.insert(), [{"amount": MAX_AMOUNT}] * 2)
        conn.scalar(sa.select(sa.func.sum(of.amount)))


@given(values=st.lists(amounts, min_size=1, max_size=12), limit=amounts)
def test_order_and_comparison_are_those_of_decimals(samples: Database, values: list[Decimal], limit: Decimal) -> None:
    with samples.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(SAMPLES.insert(), [{"amount": value} for value in values])
        ordered = conn.scalars(sa.select(of.amount).order_by(of.amount)).all()
        above = conn.scalars(sa.select(of.amount).where(of.amount > limit).order_by(of.amount.desc())).all()
        below = conn.scalars(sa.select(of.amount).where(-of.amount >= -limit).order_by(of.amount)).all()
        least = conn.scalar(sa.select(sa.func.min(of.amount)))
        transaction.rollback()

    assert ordered == sorted(values)
    assert above == sorted((value for value in values if value > limit), reverse=True)
    assert below == sorted(value for value in values if value <= limit)
    assert least == min(values)


@given(wh=st.integers(0, MAX_CHARGE_WH), price=st.decimals(0, 999, places=4))
def test_an_amount_times_ten_to_the_seventh_is_wh_times_price_times_ten_to_the_fourth(wh: int, price: Decimal) -> None:
    bind_amount = Money().process_bind_param(cost(wh, price), new_sqlite())
    bind_price = Price().process_bind_param(price, new_sqlite())

    assert bind_amount == wh * bind_price


@pytest.mark.parametrize("value", [0.1, 1.0, True, "x", float("nan"), Decimal("NaN"), Decimal("1E-8"), MAX_AMOUNT + 1])
def test_what_is_no_exact_amount_is_refused(samples: Database, value: object) -> None:
    with pytest.raises((AmountInvalid, sa.exc.StatementError)):
        stored(samples, amount=value)


@pytest.mark.parametrize("value", [0.15, Decimal("0.00001"), Decimal(-1), MAX_PRICE + 1, Decimal("Infinity")])
def test_what_is_no_price_is_refused(samples: Database, value: object) -> None:
    with pytest.raises((PriceInvalid, sa.exc.StatementError)):
        stored(samples, price_per_kwh=value)


@pytest.mark.parametrize("dialect_name", ["sqlite", "mssql"])
def test_a_float_is_refused_for_both_engines(dialect_name: str) -> None:
    dialect = SQL_SERVER if dialect_name == "mssql" else new_sqlite()

    with pytest.raises(AmountInvalid):
        Money().process_bind_param(0.1, dialect)
    with pytest.raises(PriceInvalid):
        Price().process_bind_param(0.1, dialect)


ARITHMETIC: list[Callable[[], Any]] = [
    lambda: of.amount + Decimal(1),
    lambda: of.amount - Decimal(1),
    lambda: of.amount * 2,
    lambda: of.amount / 2,
    lambda: of.amount // 2,
    lambda: of.amount % 2,
    lambda: 1 + of.amount,
    lambda: 1 - of.amount,
    lambda: 2 * of.amount,
    lambda: 1 / of.amount,
    lambda: of.price_per_kwh * 2,
    lambda: of.amount + of.amount,
    lambda: of.amount.op("+")(1),
    lambda: of.amount.label("renamed") + 1,
    lambda: sa.func.sum(of.amount) - Decimal(1),
    lambda: sa.func.sum(of.amount) + sa.func.sum(of.amount),
    lambda: sa.func.sum(of.amount) / sa.func.count(),
    lambda: sa.func.coalesce(sa.func.sum(of.amount), Decimal(0)) + Decimal(1),
    lambda: of.wh * of.price_per_kwh,
    lambda: sa.literal(1) - of.amount,
    lambda: sa.func.sum(of.wh * of.price_per_kwh),
]
MIXED_SCALES: list[Callable[[], Any]] = [
    lambda: of.amount > of.price_per_kwh,
    lambda: of.amount == of.wh,
    lambda: of.wh < of.amount,
    lambda: of.amount > sa.literal(5),
]


@pytest.mark.parametrize("made", range(len(ARITHMETIC)))
def test_the_database_may_not_compute_with_money(made: int) -> None:
    with pytest.raises(TypeError, match="may not compute"):
        str(sa.select(ARITHMETIC[made]()))


@pytest.mark.parametrize("made", range(len(MIXED_SCALES)))
def test_the_database_may_not_compare_numbers_of_different_scales(made: int) -> None:
    with pytest.raises(TypeError, match="scales differ"):
        str(sa.select(MIXED_SCALES[made]()))


def test_sums_comparisons_lists_and_cases_are_allowed() -> None:
    allowed = sa.select(
        sa.func.sum(of.amount), -of.amount, sa.case((of.amount > Decimal(0), of.amount), else_=-of.amount)
    ).where(
        of.amount.between(Decimal(1), Decimal(2)),
        of.amount.in_([Decimal(1)]),
        of.amount.is_not(None),
        of.amount != sa.select(sa.func.max(of.amount)).scalar_subquery(),
    )

    assert "sum(" in str(allowed)


def test_sql_server_gets_exact_decimals_and_instants_of_milliseconds() -> None:
    created = on_sql_server(sa.schema.CreateTable(SAMPLES))

    for written in (
        "amount NUMERIC(28, 7)",
        "price_per_kwh NUMERIC(11, 4)",
        "at DATETIME2(3)",
        "colour VARCHAR(24)",
        "details NVARCHAR(max)",
    ):
        assert written in created


def test_sql_server_compares_money_unscaled_and_instants_without_zone() -> None:
    instant = datetime(2026, 3, 1, 12, 30, 0, 123_999, tzinfo=UTC)

    asked = on_sql_server(sa.select(of.wh).where(of.amount > Decimal("-1.5"), of.at < instant))

    assert "amount > -1.5" in asked
    assert "at < '2026-03-01 12:30:00.123000'" in asked


@given(instant=instants)
def test_an_instant_comes_back_cut_to_milliseconds(samples: Database, instant: datetime) -> None:
    cut = instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    assert stored(samples, at=instant).at == cut
    assert from_epoch_ms(to_epoch_ms(cut)) == cut


def test_an_instant_of_another_zone_is_the_same_instant(samples: Database) -> None:
    row = stored(samples, at=datetime(2026, 1, 1, 5, 45, tzinfo=KATHMANDU))

    assert row.at == NEW_YEAR
    assert row.at.tzinfo is UTC


def test_sql_server_is_given_utc_without_zone_and_answers_with_one() -> None:
    bound = Instant().process_bind_param(datetime(2026, 1, 1, 5, 45, tzinfo=KATHMANDU), SQL_SERVER)
    found = Instant().process_result_value(WITHOUT_ZONE, SQL_SERVER)

    assert bound == WITHOUT_ZONE
    assert found == NEW_YEAR


def test_an_instant_without_zone_is_refused(samples: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="no zone"):
        stored(samples, at=WITHOUT_ZONE)


def test_a_word_comes_back_as_its_word(samples: Database) -> None:
    assert stored(samples, colour=Colour.BLUE).colour is Colour.BLUE
    assert stored(samples, colour="red").colour is Colour.RED
    assert stored(samples, colour=None).colour is None


def test_a_word_of_no_list_is_refused(samples: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="green"):
        stored(samples, colour="green")


def test_details_come_back_and_are_written_in_one_order(samples: Database) -> None:
    row = stored(samples, details={"b": [1, "ü"], "a": None})

    assert row.details == {"a": None, "b": [1, "ü"]}
    assert Details().process_bind_param({"b": 1, "a": "ü"}, SQL_SERVER) == '{"a": "ü", "b": 1}'


def test_details_hold_no_number_that_is_none(samples: Database) -> None:
    with pytest.raises(sa.exc.StatementError):
        stored(samples, details={"power_w": float("nan")})


def new_sqlite() -> Dialect:
    made: Callable[[], Dialect] = sqlite.dialect
    return made()
