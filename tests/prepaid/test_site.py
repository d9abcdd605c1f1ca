"""Which plan and price hold at an instant, and where a charge must end because one of them changes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from prepaid.records import AccountKind, ChargeCause, Source, Stage
from prepaid.settings import SiteSettings
from prepaid.site import Account, PriceFrom, Site

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
SHOPS, OFFICES = 1, 2
GRID, GENERATOR = Source.GRID, Source.GENERATOR


def at(hours: float) -> datetime:
    return EIGHT + timedelta(hours=hours)


def site_of(plans: list[tuple[float, int]], prices: dict[tuple[int, Source], list[tuple[float, str]]]) -> Site:
    account = Account(
        account_id=7,
        number="A-7",
        kind=AccountKind.TENANT,
        stage=Stage.ENFORCED,
        currency="IQD",
        tenant_name="Bakery",
        emergency_credit=Decimal(0),
        restore_threshold=Decimal(0),
        exempt=False,
        plans=tuple((at(hours), plan_id) for hours, plan_id in plans),
    )
    return Site(
        site_id=1,
        name="Mall",
        zone=ZoneInfo("Asia/Baghdad"),
        zone_name="Asia/Baghdad",
        currency="IQD",
        language="en",
        settings=SiteSettings(),
        analyzers={},
        accounts={7: account},
        prices={key: tuple(PriceFrom(at(hours), Decimal(text)) for hours, text in of) for key, of in prices.items()},
    )


MOVED = site_of(
    [(-100, SHOPS), (2, OFFICES)],
    {
        (SHOPS, GRID): [(-50, "0.15"), (1, "0.16"), (3, "0.17")],
        (SHOPS, GENERATOR): [(-50, "0.40")],
        (OFFICES, GRID): [(-50, "0.20"), (1.5, "0.21"), (4, "0.22")],
    },
)


def test_a_price_holds_from_its_instant_on() -> None:
    assert MOVED.price(7, GRID, at(0.999)) == (SHOPS, Decimal("0.15"))
    assert MOVED.price(7, GRID, at(1)) == (SHOPS, Decimal("0.16"))


def test_another_plan_brings_its_own_price_from_its_instant_on() -> None:
    assert MOVED.price(7, GRID, at(2)) == (OFFICES, Decimal("0.21"))


def test_consumption_before_any_price_is_free_and_a_plan_without_a_price_too() -> None:
    assert MOVED.price(7, GRID, at(-60)) == (SHOPS, Decimal(0))
    assert MOVED.price(7, GENERATOR, at(5)) == (OFFICES, Decimal(0))


def test_the_first_plan_holds_also_before_it_began() -> None:
    assert MOVED.price(7, GRID, at(-200))[0] == SHOPS


def test_only_prices_of_the_plan_in_force_make_boundaries() -> None:
    found = {(boundary.at, boundary.cause) for boundary in MOVED.price_boundaries(7, GRID, at(0), at(5))}

    assert found == {(at(1), ChargeCause.PRICE), (at(2), ChargeCause.PLAN), (at(4), ChargeCause.PRICE)}


def test_a_boundary_belongs_to_the_period_that_it_ends() -> None:
    assert [boundary.at for boundary in MOVED.price_boundaries(7, GRID, at(0), at(1))] == [at(1)]
    assert MOVED.price_boundaries(7, GRID, at(1), at(1.9)) == []


@given(begin=st.floats(-60, 6), end=st.floats(-60, 6))
def test_between_two_boundaries_one_price_holds(begin: float, end: float) -> None:
    after, until = at(min(begin, end)), at(max(begin, end))
    boundaries = sorted(boundary.at for boundary in MOVED.price_boundaries(7, GRID, after, until))

    if not boundaries:
        assert MOVED.price(7, GRID, after) == MOVED.price(7, GRID, until)
    else:
        assert MOVED.price(7, GRID, after) == MOVED.price(7, GRID, boundaries[0] - timedelta(milliseconds=1))
        assert MOVED.price(7, GRID, boundaries[-1]) == MOVED.price(7, GRID, until)
