"""Channels: administrators add and remove them; nobody is shown the secret; people are told by all their ways."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind, Channel, MessageState
from prepaid.channels import MOST_CHANNELS, ChannelUrl
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.errors.channels import ChannelsFull
from prepaid.records import Role
from sql.channels import add_contact_channel, add_user_channel, contact_channels, end_channel, user_channels
from sql.contacts import remove_contact
from sql.questions.alerts import alert_picture
from sql.tables import channels, contacts, events, messages
from tests.building import Building
from tests.people import People
from tests.sql.messages import tell
from tests.sql.statements import listening, on_sql_server

SECRET = "tgram://12345:very-secret/987"
TELEGRAM = ChannelUrl(url=SECRET, shown="tgram://…")


@pytest.fixture
def building(people: People) -> Building:
    return Building(people.database)


def test_an_admin_adds_a_channel_and_nothing_but_its_shown_part_is_told(people: People, building: Building) -> None:
    people.add("sara")
    omar = people.add("omar", email="omar@here.example")
    admin = people.sign_in("sara").signed_in

    channel_id = add_user_channel(people.database, admin, omar, TELEGRAM)
    tell(building, AlertKind.GUARD, "guard:1")

    with people.database.reading() as conn:
        [row] = user_channels(conn, admin.viewer, omar)
        told = conn.execute(sa.select(messages).order_by(messages.c.id)).all()
        written = str(conn.execute(sa.select(events)).all())
        picture = alert_picture(conn, admin.viewer, building.site_id, told[0].alert_id)
    assert (row.channel_id, row.shown) == (channel_id, "tgram://…")
    assert [(each.channel, each.recipient) for each in told] == [
        (Channel.MAIL, "omar@here.example"),
        (Channel.URL, "tgram://…"),
    ]
    assert len({each.message_id for each in told}) == 2
    assert all("very-secret" not in text for text in (str(row), str(told), written, str(picture), repr(TELEGRAM)))


def test_a_contact_without_a_mail_address_is_told_by_its_channel(people: People, building: Building) -> None:
    people.add("sara")
    admin = people.sign_in("sara").signed_in
    bakery = building.tenant("Bakery")
    contact_id = _contact(people, bakery.tenant_id)
    with people.database.writing() as conn:
        conn.execute(contacts.update().values(email=None, phone="1"))

    add_contact_channel(people.database, admin, contact_id, TELEGRAM)
    tell(building, AlertKind.CUT, "supply:1", bakery)

    with people.database.reading() as conn:
        assert [row.channel for row in conn.execute(sa.select(messages.c.channel))] == [Channel.URL]
        assert [row.shown for row in contact_channels(conn, admin.viewer, contact_id)] == ["tgram://…"]


def test_a_channel_that_is_removed_leaves_no_secret_and_nothing_that_waits(people: People, building: Building) -> None:
    sara = people.add("sara", email="sara@here.example")
    admin = people.sign_in("sara").signed_in
    channel_id = add_user_channel(people.database, admin, sara, TELEGRAM)
    tell(building, AlertKind.GUARD, "guard:1")

    end_channel(people.database, admin, channel_id)
    tell(building, AlertKind.GUARD, "guard:2")

    with people.database.reading() as conn:
        states = [(row.channel, row.state) for row in conn.execute(sa.select(messages).order_by(messages.c.id))]
        assert conn.scalar(sa.select(channels.c.url)) == ""
    assert states == [
        (Channel.MAIL, MessageState.WAITING),
        (Channel.URL, MessageState.FAILED),
        (Channel.MAIL, MessageState.WAITING),
    ]
    with pytest.raises(NotFound):
        end_channel(people.database, admin, channel_id)


def test_the_channels_of_a_contact_end_with_it(people: People, building: Building) -> None:
    people.add("sara")
    admin = people.sign_in("sara").signed_in
    contact_id = _contact(people, building.tenant("Bakery").tenant_id)
    add_contact_channel(people.database, admin, contact_id, TELEGRAM)

    remove_contact(people.database, admin, contact_id)

    with people.database.reading() as conn:
        ended = conn.execute(sa.select(channels.c.url, channels.c.ended_at)).one()
        assert (ended.url, ended.ended_at is None) == ("", False)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_nobody_else_adds_or_sees_channels(people: People, building: Building, role: Role) -> None:
    bakery = building.tenant("Bakery")
    contact_id = _contact(people, bakery.tenant_id)
    omar = people.add("omar", role, tenant_id=bakery.tenant_id if role is Role.TENANT else None)
    signed_in = people.sign_in("omar").signed_in

    with pytest.raises(NotAllowed):
        add_user_channel(people.database, signed_in, omar, TELEGRAM)
    with pytest.raises(NotAllowed):
        add_contact_channel(people.database, signed_in, contact_id, TELEGRAM)
    with people.database.reading() as conn, pytest.raises(NotAllowed):
        user_channels(conn, signed_in.viewer, omar)
    with people.database.reading() as conn, pytest.raises(NotAllowed):
        contact_channels(conn, signed_in.viewer, contact_id)


def test_an_admin_of_another_site_touches_nothing_here(people: People, building: Building) -> None:
    other = Building(people.database, name="Other House")
    people.add("sara")
    omar = people.add("omar", site_id=building.site_id)
    people.add("zoe", site_id=other.site_id)
    channel_id = add_user_channel(people.database, people.sign_in("sara").signed_in, omar, TELEGRAM)
    foreign = people.sign_in("zoe").signed_in
    contact_id = _contact(people, building.tenant("Bakery").tenant_id)

    with pytest.raises(NotFound):
        add_user_channel(people.database, foreign, omar, TELEGRAM)
    with pytest.raises(NotAllowed):
        add_contact_channel(people.database, foreign, contact_id, TELEGRAM)
    with pytest.raises(NotFound):
        end_channel(people.database, foreign, channel_id)


def test_a_person_has_a_bounded_number_of_channels(people: People) -> None:
    sara = people.add("sara")
    admin = people.sign_in("sara").signed_in
    for _ in range(MOST_CHANNELS):
        add_user_channel(people.database, admin, sara, TELEGRAM)

    with pytest.raises(ChannelsFull):
        add_user_channel(people.database, admin, sara, TELEGRAM)


def test_sql_server_takes_all_of_it(people: People, building: Building) -> None:
    sara = people.add("sara")
    admin = people.sign_in("sara").signed_in
    contact_id = _contact(people, building.tenant("Bakery").tenant_id)

    with listening() as heard:
        end_channel(people.database, admin, add_user_channel(people.database, admin, sara, TELEGRAM))
        add_contact_channel(people.database, admin, contact_id, TELEGRAM)
        with people.database.reading() as conn:
            user_channels(conn, admin.viewer, sara)
            contact_channels(conn, admin.viewer, contact_id)

    assert all(on_sql_server(statement) for statement in heard.values())


def _contact(people: People, tenant_id: int) -> int:
    with people.database.reading() as conn:
        return int(conn.scalar(sa.select(contacts.c.id).where(contacts.c.tenant_id == tenant_id)) or 0)
