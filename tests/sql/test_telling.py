"""Quiet hours in the outbox: what can wait is due when they are over, everything else at once, and in its order."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.quiet_hours import NO_QUIET_HOURS, QuietHours, quiet_hours
from prepaid.records import Role
from prepaid.tenancy import ContactFacts
from prepaid.users import Profile
from sql.alerts import NewAlert, raise_alert
from sql.contacts import set_contact_quiet_hours
from sql.own_contacts import own_contacts, save_own_contact
from sql.own_profile import change_profile, profile
from sql.quiet_hours import quiet_columns
from sql.tables import contacts, messages
from tests.building import MORNING, Building, Person
from tests.people import People
from tests.sql.statements import listening, on_sql_server

EVENING = MORNING.replace(hour=20)
"""23:00 in Baghdad."""
SEVEN = MORNING.replace(day=6, hour=4)
NIGHT = {"quiet_from_h": "22", "quiet_until_h": "7"}


def tell_at(building: Building, kind: AlertKind, person: Person | None, at: datetime) -> None:
    account_id = None if person is None else person.account_id
    cause = f"{kind}:{account_id}:{at.isoformat()}"
    new = NewAlert(site_id=building.site_id, kind=kind, cause=cause, account_id=account_id, details={})
    with building.database.writing() as conn:
        assert raise_alert(conn, new, at)


def due(building: Building) -> list[datetime]:
    with building.database.reading() as conn:
        return list(conn.scalars(sa.select(messages.c.due_at).order_by(messages.c.id)))


def give(building: Building, hours: QuietHours | None) -> None:
    with building.database.writing() as conn:
        conn.execute(contacts.update().values(**quiet_columns(hours)))


def test_good_news_of_the_evening_waits_for_the_morning_and_a_cut_does_not(people: People) -> None:
    building = Building(people.database, values=NIGHT)
    bakery, florist = building.tenant("Bakery"), building.tenant("Florist")

    tell_at(building, AlertKind.LOW, bakery, EVENING)
    tell_at(building, AlertKind.CUT, florist, EVENING)

    assert due(building) == [SEVEN, EVENING]


def test_a_site_without_quiet_hours_tells_everything_at_once(people: People) -> None:
    building = Building(people.database, values={"quiet_from_h": "22"})

    tell_at(building, AlertKind.LOW, building.tenant("Bakery"), EVENING)

    assert due(building) == [EVENING]


def test_a_person_has_hours_of_their_own_or_none(people: People) -> None:
    building = Building(people.database, values=NIGHT)
    bakery = building.tenant("Bakery")

    for hours in (quiet_hours("18:00-23:30"), NO_QUIET_HOURS, None):
        give(building, hours)
        tell_at(building, AlertKind.LOW, bakery, EVENING + timedelta(seconds=len(due(building))))

    assert due(building) == [EVENING + timedelta(minutes=30), EVENING + timedelta(seconds=1), SEVEN]


def test_what_waited_is_told_before_what_cannot_wait(people: People) -> None:
    building = Building(people.database, values=NIGHT)
    bakery, florist = building.tenant("Bakery"), building.tenant("Florist")
    tell_at(building, AlertKind.RESTORED, bakery, EVENING)
    tell_at(building, AlertKind.RESTORED, florist, EVENING)
    later = EVENING + timedelta(hours=3)

    tell_at(building, AlertKind.CUT, bakery, later)

    assert due(building) == [later, SEVEN, later]


def test_users_and_tenants_choose_their_hours_and_an_admin_those_of_a_contact(people: People) -> None:
    building = Building(people.database)
    bakery = building.tenant("Bakery")
    people.add("sara")
    people.add("baker", Role.TENANT, tenant_id=bakery.tenant_id)
    sara, baker = people.sign_in("sara").signed_in, people.sign_in("baker").signed_in
    night = quiet_hours("21:30-06:15")

    change_profile(people.database, sara, Profile(language="en", email=None, quiet=night))
    facts = ContactFacts(name="Baker", email="baker@b.example")
    added = save_own_contact(people.database, baker, None, facts, (), night)
    with people.database.reading() as conn:
        chosen = profile(conn, sara).quiet, {each.contact_id: each.quiet for each in own_contacts(conn, baker.viewer)}
    with listening() as heard:
        set_contact_quiet_hours(people.database, sara, added, None)

    with people.database.reading() as conn:
        after = {each.contact_id: each.quiet for each in own_contacts(conn, baker.viewer)}
    assert (chosen[0], chosen[1][added], after[added]) == (night, night, None)
    assert all(on_sql_server(statement) for statement in heard.values())
