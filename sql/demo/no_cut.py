"""No-cut hours and holidays of the demo site: homes and ovens keep their nights, the mall has a feast of its own."""

from collections.abc import Container
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from prepaid.no_cut import HOLIDAYS
from prepaid.site_calendar import read_hours
from sql.demo.loads import zone
from sql.demo.profiles import Profile
from sql.demo.site import DemoSite
from sql.demo.tenants import Opened
from sql.no_cut import replace_windows
from sql.tables import holidays

NIGHTS = {
    Profile.HOUSEHOLDS: read_hours({**dict.fromkeys(range(HOLIDAYS), "22:00-06:00"), HOLIDAYS: "00:00-24:00"}),
    Profile.BAKERIES: read_hours(dict.fromkeys(range(HOLIDAYS), "02:00-06:00")),
}
FEAST, FEAST_IN = "Anniversary of the mall", timedelta(days=30)


def spare_nights(conn: Connection, site: DemoSite, opened: Opened, dark: Container[str], now: datetime) -> None:
    """Nobody else is spared, so that at any hour somebody of the mall is cut. Nor is who is `dark`: such a night may be
    when that happened."""
    for tenant in site.tenants:
        if tenant.profile in NIGHTS and tenant.name not in dark:
            replace_windows(conn, opened.site_id, opened.accounts[tenant.name], NIGHTS[tenant.profile])
    feast_on = (now + FEAST_IN).astimezone(zone(site.time_zone)).date()
    conn.execute(holidays.insert().values(site_id=opened.site_id, held_on=feast_on, name=FEAST))
