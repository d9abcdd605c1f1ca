"""Changing the no-cut hours and the holidays of a site: all of it at once, as a person has seen it before."""

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.errors.tenants import ChangedMeanwhile, CountryInvalid
from prepaid.site_calendar import SiteCalendar
from sql.acts import Act, acting
from sql.connection import Database
from sql.holiday_calendar import countries
from sql.no_cut import replace_windows
from sql.questions.site_calendar import load_calendar
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import holidays, sites


@repeated
def change_calendar(
    database: Database, signed_in: SignedIn, site_id: int, seen: SiteCalendar, wanted: SiteCalendar
) -> bool:
    """Puts the wanted calendar in place of the one that was seen; answers whether they differ.

    Raises NotAllowed, SessionEnded, CountryInvalid, ChangedMeanwhile.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        act.permit_site(Right.ADMINISTER, site_id)
        _check_country(wanted)
        act.conn.execute(_LOCK, {"of_site": site_id})
        if load_calendar(act.conn, site_id) != seen:
            raise ChangedMeanwhile
        if wanted == seen:
            return False
        _write(act, site_id, wanted)
        names = [name for name, value in wanted.facts.items() if value != seen.facts[name]]
        act.note(
            "site.calendar_changed",
            f"site:{site_id}",
            site_id,
            before={name: seen.facts[name] for name in names},
            after={name: wanted.facts[name] for name in names},
        )
        return True


_LOCK = sites.update().where(sites.c.id == sa.bindparam("of_site")).values(name=sites.c.name)


def _check_country(wanted: SiteCalendar) -> None:
    """A country that the library does not know is kept where it was, and has no holidays but the site's own."""
    if wanted.subdivision is not None and wanted.subdivision not in countries().get(wanted.country or "", ()):
        raise CountryInvalid(value=f"{wanted.country or ''} {wanted.subdivision}".strip())


def _write(act: Act, site_id: int, wanted: SiteCalendar) -> None:
    act.conn.execute(
        sites.update().where(sites.c.id == site_id).values(country=wanted.country, subdivision=wanted.subdivision)
    )
    replace_windows(act.conn, site_id, None, wanted.windows)
    act.conn.execute(holidays.delete().where(holidays.c.site_id == site_id))
    if wanted.own_days:
        act.conn.execute(holidays.insert(), [{"site_id": site_id, **each._asdict()} for each in wanted.own_days])
