"""No-cut hours and holidays of the site as they are now."""

import streamlit as st

from dashboard.parts.facts import Fact, draw_facts
from dashboard.parts.hours import facts_of_hours
from dashboard.parts.plain import plain
from dashboard.viewing import formats
from documents.countries import country_name
from prepaid.language import _
from sql.questions.site_calendar import CalendarPicture


def draw_hours(picture: CalendarPicture) -> None:
    """The hours of each weekday, and whether they hold now."""
    words = formats()
    st.subheader(_("No-cut hours"))
    st.caption(
        _("In these hours no supply is cut because its credit is used up, down to the debt floor of the account.")
    )
    shown = facts_of_hours(picture.calendar.windows)
    if picture.with_own_hours:
        shown.append(Fact(_("Accounts with hours of their own"), words.number(picture.with_own_hours)))
    if not picture.calendar.windows:
        st.write(_("There are none: a supply is cut at any hour."))
    if picture.no_cut_until is not None:
        said = _("They hold now, until {until}.")
        st.info(plain(words.sentence(said, until=words.instant(picture.no_cut_until))), icon=":material/schedule:")
    if shown:
        draw_facts(shown)


def draw_holidays(picture: CalendarPicture) -> None:
    """Whose holidays are kept, and the next ones."""
    words, calendar = formats(), picture.calendar
    st.subheader(_("Holidays"))
    st.caption(_("On these days the hours of holidays hold on top of those of the weekday."))
    draw_facts(
        [
            Fact(_("Country"), country_name(calendar.country, words) if calendar.country else _("not set")),
            *([Fact(_("Part of the country"), calendar.subdivision)] if calendar.subdivision else []),
            Fact(_("Own days"), words.number(len(calendar.own_days))),
        ]
    )
    st.markdown(f"**{_('Next holidays')}**")
    if picture.coming:
        draw_facts([Fact(words.date(day.held_on), words.name(day.name)) for day in picture.coming])
    else:
        st.write(_("None are known. Choose the country, or enter the days as the site's own."))
