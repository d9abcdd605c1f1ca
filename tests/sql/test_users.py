"""Users: what an administrator does to them, what it ends, and what is refused."""

import re
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotAllowed, NotFound, RoleFixed, SignInFailed, UserNameTaken
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.numbers import AmountInvalid
from prepaid.errors.tenants import TextInvalid
from prepaid.passwords import check_password
from prepaid.records import Role
from prepaid.sessions import SessionEnd
from prepaid.users import NewUser
from sql import check
from sql.tables import sessions, tenants
from sql.users import (
    first_password,
    lock,
    set_largest_recharge,
    set_role,
    unlock,
)
from tests.building import MORNING, Building
from tests.people import ADDRESS, PASSWORD, People
from tests.sql.statements import listening, on_sql_server
from tests.sql.user_acts import NEW, acts, admin, be_demoted, be_locked, bound, create, give_role, let_in, reset

# --- making -------------------------------------------------------------------------------------------------------


def test_a_new_user_signs_in_with_the_first_password_and_must_change_it(people: People) -> None:
    building, omar = Building(people.database), admin(people)
    wanted = NewUser(
        user_name=" Layla ",
        display_name=" Layla  Hasan ",
        role=Role.CASHIER,
        site_id=building.site_id,
        email="layla@here.example",
        language="ku",
        largest_recharge=Decimal("500.5"),
    )

    given = create(people, omar, wanted)

    signed_in = people.sign_in("layla", given.password).signed_in
    assert (given.user_name, given.user_id) == ("layla", signed_in.user_id)
    assert signed_in.viewer.must_change_password
    assert (signed_in.display_name, signed_in.language) == ("Layla Hasan", "ku")
    assert (signed_in.largest_recharge, signed_in.viewer.site_id) == (Decimal("500.5"), building.site_id)
    created = acts(people)[0]
    assert (created.action, created.actor, created.subject) == ("user.created", "user:omar", f"user:{given.user_id}")
    assert (created.site_id, created.after["role"], created.after["address"]) == (building.site_id, "cashier", ADDRESS)
    assert given.password not in str(created) + repr(given)
    assert people.user(given.user_id).password_hash not in str(created)


def test_a_tenants_user_belongs_to_the_site_of_the_tenant(people: People) -> None:
    building, omar = Building(people.database), admin(people)
    bakery = building.tenant("Bakery")

    given = create(people, omar, NewUser(user_name="b", display_name="B", role=Role.TENANT, tenant_id=bakery.tenant_id))

    viewer = people.sign_in("b", given.password).signed_in.viewer
    assert (viewer.role, viewer.site_id, viewer.tenant_id) == (Role.TENANT, building.site_id, bakery.tenant_id)
    assert people.user(given.user_id).site_id == building.site_id


def test_first_passwords_are_strong_readable_and_never_the_same() -> None:
    given = {first_password() for _ in range(200)}

    assert len(given) == 200
    for password in given:
        assert re.fullmatch(r"([b-df-hj-np-tv-z2-9]{4}-){3}[b-df-hj-np-tv-z2-9]{4}", password)
        check_password(password, user_name="layla", role=Role.ADMIN)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"user_name": "OMAR"}, UserNameTaken),
        ({"user_name": "  "}, TextInvalid),
        ({"user_name": "two words"}, TextInvalid),
        ({"user_name": "x" * 61}, TextInvalid),
        ({"user_name": "la\u200byla"}, TextInvalid),
        ({"user_name": "\ud800"}, TextInvalid),
        ({"display_name": " "}, TextInvalid),
        ({"display_name": "x" * 121}, TextInvalid),
        ({"email": "layla at home"}, MailAddressInvalid),
        ({"language": "English"}, TextInvalid),
        ({"largest_recharge": Decimal(0)}, AmountInvalid),
        ({"largest_recharge": Decimal("0.00000001")}, AmountInvalid),
        ({"role": Role.TENANT, "tenant_id": 99}, NotFound),
        ({"site_id": 99}, NotFound),
    ],
)
def test_what_makes_no_user_is_refused_and_changes_nothing(
    people: People, change: dict[str, Any], error: type[PrepaidError]
) -> None:
    omar = admin(people)
    facts = {name: getattr(NEW, name) for name in NewUser.__slots__}

    with pytest.raises(error):
        create(people, omar, NewUser(**{**facts, **change}))

    assert acts(people) == []


def test_a_tenant_who_has_left_gets_no_user(people: People) -> None:
    bakery, omar = Building(people.database).tenant("Bakery"), admin(people)
    with people.database.writing() as conn:
        conn.execute(tenants.update().values(left_at=MORNING))

    with pytest.raises(NotFound):
        create(people, omar, NewUser(user_name="b", display_name="B", role=Role.TENANT, tenant_id=bakery.tenant_id))


# --- changing -----------------------------------------------------------------------------------------------------


def test_a_role_is_changed_and_told(people: People) -> None:
    omar, sara = admin(people), people.add("sara", Role.MANAGER)

    set_role(people.database, omar, sara, Role.CASHIER)
    set_role(people.database, omar, sara, Role.CASHIER)

    assert people.user(sara).role is Role.CASHIER
    assert people.user(sara).session_version == 2
    assert [(each.action, each.before, each.after["role"]) for each in acts(people)] == [
        ("user.role_changed", {"role": "manager"}, "cashier")
    ]


@pytest.mark.parametrize(("before", "after"), [(Role.TENANT, Role.ADMIN), (Role.CASHIER, Role.TENANT)])
def test_a_tenants_user_never_becomes_staff_nor_the_other_way_round(people: People, before: Role, after: Role) -> None:
    bakery, omar = Building(people.database).tenant("Bakery"), admin(people)
    sara = people.add("sara", before, tenant_id=bakery.tenant_id)

    with pytest.raises(RoleFixed):
        set_role(people.database, omar, sara, after)

    assert people.user(sara).role is before


def test_a_locked_user_is_out_until_unlocked(people: People) -> None:
    omar, sara = admin(people), people.add("sara", Role.MANAGER)
    before = people.sign_in("sara")

    lock(people.database, omar, sara)
    lock(people.database, omar, sara)
    with pytest.raises(SignInFailed):
        people.sign_in("sara")
    unlock(people.database, omar, sara)
    unlock(people.database, omar, sara)

    assert people.sign_in("sara")
    assert people.found(before.token) is None, "what was ended stays ended"
    assert [each.action for each in acts(people)] == ["user.locked", "user.unlocked"]


def test_a_new_first_password_replaces_the_forgotten_one(people: People) -> None:
    omar, sara = admin(people), people.add("sara", Role.MANAGER)

    given = reset(people, omar, sara)

    with pytest.raises(SignInFailed):
        people.sign_in("sara")
    assert people.sign_in("sara", given.password).signed_in.viewer.must_change_password
    assert [(each.action, each.before) for each in acts(people)] == [("password.reset", None)]
    assert acts(people)[0].after == {"address": ADDRESS}


def test_nobody_gives_themselves_a_password_without_the_present_one(people: People) -> None:
    omar = admin(people)

    with pytest.raises(NotAllowed):
        reset(people, omar, omar.user_id)

    assert people.sign_in("omar")


def test_the_bound_of_a_seller_is_changed_without_ending_sessions(people: People) -> None:
    omar, sara = admin(people), people.add("sara", Role.CASHIER)
    token = people.sign_in("sara").token

    set_largest_recharge(people.database, omar, sara, Decimal(1000))
    bounded = people.found(token)
    set_largest_recharge(people.database, omar, sara, Decimal(1000))
    set_largest_recharge(people.database, omar, sara, None)
    free = people.found(token)

    assert bounded is not None
    assert free is not None
    assert (bounded.largest_recharge, free.largest_recharge) == (Decimal(1000), None)
    assert len(acts(people)) == 2
    with pytest.raises(AmountInvalid):
        set_largest_recharge(people.database, omar, sara, Decimal(-1))


def test_the_sessions_of_the_user_say_why_they_ended(people: People) -> None:
    omar, sara = admin(people), people.add("sara", Role.MANAGER)
    for act in (give_role, be_locked):
        people.sign_in("sara")
        act(people, omar, sara)
    let_in(people, omar, sara)
    people.sign_in("sara")
    reset(people, omar, sara)

    with people.database.reading() as conn:
        rows = conn.execute(sa.select(sessions).where(sessions.c.user_id == sara).order_by(sessions.c.id)).all()
    assert [row.ended_why for row in rows] == [SessionEnd.ROLE, SessionEnd.LOCKED, SessionEnd.PASSWORD]
    assert {row.ended_at for row in rows} == {MORNING}


def test_the_audit_of_all_this_is_an_unbroken_chain(people: People) -> None:
    omar = admin(people)
    given = create(people, omar)
    for act in (give_role, be_locked, let_in, bound, reset, be_demoted):
        act(people, omar, given.user_id)

    assert check.check(people.database, everything=True) == []
    assert PASSWORD not in str(acts(people))


def test_every_statement_is_understood_by_sql_server(people: People) -> None:
    bakery, omar = Building(people.database).tenant("Bakery"), admin(people)
    people.add("sara")

    with listening(people.database) as heard:
        given = create(people, omar)
        create(people, omar, NewUser(user_name="b", display_name="B", role=Role.TENANT, tenant_id=bakery.tenant_id))
        for act in (give_role, be_demoted, be_locked, let_in, bound, reset):
            act(people, omar, given.user_id)

    written = [on_sql_server(statement) for statement in heard.values()]
    assert len(written) > 10
    assert not [each for each in written if " LIMIT " in each]
