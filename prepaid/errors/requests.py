"""Recharges that are too large, and those that wait for a second person."""

from prepaid.errors.base import PrepaidError


class RechargeTooLarge(PrepaidError):
    """You may sell at most {most} in one recharge. Nothing was booked. Ask an administrator to sell it."""


class RequestOver(PrepaidError):
    """This does not wait for a second person any more: it is {state}. Nothing was changed; look at the page again."""


class OwnRequest(PrepaidError):
    """You asked for this yourself. Ask another person who sells at this site to confirm or refuse it."""


class RequestOfAnother(PrepaidError):
    """Only who asked for this can withdraw it. Refuse it instead, with a reason."""


class AskerMayNot(PrepaidError):
    """{who} may not sell so much any more. Nothing was booked. Refuse it, and let somebody else sell it."""


class RequestRefused(PrepaidError):
    """A second person refused this recharge: {why}. Nothing was booked. Sell another one with a new key."""


class RequestGone(PrepaidError):
    """This recharge is {state}; no second person had confirmed it. Nothing was booked. Sell it again with a new key."""


class RequestsFull(PrepaidError):
    """{most} recharges of yours wait for a second person already. Withdraw one, or wait until they are decided."""


class PaymentUnclear(PrepaidError):
    """What was paid is not clear: {why}. Enter an amount and its currency, or no amount; nothing was booked."""
