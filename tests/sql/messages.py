"""Alerts that are told at a site, and the messages about them that somebody claims."""

from datetime import datetime, timedelta

from prepaid.alerts import AlertKind, Channel
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.outbox import Claim, Parcel, claim, free_overdue
from tests.building import MORNING, Building, Person


def tell(
    building: Building, kind: AlertKind, cause: str, person: Person | None = None, analyzer: int | None = None
) -> bool:
    new = NewAlert(
        site_id=building.site_id,
        kind=kind,
        cause=cause,
        account_id=None if person is None else person.account_id,
        analyzer_id=analyzer,
        details={"why": cause},
    )
    with building.database.writing() as conn:
        return raise_alert(conn, new, MORNING)


def claimed(
    database: Database,
    holder: str = "one",
    seconds: float = 0,
    most: int = 20,
    *,
    site_id: int = 1,
    channel: Channel = Channel.MAIL,
) -> list[Parcel]:
    """What a claimer gets that looks at the outbox after so many seconds."""
    wanted = Claim(site_id=site_id, holder=holder, channel=channel, now=after(seconds), most=most)
    with database.writing() as conn:
        free_overdue(conn, site_id, wanted.now)
        return claim(conn, wanted)


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)
