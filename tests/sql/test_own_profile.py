"""Profiles: kept by their users, told to the audit, and obeyed when alerts are raised."""

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.errors.access import PasswordMustChange, SessionEnded
from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.tenants import TextInvalid
from prepaid.records import Role
from prepaid.users import Profile, kinds_to_mute
from sql.alerts import NewAlert, raise_alert
from sql.own_profile import change_profile, profile
from sql.sessions import SignedIn, end
from sql.tables import events, messages
from tests.building import MORNING, Building
from tests.people import People
from tests.sql.statements import listening, on_sql_server

KURDISH = Profile(language="ku", email="sara@here.example", muted=frozenset({AlertKind.ANALYZER_LOST}))


def now(people: People, who: SignedIn) -> Profile:
    with people.database.reading() as conn:
        return profile(conn, who)


def test_a_profile_is_changed_and_told_once(people: People) -> None:
    sara = people.add("sara")
    opened = people.sign_in("sara")

    for _ in range(2):
        change_profile(people.database, opened.signed_in, KURDISH)

    found = people.found(opened.token)
    assert found is not None
    assert found.language == "ku"
    assert now(people, found) == KURDISH
    with people.database.reading() as conn:
        told = conn.execute(sa.select(events).where(events.c.action == "user.profile_changed")).all()
    assert [(each.actor, each.subject) for each in told] == [("user:sara", f"user:{sara}")]
    assert told[0].before == {"language": "en", "email": None, "muted": None}
    assert told[0].after["muted"] == ["analyzer_lost"]


def test_a_mail_address_is_taken_back_with_an_empty_one(people: People) -> None:
    people.add("sara", email="sara@here.example")
    signed_in = people.sign_in("sara").signed_in

    change_profile(people.database, signed_in, Profile(language="en", email="  "))

    assert now(people, signed_in) == Profile(language="en", email=None)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_profile_and_mutes_what_may_be_muted(people: People, role: Role) -> None:
    bakery = Building(people.database).tenant("Bakery")
    people.add("sara", role, tenant_id=bakery.tenant_id if role is Role.TENANT else None)
    signed_in = people.sign_in("sara").signed_in

    change_profile(people.database, signed_in, Profile(language="en", email=None, muted=frozenset(AlertKind)))

    assert now(people, signed_in).muted == kinds_to_mute(role)
    assert not kinds_to_mute(Role.TENANT) & {AlertKind.EXHAUSTED, AlertKind.CUT}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Profile(language="Kurdish", email=None), TextInvalid),
        (Profile(language="en", email="at home"), MailAddressInvalid),
        (Profile(language="en", email="x" * 250 + "@a.example"), TextInvalid),
    ],
)
def test_a_wrong_profile_is_refused(people: People, wanted: Profile, error: type[Exception]) -> None:
    people.add("sara")
    signed_in = people.sign_in("sara").signed_in

    with pytest.raises(error):
        change_profile(people.database, signed_in, wanted)

    assert now(people, signed_in) == Profile(language="en", email=None)


def test_a_first_password_and_an_ended_session_change_no_profile(people: People) -> None:
    people.add("new", must_change_password=True)
    people.add("sara")
    new, sara = people.sign_in("new").signed_in, people.sign_in("sara").signed_in
    end(people.database, sara.session_id)

    with pytest.raises(PasswordMustChange):
        now(people, new)
    with pytest.raises(PasswordMustChange):
        change_profile(people.database, new, KURDISH)
    with pytest.raises(SessionEnded):
        change_profile(people.database, sara, KURDISH)


def test_staff_get_no_mail_about_what_they_muted_unless_nobody_else_would(people: People) -> None:
    building = Building(people.database)
    for name in ("omar", "sara"):
        people.add(name, email=f"{name}@here.example")

    before = told(people, building, "1")
    mute(people, "sara")
    with_one = told(people, building, "2")
    mute(people, "omar")

    assert before == ["omar@here.example", "sara@here.example"]
    assert with_one == ["omar@here.example"]
    assert told(people, building, "3") == before


def mute(people: People, name: str) -> None:
    quiet = Profile(language="en", email=f"{name}@here.example", muted=frozenset({AlertKind.DRIFT}))
    change_profile(people.database, people.sign_in(name).signed_in, quiet)


def told(people: People, building: Building, cause: str) -> list[str]:
    """Who gets a mail about another drift."""
    with people.database.writing() as conn:
        conn.execute(messages.delete())
        raise_alert(conn, NewAlert(site_id=building.site_id, kind=AlertKind.DRIFT, cause=cause, details={}), MORNING)
        return sorted(conn.scalars(sa.select(messages.c.recipient)))


def test_every_statement_is_understood_by_sql_server(people: People) -> None:
    people.add("sara")
    signed_in = people.sign_in("sara").signed_in

    with listening(people.database) as heard:
        change_profile(people.database, signed_in, KURDISH)
        now(people, signed_in)

    assert all(on_sql_server(statement) for statement in heard.values())
