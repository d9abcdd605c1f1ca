"""What a program asks through a stored procedure of SQL Server: a row that the product itself carries out."""

from enum import StrEnum

MOST_AT_ONCE = 50
"""Of one site in one pass; the next pass goes on."""


class OrderKind(StrEnum):
    """What is asked for."""

    RECHARGE = "recharge"
    WISH = "wish"


class OrderState(StrEnum):
    """How far an order has come. `passed_on`: a second person decides, in app.Requests."""

    WAITING = "waiting"
    DONE = "done"
    PASSED_ON = "passed_on"
    REFUSED = "refused"
