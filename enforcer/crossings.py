"""Accounts that fall to a deeper level, and those that stand less deep again: noted once, told once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from enforcer.tell import Money
from prepaid.alerts import TOLD_STAGES, Depth, Level, Thresholds, crossed, deeper, level
from prepaid.records import AccountKind, Stage
from prepaid.site import Site
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.crossings import cross, lift

CROSSED_STAGES = TOLD_STAGES | {Stage.OBSERVED}

Heads = Mapping[int, tuple[int, Decimal]]
"""By account: its last entry, and the balance behind it."""


def find_crossings(
    conn: Connection,
    site: Site,
    levels: Mapping[int, Level],
    money: Money,
    entries: Mapping[int, int],
    now: datetime,
    late: Mapping[int, datetime],
) -> tuple[dict[int, Level], list[NewAlert]]:
    """Accounts that fell to a deeper level since their last recharge: noted once, one alert for the gravest. Of an
    observed account it is kept what its tenant would have been told.

    `entries`: the last entry that each balance includes; who was recharged since has not crossed.
    `late`: accounts that were out of sight, and until when none of them is cut that is found out of credit now.
    """
    fallen: dict[int, Level] = {}
    alerts = []
    for account_id, account in site.accounts.items():
        if account.kind is not AccountKind.TENANT or account.stage not in CROSSED_STAGES:
            continue
        before = levels.get(account_id, Level.FINE)
        found = deeper(before, _level(site, money, account_id, now))
        kind = crossed(before, found)
        if kind is None:
            continue
        entry_no, seen_late = entries[account_id], late.get(account_id)
        if cross(conn, account_id, account.stage, before, found, now, entry_no, seen_late):
            fallen[account_id] = found
            crossing = NewAlert(
                site_id=site.site_id,
                kind=kind,
                cause=f"crossing:{account_id}:{found}:{now.isoformat()}",
                account_id=account_id,
                details={},
                would_have=account.stage not in TOLD_STAGES,
            )
            alerts.append(crossing)
    return fallen, alerts


def lift_levels(
    conn: Connection, site: Site, levels: Mapping[int, Level], money: Money, of: Iterable[int], now: datetime
) -> dict[int, Level]:
    """The levels, without what these accounts have come up from, although nobody recharged: they are told anew when
    they fall again."""
    lifted = dict(levels)
    for account_id in of:
        before, found = levels.get(account_id, Level.FINE), _level(site, money, account_id, now)
        if deeper(before, found) is not found and lift(conn, account_id, before, found, now):
            lifted[account_id] = found
    return lifted


def credited(before: Heads, heads: Heads) -> frozenset[int]:
    """Accounts whose balance has risen, whatever entry did it."""
    return frozenset(key for key, (_no, balance) in heads.items() if key in before and balance > before[key][1])


def _level(site: Site, money: Money, account_id: int, now: datetime) -> Level:
    """The level an account stands on now, whatever it has fallen to before."""
    depth = Depth(
        live_balance=money.live[account_id],
        emergency_credit=site.accounts[account_id].emergency_credit,
        days_left=money.days_left(account_id, now),
        last_recharge=money.last_recharges.get(account_id),
    )
    thresholds = Thresholds(
        low_days=float(site.settings.low_days),
        critical_days=float(site.settings.critical_days),
        low_share=site.settings.low_share,
        critical_share=site.settings.critical_share,
    )
    return level(depth, thresholds)
