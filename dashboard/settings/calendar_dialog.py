"""Changing the no-cut hours and the holidays of the site, as they are written."""

from functools import partial

import streamlit as st

from dashboard.house import database
from dashboard.parts.dialog import open_dialog
from dashboard.parts.hours import draw_hours_fields
from dashboard.parts.plain import plain
from dashboard.viewing import formats, say, signed_in
from documents.countries import country_name
from prepaid.access import Right
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.site_calendar import SiteCalendar, read_hours, read_own_days
from sql.holiday_calendar import countries
from sql.site_calendar import change_calendar

LONGEST_DAYS, DAYS_PX = 14_000, 120


def draw_change_button(site_id: int, seen: SiteCalendar) -> None:
    """The way to change them."""
    if st.button(_("Change hours and holidays"), icon=":material/edit_calendar:", key="change-calendar"):
        open_dialog(_("No-cut hours and holidays"), Right.ADMINISTER, partial(draw_calendar_form, site_id, seen))


def draw_calendar_form(site_id: int, seen: SiteCalendar) -> None:
    """The hours of each weekday, whose holidays are kept, and the site's own days."""
    words = formats()
    texts = draw_hours_fields(seen.windows, "hours")
    left, right = st.columns(2)
    known = sorted({*countries(), *([seen.country] if seen.country else [])})
    country = left.selectbox(
        _("Country"),
        known,
        index=known.index(seen.country) if seen.country else None,
        format_func=lambda code: country_name(code, words),
        placeholder=_("None"),
        key="calendar-country",
    )
    parts = countries().get(country or "", ())
    subdivision = right.selectbox(
        _("Part of the country"),
        parts,
        index=parts.index(seen.subdivision) if seen.subdivision in parts else None,
        placeholder=_("All of it"),
        disabled=not parts,
        key=f"calendar-part-{country}",
    )
    days = st.text_area(
        _("Own holidays"),
        seen.own_days_text,
        max_chars=LONGEST_DAYS,
        height=DAYS_PX,
        placeholder="2027-04-01 " + _("Founding day"),
        help=_("A day in each line: the date, then its name"),
        key="calendar-days",
    )
    if st.button(_("Save"), type="primary", width="stretch", key="calendar-save"):
        try:
            wanted = SiteCalendar(
                windows=read_hours(texts), country=country, subdivision=subdivision, own_days=read_own_days(days)
            )
            change_calendar(database(), signed_in(), site_id, seen, wanted)
        except PrepaidError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        say(_("Saved. The enforcer follows it with its next pass."))
        st.rerun()
