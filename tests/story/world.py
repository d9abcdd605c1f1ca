"""The world of the story: a simulated analyzer, a mail server, a building with one tenant, and an enforcer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from enforcer.loop import Enforcer
from enforcer.simulator.data_logger.fate import CALM, LogFate
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import LogTarget
from enforcer.simulator.thread import SimulatorThread
from prepaid.alerts import MessageState
from prepaid.clock import Clock, SystemClock
from prepaid.records import Source, Wiring
from prepaid.settings import Smtp, SmtpSecurity
from sql.accounts import live_balances
from sql.connection import Database
from sql.demo.site import demo_site
from sql.tables import alerts, entries, heartbeats, messages, supply_states
from tests.building import Building, Person
from tests.documents.mail_servers import Outbox, mail_server
from tests.mapping import map_log
from tests.story.rows import changes_of, registered_wh, used_wh
from tests.story.running import running

GRID_PRICE = Decimal(150)
GENERATOR_PRICE = Decimal(450)
LOAD_W = 100_000.0
PATIENCE_S = 30.0
SETTINGS = {
    "read_interval_s": "0.2",
    "pass_interval_s": "0.1",
    "history_interval_s": "1",
    "stale_after_s": "5",
    "lease_renew_s": "0.2",
    "lease_s": "6",
    "clock_settle_s": "5",
}


class SteppedClock(SystemClock):
    """The machine's clocks, but somebody sets the wall clock forward and back."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


@dataclass
class World:
    """One tenant with one analyzer. Everything in it is real but the electricity."""

    database: Database
    simulator: SimulatorThread
    outbox: Outbox
    building: Building
    tenant: Person
    analyzer_id: int
    clock: Clock

    @property
    def smtp(self) -> Smtp:
        return Smtp(
            server=self.outbox.host,
            port=self.outbox.port,
            username=None,
            password=None,
            security=SmtpSecurity.NONE,
            sender="energy@building.example",
        )

    @contextmanager
    def enforcer(self) -> Iterator[Enforcer]:
        """An enforcer in a thread of this process."""
        with running(self.database, self.clock, self.smtp) as made:
            yield made

    def live(self) -> Decimal:
        """What the tenant has left now, by one statement."""
        with self.database.reading() as conn:
            return live_balances(conn, self.building.site_id)[self.tenant.account_id].live

    def connected(self) -> bool:
        """Whether the tenant's contactor conducts."""
        return self.simulator.connected(0)

    def used_wh(self, source: Source) -> int:
        """Charged and unbilled Wh of the tenant's analyzer."""
        with self.database.reading() as conn:
            return used_wh(conn, self.analyzer_id, source)

    def registered_wh(self, source: Source) -> int:
        """What the device's own counter says was used since its base was opened."""
        with self.database.reading() as conn:
            return registered_wh(conn, self.analyzer_id, source, self.simulator.registers_wh(0))

    def changes(self) -> list[tuple[str, str, str]]:
        """Supply changes in order: (wanted, progress, evidence)."""
        with self.database.reading() as conn:
            return changes_of(conn, self.analyzer_id)

    def alert_kinds(self) -> list[str]:
        """The kinds of alerts to the tenant, in order."""
        with self.database.reading() as conn:
            return [kind.value for kind in conn.scalars(sa.select(alerts.c.kind).order_by(alerts.c.id))]

    def mails(self) -> list[str]:
        """Message-IDs in order of arrival."""
        return [str(message["Message-ID"]) for message in self.outbox.messages]

    def sent_ids(self) -> list[str]:
        """Message-IDs of the outbox rows that were sent."""
        sent = sa.select(messages.c.message_id).where(messages.c.state == MessageState.SENT)
        with self.database.reading() as conn:
            return list(conn.scalars(sent.order_by(messages.c.id)))

    def all_told(self) -> bool:
        """Whether every message has arrived, but those that were over before they could leave."""
        over = (MessageState.SENT, MessageState.WITHDRAWN)
        with self.database.reading() as conn:
            waits = conn.scalar(sa.select(messages.c.id).where(messages.c.state.not_in(over)).limit(1))
        return waits is None and set(self.sent_ids()) <= set(self.mails())

    def passes(self) -> int:
        """How many passes the enforcer has told of."""
        with self.database.reading() as conn:
            return int(conn.scalar(sa.select(heartbeats.c.passes)) or 0)

    def supply(self) -> str:
        """The supply as the enforcer holds it to be confirmed."""
        with self.database.reading() as conn:
            found = conn.scalar(sa.select(supply_states.c.supply))
        return "" if found is None else str(found)

    def entry_numbers(self) -> list[int]:
        with self.database.reading() as conn:
            return list(
                conn.scalars(
                    sa.select(entries.c.entry_no)
                    .where(entries.c.account_id == self.tenant.account_id)
                    .order_by(entries.c.entry_no)
                )
            )

    def settled(self) -> bool:
        """Whether the books have caught up with the device."""
        return all(self.used_wh(source) == self.registered_wh(source) for source in Source)


@contextmanager
def world(
    database: Database,
    *,
    credit: str,
    clock: Clock | None = None,
    others: int = 0,
    kepware: LogForm | None = None,
    fate: LogFate = CALM,
) -> Iterator[World]:
    """Builds the world; the load is off until the test switches it on. `others` are further analyzers, of the house.
    With `kepware` all of them are read from the log of a DataLogger with that fate."""
    log = None if kepware is None else LogTarget(database=database, form=kepware, fate=fate)
    with ExitStack() as stack:
        simulator = stack.enter_context(SimulatorThread(demo_site(1 + others, seed=7), kepware=log))
        outbox = stack.enter_context(mail_server())
        simulator.set_load(0, 0.0)
        device = simulator.site.devices[0]
        building = Building(
            database,
            at=SystemClock().now() - timedelta(minutes=1),
            grid_price=GRID_PRICE,
            generator_price=GENERATOR_PRICE,
            values=SETTINGS,
        )
        tenant = building.tenant("Bookshop", email="bookshop@tenants.example")
        building.recharge(tenant, credit, "first")
        host, port = simulator.address(0)
        analyzer_id = building.analyzer(
            "Bookshop",
            tenant,
            host=host,
            port=port,
            serial_number=device.serial_number,
            rated_power_w=250_000,
            ct_primary_a=device.ct_primary_a,
            wiring=device.wiring,
        )
        for number, other in enumerate(simulator.site.devices[1:], start=1):
            host, port = simulator.address(number)
            building.analyzer(
                f"House {number}", host=host, port=port, serial_number=other.serial_number, wiring=Wiring.NONE
            )
        if kepware is not None:
            map_log(
                database,
                building.site_id,
                simulator.logged_items(),
                interval_s=kepware.interval_s,
                zone=kepware.zone_name,
            )
        yield World(
            database=database,
            simulator=simulator,
            outbox=outbox,
            building=building,
            tenant=tenant,
            analyzer_id=analyzer_id,
            clock=clock or SystemClock(),
        )


def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> float:
    """Waits for a condition, looking often; fails with what was waited for. Answers the seconds it took."""
    began_s = time.monotonic()
    looked = threading.Event()
    while not condition():
        waited_s = time.monotonic() - began_s
        assert waited_s < patience_s, f"waited {waited_s:.0f} s in vain until {what}"
        looked.wait(0.02)
    return time.monotonic() - began_s
