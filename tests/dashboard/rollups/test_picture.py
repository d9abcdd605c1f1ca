"""One picture of a choice: the running hour is completed, what is not meant is left out, changes are fair."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.consumption.losses import losses_file
from dashboard.consumption.over_time import time_file
from dashboard.consumption.ranking import ranking_file
from dashboard.rollups.lines import Rank, ids_of, losses, ranking
from dashboard.rollups.picture import Answers, Picture, Sums, picture
from documents.formats import Formats
from prepaid.records import Source
from prepaid.spans import Bucket, Span
from prepaid.units import ZERO
from sql.questions.consumption import Chosen, HourSum, LineSum, OpenGround
from tests.building import MORNING
from tests.dashboard.rollups.test_lines import (
    BAKERY,
    DESK,
    EMPTY,
    FLORIST,
    FRIDGE,
    GRID_IN,
    HOUSE,
    OVEN,
    STAIRS,
    SUBJECTS,
    WINDOW,
    line,
)

BAGHDAD = ZoneInfo("Asia/Baghdad")
WORDS = Formats("en", BAGHDAD)
HOUR = timedelta(hours=1)
SPAN = Span(MORNING - 2 * HOUR, MORNING + HOUR)
BEFORE = Span(MORNING - 4 * HOUR, MORNING - 2 * HOUR)
TENANTS = Chosen(site_id=1, currency="IQD")


def hour(hours_ago: int, grid_wh: int) -> HourSum:
    return HourSum(MORNING - hours_ago * HOUR, grid_wh, 0, Decimal(grid_wh).scaleb(-3), ZERO, False)


def ground(analyzer_id: int, account_id: int, wh: int, hours_ago: int = 0) -> OpenGround:
    since_at = MORNING - hours_ago * HOUR + timedelta(minutes=5)
    return OpenGround(analyzer_id, account_id, Source.GENERATOR, since_at, wh, Decimal(wh).scaleb(-2))


def seen(
    *,
    hours: Sequence[HourSum] = (hour(2, 100), hour(1, 60)),
    grounds: Sequence[OpenGround] = (),
    done: Sequence[LineSum] = (line(OVEN, BAKERY, 100), line(WINDOW, FLORIST, 60)),
    chosen: Chosen = TENANTS,
    **more: Any,
) -> Picture:
    answers = Answers(
        **{
            "at": MORNING + timedelta(minutes=20),
            "subjects": SUBJECTS,
            "hours": hours,
            "grounds": grounds,
            "done": done,
            "running": (),
            "before": (line(OVEN, BAKERY, 80),),
            "forgone": (),
            "first_hour_at": BEFORE.from_at,
            "before_span": BEFORE,
            "of_site": True,
            **more,
        }
    )
    return picture(answers, chosen, SPAN, Bucket.HOUR, BAGHDAD)


def test_the_running_hour_is_what_is_not_charged_yet_and_changes_leave_it_out() -> None:
    found = seen(grounds=[ground(OVEN, BAKERY.account_id, 7)])

    assert found.total == Sums(160, 7, Decimal("0.23"))
    assert (found.done, found.before) == (Sums(160, 0, Decimal("0.16")), Sums(80, 0, Decimal("0.08")))
    assert list(found.buckets["grid_wh"] + found.buckets["generator_wh"]) == [100, 60, 7]
    assert list(found.buckets["running"]) == [False, False, True]
    assert list(found.complete) == [100, 60]
    assert int(found.now_lines["generator_wh"].sum()) == 7


def test_what_others_use_or_began_outside_the_span_is_left_out() -> None:
    strangers = [ground(STAIRS, HOUSE.account_id, 5), ground(DESK, 4, 9), ground(OVEN, BAKERY.account_id, 3, 9)]

    found = seen(grounds=strangers)

    assert found.total.generator_wh == 0
    assert found.site is not None
    assert losses(found.site).common_wh[Source.GENERATOR] == 5


def test_nothing_is_compared_with_a_time_that_nobody_knows() -> None:
    for unknown in ({"first_hour_at": None}, {"first_hour_at": BEFORE.from_at + HOUR}):
        found = seen(**unknown)

        assert found.before is None
        assert list(ranking(found.now_lines, found.done_lines, found.before_lines, Rank.TENANT)["change"]) == [None] * 2


def test_losses_are_those_of_the_whole_site_only() -> None:
    assert seen(of_site=False).site is None


def test_a_choice_means_the_same_accounts_and_analyzers_as_the_statements() -> None:
    def meant(**chosen: Any) -> tuple[set[int], set[int]]:
        accounts, analyzers = ids_of(Chosen(site_id=1, **{"currency": "IQD", **chosen}), SUBJECTS)
        return set(accounts), set(analyzers)

    tenants = {OVEN, FRIDGE, WINDOW, EMPTY, DESK}
    assert meant() == ({2, 3}, tenants)
    assert meant(currency="USD") == ({4}, tenants)
    assert meant(account_ids=(3, 4)) == ({3}, tenants)
    assert meant(analyzer_ids=(GRID_IN, OVEN)) == ({1, 2, 3}, {GRID_IN, OVEN})


def test_a_picture_of_nothing_is_empty() -> None:
    found = seen(hours=(), done=())

    assert found.is_empty
    assert list(found.buckets["grid_wh"]) == [0, 0, 0]


def test_files_have_exact_numbers_and_the_clock_of_the_site() -> None:
    found = seen(grounds=[ground(OVEN, BAKERY.account_id, 7)])

    times = time_file(found, WORDS)
    ranks = ranking_file(ranking(found.now_lines, found.done_lines, found.before_lines, Rank.TENANT), "IQD")

    assert times["from"][0] == "2026-01-05T09:00:00+03:00"
    assert [str(each) for each in times["grid_kwh"]] == ["0.100", "0.060", "0.000"]
    assert [Decimal(each) for each in times["generator_amount"]] == [ZERO, ZERO, Decimal("0.07")]
    assert list(ranks["name"]) == ["Bakery", "Florist"]
    assert [Decimal(each) for each in ranks["amount"]] == [Decimal("0.17"), Decimal("0.06")]
    assert found.site is not None
    assert list(losses_file(losses(found.site))["source"]) == ["grid", "generator"]
    for table in (times, ranks):
        assert "NaN" not in table.drop(columns=["change"], errors="ignore").to_csv(index=False)
        assert isinstance(table, pd.DataFrame)


def test_what_is_over_and_not_charged_yet_counts_in_every_change_alike() -> None:
    found = seen(
        hours=(hour(2, 100),), done=(line(OVEN, BAKERY, 100),), grounds=[ground(OVEN, BAKERY.account_id, 60, 1)]
    )

    assert found.done.wh == 160
    assert list(ranking(found.now_lines, found.done_lines, found.before_lines, Rank.TENANT)["change"]) == [1.0]
