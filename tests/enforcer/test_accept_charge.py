"""From readings to charges: boundaries, handovers, restarts and new bases, one at a time."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from prepaid.metering import COUNTERS_RESET, RESTARTED, Verdict
from prepaid.records import ChargeCause
from tests.enforcer.moving_prices import BEGINNING, GENERATOR, GRID, MOVING, PRICES, SITE, begun
from tests.enforcer.site_of_rules import (
    BAKERY,
    FLORIST,
    HOUSE,
    OFFICES,
    OVEN,
    RATED_W,
    SHOPS,
    Passes,
    at,
    handing_over,
    read,
    site_of,
)

HOUR, PRICE, PLAN, GAP = ChargeCause.HOUR, ChargeCause.PRICE, ChargeCause.PLAN, ChargeCause.GAP


def parts(passes: Passes) -> list[tuple[str, int, int, ChargeCause]]:
    """(source, from, to, cause) of every charge."""
    return [(line.source, line.part.begin.wh, line.part.end.wh, line.part.cause) for line in passes.lines]


# --- the boundaries, one by one -----------------------------------------------------------------------------------


def test_within_an_hour_nothing_is_charged_and_everything_is_unbilled() -> None:
    passes = begun()

    passes.run([read(5, 1010, 3), read(10, 1030, 3)])

    assert parts(passes) == [("grid", 1000, 1005, HOUR), ("generator", 0, 1, HOUR)]
    assert passes.unbilled_wh == 25 + 2


def test_at_the_hour_the_ground_is_divided_on_the_line_between_the_two_readings() -> None:
    passes = begun()

    passes.run([read(second, 1000 + second) for second in range(0, 3598, 898)])
    passes.run([read(3602, 4600)])

    assert parts(passes)[-1] == ("grid", 1000, 4598, HOUR)
    assert passes.lines[-1].part.end.at == at(3600)
    assert passes.unbilled_wh == 2


def test_a_price_change_of_one_source_charges_that_source_alone() -> None:
    passes = begun()
    passes.run([read(1, 1000, 0), read(890, 3000, 100)])
    for second in range(1780, 5001, 890):
        passes.run([read(second, 1000 + second, 100)])

    made = passes.run([read(5_001, 6001, 140)])

    assert [(line.source, line.part.cause, line.part.end.at) for line in made.lines] == [(GRID, PRICE, at(5_000.25))]
    assert passes.books[OVEN].due_at == at(7_200)


def test_a_plan_change_charges_both_sources_at_the_old_prices() -> None:
    passes = begun(MOVING)
    passes.run([read(second, 1000 + second, second // 2) for second in range(0, 6_999, 800)])
    before = len(passes.lines)

    passes.run([read(7_000, 8000, 3500), read(7_005, 8005, 3505)])

    made = passes.lines[before:]
    assert [(line.source, line.part.cause, line.plan_id) for line in made] == [
        (GRID, PLAN, SHOPS),
        (GENERATOR, PLAN, SHOPS),
    ]
    assert [line.price_per_kwh for line in made] == [Decimal("0.1601"), Decimal("0.4000")]


def test_a_supply_change_ends_the_charges_before_and_behind_it() -> None:
    passes = begun()
    passes.run([read(100, 1500)])
    passes.supply_changed(102)

    passes.run([read(105, 1510), read(110, 1520)])

    assert [part for part in parts(passes) if part[3] is ChargeCause.SUPPLY] == [
        ("grid", 1023, 1504, ChargeCause.SUPPLY)
    ]
    assert passes.books[OVEN].supply_changed_at == ()


def test_after_a_silence_the_known_part_and_the_gap_are_charged_at_once() -> None:
    passes = begun()
    passes.run([read(100, 1100)])

    passes.run([read(2_000, 9_000), read(2_005, 9_005)])

    assert passes.verdicts[-2:] == [Verdict.AWAITED, Verdict.ADVANCE]
    assert [line.part.cause for line in passes.lines[-2:]] == [GAP, GAP]
    assert [line.part.spread for line in passes.lines[-2:]] == [False, True]
    assert passes.unbilled_wh == 0
    assert passes.charged_wh == 8_005


def test_a_silence_over_a_price_change_has_one_part_for_each_price() -> None:
    passes = begun()
    passes.run([read(100, 1100)])

    passes.run([read(10_000, 11_000), read(10_100, 11_100)])

    silent = [line for line in passes.lines if line.part.spread]
    assert [line.price_per_kwh for line in silent] == [Decimal("0.1500"), Decimal("0.1601")]
    assert sum(line.part.wh for line in silent) == 10_000
    assert [hour.hour_at for hour in passes.hours if hour.spread] == [at(0), at(3600), at(3600), at(7200)]


def test_a_handover_charges_the_old_account_up_to_it_and_the_new_one_from_there() -> None:
    passes = begun()
    passes.run([read(100, 1100, 10)])
    passes.reload(handing_over(SITE, FLORIST, 103))

    passes.run([read(102, 1102, 10)])
    passes.run([read(105, 1110, 12), read(110, 1120, 12)])
    passes.run([read(second, 1_110 + second, 20) for second in (900, 1_700, 2_500, 3_300, 3_590, 3_605)])

    of = {
        account: sum(line.part.wh for line in passes.lines if line.account_id == account)
        for account in (BAKERY, FLORIST)
    }
    assert of == {BAKERY: 110 + 12, FLORIST: 3_600 + 8}
    assert {line.plan_id for line in passes.lines if line.account_id == FLORIST} == {OFFICES}
    assert {line.part.cause for line in passes.lines if line.part.end.at == at(105)} == {ChargeCause.HANDOVER}


def test_readings_behind_a_handover_wait_so_that_boundaries_are_drawn_for_the_new_account() -> None:
    passes = begun()
    passes.run([read(second, 1000 + second) for second in (800, 1_600, 2_400, 3_200)])
    passes.reload(handing_over(SITE, FLORIST, 3_300))

    passes.run([read(3_400, 4_400), read(3_500, 4_500), read(3_700, 4_700)])
    passes.run([read(3_705, 4_705)])

    assert [(line.account_id, line.part.begin.wh, line.part.end.wh) for line in passes.lines[1:]] == [
        (BAKERY, 1_004, 4_400),
        (FLORIST, 4_400, 4_600),
    ]


def test_the_first_assignment_begins_with_the_first_base_and_charges_nothing() -> None:
    passes = Passes(handing_over(SITE, FLORIST, -100))

    made = [passes.run([reading]) for reading in BEGINNING]

    assert [len(each.handovers) for each in made] == [0, 1]
    assert passes.lines == []


def test_an_assignment_asked_for_later_waits() -> None:
    passes = begun()
    passes.reload(handing_over(SITE, FLORIST, 1_000))

    assert passes.run([read(100, 1100)]).handovers == []


def test_the_house_pays_nothing_for_what_it_uses() -> None:
    passes = begun(site_of(PRICES, account_id=HOUSE))

    passes.run([read(second, 1000 + second) for second in range(0, 8_000, 800)])

    assert passes.charged_wh > 7_000
    assert {(line.account_id, line.price_per_kwh) for line in passes.lines} == {(HOUSE, Decimal(0))}
    assert passes.amount == 0


def test_while_time_is_in_doubt_boundaries_wait_and_nothing_is_lost() -> None:
    passes = begun()
    for second in range(0, 3_500, 700):
        passes.run([read(second, 1000 + second)])
    charged = passes.charged_wh

    passes.run([read(3_590, 4_590), read(3_605, 4_605), read(3_610, 4_610)], trusted=False)
    waiting = passes.charged_wh
    passes.run([read(3_615, 4_615)])

    assert waiting == charged
    assert parts(passes)[-1] == ("grid", 1000, 4_610, HOUR)
    assert passes.charged_wh + passes.unbilled_wh == passes.used_wh == 3_615


def test_a_reset_charges_what_the_old_base_still_owed_and_goes_on_from_zero() -> None:
    passes = begun()
    passes.run([read(100, 1_500)])

    passes.run([read(160, 20, bits=COUNTERS_RESET), read(165, 40, bits=COUNTERS_RESET), read(170, 60)])
    passes.run([read(3_595 + second, 3_000 + second) for second in range(0, 900, 300)])
    passes.run([read(second, 3_000 + second - 3_595) for second in range(4_500, 7_300, 700)])

    assert [line.part.cause for line in passes.lines if line.base_id == 1][-1] is ChargeCause.BASE
    assert passes.verdicts[3:6] == [Verdict.AWAITED, Verdict.NEW_BASE, Verdict.AWAITED]
    assert passes.charged_wh + passes.unbilled_wh == passes.used_wh == 500 + 3_000 + 6_600 - 3_595


def test_a_restart_charges_no_ground_twice() -> None:
    passes = begun()
    passes.run([read(second, 1_000 + second) for second in (0, 800, 1_600, 2_400, 3_200, 3_604)])
    passes.run([read(3_700, 4_500, bits=RESTARTED)])

    passes.run([read(second, 4_500 + second - 3_700) for second in range(4_300, 7_500, 600)])

    marks = [(line.part.begin.wh, line.part.end.wh) for line in passes.lines]
    assert all(begin == end for (_, end), (begin, _) in pairwise(marks))
    assert passes.charged_wh + passes.unbilled_wh == passes.used_wh
    assert passes.books[OVEN].meter.counter(GRID).highest_wh == 1_000 + passes.used_wh


def test_after_a_restart_the_line_to_a_boundary_begins_at_the_highest_counter() -> None:
    passes = begun()
    passes.run([read(0, 1_000), read(890, 1_500), read(1_780, 1_500), read(2_670, 1_500), read(3_500, 1_500)])
    passes.run([read(3_590, 1_450, bits=RESTARTED)])

    passes.run([read(3_610, 1_550)])

    assert parts(passes)[-1] == ("grid", 1_000, 1_525, HOUR)


def test_the_tariff_of_the_generator_is_a_property_of_the_analyzer() -> None:
    passes = begun(site_of(PRICES, generator_tariff=1))

    passes.run([read(5, 1020)])

    assert passes.books[OVEN].unbilled_wh(GENERATOR) + passes.charged_wh == 20
    assert passes.books[OVEN].unbilled_wh(GRID) == 0


def test_readings_of_an_analyzer_that_is_gone_are_passed_over() -> None:
    passes = begun()

    made = passes.run([read(5, 1020)._replace(analyzer_id=99)])

    assert made.books == {}


def test_elapsed_time_is_monotonic_within_a_run_and_what_is_stored_across_runs() -> None:
    """The wall clock runs an hour ahead: that gives no allowance. After a restart only the stored instant is known."""
    passes, later = begun(), begun()
    later.books[OVEN] = replace(later.books[OVEN], accepted_s=None)
    an_hour_of_wall = read(5, 1000 + RATED_W // 2, wall_s=3600)

    passes.run([an_hour_of_wall])
    later.run([an_hour_of_wall])

    assert passes.verdicts[-1] is Verdict.QUARANTINED
    assert later.verdicts[-1] is Verdict.AWAITED
