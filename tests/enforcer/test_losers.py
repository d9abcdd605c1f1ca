"""Who stood still until another one took over does nothing more, whatever it was doing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schedule
import sqlalchemy as sa

from enforcer.housekeeping import Housekeeping
from enforcer.notify import Notifier
from enforcer.timekeeping import BookClock
from prepaid.alerts import AlertKind
from prepaid.errors.start import LeaseLost
from prepaid.records import WishKind
from prepaid.settings import Smtp, SmtpSecurity
from sql.connection import Database
from sql.tables import metadata
from tests.databases import new_database
from tests.documents.mail_servers import mail_server
from tests.enforcer.leasing import OVER_S, LeasedSite, leased_site
from tests.enforcer.postboxes import SMTP, Postbox
from tests.simulation.loop import SimulatedLoop
from tests.simulation.node import Node
from tests.simulation.plan import plan_of
from tests.simulation.world import World, build, new_clock
from tests.sql.messages import tell
from tests.story.world import until

FRAME_S = 4.0
"""So long a frame and its answer take, at most."""


@pytest.fixture
def site(database_url: str) -> Iterator[LeasedSite]:
    made = leased_site(database_url)
    yield made
    made.database.close()


@pytest.fixture
def world(tmp_path: Path, migrated_file: Path) -> Iterator[World]:
    """A simulated site where nothing happens but that energy is used."""
    plan = plan_of(1, days=0.1, hardness=0).with_happenings([])
    clock = new_clock(plan.begins_at)
    loop = SimulatedLoop(clock)
    made = build(plan, new_database(tmp_path, migrated_file, clock), clock, loop)
    yield made
    loop.end()
    loop.close()
    made.database.close()


def rows(database: Database) -> Mapping[str, Sequence[Any]]:
    """All that is in the database."""
    with database.reading() as conn:
        return {table.name: list(conn.execute(sa.select(table))) for table in metadata.sorted_tables}


def worked_a_while(world: World) -> Node:
    node = Node(world, 0)
    for _pass in range(20):
        node.work()
        node.await_until(world.loop.time() + 2.5)
    return node


def taken_over(world: World) -> Node:
    """Another one, after nobody has renewed the lease for long enough."""
    world.loop.pass_until(world.loop.time() + OVER_S)
    return Node(world, 1)


def test_a_pass_of_a_loser_leaves_the_database_as_it_is(world: World) -> None:
    loser = worked_a_while(world)
    successor = taken_over(world)
    before = rows(world.database)

    with pytest.raises(LeaseLost):
        loser.worker.run_pass()

    assert rows(world.database) == before
    successor.die()
    loser.die()


def test_a_loser_does_not_settle_what_a_device_answered(world: World) -> None:
    loser = worked_a_while(world)
    now = world.clock.now()
    world.building.wish(WishKind.CUT, world.installed[0].analyzer_id, now + timedelta(minutes=9), now)
    loser.work()
    world.loop.pass_until(world.loop.time() + FRAME_S)
    assert loser.worker.wake.is_set(), "the device has answered, and nobody has written that down"
    successor = taken_over(world)
    before = rows(world.database)

    with pytest.raises(LeaseLost):
        loser.worker.settle()

    assert rows(world.database) == before
    successor.die()
    loser.die()


def test_a_loser_claims_no_message_and_sends_none(site: LeasedSite) -> None:
    site.building.admin()
    tell(site.building, AlertKind.CLOCK, "clock:1")
    stale = site.lost_by("first")
    before = rows(site.database)

    with mail_server() as outbox:
        notifier = Notifier(stale.database, smtp(outbox.host, outbox.port), site.clock, site.building.site_id, "first")
        with pytest.raises(LeaseLost):
            notifier.drain()

    assert outbox.messages == []
    assert rows(site.database) == before


def test_who_may_have_been_succeeded_leaves_the_other_messages_that_it_claimed(site: LeasedSite) -> None:
    """It cannot know whether the successor has sent them already."""
    site.building.admin()
    for number in range(3):
        tell(site.building, AlertKind.CLOCK, f"clock:{number}")
    held, postbox = site.taken_by("first"), Postbox()

    def may_send() -> bool:
        if postbox.mails:
            site.clock.advance(7)
        return held.lets_frames_leave()

    Notifier(
        held.database, SMTP, site.clock, site.building.site_id, "first", lambda _smtp: postbox, may_send=may_send
    ).drain()

    assert len(postbox.mails) == 1


def test_who_stood_still_in_the_middle_of_a_mail_does_not_hand_its_text_over(site: LeasedSite) -> None:
    site.building.admin()
    tell(site.building, AlertKind.CLOCK, "clock:1")
    held = site.taken_by("first")

    with mail_server() as outbox:
        outbox.on_recipient = lambda: site.clock.advance(7)
        server = smtp(outbox.host, outbox.port)
        notifier = Notifier(
            held.database, server, site.clock, site.building.site_id, "first", may_send=held.lets_frames_leave
        )
        notifier.drain()
        texts_of_the_stopped = len(outbox.messages)
        outbox.on_recipient = None
        site.clock.advance(OVER_S)
        successor = site.taken_by("second")
        Notifier(successor.database, server, site.clock, site.building.site_id, "second").drain()

    assert texts_of_the_stopped == 0
    assert len(outbox.messages) == 1


def test_no_job_of_a_loser_changes_anything(site: LeasedSite) -> None:
    stale = site.lost_by("first")
    before = rows(site.database)
    scheduler = schedule.Scheduler()
    keeping = Housekeeping(stale.database, site.building.site_id, BookClock(site.clock, 60), scheduler)

    keeping.look()
    scheduler.run_all()
    until(stale.lost.is_set, "the first job has found out")
    keeping.stop()

    assert rows(site.database) == before


def smtp(host: str, port: int) -> Smtp:
    return Smtp(
        server=host, port=port, username=None, password=None, security=SmtpSecurity.NONE, sender="energy@b.example"
    )
