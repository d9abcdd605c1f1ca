"""The DataLogger beside the simulated devices: it writes what they show, and waits for a database that is away."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from enforcer.kepserver.tags import METERING_TAGS
from enforcer.simulator.data_logger.arguments import kepware_of
from enforcer.simulator.data_logger.fate import CALM, USUAL
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import DataLogger, LogTarget
from enforcer.simulator.site import SimulatedSite
from enforcer.simulator.thread import SimulatorThread
from prepaid.clock import ManualClock
from prepaid.errors.simulator import ArgumentInvalid
from prepaid.errors.start import SettingInvalid
from sql.connection import Database
from sql.demo.data_logger import LogTable
from sql.demo.site import demo_site
from tests.enforcer.simulator.test_simulate_command import parsed
from tests.story.world import until


def count(database: Database, name: str = "app.KepwareLog") -> int:
    with database.reading() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(LogTable(name).table)) or 0)


def newest_wh(database: Database) -> float:
    of = LogTable("app.KepwareLog").table.c
    question = sa.select(of["_VALUE"]).where(of["_NAME"].like("%import_tariff_1_wh")).order_by(of.id.desc()).limit(1)
    with database.reading() as conn:
        return float(conn.scalar(question) or 0)


def alone(database: Database) -> tuple[DataLogger, ManualClock]:
    """The DataLogger of a site with one device, on a clock that is moved by hand."""
    clock = ManualClock()
    site = SimulatedSite(demo_site(1, seed=4), clock)
    site.begin()
    logger = DataLogger(site.analyzers, clock, LogTarget(database=database))
    logger.prepare()
    return logger, clock


def test_it_logs_beside_devices_that_answer_at_a_static_interval(database: Database) -> None:
    target = LogTarget(database=database, form=LogForm(interval_s=0.05))

    with SimulatorThread(demo_site(2, seed=4), kepware=target) as simulator:
        simulator.set_load(0, 0.0)
        simulator.set_load(1, 360_000.0)
        until(lambda: newest_wh(database) > 50, "the log shows what the device counts")
        seen_wh = simulator.registers_wh(1)[0]

    assert newest_wh(database) == pytest.approx(seen_wh, abs=100)


def test_rows_wait_while_the_database_is_busy_and_are_written_once(database: Database) -> None:
    impatient = Database(database.url.render_as_string(hide_password=False), lock_wait_s=0.05)
    logger, clock = alone(impatient)
    logger.sample()
    with database.writing():
        assert logger.write() == 0
        clock.advance(5)
        logger.sample()
        assert logger.write() == 0

    assert logger.write() == 2 * len(METERING_TAGS)
    assert logger.write() == 0
    assert count(database) == 2 * len(METERING_TAGS)
    impatient.close()


def test_an_outage_of_the_database_is_forwarded_afterwards(database: Database) -> None:
    logger, clock = alone(database)
    logger.delivery.go_away()
    logger.sample()
    logger.write()
    assert count(database) == 0

    logger.delivery.come_back()
    clock.advance(5)
    logger.sample()
    logger.write()

    assert count(database) == 2 * len(METERING_TAGS)


def test_the_command_logs_into_the_products_own_database_unless_told_otherwise(database: Database) -> None:
    with kepware_of(parsed("--kepware"), database) as target:
        assert target is not None
        assert (target.database, target.table, target.fate) == (database, "app.KepwareLog", CALM)
    with kepware_of(parsed(), database) as nothing:
        assert nothing is None


def test_the_command_sets_form_and_fate_of_the_log(database: Database, tmp_path: Path) -> None:
    words = ("--seed", "7", "--kepware", f"sqlite:///{tmp_path / 'log.db'}", "--kepware-zone", "Europe/Berlin")
    more = ("--kepware-wide", "--kepware-interval-s", "2", "--kepware-table", "Log", "--kepware-faults")

    with kepware_of(parsed(*words, *more), database) as target:
        assert target is not None
        assert target.database is not database
        assert (target.form.zone, target.form.wide, target.form.interval_s) == (ZoneInfo("Europe/Berlin"), True, 2.0)
        assert (target.table, target.fate) == ("Log", replace(USUAL, seed=7))


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--kepware", "--kepware-interval-s", "0"), ArgumentInvalid),
        (("--kepware", "--kepware-zone", "Berlin"), SettingInvalid),
        (("--kepware",), ArgumentInvalid),
    ],
)
def test_what_cannot_be_logged_is_told_at_once(words: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error), kepware_of(parsed(*words), None):
        pass
