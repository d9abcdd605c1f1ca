"""What can go wrong with the file in which readings wait for the database."""

from prepaid.errors.base import PrepaidError


class SpoolUnwritable(PrepaidError):
    """Readings cannot be kept in {path}: {why}. Free space or give access.
    Until then they wait in memory, in bounded number, and a stop of the enforcer loses them."""


class SpoolUnreadable(PrepaidError):
    """The readings kept in {path} cannot be read: {why}. The file is put aside as {aside}; energy goes on to be counted
    by the counters of the devices. Have the disk looked at."""
