"""Late handovers: what is moved are the Wh that were charged, to the last one, each side at its own prices."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from prepaid.charging import Mark, Part
from prepaid.handovers import Charged, Moved, moved_between, stays_wh
from prepaid.records import ChargeCause, Source
from prepaid.site import Site
from prepaid.units import add, cost
from tests.enforcer.site_of_rules import BAKERY, OFFICES, SHOPS, site_of
from tests.enforcer.site_of_rules import at as second

GRID, GENERATOR = Source.GRID, Source.GENERATOR
OLD = Decimal("0.15")
HOUR_S = 3600
MOST_S = 40 * HOUR_S
PRICES = st.dictionaries(st.integers(1, MOST_S), st.integers(0, 5000), max_size=3)
USED = st.lists(st.tuples(st.integers(0, 3 * HOUR_S), st.integers(0, 50_000)), min_size=1, max_size=12)


def site(*prices: tuple[float, str]) -> Site:
    """The account that came too late, on a plan with these prices."""
    return site_of({(SHOPS, GRID): prices, (SHOPS, GENERATOR): [(-1e6, "0.4")]})


def charges(*used: tuple[int, int], source: Source = GRID, price: Decimal = OLD) -> list[Charged]:
    """One charge after the other, each with its seconds and Wh; the counter begins at 1000."""
    found, mark = [], Mark(second(0), 1000)
    for seconds, wh in used:
        end = Mark(mark.at + timedelta(seconds=seconds), mark.wh + wh)
        part = Part(mark, end, ChargeCause.HOUR, spread=False)
        found.append(Charged(source=source, part=part, price_per_kwh=price))
        mark = end
    return found


def moved(charged: list[Charged], handed_over_at: datetime, *prices: tuple[float, str]) -> tuple[Moved, ...]:
    return moved_between(charged, handed_over_at, site(*prices), BAKERY)


def test_of_a_charge_across_the_instant_only_what_lies_behind_it_is_moved() -> None:
    charged = charges((3600, 1000), (3600, 600))

    [found] = moved(charged, second(1800), (-1e6, "0.15"))

    assert found == Moved(GRID, OLD, OLD, 500 + 600)


@given(used=USED, at_s=st.integers(0, MOST_S))
def test_what_stays_and_what_is_moved_are_all_that_was_charged(used: list[tuple[int, int]], at_s: int) -> None:
    charged, instant = charges(*used), second(at_s)

    stays = sum(stays_wh(each.part, instant) for each in charged)

    found = sum(each.wh for each in moved(charged, instant, (-1e6, "0.15")))
    assert stays + found == sum(each.part.wh for each in charged)
    assert all(0 <= stays_wh(each.part, instant) <= each.part.wh for each in charged)


def test_an_odd_wh_stays_with_the_account_after() -> None:
    """The counter at the instant is rounded down to a whole Wh, as everywhere."""
    [found] = moved(charges((3600, 3)), second(1800), (-1e6, "0.15"))

    assert found.wh == 2


def test_each_side_has_its_own_price_and_a_change_of_it_divides_the_charge() -> None:
    found = moved(charges((3600, 1000)), second(0), (-1e6, "0.2"), (900, "0.3"))

    assert found == (Moved(GRID, OLD, Decimal("0.2"), 250), Moved(GRID, OLD, Decimal("0.3"), 750))
    assert add(*(each.given_back for each in found)) == cost(1000, OLD)
    assert add(*(each.taken for each in found)) == Decimal("0.05") + Decimal("0.225")


def test_another_plan_from_an_instant_on_divides_it_too() -> None:
    of_two_plans = site_of(
        {(SHOPS, GRID): [(-1e6, "0.2")], (OFFICES, GRID): [(-1e6, "0.5")]}, plans=[(-1e6, SHOPS), (1800, OFFICES)]
    )

    found = moved_between(charges((3600, 1000)), second(0), of_two_plans, BAKERY)

    assert [(each.wh, each.price_after) for each in found] == [(500, Decimal("0.2")), (500, Decimal("0.5"))]


def test_what_was_charged_at_one_instant_is_moved_as_a_whole_or_not_at_all() -> None:
    charged = charges((3600, 10), (0, 7))

    assert sum(each.wh for each in moved(charged, second(3599), (-1e6, "0.2"))) == 8
    assert moved(charged, second(3600), (-1e6, "0.2")) == ()


@given(used=USED, prices=PRICES, handed_over=st.integers(0, MOST_S))
def test_no_wh_is_lost_or_made_whatever_the_prices_of_the_other_account(
    used: list[tuple[int, int]], prices: dict[int, int], handed_over: int
) -> None:
    steps = [(-1e6, "0.2"), *((float(at), str(Decimal(price).scaleb(-4))) for at, price in sorted(prices.items()))]
    charged = charges(*used)

    found = moved(charged, second(handed_over), *steps)

    kept = _kept_wh(charged, second(handed_over))
    assert sum(each.wh for each in found) == sum(wh for _, wh in used) - kept
    assert add(*(each.given_back for each in found)) == add(*(cost(each.wh, OLD) for each in found))


@given(used=USED, handed_over=st.integers(0, MOST_S))
def test_under_one_price_money_is_conserved_however_the_charges_were_split(
    used: list[tuple[int, int]], handed_over: int
) -> None:
    charged = charges(*used)

    found = moved(charged, second(handed_over), (-1e6, str(OLD)))

    given_back, taken = (add(*(getattr(each, side) for each in found)) for side in ("given_back", "taken"))
    assert given_back == taken
    assert given_back == cost(sum(wh for _, wh in used) - _kept_wh(charged, second(handed_over)), OLD)


def _kept_wh(charged: list[Charged], handed_over_at: datetime) -> int:
    """What the account before keeps, computed apart: whole charges, and of one that spans the instant its share."""
    total = 0
    for each in charged:
        begin, end = each.part.begin, each.part.end
        if end.at <= handed_over_at:
            total += each.part.wh
        elif begin.at < handed_over_at:
            passed, whole = handed_over_at - begin.at, end.at - begin.at
            total += each.part.wh * (passed // timedelta(milliseconds=1)) // (whole // timedelta(milliseconds=1))
    return total
