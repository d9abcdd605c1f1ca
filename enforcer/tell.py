"""Step 6a of a pass: what somebody must get becomes alert rows, in the transaction of its cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from enforcer.decide import Circumstances, Decided
from enforcer.link_state import Contact, LinkState
from prepaid.accounts import share_left
from prepaid.alerts import AlertKind
from prepaid.forecast import Forecast, days_left
from prepaid.records import SOURCES, Source, Stage
from prepaid.site import Site
from prepaid.supply import Answer, Decision, Reason
from prepaid.switching import Supply, SupplyState
from prepaid.units import negative
from sql.alerts import NewAlert, end_alerts, raise_alert
from sql.connection import Connection
from sql.events import Event
from sql.site_alarms import end_alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The money side of a pass: live balances, last recharges, forecasts, and the source that feeds the site."""

    live: Mapping[int, Decimal]
    last_recharges: Mapping[int, Decimal]
    forecasts: Mapping[int, Forecast]
    source: Source

    def days_left(self, account_id: int, now: datetime) -> float | None:
        """How long the credit lasts, by the newest forecast and the balance of now; None where nothing is known."""
        return days_left(self.forecasts.get(account_id), self.live[account_id], now)


def explained(alerts: Iterable[NewAlert], decided: Mapping[int, Decided]) -> list[NewAlert]:
    """That a credit is used up is told with what keeps the supply on, and until when."""
    kept_on = {
        each.analyzer.account_id: each.decision for each in decided.values() if each.decision.would is Answer.CUT
    }
    return [
        _explained(alert, kept_on[alert.account_id])
        if alert.kind is AlertKind.EXHAUSTED and alert.account_id in kept_on
        else alert
        for alert in alerts
    ]


def _explained(alert: NewAlert, decision: Decision) -> NewAlert:
    until = None if decision.until is None else decision.until.isoformat()
    return replace(alert, details={**alert.details, "reason": decision.reason, "until": until})


def find_lost(
    site: Site, links: Mapping[int, LinkState], lost: Mapping[int, datetime], now: datetime
) -> tuple[list[NewAlert], list[int]]:
    """Analyzers that have not answered for longer than readings stay fresh, and those that are back."""
    patience = timedelta(seconds=float(site.settings.stale_after_s))
    alerts = []
    back = []
    for analyzer_id, link in links.items():
        analyzer = site.analyzers.get(analyzer_id)
        if analyzer is None:
            continue
        if link.state is Contact.FAILING and analyzer_id not in lost and now - link.since_at > patience:
            alerts.append(
                NewAlert(
                    site_id=site.site_id,
                    kind=AlertKind.ANALYZER_LOST,
                    cause=f"lost:{analyzer_id}:{link.since_at.isoformat()}",
                    account_id=analyzer.account_id,
                    analyzer_id=analyzer_id,
                    details={"analyzer": analyzer.name, "why": link.last_error},
                )
            )
        if link.state is Contact.ANSWERING and analyzer_id in lost:
            back.append(analyzer_id)
    return alerts, back


def find_clock_doubt(conn: Connection, site: Site, now: datetime, *, trusted: bool, alarmed: bool) -> list[NewAlert]:
    """Clocks that begin to disagree are an alarm, which stands until they agree again."""
    if trusted and alarmed:
        end_alarm(conn, site.site_id, AlertKind.CLOCK, now)
    if trusted or alarmed:
        return []
    cause = f"clock:{site.site_id}:{now.isoformat()}"
    return [NewAlert(site_id=site.site_id, kind=AlertKind.CLOCK, cause=cause, details={})]


def find_unreachable(
    site: Site,
    decided: Mapping[int, Decided],
    supply: Mapping[int, SupplyState],
    lost: Mapping[int, datetime],
) -> list[NewAlert]:
    """Out of credit, not answering, and the supply is on: staff must know that no cut can be made."""
    alerts = []
    for analyzer_id in lost:
        each = decided.get(analyzer_id)
        if each is None or each.decision.answer is not Answer.CUT:
            continue
        if supply.get(analyzer_id, SupplyState()).supply is Supply.CUT:
            continue
        alerts.append(
            _about(site, each, AlertKind.OUT_OF_CREDIT_UNREACHABLE, f"unreachable:{analyzer_id}:{each.entry_no}")
        )
    return alerts


def find_dark(
    site: Site, decided: Mapping[int, Decided], supply: Mapping[int, SupplyState], now: datetime
) -> list[NewAlert]:
    """Cut for credit, recharged, and the device has no passed record: nothing switches it on but a test on the spot.
    Told once a day."""
    alerts = []
    for analyzer_id, each in decided.items():
        kept = each.decision.reason is Reason.NOT_COMMISSIONED
        if not kept or not supply.get(analyzer_id, SupplyState()).cut_for_credit:
            continue
        account = site.accounts[each.analyzer.account_id]
        if each.live > max(account.restore_threshold, negative(account.emergency_credit)):
            alerts.append(_about(site, each, AlertKind.RESTORE_FAILED, f"dark:{analyzer_id}:{now:%Y-%m-%d}"))
    return alerts


def _about(site: Site, each: Decided, kind: AlertKind, cause: str) -> NewAlert:
    return NewAlert(
        site_id=site.site_id,
        kind=kind,
        cause=cause,
        account_id=each.analyzer.account_id,
        analyzer_id=each.analyzer.analyzer_id,
        details={"analyzer": each.analyzer.name, "reason": each.decision.reason},
    )


def announce_back(conn: Connection, site: Site, back: Iterable[int], now: datetime) -> None:
    """Analyzers that answer again: the standing alert ends, and staff are told once."""
    for analyzer_id in back:
        if end_alerts(conn, site.site_id, AlertKind.ANALYZER_LOST, analyzer_id, now):
            analyzer = site.analyzers[analyzer_id]
            returned = NewAlert(
                site_id=site.site_id,
                kind=AlertKind.ANALYZER_BACK,
                cause=f"back:{analyzer_id}:{now.isoformat()}",
                account_id=analyzer.account_id,
                analyzer_id=analyzer_id,
                details={"analyzer": analyzer.name},
            )
            raise_alert(conn, returned, now)


def raise_all(
    conn: Connection,
    site: Site,
    circumstances: Circumstances,
    money: Money,
    alerts: Iterable[NewAlert],
    now: datetime,
) -> list[NewAlert]:
    """Writes the alerts with the money their mails tell; answers those that were new."""
    raised = []
    for alert in alerts:
        told = replace(alert, details={**_money_facts(site, circumstances, money, alert, now), **alert.details})
        if raise_alert(conn, told, now):
            raised.append(told)
    return raised


def alert_events(raised: Iterable[NewAlert]) -> list[Event]:
    """What the chain of events says of alerts that were raised."""
    return [
        Event(
            action=f"alert.{alert.kind}",
            actor="enforcer",
            subject=_subject(alert),
            site_id=alert.site_id,
            after={"cause": alert.cause, **({"would_have": True} if alert.would_have else {})},
        )
        for alert in raised
    ]


def _subject(alert: NewAlert) -> str:
    """What the event of an alert is about: the smallest thing that it names."""
    if alert.analyzer_id is not None:
        return f"analyzer:{alert.analyzer_id}"
    return f"site:{alert.site_id}" if alert.account_id is None else f"account:{alert.account_id}"


def _money_facts(
    site: Site, circumstances: Circumstances, money: Money, alert: NewAlert, now: datetime
) -> dict[str, Any]:
    if alert.account_id is None:
        return {}
    account = site.accounts[alert.account_id]
    live = money.live[alert.account_id]
    share = share_left(live, money.last_recharges.get(alert.account_id))
    days = money.days_left(alert.account_id, now)
    return {
        "balance": str(circumstances.heads[alert.account_id][1]),
        "live_balance": str(live),
        "currency": account.currency,
        "emergency_credit": str(account.emergency_credit),
        "days_left": None if days is None else round(days, 3),
        "share_of_last_recharge": None if share is None else f"{share:.4f}",
        "enforced": account.stage is Stage.ENFORCED,
        "source": money.source,
        "prices_per_kwh": {source.value: str(site.price(alert.account_id, source, now)[1]) for source in SOURCES},
    }
