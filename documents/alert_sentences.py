"""An alert as sentences on a page: what happened, what follows, what to do; the words are those of its mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from documents.alert_texts import FOR_STAFF, FOR_TENANT, AlertText, fitting
from documents.formats import Formats
from prepaid.alerts import AlertKind
from prepaid.language import _
from prepaid.supply import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What an alert is about; empty where it is about no such thing. `details` are the facts stored with it."""

    kind: AlertKind
    site: str
    tenant: str = ""
    unit: str = ""
    account: str = ""
    analyzer: str = ""
    until: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def for_staff(facts: AlertFacts, formats: Formats) -> AlertText:
    """The sentences for the staff, filled in."""
    return _filled(facts, FOR_STAFF[facts.kind], formats)


def for_tenant(facts: AlertFacts, formats: Formats) -> AlertText:
    """The sentences for the tenant; only of kinds that tenants get."""
    return _filled(facts, FOR_TENANT[facts.kind], formats)


def why(facts: AlertFacts) -> str:
    """What was found, in the words of whoever found it; empty where nothing was written down."""
    return str(facts.details.get("why") or "")


def would_have_told(people: int) -> str:
    """What stands in place of the mails about an observed account."""
    if not people:
        return _("The account is observed. Nobody would have been written to: the tenant has no mail address.")
    return _("The account is observed, so nobody was written to. Mails that would have gone out: {number}.").format(
        number=people
    )


def _filled(facts: AlertFacts, text: AlertText, formats: Formats) -> AlertText:
    reason = facts.details.get("reason")
    fit = fitting(
        facts.kind,
        text,
        enforced=bool(facts.details.get("enforced", True)),
        decision=Reason(reason) if reason in set(Reason) else None,
        until_known=facts.until is not None,
        close_by_hand=bool(facts.details.get("close_by_hand")),
    )
    values = _values(facts, formats)
    return AlertText(*(formats.sentence(_(sentence), **values) for sentence in fit))


def _values(facts: AlertFacts, formats: Formats) -> dict[str, str]:
    """Where something has no name, the next larger thing stands for it."""
    account = facts.account or facts.site
    balance, currency = facts.details.get("live_balance"), facts.details.get("currency")
    analyzer = facts.analyzer or str(facts.details.get("analyzer") or "")
    credit = formats.money(Decimal(balance), currency) if balance and currency else _("not known")
    return {
        "who": formats.name(facts.tenant or account),
        "place": formats.name(facts.unit or facts.account or facts.tenant or facts.site),
        "analyzer": formats.name(analyzer or facts.unit or facts.site),
        "site": formats.name(facts.site),
        "credit": credit,
        "until": formats.instant(facts.until) if facts.until else "",
    }
