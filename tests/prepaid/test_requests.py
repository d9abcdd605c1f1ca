"""Who may decide about a large recharge, and how long it waits."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed
from prepaid.errors.requests import AskerMayNot, OwnRequest, RechargeTooLarge, RequestOfAnother, RequestOver
from prepaid.records import Role
from prepaid.requests import (
    STATES,
    Asked,
    RequestState,
    Seller,
    check_confirmable,
    check_second,
    check_waits,
    check_withdrawable,
    needs_second,
    state_at,
)
from tests.building import MORNING

ASKED = Asked(asked_by_id=1, site_id=7, amount=Decimal(500), currency="IQD")


def seller(user_id: int, role: Role = Role.CASHIER, site_id: int | None = 7, most: int | None = None) -> Seller:
    viewer = Viewer(role=role, site_id=site_id, tenant_id=None)
    largest = None if most is None else Decimal(most)
    return Seller(user_id=user_id, name=f"N{user_id}", viewer=viewer, largest_recharge=largest)


@pytest.mark.parametrize(("most_alone", "needed"), [(None, False), ("500", False), ("499.9999999", True), ("0", True)])
def test_a_second_person_is_needed_above_the_bound_only(most_alone: str | None, needed: bool) -> None:
    assert needs_second(Decimal(500), None if most_alone is None else Decimal(most_alone)) is needed


def test_only_what_waits_becomes_too_old() -> None:
    for state in RequestState:
        before = state_at(state, MORNING + timedelta(milliseconds=1), MORNING)
        behind = state_at(state, MORNING, MORNING)

        assert before is state
        assert behind is (RequestState.EXPIRED if state is RequestState.WAITING else state)


@pytest.mark.parametrize("state", RequestState)
def test_what_waits_no_longer_says_what_became_of_it(state: RequestState) -> None:
    if state is RequestState.WAITING:
        check_waits(state)
        return
    with pytest.raises(RequestOver, match=STATES[state]):
        check_waits(state)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (seller(1), OwnRequest),
        (seller(2, Role.MANAGER), NotAllowed),
        (seller(2, Role.TENANT), NotAllowed),
        (seller(2, site_id=8), NotAllowed),
        (Seller(user_id=2, name="N2", viewer=None, largest_recharge=None), NotAllowed),
    ],
)
def test_the_second_person_is_another_one_who_sells_there(second: Seller, told: type[Exception]) -> None:
    with pytest.raises(told):
        check_second(ASKED, second)


@pytest.mark.parametrize("second", [seller(2), seller(2, most=500), seller(2, Role.ADMIN, None)])
def test_who_may_sell_so_much_there_may_confirm_it(second: Seller) -> None:
    check_confirmable(ASKED, seller(1, most=500), second)


def test_the_bound_of_the_second_person_holds_for_what_it_confirms_and_not_for_what_it_refuses() -> None:
    bounded = seller(2, most=499)

    check_second(ASKED, bounded)
    with pytest.raises(RechargeTooLarge):
        check_confirmable(ASKED, seller(1), bounded)


@pytest.mark.parametrize("first", [seller(1, Role.MANAGER), seller(1, site_id=8), seller(1, most=499)])
def test_who_asked_still_may_sell_so_much(first: Seller) -> None:
    with pytest.raises(AskerMayNot, match="N1"):
        check_confirmable(ASKED, first, seller(2))


def test_nobody_else_withdraws() -> None:
    check_withdrawable(ASKED, 1)
    with pytest.raises(RequestOfAnother):
        check_withdrawable(ASKED, 2)
