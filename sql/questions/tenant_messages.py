"""What a tenant was told about the own accounts, newest first, with what became of each message."""

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from sql.questions.alerts import AlertFilter, AlertPicture, tenant_alerts
from sql.questions.told import told_about

MOST_TOLD = 200
ANY = AlertFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMessages:
    """Alerts with their messages. `more`: there are older ones."""

    alerts: tuple[AlertPicture, ...]
    more: bool


def tenant_messages(conn: Connection, viewer: Viewer, site_id: int, tenant_id: int, most: int) -> TenantMessages:
    """The newest `most` alerts about accounts of the tenant, at most `MOST_TOLD`. Raises NotAllowed."""
    page = tenant_alerts(conn, viewer, site_id, tenant_id, ANY, most=min(most, MOST_TOLD))
    told = told_about(conn, [alert.alert_id for alert in page.alerts])
    pictures = tuple(AlertPicture(alert=alert, told=told.get(alert.alert_id, ())) for alert in page.alerts)
    return TenantMessages(alerts=pictures, more=page.next is not None)
