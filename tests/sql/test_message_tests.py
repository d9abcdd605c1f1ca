"""Test messages: to a user, a contact or an address, by an administrator, not too many, and no alarm."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, Channel
from prepaid.channels import ChannelUrl
from prepaid.clock import ManualClock
from prepaid.errors.access import NotAllowed, NotFound, TooManyRequests
from prepaid.errors.channels import NobodyReachable
from prepaid.errors.mail import MailAddressInvalid
from prepaid.records import Role
from sql.channels import add_user_channel
from sql.message_tests import TESTS_AT_MOST, WINDOW, try_address, try_contact, try_user
from sql.questions.alerts import AlertFilter, alarms, alert_picture, site_alerts
from sql.tables import contacts
from tests.building import Building
from tests.people import People
from tests.sql.statements import listening, on_sql_server

TELEGRAM = ChannelUrl(url="tgram://12345:very-secret/987", shown="tgram://…")


def test_a_test_to_a_user_goes_by_every_way_and_is_no_alarm(people: People) -> None:
    building = Building(people.database)
    sara = people.add("sara", email="sara@here.example")
    admin = people.sign_in("sara").signed_in
    add_user_channel(people.database, admin, sara, TELEGRAM)

    with listening() as heard:
        alert_id = try_user(people.database, admin, building.site_id, sara)

    with people.database.reading() as conn:
        picture = alert_picture(conn, admin.viewer, building.site_id, alert_id)
        listed = site_alerts(conn, admin.viewer, building.site_id, AlertFilter(open_only=True))
        assert alarms(conn, admin.viewer, building.site_id) == listed.alerts == ()
    assert picture.alert.kind is AlertKind.TEST
    assert not picture.alert.open
    assert [(each.channel, each.recipient) for each in picture.told] == [
        (Channel.MAIL, "s…a@here.example"),
        (Channel.URL, "tgram://…"),
    ]
    assert all(on_sql_server(statement) for statement in heard.values())


def test_a_contact_and_an_address_are_tested_too(people: People) -> None:
    building = Building(people.database)
    building.tenant("Bakery", email="baker@b.example")
    people.add("sara")
    admin = people.sign_in("sara").signed_in
    with people.database.reading() as conn:
        contact_id = conn.execute(sa.select(contacts.c.id)).scalar_one()

    of_contact = try_contact(people.database, admin, contact_id)
    of_address = try_address(people.database, admin, building.site_id, " anybody@x.example ")

    with people.database.reading() as conn:
        told = [alert_picture(conn, admin.viewer, building.site_id, each).told for each in (of_contact, of_address)]
    assert [each.recipient for (each,) in told] == ["b…r@b.example", "a…y@x.example"]


def test_tests_come_in_a_bounded_number(people: People, clock: ManualClock) -> None:
    building = Building(people.database)
    people.add("sara")
    admin = people.sign_in("sara").signed_in
    for _ in range(TESTS_AT_MOST):
        try_address(people.database, admin, building.site_id, "a@b.example")

    with pytest.raises(TooManyRequests):
        try_address(people.database, admin, building.site_id, "a@b.example")

    clock.advance(WINDOW.total_seconds() + 1)
    try_address(people.database, admin, building.site_id, "a@b.example")


def test_who_cannot_be_reached_or_found_gets_none(people: People) -> None:
    building = Building(people.database)
    sara = people.add("sara")
    admin = people.sign_in("sara").signed_in

    with pytest.raises(NobodyReachable):
        try_user(people.database, admin, building.site_id, sara)
    with pytest.raises(NotFound):
        try_contact(people.database, admin, 4711)
    with pytest.raises(MailAddressInvalid):
        try_address(people.database, admin, building.site_id, "")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_only_administrators_test(people: People, role: Role) -> None:
    building = Building(people.database)
    people.add("omar", role)

    with pytest.raises(NotAllowed):
        try_address(people.database, people.sign_in("omar").signed_in, building.site_id, "a@b.example")


def test_an_admin_of_another_site_sends_nothing_from_here(people: People) -> None:
    building, other = Building(people.database), Building(people.database, name="Other House")
    people.add("zoe", site_id=other.site_id)

    with pytest.raises(NotAllowed):
        try_address(people.database, people.sign_in("zoe").signed_in, building.site_id, "a@b.example")
