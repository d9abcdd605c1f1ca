"""What waits for a second person: a large recharge is booked only when somebody else has confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from prepaid.access import Right, Viewer, permit_site
from prepaid.errors.access import NotAllowed
from prepaid.errors.requests import AskerMayNot, OwnRequest, RechargeTooLarge, RequestOfAnother, RequestOver
from prepaid.language import _, later
from prepaid.units import to_text

WAITS = timedelta(hours=24)
MOST_WAITING = 20
"""Of one person."""


class RequestKind(StrEnum):
    """What is asked for."""

    RECHARGE = "recharge"


class RequestState(StrEnum):
    """How far a request has come. What no longer waits never waits again."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATES: Mapping[RequestState, str] = {
    RequestState.WAITING: later("waiting"),
    RequestState.CONFIRMED: later("confirmed"),
    RequestState.REFUSED: later("refused"),
    RequestState.WITHDRAWN: later("withdrawn"),
    RequestState.EXPIRED: later("expired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who asks or decides, with the rights and the bound of now. A user who is locked has no `viewer`."""

    user_id: int
    name: str
    viewer: Viewer | None
    largest_recharge: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A recharge that waits: who asked for it, where, and how much."""

    asked_by_id: int
    site_id: int
    amount: Decimal
    currency: str


def needs_second(amount: Decimal, most_alone: Decimal | None) -> bool:
    """Whether a recharge is too large for one person. `most_alone` None: none is."""
    return most_alone is not None and amount > most_alone


def state_at(state: RequestState, expires_at: datetime, now: datetime) -> RequestState:
    """The state as it is now: nobody need have noted that the time is over."""
    return RequestState.EXPIRED if state is RequestState.WAITING and expires_at <= now else state


def check_waits(state: RequestState) -> None:
    """Raises RequestOver for what was decided, withdrawn or expired."""
    if state is not RequestState.WAITING:
        raise RequestOver(state=_(STATES[state]))


def check_second(asked: Asked, second: Seller) -> None:
    """The second person is another one, who may sell at the site. Raises OwnRequest, NotAllowed."""
    if second.viewer is None:
        raise NotAllowed
    permit_site(second.viewer, Right.SELL, asked.site_id)
    if second.user_id == asked.asked_by_id:
        raise OwnRequest


def check_confirmable(asked: Asked, first: Seller, second: Seller) -> None:
    """Both may sell so much there now; a bound holds for who confirms as for who sells.

    Raises OwnRequest, NotAllowed, RechargeTooLarge, AskerMayNot.
    """
    check_second(asked, second)
    if second.largest_recharge is not None and asked.amount > second.largest_recharge:
        raise RechargeTooLarge(most=f"{to_text(second.largest_recharge)} {asked.currency}")
    may = first.viewer is not None and first.viewer.may(Right.SELL)
    elsewhere = first.viewer is not None and first.viewer.site_id not in (None, asked.site_id)
    too_much = first.largest_recharge is not None and asked.amount > first.largest_recharge
    if not may or elsewhere or too_much:
        raise AskerMayNot(who=first.name)


def check_withdrawable(asked: Asked, person_id: int) -> None:
    """Raises RequestOfAnother."""
    if person_id != asked.asked_by_id:
        raise RequestOfAnother
