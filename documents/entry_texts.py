"""The entries of a ledger in the words of the tenant: what each was, and how a charge came about."""

from datetime import datetime, timedelta
from decimal import Decimal

from documents.formats import Formats
from documents.standing_texts import SOURCES
from prepaid.language import _, later
from prepaid.records import ChargeCause, EntryKind, Source

MOMENT = timedelta(milliseconds=1)
"""Midnight belongs to the day that ends with it."""
KINDS = {
    EntryKind.OPENING: later("Opening balance"),
    EntryKind.ALLOCATION: later("Recharge"),
    EntryKind.CHARGE: later("Charge"),
    EntryKind.FEE: later("Fee"),
    EntryKind.CORRECTION: later("Correction"),
    EntryKind.REVERSAL: later("Reversal"),
    EntryKind.TRANSFER: later("Transfer"),
    EntryKind.ESTIMATE: later("Estimate"),
    EntryKind.REFUND: later("Refund"),
}
CAUSES = {
    ChargeCause.PRICE: later("the price changed"),
    ChargeCause.PLAN: later("the plan changed"),
    ChargeCause.HANDOVER: later("the meter was handed over"),
    ChargeCause.SUPPLY: later("the supply changed"),
    ChargeCause.GAP: later("the meter had been silent"),
    ChargeCause.BASE: later("counting began anew"),
}
"""Why a charge was posted where no hour ends."""


def kind_words(kind: EntryKind, source: Source | None = None) -> str:
    """What an entry was, a charge with its source."""
    if kind is EntryKind.CHARGE and source is not None:
        return _("Charge, {source}").format(source=_(SOURCES[source]).lower())
    return _(KINDS[kind])


def calculation(wh: int, price_per_kwh: Decimal, currency: str, formats: Formats) -> str:
    """How much energy, at which price."""
    return f"{formats.energy(wh, 3)} × {formats.price(price_per_kwh, currency)}"


def counters(from_wh: int, to_wh: int, formats: Formats) -> str:
    """From which counter to which, as the display of the meter shows it."""
    return formats.sentence(
        _("Counter {first} to {last}"),
        first=formats.number(Decimal(from_wh).scaleb(-3), 3),
        last=formats.energy(to_wh, 3),
    )


def period(from_at: datetime, to_at: datetime, formats: Formats) -> str:
    """The time of a charge, the day named once where it is one; whoever reads it knows the year."""
    begin = from_at.astimezone(formats.zone).date()
    last = (to_at - MOMENT).astimezone(formats.zone).date()
    until = formats.time(to_at)
    if last > begin:
        until = f"{formats.day(to_at.astimezone(formats.zone).date())} {until}"
    return f"{formats.weekday(begin)} {formats.day(begin)}, {formats.time(from_at)} – {until}"


def cause_words(cause: ChargeCause) -> str:
    """Why a charge does not end with an hour; empty where it does."""
    return _("Charged then because {why}.").format(why=_(CAUSES[cause])) if cause in CAUSES else ""
