"""What is asked of all sites at once."""

import sqlalchemy as sa

from sql.connection import Database
from sql.sites import load_longest_raw_kept_days
from sql.tables import sites
from tests.building import MORNING, Building


def test_readings_are_kept_as_long_as_the_site_wants_that_wants_it_longest(database: Database) -> None:
    Building(database, name="Usual")
    Building(database, name="Short", values={"raw_kept_days": "2"})
    retired = Building(database, name="Retired", values={"raw_kept_days": "900"})
    with database.writing() as conn:
        conn.execute(sa.update(sites).where(sites.c.id == retired.site_id).values(retired_at=MORNING))
        assert load_longest_raw_kept_days(conn) == 14

    Building(database, name="Long", values={"raw_kept_days": "90"})

    with database.reading() as conn:
        assert load_longest_raw_kept_days(conn) == 90
