"""The analyzers of the demo site in the database: commissioned, assigned, with their bases and supplies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.commissioning import Outcome
from prepaid.records import SOURCES, BaseCause, Feed, Source, Wiring
from prepaid.supply import Answer, Reason
from prepaid.switching import Supply
from sql.demo.history import History, openings
from sql.demo.site import DemoDevice, DemoSite
from sql.demo.tenants import ACTOR, Opened
from sql.tables import analyzers, assignments, bases, commissionings, supply_states

CT_SECONDARY_A = 5
FEEDBACK_INPUT = 1
FINDINGS = {"made_by": ACTOR, "note": "Simulated analyzer: nobody has tested a device."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Ids by serial number; a base by serial number and source."""

    analyzers: Mapping[str, int]
    bases: Mapping[tuple[str, Source], int]


def install(conn: Connection, site: DemoSite, history: History, opened: Opened) -> Installed:
    """Writes all analyzers; bases stand as they do at the end of the history."""
    at = history.hours[0]
    conn.execute(analyzers.insert(), [_analyzer(site, device, opened.site_id, at) for device in site.devices])
    question = sa.select(analyzers.c.serial_number, analyzers.c.id).where(analyzers.c.site_id == opened.site_id)
    ids = {row.serial_number: int(row.id) for row in conn.execute(question)}
    _commission(conn, site, ids, at)
    _assign(conn, site, ids, opened, at)
    counted = [_base(device, ids, history, site, source) for device in site.devices for source in SOURCES]
    conn.execute(bases.insert(), counted)
    _connect(conn, site, history, ids)
    found = sa.select(bases.c.id, bases.c.serial_number, bases.c.source).where(bases.c.analyzer_id.in_(ids.values()))
    return Installed(analyzers=ids, bases={(row.serial_number, row.source): int(row.id) for row in conn.execute(found)})


def _analyzer(site: DemoSite, device: DemoDevice, site_id: int, at: datetime) -> dict[str, object]:
    units = {tenant.name: tenant.unit for tenant in site.tenants}
    return {
        "site_id": site_id,
        "name": device.name,
        "location": None if device.tenant is None else units[device.tenant],
        "purpose": device.purpose,
        "feed": Feed.MODBUS,
        "host": device.host,
        "port": device.port,
        "unit_id": 1,
        "serial_number": device.serial_number,
        "rated_power_w": device.rated_power_w,
        "generator_tariff": 2,
        "ct_primary_a": device.ct_primary_a,
        "ct_secondary_a": CT_SECONDARY_A,
        "wiring": device.wiring,
        "feedback_input": FEEDBACK_INPUT if device.feedback else None,
        "taps_below_contactor": device.taps_below,
        "created_at": at,
    }


def _commission(conn: Connection, site: DemoSite, ids: Mapping[str, int], at: datetime) -> None:
    """A passed record for each serial number; those that switch were cut and restored on the occasion."""
    rows = []
    for device in site.devices:
        switched = device.wiring is not Wiring.NONE
        rows.append(
            {
                "analyzer_id": ids[device.serial_number],
                "serial_number": device.serial_number,
                "began_at": at - timedelta(minutes=5),
                "ended_at": at,
                "outcome": Outcome.PASSED,
                "wiring": device.wiring,
                "tariff_proven": True,
                "answers_while_cut": switched,
                "cut_confirmed_at": at - timedelta(minutes=2) if switched else None,
                "cut_proven_at": at - timedelta(minutes=2) if switched else None,
                "restored_at": at - timedelta(minutes=1) if switched else None,
                "by_whom": ACTOR,
                "verdict": "Passed, as part of the demo site.",
                "findings": FINDINGS,
            }
        )
    conn.execute(commissionings.insert(), rows)


def _assign(conn: Connection, site: DemoSite, ids: Mapping[str, int], opened: Opened, at: datetime) -> None:
    rows = []
    for device in site.devices:
        began_with = openings(site, device)
        rows.append(
            {
                "analyzer_id": ids[device.serial_number],
                "account_id": opened.accounts[device.tenant],
                "asked_from_at": at,
                "from_at": at,
                "opening_grid_wh": began_with.grid_wh,
                "opening_generator_wh": began_with.generator_wh,
                "entered_at": at,
                "entered_by": ACTOR,
            }
        )
    conn.execute(assignments.insert(), rows)


def _base(
    device: DemoDevice, ids: Mapping[str, int], history: History, site: DemoSite, source: Source
) -> dict[str, object]:
    opening_wh = openings(site, device).of(source)
    counter_wh = opening_wh + history.total(device.serial_number).of(source)
    unbilled_wh = history.used[device.serial_number][history.last].of(source)
    return {
        "analyzer_id": ids[device.serial_number],
        "source": source,
        "serial_number": device.serial_number,
        "cause": BaseCause.FIRST,
        "opened_at": history.hours[0],
        "opening_wh": opening_wh,
        "counter_wh": counter_wh,
        "highest_wh": counter_wh,
        "accepted_at": history.until_at,
        "charged_wh": counter_wh - unbilled_wh,
        "charged_at": history.hours[history.last],
    }


def _connect(conn: Connection, site: DemoSite, history: History, ids: Mapping[str, int]) -> None:
    """Every supply that can be switched is on; those that were cut later are told by their cutoff."""
    rows = []
    for device in site.devices:
        switched = device.wiring is not Wiring.NONE
        rows.append(
            {
                "analyzer_id": ids[device.serial_number],
                "supply": Supply.ON if switched else Supply.UNKNOWN,
                "since_at": history.hours[0] if switched else None,
                "seen": Supply.ON if switched else Supply.UNKNOWN,
                "seen_at": history.until_at if switched else None,
                "answer": Answer.ON if switched else None,
                "answer_reason": Reason.CREDIT if switched else None,
            }
        )
    conn.execute(supply_states.insert(), rows)
