"""Late handovers through the enforcer's own books: a proposal, then the act of a person; no Wh lost, nothing twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prepaid.access import Viewer
from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.ledger import (
    ChargeMoved,
    CorrectionTooLarge,
    HandoverCorrected,
    HandoverMended,
    HandoverNotLate,
    HandoverUntouched,
    NotCorrectable,
)
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.handovers import Moved
from prepaid.records import Role, Source
from prepaid.units import cost
from sql import check
from sql.assignments import assign
from sql.bookings import Booked
from sql.connection import Database
from sql.corrections import Correction, correct
from sql.late_handovers import Late, Mending, late_handover, mend
from sql.proofs.breach import Scope
from sql.proofs.links import prove_links
from sql.tables import account_heads, assignments, charges, entries, sites
from tests.building import GRID_PRICE, MORNING, Person
from tests.enforcer.site_of_rules import read
from tests.enforcer.stored import Store, stored
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
HOUR = timedelta(hours=1)
DEAR = Decimal("0.2000")
A_FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class LateMove:
    """The florist took the oven over, and the site was told hours later: it was charged to the bakery until then."""

    def __init__(self, database: Database, hours: int = 4, wh: int = 1000, name: str = "Corner House") -> None:
        database.clock = ManualClock(MORNING + hours * HOUR)
        self.made: Store = stored(database, name)
        self.database = database
        self.admin = signed_in(database, Role.ADMIN)
        for hour in range(1, hours + 1):
            self.made.run(read(hour * 3600 - 5, hour * wh + 1000), read(hour * 3600, hour * wh + 1000))
        self.assignment_id = assign(database, self.admin, self.made.oven, self.made.florist.account_id).assignment_id
        self.made.run(read(hours * 3600 + 5, hours * wh + 1000))

    def look(self, handed_over_at: datetime) -> Late:
        assert self.assignment_id is not None, "it was asked for"
        with self.database.reading() as conn:
            return late_handover(conn, ADMIN, self.assignment_id, handed_over_at)

    def mend(self, seen: Late, key: str = "k") -> Booked:
        return mend(self.database, self.admin, Mending(seen=seen, reason="the lease began earlier", key=key))

    def correct(self, person: Person, entry_no: int, amount: str, key: str = "c") -> Booked:
        wanted = Correction(
            account_id=person.account_id, entry_no=entry_no, amount=Decimal(amount), reason="wrong", key=key
        )
        return correct(self.database, self.admin, wanted)

    def charges_of(self, person: Person) -> list[int]:
        """The numbers of its charges, in their order."""
        question = sa.select(charges.c.entry_no).where(charges.c.account_id == person.account_id)
        with self.database.reading() as conn:
            return list(conn.scalars(question.order_by(charges.c.entry_no)))

    def balance(self, person: Person) -> Decimal:
        with self.database.reading() as conn:
            question = sa.select(account_heads.c.balance).where(account_heads.c.account_id == person.account_id)
            found: Decimal = conn.execute(question).scalar_one()
        return found


def test_what_the_first_tenant_paid_for_the_second_is_given_back_and_charged(database: Database) -> None:
    house = LateMove(database)
    made = house.made

    seen = house.look(MORNING + 2 * HOUR)
    booked = house.mend(seen)

    assert seen.moved == (Moved(Source.GRID, GRID_PRICE, GRID_PRICE, 2000),)
    assert (booked.amount, booked.linked_account_id) == (Decimal("-0.3"), made.bakery.account_id)
    assert house.balance(made.bakery) == Decimal(100) - cost(2000, GRID_PRICE)
    assert house.balance(made.florist) == -cost(2000, GRID_PRICE)
    assert check.check(database, everything=True) == []


def test_each_account_has_its_own_prices_and_the_house_pays_nothing(database: Database) -> None:
    """A tenant who moved into a free unit pays at the own price for what the site was charged at none."""
    database.clock = ManualClock(MORNING - timedelta(seconds=3))
    made = stored(database)
    assign(database, signed_in(database, Role.ADMIN), made.oven, None)
    made.run(read(0, 1000))
    made.run(read(3595, 2500), read(3600, 2500))
    database.clock = ManualClock(MORNING + HOUR)
    admin = signed_in(database, Role.ADMIN)
    made.building.change_plan(made.florist, made.building.plan("Dear", DEAR, DEAR), MORNING - 9 * HOUR)
    asked = assign(database, admin, made.oven, made.florist.account_id)
    made.run(read(3605, 2500))
    assert asked.assignment_id is not None

    with database.reading() as conn:
        seen = late_handover(conn, ADMIN, asked.assignment_id, MORNING + HOUR / 2)
    booked = mend(database, admin, Mending(seen=seen, reason="late", key="k"))

    assert (seen.given_back, seen.taken) == (Decimal(0), sum(each.wh for each in seen.moved) * DEAR / 1000)
    assert seen.taken > 0
    assert booked.linked_account_id == made.building.house_account_id
    assert check.check(database, everything=True) == []


def test_a_handover_is_mended_once_whatever_is_clicked(database: Database) -> None:
    house = LateMove(database)
    seen = house.look(MORNING + 2 * HOUR)
    first = house.mend(seen)

    again = house.mend(seen)

    assert again == replace(first, repeated=True)
    with pytest.raises(HandoverMended):
        house.mend(seen, "another")
    with pytest.raises(HandoverMended):
        house.look(MORNING + 3 * HOUR)


def test_the_instant_lies_between_the_two_handovers(database: Database) -> None:
    house = LateMove(database)

    for hours in (-1.0, 4.1, 9.0):
        with pytest.raises(HandoverNotLate):
            house.look(MORNING + timedelta(hours=hours))
    with pytest.raises(HandoverUntouched):
        house.look(MORNING + 4 * HOUR + timedelta(seconds=1))


def test_what_was_corrected_already_is_not_given_back_again(database: Database) -> None:
    house = LateMove(database)
    seen = house.look(MORNING + 2 * HOUR)
    account_id = house.made.bakery.account_id
    with database.reading() as conn:
        newest = conn.scalar(sa.select(sa.func.max(charges.c.entry_no)).where(charges.c.account_id == account_id))
    assert newest is not None
    wanted = Correction(account_id=account_id, entry_no=newest, amount=Decimal("0.01"), reason="r", key="c")
    correct(database, house.admin, wanted)

    with pytest.raises(HandoverCorrected, match=str(newest)):
        house.mend(seen)


def test_a_charge_that_was_moved_is_corrected_where_it_stands_now(database: Database) -> None:
    house = LateMove(database)
    made = house.made
    *_before, moved = house.charges_of(made.bakery)
    booked = house.mend(house.look(MORNING + 2 * HOUR))
    before = house.balance(made.bakery), house.balance(made.florist)

    with pytest.raises(ChargeMoved, match=f"entry {booked.entry_no} of account {made.florist.number}"):
        house.correct(made.bakery, moved, "0.01")
    house.correct(made.florist, booked.entry_no, "0.01")

    assert house.balance(made.bakery) == before[0]
    assert house.balance(made.florist) == before[1] + Decimal("0.01")
    assert check.check(database, everything=True) == []


def test_of_a_charge_across_the_true_instant_only_what_stays_is_corrected(database: Database) -> None:
    house = LateMove(database)
    first, across, *_behind = house.charges_of(house.made.bakery)
    house.mend(house.look(MORNING + HOUR * 1.5))

    with pytest.raises(CorrectionTooLarge, match=r"at most 0\.075"):
        house.correct(house.made.bakery, across, "0.0750001")
    house.correct(house.made.bakery, across, "0.075", "a")
    house.correct(house.made.bakery, first, "0.15", "b")

    assert house.balance(house.made.bakery) == Decimal(100)
    assert check.check(database, everything=True) == []


def test_only_the_end_that_took_is_corrected(database: Database) -> None:
    house = LateMove(database)
    booked = house.mend(house.look(MORNING + 2 * HOUR))
    assert booked.linked_entry_no is not None, "a handover has two ends"

    with pytest.raises(NotCorrectable):
        house.correct(house.made.bakery, booked.linked_entry_no, "0.01")
    with pytest.raises(CorrectionTooLarge):
        house.correct(house.made.florist, booked.entry_no, "0.3000001")


def test_what_is_not_what_was_seen_is_not_booked(database: Database) -> None:
    house = LateMove(database)
    seen = house.look(MORNING + 2 * HOUR)

    with pytest.raises(ChangedMeanwhile):
        house.mend(replace(seen, moved=(replace(seen.moved[0], wh=1),)))

    assert house.balance(house.made.florist) == Decimal(0)


def test_one_that_has_not_begun_and_the_first_of_all_have_nothing_before_them(database: Database) -> None:
    house = LateMove(database)
    waiting = assign(database, house.admin, house.made.oven, house.made.bakery.account_id).assignment_id
    with database.reading() as conn:
        first = conn.scalar(sa.select(sa.func.min(assignments.c.id)))

        for assignment_id in (waiting, first, 999):
            assert assignment_id is not None
            with pytest.raises(NotFound):
                late_handover(conn, ADMIN, assignment_id, MORNING)


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.TENANT])
def test_only_an_admin_of_the_site_sees_the_proposal_and_books_it(database: Database, role: Role) -> None:
    house = LateMove(database)
    seen = house.look(MORNING + 2 * HOUR)
    other = replace(ADMIN, role=role, tenant_id=house.made.bakery.tenant_id)
    house.admin = signed_in(database, role, tenant_id=house.made.bakery.tenant_id if role is Role.TENANT else None)

    with pytest.raises(NotAllowed):
        house.mend(seen)
    for viewer in (other, replace(ADMIN, site_id=999)):
        with database.reading() as conn, pytest.raises(NotAllowed):
            late_handover(conn, viewer, seen.assignment_id, seen.handed_over_at)


@given(minutes=st.integers(1, 239), wh=st.integers(1, 9000))
@A_FEW
def test_a_mended_handover_comes_out_as_if_it_had_been_on_time(database: Database, minutes: int, wh: int) -> None:
    """Both accounts together used the same Wh and paid the same money, and the later one from the true instant on."""
    with database.reading() as conn:
        number = conn.scalar(sa.select(sa.func.count()).select_from(sites))
    house = LateMove(database, wh=wh, name=f"House {number}")
    made, before = house.made, house.balance(house.made.bakery)

    house.mend(house.look(MORNING + timedelta(minutes=minutes)))

    used_wh = 4 * wh
    paid_by_florist = -house.balance(made.florist)
    assert house.balance(made.bakery) + house.balance(made.florist) == before
    assert house.balance(made.bakery) == Decimal(100) - cost(used_wh, GRID_PRICE) + paid_by_florist
    due = cost(used_wh, GRID_PRICE) * (240 - minutes) / 240
    assert abs(paid_by_florist - due) < cost(6 * max(1, wh // 700), GRID_PRICE) + Decimal("0.001")
    assert check.check(database, everything=True) == []


def test_an_amount_that_is_not_the_price_of_the_wh_is_told(database: Database) -> None:
    house = LateMove(database)
    booked = house.mend(house.look(MORNING + 2 * HOUR))
    with database.writing() as conn:
        conn.execute(
            entries.update()
            .where(entries.c.account_id == booked.account_id, entries.c.entry_no == booked.entry_no)
            .values(amount=booked.amount - 1)
        )

    with database.reading() as conn:
        assert [breach.name for breach in prove_links(conn, Scope(since=None))] == ["ledger.handover"]


def test_sql_server_understands_each_statement(database: Database) -> None:
    house = LateMove(database)

    with listening(database) as heard:
        house.mend(house.look(MORNING + 2 * HOUR))
        house.correct(house.made.bakery, house.charges_of(house.made.bakery)[0], "0.01")

    assert all(on_sql_server(statement) for statement in heard.values())
