"""A site whose analyzers Kepware reads is charged and cut like one that is polled, whatever becomes of the log."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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

HOUR = timedelta(hours=1)
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


def shop_alerts(site: SmallSite) -> set[AlertKind]:
    return {row.kind for row in site.rows(sa.select(alerts.c.kind))}


def breaches(site: SmallSite) -> list[str]:
    with site.world.database.writing() as conn:
        return [breach.sentence for breach in check(conn, site.world.clock.now(), everything=True).breaches]


def test_the_shop_is_cut_and_proven_when_its_credit_is_used_up(site: SmallSite) -> None:
    draw(site, 1.0)

    site.run(32 * 60)

    assert site.supply() is Supply.CUT
    [change] = site.rows(sa.select(supply_changes).where(supply_changes.c.analyzer_id == site.shop))
    assert change.proven_at is not None
    assert change.confirmed_at - change.decided_at <= timedelta(seconds=10)
    assert abs(booked_wh(site) - true_wh(site)) <= 20
    assert AlertKind.DRIFT not in shop_alerts(site)
    assert AlertKind.BYPASS not in shop_alerts(site)
    assert breaches(site) == []
