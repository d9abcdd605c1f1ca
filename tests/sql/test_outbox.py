"""The outbox: a message is claimed by one at a time, tried again for ever, sent once for all."""

from collections.abc import Sequence
from datetime import datetime
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, MessageState
from sql.connection import Database
from sql.outbox import CLAIM_FOR, LAST_RETRY, claim, mark_failed, mark_sent
from sql.tables import messages
from tests.building import MORNING, Building
from tests.sql.messages import after, claimed, tell


@pytest.fixture
def building(database: Database) -> Building:
    """A site with an admin, who gets the messages for the staff."""
    made = Building(database)
    made.admin("admin@here.example")
    return made


def test_a_message_keeps_its_id_over_every_try(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))

    first = claimed(building.database)[0]
    with building.database.writing() as conn:
        mark_failed(conn, first, "no route", after(0), for_good=False)
    second = claimed(building.database, seconds=7200)[0]

    assert first.message_id == second.message_id
    assert first.message_id.startswith("<")
    assert (first.tries, second.tries) == (1, 2)


def test_a_claimed_message_is_nobody_elses_until_its_claimer_is_silent_too_long(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    seconds = CLAIM_FOR.total_seconds()

    taken = [len(claimed(building.database, holder, second)) for holder, second in (("one", 0), ("two", seconds - 1))]
    after_death = claimed(building.database, "two", seconds)

    assert taken == [1, 0]
    assert [message.tries for message in after_death] == [2]


def test_two_claimers_never_both_win(building: Building) -> None:
    bakery = building.tenant("Bakery")
    for number in range(40):
        tell(building, AlertKind.LOW, f"crossing:{number}", bakery)
    gate = Barrier(4)
    won: list[int] = []

    def take(holder: str) -> None:
        gate.wait(timeout=20)
        while found := claimed(building.database, holder, most=3):
            won.extend(message.id for message in found)

    threads = [Thread(target=take, args=(f"claimer {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len(won) == len(set(won)) == 40


def test_a_postponed_message_is_not_due_before_its_time(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    first = claimed(building.database)[0]
    with building.database.writing() as conn:
        mark_failed(conn, first, "no route", after(0), for_good=False)

    assert claimed(building.database, "two", 1) == []


def test_the_oldest_messages_are_claimed_first_and_a_bounded_number(building: Building) -> None:
    bakery = building.tenant("Bakery")
    for number in range(5):
        tell(building, AlertKind.LOW, f"crossing:{number}", bakery)

    first, second = claimed(building.database, most=3), claimed(building.database, most=3)

    assert [message.details["why"] for message in first] == ["crossing:0", "crossing:1", "crossing:2"]
    assert len(second) == 2


def test_a_sent_message_is_never_claimed_again(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    with building.database.writing() as conn:
        mark_sent(conn, claim(conn, "one", MORNING, 1)[0], MORNING)

    assert claimed(building.database, "two", 10**6) == []


def test_who_comes_late_with_a_failure_does_not_send_a_sent_message_again(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    slow = claimed(building.database, "slow")[0]
    quick = claimed(building.database, "quick", CLAIM_FOR.total_seconds())[0]

    with building.database.writing() as conn:
        mark_sent(conn, quick, after(130))
        mark_failed(conn, slow, "timed out", after(140), for_good=False)

    assert states(building.database) == [MessageState.SENT]


def test_tries_grow_apart_up_to_an_hour(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    waits, second = [], 0.0

    for _ in range(12):
        message = claimed(building.database, seconds=second)[0]
        with building.database.writing() as conn:
            mark_failed(conn, message, "no route", after(second), for_good=False)
            due_at = conn.scalar(sa.select(messages.c.due_at))
        assert isinstance(due_at, datetime)
        waits.append((due_at - after(second)).total_seconds())
        second += waits[-1]

    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == LAST_RETRY.total_seconds()


def test_what_is_refused_for_good_is_kept_and_left_alone(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    with building.database.writing() as conn:
        mark_failed(conn, claim(conn, "one", MORNING, 1)[0], "x" * 1000, MORNING, for_good=True)

    assert states(building.database) == [MessageState.FAILED]
    assert claimed(building.database, "two", 10**6) == []


def test_a_claimed_message_carries_what_its_text_is_made_of(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    tell(building, AlertKind.GUARD, "guard:1")

    mine, staff = claimed(building.database)

    assert (mine.tenant_name, mine.account_number, mine.currency) == ("Bakery", "A00001", "IQD")
    assert (staff.tenant_name, staff.account_number, staff.currency) == ("", "", "IQD")
    assert (mine.site_name, mine.zone_name, mine.raised_at) == ("Corner House", "Asia/Baghdad", MORNING)


def states(database: Database) -> Sequence[MessageState]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(messages.c.state)))
