"""The quiet hours of one person: those of the site, none, or own ones; shown and chosen inside a form."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

import streamlit as st

from dashboard.house import database
from dashboard.parts.plain import plain
from dashboard.viewing import formats, site_id, sites
from documents.formats import Formats
from prepaid.language import _, later
from prepaid.quiet_hours import NO_QUIET_HOURS, QuietHours, own_hours
from sql.quiet_hours import site_hours

USUAL = QuietHours(from_minute=22 * 60, until_minute=7 * 60)
"""What stands in the fields of who has no hours yet."""


class Choice(StrEnum):
    """Whose hours they are."""

    SITE = "site"
    NONE = "none"
    OWN = "own"


NAMES = {Choice.SITE: later("As the site"), Choice.NONE: later("None"), Choice.OWN: later("From … until …")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in the fields."""

    choice: Choice
    begin: time | None
    end: time | None

    def hours(self) -> QuietHours | None:
        """The hours that are meant; None: those of the site. Raises TextInvalid."""
        if self.choice is Choice.SITE:
            return None
        return NO_QUIET_HOURS if self.choice is Choice.NONE else own_hours(self.begin, self.end)


def hours_words(quiet: QuietHours, words: Formats) -> str:
    """The hours in a word or two."""
    return words.name(str(quiet)) if quiet != NO_QUIET_HOURS else _("none")


def own_hours_words(quiet: QuietHours | None, words: Formats) -> str:
    """Beside the name of a person; empty where the hours of the site hold."""
    return "" if quiet is None else _("quiet hours {hours}").format(hours=hours_words(quiet, words))


def hours_of_site() -> QuietHours:
    """Those of the site that is looked at."""
    if not sites():
        return NO_QUIET_HOURS
    with database().reading() as conn:
        return site_hours(conn, site_id()).quiet


def draw_quiet_hours(seen: QuietHours | None, key: str) -> Written:
    """Whose hours hold, and the two times that hold if they are own ones."""
    of_site, own = hours_of_site(), seen not in (None, NO_QUIET_HOURS)
    choice = st.segmented_control(
        _("Quiet hours"),
        list(Choice),
        format_func=lambda each: _(NAMES[each]),
        default=Choice.SITE if seen is None else Choice.OWN if own else Choice.NONE,
        required=True,
        key=f"{key}-quiet",
        width="stretch",
    )
    shown = seen if seen is not None and own else USUAL if of_site == NO_QUIET_HOURS else of_site
    left, right = st.columns(2)
    begin = left.time_input(_("From"), _clock(shown.from_minute), key=f"{key}-quiet-from")
    end = right.time_input(_("Until"), _clock(shown.until_minute), key=f"{key}-quiet-until")
    st.caption(
        _("What can wait is told when they are over. The quiet hours of the site: {hours}.").format(
            hours=plain(hours_words(of_site, formats()))
        )
    )
    assert choice is not None, "one of them is always chosen"
    return Written(choice=choice, begin=begin, end=end)


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)
