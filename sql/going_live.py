"""The sign-off of the report before a site goes live: the chosen accounts become warned or enforced, all or none."""

from collections.abc import Collection, Sequence
from typing import Any

from prepaid.access import Right
from prepaid.errors.tenants import ChangedMeanwhile, NobodyChosen, NotReady
from prepaid.records import Stage
from prepaid.tenancy import STAGES
from prepaid.units import to_text
from prepaid.wishes import why
from sql.acts import acting
from sql.connection import Database
from sql.policies import advance
from sql.questions.going_live import LiveReport, LiveRow, live_report, sums_of
from sql.repeating import repeated
from sql.sessions import SignedIn

NAMED_AT_MOST = 5


@repeated
def sign_off(
    database: Database,
    signed_in: SignedIn,
    seen: LiveReport,
    account_ids: Collection[int],
    stage: Stage,
    reason: str,
) -> int:
    """These accounts reach the stage; answers how many. One event keeps the figures of the report as it is now.

    Raises NotAllowed, WishReasonMissing, NobodyChosen, NotReady where something prevents one of them, and
    ChangedMeanwhile where one is that far already, or would be cut at once and was not when the report was seen.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        act.permit_site(Right.ADMINISTER, seen.site_id)
        because = why(reason)
        if not account_ids:
            raise NobodyChosen
        now = live_report(act.conn, act.person.viewer, seen.site_id, act.now)
        chosen = now.among(account_ids)
        _check(chosen, seen.among(account_ids), set(account_ids), stage)
        for row in chosen:
            advance(act, row.account_id, stage)
        facts = {"stage": stage, "reason": because, **_figures(now, chosen)}
        act.note("site.signed_off", f"site:{seen.site_id}", seen.site_id, after=facts)
        return len(chosen)


def _check(chosen: Sequence[LiveRow], seen: Sequence[LiveRow], wanted: set[int], stage: Stage) -> None:
    """Nobody is cut whom the person has not seen among those that would be, and nobody goes live unproven."""
    prevented = [row.number for row in chosen if not row.is_ready]
    if prevented:
        raise NotReady(numbers=", ".join(prevented[:NAMED_AT_MOST]), number=len(prevented))
    shown = {row.account_id for row in seen if row.cut_at_once}
    surprised = [row for row in chosen if row.cut_at_once and row.account_id not in shown]
    ahead = [row for row in chosen if STAGES.index(row.stage) >= STAGES.index(stage)]
    if len(chosen) != len(wanted) or ahead or (surprised and stage is Stage.ENFORCED):
        raise ChangedMeanwhile


def _figures(report: LiveReport, chosen: Sequence[LiveRow]) -> dict[str, Any]:
    """What the report says of the chosen accounts, and of how many others."""
    sums = {
        f"{name}_{currency}": to_text(amount)
        for currency, amounts in sums_of(chosen).items()
        for name, amount in zip(("opening", "live"), amounts, strict=True)
    }
    return {
        "accounts": len(chosen),
        "not_enforced_before": len(report.rows),
        "prevented": len(report.rows) - len(report.ready),
        "cut_at_once": sum(row.cut_at_once for row in chosen),
        "analyzers": sum(len(row.analyzers) for row in chosen),
        "would_have_alerts": sum(row.would.alerts for row in chosen),
        "would_have_cuts": sum(row.would.cuts for row in chosen),
        **sums,
        "numbers": ", ".join(row.number for row in chosen),
    }
