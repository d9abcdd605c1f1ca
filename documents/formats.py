"""Money, energy and time as people read them, by locale and the site's zone. The only place that rounds."""

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)
from babel.units import format_unit
from markupsafe import Markup

from prepaid.language import _

KWH = "kWh"
KWH_DECIMALS = 2
SHORT_FROM_KWH = 10_000
MILLION = Decimal(1_000_000)
NOTHING = "–"
NO_BREAK_SPACE = "\u00a0"
LEFT_TO_RIGHT_ISOLATE, FIRST_STRONG_ISOLATE, END_OF_ISOLATE = "\u2066", "\u2068", "\u2069"
DIRECTION_MARKS = "\u200e\u200f\u061c"
ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)
# CLDR's currency spacing: a code of letters and a number never touch.
CODE_BESIDE_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
CODE_BEFORE_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)")
PLURAL_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
# Sorani and Persian words need them; any other invisible character could turn or hide its surroundings.
JOINERS = "\u200c\u200d"
SECONDS_PER_MINUTE, SECONDS_PER_HOUR, SECONDS_PER_DAY = 60, 3600, 86400


class Isolation(StrEnum):
    """How numbers and names are kept from being turned round by the text they stand in."""

    MARKS = "marks"
    HTML = "html"


class Formats:
    """The formats of one reader: a language, the zone of the site, and the medium (plain text or HTML).

    Digits are 0-9 in every language, so that amounts, dates and the display of the device look alike.
    """

    def __init__(self, language: str, zone: ZoneInfo, isolation: Isolation = Isolation.MARKS) -> None:
        self.locale = Locale.parse(language)
        self.zone = zone
        self.isolation = isolation
        self.right_to_left = self.locale.text_direction == "rtl"

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount in a currency (ISO code or kWh), rounded half-even to its digits."""
        rounded = round_to(amount, decimals_of(currency))
        if currency == KWH:
            return self._number(self._unit(rounded, "energy-kilowatt-hour", KWH_DECIMALS))
        return self._number(self._spaced(format_currency(rounded, currency, locale=self.locale)))

    def money_short(self, amount: Decimal, currency: str) -> str:
        """An amount where there is little room: from a million on in millions, with at most 2 decimals."""
        if currency == KWH or abs(amount) < MILLION:
            return self.money(amount, currency)
        shown = format_compact_currency(amount, currency, locale=self.locale, fraction_digits=2)
        return self._number(CODE_BEFORE_NUMBER.sub(NO_BREAK_SPACE, shown))

    def price(self, price_per_kwh: Decimal, currency: str) -> str:
        """A price per kWh with all its decimals; it has at most 4 and is never rounded."""
        if currency == KWH:
            shown = self._unit(price_per_kwh, "energy-kilowatt-hour", 0, most=4)
        else:
            shown = self._spaced(
                format_currency(price_per_kwh, currency, locale=self.locale, decimal_quantization=False)
            )
        return self._number(_("{price}/kWh").format(price=shown))

    def energy(self, energy_wh: int, decimals: int = KWH_DECIMALS) -> str:
        """Watt-hours as kWh."""
        kwh = round_to(Decimal(energy_wh).scaleb(-3, ROUNDING), decimals)
        return self._number(self._unit(kwh, "energy-kilowatt-hour", decimals))

    def energy_short(self, energy_wh: int) -> str:
        """Energy where there is little room: whole kWh from 100 on, MWh with one decimal from 10,000 on."""
        kwh = Decimal(energy_wh).scaleb(-3, ROUNDING)
        if abs(kwh) < SHORT_FROM_KWH:
            return self.energy(energy_wh, 0 if abs(kwh) >= 100 else KWH_DECIMALS)
        mwh = round_to(kwh.scaleb(-3, ROUNDING), 1)
        number = format_decimal(mwh, _pattern(1), self.locale)
        return self._number(_("{number} MWh").format(number=number).replace(" ", NO_BREAK_SPACE))

    def size(self, size_bytes: int) -> str:
        """Of files: whole MB, from 1000 on GB with one decimal."""
        megabytes = round_to(Decimal(size_bytes).scaleb(-6, ROUNDING), 0)
        if abs(megabytes) < 1000:
            return self._number(self._unit(megabytes, "digital-megabyte", 0))
        return self._number(self._unit(round_to(Decimal(size_bytes).scaleb(-9, ROUNDING), 1), "digital-gigabyte", 1))

    def power(self, power_w: float) -> str:
        """Whole watts below 1 kW, else kW with 2 decimals; a dash where the device has no number."""
        if not math.isfinite(power_w):
            return NOTHING
        power = Decimal(repr(power_w))
        watts = round_to(power, 0)
        if abs(watts) < 1000:
            return self._number(self._unit(watts, "power-watt", 0))
        return self._number(self._unit(round_to(power.scaleb(-3, ROUNDING), 2), "power-kilowatt", 2))

    def number(self, value: int | Decimal, decimals: int = 0) -> str:
        """A plain number, rounded half-even."""
        return self._number(format_decimal(round_to(Decimal(value), decimals), _pattern(decimals), self.locale))

    def share(self, share: Decimal, *, signed: bool = False) -> str:
        """A part of one as whole percent; `signed` also where it is more than nothing."""
        rounded = round_to(share, 2)
        plus = "+" if signed and rounded > 0 else ""
        return self._number(plus + format_percent(rounded, locale=self.locale))

    def instant(self, instant: datetime) -> str:
        """Date and minute in the zone of the site."""
        assert instant.tzinfo is not None, "instants are aware"
        order = self.locale.datetime_formats["medium"]
        time = format_time(instant, "short", tzinfo=self.zone, locale=self.locale)
        return self._text(str(order).replace("'", "").format(time, self.date(instant.astimezone(self.zone).date())))

    def near(self, instant: datetime, now: datetime) -> str:
        """The time alone where it is of today, else date and minute."""
        today = instant.astimezone(self.zone).date() == now.astimezone(self.zone).date()
        return self.time(instant) if today else self.instant(instant)

    def day(self, day: date) -> str:
        """A date without its year, where the year is known: the scale of a chart."""
        return self._text(format_skeleton("MMMd", day, locale=self.locale))

    def weekday(self, day: date) -> str:
        """The day of the week, short."""
        return self._text(format_skeleton("E", day, locale=self.locale))

    def month(self, day: date) -> str:
        """The month in which a day lies, with its year."""
        return self._text(format_skeleton("yMMM", day, locale=self.locale))

    def month_alone(self, day: date) -> str:
        """The month in which a day lies, where the year is known: the scale of a chart."""
        return self._text(format_skeleton("MMM", day, locale=self.locale))

    def time(self, instant: datetime) -> str:
        """The minute of the day in the zone of the site."""
        assert instant.tzinfo is not None, "instants are aware"
        return self._text(format_time(instant, "short", tzinfo=self.zone, locale=self.locale))

    def second(self, instant: datetime) -> str:
        """Hour, minute and second in the zone of the site."""
        assert instant.tzinfo is not None, "instants are aware"
        return self._number(format_time(instant, "medium", tzinfo=self.zone, locale=self.locale))

    def date(self, day: date) -> str:
        return self._text(format_date(day, "medium", locale=self.locale))

    @property
    def separators(self) -> str:
        """The mark before decimals and the one between thousands, as charts take them."""
        symbols = self.locale.number_symbols["latn"]
        return f"{symbols['decimal']}{symbols['group']}"

    def duration(self, duration: timedelta) -> str:
        """The two largest units, cut and not rounded ("2 days 4 hours"): nobody is promised too much time."""
        seconds = max(0, int(duration.total_seconds()))
        days, hours = seconds // SECONDS_PER_DAY, seconds % SECONDS_PER_DAY // SECONDS_PER_HOUR
        minutes, rest = seconds % SECONDS_PER_HOUR // SECONDS_PER_MINUTE, seconds % SECONDS_PER_MINUTE
        # One form per plural category of the language, in CLDR's order: zero, one, two, few, many, other.
        parts = [
            (days, _("{number} day|{number} days")),
            (hours, _("{number} hour|{number} hours")),
            (minutes, _("{number} minute|{number} minutes")),
            (rest, _("{number} second|{number} seconds")),
        ]
        first = next((place for place, (number, _forms) in enumerate(parts) if number), len(parts) - 1)
        shown = [part for part in parts[first : first + 2] if part[0]] or parts[-1:]
        return self._text(" ".join(self.plural(forms, number) for number, forms in shown))

    def plural(self, forms: str, number: int) -> str:
        """A counted word ("1 day", "2 days"): `forms` has one for each plural of the language, in CLDR's order, parted
        by |. With another count of forms than the language has, the text is English."""
        choices = forms.split("|")
        categories = [one for one in PLURAL_CATEGORIES if one in {*self.locale.plural_form.tags, "other"}]
        if len(choices) == len(categories):
            chosen = choices[categories.index(self.locale.plural_form(number))]
        else:
            chosen = choices[0] if number == 1 else choices[-1]
        return chosen.format(number=number)

    def name(self, name: str) -> str:
        """A name given by people, on one line; isolated, since it may run the other way than the text."""
        line = one_line(name)
        if self.isolation is Isolation.HTML:
            return Markup("<bdi>{}</bdi>").format(line)
        if any(_runs_right_to_left(c) != self.right_to_left for c in line if c.isalpha()):
            return f"{FIRST_STRONG_ISOLATE}{line}{END_OF_ISOLATE}"
        return line

    def sentence(self, text: str, **values: str) -> str:
        """A translated text with its `{placeholders}` filled; in HTML all but formatted values is escaped."""
        if self.isolation is Isolation.HTML:
            return Markup.escape(text).format(**values)
        return text.format(**values)

    def _number(self, shown: str) -> str:
        """Isolated left-to-right in right-to-left languages, or a debt shows its sign on the wrong side.

        CLDR's own leading direction mark goes: inside the isolate it would turn the sign round again.
        """
        if not self.right_to_left:
            return self._text(shown)
        plain = shown.lstrip(DIRECTION_MARKS)
        if self.isolation is Isolation.HTML:
            return Markup('<bdi dir="ltr">{}</bdi>').format(plain)
        return f"{LEFT_TO_RIGHT_ISOLATE}{plain}{END_OF_ISOLATE}"

    def _text(self, shown: str) -> str:
        return Markup.escape(shown) if self.isolation is Isolation.HTML else shown

    def _unit(self, value: Decimal, unit: str, decimals: int, most: int | None = None) -> str:
        shown = format_unit(value, unit, "short", _pattern(decimals, most), self.locale)
        return shown.replace(" ", NO_BREAK_SPACE)

    def _spaced(self, money: str) -> str:
        return CODE_BESIDE_NUMBER.sub(NO_BREAK_SPACE, money)


def round_to(value: Decimal, decimals: int) -> Decimal:
    """Half-even to so many decimals, for display only; never minus zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), context=ROUNDING)
    return rounded if rounded else rounded.copy_abs()


def decimals_of(currency: str) -> int:
    """The decimals in which people count a currency (CLDR): 2 for USD, 0 for IQD, 3 for KWD; 2 for kWh."""
    return KWH_DECIMALS if currency == KWH else get_currency_precision(currency)


def one_line(text: str) -> str:
    """The text without line ends, control characters and direction marks."""
    return " ".join("".join(_harmless(character) for character in text).split())


def _harmless(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


def _pattern(decimals: int, most: int | None = None) -> str:
    fraction = "0" * decimals + "#" * ((most or decimals) - decimals)
    return f"#,##0.{fraction}" if fraction else "#,##0"


def _runs_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"R", "AL"}
