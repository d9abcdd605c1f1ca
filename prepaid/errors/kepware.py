"""What the log of Kepware can do wrong, and what somebody wants of it."""

from prepaid.errors.base import PrepaidError


class LogUnreadable(PrepaidError):
    """The log table {table} cannot be read in {where}: {why}. Check KEPWARE_DATABASE_URL, the name of the table and its
    columns, and that the login may read it."""


class LogUnpurgeable(PrepaidError):
    """Used rows cannot be removed from the log table {table} in {where}: {why}. Give the login the right to delete
    there, or let the database remove old rows and switch it off here."""


class LogGroupInvalid(PrepaidError):
    """The log group was not saved: {why}. Correct that and save it again."""


class MappingIncomplete(PrepaidError):
    """The tags of {analyzer} were not saved: no tag is named for {parameters}. Name one for each of them."""


class MappingInvalid(PrepaidError):
    """The tags of {analyzer} were not saved: {why}. Correct that and save them again."""
