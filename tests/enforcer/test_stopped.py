"""The alarm that nothing is switched on: after a minute, while somebody waits, once, and over by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from documents.alert_sentences import AlertFacts, for_staff, why
from documents.formats import Formats
from enforcer.connecting import Shown, can_take_more
from enforcer.stopped import PATIENCE, Stop, load_stop, watch_stop
from prepaid.access import Viewer
from prepaid.alerts import AlertKind
from prepaid.records import Purpose, Role, Source
from prepaid.supply import Answer, Reason
from prepaid.switching import Change, Progress, Supply, SupplyState
from sql.alerts import raise_alert
from sql.connection import Database
from sql.questions.alerts import alarms
from sql.tables import alerts, messages
from tests.building import MORNING, Building

SAG, FINE = 180.0, 230.0
PASS_S = 2.5
MANAGER = Viewer(role=Role.MANAGER, site_id=None, tenant_id=None)
WAITS = SupplyState(
    supply=Supply.CUT,
    reason=Reason.OUT_OF_CREDIT,
    change=Change(change_id=1, wanted=Answer.ON, reason=Reason.RECHARGED, progress=Progress.WANTED, decided_at=MORNING),
)
CUT = SupplyState(supply=Supply.CUT, reason=Reason.OUT_OF_CREDIT)


@dataclass
class Mall:
    """A shop behind an incomer of the grid, pass after pass."""

    building: Building
    incomer: int
    shop: int
    now: datetime = MORNING
    stop: Stop = field(default_factory=Stop)

    def run(self, volts: float, supply: SupplyState = WAITS, after_s: float = PASS_S) -> None:
        """A pass in which the incomer shows so much."""
        self.now += timedelta(seconds=after_s)
        site = self.building.load()
        incomers: Mapping[int, Shown] = {self.incomer: Shown(Source.GRID, volts, 50.0, self.now)}
        going = can_take_more(site, incomers, Source.GRID)
        with self.building.database.writing() as conn:
            self.stop, raised = watch_stop(
                conn, site, self.stop, incomers, Source.GRID, {self.shop: supply}, self.now, connecting=going
            )
            for alert in raised:
                assert raise_alert(conn, alert, self.now)

    def restart(self) -> None:
        """The enforcer was killed: only what is in the database is known."""
        with self.building.database.reading() as conn:
            self.stop = load_stop(conn, self.building.site_id)

    def told(self) -> list[Any]:
        with self.building.database.reading() as conn:
            return list(conn.execute(sa.select(alerts).order_by(alerts.c.id)).all())


def mall(database: Database) -> Mall:
    building = Building(database)
    building.admin()
    incomer = building.analyzer("Main incomer", purpose=Purpose.GRID_INCOMER)
    shop = building.analyzer("Meter", building.tenant("Shop"))
    for analyzer_id in (incomer, shop):
        building.begin(analyzer_id)
    return Mall(building, incomer, shop)


def out_of_range_for(made: Mall, lasts: timedelta, supply: SupplyState = WAITS) -> None:
    """Passes over so long a time."""
    made.run(SAG, supply)
    for _ in range(round(lasts.total_seconds() / PASS_S)):
        made.run(SAG, supply)


def test_a_generator_that_starts_rings_nobody(database: Database) -> None:
    made = mall(database)

    out_of_range_for(made, PATIENCE)
    made.run(FINE)
    out_of_range_for(made, PATIENCE)

    assert made.told() == []


def test_who_waits_longer_than_a_minute_is_told_to_the_staff_once(database: Database) -> None:
    made = mall(database)

    out_of_range_for(made, 3 * PATIENCE)

    [alert] = made.told()
    assert (alert.kind, alert.analyzer_id, alert.ended_at) == (AlertKind.CONNECTING_STOPPED, made.incomer, None)
    assert alert.raised_at == MORNING + PATIENCE + timedelta(seconds=2 * PASS_S)
    assert alert.details["why"] == (
        "It shows 180 V to neutral and 50.0 Hz; the limits are 190 to 260 V and 47 to 52 Hz. Supplies that wait: 1."
    )
    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(messages)) == 1
        [open_one] = alarms(conn, MANAGER, made.building.site_id)
    assert open_one.analyzer_id == made.incomer


def test_while_nobody_waits_nobody_is_told(database: Database) -> None:
    made = mall(database)

    out_of_range_for(made, 3 * PATIENCE, CUT)
    before = made.told()
    made.run(SAG)

    assert before == []
    assert len(made.told()) == 1, "of a stop that lasts already it is told at once"


def test_it_ends_by_itself_when_connecting_goes_on_and_another_stop_is_another_alert(database: Database) -> None:
    made = mall(database)
    out_of_range_for(made, 2 * PATIENCE)

    made.run(SAG, CUT)
    stands = made.told()[0].ended_at
    made.run(FINE)
    ended = made.told()[0].ended_at
    out_of_range_for(made, 2 * PATIENCE)

    assert (stands, ended is not None) == (None, True)
    assert [alert.ended_at is None for alert in made.told()] == [False, True]


def test_a_restart_while_it_stands_raises_none_and_the_next_run_ends_it(database: Database) -> None:
    made = mall(database)
    out_of_range_for(made, 2 * PATIENCE)

    made.restart()
    out_of_range_for(made, 2 * PATIENCE)
    stands = [alert.ended_at for alert in made.told()]
    made.restart()
    made.run(FINE)

    assert stands == [None]
    assert [alert.ended_at for alert in made.told()] == [made.now]


def test_a_restart_before_it_is_told_begins_to_count_anew(database: Database) -> None:
    made = mall(database)
    out_of_range_for(made, PATIENCE / 2)

    made.restart()
    out_of_range_for(made, PATIENCE)
    early = made.told()
    made.run(SAG)

    assert early == []
    assert len(made.told()) == 1


def test_until_the_incomer_was_read_behind_a_start_it_is_as_it_was(database: Database) -> None:
    site = mall(database).building.load()

    assert not can_take_more(site, {}, Source.GRID, otherwise=False)
    assert can_take_more(site, {}, Source.GRID)


def test_its_sentences_name_the_incomer_and_what_to_do(database: Database) -> None:
    facts = AlertFacts(
        kind=AlertKind.CONNECTING_STOPPED, site="Mall", analyzer="Main incomer", details={"why": "It shows 180 V."}
    )

    told = for_staff(facts, Formats("en", ZoneInfo("Asia/Baghdad")))

    assert "Mall" in told.subject
    assert "Main incomer" in told.happened
    assert "generator" in told.advice
    assert why(facts) == "It shows 180 V."
