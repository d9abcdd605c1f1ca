"""A house by night: a shop and an administrator, who are told in quiet hours only what cannot wait."""

from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

import sqlalchemy as sa

from enforcer.notify import Notifier
from prepaid.alerts import AlertKind, Level, MessageState
from prepaid.clock import ManualClock
from prepaid.errors.mail import MailServerAway
from prepaid.records import Stage
from sql.alerts import NewAlert, raise_alert
from sql.connection import Database
from sql.crossings import cross, load_levels
from sql.tables import alerts, messages, sites
from tests.building import Building, Person
from tests.enforcer.postboxes import Postbox, notifier

NIGHT = {"quiet_from_h": "22", "quiet_until_h": "7"}
EVENING = datetime.fromisoformat("2026-01-05T20:00:00+00:00")
"""23:00 in Baghdad; the clock of tests stands at 11:00 first."""
AWAY = MailServerAway(why="connection refused")
MONEY = {
    "balance": "12.5",
    "live_balance": "12.25",
    "currency": "IQD",
    "emergency_credit": "0",
    "share_of_last_recharge": None,
    "enforced": True,
    "source": "grid",
    "prices_per_kwh": {"grid": "150", "generator": "450"},
}
LEVELS = {AlertKind.LOW: Level.LOW, AlertKind.CRITICAL: Level.CRITICAL, AlertKind.EXHAUSTED: Level.EXHAUSTED}


@dataclass
class House:
    """It is 23:00 there. The mail server takes everything, or does what a test wants."""

    building: Building
    shop: Person
    meter: int
    clock: ManualClock
    postbox: Postbox = field(default_factory=Postbox)
    raised: int = 0

    @classmethod
    def new(cls, database: Database) -> "House":
        with database.reading() as conn:
            number = int(conn.scalar(sa.select(sa.func.count()).select_from(sites)) or 0)
        building = Building(database, name=f"House {number}", values=NIGHT)
        shop = building.tenant("Shop")
        meter = building.analyzer("Shop, ground floor", shop)
        if number == 0:
            building.admin("admin@house.example")
        clock = ManualClock()
        clock.advance((EVENING - clock.now()).total_seconds())
        return cls(building, shop, meter, clock)

    @property
    def sending(self) -> Notifier:
        return notifier(self.building, self.clock, self.postbox)

    def tell(self, kind: AlertKind, **details: object) -> None:
        """As the enforcer does: one alert with a cause of its own."""
        self.raised += 1
        new = NewAlert(
            site_id=self.building.site_id,
            kind=kind,
            cause=f"{kind}:{self.building.site_id}:{self.raised}",
            account_id=self.shop.account_id,
            analyzer_id=None if kind in LEVELS else self.meter,
            details={**MONEY, "analyzer": "Shop, ground floor", **details},
        )
        with self.building.database.writing() as conn:
            assert raise_alert(conn, new, self.clock.now())

    def sink(self, before: Level, kind: AlertKind, **details: object) -> None:
        """The credit falls to a deeper level."""
        with self.building.database.writing() as conn:
            account_id, now = self.shop.account_id, self.clock.now()
            armed_by = load_levels(conn, self.building.site_id)[account_id][1]
            assert cross(conn, account_id, Stage.ENFORCED, before, LEVELS[kind], now, armed_by)
        self.tell(kind, **details)

    def recharge(self) -> None:
        self.raised += 1
        self.building.recharge(self.shop, "50", f"sale {self.building.site_id}/{self.raised}")

    def told(self) -> list[tuple[AlertKind, MessageState]]:
        question = sa.select(alerts.c.kind, messages.c.state).join(alerts, alerts.c.id == messages.c.alert_id)
        ordered = question.where(messages.c.site_id == self.building.site_id).order_by(messages.c.id)
        with self.building.database.reading() as conn:
            return [(row.kind, row.state) for row in conn.execute(ordered)]

    def text(self) -> str:
        return words_of(self.postbox.mails[-1])


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().replace("\u2068", "").replace("\u2069", "").split())
