"""All the looks of the doctor, in the order in which things depend on each other."""

from collections.abc import Iterator
from pathlib import Path

from enforcer.doctor.clocks import look_at_clocks
from enforcer.doctor.engine import look_at_engine
from enforcer.doctor.finding import Finding, Subject
from enforcer.doctor.folders import look_at_archive, look_at_spool
from enforcer.doctor.kepware import look_at_logs
from enforcer.doctor.machine import file_limit, look_at_machine, open_files
from enforcer.doctor.mail import look_at_mail
from enforcer.doctor.settings import look_at_settings
from enforcer.doctor.site import look_at_site
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.settings import Environment
from sql.archive.folder import archive_folder
from sql.connection import Connection, Database
from sql.schema import require_current, wanted
from sql.sites import find_site, load_site, sites_in_use

ROOT = Path(__file__).parent.parent.parent


def examine(
    settings: Environment, clock: Clock, site_name: str | None, *, root: Path = ROOT, dashboard_port: int = 8000
) -> Iterator[Finding]:
    """Findings as they are made; what cannot be looked at, since something before it is missing, is left out. Without
    a name every site is looked at."""
    yield from look_at_settings(root, settings)
    yield from look_at_machine(root, settings, dashboard_port)
    yield from look_at_spool(root, settings.spooling)
    yield look_at_mail(settings.smtp)
    try:
        database = Database(settings.database_url, clock)
    except PrepaidError as error:
        yield Finding(Subject.DATABASE, False, str(error))
        return
    try:
        require_current(database)
        yield Finding(
            Subject.DATABASE,
            True,
            _("The database {where} answers and has this program's tables (version {schema}).").format(
                where=database.where, schema=wanted()
            ),
        )
        with database.reading() as conn:
            yield from _inside(conn, database, clock, site_name)
            yield from look_at_archive(conn, root / archive_folder(database, settings.archive_folder))
    except PrepaidError as error:
        yield Finding(Subject.DATABASE, False, str(error))
    finally:
        database.close()


def _inside(conn: Connection, database: Database, clock: Clock, site_name: str | None) -> Iterator[Finding]:
    host_at, database_at = clock.now(), database.now(conn)
    yield from look_at_engine(conn, database, database_at)
    yield from look_at_clocks(host_at, database_at)
    site_ids = [find_site(conn, site_name)] if site_name is not None else sites_in_use(conn)
    if not site_ids:
        yield Finding(Subject.SITE, False, _("There is no site yet. Load one: python -m sql site FILE"))
    analyzers = 0
    for site_id in site_ids:
        site = load_site(conn, site_id)
        analyzers = max(analyzers, len(site.analyzers))
        yield from look_at_site(conn, site, host_at, database_at)
        yield from look_at_logs(conn, site, host_at)
    yield from open_files(file_limit(), analyzers)
