"""What the demo site's past had to tell: crossings, and the cutoffs of tenants whose credit ended, with all their rows.

The mails of these alerts count as sent: they belong to the past.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Connection

from prepaid.accounts import share_left
from prepaid.alerts import AlertKind, Level, MessageState, Thresholds
from prepaid.records import SOURCES, Source
from prepaid.settings import SiteSettings
from prepaid.supply import Answer, Reason
from prepaid.switching import Evidence, Progress, Supply
from sql.alerts import NewAlert, raise_alert
from sql.demo.books import WRITER
from sql.demo.credit import Credit, Fall, falls
from sql.demo.devices import Installed
from sql.demo.history import Dark, History
from sql.demo.outages import grid_is_off
from sql.demo.prices import DemoPlan, plan_of
from sql.demo.site import WATTS_AN_AMPERE, DemoDevice, DemoSite
from sql.demo.tenants import ACTOR, Opened
from sql.events import Event, record
from sql.tables import crossings, messages, supply_changes, supply_states

USUAL = SiteSettings()
WRITTEN_AFTER = timedelta(milliseconds=40)
CONFIRMED_AFTER = timedelta(milliseconds=330)
PROVEN_AFTER = timedelta(milliseconds=600)
KINDS = {Level.LOW: AlertKind.LOW, Level.CRITICAL: AlertKind.CRITICAL, Level.EXHAUSTED: AlertKind.EXHAUSTED}


@dataclass(slots=True)
class Alarms:
    """Writes alerts with their events, through the same functions as the enforcer."""

    conn: Connection
    site: DemoSite
    history: History
    plans: Mapping[str, DemoPlan]
    credits: Mapping[str, Credit]
    opened: Opened
    installed: Installed
    _falls: dict[int, list[tuple[str, Fall]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        thresholds = Thresholds(
            low_days=float(USUAL.low_days),
            critical_days=float(USUAL.critical_days),
            low_share=USUAL.low_share,
            critical_share=USUAL.critical_share,
        )
        for tenant, credit in self.credits.items():
            for fallen in falls(credit, thresholds):
                self._falls.setdefault(fallen.hour, []).append((tenant, fallen))

    def cut_off(self, tenant: str, dark: Dark, entry_no: int) -> datetime:
        """The credit of a tenant ended: his analyzers were cut, confirmed and proven. Answers when."""
        live = self.credits[tenant].live[dark.hour]
        self._cross(tenant, Level.EXHAUSTED, dark.hour, dark.at)
        for device in self.site.devices:
            if device.tenant == tenant:
                self._cut(device, dark.hour, live, entry_no, dark.at)
        return dark.at + PROVEN_AFTER

    def end_hour(self, hour: int) -> None:
        """Accounts that fell to a deeper level in this hour. Those that were cut in it have been told already."""
        for tenant, fallen in self._falls.get(hour, ()):
            if fallen.level is not Level.EXHAUSTED:
                self._cross(tenant, fallen.level, hour, self.history.end(hour))

    def finish(self) -> None:
        """No mail of the past waits to be sent."""
        self.conn.execute(messages.update().values(state=MessageState.SENT, sent_at=messages.c.due_at, tries=1))

    def _cross(self, tenant: str, level: Level, hour: int, at: datetime) -> None:
        account_id = self.opened.accounts[tenant]
        values: dict[str, Any] = {"level": level, "crossed_at": at}
        if level is Level.EXHAUSTED:
            values["exhausted_at"] = at
        self.conn.execute(crossings.update().where(crossings.c.account_id == account_id).values(values))
        cause = f"crossing:{account_id}:{level}:{at.isoformat()}"
        self._raise(KINDS[level], cause, tenant, None, self._money(tenant, hour, at), at)

    def _cut(self, device: DemoDevice, hour: int, live: Decimal, entry_no: int, at: datetime) -> None:
        analyzer_id = self.installed.analyzers[device.serial_number]
        evidence = _evidence(device)
        assert device.tenant is not None, "only tenants are cut"
        inserted = self.conn.execute(
            supply_changes.insert().values(
                site_id=self.opened.site_id,
                analyzer_id=analyzer_id,
                account_id=self.opened.accounts[device.tenant],
                serial_number=device.serial_number,
                wanted=Answer.CUT,
                reason=Reason.OUT_OF_CREDIT,
                progress=Progress.PROVEN,
                live_balance=live,
                entry_no=entry_no,
                decided_at=at,
                written_at=at + WRITTEN_AFTER,
                confirmed_at=at + CONFIRMED_AFTER,
                proven_at=at + PROVEN_AFTER,
                ended_at=at + PROVEN_AFTER,
                evidence=evidence,
                tries=0,
                current_before_a=device.mean_power_w / WATTS_AN_AMPERE * 3,
                current_after_a=0.0,
            )
        )
        assert inserted.inserted_primary_key is not None, "the database numbers changes"
        change_id = int(inserted.inserted_primary_key[0])
        self.conn.execute(
            supply_states.update()
            .where(supply_states.c.analyzer_id == analyzer_id)
            .values(
                supply=Supply.CUT,
                reason=Reason.OUT_OF_CREDIT,
                since_at=at + PROVEN_AFTER,
                seen=Supply.CUT,
                answer=Answer.CUT,
                answer_reason=Reason.STILL_OUT,
            )
        )
        facts = {"analyzer": device.name, "reason": Reason.OUT_OF_CREDIT, "evidence": evidence}
        happened = Event(
            action=f"supply.{Answer.CUT}.{Progress.PROVEN}",
            actor=ACTOR,
            subject=f"analyzer:{analyzer_id}",
            site_id=self.opened.site_id,
            after={"change_id": change_id, "reason": Reason.OUT_OF_CREDIT, "evidence": evidence},
        )
        told_at = at + PROVEN_AFTER
        record(self.conn, WRITER, [happened], told_at)
        details = {**self._money(device.tenant, hour, told_at), **facts}
        self._raise(AlertKind.CUT, f"supply:{change_id}", device.tenant, analyzer_id, details, told_at)

    def _raise(
        self, kind: AlertKind, cause: str, tenant: str, analyzer_id: int | None, details: dict[str, Any], at: datetime
    ) -> None:
        account_id = self.opened.accounts[tenant]
        alert = NewAlert(
            site_id=self.opened.site_id,
            kind=kind,
            cause=cause,
            account_id=account_id,
            analyzer_id=analyzer_id,
            details=details,
        )
        raised = raise_alert(self.conn, alert, at)
        assert raised, "each cause of the past is told once"
        told = Event(
            action=f"alert.{kind}",
            actor=ACTOR,
            subject=f"analyzer:{analyzer_id}" if analyzer_id else f"account:{account_id}",
            site_id=self.opened.site_id,
            after={"cause": cause},
        )
        record(self.conn, WRITER, [told], at)

    def _money(self, tenant: str, hour: int, at: datetime) -> dict[str, Any]:
        """What the mail of an alert tells of the account, as the enforcer writes it. Inside an hour the ledger stands
        as at its beginning."""
        plan = self.plans[plan_of(next(each for each in self.site.tenants if each.name == tenant))]
        credit = self.credits[tenant]
        live = credit.live[hour]
        balance = live if at == self.history.end(hour) and hour < self.history.last else credit.live[hour - 1]
        share = share_left(live, credit.last_recharge)
        return {
            "balance": str(balance),
            "live_balance": str(live),
            "currency": self.site.currency,
            "emergency_credit": "0",
            "days_left": round(max(0.0, float(live / credit.daily)), 3),
            "share_of_last_recharge": None if share is None else f"{share:.4f}",
            "enforced": True,
            "source": Source.GENERATOR if grid_is_off(self.site.seed, at) else Source.GRID,
            "prices_per_kwh": {source.value: str(plan.price(source, at)) for source in SOURCES},
        }


def _evidence(device: DemoDevice) -> Evidence:
    """What would have proven the cut of such a device."""
    if device.feedback:
        return Evidence.FEEDBACK
    return Evidence.VOLTAGE if device.taps_below else Evidence.CURRENT
