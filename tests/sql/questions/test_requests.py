"""What waits for a second person is shown to who sells at the site, and what became of it to the one who asked."""

from decimal import Decimal

import pytest

from prepaid.errors.access import NotAllowed, NotFound
from prepaid.records import Role
from prepaid.requests import WAITS, RequestState
from sql.connection import Database
from sql.questions.requests import request, requests_at
from sql.requests import Waiting
from sql.second_persons import confirm, refuse
from sql.selling import Counter, Sale, sell
from sql.sessions import SignedIn
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.sql.statements import listening, on_sql_server


def house_of(database: Database) -> tuple[Building, Person, SignedIn, SignedIn]:
    building = Building(database, values={"largest_recharge_alone": "10"})
    first, second = (signed_in(database, Role.CASHIER, site_id=building.site_id) for _person in range(2))
    return building, building.tenant("Bakery"), first, second


def ask(database: Database, seller: SignedIn, person: Person, amount: str, key: str) -> int:
    wanted = Sale(
        account_id=person.account_id,
        amount=Decimal(amount),
        currency="IQD",
        key=key,
        paid_by="card",
        reference="INV 1",
    )
    waiting = sell(database, seller, Counter.FORM, wanted)
    assert isinstance(waiting, Waiting)
    return waiting.request_id


def test_who_sells_at_the_site_sees_what_waits_with_all_that_was_said(database: Database) -> None:
    building, bakery, first, second = house_of(database)
    ask(database, first, bakery, "50", "one")

    with database.reading() as conn:
        now = database.now(conn)
        (mine,) = requests_at(conn, first, building.site_id, now)
        (line,) = requests_at(conn, second, building.site_id, now)

    assert (line.tenant, line.number, line.amount, line.currency) == ("Bakery", bakery.number, Decimal(50), "IQD")
    assert (line.paid_by, line.reference, line.asked_by) == ("card", "INV 1", first.display_name)
    assert (line.state, line.expires_at - line.asked_at) == (RequestState.WAITING, WAITS)
    assert (mine.is_mine, line.is_mine) == (True, False)


def test_what_was_decided_is_shown_to_the_one_who_asked_for_some_time(database: Database) -> None:
    building, bakery, first, second = house_of(database)
    refuse(database, second, ask(database, first, bakery, "50", "one"), "not paid")
    confirm(database, second, ask(database, first, bakery, "60", "two"))
    waiting = ask(database, first, bakery, "70", "three")

    with database.reading() as conn:
        now = database.now(conn)
        mine = requests_at(conn, first, building.site_id, now)
        others = requests_at(conn, second, building.site_id, now)
        later = requests_at(conn, first, building.site_id, now + 2 * WAITS)

    assert mine[0].request_id == waiting
    assert {each.state: (each.decided_by, each.why, each.entry_no) for each in mine[1:]} == {
        RequestState.REFUSED: (second.display_name, "not paid", None),
        RequestState.CONFIRMED: (second.display_name, None, 1),
    }
    assert [each.request_id for each in others] == [waiting]
    assert later == ()


def test_what_waited_too_long_is_expired_before_anybody_notes_it(database: Database) -> None:
    building, bakery, first, second = house_of(database)
    ask(database, first, bakery, "50", "one")

    with database.reading() as conn:
        over_at = database.now(conn) + WAITS
        mine = requests_at(conn, first, building.site_id, over_at)
        others = requests_at(conn, second, building.site_id, over_at)

    assert [each.state for each in mine] == [RequestState.EXPIRED]
    assert others == ()


def test_nobody_else_sees_any_of_it(database: Database) -> None:
    building, bakery, first, _second = house_of(database)
    request_id = ask(database, first, bakery, "50", "one")
    elsewhere = Building(database, name="Elsewhere")
    strangers = (
        signed_in(database, Role.CASHIER, site_id=elsewhere.site_id),
        signed_in(database, Role.MANAGER, site_id=building.site_id),
        signed_in(database, Role.TENANT, tenant_id=bakery.tenant_id),
    )

    with database.reading() as conn:
        now = database.now(conn)
        for person in strangers:
            with pytest.raises(NotAllowed):
                requests_at(conn, person, building.site_id, now)
            with pytest.raises(NotAllowed):
                request(conn, person, request_id, now)
        with pytest.raises(NotFound):
            request(conn, first, 999, now)


def test_sql_server_understands_each_statement(database: Database) -> None:
    building, bakery, first, second = house_of(database)

    with listening(database) as heard:
        request_id = ask(database, first, bakery, "50", "one")
        with database.reading() as conn:
            requests_at(conn, first, building.site_id, database.now(conn))
            request(conn, first, request_id, database.now(conn))
        confirm(database, second, request_id)

    assert all(on_sql_server(statement) for statement in heard.values())
