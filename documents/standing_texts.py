"""How an account stands, in the words of its tenant: the supply, how long the credit lasts, what a recharge must be."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Context, Decimal

from documents.alert_texts import FOR_TENANT
from documents.formats import Formats, decimals_of
from documents.reasons import SupplyFacts, reason_for_tenant
from prepaid.alerts import TOLD_STAGES, AlertKind, Level
from prepaid.forecast import Outlook
from prepaid.language import _, later
from prepaid.records import Source, Wiring
from prepaid.standing import Point, PriceLine, Standing, Supplied
from prepaid.supply import Reason
from prepaid.switching import CREDIT_REASONS, Supply
from prepaid.units import ZERO, add, negative

SUPPLY = {
    Supplied.ON: later("Supply is on"),
    Supplied.CUT: later("Supply is cut"),
    Supplied.PARTLY_CUT: later("Supply is partly cut"),
    Supplied.COMING_ON: later("Supply is coming back"),
    Supplied.GOING_OFF: later("Supply is being switched off"),
    Supplied.UNKNOWN: later("Supply is not known"),
    Supplied.NONE: later("No meter yet"),
}
SOURCES = {Source.GRID: later("Grid"), Source.GENERATOR: later("Generator")}
_ADVICE = {
    Level.LOW: FOR_TENANT[AlertKind.LOW].advice,
    Level.CRITICAL: FOR_TENANT[AlertKind.CRITICAL].advice,
    Level.EXHAUSTED: later("Your credit is used up. Recharge now, so that the electricity stays on."),
}
"""While the supply is on: what the mail says of one that is off would not be true yet."""
LONG = timedelta(days=60)
"""Further ahead the day is told without its hour."""
_EXPLAINED = frozenset(Reason) - {Reason.CREDIT, Reason.RECHARGED, Reason.EXEMPT, Reason.NOT_SWITCHABLE}
_UP = Context(prec=60, rounding=ROUND_CEILING)


def supply_headline(standing: Standing, formats: Formats) -> str:
    """The supply in a few words, since when if it is off."""
    since = [point.since_at for point in standing.points if point.since_at is not None]
    if standing.supplied is Supplied.CUT and since:
        return formats.sentence(_("Supply is cut since {since}"), since=formats.instant(min(since)))
    return _(SUPPLY[standing.supplied])


def supply_sentences(standing: Standing, formats: Formats) -> list[tuple[str, str]]:
    """Why each supply is as it is and what to do about it: (names of the analyzers, sentence), alike ones together.

    Without names where all of them are alike; nothing where all is well.
    """
    sentences: dict[str, list[str]] = {}
    for point in standing.points:
        if _cut_for_credit(point):
            sentences.setdefault(recharge_needed(standing, formats), []).append(point.name)
        elif point.supplied is not Supplied.ON or point.why in _EXPLAINED:
            sentences.setdefault(_sentence_of(point, formats), []).append(point.name)
    alike = len(sentences) == 1 and sum(map(len, sentences.values())) == len(standing.points)
    return [
        ("" if alike else ", ".join(formats.name(name) for name in names), sentence)
        for sentence, names in sentences.items()
    ]


def supply_sentence(point: Point, formats: Formats) -> str:
    """Why one supply is as it is. A cut through which load flows is not done yet."""
    facts = SupplyFacts(
        supply=Supply.ON if point.supplied is Supplied.GOING_OFF else point.supply,
        reason=point.reason,
        answer=point.answer,
        answer_reason=point.answer_reason,
        until_at=point.answer_until_at,
        close_by_hand=point.wiring is Wiring.PULSE_TRIP,
        place=point.place,
    )
    return reason_for_tenant(facts, formats)


def recharge_needed(standing: Standing, formats: Formats) -> str:
    """How much brings back a supply that is cut for credit."""
    missing = max(ZERO, add(standing.restore_threshold, negative(standing.decided_on)))
    amount = formats.money(_rounded_up(missing, standing.currency), standing.currency)
    sentence = _(
        "The credit is used up. Recharge more than {amount}: the electricity comes back by itself, within about a"
        " minute."
    )
    return formats.sentence(sentence, amount=amount)


def left_words(live: Decimal, currency: str, formats: Formats) -> str:
    """What the number of the balance is, as it is shown rounded."""
    if formats.money(live, currency) == formats.money(ZERO, currency):
        return _("nothing left")
    return _("debt: a recharge pays it back first") if live < ZERO else _("left")


def advice(standing: Standing) -> str:
    """What to do about a credit that runs low while the supply is on; empty where nothing is to be done, and for who is
    not told of it by mail either."""
    if standing.exempt or standing.stage not in TOLD_STAGES or standing.supplied is not Supplied.ON:
        return ""
    return _(_ADVICE[standing.level]) if standing.level in _ADVICE else ""


def lasts(outlook: Outlook | None, formats: Formats) -> tuple[str, str]:
    """Until when the credit lasts, and between which instants that may be: both empty where the credit is over."""
    if outlook is None:
        return _("How long it lasts is known after a day of use."), ""
    if outlook.days_left <= 0:
        return "", ""
    if outlook.ends_at is None:
        return _("Lasts more than a year"), ""
    far = outlook.ends_at - outlook.made_at > LONG
    until = formats.sentence(_("Lasts until {end}"), end=_about(outlook.ends_at, formats, far=far))
    if outlook.ends_early_at is None:
        return until, ""
    early = _about(outlook.ends_early_at, formats, far=far)
    if outlook.ends_late_at is None:
        return until, formats.sentence(_("at the earliest {early}"), early=early)
    late = _about(outlook.ends_late_at, formats, far=far)
    return until, formats.sentence(_("between {early} and {late}"), early=early, late=late) if early != late else ""


def price_change(line: PriceLine, currency: str, formats: Formats) -> str:
    """The next known change of a price; empty where there is none."""
    if line.next_from_at is None or line.next_price_per_kwh is None:
        return ""
    return formats.sentence(
        _("from {instant}: {price}"),
        instant=formats.instant(line.next_from_at),
        price=formats.price(line.next_price_per_kwh, currency),
    )


def age(standing: Standing, now: datetime, stale_after: timedelta, formats: Formats) -> str:
    """What is to be said about readings that are too old; empty where all are fresh."""
    silent = standing.silent(now, stale_after)
    if not silent:
        return ""
    read = [point.read_at for point in silent if point.read_at is not None]
    if len(read) < len(silent):
        return _("Your meter has not been read yet. What it counts is taken off when it is.")
    if len(silent) < len(standing.points):
        sentence = _("{names}: not read for {age}. What was used there since is not taken off yet.")
        names, old = ", ".join(formats.name(point.name) for point in silent), formats.duration(now - min(read))
        return formats.sentence(sentence, names=names, age=old)
    sentence = _("These numbers are of {instant}. What was used since is not taken off yet.")
    return formats.sentence(sentence, instant=formats.near(min(read), now))


def _cut_for_credit(point: Point) -> bool:
    return point.supplied is Supplied.CUT and point.reason in CREDIT_REASONS and point.why in CREDIT_REASONS


def _about(instant: datetime, formats: Formats, *, far: bool) -> str:
    """The hour of a foreseen instant; of one far ahead the day is enough."""
    local = instant.astimezone(formats.zone)
    day = formats.sentence(_("{weekday} {day}"), weekday=formats.weekday(local.date()), day=formats.day(local.date()))
    if far:
        return formats.date(local.date())
    return formats.sentence(_("{day}, {time}"), day=day, time=formats.time(instant.replace(minute=0, second=0)))


def _rounded_up(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), context=_UP)


def _sentence_of(point: Point, formats: Formats) -> str:
    sentence = supply_sentence(point, formats)
    if point.lock_phone and point.supplied is not Supplied.ON:
        called = formats.sentence(_("Phone: {phone}"), phone=formats.name(point.lock_phone))
        return f"{sentence} {called}"
    return sentence
