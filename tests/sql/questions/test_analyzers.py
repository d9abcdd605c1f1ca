"""The list of analyzers and one of them as they stand: link, supply with its proof, wishes, locks, holds; for whom."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Viewer
from prepaid.commissioning import Outcome
from prepaid.errors.access import NotAllowed, NotFound, PasswordMustChange
from prepaid.links import Presence
from prepaid.records import HoldCause, Purpose, Role, Source, Wiring, WishKind
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.connection import Database
from sql.metering import begin_hold
from sql.questions.analyzer_device import (
    assignments_of,
    device_facts,
    live_values,
    open_bases_of,
)
from sql.questions.analyzer_evidence import charges_of, doubts_of, holds_of, supply_changes_of
from sql.questions.analyzer_tests import commissionings_of
from sql.questions.analyzers import AnalyzerLine, analyzer_line, site_analyzers, site_pause
from sql.questions.parameter_history import parameter_history
from sql.questions.wishes import locks_of, prospects, wishes_of
from sql.tables import (
    analyzer_states,
    analyzers,
    bases,
    quarantined_readings,
    readings,
    step_backs,
    supply_changes,
    supply_states,
)
from tests.building import MORNING, Building, Person
from tests.sql.statements import listening, on_sql_server

ADMIN = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None)
MANAGER = Viewer(role=Role.MANAGER, site_id=None, tenant_id=None)
MINUTE = timedelta(minutes=1)

Ask = Callable[[Connection, Viewer], object]


def shop(database: Database) -> tuple[Building, Person, int]:
    """A bakery with an oven."""
    building = Building(database)
    bakery = building.tenant("Bakery", opening="100")
    oven = building.analyzer("Oven", bakery, serial_number="LQN/1", location="G-1")
    building.begin(oven, grid_wh=5_000)
    return building, bakery, oven


def line(building: Building, analyzer_id: int, viewer: Viewer = MANAGER) -> AnalyzerLine:
    with building.database.reading() as conn:
        return analyzer_line(conn, viewer, analyzer_id, MORNING)


def show(building: Building, analyzer_id: int, **supply: Any) -> None:
    """What the enforcer holds true of a supply."""
    with building.database.writing() as conn:
        known = {"supply": Supply.UNKNOWN, "seen": Supply.UNKNOWN, **supply}
        conn.execute(supply_states.insert().values(analyzer_id=analyzer_id, **known))


def read(building: Building, analyzer_id: int, **values: Any) -> None:
    """What the last poll of an analyzer brought."""
    row = {"link": "answering", "read_at": MORNING - timedelta(seconds=5), "serial_number": "LQN/1", **values}
    with building.database.writing() as conn:
        conn.execute(analyzer_states.update().where(analyzer_states.c.analyzer_id == analyzer_id).values(row))


def change(building: Building, person: Person, analyzer_id: int, **facts: Any) -> None:
    row: dict[str, Any] = {
        "site_id": building.site_id,
        "analyzer_id": analyzer_id,
        "account_id": person.account_id,
        "wanted": Answer.CUT,
        "reason": Reason.OUT_OF_CREDIT,
        "progress": Progress.WANTED,
        "live_balance": Decimal(-1),
        "entry_no": 1,
        "decided_at": MORNING - MINUTE,
        "evidence": Evidence.NONE,
        "tries": 0,
        **facts,
    }
    with building.database.writing() as conn:
        conn.execute(supply_changes.insert().values(row))


def test_a_line_says_whose_the_analyzer_is_and_what_it_shows(database: Database) -> None:
    building, bakery, oven = shop(database)
    read(
        building,
        oven,
        verdict="advance",
        power_w=1234.5,
        active_tariff=1,
        answer_ms=21.5,
        reads_due=100,
        reads_missed=4,
    )
    show(building, oven, supply=Supply.ON, seen=Supply.ON, answer=Answer.ON, answer_reason=Reason.CREDIT)

    found = line(building, oven)

    assert (found.name, found.location, found.tenant, found.account_number) == ("Oven", "G-1", "Bakery", bakery.number)
    assert (found.presence, found.power_w, found.source) == (Presence.ANSWERING, 1234.5, Source.GENERATOR)
    assert (found.answer_ms, found.missed_share) == (21.5, 0.04)
    assert (found.supply, found.evidence, found.why) == (Supply.ON, None, Reason.CREDIT)
    assert found.commissioned


def test_an_analyzer_of_nobody_that_never_answered_is_a_line_as_well(database: Database) -> None:
    building = Building(database)
    waiting = building.analyzer("Waiting", None, purpose=Purpose.COMMON, wiring=Wiring.NONE)

    found = line(building, waiting)

    assert (found.tenant, found.account_id, found.presence) == (None, None, Presence.NEVER_SEEN)
    assert (found.supply, found.source, found.missed_share, found.why) == (Supply.UNKNOWN, None, None, None)
    assert not found.commissioned


def test_another_serial_number_is_not_commissioned(database: Database) -> None:
    building, _bakery, oven = shop(database)

    read(building, oven, serial_number="LQN/99", verdict="wrong_device")

    assert not line(building, oven).commissioned
    assert line(building, oven).presence is Presence.WRONG_DEVICE
    assert line(building, oven).serial_number == "LQN/1"


def test_a_proof_counts_only_for_the_supply_that_it_proved(database: Database) -> None:
    building, bakery, oven = shop(database)
    show(building, oven, supply=Supply.CUT, seen=Supply.CUT, reason=Reason.OUT_OF_CREDIT)
    steps = {"written_at": MORNING, "confirmed_at": MORNING, "proven_at": MORNING, "ended_at": MORNING}
    change(building, bakery, oven, progress=Progress.PROVEN, evidence=Evidence.CURRENT, **steps)
    proven = line(building, oven)

    change(building, bakery, oven, wanted=Answer.ON, decided_at=MORNING, error="no answer", tries=2)
    coming = line(building, oven)
    with database.writing() as conn:
        conn.execute(supply_states.update().values(supply=Supply.ON))
    found_on = line(building, oven)

    assert (proven.evidence, proven.changing_to, proven.why) == (Evidence.CURRENT, None, Reason.OUT_OF_CREDIT)
    assert (coming.evidence, coming.changing_to) == (Evidence.CURRENT, Answer.ON)
    assert (coming.change_progress, coming.change_tries, coming.change_error) == (Progress.WANTED, 2, "no answer")
    assert found_on.evidence is None


def test_wish_locks_and_hold_in_force_stand_on_the_line(database: Database) -> None:
    building, _bakery, oven = shop(database)
    read(building, oven, verdict="quarantined")
    building.wish(WishKind.CUT, oven, MORNING + MINUTE)
    building.wish(WishKind.KEEP_ON, oven, MORNING + MINUTE)
    building.wish(WishKind.CUT, oven, MORNING, asked_at=MORNING - MINUTE)
    building.lock(oven)
    building.lock(oven)
    with database.writing() as conn:
        begin_hold(conn, oven, HoldCause.FELL, "below the base", MORNING, timedelta(hours=24))

    found = line(building, oven)

    assert (found.wish_kind, found.wish_until_at) == (WishKind.KEEP_ON, MORNING + MINUTE)
    assert (found.locks, found.lock_owner) == (2, "Fitter")
    assert (found.hold_cause, found.presence) == (HoldCause.FELL, Presence.ON_HOLD)


def test_the_list_is_one_site_in_the_order_of_names_without_the_retired(database: Database) -> None:
    building, _bakery, _oven = shop(database)
    fridge = building.analyzer("Fridge")
    gone = building.analyzer("Gone")
    Building(database, name="Elsewhere").analyzer("Theirs")
    building.wish(WishKind.PAUSE, None, MORNING + MINUTE)
    with database.writing() as conn:
        conn.execute(analyzers.update().where(analyzers.c.id == gone).values(retired_at=MORNING))

    with database.reading() as conn:
        found = site_analyzers(conn, MANAGER, building.site_id, MORNING)

    assert [each.name for each in found.lines] == ["Fridge", "Oven"]
    assert found.lines[0].analyzer_id == fridge
    assert (found.stale_after_s, found.source) == (60.0, None)
    assert found.pause is not None and found.pause.until_at == MORNING + MINUTE


def test_the_details_tell_what_was_kept_of_the_analyzer(database: Database) -> None:
    building, bakery, oven = shop(database)
    with database.reading() as conn:
        base = next(each for each in open_bases_of(conn, MANAGER, oven) if each.source is Source.GRID)
    assert base.opening_wh == 5_000
    grid_id = _base_id(building)
    building.charge(bakery, grid_id, 2_000, MORNING)
    building.hand_over(oven, None, MORNING + MINUTE)
    with database.writing() as conn:
        for second in range(12):
            conn.execute(
                quarantined_readings.insert().values(
                    analyzer_id=oven,
                    read_at=MORNING + timedelta(seconds=second),
                    verdict="quarantined",
                    why="below the base",
                    serial_number="LQN/1",
                    grid_counter=str(second),
                    generator_counter="nan",
                    diagnostics=0,
                )
            )
        conn.execute(
            step_backs.insert().values(
                analyzer_id=oven,
                base_id=grid_id,
                source=Source.GRID,
                seen_at=MORNING,
                from_wh=7_000,
                to_wh=6_900,
                forgone_wh=100,
            )
        )
        doubts = doubts_of(conn, MANAGER, oven)
        charged = charges_of(conn, MANAGER, oven, MORNING - timedelta(days=7))
        owners = assignments_of(conn, MANAGER, oven)
        tested = commissionings_of(conn, MANAGER, oven)
        facts = device_facts(conn, MANAGER, oven)

    assert (doubts.quarantined_count, len(doubts.quarantined)) == (12, 10)
    assert doubts.quarantined[0].grid_counter == "11"
    assert doubts.step_backs[0].forgone_wh == 100
    assert [(each.from_wh, each.to_wh, each.amount) for each in charged] == [(5_000, 7_000, Decimal("0.3"))]
    assert [(each.tenant, each.until_at) for each in owners] == [(None, None), ("Bakery", MORNING + MINUTE)]
    assert tested[0].outcome is Outcome.PASSED
    assert (facts.wiring, facts.serial_number, facts.ct_primary_a) == (Wiring.HELD_ON_SUPPLY, "LQN/1", 100)


def test_live_values_have_every_parameter_and_the_phases_of_the_last_history_row(database: Database) -> None:
    building, _bakery, oven = shop(database)
    read(building, oven, voltage_l1_n_v=231.5, frequency_hz=50.0, import_tariff_1_wh=5_000, diagnostics=0x800)
    history = {"verdict": "advance", "import_l1_tariff_1_wh": 1_700}
    with database.writing() as conn:
        for age in (10, 2):
            conn.execute(readings.insert().values(analyzer_id=oven, read_at=MORNING - age * MINUTE, **history))
        found = live_values(conn, MANAGER, oven)

    assert len(found.values) == 56
    assert (found.values["voltage_l1_n_v"], found.values["diagnostics"], found.values["power_w"]) == (
        231.5,
        0x800,
        None,
    )
    assert (found.phases_read_at, found.phases["import_l1_tariff_1_wh"]) == (MORNING - 2 * MINUTE, 1_700)


def test_whether_a_wish_is_over_is_said_even_while_nobody_notes_it(database: Database) -> None:
    building, _bakery, oven = shop(database)
    building.wish(WishKind.KEEP_ON, oven, MORNING, asked_at=MORNING - MINUTE)
    with database.reading() as conn:
        [found] = wishes_of(conn, MANAGER, oven, MORNING)
        [before] = wishes_of(conn, MANAGER, oven, MORNING - timedelta(milliseconds=1))

    assert (found.state, found.is_open, found.ended_at) == ("expired", False, MORNING)
    assert before.is_open


QUESTIONS: list[tuple[str, Callable[[int, int], Ask]]] = [
    ("site_analyzers", lambda site, _one: lambda c, v: site_analyzers(c, v, site, MORNING)),
    ("site_pause", lambda site, _one: lambda c, v: site_pause(c, v, site, MORNING)),
    ("analyzer_line", lambda _site, one: lambda c, v: analyzer_line(c, v, one, MORNING)),
    ("live_values", lambda _site, one: lambda c, v: live_values(c, v, one)),
    ("device_facts", lambda _site, one: lambda c, v: device_facts(c, v, one)),
    ("commissionings_of", lambda _site, one: lambda c, v: commissionings_of(c, v, one)),
    ("assignments_of", lambda _site, one: lambda c, v: assignments_of(c, v, one)),
    ("open_bases_of", lambda _site, one: lambda c, v: open_bases_of(c, v, one)),
    ("holds_of", lambda _site, one: lambda c, v: holds_of(c, v, one)),
    ("doubts_of", lambda _site, one: lambda c, v: doubts_of(c, v, one)),
    ("supply_changes_of", lambda _site, one: lambda c, v: supply_changes_of(c, v, one)),
    ("charges_of", lambda _site, one: lambda c, v: charges_of(c, v, one, MORNING)),
    ("wishes_of", lambda _site, one: lambda c, v: wishes_of(c, v, one, MORNING)),
    ("locks_of", lambda _site, one: lambda c, v: locks_of(c, v, one)),
    (
        "parameter_history",
        lambda _site, one: lambda c, v: parameter_history(c, v, one, ["power_w"], MORNING, MORNING + MINUTE),
    ),
    ("prospects", lambda _site, one: lambda c, v: prospects(c, v, one, MORNING)),
]


def test_each_question_is_answered_to_staff_of_the_site_only_and_in_t_sql(database: Database) -> None:
    building, bakery, oven = shop(database)
    elsewhere = Building(database, name="Elsewhere")
    refused = [
        Viewer(role=Role.CASHIER, site_id=None, tenant_id=None),
        Viewer(role=Role.TENANT, site_id=building.site_id, tenant_id=bakery.tenant_id),
        Viewer(role=Role.MANAGER, site_id=elsewhere.site_id, tenant_id=None),
        Viewer(role=Role.ADMIN, site_id=elsewhere.site_id, tenant_id=None),
    ]
    new = Viewer(role=Role.ADMIN, site_id=None, tenant_id=None, must_change_password=True)
    with database.reading() as conn, listening(database) as heard:
        for name, of in QUESTIONS:
            ask = of(building.site_id, oven)
            ask(conn, ADMIN)
            for viewer in refused:
                # who sees balances may see charges: the cashier answers a tenant's question
                if (name, viewer.role) != ("charges_of", Role.CASHIER):
                    with pytest.raises(NotAllowed):
                        ask(conn, viewer)
            with pytest.raises(PasswordMustChange):
                ask(conn, new)
            if name == "prospects":
                with pytest.raises(NotAllowed):
                    ask(conn, MANAGER)
            else:
                ask(conn, MANAGER)
            if not name.startswith("site_"):
                with pytest.raises(NotFound):
                    of(building.site_id, 4711)(conn, ADMIN)

    assert len(heard) > len(QUESTIONS)
    for statement in heard.values():
        assert isinstance(statement, sa.TextClause) or "SELECT" in on_sql_server(statement)


def _base_id(building: Building) -> int:
    with building.database.reading() as conn:
        found = conn.scalar(sa.select(bases.c.id).where(bases.c.source == Source.GRID))
    assert found is not None
    return int(found)
