"""A site before it goes live, for any test of the report and its sign-off.

launch = Launch(database)
launch.sign_off(launch.bakery)
"""

from datetime import timedelta

import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.records import Role, Stage
from sql.connection import Database
from sql.going_live import sign_off
from sql.questions.going_live import LiveReport, LiveRow, live_report
from sql.tables import accounts, analyzers
from tests.building import Building, Person
from tests.signed_in import signed_in
from tests.sql.questions.shown import read

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
REASON = "the report of Monday"


class Launch:
    """A site with one observed bakery that is ready: its oven is tested, read, and somebody is told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.reading() as conn:
            self.now = database.now(conn)
        self.building = Building(database, at=self.now - timedelta(days=3))
        self.bakery, self.oven = self.ready("Bakery", opening="100")
        self.admin = signed_in(database, Role.ADMIN)

    def ready(self, name: str, *, opening: str, stage: Stage = Stage.OBSERVED) -> tuple[Person, int]:
        """A tenant whom nothing prevents."""
        person = self.building.tenant(name, stage=stage, opening=opening)
        analyzer_id = self.building.analyzer(f"{name} main", person)
        self.building.begin(analyzer_id)
        with self.database.reading() as conn:
            serial = conn.scalar(sa.select(analyzers.c.serial_number).where(analyzers.c.id == analyzer_id))
        read(self.building, analyzer_id, self.now, serial_number=serial)
        return person, analyzer_id

    def report(self, viewer: Viewer = ADMIN) -> LiveReport:
        with self.database.reading() as conn:
            return live_report(conn, viewer, self.building.site_id, self.now)

    def row(self, person: Person | None = None) -> LiveRow:
        (found,) = self.report().among([(person or self.bakery).account_id])
        return found

    def sign_off(self, *people: Person, stage: Stage = Stage.ENFORCED, seen: LiveReport | None = None) -> int:
        account_ids = [person.account_id for person in people]
        return sign_off(self.database, self.admin, seen or self.report(), account_ids, stage, REASON)

    def stages(self) -> dict[str, Stage]:
        with self.database.reading() as conn:
            rows = conn.execute(sa.select(accounts.c.number, accounts.c.stage).where(accounts.c.tenant_id.is_not(None)))
            return {row.number: row.stage for row in rows}

    def change(self, statement: sa.Update | sa.Insert) -> None:
        with self.database.writing() as conn:
            conn.execute(statement)
