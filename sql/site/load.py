"""Taking over a site file: read, compared with the database, and added to it in one transaction, or not at all."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.errors.start import SiteFileInvalid
from prepaid.language import _
from sql.connection import Database
from sql.site.analyzers import add_analyzers, check_analyzers, compare_analyzers
from sql.site.calendar import add_calendar, add_own_hours
from sql.site.contacts import add_contacts, contacts_to_add
from sql.site.facts import SiteFile
from sql.site.file import listed, read_site_file
from sql.site.plans import add_house, add_plans, check_plans
from sql.site.tenants import add_tenants, check_tenants, compare_tenants
from sql.site.users import add_users, check_users, nobody_is_told
from sql.site.work import Work
from sql.tables import settings, sites


def main(database: Database, path: Path) -> int:
    """Adds what is new in the file and leaves alone what exists. Raises SiteFileUnreadable and SiteFileInvalid."""
    file = read_site_file(path)
    with database.writing() as conn:
        work = take_over(conn, file, path, database.now(conn))
        unheard = nobody_is_told(work)
    for line in _report(work, unheard=unheard):
        sys.stdout.write(f"{line}\n")
    return 0


def take_over(conn: Connection, file: SiteFile, path: Path, now: datetime) -> Work:
    """Writes what is new, in this transaction. Raises SiteFileInvalid before anything of the site is written."""
    there = conn.execute(sa.select(sites).where(sites.c.name == file.site.name)).one_or_none()
    work = Work(conn, file, 0 if there is None else there.id, now)
    _check_site(work, there)
    check_plans(work)
    check_tenants(work)
    check_analyzers(work)
    check_users(work)
    if work.problems:
        raise SiteFileInvalid(path=path, problems=listed(work.problems))
    _add_site(work, there)
    _add_settings(work)
    add_calendar(work)
    plan_ids = add_plans(work)
    house_id = add_house(work)
    account_ids = {**compare_tenants(work), **add_tenants(work, plan_ids)}
    add_own_hours(work, account_ids)
    add_contacts(work, contacts_to_add(work))
    compare_analyzers(work)
    add_analyzers(work, account_ids, house_id)
    add_users(work)
    work.finish()
    return work


def _check_site(work: Work, there: sa.Row[tuple[object, ...]] | None) -> None:
    if there is None:
        return
    if there.retired_at is not None:
        work.problems.append(_("site.name: a retired site has this name. Choose another."))
    if there.currency != work.file.site.currency:
        said = _('site.currency: this site is kept in "{currency}", for ever. Write that, or make another site.')
        work.problems.append(said.format(currency=there.currency))


def _add_site(work: Work, there: sa.Row[tuple[object, ...]] | None) -> None:
    wanted = work.file.site
    columns = {
        "time_zone": wanted.time_zone,
        "country": wanted.country,
        "subdivision": wanted.subdivision,
        "language": wanted.language,
        "mail_sender": wanted.mail_sender,
    }
    if there is not None:
        work.compare("site.{}".format, {name: (getattr(there, name), value) for name, value in columns.items()})
        return
    values = {"name": wanted.name, "currency": wanted.currency, "created_at": work.now, **columns}
    inserted = work.conn.execute(sites.insert().values(**values))
    assert inserted.inserted_primary_key is not None, "the database numbers sites"
    work.site_id = int(inserted.inserted_primary_key[0])
    work.note("site", f"site:{work.site_id}", {name: value for name, value in values.items() if value is not None})


def _add_settings(work: Work) -> None:
    question = sa.select(settings.c.name, settings.c.value).where(settings.c.site_id == work.site_id)
    known = {row.name: row.value for row in work.conn.execute(question)}
    for name, value in work.file.settings.items():
        if name in known:
            work.compare("settings.{}".format, {name: (known[name], value)})
            continue
        row = {"site_id": work.site_id, "name": name, "value": value}
        work.conn.execute(settings.insert().values(**row, set_at=work.now, set_by=work.actor))
        work.note("setting", f"site:{work.site_id}", row)


def _report(work: Work, *, unheard: bool) -> Iterator[str]:
    site = work.file.site.name
    if work.added:
        things = ", ".join(f"{kind} {count}" for kind, count in sorted(work.added.items()))
        yield _("{site}: added: {things}.").format(site=site, things=things)
    else:
        yield _("{site}: everything in this file is there already.").format(site=site)
    if work.kept:
        yield _("Left as it is, because a file never changes what exists:")
        yield from (f"  {each}" for each in work.kept)
    if work.passwords:
        yield _("First passwords, told only now; each must be changed at the first sign-in:")
        yield from (f"  {name:24} {password}" for name, password in work.passwords.items())
    if unheard:
        yield _("No admin has a mail address: alarms reach nobody. Add an admin with one under [[users]].")
