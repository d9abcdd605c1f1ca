"""The statement of an account as a page to be printed or kept: records in, HTML out, in the language of its reader."""

from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from documents.catalogue import readable, translator
from documents.entry_texts import KINDS
from documents.formats import Formats
from documents.standing_texts import SOURCES
from prepaid.calendar import zone
from prepaid.language import _, use
from prepaid.statements import Statement
from prepaid.units import ZERO, negative


class Table(NamedTuple):
    """A table as it is read; the first column is text, the others are numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Page(NamedTuple):
    """What the template lays out."""

    title: str
    language: str
    direction: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    total: str
    balance: str


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def statement_page(statement: Statement, language: str) -> str:
    """The whole page; it needs nothing from elsewhere. The same statement gives the same words."""
    assert statement.adds_up, "the lines of a statement make its balance"
    with use(translator(language)):
        words = Formats(readable(language), zone(statement.zone_name))
        return _templates.get_template("statement.html").render(page=_page(statement, words))


def _page(statement: Statement, words: Formats) -> Page:
    used = (_used(statement, words), _counters(statement, words))
    return Page(
        title=words.sentence(_("Statement of account {number}"), number=statement.number),
        language=str(words.locale).replace("_", "-"),
        direction="rtl" if words.right_to_left else "ltr",
        facts=_facts(statement, words),
        tables=(*(each for each in used if each.rows), _money(statement, words)),
        total=_total(statement),
        balance=words.money(abs(statement.balance), statement.currency),
    )


def _total(statement: Statement) -> str:
    if statement.debt > ZERO:
        return _("Still to be paid")
    return _("Left on the account")


def _facts(statement: Statement, words: Formats) -> tuple[tuple[str, str], ...]:
    facts = [
        (_("Site"), words.name(statement.site_name)),
        (_("Tenant"), words.name(statement.tenant_name)),
        (_("Unit"), words.name(statement.unit or "")),
        (_("Opened"), words.instant(statement.opened_at)),
        (_("Closed"), "" if statement.closed_at is None else words.instant(statement.closed_at)),
        (_("As of"), words.instant(statement.at)),
    ]
    return tuple(fact for fact in facts if fact[1])


def _used(statement: Statement, words: Formats) -> Table:
    currency = statement.currency
    return Table(
        _("Electricity"),
        (_("Source"), _("Price"), _("kWh"), _("Amount")),
        tuple(
            (
                _(SOURCES[line.source]),
                words.price(line.price_per_kwh, currency),
                words.energy(line.wh, 3),
                words.money(line.amount, currency),
            )
            for line in statement.used
        ),
    )


def _counters(statement: Statement, words: Formats) -> Table:
    return Table(
        _("Counters"),
        (_("Analyzer"), _("Source"), _("From"), _("Counter from"), _("To"), _("Counter to"), _("kWh")),
        tuple(
            (
                words.name(line.analyzer),
                _(SOURCES[line.source]),
                words.instant(line.from_at),
                words.energy(line.from_wh, 3),
                words.instant(line.to_at),
                words.energy(line.to_wh, 3),
                words.energy(line.wh, 3),
            )
            for line in statement.counters
        ),
    )


def _money(statement: Statement, words: Formats) -> Table:
    """Every kind of entry with its sum; together they are the balance."""
    currency = statement.currency
    rows = [
        (_(KINDS[line.kind]), words.number(line.number), words.money(line.amount, currency)) for line in statement.money
    ]
    if statement.used:
        rows.append((_("Electricity"), "", words.money(negative(statement.charged), currency)))
    return Table(_("Money"), (_("What"), _("Entries"), _("Amount")), tuple(rows))
