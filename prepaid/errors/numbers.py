"""Amounts, prices and energies that are none."""

from prepaid.errors.base import PrepaidError


class AmountInvalid(PrepaidError):
    """ "{value}" is not a valid amount: {why}. Enter a number with at most 7 decimals."""


class PriceInvalid(PrepaidError):
    """ "{value}" is not a valid price per kWh: {why}. Enter a number of 0 or more with at most 4 decimals."""


class EnergyInvalid(PrepaidError):
    """ "{value}" is not a valid energy: {why}. Enter whole watt-hours."""
