"""Alerts as pages list them: filtered, page by page, open until seen or over; and a tenant's own only."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from prepaid.alerts import TENANT_KINDS, AlertKind, MessageState
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.records import Role
from sql.alerts import NewAlert, end_alerts, raise_alert
from sql.connection import Database
from sql.questions.alerts import (
    AlertFilter,
    AlertRow,
    alarms,
    alert_picture,
    site_alerts,
    tenant_alerts,
)
from sql.questions.told import masked
from sql.tables import alerts, messages
from tests.building import MORNING, Building, Person
from tests.sql.questions.shown import ADMIN, asked_on_sql_server, only_for_staff, viewer

ANY = AlertFilter()


def tell(
    building: Building,
    kind: AlertKind,
    seconds: float = 0,
    *,
    person: Person | None = None,
    analyzer_id: int | None = None,
) -> int:
    """An alert raised so many seconds after the morning; answers its id."""
    new = NewAlert(
        site_id=building.site_id,
        kind=kind,
        cause=f"{building.site_id} {kind} {seconds} {analyzer_id}",
        account_id=None if person is None else person.account_id,
        analyzer_id=analyzer_id,
        details={"why": "a test"},
    )
    with building.database.writing() as conn:
        assert raise_alert(conn, new, after(seconds))
        return int(conn.execute(sa.select(sa.func.max(alerts.c.id))).scalar_one())


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def listed(building: Building, wanted: AlertFilter = ANY) -> list[int]:
    with building.database.reading() as conn:
        return [each.alert_id for each in site_alerts(conn, ADMIN, building.site_id, wanted).alerts]


def to_look_at(building: Building) -> tuple[AlertRow, ...]:
    with building.database.reading() as conn:
        return alarms(conn, ADMIN, building.site_id)


def see(building: Building, alert_id: int) -> None:
    with building.database.writing() as conn:
        conn.execute(
            alerts.update().where(alerts.c.id == alert_id).values(acknowledged_at=MORNING, acknowledged_by="Sara")
        )


def test_alerts_come_newest_first_page_by_page_without_gap_or_repetition(database: Database) -> None:
    building = Building(database)
    raised = [tell(building, AlertKind.TAMPER, seconds) for seconds in (0, 5, 5.5, 9)]
    raised.append(tell(building, AlertKind.DRIFT, 5))

    with database.reading() as conn:
        first = site_alerts(conn, ADMIN, building.site_id, ANY, most=2)
        second = site_alerts(conn, ADMIN, building.site_id, ANY, first.next, most=2)
        third = site_alerts(conn, ADMIN, building.site_id, ANY, second.next, most=2)

    pages = [[each.alert_id for each in page.alerts] for page in (first, second, third)]
    assert pages == [[raised[3], raised[2]], [raised[4], raised[1]], [raised[0]]]
    assert third.next is None


def test_a_row_names_tenant_account_and_analyzer(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    oven = building.analyzer("Oven", bakery)
    tell(building, AlertKind.BYPASS, person=bakery, analyzer_id=oven)

    row = to_look_at(building)[0]

    assert (row.tenant, row.tenant_id, row.account_number, row.analyzer) == (
        "Bakery",
        bakery.tenant_id,
        bakery.number,
        "Oven",
    )
    assert row.details == {"why": "a test"}
    assert row.open


def test_filters_find_what_they_say(database: Database) -> None:
    building = Building(database)
    bakery, dairy = building.tenant("Bakery"), building.tenant("Dairy 50%")
    oven = building.analyzer("Oven", bakery)
    low = tell(building, AlertKind.LOW, 1, person=bakery)
    lost = tell(building, AlertKind.ANALYZER_LOST, 2, person=bakery, analyzer_id=oven)
    cut = tell(building, AlertKind.CUT, 3, person=dairy)

    assert listed(building, AlertFilter(kinds={AlertKind.LOW, AlertKind.CUT})) == [cut, low]
    assert listed(building, AlertFilter(account_id=bakery.account_id)) == [lost, low]
    assert listed(building, AlertFilter(analyzer_id=oven)) == [lost]
    assert listed(building, AlertFilter(open_only=True)) == [lost]
    assert listed(building, AlertFilter(from_at=after(2), until_at=after(3))) == [lost]
    assert listed(building, AlertFilter(text=" BAKE ")) == [lost, low]
    assert listed(building, AlertFilter(text="oven")) == [lost]
    assert listed(building, AlertFilter(text=dairy.number)) == [cut]
    assert listed(building, AlertFilter(text="50%")) == [cut]
    assert listed(building, AlertFilter(text="0_")) == [], "a mark of LIKE is only itself"


def test_an_alarm_stands_until_it_is_seen_or_over(database: Database) -> None:
    building = Building(database)
    oven = building.analyzer("Oven")
    seen = tell(building, AlertKind.TAMPER, 1)
    open_one = tell(building, AlertKind.DRIFT, 2)
    over = building.analyzer("Over")
    tell(building, AlertKind.ANALYZER_LOST, 3, analyzer_id=over)
    lost = tell(building, AlertKind.ANALYZER_LOST, 4, analyzer_id=oven)
    tell(building, AlertKind.ANALYZER_BACK, 5, analyzer_id=over)
    tell(building, AlertKind.LOW, 6, person=building.tenant("Bakery"))
    see(building, seen)
    see(building, lost)
    with database.writing() as conn:
        end_alerts(conn, building.site_id, AlertKind.ANALYZER_LOST, over, after(5))

    found = to_look_at(building)

    assert [each.alert_id for each in found] == [open_one, lost], "not seen yet first; a lost analyzer stands on"
    assert found[1].acknowledged_by == "Sara"
    with database.reading() as conn:
        rows = site_alerts(conn, ADMIN, building.site_id, ANY).alerts
    assert [row.alert_id for row in rows if row.open] == [lost, open_one], "rows and questions agree"


def test_a_picture_says_who_was_told_and_masks_the_addresses(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", email="salim@bakery.example")
    low = tell(building, AlertKind.LOW, person=bakery)
    with database.writing() as conn:
        conn.execute(messages.update().values(state=MessageState.FAILED, tries=3, error="refused"))

    with database.reading() as conn:
        picture = alert_picture(conn, ADMIN, building.site_id, low)

    (told,) = picture.told
    assert (told.recipient, told.recipient_name) == ("s…m@bakery.example", "Bakery")
    assert (told.state, told.tries, told.error) == (MessageState.FAILED, 3, "refused")


@pytest.mark.parametrize(
    ("address", "shown"), [("ab@x.example", "a…@x.example"), ("a@x.example", "a…@x.example"), ("not an address", "…")]
)
def test_no_masked_address_can_be_used(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_a_tenant_sees_what_it_was_told_and_nothing_of_others(database: Database) -> None:
    building = Building(database)
    bakery, dairy = building.tenant("Bakery"), building.tenant("Dairy")
    own = tell(building, AlertKind.LOW, 1, person=bakery)
    tell(building, AlertKind.BYPASS, 2, person=bakery)
    tell(building, AlertKind.LOW, 3, person=dairy)
    baker = viewer(Role.TENANT, building.site_id, bakery)

    with database.reading() as conn:
        found = tenant_alerts(conn, baker, building.site_id, bakery.tenant_id, ANY).alerts
        for other in (dairy.tenant_id, 999):
            with pytest.raises(NotAllowed):
                tenant_alerts(conn, baker, building.site_id, other, ANY)

    assert [each.alert_id for each in found] == [own]
    assert {each.kind for each in found} <= TENANT_KINDS


def test_an_alert_of_another_site_is_not_found(database: Database) -> None:
    building, other = Building(database), Building(database, name="Other house")
    there = tell(other, AlertKind.GUARD)

    assert listed(building) == []
    with database.reading() as conn, pytest.raises(NotFound):
        alert_picture(conn, ADMIN, building.site_id, there)


def test_only_the_staff_of_the_site_see_its_alerts(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    alert_id = tell(building, AlertKind.GUARD)

    only_for_staff(database, building.site_id, bakery, lambda conn, who, site: site_alerts(conn, who, site, ANY))
    only_for_staff(database, building.site_id, bakery, alarms)
    only_for_staff(database, building.site_id, bakery, lambda conn, who, site: alert_picture(conn, who, site, alert_id))


def test_every_question_is_one_that_sql_server_takes(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    alert_id = tell(building, AlertKind.GUARD)
    full = AlertFilter(
        kinds=set(AlertKind),
        open_only=True,
        account_id=1,
        analyzer_id=1,
        text="a_b",
        from_at=MORNING,
        until_at=after(1),
    )
    key = to_look_at(building)[0].key

    for wanted in (ANY, full, replace(full, open_only=False)):
        question = partial(site_alerts, wanted=wanted, behind=key)
        (written,) = asked_on_sql_server(database, building.site_id, question)
        assert written.startswith("SELECT TOP")
    asked_on_sql_server(
        database, building.site_id, lambda conn, who, site: tenant_alerts(conn, who, site, bakery.tenant_id, full, key)
    )
    asked_on_sql_server(database, building.site_id, alarms)
    asked_on_sql_server(database, building.site_id, lambda conn, who, site: alert_picture(conn, who, site, alert_id))
