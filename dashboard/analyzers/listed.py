"""Which analyzers a list shows, and its table: pure functions from lines to rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import pandas as pd

from documents.analyzer_texts import PRESENCE, PURPOSES, SHORT_PROOFS, SUPPLIED, presence_words
from documents.formats import Formats
from documents.reasons import reason_words
from documents.standing_texts import SOURCES
from documents.wish_texts import KINDS
from prepaid.language import _, later
from prepaid.links import Presence
from prepaid.records import Source
from prepaid.standing import Supplied
from sql.questions.analyzer_lines import AnalyzerLine

WATT = 1000.0


class Filter(NamedTuple):
    """What is looked for; what is empty lets everything through."""

    text: str = ""
    presence: Presence | None = None
    supplied: Supplied | None = None
    source: Source | None = None

    @property
    def narrowed(self) -> bool:
        return self != Filter()


class Columns:
    """The names of the table's columns; `of` translates one."""

    NAME = later("Analyzer")
    SUPPLY = later("Supply")
    LINK = later("Link")
    POWER = later("Power kW")
    SOURCE = later("Source")
    TENANT = later("Tenant")
    WHY = later("Why")
    AGE = later("Last answer")
    PROOF = later("Evidence")
    IN_FORCE = later("In force")
    ANSWER = later("Answer ms")
    MISSED = later("Missed")
    FAILURES = later("Failures")
    LOCATION = later("Location")
    ACCOUNT = later("Account")
    PURPOSE = later("Purpose")
    COMMISSIONED = later("Commissioned")
    SERIAL = later("Serial number")


def matching(lines: Sequence[AnalyzerLine], wanted: Filter) -> list[AnalyzerLine]:
    """The lines that fit the filter; every word of the text must occur somewhere in the line."""
    words = wanted.text.casefold().split()
    return [
        line
        for line in lines
        if _has_presence(line, wanted.presence)
        and wanted.supplied in (None, line.supplied)
        and wanted.source in (None, line.source)
        and all(word in _searched(line) for word in words)
    ]


def _has_presence(line: AnalyzerLine, wanted: Presence | None) -> bool:
    """A hold of an analyzer that is silent, or another device, is found too."""
    held = wanted is Presence.ON_HOLD and line.hold_cause is not None
    return held or wanted in (None, line.presence)


def table_of(lines: Sequence[AnalyzerLine], now: datetime, formats: Formats) -> pd.DataFrame:
    """One row a line, in their order; supply and link are lists of one word, so that they can be shown as badges."""
    rows = [
        {
            Columns.NAME: line.name,
            Columns.SUPPLY: [_(SUPPLIED[line.supplied])],
            Columns.LINK: [_(PRESENCE[line.presence])],
            Columns.POWER: None if line.power_w is None else line.power_w / WATT,
            Columns.SOURCE: None if line.source is None else _(SOURCES[line.source]),
            Columns.TENANT: line.tenant,
            Columns.WHY: None if line.why is None else reason_words(line.why),
            Columns.AGE: None if line.read_at is None else max(0.0, (now - line.read_at).total_seconds()),
            Columns.PROOF: None if line.evidence is None else _(SHORT_PROOFS[line.evidence]),
            Columns.IN_FORCE: in_force(line, formats),
            Columns.ANSWER: line.answer_ms,
            Columns.MISSED: line.missed_share,
            Columns.FAILURES: line.failures,
            Columns.LOCATION: line.location,
            Columns.ACCOUNT: line.account_number,
            Columns.PURPOSE: _(PURPOSES[line.purpose]),
            Columns.COMMISSIONED: line.commissioned,
            Columns.SERIAL: line.serial_number,
        }
        for line in lines
    ]
    return pd.DataFrame(rows, columns=_names())


def export_of(lines: Sequence[AnalyzerLine], now: datetime, formats: Formats) -> pd.DataFrame:
    """The same table for a spreadsheet: plain words, translated headings, the last answer as an instant."""
    table = table_of(lines, now, formats)
    plain = table.assign(
        **{
            Columns.SUPPLY: [words[0] for words in table[Columns.SUPPLY]],
            Columns.LINK: [presence_words(line.presence, line.read_at, now, formats) for line in lines],
            Columns.AGE: [None if line.read_at is None else line.read_at.isoformat() for line in lines],
            Columns.COMMISSIONED: [_("Yes") if line.commissioned else _("No") for line in lines],
        }
    )
    return plain.rename(columns=_)


def in_force(line: AnalyzerLine, formats: Formats) -> str:
    """Locks, wishes and holds that are in force, in a few words."""
    parts = []
    if line.lock_owner is not None:
        parts.append(formats.sentence(_("Lock: {owner}"), owner=formats.name(line.lock_owner)))
    if line.wish_kind is not None and line.wish_until_at is not None:
        until = formats.instant(line.wish_until_at)
        parts.append(formats.sentence(_("{kind} until {until}"), kind=_(KINDS[line.wish_kind]), until=until))
    if line.hold_began_at is not None:
        parts.append(formats.sentence(_("Hold since {instant}"), instant=formats.instant(line.hold_began_at)))
    return ", ".join(parts)


def _names() -> list[str]:
    return [value for name, value in vars(Columns).items() if name.isupper()]


def _searched(line: AnalyzerLine) -> str:
    parts = (line.name, line.location, line.tenant, line.account_number, line.serial_number)
    return " ".join(part for part in parts if part).casefold()
