"""The outbox: a message is claimed by one at a time, tried again for ever, sent once for all."""

from collections.abc import Sequence
from datetime import datetime
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, MessageState
from prepaid.retries import LONGEST_WAIT_S, MOST_TRIES
from sql.connection import Database
from sql.outbox import CLAIM_FOR, free_claims
from sql.outcomes import give_back, mark_failed, mark_sent, still_held
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
        mark_failed(conn, first, "one", "no route", after(0), for_good=False)
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
            won.extend(message.first.id for message in found)

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
        mark_failed(conn, first, "one", "no route", after(0), for_good=False)

    assert claimed(building.database, "two", 1) == []


def test_the_oldest_messages_are_claimed_first_and_a_bounded_number(building: Building) -> None:
    bakery = building.tenant("Bakery")
    for number in range(5):
        tell(building, AlertKind.LOW, f"crossing:{number}", bakery)

    first, second = claimed(building.database, most=3), claimed(building.database, most=3)

    assert [message.first.details["why"] for message in first] == ["crossing:0", "crossing:1", "crossing:2"]
    assert len(second) == 2


def test_a_sent_message_is_never_claimed_again(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    [message] = claimed(building.database)
    with building.database.writing() as conn:
        mark_sent(conn, message, MORNING)

    assert claimed(building.database, "two", 10**6) == []


def test_who_comes_late_with_a_failure_does_not_send_a_sent_message_again(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    slow = claimed(building.database, "slow")[0]
    quick = claimed(building.database, "quick", CLAIM_FOR.total_seconds())[0]

    with building.database.writing() as conn:
        mark_sent(conn, quick, after(130))
        mark_failed(conn, slow, "slow", "timed out", after(140), for_good=False)

    assert states(building.database) == [MessageState.SENT]


def test_tries_grow_apart_up_to_an_hour(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    waits, second = [], 0.0

    for _ in range(12):
        message = claimed(building.database, seconds=second)[0]
        with building.database.writing() as conn:
            mark_failed(conn, message, "one", "no route", after(second), for_good=False)
            due_at = conn.scalar(sa.select(messages.c.due_at))
        assert isinstance(due_at, datetime)
        waits.append((due_at - after(second)).total_seconds())
        second += waits[-1]

    assert waits[:4] == pytest.approx([15, 30, 60, 120], rel=0.1)
    assert waits[-1] == pytest.approx(LONGEST_WAIT_S, rel=0.1)


def test_what_is_refused_for_good_is_kept_and_left_alone(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    [message] = claimed(building.database)
    with building.database.writing() as conn:
        mark_failed(conn, message, "one", "x" * 1000, MORNING, for_good=True)

    assert states(building.database) == [MessageState.FAILED]
    assert claimed(building.database, "two", 10**6) == []


def test_a_claimed_message_carries_what_its_text_is_made_of(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    tell(building, AlertKind.GUARD, "guard:1")

    mine, staff = (parcel.first for parcel in claimed(building.database))

    assert (mine.tenant_name, mine.account_number, mine.currency) == ("Bakery", "A00001", "IQD")
    assert (staff.tenant_name, staff.account_number, staff.currency) == ("", "", "IQD")
    assert (mine.site_name, mine.zone_name, mine.raised_at) == ("Corner House", "Asia/Baghdad", MORNING)


def test_a_message_that_fails_for_three_days_has_failed_for_good(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    second, ends = 0.0, []

    while found := claimed(building.database, seconds=second):
        with building.database.writing() as conn:
            ends.append(mark_failed(conn, found[0], "one", "451 later", after(second), for_good=False))
            due_at = conn.execute(sa.select(messages.c.due_at)).scalar_one()
        second = (due_at - MORNING).total_seconds()

    assert ends == [*[False] * (MOST_TRIES - 1), True]
    assert 2.7 * 86400 < second < 3.3 * 86400
    with building.database.reading() as conn:
        assert conn.execute(sa.select(messages.c.state, messages.c.error)).one() == (MessageState.FAILED, "451 later")


def test_what_is_given_back_was_not_tried_and_is_due_as_before(building: Building) -> None:
    bakery = building.tenant("Bakery")
    for number in range(3):
        tell(building, AlertKind.LOW, f"crossing:{number}", bakery)
    first, *_others = claimed(building.database)

    with building.database.writing() as conn:
        mark_sent(conn, first, after(1))
        given = give_back(conn, building.site_id, "one")
    again = claimed(building.database, "two", 2)

    assert given == 2
    assert [message.tries for message in again] == [1, 1]


def test_a_claim_that_another_took_over_is_not_held_any_more(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))
    [message] = claimed(building.database)

    with building.database.writing() as conn:
        held = still_held(conn, message, "one", after(1))
        free_claims(conn, building.site_id, after(1))
        freed = still_held(conn, message, "one", after(1))

    assert (held, freed) == (True, False)


def test_a_site_claims_nothing_of_another_one(building: Building) -> None:
    other = Building(building.database, name="Other House")
    tell(building, AlertKind.LOW, "here:1", building.tenant("Bakery"))
    tell(other, AlertKind.LOW, "there:1", other.tenant("Florist"))

    here = claimed(building.database)
    there = claimed(building.database, "two", site_id=other.site_id)

    assert [message.first.details["why"] for message in (*here, *there)] == ["here:1", "there:1"]
    assert [message.first.site_name for message in (*here, *there)] == ["Corner House", "Other House"]


def test_no_more_is_claimed_than_wanted_whatever_waits(building: Building) -> None:
    bakery = building.tenant("Bakery")
    for number in range(5):
        tell(building, AlertKind.LOW, f"crossing:{number}", bakery)

    assert len(claimed(building.database, most=1)) == 1


def states(database: Database) -> Sequence[MessageState]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(messages.c.state)))
