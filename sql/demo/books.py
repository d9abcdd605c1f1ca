"""The ledger of the demo site: charges, recharges and hours of the past, posted in the order in which they happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from prepaid.charging import Mark, Part
from prepaid.records import SOURCES, ChargeCause, EntryKind, Source
from prepaid.units import negative
from sql.demo.credit import Credit, TopUp
from sql.demo.devices import Installed
from sql.demo.history import Dark, History, openings
from sql.demo.prices import HOUSE, DemoPlan, plan_of
from sql.demo.site import DemoDevice, DemoSite
from sql.demo.tenants import ACTOR, Opened
from sql.events import Event, record
from sql.hours import HourLine, add_hours
from sql.ledger import AllocationDetail, ChargeDetail, Posting, charge_posting, post, post_in_order
from sql.tables import crossings

WRITER = "sql"
CALLER = "demo"
POSTED_AFTER = timedelta(seconds=3)
"""Charges are posted in the first pass behind their boundary."""
HOURS_AT_ONCE = 48

CutOff = Callable[[str, Dark, int], datetime]
"""Writes the cutoff of a tenant: (name, when, last entry number) -> when the device had confirmed it."""
EndHour = Callable[[int], None]
"""Told after the charges of each hour."""


@dataclass(slots=True)
class Books:
    """Posts one hour after the other. `entry_nos` are the last entries by account, `armed` their last recharges."""

    conn: Connection
    site: DemoSite
    history: History
    plans: Mapping[str, DemoPlan]
    credits: Mapping[str, Credit]
    opened: Opened
    installed: Installed
    entry_nos: dict[int, int] = field(default_factory=dict)
    armed: dict[int, int] = field(default_factory=dict)
    _counters: dict[tuple[str, Source], int] = field(default_factory=dict)
    _waiting: list[tuple[datetime, list[Posting]]] = field(default_factory=list)
    _lines: list[HourLine] = field(default_factory=list)
    _plan_names: dict[str | None, str] = field(default_factory=dict)

    def write(self, cut_off: CutOff, end_hour: EndHour) -> None:
        """All full hours of the history: recharges and cutoffs inside the hour, then its charges."""
        self._plan_names = {None: HOUSE, **{tenant.name: plan_of(tenant) for tenant in self.site.tenants}}
        for device in self.site.devices:
            for source in SOURCES:
                self._counters[device.serial_number, source] = openings(self.site, device).of(source)
        top_ups = self._top_ups()
        for hour in range(self.history.last):
            for tenant, top_up in top_ups.get(hour, ()):
                self._sell(tenant, top_up)
            for tenant, dark in self.history.dark.items():
                if dark.hour == hour:
                    self._go_dark(tenant, dark, cut_off)
            dark_now = {tenant for tenant, dark in self.history.dark.items() if dark.hour <= hour}
            devices = [device for device in self.site.devices if device.tenant not in dark_now]
            posted_at = min(self.history.end(hour) + POSTED_AFTER, self.history.until_at)
            self._charge(devices, hour, self.history.end(hour), ChargeCause.HOUR, posted_at)
            end_hour(hour)
            if len(self._waiting) >= HOURS_AT_ONCE:
                self._flush()
        self._flush()
        end_hour(self.history.last)
        self._arm()

    def _top_ups(self) -> dict[int, list[tuple[str, TopUp]]]:
        """Recharges by hour, in the order of their instants."""
        found: dict[int, list[tuple[str, TopUp]]] = {}
        pairs = [(name, top_up) for name, credit in self.credits.items() for top_up in credit.top_ups]
        for name, top_up in sorted(pairs, key=lambda pair: pair[1].at):
            found.setdefault(top_up.hour, []).append((name, top_up))
        return found

    def _sell(self, tenant: str, top_up: TopUp) -> None:
        self._flush()
        account_id = self.opened.accounts[tenant]
        key = f"{account_id}-{self.entry_nos.get(account_id, 0)}"
        posting = Posting(
            account_id=account_id,
            kind=EntryKind.ALLOCATION,
            amount=top_up.amount,
            cause="recharge",
            actor="cashier",
            allocation=AllocationDetail(
                caller=CALLER,
                key=key,
                currency=self.site.currency,
                paid_amount=top_up.amount,
                paid_currency=self.site.currency,
                paid_by="cash",
                user_id=self.opened.cashier_id,
            ),
        )
        posted = post(self.conn, [posting], top_up.at)[0]
        self.entry_nos[account_id] = self.armed[account_id] = posted.entry_no
        sold = Event(
            action="recharge.sold",
            actor="cashier",
            subject=f"account:{account_id}",
            site_id=self.opened.site_id,
            after={
                "entry_no": posted.entry_no,
                "amount": posted.amount,
                "currency": self.site.currency,
                "balance_after": posted.balance_after,
                "caller": CALLER,
                "key": key,
            },
        )
        record(self.conn, WRITER, [sold], top_up.at)

    def _go_dark(self, tenant: str, dark: Dark, cut_off: CutOff) -> None:
        """The credit ended: the supply is cut, and a charge is drawn at that instant."""
        self._flush()
        account_id = self.opened.accounts[tenant]
        confirmed_at = cut_off(tenant, dark, self.entry_nos.get(account_id, 0))
        devices = [device for device in self.site.devices if device.tenant == tenant]
        self._charge(devices, dark.hour, dark.at, ChargeCause.SUPPLY, confirmed_at + POSTED_AFTER)

    def _charge(
        self, devices: list[DemoDevice], hour: int, until_at: datetime, cause: ChargeCause, posted_at: datetime
    ) -> None:
        """Posts what these devices used in the hour, which ended for them at `until_at`."""
        begin_at = self.history.hours[hour]
        prices = {
            (name, source): plan.price(source, begin_at) for name, plan in self.plans.items() for source in SOURCES
        }
        postings = []
        for device in devices:
            used = self.history.used[device.serial_number][hour]
            account_id = self.opened.accounts[device.tenant]
            plan_name = self._plan_names[device.tenant]
            for source in SOURCES:
                wh = used.of(source)
                if not wh:
                    continue
                from_wh = self._counters[device.serial_number, source]
                self._counters[device.serial_number, source] = from_wh + wh
                detail = ChargeDetail(
                    analyzer_id=self.installed.analyzers[device.serial_number],
                    base_id=self.installed.bases[device.serial_number, source],
                    source=source,
                    part=Part(Mark(begin_at, from_wh), Mark(until_at, from_wh + wh), cause, spread=False),
                    plan_id=self.opened.plans[plan_name],
                    price_per_kwh=prices[plan_name, source],
                )
                posting = charge_posting(account_id, detail, ACTOR)
                postings.append(posting)
                self._lines.append(_line(detail, posting, begin_at))
        self._waiting.append((posted_at, postings))

    def _flush(self) -> None:
        """Writes the charges that wait; whatever comes next in an account has a number behind them."""
        for posted in post_in_order(self.conn, self._waiting):
            self.entry_nos[posted.account_id] = posted.entry_no
        add_hours(self.conn, self._lines)
        self._waiting.clear()
        self._lines.clear()

    def _arm(self) -> None:
        """The newest recharge of an account is what its alerts count from."""
        for account_id, entry_no in self.armed.items():
            self.conn.execute(
                crossings.update().where(crossings.c.account_id == account_id).values(armed_by_entry_no=entry_no)
            )


def _line(detail: ChargeDetail, posting: Posting, hour_at: datetime) -> HourLine:
    return HourLine(
        hour_at=hour_at,
        analyzer_id=detail.analyzer_id,
        account_id=posting.account_id,
        source=detail.source,
        wh=detail.part.wh,
        amount=negative(posting.amount),
        spread=False,
    )
