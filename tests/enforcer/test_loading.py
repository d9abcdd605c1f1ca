"""What waits in the spool becomes books: once, in bounded slices, also where new bases lie among it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.catch_up import SLICES_A_PASS
from enforcer.loading import SLICE
from prepaid.errors.start import DatabaseUnavailable
from prepaid.metering import COUNTERS_RESET, Verdict
from prepaid.parameters import PhaseEnergies
from prepaid.records import BaseCause, Reading, Source
from sql.check import check
from sql.tables import bases, heartbeats, readings, site_states
from tests.simulation.small_site import SmallSite, small_site

PHASES = PhaseEnergies(1, 2, 3, 4, 5, 6)


@pytest.fixture
def site(tmp_path: Path, migrated_file: Path) -> Iterator[SmallSite]:
    """A shop that draws a fifth of its rated load, and whose enforcer has begun."""
    with small_site(tmp_path, migrated_file, credit_h=1000) as made:
        made.world.installed[0].demand = 0.2
        made.world.feed()
        made.run(60)
        yield made


def read(site: SmallSite, after_s: float = 60) -> Reading:
    """The shop is read for a history row, so long after the reading before."""
    node, loop = site.node, site.world.loop
    loop.pass_until(loop.time() + after_s)
    loop.finish(node.polling.poll())
    [reading] = [each for each in node.polling.take() if each.analyzer_id == site.shop]
    return reading._replace(phases=PHASES)


def keep(site: SmallSite, *kept: Reading) -> None:
    """A pass that finds the database away."""
    site.node.database.away = True
    with suppress(DatabaseUnavailable):
        site.node.worker.run_pass(kept)
    site.node.database.away = False


def history(site: SmallSite) -> list[str]:
    question = sa.select(readings.c.verdict).where(readings.c.analyzer_id == site.shop).order_by(readings.c.read_at)
    return [row.verdict for row in site.rows(question)]


def booked_wh(site: SmallSite) -> int:
    return site.node.worker.state.books[site.shop].meter.counter(Source.GRID).highest_wh


def test_the_history_of_the_time_without_a_database_is_there_afterwards(site: SmallSite) -> None:
    kept = [read(site) for _ in range(5)]

    keep(site, *kept)
    site.run(5)

    assert history(site) == [Verdict.ADVANCE] * 5
    assert booked_wh(site) >= (kept[-1].energies.import_tariff_1_wh or 0)


def test_what_was_loaded_before_a_death_is_not_written_again(site: SmallSite) -> None:
    sound, odd = read(site), read(site)
    jumped = odd._replace(energies=odd.energies._replace(import_tariff_1_wh=10**9))
    keep(site, sound, jumped)
    site.node.spool_file.full = True
    site.node.worker.run_pass([])
    before = history(site)
    site.die()

    site.run(60)

    assert before == [Verdict.ADVANCE, Verdict.QUARANTINED]
    assert history(site) == before
    assert not site.node.spool.waiting
    assert check(site.world.database, everything=True) == []


def test_readings_behind_a_new_base_count_as_those_before_it(site: SmallSite) -> None:
    before = [read(site) for _ in range(3)]
    fallen = [
        each._replace(
            energies=each.energies._replace(import_tariff_1_wh=number * 300),
            status=each.status._replace(diagnostics=COUNTERS_RESET),
        )
        for number, each in enumerate((read(site) for _ in range(6)), 1)
    ]

    keep(site, *before, *fallen)
    site.node.worker.run_pass([])

    opened = site.rows(sa.select(bases.c.cause).where(bases.c.analyzer_id == site.shop, bases.c.closed_at.is_(None)))
    assert [row.cause for row in opened] == [BaseCause.RESET, BaseCause.RESET]
    assert history(site)[-4:] == [Verdict.ADVANCE] * 4
    assert booked_wh(site) == 6 * 300
    assert check(site.world.database, everything=True) == []


def test_only_stamps_tell_how_long_it_was_between_readings_of_a_machine_that_was_started_anew(
    site: SmallSite,
) -> None:
    kept = [read(site)._replace(monotonic_s=1e7), read(site)._replace(monotonic_s=1e7 + 60)]
    jumped = kept[1]._replace(energies=kept[1].energies._replace(import_tariff_1_wh=10**9))
    keep(site, kept[0], jumped)
    site.die()

    site.run(60)

    assert history(site) == [Verdict.ADVANCE, Verdict.QUARANTINED]


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_among_what_waited_is_known_until_the_supply_is_seen(site: SmallSite, *, killed: bool) -> None:
    """The bit is recorded with what was loaded and makes no edge again, whoever decides next, and when."""
    device = site.world.installed[0].device
    device.restart()
    keep(site, read(site))
    dark = not device.switchgear.connected

    site.node.worker.run_pass([])
    if killed:
        site.die()
    site.run(60)

    assert dark
    assert device.switchgear.connected


@pytest.mark.slow
def test_passes_go_on_while_more_is_loaded_than_fits_into_one(site: SmallSite) -> None:
    """The lease is renewed, the heart beats, and nothing is decided."""
    first = read(site)
    begins_wh = first.energies.import_tariff_1_wh or 0
    site.world.loop.pass_until(site.world.loop.time() + 7_000)
    count = SLICE * SLICES_A_PASS + 100
    at, second = first.read_at, first.monotonic_s
    kept = [
        first._replace(
            read_at=at + number * (site.world.clock.now() - at) / (count + 1),
            monotonic_s=second + number * 7_000 / (count + 1),
            energies=first.energies._replace(import_tariff_1_wh=begins_wh + number // 2),
        )
        for number in range(1, count)
    ]
    keep(site, *kept)
    decided = site.rows(sa.select(site_states.c.updated_at))

    made = site.node.worker.run_pass([])
    halfway = (site.rows(sa.select(site_states.c.updated_at)), site.rows(sa.select(heartbeats.c.beat_at)))
    site.node.worker.run_pass([])

    assert (made.readings, made.frames, site.node.spool.waiting) == (0, 0, False)
    assert halfway[0] == decided
    assert halfway[1][0].beat_at >= site.world.clock.now().replace(microsecond=0)
    assert site.rows(sa.select(site_states.c.updated_at)) != decided
    assert len(history(site)) == count - 1
