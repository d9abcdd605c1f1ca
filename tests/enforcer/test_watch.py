"""What staff must know about devices: wrong sources, traces of a hand, restarts alone, refused bits. Once each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from enforcer.accept import accept
from enforcer.charge import bill
from enforcer.store import store
from enforcer.watch import load_watched, watch
from prepaid.alerts import AlertKind
from prepaid.books import Book
from prepaid.metering import PARAMETERS_CHANGED, RESTARTED
from prepaid.records import Purpose, Reading, Source
from sql.alerts import raise_alert
from sql.connection import Database
from sql.metering import load_books
from sql.tables import alerts
from tests.building import MORNING, Building
from tests.enforcer.site_of_rules import STARTED_S, read

NO_NUMBERS = {"grid_wh": -1}
"""What no counter can show."""


@dataclass
class Watching:
    """Passes over the analyzers of a building; every one of them shows the same, unless told otherwise."""

    building: Building
    analyzers: dict[str, int]
    second: float = 0.0
    wh: int = 1000
    books: dict[int, Book] = field(default_factory=dict)
    shows: dict[str, dict[str, Any]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A run of the enforcer begins with what is in the database."""
        site = self.building.load()
        with self.building.database.writing() as conn:
            self.watched = load_watched(conn, site.site_id)
            self.books = load_books(conn, site.analyzers, site.site_id)

    def run(self, passes: int = 1, step_s: float = 5, acknowledged: Mapping[int, bool] | None = None) -> None:
        for _ in range(passes):
            self.second += step_s
            self.wh += 1
            self._pass(acknowledged or {})

    def _pass(self, acknowledged: Mapping[int, bool]) -> None:
        site, now = self.building.load(), MORNING + timedelta(seconds=self.second)
        readings = [self._reading(name, key) for name, key in self.analyzers.items() if self.shows.get(name) != {}]
        judged = accept(site, self.books, readings, STARTED_S)
        with self.building.database.writing() as conn:
            made = bill(site, judged, trusted=True)
            changed, told, _events = store(conn, site, judged, made, self.books, [], now)
            self.books = {**self.books, **changed}
            self.watched, found = watch(conn, site, self.watched, judged, self.books, acknowledged, now)
            for alert in [*told, *found.alerts]:
                raise_alert(conn, alert, now)
            self.actions += [event.action for event in found.events]

    def _reading(self, name: str, analyzer_id: int) -> Reading:
        shown = self.shows.get(name, {})
        grid_wh = shown.get("grid_wh", self.wh + shown.get("fall", 0))
        reading = read(self.second, grid_wh, bits=shown.get("bits", 0))
        status = {key: shown[key] for key in ("active_tariff", "parameter_changes") if key in shown}
        return reading._replace(
            analyzer_id=analyzer_id,
            serial_number=shown.get("serial_number", f"LQN/{name}"),
            status=reading.status._replace(**{"active_tariff": 0, **status}),
            energies=reading.energies._replace(export_tariff_1_wh=shown.get("export", 0)),
            settings=shown.get("settings"),
        )

    def told(self, kind: AlertKind) -> list[Any]:
        """(analyzer, why, since, until) of every alert of that kind."""
        names = {key: name for name, key in self.analyzers.items()}
        with self.building.database.reading() as conn:
            rows = conn.execute(sa.select(alerts).where(alerts.c.kind == kind).order_by(alerts.c.id)).all()
        return [(names[row.analyzer_id], row.details["why"], row.ended_at) for row in rows]


def watching(database: Database, *names: str) -> Watching:
    """Commissioned analyzers of as many shops, read twice; their first fingerprints are taken."""
    building = Building(database)
    made = {}
    for name in names:
        made[name] = building.analyzer(name, building.tenant(name, opening="100"), serial_number=f"LQN/{name}")
    found = Watching(building, made)
    found.run(3)
    return found


# --- wrong source -------------------------------------------------------------------------------------------------


def test_an_analyzer_that_counts_for_the_wrong_source_is_told_after_a_minute_and_ends_by_itself(
    database: Database,
) -> None:
    made = watching(database, "oven", "shop", "bar")
    made.shows["oven"] = {"active_tariff": 1}

    made.run(12)
    within_a_minute = made.told(AlertKind.WRONG_SOURCE)
    made.run(5)
    made.start()
    made.run(20)
    [(name, why, standing_until)] = made.told(AlertKind.WRONG_SOURCE)
    made.shows.clear()
    made.run()

    [(_name, _why, ended_at)] = made.told(AlertKind.WRONG_SOURCE)
    assert within_a_minute == []
    assert (name, standing_until) == ("oven", None)
    assert why == "it counts for generator, the site runs on grid; 13 Wh so far"
    assert ended_at is not None
    assert made.actions == ["metering.source_agrees"]


def test_when_the_whole_site_changes_its_source_nobody_is_told(database: Database) -> None:
    made = watching(database, "oven", "shop", "bar")
    for number, name in enumerate(made.analyzers):
        made.run(number)
        made.shows[name] = {"active_tariff": 1}

    made.run(30)

    assert made.watched.source is Source.GENERATOR
    assert made.told(AlertKind.WRONG_SOURCE) == []


def test_an_analyzer_alone_in_a_pass_does_not_say_what_the_site_runs_on(database: Database) -> None:
    """A pass takes what has arrived; the others were read in the pass before."""
    made = watching(database, "oven", "shop", "bar")
    made.shows = {"oven": {"active_tariff": 1}, "shop": {}, "bar": {}}

    made.run(3)

    assert made.watched.source is Source.GRID


def test_an_incomer_says_what_the_site_runs_on_and_is_never_wrong(database: Database) -> None:
    made = watching(database, "oven", "shop")
    incomer = made.building.analyzer("main", None, serial_number="LQN/main", purpose=Purpose.GENERATOR_INCOMER)
    made.analyzers["main"] = incomer
    made.shows["main"] = {"active_tariff": 1}

    made.run(15)

    assert made.watched.source is Source.GENERATOR
    assert [name for name, _why, _until in made.told(AlertKind.WRONG_SOURCE)] == ["oven", "shop"]


# --- traces of a hand ---------------------------------------------------------------------------------------------


def test_changed_parameters_are_told_once_with_before_and_after_also_over_a_restart(database: Database) -> None:
    made = watching(database, "oven")
    made.shows["oven"] = {"parameter_changes": 1, "bits": PARAMETERS_CHANGED}

    made.run(4)
    made.start()
    made.run(4)

    assert [why for _name, why, _until in made.told(AlertKind.TAMPER)] == ["217: 0 -> 1"]


def test_what_was_changed_while_nobody_looked_is_told(database: Database) -> None:
    made = watching(database, "oven")
    made.shows["oven"] = {"settings": {"current_primary_a": 250, "output_0_use": 2}}
    made.run(2)

    made.shows["oven"] = {"settings": {"current_primary_a": 100, "output_0_use": 2}}
    made.start()
    made.run(4)

    assert [why for _name, why, _until in made.told(AlertKind.TAMPER)] == ["current_primary_a: 250 -> 100"]


def test_one_lying_reading_is_no_trace_of_a_hand(database: Database) -> None:
    made = watching(database, "oven")
    for lie in ({"parameter_changes": 9}, {"export": 5_000}, {"settings": {"current_primary_a": 0}}):
        made.shows["oven"] = lie
        made.run()
        made.shows.clear()
        made.run(2)

    assert made.told(AlertKind.TAMPER) == []


def test_export_at_a_tenant_is_told_and_never_consumption(database: Database) -> None:
    made = watching(database, "oven")
    used = made.books[made.analyzers["oven"]].meter.counter(Source.GRID).highest_wh

    for wh in range(100, 110):
        made.shows["oven"] = {"export": wh}
        made.run()

    assert [why for _name, why, _until in made.told(AlertKind.TAMPER)] == ["export_wh: 0 -> 101"]
    assert made.books[made.analyzers["oven"]].meter.counter(Source.GRID).highest_wh == used + 10


# --- restarts, bits and strangers ---------------------------------------------------------------------------------


def test_more_than_three_falls_a_day_are_told_only_where_the_neighbours_did_not_fall(database: Database) -> None:
    made = watching(database, "oven", "shop")

    for count in range(5):
        together = count == 0
        made.shows = {"oven": {"bits": RESTARTED, "fall": -40}}
        made.shows["shop"] = made.shows["oven"] if together else {"fall": -20}
        made.run(step_s=600)
        made.shows = {"oven": {"fall": -20}, "shop": {"fall": -20}}
        made.run(10)
        before = made.told(AlertKind.FORGONE) if count == 3 else None
        if before is not None:
            assert before == []

    [(name, why, _until)] = made.told(AlertKind.FORGONE)
    assert name == "oven"
    assert why.startswith("4 restarts within a day, ")


def test_a_device_that_refuses_to_be_acknowledged_is_told_once_until_it_gives_in(database: Database) -> None:
    made = watching(database, "oven")
    oven = made.analyzers["oven"]

    made.run(3, acknowledged={oven: False})
    made.start()
    made.run(3, acknowledged={oven: False})
    [(_name, _why, standing_until)] = made.told(AlertKind.BITS_REFUSED)
    made.run(1, acknowledged={oven: True})

    [(name, why, ended_at)] = made.told(AlertKind.BITS_REFUSED)
    assert (name, why, standing_until) == ("oven", "the write to 60007 was refused", None)
    assert ended_at is not None


def test_a_stranger_s_owner_is_named(database: Database) -> None:
    made = watching(database, "oven", "shop")
    made.shows = {"oven": {"serial_number": "LQN/shop"}, "shop": {"serial_number": "LQN/unknown"}}

    made.run(5)

    assert [(name, why) for name, why, _until in made.told(AlertKind.WRONG_DEVICE)] == [
        ("oven", "serial number LQN/shop, which belongs to shop of Corner House"),
        ("shop", "serial number LQN/unknown, which no analyzer has"),
    ]


# --- values that cannot be used ------------------------------------------------------------------------------------


def test_values_that_cannot_be_used_are_told_after_five_minutes_and_end_with_the_first_that_can(
    database: Database,
) -> None:
    made = watching(database, "oven", "shop")
    made.shows["oven"] = NO_NUMBERS

    made.run(60)
    within_five_minutes = made.told(AlertKind.VALUES_UNUSABLE)
    made.run(2)
    made.run(30)
    (first,) = made.told(AlertKind.VALUES_UNUSABLE)
    made.shows.clear()
    made.run()

    assert within_five_minutes == []
    assert first == (
        "oven",
        "No value could be used for 5 minutes: a counter is not a number, or outside its range",
        None,
    )
    ((_name, _why, ended_at),) = made.told(AlertKind.VALUES_UNUSABLE)
    assert ended_at is not None


def test_one_usable_reading_in_between_keeps_staff_asleep(database: Database) -> None:
    made = watching(database, "oven")

    for _minute in range(10):
        made.shows["oven"] = NO_NUMBERS
        made.run(11)
        made.shows.clear()
        made.run()

    assert made.told(AlertKind.VALUES_UNUSABLE) == []


def test_silence_between_two_answers_is_no_time_of_bad_values(database: Database) -> None:
    made = watching(database, "oven")
    made.shows["oven"] = NO_NUMBERS
    made.run()
    made.shows["oven"] = {}
    made.run(70)
    made.shows["oven"] = NO_NUMBERS

    made.run()

    assert made.told(AlertKind.VALUES_UNUSABLE) == []


def test_another_run_does_not_tell_of_bad_values_again(database: Database) -> None:
    made = watching(database, "oven")
    made.shows["oven"] = NO_NUMBERS
    made.run(62)

    made.start()
    made.run(62)

    assert len(made.told(AlertKind.VALUES_UNUSABLE)) == 1
