"""Old readings that cannot be written to the archive, or not be read from it."""

from prepaid.errors.base import PrepaidError


class ArchiveFailed(PrepaidError):
    """Old readings were not archived in {folder}: {why}. They stay in the database. Correct that; it is tried again."""


class ArchiveUnderWay(PrepaidError):
    """Another process archives old readings since {since}. Wait until it has ended, at most an hour."""


class ArchiveUnreadable(PrepaidError):
    """The file {path} of the archive cannot be read: {why}. Put it back from a backup of that folder."""
