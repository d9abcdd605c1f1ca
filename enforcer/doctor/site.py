"""A site: its enforcer, its analyzers, what was commissioned."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from enforcer.doctor.finding import NAMED_AT_MOST, Finding, Subject, named
from prepaid.language import _
from prepaid.records import Wiring
from prepaid.site import Site
from sql.analyzers import link_rows
from sql.connection import Connection
from sql.leases import Lease, lease_of
from sql.operation import last_beat


def look_at_site(conn: Connection, site: Site, host_at: datetime, database_at: datetime) -> Iterator[Finding]:
    """What the enforcer of the site does, as far as the database tells. Leases and beats are by its clock."""
    if site.analyzers:
        sentence = _("The site {name} has {n} analyzers and {accounts} accounts.")
    else:
        sentence = _("The site {name} has no analyzers yet. Import them on the page Tenants, or load a site file.")
    yield Finding(
        Subject.SITE,
        bool(site.analyzers),
        sentence.format(name=site.name, n=len(site.analyzers), accounts=len(site.accounts)),
    )
    beat_at = last_beat(conn, site.site_id, "enforcer")
    yield heartbeat(site.name, beat_at, database_at, float(site.settings.heartbeat_old_after_s))
    yield from holder(site.name, lease_of(conn, site.site_id), database_at)
    yield from _answering(conn, site, host_at)
    yield from _without_serial(site)
    unready = [
        each.name
        for each in site.analyzers.values()
        if not each.passed_serials and each.contact.wiring is not Wiring.NONE
    ]
    if unready:
        yield Finding(
            Subject.ANALYZERS,
            False,
            _("Not commissioned, so never switched: {names}. Commission them.").format(names=named(unready)),
        )


def heartbeat(site_name: str, beat_at: datetime | None, now: datetime, old_s: float) -> Finding:
    if beat_at is None:
        return Finding(
            Subject.SITE,
            False,
            _("No enforcer has ever worked the site {site}. Start one: python -m enforcer run").format(site=site_name),
        )
    age_s = (now - beat_at).total_seconds()
    if age_s <= old_s:
        sentence = _("The enforcer of {site} made its last pass {s} s ago.")
    else:
        sentence = _("The enforcer of {site} made its last pass {s} s ago. Start it: python run_all.py service start")
    return Finding(Subject.SITE, age_s <= old_s, sentence.format(site=site_name, s=round(age_s)))


def holder(site_name: str, lease: Lease | None, now: datetime) -> Iterator[Finding]:
    """Who may act for the site; a free lease is no finding, the heartbeat tells that."""
    if lease is None or not lease.holder:
        return
    left_s = round((lease.ends_at - now).total_seconds())
    if left_s >= 0:
        sentence = _("{holder} holds the lease of {site} for {s} more seconds.")
    else:
        sentence = _("The lease of {site} ran out {s} s ago; its holder {holder} is gone. Start an enforcer.")
    yield Finding(Subject.SITE, left_s >= 0, sentence.format(holder=lease.holder, site=site_name, s=abs(left_s)))


def _answering(conn: Connection, site: Site, now: datetime) -> Iterator[Finding]:
    patience = timedelta(seconds=float(site.settings.stale_after_s))
    rows = link_rows(conn, site.site_id)
    total = len(site.analyzers)
    silent = [row for row in rows if row.read_at is None or now - row.read_at > patience]
    yield Finding(
        Subject.ANALYZERS,
        not silent and len(rows) == total,
        _("{answering} of {n} analyzers were read within the last {s} s.").format(
            answering=len(rows) - len(silent), n=total, s=round(patience.total_seconds())
        ),
    )
    for row in silent[:NAMED_AT_MOST]:
        yield Finding(Subject.ANALYZERS, False, f"{row.name}: {row.link_error or _('never read')}")
    if len(silent) > NAMED_AT_MOST:
        yield Finding(Subject.ANALYZERS, False, _("{n} more are silent.").format(n=len(silent) - NAMED_AT_MOST))


def _without_serial(site: Site) -> Iterator[Finding]:
    """A device that is not named by its serial number could be exchanged for another without being noticed."""
    unknown = [each.name for each in site.analyzers.values() if not each.serial_number]
    if unknown:
        yield Finding(
            Subject.ANALYZERS,
            False,
            _("Without a known serial number, so whatever answers there is charged: {names}. Commission them.").format(
                names=named(unknown)
            ),
        )
