"""Decisions on their way to the relay, over real sockets: wishes, locks, pause, drift, and devices that do not obey."""

import socket
import struct
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from enforcer.loop import Enforcer
from enforcer.simulator.faults import Fault
from enforcer.simulator.settings import OUTPUT_TIMEOUT
from prepaid.errors.start import AlreadyRunning
from prepaid.metering import PARAMETERS_CHANGED
from prepaid.records import Purpose, Wiring, WishKind
from prepaid.tamper import Fingerprint
from sql.check import check
from sql.connection import Database
from sql.fingerprints import save_fingerprints
from sql.leases import EXPIRY_WAIT
from sql.tables import analyzers, events, leases, settings, supply_changes
from tests.story.world import LOAD_W, World, until, world

SOON = timedelta(minutes=9)


def _ready(w: World, load_w: float = LOAD_W / 10) -> None:
    until(lambda: w.supply() == "on", "the supply is seen to be on")
    w.simulator.set_load(0, load_w)
    until(lambda: w.simulator.power_w(0) > 0, "load flows")


def _wish(w: World, kind: WishKind) -> int:
    now = w.clock.now()
    return w.building.wish(kind, w.analyzer_id, now + SOON, now)


def test_a_wish_cuts_and_another_restores(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        _ready(w)

        _wish(w, WishKind.CUT)
        until(lambda: not w.connected(), "the wish has cut")
        until(lambda: ("cut", "proven", "current") in w.changes(), "it is proven")
        _wish(w, WishKind.RESTORE)
        until(w.connected, "the newer wish has restored")
        until(lambda: w.alert_kinds() == ["cut", "restored"], "both are told")

    assert check(database, everything=True) == []


@pytest.mark.slow
def test_a_lock_cuts_and_no_wish_or_recharge_ends_it(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        _ready(w)

        lock_id = w.building.lock(w.analyzer_id)
        until(lambda: not w.connected(), "the lock has cut")
        _wish(w, WishKind.RESTORE)
        w.building.recharge(w.tenant, "1000", "more")
        passes = w.passes() + 20
        until(lambda: w.passes() > passes, "twenty more passes are over")
        still_cut = not w.connected()
        w.building.unlock(lock_id)
        until(w.connected, "the supply is back when its owner has taken the lock away")

    assert still_cut


@pytest.mark.slow
def test_a_pause_forbids_a_cut_and_a_cut_comes_when_it_ends(database: Database) -> None:
    with world(database, credit="3") as w, w.enforcer():
        until(lambda: w.supply() == "on", "the supply is seen to be on")
        now = w.clock.now()
        w.building.wish(WishKind.PAUSE, None, now + timedelta(seconds=4), now)
        w.simulator.set_load(0, LOAD_W)
        until(lambda: w.live() < 0, "credit has ended")
        on_while_paused = w.connected()
        until(lambda: not w.connected(), "the cut came after the pause")

    assert on_while_paused


@pytest.mark.slow
def test_nothing_is_switched_on_while_the_incomer_is_out_of_range(database: Database) -> None:
    """The incomer shows about 230 V; the site says that it needs 300."""
    with world(database, credit="100000", others=1) as w:
        w.building.set("incomer_least_v", "300")
        with database.writing() as conn:
            of = analyzers.c.name == "House 1"
            conn.execute(analyzers.update().where(of).values(purpose=Purpose.GRID_INCOMER))
        with w.enforcer():
            _ready(w)
            _wish(w, WishKind.CUT)
            until(lambda: not w.connected(), "cutting is not queued")
            until(lambda: ("cut", "proven", "current") in w.changes(), "it is proven")

            _wish(w, WishKind.RESTORE)
            until(lambda: w.changes()[-1][0] == "on", "it is wanted on")
            passes = w.passes() + 20
            until(lambda: w.passes() > passes, "twenty more passes are over")
            still_cut = not w.connected()
            with database.writing() as conn:
                conn.execute(settings.update().where(settings.c.name == "incomer_least_v").values(value="190"))
            w.building.recharge(w.tenant, "1", "the settings are read again")
            until(w.connected, "the supply is back when the incomer is in range")

    assert still_cut
    with database.reading() as conn:
        told = conn.scalars(sa.select(events.c.action).where(events.c.action.startswith("connecting.")))
        assert set(told) == {"connecting.stopped", "connecting.resumed"}
    assert check(database, everything=True) == []


def test_a_supply_found_off_is_an_alarm_and_is_not_switched_on(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        _ready(w)
        w.building.admin()
        assert w.simulator.site.devices[0].wiring is Wiring.HELD_ON_SUPPLY

        with socket.create_connection(w.simulator.address(0), 5) as somebody:
            somebody.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 6, 60008, 0x0000))
            assert somebody.recv(100)
        until(lambda: "drift" in w.alert_kinds(), "staff are alarmed")
        passes = w.passes() + 20
        until(lambda: w.passes() > passes, "twenty more passes are over")

        assert not w.connected()
        assert w.alert_kinds() == ["drift"]
        assert w.changes() == []


@pytest.mark.slow
def test_an_output_that_falls_back_is_written_again_before_it_does(database: Database) -> None:
    with world(database, credit="100000") as w:
        w.simulator.call(lambda: _falls_back(w, timeout_s=1))
        _knows_its_settings(w, timeout_s=1)
        with w.enforcer():
            _ready(w)
            passes = w.passes() + 40

            until(lambda: w.passes() > passes, "forty passes are over, four seconds")
            stayed_on = w.connected()

        until(lambda: not w.connected(), "without the enforcer it falls back")

    assert stayed_on
    assert w.changes() == []
    assert w.alert_kinds() == []


def _falls_back(w: World, timeout_s: int) -> None:
    """The output goes off by itself so long after the last command; the device was set up so before it was tested."""
    device = w.simulator.simulator.site.analyzer(w.simulator.serial_number(0))
    device.write(OUTPUT_TIMEOUT[0], timeout_s.to_bytes(2))
    device.command(60007, PARAMETERS_CHANGED)


def _knows_its_settings(w: World, timeout_s: int) -> None:
    device = w.simulator.simulator.site.analyzer(w.simulator.serial_number(0))
    known = Fingerprint(
        serial_number=device.serial_number,
        parameter_changes=device.parameter_changes,
        setting_changes=device.setting_changes,
        export_wh=None,
        settings={"output_0_timeout_s": timeout_s},
    )
    with w.database.writing() as conn:
        save_fingerprints(conn, {w.analyzer_id: known}, w.clock.now())


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.REFUSE_WRITES, Fault.IGNORE_WRITES])
def test_a_device_that_does_not_obey_is_tried_again_and_alarmed_once(database: Database, fault: Fault) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        _ready(w)
        w.simulator.fault(0, fault)

        _wish(w, WishKind.CUT)
        until(lambda: "cut_without_effect" in w.alert_kinds(), "the third try in vain is alarmed")
        tried = w.changes()
        w.simulator.fault(0, None)
        until(lambda: not w.connected(), "it is cut when the device obeys again", 60)
        until(lambda: ("cut", "proven", "current") in w.changes(), "it is proven")

        progress = "written" if fault is Fault.IGNORE_WRITES else "wanted"
        assert tried == [("cut", progress, "none")]
        assert w.alert_kinds().count("cut_without_effect") == 1


@pytest.mark.slow
def test_a_welded_contact_is_confirmed_but_never_proven(database: Database) -> None:
    with world(database, credit="100000") as w, w.enforcer():
        _ready(w)
        w.simulator.fault(0, Fault.WELDED)

        _wish(w, WishKind.CUT)
        until(lambda: ("cut", "confirmed", "none") in w.changes(), "the output is off, the load flows")
        passes = w.passes() + 20
        until(lambda: w.passes() > passes, "twenty more passes are over")

        assert w.changes() == [("cut", "confirmed", "none")]


def test_another_enforcer_stands_by_and_takes_over(database: Database) -> None:
    with world(database, credit="100000") as w:
        with w.enforcer():
            _ready(w)
            second = Enforcer(database, w.clock, w.smtp)
            with pytest.raises(AlreadyRunning):
                second.start()
        with w.enforcer():
            passes = w.passes() + 3
            until(lambda: w.passes() < passes - 3 or w.passes() > passes, "the next one makes passes")

    with database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(supply_changes)) == 0


def test_an_enforcer_that_lost_its_lease_stands_by_without_connections_and_comes_back_by_itself(
    database: Database,
) -> None:
    with world(database, credit="100000") as w:
        stop = threading.Event()
        enforcer = Enforcer(database, w.clock, w.smtp, holder="first")
        serving = threading.Thread(target=enforcer.serve, args=(stop,), name="enforcer")
        serving.start()
        until(lambda: enforcer.health()["state"] == "ok", "it works")
        until(lambda: w.simulator.state(0)["connections"] == 1, "it reads the analyzer")

        _take_lease_for(database, "second", timedelta(seconds=1))
        until(lambda: w.simulator.state(0)["connections"] == 0, "it lets go of the analyzer")
        until(lambda: enforcer.health()["state"] == "standing_by", "it stands by")
        waiting = enforcer.health()
        until(lambda: enforcer.health()["state"] == "ok", "it comes back when the other one is gone")
        stop.set()
        serving.join(30)

    assert waiting["holder"] == "second"
    with database.reading() as conn:
        started = conn.scalars(sa.select(events.c.after).where(events.c.action == "enforcer.started")).all()
        stopped = conn.scalars(sa.select(events.c.after).where(events.c.action == "enforcer.stopped")).all()
    assert [each["token"] for each in started] == [1, 3]
    assert len(stopped) == 1, "who has lost the lease writes nothing when it stops"


def _take_lease_for(database: Database, holder: str, length: timedelta) -> None:
    """As another enforcer does that found the lease over, and then is killed; free again after `length`."""
    with database.writing() as conn:
        now = database.now(conn)
        conn.execute(
            leases.update().values(
                holder=holder, token=leases.c.token + 1, renewed_at=now, ends_at=now + length - EXPIRY_WAIT
            )
        )
