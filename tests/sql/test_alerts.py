"""Alerts and their outbox: raised once per cause, told to whom it concerns, claimed by one at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from prepaid.alerts import TENANT_KINDS, AlertKind, Level, MessageState
from prepaid.records import Stage
from sql.alerts import (
    CLAIM_FOR,
    LAST_RETRY,
    NewAlert,
    Outgoing,
    claim,
    cross,
    end_alerts,
    load_levels,
    mark_failed,
    mark_sent,
    raise_alert,
    standing,
)
from sql.connection import Database
from sql.tables import alerts, contacts, messages, users
from tests.building import MORNING, Building, Person


@pytest.fixture
def building(database: Database) -> Building:
    """A site with an admin; the people of another site must get nothing of it."""
    made = Building(database)
    made.admin("admin@here.example")
    return made


def tell(
    building: Building, kind: AlertKind, cause: str, person: Person | None = None, analyzer: int | None = None
) -> bool:
    new = NewAlert(
        site_id=building.site_id,
        kind=kind,
        cause=cause,
        account_id=None if person is None else person.account_id,
        analyzer_id=analyzer,
        details={"why": cause},
    )
    with building.database.writing() as conn:
        return raise_alert(conn, new, MORNING)


def claimed(database: Database, holder: str = "one", seconds: float = 0, most: int = 20) -> list[Outgoing]:
    with database.writing() as conn:
        return claim(conn, holder, after(seconds), most)


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def recipients(database: Database) -> list[str]:
    with database.reading() as conn:
        return sorted(conn.scalars(sa.select(messages.c.recipient)))


# --- raising ------------------------------------------------------------------------------------------------------


def test_a_cause_raises_one_alert_however_often_it_is_told(building: Building) -> None:
    bakery = building.tenant("Bakery")

    told = [tell(building, AlertKind.LOW, "crossing:1", bakery) for _ in range(3)]

    assert told == [True, False, False]
    assert recipients(building.database) == [bakery.email]


@pytest.mark.parametrize("kind", list(AlertKind))
def test_tenants_hear_of_their_own_account_and_staff_of_everything_else(building: Building, kind: AlertKind) -> None:
    bakery, _ = building.tenant("Bakery"), building.tenant("Florist")

    tell(building, kind, "x", bakery)

    assert recipients(building.database) == [bakery.email if kind in TENANT_KINDS else "admin@here.example"]


def test_everybody_is_told_once_whatever_the_case_of_the_address(building: Building) -> None:
    bakery = building.tenant("Bakery", email="Owner@Bakery.example")
    with building.database.writing() as conn:
        for email, ended_at in (
            ("owner@bakery.EXAMPLE", None),
            ("cook@bakery.example", None),
            ("old@b.example", MORNING),
        ):
            row = {"tenant_id": bakery.tenant_id, "name": "x", "email": email, "language": "en", "ended_at": ended_at}
            conn.execute(contacts.insert().values(row))

    tell(building, AlertKind.CUT, "supply:1", bakery)

    assert len(recipients(building.database)) == 2
    assert {address.casefold() for address in recipients(building.database)} == {
        "owner@bakery.example",
        "cook@bakery.example",
    }


def test_staff_who_are_locked_or_belong_to_another_site_are_not_told(building: Building) -> None:
    other = Building(building.database, name="Other House")
    locked, foreign = building.admin("gone@here.example"), building.admin("admin@there.example")
    with building.database.writing() as conn:
        conn.execute(users.update().where(users.c.id == locked).values(locked_at=MORNING))
        conn.execute(users.update().where(users.c.id == foreign).values(site_id=other.site_id))

    tell(building, AlertKind.GUARD, "guard:1")

    assert recipients(building.database) == ["admin@here.example"]


def test_a_message_keeps_its_id_over_every_try(building: Building) -> None:
    tell(building, AlertKind.LOW, "crossing:1", building.tenant("Bakery"))

    first = claimed(building.database)[0]
    with building.database.writing() as conn:
        mark_failed(conn, first, "no route", after(0), for_good=False)
    second = claimed(building.database, seconds=7200)[0]

    assert first.message_id == second.message_id
    assert first.message_id.startswith("<")
    assert (first.tries, second.tries) == (1, 2)


def test_standing_alerts_of_an_analyzer_end_together(building: Building) -> None:
    oven, shop = building.analyzer("Oven"), building.analyzer("Shop")
    tell(building, AlertKind.ANALYZER_LOST, "lost:1", analyzer=oven)
    tell(building, AlertKind.ANALYZER_LOST, "lost:2", analyzer=shop)

    with building.database.writing() as conn:
        ended = end_alerts(conn, building.site_id, AlertKind.ANALYZER_LOST, oven, after(60))
        again = end_alerts(conn, building.site_id, AlertKind.ANALYZER_LOST, oven, after(61))
        left = standing(conn, building.site_id, AlertKind.ANALYZER_LOST)

    assert (ended, again, left) == (1, 0, {shop: MORNING})


# --- claiming -----------------------------------------------------------------------------------------------------


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


# --- crossings ----------------------------------------------------------------------------------------------------


def test_a_crossing_is_noted_once_and_only_from_the_level_it_was_seen_from(building: Building) -> None:
    bakery = building.tenant("Bakery").account_id
    with building.database.writing() as conn:
        noted = [
            cross(conn, bakery, Stage.ENFORCED, before, now, MORNING)
            for before, now in (
                (Level.FINE, Level.LOW),
                (Level.FINE, Level.LOW),
                (Level.LOW, Level.EXHAUSTED),
                (Level.CRITICAL, Level.EXHAUSTED),
            )
        ]
        levels = load_levels(conn, building.site_id)

    assert noted == [True, False, True, False]
    assert levels[bakery] == (Level.EXHAUSTED, 0)


def test_a_crossing_of_an_account_that_has_another_stage_by_now_is_not_noted(building: Building) -> None:
    bakery = building.tenant("Bakery").account_id
    with building.database.writing() as conn:
        noted = cross(conn, bakery, Stage.OBSERVED, Level.FINE, Level.LOW, MORNING)

        assert (noted, load_levels(conn, building.site_id)[bakery]) == (False, (Level.FINE, 0))


def test_what_would_have_been_told_has_no_message_and_says_how_many_it_would_have_had(building: Building) -> None:
    bakery = building.tenant("Bakery")
    with building.database.writing() as conn:
        conn.execute(contacts.insert().values(tenant_id=bakery.tenant_id, name="D", email="d@x.example", language="en"))
    would = NewAlert(
        site_id=building.site_id,
        kind=AlertKind.EXHAUSTED,
        cause="crossing:1",
        account_id=bakery.account_id,
        details={},
        would_have=True,
    )

    with building.database.writing() as conn:
        raised = [raise_alert(conn, would, MORNING) for _time in range(2)]
    tell(building, AlertKind.EXHAUSTED, "crossing:2", bakery)

    with building.database.reading() as conn:
        kept = conn.execute(sa.select(alerts.c.would_tell).order_by(alerts.c.id)).scalars().all()
        of_first = sa.select(sa.func.count()).select_from(messages).where(messages.c.alert_id == 1)
        assert (raised, list(kept), conn.scalar(of_first)) == ([True, False], [2, None], 0)
    assert len(claimed(building.database)) == 2


def states(database: Database) -> Sequence[MessageState]:
    with database.reading() as conn:
        return list(conn.scalars(sa.select(messages.c.state)))


def test_every_alert_is_a_row_with_its_site(building: Building) -> None:
    tell(building, AlertKind.CLOCK, "clock:1")

    with building.database.reading() as conn:
        row = conn.execute(sa.select(alerts)).one()
    assert (row.site_id, row.kind, row.cause, row.details) == (
        building.site_id,
        AlertKind.CLOCK,
        "clock:1",
        {"why": "clock:1"},
    )
