"""Lists: bounded, in pages that show every row once while others are added, and only what the caller may see."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboard.api.paging import pack
from prepaid.alerts import AlertKind
from prepaid.records import Role, Source
from sql.alerts import NewAlert, raise_alert
from sql.events import Event, record
from sql.sessions import SignedIn
from tests.building import MORNING, Person
from tests.dashboard.api.calls import Calls, problem

LISTS = ("/api/admin/users", "/api/admin/events", "/api/admin/dashboard", "/api/user/alerts")


def pages(
    calls: Calls, path: str, person: SignedIn, between: Callable[[], object] = int, **query: Any
) -> Iterator[Any]:
    """All items of a list, page by page; `between` happens after each page."""
    cursor: str | None = None
    for _page in range(100):
        asked = query if cursor is None else {**query, "cursor": cursor}
        answer = calls.get(path, person, **asked)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= query["limit"]
        yield from answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return
        between()
    raise AssertionError("the list does not end")


def test_users_come_once_each_while_others_are_added(calls: Calls) -> None:
    admin = calls.person(Role.ADMIN)
    before = [admin.user_id, *(calls.tenant(calls.shop).user_id for _user in range(6))]

    found = list(pages(calls, "/api/admin/users", admin, lambda: calls.tenant(calls.shop), limit=3))

    ids = [user["user_id"] for user in found]
    assert ids == sorted(set(ids))
    assert set(before) <= set(ids)


def test_events_come_newest_first_once_each_while_others_happen(calls: Calls) -> None:
    manager = calls.person(Role.MANAGER)
    for number in range(7):
        happen(calls, "enforcer" if number % 2 else "dashboard", f"test.act{number}")
    happen(calls, "dashboard", "test.of_others", site_id=calls.elsewhere.site_id)

    found = list(
        pages(
            calls, "/api/admin/events", manager, lambda: happen(calls, "tests", "test.later"), limit=2, action="test."
        )
    )

    assert {event["action"] for event in found} == {f"test.act{number}" for number in range(7)}
    assert len(found) == 7
    order = [(event["happened_at"], event["writer"], event["event_no"]) for event in found]
    assert order == sorted(order, reverse=True)


def test_own_alerts_come_newest_first_once_each(calls: Calls) -> None:
    tenant = calls.tenant(calls.shop)
    for number in range(5):
        calls.clock.advance(60)
        alert(calls, calls.shop, AlertKind.LOW, number)
    alert(calls, calls.shop, AlertKind.HOLD, 5)
    alert(calls, calls.stranger, AlertKind.LOW, 6)

    found = list(pages(calls, "/api/user/alerts", tenant, lambda: alert(calls, calls.shop, AlertKind.CUT, 9), limit=2))

    assert [each["kind"] for each in found] == ["low"] * 5
    assert [each["raised_at"] for each in found] == sorted((each["raised_at"] for each in found), reverse=True)
    assert {(each["account"], each["live_balance"]) for each in found} == {(calls.shop.number, "12.5")}


def test_sites_come_in_pages_for_who_sees_all_and_alone_for_who_sees_one(calls: Calls) -> None:
    everywhere = calls.person(Role.ADMIN, site_id=None)

    found = list(pages(calls, "/api/admin/dashboard", everywhere, limit=1))
    own = calls.get("/api/admin/dashboard", calls.person(Role.MANAGER)).json()

    assert [site["name"] for site in found] == ["Corner House", "Elsewhere"]
    assert [site["site_id"] for site in own["items"]] == [calls.house.site_id]


def test_other_sites_can_not_be_asked_for(calls: Calls) -> None:
    manager, other = calls.person(Role.MANAGER), calls.elsewhere.site_id

    for path in ("/api/admin/events", "/api/admin/dashboard"):
        problem(calls.get(path, manager, site_id=other), 403, "not-allowed")
        assert calls.get(path, manager, site_id=calls.house.site_id).status_code == 200


def test_users_of_other_sites_are_not_shown_and_staff_is_not_shown_to_a_cashier(calls: Calls) -> None:
    cashier, tenant = calls.person(Role.CASHIER), calls.tenant(calls.shop)
    foreign, owner = calls.tenant(calls.stranger), calls.person(Role.ADMIN, site_id=None)

    seen = {
        role: {user["user_id"] for user in calls.get("/api/admin/users", person).json()["items"]}
        for role, person in (("cashier", cashier), ("manager", calls.person(Role.MANAGER)), ("owner", owner))
    }

    assert seen["cashier"] == {tenant.user_id}
    assert {cashier.user_id, tenant.user_id} < seen["manager"]
    assert not {foreign.user_id, owner.user_id} & seen["manager"]
    assert {cashier.user_id, tenant.user_id, foreign.user_id, owner.user_id} < seen["owner"]


def test_balances_count_what_is_not_charged_yet(calls: Calls) -> None:
    tenant = calls.tenant(calls.shop)
    meter = calls.house.analyzer("Shop, ground floor", calls.shop)
    calls.house.use(calls.house.begin(meter).of(Source.GRID), 10_000)

    (user,) = calls.get("/api/admin/users", calls.person(Role.CASHIER)).json()["items"]

    assert user["user_id"] == tenant.user_id
    assert user["tenant_name"] == "Shop"
    assert user["accounts"] == [
        {
            "account_id": calls.shop.account_id,
            "number": calls.shop.number,
            "currency": "IQD",
            "stage": "enforced",
            "balance": "100",
            "live_balance": "98.5",
        }
    ]


def test_events_are_found_by_what_they_are(calls: Calls) -> None:
    manager = calls.person(Role.MANAGER)
    happen(calls, "dashboard", "test.a")
    calls.clock.advance(60)
    happen(calls, "dashboard", "test.ab", actor="user:sara")
    happen(calls, "dashboard", "test.b", subject="account:8")

    def found(**query: str) -> set[str]:
        return {event["action"] for event in calls.get("/api/admin/events", manager, **query).json()["items"]}

    assert found(action="test.a") == {"test.a", "test.ab"}
    assert found(actor="user:sara") == {"test.ab"}
    assert found(subject="account:8") == {"test.b"}
    assert found(from_at="2026-01-05T08:01:00Z") == {"test.ab", "test.b"}
    assert found(action="test.", until_at="2026-01-05T11:01:00+03:00") == {"test.a"}
    assert found(action="test_") == set()


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\nb"])
def test_a_forged_cursor_with_text_that_no_row_has_is_refused(calls: Calls, text: str) -> None:
    forged = pack(MORNING, text, 1)

    answer = calls.get("/api/admin/events", calls.person(Role.ADMIN, site_id=None), cursor=forged)

    problem(answer, 422, "cursor-invalid")


def test_a_cursor_that_no_page_gave_is_refused(calls: Calls) -> None:
    callers = _callers(calls)

    for path in LISTS:
        for cursor in ("x", "AAAA", "W10", "WzEsMiwzLDQsNV0", "WyJhIl0", "Wy0xXQ", "WzFlMzBd", "W3RydWVd", "W1tbW1tb"):
            problem(calls.get(path, callers[path], cursor=cursor), 422, "cursor-invalid")


def test_what_a_list_does_not_know_is_refused(calls: Calls) -> None:
    callers = _callers(calls)
    queries: tuple[dict[str, str | int], ...] = (
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"cursor": "not base64!"},
        {"pages": 3},
    )

    for path in LISTS:
        for query in queries:
            refused = problem(calls.get(path, callers[path], **query), 422, "request-unfit")
            assert [(fault["place"], fault["name"]) for fault in refused["errors"]] == [("query", next(iter(query)))]


def _callers(calls: Calls) -> dict[str, SignedIn]:
    """For each list somebody who may see it."""
    tenant, admin = calls.tenant(calls.shop), calls.person(Role.ADMIN)
    return {path: tenant if "/user/" in path else admin for path in LISTS}


def happen(
    calls: Calls,
    writer: str,
    action: str,
    *,
    site_id: int | None = None,
    actor: str = "tests",
    subject: str = "account:7",
) -> None:
    event = Event(
        action=action, actor=actor, subject=subject, site_id=site_id or calls.house.site_id, after={"live": "1.5"}
    )
    with calls.database.writing() as conn:
        record(conn, writer, [event], calls.clock.now())


def alert(calls: Calls, person: Person, kind: AlertKind, number: int) -> None:
    raised = NewAlert(
        site_id=calls.house.site_id if person is calls.shop else calls.elsewhere.site_id,
        kind=kind,
        cause=f"test:{kind}:{number}:{calls.clock.now()}",
        account_id=person.account_id,
        details={"live_balance": "12.5000000"},
    )
    with calls.database.writing() as conn:
        raise_alert(conn, raised, calls.clock.now() + timedelta(milliseconds=number))
    calls.clock.advance(1)
