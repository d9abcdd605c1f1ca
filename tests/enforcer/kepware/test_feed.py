"""The feed of a site: what passes take from it, what they write of it, and what people see of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from enforcer.doctor.kepware import look_at_logs
from enforcer.kepware.check import check
from enforcer.kepware.feed import HANGS_AFTER_S
from enforcer.link_state import Contact
from prepaid.alerts import AlertKind
from prepaid.clock import ManualClock
from prepaid.records import Feed
from sql.connection import Connection, Database
from sql.kepware.states import load_states
from sql.tables import kepware_groups, kepware_log, readings
from tests.building import MORNING
from tests.capabilities import Capability, require
from tests.databases import new_database
from tests.enforcer.kepware.logged_site import LoggedSite
from tests.simulation.database import Dooms, SimulatedDatabase

WITHIN_S = 20.0


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path) -> Iterator[LoggedSite]:
    clock = ManualClock(MORNING)
    database = new_database(tmp_path, migrated_file, clock)
    yield LoggedSite(database, clock)
    database.close()


def stamped_s(site: LoggedSite, seconds: float) -> datetime:
    """What the clock of Kepware shows at the next moment, so many seconds ahead."""
    return (site.clock.now() + timedelta(seconds=5 + seconds)).replace(tzinfo=None)


def renumber(site: LoggedSite, by: int) -> None:
    """All rows of the log get other numbers."""
    with site.database.writing() as conn:
        rows = conn.execute(sa.select(kepware_log)).mappings().all()
        conn.execute(kepware_log.delete())
        conn.execute(kepware_log.insert(), [{**row, "id": row["id"] + by} for row in rows])


def test_what_was_logged_is_taken_once(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    taken = []
    for _moment in range(3):
        site.log()
        feed.look()
        taken += feed.take()

    assert [reading.energies.import_tariff_1_wh for reading in taken] == [1001, 1002, 1003]
    assert feed.take() == []
    link = feed.links()[site.meter]
    assert (link.state, link.reads.on_time, link.failures) == (Contact.ANSWERING, 3, 0)


def test_how_far_the_log_was_read_is_written_with_what_was_taken(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    site.log()
    feed.look()
    feed.take()
    site.log()
    feed.look()

    site.keep(feed)

    with site.database.reading() as conn:
        [state] = load_states(conn, site.building.site_id).values()
        rows = conn.scalars(sa.select(kepware_log.c.id)).all()
    assert state.until_id == rows[len(rows) // 2 - 1]


def test_another_enforcer_goes_on_there(site: LoggedSite) -> None:
    site.map()
    first = site.feed()
    site.log()
    first.look()
    first.take()
    site.keep(first)

    second = site.feed()
    site.log()
    second.look()

    assert second.take()[-1].energies.import_tariff_1_wh == 1002


def test_an_analyzer_without_tags_fails_and_says_why(site: LoggedSite) -> None:
    feed = site.feed()
    feed.look()

    link = feed.links()[site.meter]
    assert link.state is Contact.FAILING
    assert "mapped" in link.last_error


def test_an_analyzer_that_is_polled_again_is_followed_no_more(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    site.log()
    feed.look()
    feed.take()

    feed.change([site.target(Feed.MODBUS)])
    site.log()
    feed.look()

    assert feed.take() == []


def test_a_mapping_that_changed_is_followed_within_a_look(site: LoggedSite) -> None:
    feed = site.feed()
    feed.look()
    site.log()
    site.map()

    feed.change([site.target()])
    feed.look()

    assert len(feed.take()) == 1


def test_a_log_that_cannot_be_read_fails_its_analyzers_and_is_an_alarm(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    with site.database.writing() as conn:
        conn.execute(kepware_groups.update().values(table_name="Elsewhere"))
    feed.look()
    assert site.keep(feed) == []
    site.clock.advance(90)

    feed.look()
    feed.take()
    [alarm] = site.keep(feed)

    assert alarm.kind is AlertKind.KEPWARE_LATE
    assert "Elsewhere" in alarm.details["why"]
    assert "Elsewhere" in feed.links()[site.meter].last_error


def test_a_log_in_another_database_is_followed_as_it_is_known_while_the_books_are_away(site: LoggedSite) -> None:
    site.map()
    books = SimulatedDatabase(site.database.url.render_as_string(hide_password=False), site.clock, Dooms())
    feed = site.feed(books)
    site.log()
    feed.look()

    books.away = True
    for _moment in range(30):
        site.log()
        feed.look()

    assert len(feed.take()) == 31
    assert feed.links()[site.meter].state is Contact.ANSWERING
    books.close()


def test_a_row_that_nobody_foresaw_is_an_alarm_and_not_the_end(site: LoggedSite) -> None:
    """A file takes any text for an instant; a server does not."""
    require(site.database, Capability.FILE)
    site.map()
    feed = site.feed()
    site.log()
    feed.follow()
    feed.take()
    with site.database.writing() as conn:
        conn.execute(
            sa.insert(kepware_log).values({"_NAME": "x", "_TIMESTAMP": sa.text("'no stamp'"), "_QUALITY": 192})
        )

    feed.follow()
    site.clock.advance(90)
    feed.follow()
    feed.take()

    assert feed.links()[site.meter].state is Contact.FAILING
    assert [alert.kind for alert in site.keep(feed)] == [AlertKind.KEPWARE_LATE]
    with site.database.writing() as conn:
        conn.execute(kepware_log.delete().where(kepware_log.c._NAME == "x"))
    site.log()
    feed.follow()
    assert feed.links()[site.meter].state is Contact.ANSWERING
    assert len(feed.take()) == 1


class Hanging(Database):
    """A server that takes a question and says nothing until it is told to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.url.render_as_string(hide_password=False), database.clock)
        self.asked, self.answers = threading.Event(), threading.Event()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self.asked.set()
        assert self.answers.wait(WITHIN_S)
        with super().reading() as conn:
            yield conn


def test_a_log_whose_server_says_nothing_is_an_alarm_until_it_answers(site: LoggedSite) -> None:
    site.map()
    hanging = Hanging(site.database)
    hanging.answers.set()
    feed = site.feed(log=hanging)
    site.log()
    feed.follow()
    feed.take()
    hanging.asked.clear()
    hanging.answers.clear()
    looking = threading.Thread(target=feed.follow)
    looking.start()
    assert hanging.asked.wait(WITHIN_S)

    site.clock.advance(HANGS_AFTER_S + 1)
    feed.take()
    hangs = feed.links()[site.meter]
    site.clock.advance(90)
    feed.take()
    alarms = site.keep(feed)
    hanging.answers.set()
    looking.join(WITHIN_S)
    site.log()
    feed.follow()

    assert (hangs.state, "does not answer" in hangs.last_error) == (Contact.FAILING, True)
    assert [alarm.kind for alarm in alarms] == [AlertKind.KEPWARE_LATE]
    assert feed.links()[site.meter].state is Contact.ANSWERING
    hanging.close()


def test_late_rows_are_history_and_nothing_else(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    site.log()
    feed.look()
    feed.take()
    with site.database.writing() as conn:
        held = conn.execute(sa.select(kepware_log)).mappings().all()
        conn.execute(kepware_log.delete())
    site.clock.advance(3600)
    site.log()
    feed.look()
    feed.take()
    with site.database.writing() as conn:
        late = [
            {**row, "id": row["id"] + 500, "_TIMESTAMP": row["_TIMESTAMP"].replace(second=0, minute=30)} for row in held
        ]
        conn.execute(kepware_log.insert(), late)

    feed.look()

    assert feed.take() == []
    site.keep(feed)
    with site.database.reading() as conn:
        assert len(conn.execute(sa.select(readings.c.read_at)).all()) == 1


def test_a_log_whose_clock_was_set_back_goes_on_by_our_clock(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    began_at = site.clock.now()
    site.log()
    feed.look()
    for _moment in range(8):
        site.log(_TIMESTAMP=stamped_s(site, -3600))
        feed.look()

    taken = feed.take()

    assert [(reading.read_at - began_at).total_seconds() for reading in taken] == [
        5.0 * number for number in range(1, 10)
    ]
    assert [reading.energies.import_tariff_1_wh for reading in taken] == [1000 + number for number in range(1, 10)]
    assert feed.links()[site.meter].state is Contact.ANSWERING


def test_rows_that_wait_to_tell_whose_clock_it_is_are_read_again_by_the_next_enforcer(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    site.log()
    feed.look()
    with site.database.reading() as conn:
        until_id = conn.scalar(sa.select(sa.func.max(kepware_log.c.id)))

    site.log(_TIMESTAMP=stamped_s(site, -3600))
    feed.look()
    feed.take()
    site.keep(feed)

    with site.database.reading() as conn:
        [state] = load_states(conn, site.building.site_id).values()
    assert state.until_id == until_id


def test_used_rows_are_removed_where_the_group_wants_it(site: LoggedSite) -> None:
    site.purge_after_h = 1
    site.map()
    feed = site.feed()
    for _moment in range(3):
        site.log()
        feed.look()
        feed.take()
    renumber(site, 20_000)
    feed = site.feed()
    feed.look()
    feed.take()
    site.keep(feed)
    renumber(site, -15_000)
    site.clock.advance(2 * 3600)

    feed.look()

    with site.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(kepware_log)) == 0


def test_the_doctor_tells_how_a_log_was_last_read(site: LoggedSite) -> None:
    site.map()
    feed = site.feed()
    site.log()
    feed.look()
    feed.take()
    site.keep(feed)

    with site.database.reading() as conn:
        [finding] = look_at_logs(conn, site.building.load(), site.clock.now())
        [old] = look_at_logs(conn, site.building.load(), site.clock.now().replace(hour=23))

    assert finding.good
    assert "Metering" in finding.sentence
    assert not old.good


def test_the_check_is_good_of_a_sound_log(site: LoggedSite) -> None:
    site.map()
    for _moment in range(20):
        site.log()

    found = list(check(site.database, site.database, site.clock, None))

    assert [str(each) for each in found if not each.good] == []
    assert any("static interval of 5 s" in each.sentence for each in found)


def test_the_check_names_the_tables_where_nothing_is_set_up(site: LoggedSite) -> None:
    [finding] = check(site.database, site.database, site.clock, None)

    assert not finding.good
    assert "KepwareLog" in finding.sentence


def test_the_check_says_that_a_table_is_not_there(site: LoggedSite) -> None:
    site.map()
    with site.database.writing() as conn:
        conn.execute(kepware_groups.update().values(table_name="Elsewhere"))

    assert any(
        "Elsewhere" in each.sentence and not each.good for each in check(site.database, site.database, site.clock, None)
    )
