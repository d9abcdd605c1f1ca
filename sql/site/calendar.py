"""The calendar of a site file: holidays of the site's own, and no-cut hours of the site and of its tenants."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import sqlalchemy as sa

from prepaid.no_cut import Window
from prepaid.site_calendar import hours_fact
from sql.no_cut import load_no_cut_hours, replace_windows, windows_of_site
from sql.site.work import Work
from sql.tables import holidays


def add_calendar(work: Work) -> None:
    """Adds new holidays, and the no-cut hours where the site has none yet."""
    known = _known_days(work)
    for number, day in enumerate(work.file.holidays, start=1):
        if day.held_on in known:
            place_of = partial(work.file.places.key, "holidays", number, day.name)
            work.compare(place_of, {"name": (known[day.held_on], day.name)})
            continue
        work.conn.execute(holidays.insert().values(site_id=work.site_id, **day._asdict()))
        work.note("holiday", f"site:{work.site_id}", {"held_on": day.held_on, "name": day.name})
    _add_hours(work, "site.{}".format, None, windows_of_site(work.conn, work.site_id), work.file.no_cut_hours)


def add_own_hours(work: Work, account_ids: Mapping[str, int]) -> None:
    """Adds the no-cut hours that accounts have on top of those of the site, where they have none yet."""
    there = load_no_cut_hours(work.conn, work.site_id).own
    for number, tenant in enumerate(work.file.tenants, start=1):
        account_id = account_ids.get(tenant.name)
        if account_id is not None:
            place_of = partial(work.file.places.key, "tenants", number, tenant.name)
            _add_hours(work, place_of, account_id, there.get(account_id, frozenset()), tenant.no_cut_hours)


def _add_hours(
    work: Work,
    place_of: Callable[[str], str],
    account_id: int | None,
    there: frozenset[Window],
    wanted: frozenset[Window],
) -> None:
    if there or not wanted:
        work.compare(place_of, {"no_cut_hours": (hours_fact(there), hours_fact(wanted))})
        return
    replace_windows(work.conn, work.site_id, account_id, wanted)
    subject = f"site:{work.site_id}" if account_id is None else f"account:{account_id}"
    work.note("no_cut_hours", subject, {"no_cut_hours": hours_fact(wanted)})


def _known_days(work: Work) -> dict[date, str]:
    question = sa.select(holidays.c.held_on, holidays.c.name).where(holidays.c.site_id == work.site_id)
    return {row.held_on: row.name for row in work.conn.execute(question)}
