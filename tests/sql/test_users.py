"""Users: what an administrator does to them, what it ends, what the audit is told, and what is refused."""

import re
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from prepaid.errors.access import LastAdmin, NotAllowed, NotFound, RoleFixed, SessionEnded, SignInFailed, UserNameTaken
from prepaid.errors.base import PrepaidError
from prepaid.errors.mail import MailAddressInvalid
from prepaid.errors.numbers import AmountInvalid
from prepaid.errors.tenants import TextInvalid
from prepaid.passwords import check_password
from prepaid.records import Role
from prepaid.sessions import SessionEnd
from prepaid.users import NewUser
from sql import check
from sql.sessions import SignedIn, end
from sql.tables import events, sessions, tenants
from sql.users import (
    FirstPassword,
    create_user,
    first_password,
    lock,
    reset_password,
    set_largest_recharge,
    set_role,
    unlock,
)
from tests.building import MORNING, Building
from tests.people import ADDRESS, PASSWORD, People
from tests.sql.statements import listening, on_sql_server

NEW = NewUser(user_name="Layla", display_name="Layla Hasan", role=Role.CASHIER)


def create(people: People, by: SignedIn, wanted: NewUser = NEW) -> FirstPassword:
    return create_user(people.database, by, wanted, hasher=people.hasher)


def reset(people: People, by: SignedIn, user_id: int) -> FirstPassword:
    return reset_password(people.database, by, user_id, hasher=people.hasher)


def admin(people: People, user_name: str = "omar", **facts: Any) -> SignedIn:
    people.add(user_name, **facts)
    return people.sign_in(user_name).signed_in


def acts(people: People) -> list[Any]:
    """The events about users, the oldest first."""
    with people.database.reading() as conn:
        rows = conn.execute(sa.select(events).order_by(events.c.event_no)).all()
    return [row for row in rows if not row.action.startswith("session.")]


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


# --- the last administrator ---------------------------------------------------------------------------------------


def be_locked(people: People, by: SignedIn, user_id: int) -> None:
    lock(people.database, by, user_id)


def be_demoted(people: People, by: SignedIn, user_id: int) -> None:
    set_role(people.database, by, user_id, Role.MANAGER)


Act = Callable[[People, SignedIn, int], object]


@pytest.mark.parametrize("act", [be_locked, be_demoted])
def test_the_last_administrator_stays(people: People, act: Act) -> None:
    omar = admin(people)
    people.add("sara", locked_at=MORNING)
    site_id = Building(people.database).site_id
    people.add("of one site only", site_id=site_id)

    with pytest.raises(LastAdmin, match="omar"):
        act(people, omar, omar.user_id)
    people.add("layla")
    act(people, omar, omar.user_id)

    assert people.found_by_id(omar.session_id) is None


@pytest.mark.parametrize("act", [be_locked, be_demoted])
def test_the_administrator_of_one_site_may_go_while_somebody_may_do_as_much(people: People, act: Act) -> None:
    site_id, other_id = Building(people.database).site_id, Building(people.database, name="Other").site_id
    here = admin(people, "here", site_id=site_id)
    people.add("there", site_id=other_id)

    with pytest.raises(LastAdmin):
        act(people, here, here.user_id)
    people.add("everywhere")
    act(people, here, here.user_id)


def test_two_administrators_who_demote_each_other_at_once_do_not_both_succeed(people: People) -> None:
    both = [admin(people, "omar"), admin(people, "sara")]
    start, outcomes = Barrier(2), list[str]()

    def demote(by: SignedIn, other: SignedIn) -> None:
        start.wait(timeout=30)
        try:
            set_role(people.database, by, other.user_id, Role.MANAGER)
            outcomes.append("done")
        except SessionEnded:
            outcomes.append("ended")

    threads = [Thread(target=demote, args=pair) for pair in (both, both[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["done", "ended"]


# --- who may ------------------------------------------------------------------------------------------------------


def make(people: People, by: SignedIn, _user_id: int) -> object:
    return create(people, by)


def give_role(people: People, by: SignedIn, user_id: int) -> None:
    set_role(people.database, by, user_id, Role.ADMIN)


def bound(people: People, by: SignedIn, user_id: int) -> None:
    set_largest_recharge(people.database, by, user_id, Decimal(1))


def let_in(people: People, by: SignedIn, user_id: int) -> None:
    unlock(people.database, by, user_id)


ACTS: list[Act] = [make, give_role, be_locked, let_in, reset, bound]


@pytest.mark.parametrize("act", ACTS)
def test_only_administrators_do_this(people: People, act: Act) -> None:
    bakery = Building(people.database).tenant("Bakery")
    layla = people.add("layla.1", Role.CASHIER)
    for role in (Role.CASHIER, Role.MANAGER, Role.TENANT):
        people.add(str(role), role, tenant_id=bakery.tenant_id if role is Role.TENANT else None)
        signed_in = people.sign_in(str(role)).signed_in

        with pytest.raises(NotAllowed):
            act(people, signed_in, layla)

    assert acts(people) == []


@pytest.mark.parametrize("act", ACTS)
def test_a_session_that_has_ended_does_nothing_any_more(people: People, act: Act) -> None:
    omar, layla = admin(people), people.add("layla.1", Role.CASHIER)
    end(people.database, omar.session_id)

    with pytest.raises(SessionEnded):
        act(people, omar, layla)

    assert acts(people) == []


@pytest.mark.parametrize("act", ACTS[1:])
def test_the_administrator_of_one_site_does_not_see_the_users_of_others(people: People, act: Act) -> None:
    site_id, other_id = Building(people.database).site_id, Building(people.database, name="Other").site_id
    here = admin(people, "here", site_id=site_id)
    people.add("second", site_id=site_id)
    strangers = [people.add("there", Role.CASHIER, site_id=other_id), people.add("everywhere"), 999]

    for stranger in strangers:
        with pytest.raises(NotFound):
            act(people, here, stranger)
    own = people.add("own", Role.CASHIER, site_id=site_id)
    act(people, here, own)

    assert {each.subject for each in acts(people)} <= {f"user:{own}"}


def test_the_administrator_of_one_site_makes_users_of_that_site_only(people: People) -> None:
    building, other = Building(people.database), Building(people.database, name="Other")
    here = admin(people, "here", site_id=building.site_id)
    foreign = other.tenant("Foreign")

    for wanted in (
        NewUser(user_name="everywhere", display_name="X", role=Role.ADMIN),
        NewUser(user_name="there", display_name="X", role=Role.ADMIN, site_id=other.site_id),
        NewUser(user_name="tenant", display_name="X", role=Role.TENANT, tenant_id=foreign.tenant_id),
    ):
        with pytest.raises(NotAllowed):
            create(people, here, wanted)
    create(people, here, NewUser(user_name="own", display_name="X", role=Role.ADMIN, site_id=building.site_id))

    assert [each.after["user_name"] for each in acts(people)] == ["own"]


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
