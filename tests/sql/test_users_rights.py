"""Who may change users: administrators, of their own site, and never the last one."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from prepaid.errors.access import LastAdmin, NotAllowed, NotFound, SessionEnded
from prepaid.records import Role
from prepaid.users import NewUser
from sql.sessions import SignedIn, end
from sql.users import (
    set_role,
)
from tests.building import MORNING, Building
from tests.people import People
from tests.sql.user_acts import acts, admin, be_demoted, be_locked, bound, create, give_role, let_in, reset

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
