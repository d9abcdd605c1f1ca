"""Alerts that are told at a site, and the messages about them that somebody claims."""

from datetime import datetime, timedelta

from prepaid.alerts import AlertKind
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.outbox import Outgoing, claim
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


def claimed(database: Database, holder: str = "one", seconds: float = 0, most: int = 20) -> list[Outgoing]:
    with database.writing() as conn:
        return claim(conn, holder, after(seconds), most)


def after(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)
