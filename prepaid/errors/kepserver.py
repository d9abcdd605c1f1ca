"""What can go wrong with KEPServerEX: its project, and the tables of its DataLogger."""

from prepaid.errors.base import PrepaidError


class ProjectUnwritable(PrepaidError):
    """The project cannot be written to {path}: {why}. Give access or free space, or name another file."""


class LogTableTooWide(PrepaidError):
    """A wide log table of {items} items has more columns than a table may have; {most} items are possible. Log fewer
    analyzers into it, or choose the narrow form."""
