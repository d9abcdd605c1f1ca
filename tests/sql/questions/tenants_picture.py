"""The picture that a tenant sees, and what stands in it."""

from datetime import datetime, timedelta

from prepaid.access import Viewer
from prepaid.records import Role
from prepaid.standing import Standing, TenantPicture
from sql.questions.account import tenant_picture
from tests.building import MORNING, Building, Person

HOUR = timedelta(hours=1)
ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)


def own_viewer(building: Building, person: Person) -> Viewer:
    return Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=person.tenant_id)


def picture_of(building: Building, person: Person, now: datetime = MORNING) -> TenantPicture:
    with building.database.reading() as conn:
        return tenant_picture(conn, own_viewer(building, person), building.site_id, person.tenant_id, now)


def standing_of(building: Building, person: Person, now: datetime = MORNING) -> Standing:
    return next(each for each in picture_of(building, person, now).accounts if each.account_id == person.account_id)
