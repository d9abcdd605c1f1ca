"""Who was out of sight: by a silence, a hold or a downtime of more than 15 minutes, each analyzer by itself."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from enforcer.accept import accept
from enforcer.notices import out_of_sight
from prepaid.records import Reading
from prepaid.site import Site
from tests.enforcer.moving_prices import PRICES
from tests.enforcer.site_of_rules import BAKERY, OVEN, SHOPS, STARTED_S, Passes, at, read, site_of

FRIDGE = 2
QUARTER_S = 900


def begun(site: Site) -> Passes:
    """The oven was read last at the second 0."""
    passes = Passes(site)
    passes.run([read(-5, 1000), read(0, 1000)])
    return passes


def unseen(passes: Passes, readings: Sequence[Reading], now_s: float) -> bool:
    judged = accept(passes.site, passes.books, readings, STARTED_S)
    return BAKERY in out_of_sight(passes.site, passes.books, judged, None, at(now_s))


@pytest.mark.parametrize(("silent_s", "found"), [(QUARTER_S, False), (QUARTER_S + 1, True)])
def test_who_is_not_read_for_more_than_a_quarter_of_an_hour_is_out_of_sight(silent_s: float, found: bool) -> None:
    """Whether nothing answers, or the enforcer has just been started again."""
    assert unseen(begun(site_of(PRICES)), [], silent_s) is found


def test_it_is_so_in_the_pass_too_that_believes_its_counters_again(now_s: float = 3600) -> None:
    passes = begun(site_of(PRICES))
    passes.run([read(now_s, 1500)])

    back = unseen(passes, [read(now_s + 5, 1501)], now_s + 5)
    passes.run([read(now_s + 5, 1501)])

    assert back
    assert not unseen(passes, [read(now_s + 10, 1502)], now_s + 10)


def test_an_analyzer_that_stays_silent_does_not_count_beside_one_that_is_read() -> None:
    site = site_of(PRICES, plans=[(-1e6, SHOPS)])
    fridge = replace(site.analyzers[OVEN], analyzer_id=FRIDGE, name="Fridge")
    passes = begun(replace(site, analyzers={**site.analyzers, FRIDGE: fridge}))
    passes.books[FRIDGE] = passes.books[OVEN]

    passes.run([read(second, 1000 + second // 10) for second in range(5, 3600, 5)])

    assert not unseen(passes, [read(3600, 1360)], 3600)
    assert unseen(passes, [], 3600 + 2 * QUARTER_S)


def test_an_analyzer_that_was_never_read_has_nothing_to_be_seen() -> None:
    assert not unseen(Passes(site_of(PRICES)), [], 3600)
