"""What a new base left unknown is posted once, by an administrator who saw it, or dismissed; never by anybody else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound, SessionEnded
from prepaid.errors.base import PrepaidError
from prepaid.errors.ledger import AccountClosed, BookingReasonMissing, EstimateDismissed, EstimateEmpty, EstimatePosted
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.expected import NOTHING_EXPECTED
from prepaid.proposals import Proposal
from prepaid.records import EntryKind, Role
from prepaid.units import cost, negative
from sql.bookings import Booked
from sql.connection import Database
from sql.estimates import Estimate, dismiss_estimate, post_estimate
from sql.questions.analyzer_proposals import proposals_of
from sql.sessions import SignedIn
from sql.tables import bookings, entries, events
from tests.building import GRID_PRICE, Building, Person
from tests.resets import reset
from tests.signed_in import sign_out, signed_in
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A bakery whose oven was found reset, and the administrator."""

    database: Database
    building: Building
    bakery: Person
    oven: int
    base_id: int
    admin: SignedIn

    def seen(self) -> Proposal:
        with self.database.reading() as conn:
            [found] = proposals_of(conn, ADMIN, self.oven)
        return found

    def post(self, seen: Proposal, key: str = "slip", reason: str = "reset by hand") -> Booked:
        return post_estimate(self.database, self.admin, Estimate(seen=seen, reason=reason, key=key))

    def dismiss(self, seen: Proposal, reason: str = "he was away") -> None:
        dismiss_estimate(self.database, self.admin, seen, reason)

    def estimates(self) -> list[Any]:
        with self.database.reading() as conn:
            return list(conn.execute(sa.select(entries).where(entries.c.kind == EntryKind.ESTIMATE)))

    def told(self) -> Any:
        """The newest event of the dashboard."""
        newest = sa.select(events).where(events.c.writer == "dashboard").order_by(events.c.event_no.desc()).limit(1)
        with self.database.reading() as conn:
            return conn.execute(newest).one()


@pytest.fixture
def desk(database: Database) -> Desk:
    building, bakery, oven, base_id = reset(database)
    admin = signed_in(database, Role.ADMIN)
    return Desk(database=database, building=building, bakery=bakery, oven=oven, base_id=base_id, admin=admin)


def test_an_estimate_costs_what_was_proposed_keeps_it_and_marks_it_posted(desk: Desk) -> None:
    booked = desk.post(desk.seen())

    [entry] = desk.estimates()
    with desk.database.reading() as conn:
        kept = conn.execute(sa.select(bookings)).one()
    assert (booked.kind, booked.amount) == (EntryKind.ESTIMATE, negative(cost(5_700, GRID_PRICE)))
    assert (entry.cause, entry.note, entry.actor) == (
        f"estimate:base:{desk.base_id}",
        "reset by hand",
        desk.admin.actor,
    )
    assert (kept.asked["grid_wh"], kept.asked["generator_wh"], kept.asked["base"]) == (5_700, 0, desk.base_id)
    assert (desk.told().action, desk.told().after["reason"]) == ("estimate.booked", "reset by hand")
    assert desk.seen().posted


def test_the_same_key_books_once_and_another_key_not_at_all(desk: Desk) -> None:
    seen = desk.seen()
    first = desk.post(seen)

    again = desk.post(seen)
    with pytest.raises(EstimatePosted, match=desk.bakery.number):
        desk.post(seen, "another")

    assert again == replace(first, repeated=True)
    assert len(desk.estimates()) == 1


def test_two_administrators_at_once_post_it_once(desk: Desk) -> None:
    seen, gate = desk.seen(), Barrier(2)
    done: list[object] = []

    def click(key: str) -> None:
        gate.wait(timeout=20)
        try:
            done.append(desk.post(seen, key))
        except EstimatePosted as error:
            done.append(error)

    threads = [Thread(target=click, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(type(each).__name__ for each in done) == ["Booked", "EstimatePosted"]
    assert len(desk.estimates()) == 1


def test_what_is_not_as_it_was_seen_is_looked_at_again(desk: Desk) -> None:
    seen = desk.seen()

    for other in (
        replace(seen, unknown=replace(seen.unknown, grid_wh=9_999)),
        replace(seen, grid_price=Decimal("0.9")),
    ):
        with pytest.raises(ChangedMeanwhile):
            desk.post(other)
    with pytest.raises(NotFound):
        desk.post(replace(seen, base_id=999))

    assert desk.estimates() == []


def test_where_nothing_is_unknown_nothing_is_posted(database: Database) -> None:
    building, bakery, oven, base_id = reset(database, began_wh=6_000)
    admin = signed_in(database, Role.ADMIN)
    desk = Desk(database=database, building=building, bakery=bakery, oven=oven, base_id=base_id, admin=admin)

    assert desk.seen().unknown == NOTHING_EXPECTED
    with pytest.raises(EstimateEmpty):
        desk.post(desk.seen())


def test_what_is_dismissed_says_who_and_why_and_charges_nothing(desk: Desk) -> None:
    desk.dismiss(desk.seen())

    found = desk.seen()
    assert found.dismissed is not None
    assert (found.dismissed.by, found.dismissed.why, found.posted) == (desk.admin.display_name, "he was away", False)
    assert desk.estimates() == []
    told = desk.told()
    assert (told.action, told.subject, told.actor) == (
        "estimate.dismissed",
        f"account:{desk.bakery.account_id}",
        desk.admin.actor,
    )
    assert (told.after["reason"], Decimal(told.after["amount"])) == ("he was away", cost(5_700, GRID_PRICE))


def test_what_is_dismissed_may_be_posted_after_all_but_not_as_it_was_seen_before(desk: Desk) -> None:
    before = desk.seen()
    desk.dismiss(before)

    with pytest.raises(ChangedMeanwhile):
        desk.post(before)
    desk.post(desk.seen())

    assert desk.seen().posted


def test_it_is_dismissed_once_and_not_when_it_is_posted(desk: Desk) -> None:
    seen = desk.seen()
    desk.dismiss(seen)

    with pytest.raises(EstimateDismissed, match=desk.admin.display_name):
        desk.dismiss(seen)
    desk.post(desk.seen())
    with pytest.raises(EstimatePosted):
        desk.dismiss(seen)


ACTS: list[Callable[[Desk, Proposal], object]] = [
    lambda desk, seen: desk.post(seen),
    lambda desk, seen: desk.dismiss(seen),
]


@pytest.mark.parametrize("act", ACTS, ids=["post", "dismiss"])
def test_only_an_administrator_who_is_signed_in(desk: Desk, act: Callable[[Desk, Proposal], object]) -> None:
    seen, site_id = desk.seen(), desk.building.site_id
    people: list[tuple[SignedIn, type[PrepaidError]]] = [
        (signed_in(desk.database, Role.CASHIER, site_id=site_id), NotAllowed),
        (signed_in(desk.database, Role.MANAGER, site_id=site_id), NotAllowed),
        (signed_in(desk.database, Role.TENANT, tenant_id=desk.bakery.tenant_id), NotAllowed),
        (signed_in(desk.database, Role.ADMIN, site_id=Building(desk.database, name="Other").site_id), NotAllowed),
        (desk.admin, SessionEnded),
    ]
    sign_out(desk.database, desk.admin)

    for person, told in people:
        with pytest.raises(told):
            act(replace(desk, admin=person), seen)

    assert desk.estimates() == []
    assert desk.seen().dismissed is None


def test_both_need_a_reason(desk: Desk) -> None:
    with pytest.raises(BookingReasonMissing):
        desk.post(desk.seen(), reason=" ")
    with pytest.raises(BookingReasonMissing):
        desk.dismiss(desk.seen(), reason="")


def test_nothing_is_posted_on_a_closed_account(desk: Desk) -> None:
    seen = desk.seen()
    desk.building.close(desk.bakery)

    with pytest.raises(AccountClosed):
        desk.post(seen)


def test_sql_server_understands_each_statement(desk: Desk) -> None:
    with listening(desk.database) as heard:
        desk.dismiss(desk.seen())
        desk.post(desk.seen())

    assert all(on_sql_server(statement) for statement in heard.values())
