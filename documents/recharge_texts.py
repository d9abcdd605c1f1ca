"""What a recharge or another policy brings, in words for the staff, before it is done; and how one was paid."""

from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum

from documents.formats import Formats, decimals_of, round_to
from documents.reasons import reason_words
from prepaid.effects import Effect, Effects
from prepaid.language import _, later
from prepaid.recharges import PaidBy
from prepaid.units import ZERO

PAID_BY = {
    PaidBy.CASH: later("Cash"),
    PaidBy.CARD: later("Card"),
    PaidBy.TRANSFER: later("Bank transfer"),
    PaidBy.CHEQUE: later("Cheque"),
    PaidBy.OTHER: later("Other"),
}
_UP = Context(prec=60, rounding=ROUND_CEILING)
_ALL = {
    Effect.STAYS_ON: later("The supply stays on."),
    Effect.CUT: later("The supply will be cut within seconds: the credit is used up."),
    Effect.RESTORED: later("The supply will be restored, within about a minute."),
    Effect.RESTORED_BY_HAND: later("The supply will be released; then somebody closes the breaker by hand."),
    Effect.STAYS_OUT: later("The supply stays cut: this is not enough."),
    Effect.STAYS_OFF: later("The supply stays off: it was not cut for credit ({why})."),
    Effect.LOCKED: later("A safety lock keeps the supply off, whatever is paid."),
    Effect.NOT_SWITCHED: later("The supply is metered only; nothing is switched."),
    Effect.NOT_KNOWN: later("Whether the supply is on is not known: the analyzer has not shown it."),
}
_SOME = {
    Effect.STAYS_ON: later("{names}: stays on."),
    Effect.CUT: later("{names}: will be cut within seconds, the credit is used up."),
    Effect.RESTORED: later("{names}: will be restored, within about a minute."),
    Effect.RESTORED_BY_HAND: later("{names}: will be released; then somebody closes the breaker by hand."),
    Effect.STAYS_OUT: later("{names}: stays cut, this is not enough."),
    Effect.STAYS_OFF: later("{names}: stays off, it was not cut for credit ({why})."),
    Effect.LOCKED: later("{names}: a safety lock keeps it off, whatever is paid."),
    Effect.NOT_SWITCHED: later("{names}: metered only, nothing is switched."),
    Effect.NOT_KNOWN: later("{names}: not known, the analyzer has not shown its supply."),
}


class Tone(StrEnum):
    """How a sentence is shown."""

    GOOD = "good"
    PLAIN = "plain"
    WARNING = "warning"


_TONES = {
    Effect.STAYS_ON: Tone.PLAIN,
    Effect.CUT: Tone.WARNING,
    Effect.RESTORED: Tone.GOOD,
    Effect.RESTORED_BY_HAND: Tone.GOOD,
    Effect.STAYS_OUT: Tone.WARNING,
    Effect.STAYS_OFF: Tone.WARNING,
    Effect.LOCKED: Tone.WARNING,
    Effect.NOT_SWITCHED: Tone.PLAIN,
    Effect.NOT_KNOWN: Tone.WARNING,
}


def effect_sentences(found: Effects, currency: str, formats: Formats) -> list[tuple[Tone, str]]:
    """What happens to the supplies: alike ones in one sentence, by name where they differ."""
    if not found.of_points:
        return [(Tone.PLAIN, _("No analyzer belongs to the account yet, so nothing is switched."))]
    groups: dict[tuple[Effect, str], list[str]] = {}
    for point, effect in found.of_points:
        why = _("found off") if point.reason is None else reason_words(point.reason)
        groups.setdefault((effect, why if effect is Effect.STAYS_OFF else ""), []).append(point.name)
    sentences = []
    for (effect, why), names in groups.items():
        text = _ALL[effect] if len(groups) == 1 else _SOME[effect]
        shown = ", ".join(formats.name(name) for name in names)
        sentences.append((_TONES[effect], formats.sentence(_(text), names=shown, why=why)))
    if found.missing is not None:
        sentences.append((Tone.WARNING, _missing(found.missing, currency, formats)))
    return sentences


def paid_by_words(paid_by: str | None) -> str:
    """How a recharge was paid; a word that only a program knows stands as it is."""
    known = {each.value: text for each, text in PAID_BY.items()}
    return _(known[paid_by]) if paid_by in known else paid_by or ""


def debt_words(repaid: Decimal, amount: Decimal, currency: str, formats: Formats) -> str:
    """How much of a recharge pays a debt; empty where there is none to see."""
    if round_to(repaid, decimals_of(currency)) <= ZERO:
        return ""
    if repaid < amount:
        return formats.sentence(_("{amount} of it pays the debt"), amount=formats.money(repaid, currency))
    return _("All of it goes into the debt")


def _missing(missing: Decimal, currency: str, formats: Formats) -> str:
    """Rounded up: what is told must be enough. The balance must be more than the restore threshold."""
    if missing <= ZERO:
        return _("The balance must be a little higher for the supply to come back.")
    rounded = missing.quantize(Decimal(1).scaleb(-decimals_of(currency)), context=_UP)
    return formats.sentence(
        _("More than {amount} in addition brings it back."), amount=formats.money(rounded, currency)
    )
