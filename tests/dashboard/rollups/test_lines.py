"""Who used how much and what was lost between: names, shares, changes, and energy that balances."""

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from dashboard.rollups.lines import Rank, change, lines_of, lines_table, losses, ranking
from prepaid.records import AccountKind, Purpose, Source
from prepaid.units import ZERO
from sql.questions.consumption import Chosen, LineSum, OpenGround
from sql.questions.subjects import AccountSubject, AnalyzerSubject, Subjects
from tests.building import MORNING

HOUSE = AccountSubject(1, "H1", AccountKind.HOUSE, "IQD", None, None, None)
BAKERY = AccountSubject(2, "A2", AccountKind.TENANT, "IQD", 20, "Bakery", "G-1")
FLORIST = AccountSubject(3, "A3", AccountKind.TENANT, "IQD", 30, "Florist", None)
DOLLARS = AccountSubject(4, "A4", AccountKind.TENANT, "USD", 40, "Exchange", None)
OVEN, FRIDGE, WINDOW, EMPTY, DESK = 11, 12, 13, 14, 15
GRID_IN, GENERATOR_IN, STAIRS, CHECK = 16, 17, 18, 19
SUBJECTS = Subjects(
    (HOUSE, BAKERY, FLORIST, DOLLARS),
    (
        *(
            AnalyzerSubject(each, name, Purpose.TENANT, False)
            for each, name in ((OVEN, "Oven"), (FRIDGE, "Fridge"), (WINDOW, "Window"), (EMPTY, "Empty"), (DESK, "Desk"))
        ),
        AnalyzerSubject(GRID_IN, "Grid", Purpose.GRID_INCOMER, False),
        AnalyzerSubject(GENERATOR_IN, "Generator", Purpose.GENERATOR_INCOMER, False),
        AnalyzerSubject(STAIRS, "Stairs", Purpose.COMMON, False),
        AnalyzerSubject(CHECK, "Check", Purpose.CHECK, False),
    ),
)


def line(analyzer_id: int, account: AccountSubject, grid_wh: int, generator_wh: int = 0, **more: Any) -> LineSum:
    amounts = {"grid_amount": Decimal(grid_wh).scaleb(-3), "generator_amount": Decimal(generator_wh).scaleb(-2)}
    return LineSum(
        **{
            "analyzer_id": analyzer_id,
            "account_id": account.account_id,
            "grid_wh": grid_wh,
            "generator_wh": generator_wh,
            **amounts,
            "spread": False,
            **more,
        }
    )


LINES = [
    line(OVEN, BAKERY, 600, 100),
    line(FRIDGE, BAKERY, 100, spread=True),
    line(WINDOW, FLORIST, 150, 50),
    line(DESK, DOLLARS, 90),
    line(EMPTY, HOUSE, 5, grid_amount=ZERO),
    line(STAIRS, HOUSE, 20, 2, grid_amount=ZERO),
    line(GRID_IN, HOUSE, 1_000, grid_amount=ZERO),
    line(GENERATOR_IN, HOUSE, 0, 160),
    line(CHECK, HOUSE, 700, grid_amount=ZERO),
]
TABLE = lines_table(LINES, [], SUBJECTS)
NOTHING = lines_table([], [], SUBJECTS)


def sold(table: pd.DataFrame, currency: str) -> pd.DataFrame:
    return lines_of(table, Chosen(site_id=1, currency=currency), SUBJECTS)


def test_only_tenants_in_one_currency_count_as_sold() -> None:
    assert list(sold(TABLE, "IQD")["analyzer_id"]) == [OVEN, FRIDGE, WINDOW]
    assert list(sold(TABLE, "USD")["analyzer_id"]) == [DESK]


def test_tenants_are_ranked_by_what_all_their_analyzers_used() -> None:
    of_tenants = sold(TABLE, "IQD")

    found = ranking(of_tenants, of_tenants, NOTHING, Rank.TENANT)

    assert list(found["title"]) == ["Bakery", "Florist"]
    assert list(found["wh"]) == [800, 200]
    assert list(found["share"]) == [0.8, 0.2]
    assert list(found["amount"]) == [Decimal("1.7"), Decimal("0.65")]
    assert list(found["tenant_id"]) == [20, 30]
    assert list(found["spread"]) == [True, False]
    assert list(found["change"]) == [None, None]


def test_analyzers_are_ranked_by_themselves() -> None:
    of_tenants = sold(TABLE, "IQD")

    found = ranking(of_tenants, of_tenants, NOTHING, Rank.ANALYZER)

    assert list(found["title"]) == ["Oven", "Window", "Fridge"]


def test_the_change_compares_what_is_complete_with_the_span_before() -> None:
    now = sold(TABLE, "IQD")
    done = lines_table([line(OVEN, BAKERY, 500)], [], SUBJECTS)
    earlier = lines_table([line(OVEN, BAKERY, 400), line(WINDOW, FLORIST, 10)], [], SUBJECTS)

    assert list(ranking(now, done, earlier, Rank.TENANT)["change"]) == [0.25, -1.0]


def test_what_is_not_charged_yet_counts_for_its_tenant() -> None:
    ground = OpenGround(WINDOW, FLORIST.account_id, Source.GENERATOR, MORNING, 1_000, Decimal(7))
    table = sold(lines_table(LINES, [ground], SUBJECTS), "IQD")

    found = ranking(table, table, NOTHING, Rank.TENANT)

    assert list(found["title"]) == ["Florist", "Bakery"]
    assert list(found["wh"]) == [1_200, 800]
    assert list(found["amount"]) == [Decimal("7.65"), Decimal("1.7")]


def test_nobody_is_ranked_where_nothing_was_used() -> None:
    assert ranking(NOTHING, NOTHING, TABLE, Rank.TENANT).empty


@pytest.mark.parametrize(
    ("now_wh", "before_wh", "grown"), [(150, 100, Decimal("0.5")), (0, 100, Decimal(-1)), (5, 0, None)]
)
def test_nothing_is_compared_with_nothing(now_wh: int, before_wh: int, grown: Decimal | None) -> None:
    assert change(now_wh, before_wh) == grown


def test_what_comes_in_is_sold_common_vacant_or_unaccounted() -> None:
    found = losses(TABLE)

    assert found.supplied_wh == {Source.GRID: 1_000, Source.GENERATOR: 160}
    assert found.sold_wh == {Source.GRID: 940, Source.GENERATOR: 150}
    assert found.common_wh == {Source.GRID: 20, Source.GENERATOR: 2}
    assert found.vacant_wh == {Source.GRID: 5, Source.GENERATOR: 0}
    assert [found.unaccounted_wh(source) for source in Source] == [35, 8]
    assert found.share == Decimal(43) / 1160


def test_a_site_without_incomers_has_no_share_of_losses() -> None:
    found = losses(lines_table([line(OVEN, BAKERY, 5)], [], SUBJECTS))

    assert (found.all_supplied_wh, found.share) == (0, None)
