"""The calendar of a site: its no-cut hours, when those of now end, and the holidays that come next."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit_site
from prepaid.site_calendar import MOST_OWN_DAYS, OwnDay, SiteCalendar
from sql.holiday_calendar import public_holidays
from sql.no_cut import accounts_with_hours, load_hours_of, windows_of_site
from sql.tables import holidays, sites

DAYS_AHEAD, SHOWN_AT_MOST = 366, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPicture:
    """`no_cut_until`: no cut is started until then (None: now is outside of all hours). `with_own_hours`: so many
    accounts have hours on top of those. `coming`: the next holidays."""

    calendar: SiteCalendar
    no_cut_until: datetime | None
    with_own_hours: int
    coming: tuple[OwnDay, ...]


def calendar_picture(conn: Connection, viewer: Viewer, site_id: int, now: datetime) -> CalendarPicture:
    """For whoever may see the site. Raises NotAllowed."""
    permit_site(viewer, Right.SEE_SITE, site_id)
    calendar = load_calendar(conn, site_id)
    hours = load_hours_of(conn, site_id, None)
    return CalendarPicture(
        calendar=calendar,
        no_cut_until=hours.ends_at(now),
        with_own_hours=accounts_with_hours(conn, site_id),
        coming=_coming(calendar, now.astimezone(hours.zone).date()),
    )


def load_calendar(conn: Connection, site_id: int) -> SiteCalendar:
    """As it is stored. Asks nobody's leave."""
    site = conn.execute(sa.select(sites.c.country, sites.c.subdivision).where(sites.c.id == site_id)).one()
    days = conn.execute(
        sa.select(holidays.c.held_on, holidays.c.name)
        .where(holidays.c.site_id == site_id)
        .order_by(holidays.c.held_on)
        .limit(MOST_OWN_DAYS)
    ).all()
    return SiteCalendar(
        windows=windows_of_site(conn, site_id),
        country=site.country,
        subdivision=site.subdivision,
        own_days=tuple(OwnDay(row.held_on, row.name) for row in days),
    )


def _coming(calendar: SiteCalendar, today: date) -> tuple[OwnDay, ...]:
    days = [each for each in calendar.own_days if each.held_on >= today]
    if calendar.country is not None:
        for year in (today.year, (today + timedelta(days=DAYS_AHEAD)).year):
            of_year = public_holidays(calendar.country, calendar.subdivision, year)
            days += [OwnDay(held_on, name) for held_on, name in of_year.items() if held_on >= today]
    return tuple(sorted(days)[:SHOWN_AT_MOST])
