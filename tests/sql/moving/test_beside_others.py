"""One site moves into a database that has others: under new numbers, with chains of its own, with no new rights."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from prepaid.errors.moving import ExportUnreadable, ImportRefused
from prepaid.records import Role
from sql import check
from sql.moving.in_use import take_into_use
from sql.moving.numbering import BACK, CALLERS, CAUSES, FACTS, KINDS, Numbering
from sql.moving.travelling import travelling
from sql.selling import Counter, Sale
from sql.tables import (
    account_heads,
    accounts,
    alerts,
    allocations,
    analyzers,
    entries,
    event_heads,
    events,
    messages,
    metadata,
    plans,
    sites,
    supply_changes,
    users,
)
from tests.building import Building
from tests.house.source import sources
from tests.people import People
from tests.selling import sold
from tests.sql.moving.conftest import Another
from tests.sql.moving.content import Rows, brought, content, rows, written
from tests.sql.right_books import Books

SITE = "Corner House"
NUMBERED = [table for table in travelling(of_site=True, with_readings=True) if "id" in table.c]


@pytest.fixture
def town(another: Another) -> Building:
    """Another database with two sites that have tenants, analyzers and money."""
    database = another("town")
    for name in ("Annex", "Tower"):
        building = Building(database, name=name)
        shop = building.tenant("Shop", opening="7")
        building.begin(building.analyzer("Meter", shop, serial_number=f"{name}/1"))
        building.recharge(shop, "5", f"{name}-1")
    building.admin()
    return building


def last_numbers(building: Building) -> dict[Any, int]:
    return {table: max((row["id"] for row in rows(building.database, table)), default=0) for table in NUMBERED}


def back(found: dict[str, Rows], distances: dict[Any, int], site_id: int) -> dict[str, Rows]:
    """The rows with the numbers that they had."""
    numbering = Numbering({table: -distance for table, distance in distances.items()}, site_id)
    by_name = {table.fullname: table for table in metadata.sorted_tables}
    return {name: [numbering.row(by_name[name], row) for row in each] for name, each in found.items()}


def without_message_ids(found: dict[str, Rows]) -> dict[str, Rows]:
    return {**found, messages.fullname: [{**row, "message_id": ""} for row in found[messages.fullname]]}


def test_books_arrive_beside_others_and_all_are_right(books: Books, town: Building, tmp_path: Path) -> None:
    before, distances = content(books.database, 1), last_numbers(town)

    written(books.database, tmp_path / "site.zip", SITE)
    brought(town.database, tmp_path / "site.zip")

    arrived = content(town.database, 3)
    arrived["app.Users"] = []  # the people of all sites are those of the town
    before["app.Users"] = []
    assert without_message_ids(back(arrived, distances, 3)) == without_message_ids(before)
    assert check.check(town.database, everything=True) == []
    assert all(distances[table] > 0 for table in (accounts, analyzers, plans, sites, users))


def test_nothing_of_the_others_is_changed(books: Books, town: Building, tmp_path: Path) -> None:
    before = [content(town.database, site_id) for site_id in (1, 2)]
    written(books.database, tmp_path / "site.zip", SITE)

    brought(town.database, tmp_path / "site.zip")

    assert [content(town.database, site_id) for site_id in (1, 2)] == before


def test_only_the_site_that_was_named_leaves(books: Books, another: Another, tmp_path: Path) -> None:
    annex = Building(books.database, name="Annex")
    annex.recharge(annex.tenant("Kiosk"), "3", "kiosk")
    alone = another("alone")

    written(books.database, tmp_path / "annex.zip", "Annex")
    brought(alone, tmp_path / "annex.zip")

    assert [row["name"] for row in rows(alone, sites)] == ["Annex"]
    assert {row["site_id"] for row in rows(alone, accounts)} == {annex.site_id}
    assert [row["balance"] for row in rows(alone, account_heads)] == [Decimal(0), Decimal(3)]
    assert check.check(alone, everything=True) == []


def test_events_stand_in_chains_that_no_other_site_writes_to(books: Books, town: Building, tmp_path: Path) -> None:
    written(books.database, tmp_path / "site.zip", SITE)

    brought(town.database, tmp_path / "site.zip")

    assert {row["writer"] for row in rows(town.database, event_heads)} >= {"enforcer:3", "till-writer@3"}
    (cut,) = (row for row in rows(town.database, events) if row["action"] == "supply.cut.confirmed")
    (change,) = rows(town.database, supply_changes)
    assert (cut["subject"], cut["after"]) == (f"analyzer:{change['analyzer_id']}", {"change_id": change["id"]})
    assert rows(town.database, alerts)[-1]["cause"] == f"supply:{change['id']}"


def test_an_event_that_was_changed_gets_no_good_hash(books: Books, town: Building, tmp_path: Path) -> None:
    books.tamper("UPDATE Events SET actor = 'nobody' WHERE writer = 'enforcer:1' AND event_no = 2")
    written(books.database, tmp_path / "site.zip", SITE)

    with pytest.raises(ExportUnreadable, match="event 2 of enforcer:1 was changed"):
        brought(town.database, tmp_path / "site.zip")

    assert len(rows(town.database, sites)) == 2


def test_a_sale_that_is_repeated_after_the_move_is_booked_once(people: People, town: Building, tmp_path: Path) -> None:
    building = Building(people.database)
    shop = building.tenant("Shop")
    people.add("omar", Role.CASHIER, site_id=building.site_id)
    sale = Sale(account_id=shop.account_id, amount=Decimal(9), currency="IQD", key="till-1")
    sold(people.database, people.sign_in("omar").signed_in, Counter.FORM, sale)
    written(people.database, tmp_path / "site.zip", SITE, close=True)
    brought(town.database, tmp_path / "site.zip")
    there = People(town.database)
    moved = rows(town.database, allocations)[-1]
    take_into_use(town.database, [SITE])

    again = sold(
        town.database,
        there.sign_in("omar").signed_in,
        Counter.FORM,
        Sale(account_id=moved["account_id"], amount=Decimal(9), currency="IQD", key="till-1"),
    )

    assert again.repeated
    assert moved["account_id"] == shop.account_id + 4
    assert moved["caller"] == f"form:{moved['user_id']}"


def test_who_saw_all_sites_there_comes_along_without_rights_here(
    people: People, town: Building, tmp_path: Path
) -> None:
    building = Building(people.database)
    people.add("sara", Role.ADMIN)
    people.add("omar", Role.CASHIER, site_id=building.site_id)

    written(people.database, tmp_path / "site.zip", SITE)
    brought(town.database, tmp_path / "site.zip")

    came = {row["user_name"]: (row["site_id"], row["locked_at"] is None) for row in rows(town.database, users)[1:]}
    assert came == {"sara#2": (3, False), "omar": (3, True)}


def test_where_nobody_is_yet_who_sees_all_sites_goes_on(people: People, another: Another, tmp_path: Path) -> None:
    Building(people.database)
    people.add("sara", Role.ADMIN)
    alone = another("alone")

    written(people.database, tmp_path / "site.zip", SITE)
    brought(alone, tmp_path / "site.zip")

    assert [(row["user_name"], row["site_id"], row["locked_at"]) for row in rows(alone, users)] == [
        ("sara", None, None)
    ]


def test_a_name_that_is_taken_is_told_and_nothing_is_imported(people: People, town: Building, tmp_path: Path) -> None:
    building = Building(people.database)
    people.add("omar", Role.CASHIER, site_id=building.site_id)
    People(town.database).add("omar", Role.CASHIER, site_id=1)
    written(people.database, tmp_path / "site.zip", SITE)

    with pytest.raises(ImportRefused, match=r"Users\.user_name"):
        brought(town.database, tmp_path / "site.zip")

    assert len(rows(town.database, sites)) == 2


def test_a_site_that_is_there_is_not_imported_again(books: Books, town: Building, tmp_path: Path) -> None:
    written(books.database, tmp_path / "site.zip", SITE)
    brought(town.database, tmp_path / "site.zip")

    with pytest.raises(ImportRefused, match="is there already"):
        brought(town.database, tmp_path / "site.zip")

    assert len(rows(town.database, sites)) == 3


@pytest.mark.parametrize(
    ("table", "name", "value", "more", "moved"),
    [
        (
            alerts,
            "cause",
            "back:4:2026-01-05T08:00:00+00:00",
            {"analyzer_id": 4},
            "back:1004:2026-01-05T08:00:00+00:00",
        ),
        (
            alerts,
            "cause",
            "back:4:2026-01-05T08:00:00+00:00",
            {"analyzer_id": None},
            "back:54:2026-01-05T08:00:00+00:00",
        ),
        (alerts, "cause", "test:0123456789abcdef", {"analyzer_id": None}, "test:0123456789abcdef"),
        (entries, "cause", "estimate:base:3", {}, "estimate:base:203"),
        (entries, "cause", "charge.hour", {}, "charge.hour"),
        (allocations, "caller", "form:5", {}, "form:305"),
        (allocations, "caller", "till:5", {}, "till:5"),
        (events, "subject", "user:5", {}, "user:305"),
        (events, "after", {"plan_id": "7", "wh": 7}, {"subject": "account:1"}, {"plan_id": "407", "wh": 7}),
        (events, "after", {"moved": [{"base_id": 1}]}, {"subject": "account:1"}, {"moved": [{"base_id": 201}]}),
        (events, "after", {"cause": "back:4:x"}, {"subject": "site:1"}, {"cause": "back:54:x"}),
    ],
)
def test_what_texts_and_facts_name_is_moved_with_it(
    table: Any, name: str, value: Any, more: dict[str, Any], moved: Any
) -> None:
    known = {"Sites": 50, "Bases": 200, "Users": 300, "Plans": 400, "Analyzers": 1000}
    numbering = Numbering({each: known.get(each.name, 100_000) for each in NUMBERED}, 1)

    assert numbering.row(table, {name: value, **more})[name] == moved


def test_every_number_that_the_product_writes_into_a_text_is_known() -> None:
    """Subjects, causes and callers are written as `f"account:{account_id}"`."""
    written_into = re.compile(r'f"([a-z_-]+):\{[a-z_.]*(?:id|no)\}')
    of_alerts = re.compile(r'cause ?= ?f"([a-z_-]+):\{')
    elsewhere = {
        "test",
        "session",
        "test-message",
        "enforcer",
        "channel",
        "acts",
    }  # in no column that travels; writers; keys of ways; who is counted

    found = {kind for text in _product() for kind in (*written_into.findall(text), *of_alerts.findall(text))}

    assert found - {*KINDS, *CAUSES, *CALLERS, BACK} - elsewhere == set()
    assert {"account", "crossing", "site", "supply"} <= found


def test_every_number_that_stands_among_facts_is_known() -> None:
    among_facts = re.compile(r'"([a-z_]+_id)":')
    columns = {
        "digest_id",
        "of_channel_id",
        "of_id",
        "until_id",
        "asked_by_id",
        "decided_by_id",
        "dismissed_by_id",
        "lent_to_wish_id",
        "second_user_id",
        "unit_id",
    }
    elsewhere = {"message_id", "manufacturer_id", "session_id"}  # names and numbers of others; sessions stay behind

    found = {name for text in _product() for name in among_facts.findall(text)}

    assert found - set(FACTS) - columns - elsewhere == set()
    assert {"account_id", "change_id", "wish_id"} <= found


def _product() -> Iterator[str]:
    return (source.text for source in sources() if source.room in ("prepaid", "sql", "enforcer", "dashboard"))
