"""Own contacts: kept by their tenant, each change told to the audit, and never nobody left to warn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.alerts import AlertKind
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange, SessionEnded, TooManyRequests
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.tenants import ContactsFull, ContactUnreachable, LastMailContact
from prepaid.records import Role
from prepaid.sessions import SessionKind
from prepaid.tenancy import MOST_CONTACTS, ContactFacts
from sql.acts import OF_A_TENANT_AT_MOST, WINDOW
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.own_contacts import OwnContact, end_own_contact, own_contacts, save_own_contact
from sql.rate_limits import hit, look
from sql.sessions import SignedIn, find_by_id
from sql.tables import events, messages, sessions, users
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR = timedelta(hours=1)
COOK = ContactFacts(name="Cook", email="cook@bakery.example", phone=None, language="ku")


def signed_in(database: Database, role: Role, tenant_id: int | None = None, **facts: Any) -> SignedIn:
    """A user of that role with a session."""
    with database.writing() as conn:
        number = conn.scalar(sa.select(sa.func.count()).select_from(users))
        row = {
            "user_name": f"{role}.{number}",
            "display_name": "Somebody",
            "language": "en",
            "role": role,
            "tenant_id": tenant_id,
            "password_hash": "-",
            "must_change_password": False,
            "created_at": MORNING,
        }
        added = conn.execute(users.insert().values({**row, **facts})).inserted_primary_key
        assert added is not None
        now = database.now(conn)
        session = {
            "token_hash": f"{number:064}",
            "user_id": added[0],
            "session_version": 1,
            "opened_at": now,
            "seen_at": now,
            "idle_ends_at": now + HOUR,
            "ends_at": now + HOUR,
            "kind": SessionKind.BROWSER,
        }
        opened = conn.execute(sessions.insert().values(session)).inserted_primary_key
        assert opened is not None
        found = find_by_id(conn, int(opened[0]), now)
        assert found is not None
        return found


def bakery_of(database: Database) -> tuple[Building, Person, SignedIn]:
    building = Building(database)
    bakery = building.tenant("Bakery", email="owner@bakery.example")
    return building, bakery, signed_in(database, Role.TENANT, bakery.tenant_id)


def contacts_now(who: SignedIn, database: Database) -> tuple[OwnContact, ...]:
    with database.reading() as conn:
        return own_contacts(conn, who.viewer)


def test_a_tenant_adds_changes_and_removes_contacts(database: Database) -> None:
    building, _bakery, owner = bakery_of(database)

    cook = save_own_contact(database, owner, None, COOK, {AlertKind.LOW, AlertKind.CUT})
    added = contacts_now(owner, database)
    save_own_contact(database, owner, cook, replace(COOK, phone=" +964  7 "))
    changed = contacts_now(owner, database)
    end_own_contact(database, owner, cook)

    assert [each.facts.name for each in added] == ["Bakery", "Cook"]
    assert added[1] == OwnContact(contact_id=cook, facts=COOK, muted=frozenset({AlertKind.LOW})), "a cut is always told"
    assert changed[1] == OwnContact(contact_id=cook, facts=replace(COOK, phone="+964 7"), muted=frozenset())
    assert len(contacts_now(owner, database)) == 1
    with database.reading() as conn:
        rows = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
    assert [row.action for row in rows] == ["contact.created", "contact.changed", "contact.removed"]
    assert {(row.actor, row.subject, row.site_id) for row in rows} == {
        (owner.actor, f"contact:{cook}", building.site_id)
    }
    assert (rows[1].before, rows[1].after["phone"]) == ({"muted": ["low"], "phone": None}, "+964 7")
    assert (rows[0].before, rows[2].before["name"]) == (None, "Cook")


def test_a_change_that_changes_nothing_is_no_event(database: Database) -> None:
    _building, _bakery, owner = bakery_of(database)
    before = contacts_now(owner, database)[0]

    save_own_contact(database, owner, before.contact_id, before.facts)

    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(events)) == 0


def test_the_last_one_with_a_mail_address_stays(database: Database) -> None:
    _building, _bakery, owner = bakery_of(database)
    last = contacts_now(owner, database)[0]
    only_phone = ContactFacts(name="Guard", phone="+964 7")
    guard = save_own_contact(database, owner, None, only_phone)

    with pytest.raises(LastMailContact):
        end_own_contact(database, owner, last.contact_id)
    with pytest.raises(LastMailContact):
        save_own_contact(database, owner, last.contact_id, only_phone)
    end_own_contact(database, owner, guard)
    save_own_contact(database, owner, None, COOK)
    end_own_contact(database, owner, last.contact_id)

    assert [each.facts for each in contacts_now(owner, database)] == [COOK]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        (replace(COOK, email="cook at home"), MailAddressInvalid),
        (replace(COOK, email=" ", phone=""), ContactUnreachable),
    ],
)
def test_what_cannot_be_reached_is_refused(database: Database, facts: ContactFacts, error: type[PrepaidError]) -> None:
    _building, _bakery, owner = bakery_of(database)

    with pytest.raises(error):
        save_own_contact(database, owner, None, facts)


def test_there_is_an_end_to_contacts(database: Database) -> None:
    _building, _bakery, owner = bakery_of(database)
    for _number in range(MOST_CONTACTS - 1):
        save_own_contact(database, owner, None, COOK)

    with pytest.raises(ContactsFull):
        save_own_contact(database, owner, None, COOK)


def test_only_tenants_keep_own_contacts(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    everybody = {
        "tenant": signed_in(database, Role.TENANT, bakery.tenant_id),
        "tenant with a first password": signed_in(database, Role.TENANT, bakery.tenant_id, must_change_password=True),
        "cashier": signed_in(database, Role.CASHIER, site_id=building.site_id),
        "manager": signed_in(database, Role.MANAGER, site_id=building.site_id),
        "admin": signed_in(database, Role.ADMIN),
    }
    ended = replace(everybody["tenant"], session_id=99)
    acts: dict[str, Callable[[SignedIn], object]] = {
        "see": lambda who: contacts_now(who, database),
        "save": lambda who: save_own_contact(database, who, None, COOK),
        "end": lambda who: end_own_contact(database, who, contacts_now(everybody["tenant"], database)[-1].contact_id),
    }

    allowed = {(act, name) for act, do in acts.items() for name, who in everybody.items() if _goes(do, who)}

    assert allowed == {("see", "tenant"), ("save", "tenant"), ("end", "tenant")}
    with pytest.raises(SessionEnded):
        save_own_contact(database, ended, None, COOK)


def test_a_contact_of_another_tenant_is_not_there(database: Database) -> None:
    building, _bakery, owner = bakery_of(database)
    kiosk = building.tenant("Kiosk")
    keeper = signed_in(database, Role.TENANT, kiosk.tenant_id)
    theirs = contacts_now(keeper, database)[0]
    save_own_contact(database, keeper, None, COOK)

    with pytest.raises(NotFound):
        end_own_contact(database, owner, theirs.contact_id)
    with pytest.raises(NotFound):
        save_own_contact(database, owner, theirs.contact_id, COOK)
    assert theirs in contacts_now(keeper, database)
    assert theirs not in contacts_now(owner, database)


def test_a_tenant_who_never_rests_must_wait_and_writes_nothing_meanwhile(database: Database) -> None:
    building, _bakery, owner = bakery_of(database)
    neighbour = signed_in(database, Role.TENANT, building.tenant("Kiosk").tenant_id)
    hit(database, f"acts:{owner.user_id}", WINDOW, OF_A_TENANT_AT_MOST - 1)

    saved = save_own_contact(database, owner, None, COOK)
    for _again in range(2):
        with pytest.raises(TooManyRequests):
            end_own_contact(database, owner, saved)
    save_own_contact(database, neighbour, None, COOK)

    counted = look(database, f"acts:{owner.user_id}")
    assert counted is not None
    assert counted.hits == OF_A_TENANT_AT_MOST, "not even the refusals are counted"
    assert saved in [each.contact_id for each in contacts_now(owner, database)]


def test_nobody_gets_a_mail_about_what_he_muted_and_everybody_is_told_of_a_cut(database: Database) -> None:
    building, bakery, owner = bakery_of(database)
    save_own_contact(database, owner, None, COOK, {AlertKind.LOW})

    with database.writing() as conn:
        for kind in (AlertKind.LOW, AlertKind.CUT):
            alert = NewAlert(site_id=building.site_id, kind=kind, cause=kind, account_id=bakery.account_id, details={})
            raise_alert(conn, alert, MORNING)
        recipients = conn.scalars(sa.select(messages.c.recipient).order_by(messages.c.id)).all()

    assert recipients == ["owner@bakery.example", "owner@bakery.example", "cook@bakery.example"]


def test_the_statements_are_written_for_sql_server_too(database: Database) -> None:
    _building, _bakery, owner = bakery_of(database)

    with listening(database) as heard:
        saved = save_own_contact(database, owner, None, COOK)
        save_own_contact(database, owner, saved, replace(COOK, name="Chef"))
        contacts_now(owner, database)
        end_own_contact(database, owner, saved)

    assert all(on_sql_server(statement) for statement in heard.values())


def _goes(act: Callable[[SignedIn], object], who: SignedIn) -> bool:
    try:
        act(who)
    except PrepaidError as error:
        assert isinstance(error, NotAllowed | PasswordMustChange)
        return False
    return True
