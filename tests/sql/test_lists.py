"""Long lists: as long as the largest site has accounts, in statements that SQL Server takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

from prepaid.alerts import Level
from prepaid.charging import Mark, Part
from prepaid.forecast import Forecast
from prepaid.records import ChargeCause, Source
from sql.connection import Connection, Database
from sql.forecasts import latest_forecasts, save_forecasts
from sql.guard import days_foreseen, hold, let_go, mark_unexpected
from sql.hours import HourLine, add_hours
from sql.ledger import ChargeDetail, charge_posting, lock_heads, post
from sql.lists import Numbers, among
from sql.tables import account_heads, accounts, crossings, hours
from tests.sql.smallest_site import NOW, SmallestSite, smallest_site
from tests.sql.statements import PARAMETERS_AT_MOST, widths

LARGE = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One analyzer, and as many accounts as the largest site has."""

    conn: Connection
    site: SmallestSite
    account_ids: list[int]


@pytest.fixture
def large(database: Database) -> Iterator[Large]:
    with database.writing() as conn:
        site = smallest_site(conn)
        pattern = dict(conn.execute(sa.select(accounts)).mappings().one())
        del pattern["id"]
        conn.execute(accounts.insert(), [{**pattern, "number": f"A-{place}"} for place in range(2, LARGE + 1)])
        account_ids = list(conn.scalars(sa.select(accounts.c.id).order_by(accounts.c.id)))
        heads = [{"account_id": each, "entry_no": 1, "balance": Decimal(0)} for each in account_ids]
        conn.execute(account_heads.insert(), heads)
        levels = [{"account_id": each, "level": Level.EXHAUSTED, "armed_by_entry_no": 1} for each in account_ids]
        conn.execute(crossings.insert(), [{**each, "exhausted_at": NOW} for each in levels])
        yield Large(conn=conn, site=site, account_ids=account_ids)


def foreseen(large: Large) -> dict[int, Forecast]:
    one = Forecast(
        made_at=NOW - timedelta(days=2),
        days_left=5.0,
        ends_at=None,
        ends_early_at=None,
        ends_late_at=None,
        generator_share=0.0,
        daily_amount=Decimal(1),
        live_balance=Decimal(5),
        emergency_credit=Decimal(0),
    )
    return dict.fromkeys(large.account_ids, one)


def held(large: Large) -> int:
    return large.conn.scalar(sa.select(sa.func.count()).where(crossings.c.guarded_at.is_not(None))) or 0


@pytest.mark.parametrize("numbers", [[], [3], [3, 1, 3], list(range(1, LARGE + 1))])
def test_a_list_of_any_length_is_one_parameter(database: Database, numbers: list[int]) -> None:
    question = sa.select(sa.literal(3)).where(among(sa.literal(3), numbers))

    with database.reading() as conn:
        found = conn.scalars(question).all()

    assert found == ([3] if 3 in numbers else [])


def test_it_is_the_same_question_on_sql_server() -> None:
    new_dialect: Callable[[], Dialect] = mssql.dialect
    question = sa.select(accounts.c.id).where(among(accounts.c.id, sa.bindparam("ids", type_=Numbers)))

    written = str(question.compile(dialect=new_dialect()))

    assert "IN (SELECT CAST(value AS BIGINT) FROM OPENJSON(CAST(:ids AS NVARCHAR(max))))" in written


def test_a_mass_cut_of_the_largest_site_fits_into_the_statements_of_sql_server(large: Large) -> None:
    ids = large.account_ids
    with widths(large.conn) as wide:
        save_forecasts(large.conn, foreseen(large))
        known = days_foreseen(large.conn, large.site.site_id, ids, NOW)
        mark_unexpected(large.conn, ids, NOW)
        hold(large.conn, ids, NOW)
        all_of_them = held(large)
        let_go(large.conn, ids)

        assert len(known) == all_of_them == LARGE
        assert held(large) == 0
        assert len(latest_forecasts(large.conn, large.site.site_id, ids)) == LARGE

    assert max(wide) <= PARAMETERS_AT_MOST


def test_a_pass_over_the_largest_site_fits_into_them(large: Large) -> None:
    details = [
        ChargeDetail(
            analyzer_id=large.site.analyzer_id,
            base_id=large.site.base_id,
            source=Source.GRID,
            part=Part(Mark(NOW, place), Mark(NOW + timedelta(hours=1), place + 1), ChargeCause.HOUR, spread=False),
            plan_id=large.site.plan_id,
            price_per_kwh=Decimal("0.15"),
        )
        for place in range(LARGE)
    ]
    lines = [
        HourLine(
            hour_at=NOW + timedelta(hours=place % 24),
            analyzer_id=large.site.analyzer_id,
            account_id=account_id,
            source=Source.GRID,
            wh=1,
            amount=Decimal("0.00015"),
            spread=False,
        )
        for place, account_id in enumerate(large.account_ids)
    ]

    with widths(large.conn) as wide:
        lock_heads(large.conn, large.account_ids, large.account_ids)
        postings = [charge_posting(each, detail, "t") for each, detail in zip(large.account_ids, details, strict=True)]
        post(large.conn, postings, NOW + timedelta(hours=1))
        add_hours(large.conn, lines)
        add_hours(large.conn, lines)

        twice = sa.select(sa.func.count()).where(hours.c.grid_wh == 2)
        assert large.conn.scalar(twice) == LARGE

    assert max(wide) <= PARAMETERS_AT_MOST
