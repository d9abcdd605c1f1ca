"""`python -m enforcer doctor`: looks at everything the enforcer needs, and answers in sentences."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from documents.mail import SmtpTransport
from prepaid.clock import Clock
from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.settings import Environment, Smtp
from sql.analyzers import link_rows
from sql.connection import Connection, Database
from sql.operation import last_beat
from sql.schema import require_current
from sql.sites import find_site, load_site

FREE_BYTES = 1 << 30
CLOCKS_APART = timedelta(seconds=30)
NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is good, and a sentence that says so or what to do."""

    good: bool
    sentence: str

    def __str__(self) -> str:
        return f"{_('good') if self.good else _('LOOK')}: {self.sentence}"


def examine(settings: Environment, clock: Clock, site_name: str | None) -> Iterator[Finding]:
    """Looks in the order in which things depend on each other; what cannot be looked at is left out."""
    yield _disk()
    yield _mail(settings.smtp)
    database = Database(settings.database_url, clock)
    try:
        require_current(database)
        yield Finding(
            True, _("The database {where} answers and has this program's tables.").format(where=database.where)
        )
        with database.reading() as conn:
            yield from _site(conn, database, clock, site_name)
    except PrepaidError as error:
        yield Finding(False, str(error))
    finally:
        database.close()


def _site(conn: Connection, database: Database, clock: Clock, site_name: str | None) -> Iterator[Finding]:
    now = clock.now()
    apart = abs(database.now(conn) - now)
    yield Finding(
        apart <= CLOCKS_APART,
        _(
            "The clocks of this machine and the database are {s} s apart; above 30 s nothing is cut. Set them by NTP."
        ).format(s=round(apart.total_seconds())),
    )
    site = load_site(conn, find_site(conn, site_name))
    yield Finding(
        bool(site.analyzers),
        _("The site {name} has {n} analyzers and {accounts} accounts.").format(
            name=site.name, n=len(site.analyzers), accounts=len(site.accounts)
        ),
    )
    beat_at = last_beat(conn, site.site_id, "enforcer")
    yield _heartbeat(beat_at, now, float(site.settings.heartbeat_old_after_s))
    patience = timedelta(seconds=float(site.settings.stale_after_s))
    yield from _analyzers(conn, site.site_id, now, patience)
    unready = [
        each.name for each in site.analyzers.values() if not each.passed_serials and each.contact.wiring != "none"
    ]
    if unready:
        yield Finding(
            False,
            _("Not commissioned, so never switched: {names}. Commission them.").format(names=_named(unready)),
        )


def _heartbeat(beat_at: datetime | None, now: datetime, old_s: float) -> Finding:
    if beat_at is None:
        return Finding(False, _("No enforcer has ever worked this site. Start one: python -m enforcer run"))
    age_s = (now - beat_at).total_seconds()
    return Finding(
        age_s <= old_s,
        _("The enforcer made its last pass {s} s ago. If that grows, start it: python -m enforcer run").format(
            s=round(age_s)
        ),
    )


def _analyzers(conn: Connection, site_id: int, now: datetime, patience: timedelta) -> Iterator[Finding]:
    rows = link_rows(conn, site_id)
    silent = [row for row in rows if row.read_at is None or now - row.read_at > patience]
    yield Finding(
        not silent,
        _("{answering} of {n} analyzers were read within the last {s} s.").format(
            answering=len(rows) - len(silent), n=len(rows), s=round(patience.total_seconds())
        ),
    )
    for row in silent[:NAMED_AT_MOST]:
        yield Finding(False, f"{row.name}: {row.link_error or _('never read')}")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    return Finding(free >= FREE_BYTES, _("{n} MB of disk are free; keep at least 1000.").format(n=free // 1_000_000))


def _mail(smtp: Smtp) -> Finding:
    if smtp.server is None:
        return Finding(False, _("No mail server is set, so alerts wait as rows. Set SMTP_SERVER in .env."))
    try:
        with SmtpTransport(
            server=smtp.server,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password,
            security=smtp.security,
            sender=smtp.sender,
        ) as transport:
            transport.check()
    except PrepaidError as error:
        return Finding(False, str(error))
    return Finding(True, _("The mail server {server} answers and lets us in.").format(server=smtp.server))


def _named(names: list[str]) -> str:
    more = _(" and {n} more").format(n=len(names) - NAMED_AT_MOST) if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more
