"""The guard in a pass: which crossings surprise, whom it holds until a person releases them, and its one alarm."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from enforcer.decide import Circumstances
from prepaid.alerts import AlertKind, Level
from prepaid.guard import FORESEEN_DAYS, SPAN, Guard, guard, is_unexpected
from prepaid.language import _
from prepaid.records import SOURCES, AccountKind, Stage, Wiring
from prepaid.site import Account, Site
from prepaid.switching import Supply, SupplyState
from sql.alerts import NewAlert
from sql.connection import Connection
from sql.guard import days_foreseen, hold, let_go, mark_unexpected, unexpected_crossings
from sql.site_alarms import end_alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """The circumstances with whom the guard holds now, and what staff are told when it closes."""

    circumstances: Circumstances
    alerts: list[NewAlert]
    alarmed: bool


def stand_guard(
    conn: Connection,
    site: Site,
    fallen: Mapping[int, Level],
    supply: Mapping[int, SupplyState],
    circumstances: Circumstances,
    now: datetime,
    *,
    alarmed: bool,
) -> Guarded:
    """Inside the transaction of the pass, after its crossings and before anything is decided.

    `fallen`: the levels that accounts fell to in this pass. `alarmed`: the alarm stands. An account whose supplies are
    all cut has nothing left to guard, nor has one that is no longer enforced.
    """
    may_be_cut = {key for key, account in site.accounts.items() if _may_be_cut(account)}
    crossed = {key for key, level in fallen.items() if level is Level.EXHAUSTED and key in may_be_cut}
    if crossed:
        foreseen = days_foreseen(conn, site.site_id, crossed, now)
        mark_unexpected(conn, {key for key in crossed if is_unexpected(foreseen.get(key))}, now)
    dark = _dark(site, supply)
    found = [
        replace(each, standing=each.standing and each.account_id in may_be_cut - dark)
        for each in unexpected_crossings(conn, site.site_id, now, circumstances.now)
    ]
    stands = guard(found, len(may_be_cut), now)
    before = {each.account_id for each in found if each.held}
    hold(conn, stands.held - before, now)
    let_go(conn, before - stands.held)
    if alarmed and not stands.held:
        end_alarm(conn, site.site_id, AlertKind.GUARD, now)
    raised = [_alarm(site, stands, now)] if stands.held and not alarmed else []
    return Guarded(circumstances=replace(circumstances, guarded=stands.held), alerts=raised, alarmed=bool(stands.held))


def _may_be_cut(account: Account) -> bool:
    return account.kind is AccountKind.TENANT and account.stage is Stage.ENFORCED and not account.exempt


def _dark(site: Site, supply: Mapping[int, SupplyState]) -> set[int]:
    """Accounts of which every supply that can be switched is cut already."""
    lit: dict[int, bool] = {}
    for analyzer_id, analyzer in site.analyzers.items():
        if analyzer.contact.wiring is not Wiring.NONE:
            cut = supply.get(analyzer_id, SupplyState()).supply is Supply.CUT
            lit[analyzer.account_id] = lit.get(analyzer.account_id, False) or not cut
    return {account_id for account_id, is_lit in lit.items() if not is_lit}


def _alarm(site: Site, stands: Guard, now: datetime) -> NewAlert:
    """One for all of them: how many, and what may be behind it."""
    changed = sum(
        any(site.price_boundaries(account_id, source, now - SPAN, now) for source in SOURCES)
        for account_id in stands.held
    )
    why = _(
        "{held} accounts are held: {unexpected} ran out within 24 hours that the forecast had given more than "
        "{days} days, or for which there was none; at most {allowed} are cut unasked. "
        "Prices changed in these hours for {changed} of them."
    ).format(
        held=len(stands.held),
        unexpected=stands.unexpected,
        days=round(FORESEEN_DAYS),
        allowed=stands.allowed,
        changed=changed,
    )
    return NewAlert(
        site_id=site.site_id,
        kind=AlertKind.GUARD,
        cause=f"guard:{site.site_id}:{now.isoformat()}",
        details={
            "why": why,
            "held": len(stands.held),
            "unexpected": stands.unexpected,
            "allowed": stands.allowed,
            "prices_changed": changed,
        },
    )
