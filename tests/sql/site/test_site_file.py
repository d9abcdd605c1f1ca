"""The site file by itself: the example is right, and every wrong line is told with its key and what to do."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from prepaid.errors.start import SiteFileInvalid, SiteFileUnreadable
from prepaid.records import Purpose, Role, Source, Wiring
from prepaid.site_calendar import OwnDay, hours_fact
from sql.site.file import MOST_BYTES, MOST_PROBLEMS, read_site_file

EXAMPLE = Path(__file__).parents[3] / "docs" / "site-example.toml"
SMALL = """
[site]
name = "Mall"
time_zone = "Asia/Baghdad"
currency = "IQD"

[[plans]]
name = "Shops"
grid = "150"
generator = 450.5

[[tenants]]
name = "Bakery"
plan = "Shops"

[[tenants.contacts]]
name = "Sara"
email = "sara@example.com"

[[analyzers]]
name = "M-1"
purpose = "tenant"
tenant = "Bakery"
host = "10.0.0.1"
ct_primary_a = 100
rated_power_w = 69000
wiring = "held_on_supply"

[[users]]
user_name = "Layla"
role = "admin"
email = "layla@example.com"
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a file of this text."""
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteFileInvalid, match="nothing was written") as raised:
        read_site_file(path)
    return [line.strip() for line in str(raised.value).splitlines()[1:]]


def test_the_example_is_right_and_shows_every_kind_of_line() -> None:
    found = read_site_file(EXAMPLE)

    assert found.site.name == "Riverside Mall"
    assert found.plans[1].prices == {Source.GRID: Decimal("120.5"), Source.GENERATOR: Decimal(360)}
    assert [contact.email for contact in found.tenants[0].contacts] == ["sara@example.com", None]
    assert {analyzer.purpose for analyzer in found.analyzers} == set(Purpose) - {Purpose.CHECK}
    assert {Wiring.HELD_ON_SUPPLY, Wiring.HELD_ON_CUT, Wiring.PULSE_PAIR} <= {each.wiring for each in found.analyzers}
    assert hours_fact(found.no_cut_hours) == ("3 20:00-24:00; 4 00:00-08:00, 20:00-24:00; 5 00:00-08:00; 7 00:00-24:00")
    assert hours_fact(found.tenants[0].no_cut_hours) == "5 02:00-05:00, 14:00-15:30"
    assert found.holidays == (OwnDay(date(2027, 4, 1), "Founding day"),)
    assert [user.role for user in found.users] == [Role.ADMIN, Role.CASHIER, Role.MANAGER]


def test_the_example_annotates_every_key_of_an_analyzer() -> None:
    written = set().union(*tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["analyzers"])

    known = set(read_site_file(EXAMPLE).analyzers[0].__dataclass_fields__)

    assert known - written == {"serial_number", "output_group"}


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SMALL, encoding="utf-8")

    found = read_site_file(path)

    analyzer, tenant, user = found.analyzers[0], found.tenants[0], found.users[0]
    assert (analyzer.port, analyzer.unit_id, analyzer.generator_tariff, analyzer.serial_number) == (502, 1, 2, None)
    assert (tenant.opening_balance, tenant.account, tenant.language) == (Decimal(0), None, "en")
    assert (found.site.subdivision, found.no_cut_hours, found.holidays) == (None, frozenset(), ())
    assert tenant.no_cut_hours == frozenset()
    assert (user.user_name, user.display_name, user.first_password) == ("layla", "Layla", None)
    assert found.plans[0].prices[Source.GENERATOR] == Decimal("450.5")


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ('name = "Mall"', "", 'site.name: it is missing. Write: name = "Riverside Mall"'),
        ('name = "Mall"', 'name = ""', 'site.name: it is missing. Write: name = "Riverside Mall"'),
        ('name = "Mall"', "name = 5", "site.name: it is not a text. Put it in quotes."),
        ('name = "Mall"', f'name = "{"x" * 121}"', "site.name: it has more than 120 characters. Shorten it."),
        ("Asia/Baghdad", "Asia/Bagdad", 'site.time_zone: "Asia/Bagdad" is no time zone. Write it like Asia/Baghdad.'),
        (
            'currency = "IQD"',
            'currency = "dinar"',
            'site.currency: "dinar" has not the right form. Write it like "IQD".',
        ),
        (
            'grid = "150"',
            'grid = "dear"',
            'plans[1] "Shops".grid: "dear" is not a valid price per kWh: not a number. '
            "Enter a number of 0 or more with at most 4 decimals.",
        ),
        ('grid = "150"', "", 'plans[1] "Shops".grid: it is missing. Write: grid = "150"'),
        (
            "generator = 450.5",
            "generator = 450.12345",
            'plans[1] "Shops".generator: "450.12345" is not a valid price per kWh: more than 4 decimals. '
            "Enter a number of 0 or more with at most 4 decimals.",
        ),
        (
            'plan = "Shops"',
            'plan = "Homes"',
            'tenants[1] "Bakery".plan: there is no plan "Homes" in this file. '
            "Add it under [[plans]], or choose one of it.",
        ),
        (
            'plan = "Shops"',
            'plan = "Shops"\nemergency_credit = -1',
            'tenants[1] "Bakery".emergency_credit: it is below 0. Write 0, or how far the balance may fall below 0.',
        ),
        (
            'plan = "Shops"',
            'plan = "Shops"\nrestore_threshold = "-5"',
            'tenants[1] "Bakery".restore_threshold: it is below minus the emergency credit, '
            "where the supply is cut. Raise it.",
        ),
        (
            'email = "sara@example.com"',
            'email = "sara"',
            'tenants[1] "Bakery".contacts[1] "Sara".email: "sara" is no mail address. Write it like name@example.com.',
        ),
        (
            'email = "sara@example.com"',
            "",
            'tenants[1] "Bakery".contacts[1] "Sara".email: there is neither a mail address nor a phone number. '
            "Write one of them.",
        ),
        (
            'purpose = "tenant"',
            'purpose = "shop"',
            'analyzers[1] "M-1".purpose: "shop" is not one of tenant, common, grid_incomer, generator_incomer, check. '
            "Choose one.",
        ),
        (
            'tenant = "Bakery"',
            'tenant = "Bakers"',
            'analyzers[1] "M-1".tenant: there is no tenant "Bakers" in this file. '
            "Add it to the tenants, or correct it.",
        ),
        (
            'tenant = "Bakery"',
            "",
            'analyzers[1] "M-1".tenant: it is missing. Name the tenant, or choose another purpose than "tenant".',
        ),
        (
            'purpose = "tenant"\ntenant = "Bakery"',
            'purpose = "check"',
            'analyzers[1] "M-1".wiring: incomers and check meters are never switched. Write "none".',
        ),
        (
            'host = "10.0.0.1"',
            'host = "10.0.0.1"\nport = 70000',
            'analyzers[1] "M-1".port: 70000 is not a whole number from 1 to 65535. Correct it.',
        ),
        (
            'host = "10.0.0.1"',
            'hots = "10.0.0.1"',
            'analyzers[1] "M-1".hots: this key is not known. Did you mean host?',
        ),
        (
            'host = "10.0.0.1"',
            'host = "10.0.0.1"\ntaps_below_contactor = "yes"',
            'analyzers[1] "M-1".taps_below_contactor: "yes" is neither true nor false. '
            "Write one of them, without quotes.",
        ),
        (
            'wiring = "held_on_supply"',
            'wiring = "pulse_pair"\nfeedback_input = 1\nremote_timeout_s = 5',
            'analyzers[1] "M-1".close_output: this wiring closes by the other output. Write its number, 0 or 1.',
        ),
        (
            'wiring = "held_on_supply"',
            'wiring = "pulse_trip"\nremote_timeout_s = 5',
            'analyzers[1] "M-1".feedback_input: without a feedback contact a pulse cannot be confirmed. '
            "Write its input, 0 or 1.",
        ),
        (
            'role = "admin"',
            'role = "tenant"',
            'users[1] "Layla".role: "tenant" is not one of admin, cashier, manager. Choose one.',
        ),
        (
            'user_name = "Layla"',
            'user_name = "La\u200byla"',
            'users[1] "La\u200byla".user_name: nobody can sign in by this name. Choose another one.',
        ),
        (
            "[[plans]]",
            '[settings]\nlow_days = 99\n[[plans]]',
            'settings.low_days: "99" is wrong: not a number from 0 to 60. Correct it, or delete the line.',
        ),
        (
            "[[plans]]",
            '[settings]\nlow_weeks = 9\n[[plans]]',
            'settings.low_weeks: "9" is wrong: there is no such setting. Correct it, or delete the line.',
        ),
        (
            'currency = "IQD"',
            'currency = "IQD"\ncountry = "DE"\nsubdivision = "ZZ"',
            'site.subdivision: "ZZ" is no part of the country whose holidays are known. Correct it.',
        ),
        (
            "[[plans]]",
            '[no_cut_hours]\nmonday = "at night"\n[[plans]]',
            'no_cut_hours.monday: The hours "at night" cannot be read. '
            "Write them like 20:00-08:00, at most six on a day, with commas between.",
        ),
        (
            "[[plans]]",
            '[no_cut_hours]\nmoonday = "20:00-08:00"\n[[plans]]',
            "no_cut_hours.moonday: this key is not known. Did you mean monday?",
        ),
        (
            'plan = "Shops"',
            'plan = "Shops"\nno_cut_hours = "20:00-08:00"',
            'tenants[1] "Bakery".no_cut_hours: it is not a table. Begin it with [tenants.no_cut_hours].',
        ),
        (
            "[[plans]]",
            '[[holidays]]\nname = "Founding day"\ndate = "2027-04-01"\n[[plans]]',
            'holidays[1] "Founding day".date: "2027-04-01" is no date. Write it without quotes, like 2027-04-01.',
        ),
        (
            "[[plans]]",
            '[[holidays]]\nname = "Founding day"\n[[plans]]',
            'holidays[1] "Founding day".date: it is missing. Write: date = 2027-04-01',
        ),
        (
            "[[plans]]",
            '[[holidays]]\nname = "One"\ndate = 2027-04-01\n[[holidays]]\nname = "Two"\ndate = 2027-04-01\n[[plans]]',
            'holidays[2] "Two".date: "2027-04-01" is already taken by holidays[1]. Write another.',
        ),
        ("[[plans]]", "[colours]\n[[plans]]", "colours: this key is not known. Delete the line."),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_with_its_key_and_what_to_do(tmp_path: Path, line: str, instead: str, told: str) -> None:
    assert line in SMALL

    assert told in problems(tmp_path, SMALL.replace(line, instead, 1))


def test_names_addresses_and_numbers_may_come_only_once(tmp_path: Path) -> None:
    twice = SMALL + SMALL[SMALL.index("[[plans]]") :]

    found = problems(tmp_path, twice.replace('name = "M-1"', 'name = "M-1"\nserial_number = "LQ1"'))

    assert found == [
        'plans[2] "Shops".name: "Shops" is already taken by plans[1]. Write another.',
        'tenants[2] "Bakery".name: "Bakery" is already taken by tenants[1]. Write another.',
        'analyzers[2] "M-1".name: "M-1" is already taken by analyzers[1]. Write another.',
        'analyzers[2] "M-1".serial_number: "LQ1" is already taken by analyzers[1]. Write another.',
        'analyzers[2] "M-1".host: "10.0.0.1:502/1" is already taken by analyzers[1]. Write another.',
        'users[2] "layla".user_name: "layla" is already taken by users[1]. Write another.',
    ]


def test_the_house_keeps_its_own_names(tmp_path: Path) -> None:
    text = SMALL.replace('plan = "Shops"', 'plan = "House, not sold"\naccount = "HOUSE"')
    text = text.replace('name = "Shops"', 'name = "House, not sold"')

    assert problems(tmp_path, text) == [
        'plans[1] "House, not sold".name: this name belongs to the plan of the house. Choose another.',
        'tenants[1] "Bakery".account: this number belongs to the account of the house. Choose another.',
    ]


def test_all_problems_are_told_at_once_but_not_without_end(tmp_path: Path) -> None:
    few = problems(tmp_path, SMALL.replace('"150"', '"-1"').replace("10.0.0.1", "ten zero").replace("IQD", ""))
    many = problems(tmp_path, SMALL + "[[users]]\n" * (MOST_PROBLEMS + 1))

    assert [each.split(": ")[0] for each in few] == [
        "site.currency",
        'plans[1] "Shops".grid',
        'analyzers[1] "M-1".host',
    ]
    assert len(many) == MOST_PROBLEMS + 1
    assert many[-1] == f"and {MOST_PROBLEMS + 2} more"


def test_an_empty_file_asks_for_a_site(tmp_path: Path) -> None:
    assert [each.split(":")[0] for each in problems(tmp_path, "")] == ["site.name", "site.time_zone", "site.currency"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[site\n", "it is not TOML: .* line 1"),
        (b'name = "\xff"', "it is not UTF-8 text"),
        (b"#" * (MOST_BYTES + 1), "larger than 4 MB"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "site.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SiteFileUnreadable, match=why):
        read_site_file(path)
