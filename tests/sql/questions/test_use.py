"""What a tenant used: by the wall clock, with what is not charged yet, beside the span before; and nobody else's."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from prepaid.access import Viewer
from prepaid.errors.access import NotAllowed, NotFound
from prepaid.records import Role, Source
from prepaid.spans import Bucket, Span, midnight, months_later
from prepaid.standing import Use
from sql.connection import Database
from sql.hours import HourLine, add_hours
from sql.questions.use import Used, used
from sql.tables import hours
from tests.building import GENERATOR_PRICE, GRID_PRICE, MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

HOUR = timedelta(hours=1)
BAGHDAD = ZoneInfo("Asia/Baghdad")
TODAY = MORNING.astimezone(BAGHDAD).date()
MIDNIGHT = midnight(TODAY, BAGHDAD)
DAY = Span(MIDNIGHT, MIDNIGHT + 24 * HOUR)


def use_of(
    building: Building,
    person: Person,
    span: Span,
    bucket: Bucket,
    now: datetime = MORNING,
    viewer: Viewer | None = None,
) -> Used:
    own = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=person.tenant_id)
    with building.database.reading() as conn:
        return used(conn, viewer or own, building.site_id, person.tenant_id, person.account_id, span, bucket, now)


def bakery_of(database: Database) -> tuple[Building, Person]:
    """Yesterday at 8 and at 12, today at 0 from the generator, and something that is not charged yet.

    MORNING is 11:00 in Baghdad.
    """
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    analyzer_id = building.analyzer("Oven", bakery)
    oven = building.begin(analyzer_id, at=MIDNIGHT - 16 * HOUR)
    known = (
        (MIDNIGHT - 16 * HOUR, Source.GRID, 1_000, GRID_PRICE),
        (MIDNIGHT - 12 * HOUR, Source.GRID, 30_000, GRID_PRICE * 30),
        (MIDNIGHT, Source.GENERATOR, 200, GENERATOR_PRICE / 5),
    )
    with database.writing() as conn:
        add_hours(conn, [_line(at, analyzer_id, bakery, source, wh, amount) for at, source, wh, amount in known])
    building.use(oven.grid_id, 40)
    return building, bakery


def _line(hour_at: datetime, analyzer_id: int, person: Person, source: Source, wh: int, amount: Decimal) -> HourLine:
    return HourLine(
        hour_at=hour_at,
        analyzer_id=analyzer_id,
        account_id=person.account_id,
        source=source,
        wh=wh,
        amount=amount,
        spread=False,
    )


def test_a_day_has_its_hours_and_the_running_one_counts_what_is_not_charged_yet(database: Database) -> None:
    building, bakery = bakery_of(database)

    found = use_of(building, bakery, DAY, Bucket.HOUR)

    assert len(found.parts) == 24
    assert found.parts[0].use == Use(generator_wh=200, generator_amount=GENERATOR_PRICE / 5)
    running = [(part.from_at, part.use.grid_wh) for part in found.parts if part.running]
    assert running == [(MORNING, 40)]
    assert found.total == Use(
        grid_wh=40, generator_wh=200, grid_amount=GRID_PRICE * Decimal("0.04"), generator_amount=GENERATOR_PRICE / 5
    )
    assert (found.currency, found.first_hour_at) == ("IQD", MIDNIGHT - 16 * HOUR)


def test_today_until_now_is_compared_with_yesterday_until_then(database: Database) -> None:
    building, bakery = bakery_of(database)

    found = use_of(building, bakery, DAY, Bucket.HOUR)
    later = use_of(building, bakery, DAY, Bucket.HOUR, now=MORNING + 3 * HOUR)

    assert found.before is not None and later.before is not None
    assert (found.before.wh, later.before.wh) == (1_000, 31_000)
    assert found.before_span == Span(MIDNIGHT - 24 * HOUR, MORNING - 24 * HOUR)


@pytest.mark.parametrize("minutes", [0, 1, 54, 59])
def test_a_load_that_never_changes_is_as_much_as_yesterday_at_any_minute(database: Database, minutes: int) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    analyzer_id = building.analyzer("Oven", bakery)
    oven = building.begin(analyzer_id, at=MIDNIGHT - 24 * HOUR)
    with database.writing() as conn:
        known = [MIDNIGHT + number * HOUR for number in range(-24, 11)]
        add_hours(conn, [_line(at, analyzer_id, bakery, Source.GRID, 6_000, GRID_PRICE * 6) for at in known])
    building.use(oven.grid_id, 100 * minutes)

    found = use_of(building, bakery, DAY, Bucket.HOUR, now=MORNING + timedelta(minutes=minutes))

    assert found.total.wh == 11 * 6_000 + 100 * minutes
    assert found.before == found.total
    assert found.before_span == Span(MIDNIGHT - 24 * HOUR, MORNING + timedelta(minutes=minutes) - 24 * HOUR)


def test_a_span_before_which_nothing_is_known_has_no_comparison(database: Database) -> None:
    building, bakery = bakery_of(database)
    month = Span(midnight(TODAY.replace(day=1), BAGHDAD), midnight(months_later(TODAY.replace(day=1), 1), BAGHDAD))

    found = use_of(building, bakery, month, Bucket.DAY)

    assert (len(found.parts), found.before) == (31, None)
    assert [part.use.wh for part in found.parts[3:6]] == [31_000, 240, 0]


def test_the_peak_is_the_hour_with_the_most_energy_unless_it_was_silent(database: Database) -> None:
    building, bakery = bakery_of(database)
    span = Span(MIDNIGHT - 24 * HOUR, DAY.until_at)

    known = use_of(building, bakery, span, Bucket.DAY)
    with database.writing() as conn:
        conn.execute(hours.update().where(hours.c.grid_wh == 30_000).values(spread=True))
    silent = use_of(building, bakery, span, Bucket.DAY)

    assert known.peak is not None and silent.peak is not None
    assert (known.peak.hour_at, known.peak.wh) == (MIDNIGHT - 12 * HOUR, 30_000)
    assert (silent.peak.hour_at, silent.peak.wh) == (MIDNIGHT - 16 * HOUR, 1_000)
    assert [part.spread for part in silent.parts] == [True, False]


def test_a_new_tenant_has_used_nothing(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")

    found = use_of(building, bakery, DAY, Bucket.HOUR)

    assert (found.total, found.before, found.peak, found.first_hour_at) == (Use(), None, None, None)


def test_several_analyzers_come_together(database: Database) -> None:
    building = Building(database)
    bakery = building.tenant("Bakery")
    for name in ("Oven", "Fridge"):
        begun = building.begin(building.analyzer(name, bakery), at=MIDNIGHT)
        building.charge(bakery, begun.of(Source.GRID), 500, MIDNIGHT + HOUR)

    assert use_of(building, bakery, DAY, Bucket.HOUR).parts[0].use.grid_wh == 1_000


def test_the_use_of_others_is_not_told(database: Database) -> None:
    building, bakery = bakery_of(database)
    kiosk = building.tenant("Kiosk")
    other = Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=kiosk.tenant_id)
    cashier = Viewer(role=Role.CASHIER, site_id=building.site_id, tenant_id=None)

    with pytest.raises(NotAllowed):
        use_of(building, bakery, DAY, Bucket.HOUR, viewer=other)
    with database.reading() as conn, pytest.raises(NotFound):
        used(conn, other, building.site_id, kiosk.tenant_id, bakery.account_id, DAY, Bucket.HOUR, MORNING)
    assert use_of(building, bakery, DAY, Bucket.HOUR, viewer=cashier).total.wh == 240


def test_a_year_has_twelve_months_and_the_statements_are_written_for_sql_server_too(database: Database) -> None:
    building, bakery = bakery_of(database)
    year = Span(midnight(date(2026, 1, 1), BAGHDAD), midnight(date(2027, 1, 1), BAGHDAD))

    with listening(database) as heard:
        found = use_of(building, bakery, year, Bucket.MONTH)

    assert [part.use.wh for part in found.parts][:2] == [31_240, 0]
    assert len(found.parts) == 12
    for statement in heard.values():
        assert "SELECT" in on_sql_server(statement) or isinstance(statement, sa.TextClause)
