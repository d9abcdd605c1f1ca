"""The accounts of the report before going live as tables: one to be read, one for a spreadsheet."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from documents.formats import NOTHING, Formats
from documents.going_live_texts import obstacle_words
from prepaid.language import _
from prepaid.links import Presence
from prepaid.tenancy import STAGE_NAMES
from prepaid.units import to_text
from sql.questions.going_live import LiveReport, LiveRow


def live_table(report: LiveReport, words: Formats) -> pd.DataFrame:
    """One row an account, as it is read."""
    return pd.DataFrame(
        {
            _("Tenant"): [row.tenant for row in report.rows],
            _("What prevents it"): [obstacle_words(row.obstacles, row.analyzers) or NOTHING for row in report.rows],
            _("Account"): [row.number for row in report.rows],
            _("Stage"): [_(STAGE_NAMES[row.stage]) for row in report.rows],
            _("Observed for days"): [_days(row, report) for row in report.rows],
            _("Tested"): [f"{row.commissioned} / {len(row.analyzers)}" for row in report.rows],
            _("Read now"): [f"{_fresh(row)} / {len(row.analyzers)}" for row in report.rows],
            _("Would have told"): [row.would.alerts for row in report.rows],
            _("Would have cut"): [row.would.cuts for row in report.rows],
            _("Opening balance"): [
                NOTHING if row.opening is None else words.money(row.opening, row.currency) for row in report.rows
            ],
            _("Balance now"): [words.money(row.live, row.currency) for row in report.rows],
        }
    )


def live_export(report: LiveReport) -> pd.DataFrame:
    """The same for a spreadsheet, with exact values."""
    return pd.DataFrame(
        [
            {
                "tenant": row.tenant,
                "unit": row.unit,
                "account": row.number,
                "stage": str(row.stage),
                "exempt": row.exempt,
                "observed_days": _days(row, report),
                "analyzers": len(row.analyzers),
                "tested": row.commissioned,
                "read_now": _fresh(row),
                "on_hold": sum(each.presence is Presence.ON_HOLD for each in row.analyzers),
                "contacts_with_mail": row.told,
                "would_have_alerts": row.would.alerts,
                "would_have_mails": row.would.mails,
                "would_have_cuts": row.would.cuts,
                "opening_balance": None if row.opening is None else Decimal(to_text(row.opening)),
                "balance": Decimal(to_text(row.live)),
                "currency": row.currency,
                "cut_at_once": row.cut_at_once,
                "prevented_by": obstacle_words(row.obstacles, row.analyzers),
            }
            for row in report.rows
        ]
    )


def named(rows: Sequence[LiveRow], words: Formats) -> list[str]:
    """Tenants with their accounts."""
    return [words.name(f"{row.tenant} ({row.number})") for row in rows]


def _days(row: LiveRow, report: LiveReport) -> int | None:
    observed = row.observed_for(report.at)
    return None if observed is None else observed.days


def _fresh(row: LiveRow) -> int:
    """How many analyzers are read now, whatever else is not right with them."""
    return sum(each.presence not in (Presence.SILENT, Presence.NEVER_SEEN) for each in row.analyzers)
