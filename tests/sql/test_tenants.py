"""Tenants: added with account and contact in one transaction, or not at all; changed only from what was seen."""

from dataclasses import replace
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound, SessionEnded, UserNameTaken
from prepaid.errors.base import PrepaidError
from prepaid.errors.tenants import (
    AccountNumberTaken,
    ChangedMeanwhile,
    ContactUnreachable,
    PlanUnfit,
    RestoreBelowCut,
    StageBackwards,
    TenantNameTaken,
    TextInvalid,
)
from prepaid.records import EntryKind, Role, Stage
from prepaid.tenancy import ContactFacts, Policy, TenantFacts
from sql import check
from sql.accounts import live_balances
from sql.connection import Database
from sql.sessions import SignedIn
from sql.tables import accounts, contacts, entries, events, plans, tenants
from sql.tenants import NewLogin, NewTenant, add_tenant, change_tenant, propose_number
from tests.building import MORNING, Building
from tests.people import People
from tests.signed_in import ADDRESS, sign_out, signed_in
from tests.sql.statements import listening, on_sql_server

SARA = ContactFacts(name="Sara", email="sara@example.com")
OBSERVED = Policy(stage=Stage.OBSERVED)


def house(database: Database) -> tuple[Building, SignedIn]:
    return Building(database), signed_in(database, Role.ADMIN)


def bakery(building: Building) -> NewTenant:
    return NewTenant(
        site_id=building.site_id,
        facts=TenantFacts(name="Bakery", unit="G-01"),
        plan_id=building.plan_id,
        policy=Policy(stage=Stage.WARNED, emergency_credit=Decimal(20), restore_threshold=Decimal("0.5")),
        opening=Decimal("125.25"),
        contact=SARA,
    )


def counts(database: Database) -> list[int]:
    with database.reading() as conn:
        return [
            int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in (tenants, accounts, contacts, entries, events)
        ]


def test_a_tenant_comes_with_account_opening_balance_and_contact(database: Database) -> None:
    building, admin = house(database)

    added = add_tenant(database, admin, bakery(building))

    with database.reading() as conn:
        tenant = conn.execute(sa.select(tenants)).one()
        account = conn.execute(sa.select(accounts).where(accounts.c.id == added.account_id)).one()
        contact = conn.execute(sa.select(contacts)).one()
        opening = conn.execute(sa.select(entries)).one()
        live = live_balances(conn, building.site_id)[added.account_id].live
    assert (tenant.id, tenant.name, tenant.unit) == (added.tenant_id, "Bakery", "G-01")
    assert (account.number, account.currency, account.stage) == ("A-0001", "IQD", Stage.WARNED)
    assert (account.emergency_credit, account.restore_threshold) == (Decimal(20), Decimal("0.5"))
    assert account.warned_at is not None
    assert (contact.tenant_id, contact.email) == (added.tenant_id, "sara@example.com")
    assert (opening.kind, opening.actor, live) == (EntryKind.OPENING, admin.actor, Decimal("125.25"))
    assert check.check(database, everything=True) == []


def test_the_audit_says_who_added_what_from_where(database: Database) -> None:
    building, admin = house(database)

    added = add_tenant(database, admin, bakery(building))

    with database.reading() as conn:
        told = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
    assert [(row.action, row.subject) for row in told] == [
        ("tenant.created", f"tenant:{added.tenant_id}"),
        ("account.opened", f"account:{added.account_id}"),
        ("contact.created", told[2].subject),
    ]
    assert {(row.actor, row.after["address"], row.site_id) for row in told} == {
        (admin.actor, ADDRESS, building.site_id)
    }
    assert told[1].after["opening"] == "125.25"


def test_numbers_are_proposed_in_order_and_any_free_one_may_be_chosen(database: Database) -> None:
    building, admin = house(database)
    first = add_tenant(database, admin, replace(bakery(building), number=" A-0002 "))

    with database.reading() as conn:
        proposed = propose_number(conn, admin.viewer, building.site_id)
    second = add_tenant(database, admin, replace(bakery(building), facts=TenantFacts(name="Florist")))
    third = add_tenant(database, admin, replace(bakery(building), facts=TenantFacts(name="Butcher")))

    assert (first.number, proposed, second.number, third.number) == ("A-0002", "A-0001", "A-0001", "A-0003")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"facts": TenantFacts(name=" florist ")}, TenantNameTaken),
        ({"facts": TenantFacts(name="")}, TextInvalid),
        ({"number": "A00002"}, AccountNumberTaken),
        ({"number": "A 2"}, TextInvalid),
        ({"plan_id": 999}, NotFound),
        ({"policy": Policy(stage=Stage.OBSERVED, restore_threshold=Decimal(-1))}, RestoreBelowCut),
        ({"policy": Policy(stage=Stage.CLOSED)}, StageBackwards),
        ({"contact": ContactFacts(name="Sara")}, ContactUnreachable),
    ],
)
def test_whatever_does_not_fit_leaves_nothing_behind(
    database: Database, change: dict[str, Any], error: type[PrepaidError]
) -> None:
    building, admin = house(database)
    building.tenant("Florist")
    building.tenant("Butcher")
    before = counts(database)

    with pytest.raises(error):
        add_tenant(database, admin, replace(bakery(building), **change))

    assert counts(database) == before


def test_a_plan_of_another_site_or_retired_or_without_prices_is_refused(database: Database) -> None:
    building, admin = house(database)
    other = Building(database, name="Other house")
    with database.writing() as conn:
        added = conn.execute(
            plans.insert().values(site_id=building.site_id, name="Empty", currency="IQD", created_at=MORNING)
        ).inserted_primary_key
        assert added is not None
        conn.execute(plans.update().where(plans.c.id == building.house_plan_id).values(retired_at=MORNING))

    for plan_id, error in ((other.plan_id, NotFound), (building.house_plan_id, PlanUnfit), (added[0], PlanUnfit)):
        with pytest.raises(error):
            add_tenant(database, admin, replace(bakery(building), plan_id=plan_id))


def test_a_login_is_made_with_a_first_password_that_must_be_changed(database: Database) -> None:
    building, admin = house(database)
    people = People(database)
    wanted = replace(bakery(building), login=NewLogin(user_name=" Bakery ", email="bakery@example.com"))

    added = add_tenant(database, admin, wanted, hasher=people.hasher)

    assert added.first_password is not None
    opened = people.sign_in("bakery", added.first_password.password)
    assert opened.signed_in.viewer.tenant_id == added.tenant_id
    assert opened.signed_in.viewer.must_change_password
    with database.reading() as conn:
        audit = str(conn.execute(sa.select(events)).all())
    assert added.first_password.password not in audit + repr(added)


def test_a_login_that_is_taken_leaves_no_tenant_behind(database: Database) -> None:
    building, admin = house(database)
    people = People(database)
    people.add("bakery")
    before = counts(database)

    with pytest.raises(UserNameTaken):
        wanted = replace(bakery(building), login=NewLogin(user_name="Bakery"))
        add_tenant(database, admin, wanted, hasher=people.hasher)

    assert counts(database) == before


def test_two_admins_adding_at_once_get_two_numbers(database: Database) -> None:
    building, admin = house(database)
    other = signed_in(database, Role.ADMIN)
    numbers: list[str] = []

    def add(person: SignedIn, name: str) -> None:
        numbers.append(add_tenant(database, person, replace(bakery(building), facts=TenantFacts(name=name))).number)

    threads = [Thread(target=add, args=(person, name)) for person, name in ((admin, "One"), (other, "Two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == ["A-0001", "A-0002"]


def test_a_tenant_is_changed_from_what_was_seen(database: Database) -> None:
    building, admin = house(database)
    tenant_id = add_tenant(database, admin, bakery(building)).tenant_id
    seen = TenantFacts(name="Bakery", unit="G-01")
    wanted = replace(seen, name="Corner Bakery", phone="07")

    changed = change_tenant(database, admin, tenant_id, seen, wanted)
    again = change_tenant(database, admin, tenant_id, wanted, wanted)

    with database.reading() as conn:
        row = conn.execute(sa.select(tenants)).one()
        told = conn.execute(sa.select(events).where(events.c.action == "tenant.changed")).all()
    assert (changed, again) == (True, False)
    assert (row.name, row.unit, row.phone) == ("Corner Bakery", "G-01", "07")
    assert [(each.before, each.after) for each in told] == [
        ({"name": "Bakery", "phone": None}, {"name": "Corner Bakery", "phone": "07", "address": ADDRESS})
    ]
    with pytest.raises(ChangedMeanwhile):
        change_tenant(database, admin, tenant_id, seen, replace(seen, unit="G-02"))


def test_a_tenant_may_change_the_capitals_of_the_own_name_but_not_take_anothers(database: Database) -> None:
    building, admin = house(database)
    tenant_id = add_tenant(database, admin, bakery(building)).tenant_id
    building.tenant("Florist")
    seen = TenantFacts(name="Bakery", unit="G-01")

    with pytest.raises(TenantNameTaken):
        change_tenant(database, admin, tenant_id, seen, replace(seen, name="FLORIST"))

    assert change_tenant(database, admin, tenant_id, seen, replace(seen, name="BAKERY"))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER, Role.TENANT])
def test_only_an_admin_of_the_site_adds_and_changes(database: Database, role: Role) -> None:
    building, admin = house(database)
    tenant_id = add_tenant(database, admin, bakery(building)).tenant_id
    person = signed_in(database, role, site_id=building.site_id, tenant_id=tenant_id)
    elsewhere = signed_in(database, Role.ADMIN, site_id=Building(database, name="Other house").site_id)
    seen = TenantFacts(name="Bakery", unit="G-01")
    wanted = replace(bakery(building), facts=TenantFacts(name="Florist"))
    before = counts(database)

    for somebody in (person, elsewhere):
        with pytest.raises(NotAllowed):
            add_tenant(database, somebody, wanted)
        with pytest.raises(NotAllowed):
            change_tenant(database, somebody, tenant_id, seen, replace(seen, unit="9"))
        with database.reading() as conn, pytest.raises(NotAllowed):
            propose_number(conn, somebody.viewer, building.site_id)
    sign_out(database, admin)
    with pytest.raises(SessionEnded):
        add_tenant(database, admin, wanted)

    assert counts(database) == before


def test_sql_server_understands_each_statement(database: Database) -> None:
    building, admin = house(database)

    with listening(database) as heard:
        tenant_id = add_tenant(database, admin, replace(bakery(building), policy=OBSERVED)).tenant_id
        change_tenant(
            database, admin, tenant_id, TenantFacts(name="Bakery", unit="G-01"), TenantFacts(name="Cake", unit="1")
        )

    assert all(on_sql_server(statement) for statement in heard.values())
