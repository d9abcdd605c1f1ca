"""A site that Kepware reads goes on to be charged and cut, whichever clock is set: Kepware's, ours, or both."""

from pathlib import Path
from tempfile import TemporaryDirectory

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
from sql.tables import supply_changes
from tests.simulation.logged_site import LoggedSite, logged_site

NOTICED_S = 45.0
"""So long behind a step the rows of a log may wait."""
STEPS = (
    3600.0,
    -3600.0,
    *(pytest.param(step_s, marks=pytest.mark.slow) for step_s in (240.0, 40.0, -40.0, -240.0)),
)
SOME_STEPS = st.lists(
    st.tuples(st.sampled_from(["kepware", "enforcer", "both"]), st.floats(-4000, 4000), st.integers(30, 400)),
    min_size=1,
    max_size=5,
)


def set_clock(site: LoggedSite, whose: str, by_s: float) -> None:
    site.set_clocks(
        kepware_s=by_s if whose in ("kepware", "both") else 0.0,
        enforcer_s=by_s if whose in ("enforcer", "both") else 0.0,
    )


def watched(site: LoggedSite, seconds: float, behind_s: float | None = None) -> None:
    """Lets time pass; at no time more is used than was counted, and what was used stays so. `behind_s`: so many seconds
    of the shop's full load may be missing."""
    before = site.used()
    rated_power_w = site.world.installed[0].plan.rated_power_w
    for _ in range(round(seconds / 15)):
        site.small.run(15)
        used, registered = site.used(), site.registered()
        for source in Source:
            assert before[source] <= used[source] <= registered[source]
            if behind_s is not None:
                assert registered[source] - used[source] <= rated_power_w * behind_s / 3600
        before = used


def assert_all_is_booked(site: LoggedSite) -> None:
    assert site.used() == site.registered()
    assert site.used()[Source.GRID] > 0
    assert site.smallest_charge_wh() >= 0
    assert not site.small.told(AlertKind.HOLD)
    assert check(site.world.database, everything=True) == []


@pytest.mark.parametrize("whose", ["kepware", "enforcer", "both"])
@pytest.mark.parametrize("step_s", STEPS)
def test_metering_goes_on_when_a_clock_is_set(whose: str, step_s: float, tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        set_clock(site, whose, step_s)
        site.small.run(NOTICED_S)
        watched(site, 240, behind_s=20)
        site.settle()

        assert_all_is_booked(site)
        assert not site.small.told(AlertKind.ANALYZER_LOST)


@pytest.mark.parametrize(
    ("whose", "step_s", "said"),
    [
        ("kepware", -3600.0, "clock of Kepware was set back by 3600 s"),
        ("kepware", 3600.0, "clock of Kepware is 3600 s ahead"),
        ("enforcer", 3600.0, "clock of this machine was set, and is 3600 s ahead"),
    ],
)
def test_the_alarm_says_which_clock_and_ends_when_it_is_right(
    whose: str, step_s: float, said: str, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        set_clock(site, whose, step_s)
        site.small.run(240)
        [alarm] = site.small.told(AlertKind.KEPWARE_LATE)
        assert said in alarm.details["why"]

        set_clock(site, "kepware", step_s if whose == "enforcer" else -step_s)
        site.small.run(240)

        [alarm] = site.small.told(AlertKind.KEPWARE_LATE)
        assert alarm.ended_at is not None


def test_our_clock_that_goes_slowly_behind_a_step_back_is_named(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        site.set_clocks(enforcer_s=-3600)

        site.small.run(480)

        [alarm] = site.small.told(AlertKind.KEPWARE_LATE)
        assert "this machine was set, and is" in alarm.details["why"]
        assert "behind" in alarm.details["why"]


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["kepware", "enforcer"])
@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_another_enforcer_goes_on_while_a_clock_is_wrong(
    whose: str, step_s: float, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        set_clock(site, whose, step_s)
        watched(site, 240)
        site.small.restart()
        watched(site, 90)
        watched(site, 120, behind_s=20)
        site.settle()

        assert_all_is_booked(site)


@pytest.mark.slow
@pytest.mark.parametrize("form", [LogForm(when_changed=True), LogForm(wide=True), LogForm(interval_s=30.0)])
@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_every_form_of_the_log_goes_on(form: LogForm, step_s: float, tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, form) as site:
        site.set_clocks(kepware_s=step_s)
        watched(site, 150)
        watched(site, 120, behind_s=50)
        site.set_clocks(kepware_s=-step_s)
        watched(site, 150)
        site.settle()

        assert_all_is_booked(site)


@pytest.mark.slow
def test_a_clock_that_was_ahead_and_is_set_right_bit_by_bit_is_followed(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        site.set_clocks(kepware_s=90)
        site.small.run(NOTICED_S)
        for _bit in range(60):
            site.set_clocks(kepware_s=-1.5)
            watched(site, 15, behind_s=30)
        site.small.run(150)

        [alarm] = site.small.told(AlertKind.KEPWARE_LATE) or [None]
        assert alarm is None or alarm.ended_at is not None
        site.settle()
        assert_all_is_booked(site)


@pytest.mark.slow
@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_who_runs_out_of_credit_behind_a_clock_that_was_set_is_cut_once_and_proven(
    step_s: float, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(), credit_h=0.1) as site:
        site.set_clocks(kepware_s=step_s)

        site.small.run(900)

        assert site.small.supply() is Supply.CUT
        [change] = site.small.rows(sa.select(supply_changes))
        assert change.proven_at is not None
        assert not site.small.told(AlertKind.DRIFT)
        assert not site.small.told(AlertKind.BYPASS)


def test_rows_of_an_outage_come_in_the_midst_of_a_step(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        site.delivery.go_away()
        watched(site, 120)
        site.set_clocks(kepware_s=-3600)
        watched(site, 120)
        site.delivery.come_back()
        watched(site, 180)
        site.settle()

        assert_all_is_booked(site)


@pytest.mark.slow
@pytest.mark.parametrize("ahead_s", [50.0, 900.0])
def test_what_was_stored_by_a_clock_that_is_ahead_is_no_jump(
    ahead_s: float, tmp_path: Path, migrated_file: Path
) -> None:
    with logged_site(tmp_path, migrated_file, LogForm()) as site:
        site.draw(1.0)
        site.set_clocks(kepware_s=ahead_s)
        watched(site, 150)
        site.delivery.go_away()
        watched(site, 240)
        site.delivery.come_back()
        watched(site, 120)
        site.small.stop()
        for _moment in range(180):
            site.world.loop.pass_until(site.world.loop.time() + 5)
            site.world.feed()
            site.fated.log([])
        watched(site, 120)
        site.settle()

        assert_all_is_booked(site)


@pytest.mark.slow
def test_what_is_stored_while_our_clock_goes_slowly_is_no_jump(tmp_path: Path, migrated_file: Path) -> None:
    with logged_site(tmp_path, migrated_file, LogForm(interval_s=10.0)) as site:
        site.set_clocks(enforcer_s=-1000.0)
        watched(site, 240)
        site.delivery.go_away()
        watched(site, 150)
        site.delivery.come_back()
        watched(site, 300)
        site.set_clocks(kepware_s=-2500.0)
        watched(site, 240)
        site.small.restart()
        watched(site, 120)
        site.settle()

        assert_all_is_booked(site)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    SOME_STEPS,
    st.builds(
        LogFate,
        seed=st.integers(0, 1000),
        late=st.floats(0, 0.2),
        repeats=st.floats(0, 0.3),
        away=st.floats(0, 0.05),
    ),
    st.sampled_from((LogForm(), LogForm(wide=True), LogForm(interval_s=10.0), LogForm(interval_s=30.0))),
)
def test_no_steps_of_clocks_cost_anybody_a_watt_hour(
    migrated_file: Path, steps: list[tuple[str, float, int]], fate: LogFate, form: LogForm
) -> None:
    with TemporaryDirectory() as folder, logged_site(Path(folder), migrated_file, form) as site:
        site.suffer(fate)
        for whose, by_s, lasts_s in steps:
            set_clock(site, whose, by_s)
            watched(site, lasts_s)
        site.small.restart()
        watched(site, 120)
        site.settle()

        assert site.used() == site.registered()
        assert site.smallest_charge_wh() >= 0
        assert check(site.world.database, everything=True) == []
