"""The workbook of an import: its three sheets and their columns, and the rows that were read from them.

Titles are the same in every language: a file that one person has filled in can be read by another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from prepaid.language import _, later
from prepaid.records import Purpose, Wiring

Value = str | int | Decimal | bool | date
MOST_ROWS = 2000
MOST_FINDINGS = 200


class Sheet(StrEnum):
    """The sheets that are read; any other one is for people."""

    TENANTS = "Tenants"
    ANALYZERS = "Analyzers"
    OPENINGS = "Opening balances"


class Kind(StrEnum):
    """What is written into a column."""

    TEXT = "text"
    WORD = "word"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `key` is its name in the product, `title` the one in the file; `about` is what a person reads."""

    key: str
    title: str
    kind: Kind
    about: str
    example: Value | None = None
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is not empty: the number of its line, and the values of its columns by key. Those of the `unread`
    columns stand there and could not be read."""

    line: int
    values: Mapping[str, Value]
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """What was read from a file; `findings` are what could not be read, a sentence each with its place."""

    sha256: str
    rows: Mapping[Sheet, tuple[Row, ...]]
    findings: tuple[str, ...] = ()


def _text(key: str, title: str, about: str, example: Value | None = None, *, needed: bool = False) -> Column:
    return Column(key=key, title=title, kind=Kind.TEXT, about=about, example=example, needed=needed)


def _number(key: str, title: str, about: str, example: Value | None = None, *, needed: bool = False) -> Column:
    return Column(key=key, title=title, kind=Kind.NUMBER, about=about, example=example, needed=needed)


def _word(key: str, title: str, about: str, example: str) -> Column:
    return Column(key=key, title=title, kind=Kind.WORD, about=about, example=example)


def _flag(key: str, title: str, about: str) -> Column:
    return Column(key=key, title=title, kind=Kind.FLAG, about=about)


COLUMNS: Mapping[Sheet, tuple[Column, ...]] = {
    Sheet.TENANTS: (
        _text("name", "Name", later("The tenant; once per site"), "Corner Bakery", needed=True),
        _text("unit", "Unit", later("Shop or flat"), "G-01"),
        _text("phone", "Phone", later("Phone of the tenant"), "+964 770 000 0001"),
        _text("language", "Language", later("Of mails and documents; empty: as the site has it"), "en"),
        _text("plan", "Plan", later("One of the plans of this site"), needed=True),
        _text("account", "Account number", later("Empty: the next free number"), "A-0001"),
        _number(
            "emergency_credit",
            "Emergency credit",
            later("So far below 0 the supply stays on, after the first recharge; empty: 0"),
            0,
        ),
        _number(
            "restore_threshold",
            "Restore threshold",
            later("A supply that was cut comes back above this balance; empty: 0"),
            0,
        ),
        _text("contact", "Contact", later("Who gets the mails; empty: the name of the tenant"), "Sara Karim"),
        _text("email", "Mail address", later("Of the contact"), "sara@example.com"),
        _text("contact_phone", "Contact phone", later("Of the contact"), "+964 770 000 0002"),
    ),
    Sheet.ANALYZERS: (
        _text("name", "Name", later("The analyzer; once per site"), "G-01 main", needed=True),
        _text("tenant", "Tenant", later("Name of the tenant; empty: it belongs to the site"), "Corner Bakery"),
        _text("location", "Location", later("Where it is"), "Ground floor, panel 2"),
        _word("purpose", "Purpose", later("Empty: tenant"), Purpose.TENANT),
        _text("host", "Host", later("IP address or name in the network"), "10.0.0.11", needed=True),
        _number("port", "Port", later("Empty: 502"), 502),
        _number("unit_id", "Unit id", later("Of Modbus; empty: 1"), 1),
        _text("serial_number", "Serial number", later("Empty: the one that is tested on the spot"), "LQN/123456"),
        _number("rated_power_w", "Rated power W", later("The most that can be drawn, in W"), 69_000, needed=True),
        _number("ct_primary_a", "CT primary A", later("Of the current transformers, in A"), 100, needed=True),
        _number("ct_secondary_a", "CT secondary A", later("1 or 5; empty: 5"), 5),
        _number("generator_tariff", "Generator tariff", later("1 or 2; empty: 2"), 2),
        _word("wiring", "Wiring", later("How the output acts on the supply; empty: none"), Wiring.HELD_ON_SUPPLY),
        _number("output", "Output", later("0 or 1; empty: 0"), 0),
        _number("close_output", "Close output", later("Of the wiring pulse_pair: 0 or 1")),
        _number("output_group", "Output group", later("0 to 99; mostly empty")),
        _number("feedback_input", "Feedback input", later("Input of a feedback contact: 0 or 1")),
        _flag("feedback_on_means_supply", "Feedback on means supply", later("yes or no; empty: yes")),
        _flag("taps_below_contactor", "Taps below contactor", later("yes or no; empty: no")),
        _number("remote_timeout_s", "Remote timeout s", later("Time-out set in the device, in seconds; mostly empty")),
        _number("priority", "Priority", later("0 to 9: higher ones are switched on first; empty: 0"), 0),
    ),
    Sheet.OPENINGS: (
        _text("tenant", "Tenant", later("Name of the tenant"), "Corner Bakery", needed=True),
        _number("amount", "Amount", later("What the old books say; below 0: a debt"), 125_000, needed=True),
        _text("currency", "Currency", later("That of the account: it is checked"), needed=True),
        Column(key="day", title="Date", kind=Kind.DAY, about=later("Of the old books; mostly the day of the import")),
        _text("note", "Note", later("Stands beside the entry"), "Old books, page 12"),
    ),
}
"""In the order of the file."""


def place(sheet: Sheet, line: int, title: str | None = None) -> str:
    """A cell, or a whole row, as people find it."""
    if title is None:
        return _("{sheet}, row {line}").format(sheet=sheet, line=line)
    return _('{sheet}, row {line}, column "{title}"').format(sheet=sheet, line=line, title=title)


def title_of(sheet: Sheet, key: str) -> str:
    """The title of a column."""
    return next((column.title for column in COLUMNS[sheet] if column.key == key), key)
