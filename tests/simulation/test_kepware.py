"""A site whose analyzers Kepware reads is charged and cut like one that is polled, whatever becomes of the log."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.records import Source
from prepaid.switching import Supply
from sql.check import check
from sql.tables import alerts, charges, kepware_states, supply_changes
from tests.simulation.logged import DataLogger, Row, is_counter
from tests.simulation.small_site import SmallSite, small_site

BAD = (0, 24, 28, 64)


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    """A shop with credit for half an hour of its rated load, which draws nothing yet."""
    with small_site(tmp_path, migrated_file, credit_h=0.5, logged=True) as made:
        made.run(60)
        yield made


def logger(site: SmallSite) -> DataLogger:
    assert site.world.logger is not None, "this site is read by Kepware"
    return site.world.logger


def draw(site: SmallSite, much: float) -> None:
    """What the shop draws, as a part of its rated power."""
    site.world.installed[0].demand = much
    site.world.feed()


def true_wh(site: SmallSite) -> float:
    """What the device of the shop shows for the grid."""
    site.world.advance_devices()
    return site.world.installed[0].device.counters.import_wh()[0]


def booked_wh(site: SmallSite) -> int:
    """How far the grid counter of the shop is in the books of the enforcer."""
    return site.node.worker.state.books[site.shop].meter.counter(Source.GRID).highest_wh


def nobody_reads(site: SmallSite, moments: int, before: Callable[[], None] = lambda: None) -> None:
    """Kepware logs on while no enforcer runs; what happens `before` happens when that one has ended."""
    polling = site.node.polling
    site.stop()
    before()
    for _moment in range(moments):
        site.world.loop.pass_until(site.world.loop.time() + 5)
        site.world.feed()
        site.world.loop.finish(polling.poll())
        logger(site).log(polling.take())


def told(site: SmallSite) -> set[AlertKind]:
    return {row.kind for row in site.rows(sa.select(alerts.c.kind))}


def breaches(site: SmallSite) -> list[str]:
    return [breach.sentence for breach in check(site.world.database, everything=True)]


def test_the_shop_is_cut_and_proven_when_its_credit_is_used_up(site: SmallSite) -> None:
    draw(site, 1.0)

    site.run(32 * 60)

    assert site.supply() is Supply.CUT
    [change] = site.rows(sa.select(supply_changes).where(supply_changes.c.analyzer_id == site.shop))
    assert change.proven_at is not None
    assert change.confirmed_at - change.decided_at <= timedelta(seconds=10)
    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.DRIFT not in told(site)
    assert AlertKind.BYPASS not in told(site)
    assert breaches(site) == []


def test_a_recharge_brings_it_back_without_a_word_of_drift(site: SmallSite) -> None:
    draw(site, 1.0)
    site.run(32 * 60)

    site.world.building.recharge(site.person, "1000", "till:1")
    site.run(60)

    assert site.supply() is Supply.ON
    assert {AlertKind.DRIFT, AlertKind.RESTORE_FAILED} & told(site) == set()


def test_a_log_that_is_a_moment_behind_shows_no_drift_after_a_cut_or_a_restore(site: SmallSite) -> None:
    """What was logged before the frame says that the supply is as it was."""
    waiting: list[list[Row]] = [[], []]

    def behind(rows: list[Row]) -> list[Row]:
        waiting.append(rows)
        return waiting.pop(0)

    logger(site).fate = behind
    draw(site, 1.0)
    site.run(33 * 60)
    assert site.supply() is Supply.CUT
    site.world.building.recharge(site.person, "1000", "till:1")
    site.run(120)

    assert site.supply() is Supply.ON
    assert len(site.rows(sa.select(supply_changes.c.id))) == 2
    assert {AlertKind.DRIFT, AlertKind.BYPASS, AlertKind.CUT_WITHOUT_EFFECT} & told(site) == set()


def test_zeros_in_every_second_moment_are_quarantined_and_cost_nothing(site: SmallSite) -> None:
    moments = iter(range(10_000))

    def zeros(rows: list[Row]) -> list[Row]:
        return [{**row, "_VALUE": "0"} for row in rows] if next(moments) % 2 else rows

    logger(site).fate = zeros
    draw(site, 0.1)
    site.run(30 * 60)
    logger(site).fate = list
    site.run(60)

    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.HOLD not in told(site)
    assert breaches(site) == []


def test_a_dip_of_some_minutes_is_a_hold_that_ends_by_itself(site: SmallSite) -> None:
    draw(site, 0.1)
    site.run(300)

    logger(site).fate = lambda rows: [
        {**row, "_VALUE": str(int(row["_VALUE"]) - 4000)} if is_counter(row) else row for row in rows
    ]
    site.run(180)
    held = {row.kind for row in site.rows(sa.select(alerts.c.kind))}
    logger(site).fate = list
    site.run(120)

    assert AlertKind.HOLD in held
    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert site.node.worker.state.books[site.shop].meter.hold is None


@pytest.mark.parametrize("quality", BAD)
def test_values_of_bad_quality_are_not_used_and_the_analyzer_is_lost(site: SmallSite, quality: int) -> None:
    draw(site, 0.1)
    site.run(60)
    before = booked_wh(site)

    logger(site).fate = lambda rows: [{**row, "_QUALITY": quality} for row in rows]
    site.run(180)

    assert booked_wh(site) == before
    [lost] = site.told(AlertKind.ANALYZER_LOST)[:1]
    assert f"quality {quality}" in lost.details["why"]
    logger(site).fate = list
    site.run(60)
    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.ANALYZER_BACK in told(site)


def test_a_log_that_stops_is_an_alarm_that_ends_by_itself(site: SmallSite) -> None:
    draw(site, 0.1)
    logger(site).fate = lambda _rows: []
    site.run(240)

    [alarm] = site.told(AlertKind.KEPWARE_LATE)
    assert "old" in alarm.details["why"]
    logger(site).fate = list
    site.run(30)

    [alarm] = site.told(AlertKind.KEPWARE_LATE)
    assert alarm.ended_at is not None
    assert abs(booked_wh(site) - true_wh(site)) <= 20


@pytest.mark.slow
def test_rows_that_were_stored_for_an_hour_and_forwarded_are_charged_in_their_hours(site: SmallSite) -> None:
    draw(site, 0.1)
    site.run(300)

    logger(site).holding = True
    site.run(3600)
    logger(site).holding = False
    site.run(60)

    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.HOLD not in told(site)
    assert breaches(site) == []
    hours = site.rows(sa.select(charges.c.wh).where(charges.c.analyzer_id == site.shop, charges.c.cause == "hour"))
    assert hours


@pytest.mark.slow
def test_the_hour_that_comes_twice_is_charged_once(tmp_path: Path, migrated_file: Path) -> None:
    """The log has local stamps of a zone whose clock is set back half an hour later."""
    zone = "Europe/Berlin"
    begins_at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    with small_site(tmp_path, migrated_file, credit_h=5, logged=True, begins_at=begins_at, time_zone=zone) as site:
        site.run(60)
        draw(site, 0.5)
        before_wh, true_before = booked_wh(site), true_wh(site)
        site.run(2 * 3600)

        assert abs((booked_wh(site) - before_wh) - (true_wh(site) - true_before)) <= 20
        assert {AlertKind.HOLD, AlertKind.KEPWARE_LATE, AlertKind.ANALYZER_LOST} & told(site) == set()
        assert breaches(site) == []
        ends = [row.period_to for row in site.rows(sa.select(charges).where(charges.c.cause == "hour"))]
        assert datetime(2026, 10, 25, 1, tzinfo=UTC) in ends
        assert datetime(2026, 10, 25, 2, tzinfo=UTC) in ends


def test_a_restart_of_the_device_is_a_step_back_and_no_hold(site: SmallSite) -> None:
    draw(site, 0.1)
    site.run(400)

    site.world.installed[0].device.lose_power()
    site.run(120)

    assert AlertKind.HOLD not in told(site)
    assert breaches(site) == []


def test_an_enforcer_that_died_goes_on_where_its_transaction_ended(site: SmallSite) -> None:
    draw(site, 0.1)
    site.run(60)
    for _death in range(4):
        site.die()
        site.run(25)

    assert abs(booked_wh(site) - true_wh(site)) <= 20
    [state] = site.rows(sa.select(kepware_states))
    assert state.until_id > 0
    assert breaches(site) == []


def test_what_was_logged_while_nobody_read_is_read_afterwards(site: SmallSite) -> None:
    draw(site, 0.1)
    site.run(300)
    nobody_reads(site, moments=720)
    site.run(60)

    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert breaches(site) == []


def test_a_restart_that_was_logged_while_nobody_read_brings_the_supply_back_as_any_other(site: SmallSite) -> None:
    """When somebody reads the log again, the rows that first tell of it are too old to show a supply of now."""
    shop = site.world.installed[0].device

    nobody_reads(site, moments=60, before=shop.restart)
    dark = not shop.switchgear.connected
    site.run(60)

    assert dark
    assert shop.switchgear.connected
    assert AlertKind.DRIFT not in told(site)


def test_tags_of_another_analyzer_cut_nobody(tmp_path: Path, migrated_file: Path) -> None:
    """Somebody mapped the shop to the tags of the house: by the log its credit ends, its own device counts nothing."""
    with small_site(tmp_path, migrated_file, credit_h=0.1, logged=True) as site:
        swapped = {f".Meter{site.shop}.": f".Meter{site.house}.", f".Meter{site.house}.": f".Meter{site.shop}."}
        logger(site).fate = lambda rows: [_renamed(row, swapped) for row in rows]
        site.world.installed[1].demand = 1.0
        site.run(15 * 60)

        assert site.world.installed[0].device.switchgear.connected
        assert site.supply() is not Supply.CUT
        errors = [row.error for row in site.rows(sa.select(supply_changes.c.error)) if row.error]
        assert any("Kepware" in error for error in errors)


def test_late_repeated_lost_and_bad_rows_leave_the_books_right(site: SmallSite) -> None:
    chance = Random(7)
    waiting: list[Row] = []
    past: list[Row] = []

    def fate(rows: list[Row]) -> list[Row]:
        kept = [row for row in rows if chance.random() > 0.02]
        waiting.extend(row for row in kept if chance.random() < 0.05)
        now = [row for row in kept if row not in waiting]
        now = [{**row, "_QUALITY": chance.choice(BAD)} if chance.random() < 0.02 else row for row in now]
        late, waiting[:] = waiting[:20], waiting[20:]
        past.extend(rows[:1])
        return [*now, *late, *chance.sample(past, min(len(past), 3))]

    logger(site).fate = fate
    draw(site, 0.2)
    site.run(3600)
    logger(site).fate = list
    site.run(120)

    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.HOLD not in told(site)
    assert breaches(site) == []


def _renamed(row: Row, names: dict[str, str]) -> Row:
    found = next((old for old in names if old in row["_NAME"]), None)
    return row if found is None else {**row, "_NAME": row["_NAME"].replace(found, names[found])}
