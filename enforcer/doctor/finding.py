"""What the doctor says of one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from prepaid.language import _

NAMED_AT_MOST = 10


class Subject(StrEnum):
    """What was looked at."""

    SETTINGS = "settings"
    MACHINE = "machine"
    DATABASE = "database"
    CLOCKS = "clocks"
    SITE = "site"
    ANALYZERS = "analyzers"
    KEPWARE = "kepware"
    MAIL = "mail"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is good, and a sentence that says so or what to do."""

    subject: Subject
    good: bool
    sentence: str

    def __str__(self) -> str:
        return f"{_('good') if self.good else _('LOOK')}: {self.sentence}"


def named(names: Sequence[str]) -> str:
    """A bounded list of names, in words."""
    more = _(" and {n} more").format(n=len(names) - NAMED_AT_MOST) if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more
