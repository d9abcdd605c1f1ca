"""What people read of numbers and time: rounded once, in their locale, with the sign on the right side."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from documents.catalogue import translator
from documents.formats import Formats, Isolation, decimals_of, one_line, round_to
from prepaid.language import use
from tests.documents.test_catalogue import add_catalogue

BAGHDAD = ZoneInfo("Asia/Baghdad")
ENGLISH = Formats("en", BAGHDAD)
ARABIC = Formats("ar", BAGHDAD)
ARABIC_HTML = Formats("ar", BAGHDAD, Isolation.HTML)
MONEY = st.decimals(min_value=-900_000_000_000, max_value=900_000_000_000, places=7)
ENERGY = st.integers(min_value=-(10**15), max_value=10**15)


@given(amount=MONEY, currency=st.sampled_from(["USD", "IQD", "KWD", "kWh"]))
def test_rounding_never_changes_a_shown_amount_by_more_than_half_a_unit(amount: Decimal, currency: str) -> None:
    shown = number_in(ENGLISH.money(amount, currency))

    assert abs(shown - amount) <= Decimal("0.5").scaleb(-decimals_of(currency))


@given(amount=MONEY, currency=st.sampled_from(["USD", "IQD", "KWD", "kWh"]), language=st.sampled_from(["en", "ar"]))
def test_no_amount_is_shown_as_minus_zero(amount: Decimal, currency: str, language: str) -> None:
    shown = Formats(language, BAGHDAD).money(amount.scaleb(-11), currency)

    assert "-" not in shown or re.search("[1-9]", shown)


@given(energy_wh=ENERGY, decimals=st.integers(min_value=0, max_value=3))
def test_rounding_never_changes_a_shown_energy_by_more_than_half_a_unit(energy_wh: int, decimals: int) -> None:
    shown = number_in(ENGLISH.energy(energy_wh, decimals))

    assert abs(shown * 1000 - energy_wh) <= Decimal(500).scaleb(-decimals)


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.125", "0.12"), ("0.135", "0.14"), ("-0.125", "-0.12"), ("0.1250001", "0.13")]
)
def test_a_tie_is_rounded_to_the_even_digit(amount: str, rounded: str) -> None:
    assert str(round_to(Decimal(amount), 2)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("12345.6", "USD", "$12,345.60"),
        ("-12345.6", "USD", "-$12,345.60"),
        ("-0.004", "USD", "$0.00"),
        ("12345.5", "IQD", "IQD\u00a012,346"),
        ("1.23456", "KWD", "KWD\u00a01.235"),
        ("-1.236", "kWh", "-1.24\u00a0kWh"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount: str, currency: str, shown: str) -> None:
    assert ENGLISH.money(Decimal(amount), currency) == shown


def test_an_instant_of_today_is_told_by_its_time_alone() -> None:
    noon = datetime(2026, 1, 5, 9, tzinfo=UTC)

    assert ENGLISH.near(noon, noon + timedelta(hours=11)) == ENGLISH.time(noon)
    assert ENGLISH.near(noon, noon + timedelta(hours=12)) == ENGLISH.instant(noon)


def test_large_sums_are_told_in_millions_where_there_is_little_room() -> None:
    assert ENGLISH.money_short(Decimal("19634000.5"), "IQD") == "IQD\u00a019.63M"
    assert ENGLISH.money_short(Decimal(-2_000_000_000), "USD") == "-$2B"
    assert ENGLISH.money_short(Decimal("999999.5"), "USD") == ENGLISH.money(Decimal("999999.5"), "USD")
    assert ENGLISH.money_short(Decimal(5_000_000), "kWh") == ENGLISH.money(Decimal(5_000_000), "kWh")


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        ("0.1500", "USD", "$0.15/kWh"),
        ("0.1525", "USD", "$0.1525/kWh"),
        ("120", "IQD", "IQD\u00a0120/kWh"),
        ("2.5000", "kWh", "2.5\u00a0kWh/kWh"),
    ],
)
def test_a_price_is_shown_with_all_its_decimals(price: str, currency: str, shown: str) -> None:
    assert ENGLISH.price(Decimal(price), currency) == shown


@pytest.mark.parametrize(
    ("power_w", "shown"),
    [
        (999.4, "999\u00a0W"),
        (999.6, "1.00\u00a0kW"),
        (-12345.0, "-12.34\u00a0kW"),
        (-0.2, "0\u00a0W"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_power_is_shown_in_watts_or_kilowatts(power_w: float, shown: str) -> None:
    assert ENGLISH.power(power_w) == shown


def test_numbers_and_shares_are_shown_in_the_locale() -> None:
    german = Formats("de", BAGHDAD)

    assert german.number(Decimal("1234.565"), 2) == "1.234,56"
    assert german.number(1234567) == "1.234.567"
    assert german.share(Decimal("0.125")) == "12\u00a0%"
    assert german.energy(1_234_567) == "1.234,57\u00a0kWh"


def test_instants_and_dates_are_shown_in_the_zone_of_the_site() -> None:
    late = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)

    assert Formats("en_GB", BAGHDAD).instant(late) == "6 Jan 2026, 01:30"
    assert Formats("en_GB", ZoneInfo("Asia/Kathmandu")).instant(late) == "6 Jan 2026, 04:15"
    assert Formats("de", BAGHDAD).date(date(2026, 1, 5)) == "05.01.2026"


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (timedelta(days=2, hours=4, minutes=59), "2 days 4 hours"),
        (timedelta(days=1, minutes=59), "1 day"),
        (timedelta(hours=1, minutes=1, seconds=59), "1 hour 1 minute"),
        (timedelta(seconds=61), "1 minute 1 second"),
        (timedelta(seconds=0.9), "0 seconds"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_a_duration_is_its_two_largest_units(duration: timedelta, shown: str) -> None:
    assert ENGLISH.duration(duration) == shown


def test_a_duration_uses_the_plural_forms_of_the_language(tmp_path: Path) -> None:
    forms = "{number} يوم|يوم|يومان|{number} أيام|{number} يومًا|{number} يوم"
    add_catalogue(tmp_path, "ar", {"{number} day|{number} days": forms})

    with use(translator("ar", tmp_path)):
        shown = [ARABIC.duration(timedelta(days=days)) for days in (1, 2, 3, 11, 100)]

    assert shown == ["يوم", "يومان", "3 أيام", "11 يومًا", "100 يوم"]


@pytest.mark.parametrize(("number", "shown"), [(0, "0 recharges"), (1, "1 recharge"), (2, "2 recharges")])
def test_one_is_counted_as_one(number: int, shown: str) -> None:
    assert ENGLISH.plural("{number} recharge|{number} recharges", number) == shown


def test_an_untranslated_duration_is_good_english() -> None:
    assert ARABIC.duration(timedelta(days=1, hours=2)) == "1 day 2 hours"


def test_a_debt_keeps_its_sign_on_the_left_in_right_to_left_text() -> None:
    debt = ARABIC.money(Decimal("-12.5"), "USD")

    assert debt == "\u2066-12.50\u00a0US$\u2069"


def test_numbers_with_a_unit_are_isolated_in_right_to_left_languages_only() -> None:
    shown = [formats.energy(5000) for formats in (ENGLISH, ARABIC, Formats("ckb", BAGHDAD))]

    assert [text[0] + text[-1] for text in shown] == ["5h", "\u2066\u2069", "\u2066\u2069"]


def test_html_isolates_by_elements_and_escapes_names() -> None:
    sentence = ARABIC_HTML.sentence(
        "<{name}> {debt}", name=ARABIC_HTML.name("<b>A & B"), debt=ARABIC_HTML.money(Decimal(-1), "USD")
    )

    assert isinstance(sentence, Markup)
    assert sentence == '&lt;<bdi>&lt;b&gt;A &amp; B</bdi>&gt; <bdi dir="ltr">-1.00\u00a0US$</bdi>'


def test_a_name_of_the_other_direction_is_isolated() -> None:
    assert ENGLISH.name("مخبز 12") == "\u2068مخبز 12\u2069"
    assert ENGLISH.name("Shop 12") == "Shop 12"
    assert ARABIC.name("Shop 12") == "\u2068Shop 12\u2069"


def test_a_name_stays_on_its_line_and_keeps_the_joiners_of_its_language() -> None:
    name = one_line("  A\r\nBcc: x\u202e\u2067 نانەوا\u200cخانە\x00 ")

    assert name == "A Bcc: x نانەوا\u200cخانە"


def number_in(shown: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.-]", "", shown.replace("kWh", "")))


def test_the_scale_of_a_chart_names_days_months_and_times_shortly() -> None:
    noon = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)

    assert ENGLISH.day(noon.date()) == "Nov 3"
    assert ENGLISH.weekday(noon.date()) == "Tue"
    assert ENGLISH.month(noon.date()) == "Nov 2026"
    assert ENGLISH.time(noon) == "12:30\u202fPM"
    assert ARABIC.day(noon.date()) == "3 نوفمبر"


@pytest.mark.parametrize(("language", "separators"), [("en", ".,"), ("de", ",."), ("ckb", ".,")])
def test_the_separators_of_a_language_are_those_of_its_numbers(language: str, separators: str) -> None:
    assert Formats(language, BAGHDAD).separators == separators


@pytest.mark.parametrize(
    ("energy_wh", "shown"),
    [
        (530, "0.53\u00a0kWh"),
        (99_999, "100.00\u00a0kWh"),
        (123_456, "123\u00a0kWh"),
        (9_999_000, "9,999\u00a0kWh"),
        (44_787_123, "44.8\u00a0MWh"),
        (12_345_678_900, "12,345.7\u00a0MWh"),
    ],
)
def test_much_energy_is_written_in_few_digits(energy_wh: int, shown: str) -> None:
    assert ENGLISH.energy_short(energy_wh) == shown


def test_sizes_of_files_are_megabytes_and_then_gigabytes() -> None:
    assert [ENGLISH.size(size).replace("\u00a0", " ") for size in (0, 999_400_000, 999_600_000, 10_260_000_000)] == [
        "0 MB",
        "999 MB",
        "1.0 GB",
        "10.3 GB",
    ]
