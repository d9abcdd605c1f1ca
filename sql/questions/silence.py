"""Which enforcers give no sign of life, for the banner above every page of the staff."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit
from sql.questions.heartbeats import pulses
from sql.questions.sites import sites_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentSite:
    """A site without a young sign of life; `age_s` None: its enforcer has never run."""

    site_id: int
    name: str
    age_s: float | None


def silent_sites(conn: Connection, viewer: Viewer, now: datetime) -> tuple[SilentSite, ...]:
    """Of the sites that the viewer belongs to, by name. One statement while all is well. For all of the staff."""
    permit(viewer, Right.SEE_BALANCES)
    silent = {each.site_id: each for each in pulses(conn, now) if not each.alive}
    if not silent:
        return ()
    return tuple(
        SilentSite(site_id=site.site_id, name=site.name, age_s=silent[site.site_id].age_s)
        for site in sites_of(conn, viewer)
        if site.site_id in silent
    )
