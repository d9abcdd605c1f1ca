"""Orders of programs, given through stored procedures, that cannot be carried out."""

from prepaid.errors.base import PrepaidError


class OrderUnfit(PrepaidError):
    """The database refused this order: {why}. Nothing was booked. Order it again with values that fit."""
