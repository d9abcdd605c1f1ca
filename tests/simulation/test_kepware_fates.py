"""A site that Kepware reads: whatever happens to the log, the books end with what the devices counted."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.simulator.data_logger.fate import LogFate
from enforcer.simulator.data_logger.form import LogForm
from prepaid.alerts import AlertKind
from prepaid.records import Source
from prepaid.switching import Supply
from sql.check import check
from sql.tables import kepware_tags, supply_changes
from tests.simulation.logged_site import LoggedSite, logged_site

BAD = LogFate(
    poor=0.02,
    zeros=0.01,
    frozen=0.01,
    dips=0.02,
    rubbish=0.01,
    away=0.03,
    late=0.05,
    repeats=0.1,
    numbered=0.1,
)
BERLIN = ZoneInfo("Europe/Berlin")
BEFORE_THE_HOUR_COMES_TWICE = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
FORMS = (
    LogForm(),
    LogForm(wide=True),
    LogForm(kilo=True),
    LogForm(when_changed=True),
    LogForm(interval_s=10.0),
    LogForm(zone=BERLIN),
)
ANY_FATE = st.builds(
    LogFate,
    seed=st.integers(0, 100_000),
    poor=st.floats(0.0, 0.1),
    zeros=st.floats(0.0, 0.05),
    frozen=st.floats(0.0, 0.05),
    dips=st.floats(0.0, 0.1),
    rubbish=st.floats(0.0, 0.1),
    away=st.floats(0.0, 0.1),
    forwards=st.booleans(),
    numbered=st.floats(0.0, 0.3),
    late=st.floats(0.0, 0.3),
    repeats=st.floats(0.0, 0.5),
)


def watched(site: LoggedSite, seconds: float) -> None:
    """Lets time pass; at no time more is used than was counted, and what was used stays so."""
    before = site.used()
    for _ in range(round(seconds / 15)):
        site.small.run(15)
        used, registered = site.used(), site.registered()
        for source in Source:
            assert before[source] <= used[source] <= registered[source]
        before = used


def lived(site: LoggedSite, fate: LogFate, minutes: float) -> None:
    """A time of that fate: half of it on grid, then with another enforcer and on the generator."""
    site.suffer(fate)
    watched(site, minutes * 30)
    site.small.restart()
    site.run_generator(True)
    watched(site, minutes * 30)
    site.settle()


def assert_all_is_booked(site: LoggedSite) -> None:
    assert site.used() == site.registered()
    assert min(site.used().values()) > 0
    assert site.smallest_charge_wh() >= 0
    assert check(site.world.database, everything=True) == []


@pytest.mark.parametrize("seed", [1, *(pytest.param(each, marks=pytest.mark.slow) for each in (0, 2))])
def test_what_happens_to_the_log_costs_nobody_a_watt_hour(seed: int, tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        lived(site, replace(BAD, seed=seed), minutes=8)

        assert_all_is_booked(site)


@pytest.mark.parametrize("form", FORMS[1:])
def test_every_form_of_the_log_is_read_alike(form: LogForm, tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, form) as site:
        lived(site, LogFate(), minutes=4)

        assert_all_is_booked(site)


def test_the_hour_that_comes_twice_is_charged_once_and_whole(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(zone=BERLIN), begins_at=BEFORE_THE_HOUR_COMES_TWICE) as site:
        site.run_generator(True)
        watched(site, 300)
        site.run_generator(False)
        site.delivery.go_away()
        watched(site, 300)
        site.delivery.come_back()
        watched(site, 600)
        site.settle()

        assert site.world.clock.now() > datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
        assert_all_is_booked(site)


def test_who_runs_out_of_credit_is_cut_over_modbus_and_the_cut_is_proven(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(), credit_h=0.05) as site:
        site.small.run(600)

        assert site.small.supply() is Supply.CUT
        assert not site.world.installed[0].device.switchgear.connected
        assert site.world.installed[1].device.switchgear.connected


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_no_ground_is_charged_twice_when_a_device_restarts_behind_a_bad_log(
    seed: int, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        site.suffer(LogFate(seed=seed, poor=0.02, rubbish=0.02, late=0.2, repeats=0.2))
        watched(site, 240)
        before = site.used()[Source.GRID]
        site.world.installed[0].device.lose_power()
        site.small.run(30)

        site.small.run(900)
        site.settle()

        assert site.used() == site.registered()
        assert site.used()[Source.GRID] > before
        assert check(site.world.database, everything=True) == []


@pytest.mark.parametrize(
    "ahead_s", [-20.0, 50.0, *(pytest.param(each, marks=pytest.mark.slow) for each in (12.0, 25.0))]
)
def test_a_supply_is_cut_once_whatever_the_clock_of_kepware_shows(
    ahead_s: float, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(ahead_s=ahead_s), credit_h=0.05) as site:
        site.small.run(600)

        assert site.small.supply() is Supply.CUT
        assert len(site.small.rows(sa.select(supply_changes.c.id))) == 1
        assert not site.small.told(AlertKind.DRIFT)


def test_nobody_is_cut_by_the_counters_of_another_device(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(), credit_h=0.05) as site:
        site.world.installed[0].demand = 0.0
        site.world.feed()
        exchange_tags(site)
        site.small.restart()

        site.small.run(600)

        assert site.world.installed[0].device.switchgear.connected
        assert site.small.supply() is Supply.ON


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_FATE, st.sampled_from(FORMS))
def test_no_fate_of_the_log_costs_anybody_a_watt_hour(migrated_file: Path, fate: LogFate, form: LogForm) -> None:
    with (
        TemporaryDirectory() as folder,
        logged_site(Path(folder), migrated_file, form, begins_at=BEFORE_THE_HOUR_COMES_TWICE) as site,
    ):
        lived(site, transport_of(fate) if form.when_changed else fate, minutes=20)

        assert_all_is_booked(site)


def transport_of(fate: LogFate) -> LogFate:
    """What happens to rows on their way. Where a value is stamped when it changes, one that is spoilt behind its stamp
    is none that a KEPServerEX would log."""
    return replace(fate, poor=0.0, zeros=0.0, frozen=0.0, dips=0.0, rubbish=0.0)


def exchange_tags(site: LoggedSite) -> None:
    """The tags of the two analyzers are mapped the wrong way round."""
    shop, house = (each.device.serial_number.replace("/", "-") for each in site.world.installed)
    for before, after in ((shop, "aside"), (house, shop), ("aside", house)):
        site.small.write(
            sa.update(kepware_tags)
            .where(kepware_tags.c.tag.contains(f".{before}."))
            .values(tag=sa.func.replace(kepware_tags.c.tag, f".{before}.", f".{after}."))
        )
