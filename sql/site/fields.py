"""Reading the tables of a TOML file key by key: every problem is noted with its key and what to do, none is raised."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from prepaid.errors.base import PrepaidError
from prepaid.language import _
from prepaid.no_cut import Window
from prepaid.site_calendar import read_hours
from prepaid.tenancy import MAIL, MOST_MAIL
from prepaid.units import to_amount, to_price

Word = TypeVar("Word", bound=StrEnum)


class Fields:
    """One table of the file. `where` names it for people, `heading` is what stands above it in the file; keys that
    nobody asked for are unknown (`done`)."""

    def __init__(self, table: Mapping[str, Any], where: str, problems: list[str], heading: str = "") -> None:
        self.where = where
        self._heading = heading
        self._table = table
        self._problems = problems
        self._asked: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def problem(self, name: str, why: str) -> None:
        """Notes what is wrong with a key; `why` ends with what to do."""
        place = ".".join(part for part in (self.where, name) if part)
        self._problems.append(f"{place}: {why}")

    def text(self, name: str, *, most: int = 120, example: str | None = None) -> str:
        """A text that must be there."""
        if self._table.get(name, "") == "":
            self._missing(name, f'"{example or "..."}"')
        return self.optional_text(name, most=most) or ""

    def optional_text(self, name: str, *, most: int = 120) -> str | None:
        """A text, or None where it is left out or empty."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problem(name, _("it is not a text. Put it in quotes."))
            return None
        if len(value.strip()) > most:
            self.problem(name, _("it has more than {most} characters. Shorten it.").format(most=most))
            return None
        return value.strip() or None

    def code(self, name: str, pattern: str, *, example: str, default: str | None = None) -> str:
        """A short code of a fixed form, that must be there if there is no default."""
        if default is None and self._table.get(name, "") == "":
            self._missing(name, f'"{example}"')
        return self.optional_code(name, pattern, example=example) or default or ""

    def optional_code(self, name: str, pattern: str, *, example: str) -> str | None:
        """A short code of a fixed form, or None where it is left out."""
        value = self.optional_text(name, most=300)
        if value is not None and not re.fullmatch(pattern, value):
            why = _('"{value}" has not the right form. Write it like "{example}".')
            self.problem(name, why.format(value=value, example=example))
            return None
        return value

    def hours(self, name: str, weekday: int) -> frozenset[Window]:
        """Hours of a weekday as people write them; none where they are left out."""
        try:
            return read_hours({weekday: self.optional_text(name, most=300) or ""})
        except PrepaidError as error:
            self.problem(name, str(error))
            return frozenset()

    def calendar_day(self, name: str, *, example: str) -> date:
        """A date of the calendar, that must be there."""
        value = self._take(name)
        if value is None:
            self._missing(name, example)
        elif not isinstance(value, date) or isinstance(value, datetime):
            why = _("{value} is no date. Write it without quotes, like {example}.")
            self.problem(name, why.format(value=_shown(value), example=example))
        else:
            return value
        return date.min

    def mail(self, name: str) -> str | None:
        """A mail address, or None where it is left out."""
        value = self.optional_text(name, most=MOST_MAIL)
        if value is not None and not MAIL.fullmatch(value):
            self.problem(name, _('"{value}" is no mail address. Write it like name@example.com.').format(value=value))
            return None
        return value

    def whole(self, name: str, least: int, most: int, *, default: int | None = None) -> int:
        """A whole number within bounds."""
        found = self.optional_whole(name, least, most)
        if found is None:
            if name not in self._table and default is None:
                self._missing(name, str(least))
            return least if default is None else default
        return found

    def optional_whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number within bounds, or None where it is left out."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.problem(
                name,
                _("{value} is not a whole number from {least} to {most}. Correct it.").format(
                    value=_shown(value), least=least, most=most
                ),
            )
            return None
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """true or false."""
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            why = _("{value} is neither true nor false. Write one of them, without quotes.")
            self.problem(name, why.format(value=_shown(value)))
            return default
        return value

    def word(self, name: str, words: Sequence[Word], *, default: Word | None = None) -> Word:
        """One word of a closed list."""
        value = self._take(name)
        if value is None and default is not None:
            return default
        known = {word.value: word for word in words}
        if value is None:
            self._missing(name, f'"{words[0].value}"')
        elif value not in known:
            why = _("{value} is not one of {words}. Choose one.")
            self.problem(name, why.format(value=_shown(value), words=", ".join(known)))
        else:
            return known[value]
        return words[0] if default is None else default

    def amount(self, name: str, *, default: Decimal | None = None) -> Decimal:
        """An amount of money, exact to 7 decimals."""
        return self._number(name, to_amount, default)

    def price(self, name: str) -> Decimal:
        """A price per kWh, exact to 4 decimals."""
        return self._number(name, to_price, None)

    def tables(self, name: str, *, most: int) -> list["Fields"]:
        """An array of tables, `[[name]]`; each is named by its number and, where it has one, its name."""
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            said = _("it is not a list of tables. Begin each with [[{name}]].")
            self.problem(name, said.format(name=self._below(name)))
            return []
        if len(value) > most:
            self.problem(name, _("there are more than {most}. Split the site.").format(most=most))
            return []
        return [
            Fields(each, f"{self.where}.{place}" if self.where else place, self._problems, self._below(name))
            for number, each in enumerate(value, start=1)
            for place in (f"{name}[{number}]{_named(each)}",)
        ]

    def table(self, name: str) -> "Fields":
        """One table, `[name]`; an empty one where it is left out."""
        value = self._take(name)
        if value is not None and not isinstance(value, dict):
            self.problem(name, _("it is not a table. Begin it with [{name}].").format(name=self._below(name)))
            value = None
        where = f"{self.where}.{name}" if self.where else name
        return Fields(value or {}, where, self._problems, self._below(name))

    def rest(self) -> dict[str, Any]:
        """All keys with their values, for tables whose keys are names of something else."""
        self._asked += self._table
        return dict(self._table)

    def done(self) -> None:
        """Notes the keys that nobody asked for."""
        for name in self._table:
            if name not in self._asked:
                near = difflib.get_close_matches(name, self._asked, 1)
                advice = _("Did you mean {near}?").format(near=near[0]) if near else _("Delete the line.")
                self.problem(name, _("this key is not known. {advice}").format(advice=advice))

    def _number(self, name: str, read: Callable[[Any], Decimal], default: Decimal | None) -> Decimal:
        value = self._take(name)
        if value is None:
            if default is None:
                self._missing(name, '"150"')
            return Decimal(0) if default is None else default
        try:
            return read(value)
        except PrepaidError as error:
            self.problem(name, str(error))
            return Decimal(0)

    def _below(self, name: str) -> str:
        return f"{self._heading}.{name}" if self._heading else name

    def _take(self, name: str) -> Any:
        if name not in self._asked:
            self._asked.append(name)
        return self._table.get(name)

    def _missing(self, name: str, example: str) -> None:
        self.problem(name, _("it is missing. Write: {name} = {example}").format(name=name, example=example))


def _named(table: Mapping[str, Any]) -> str:
    name = table.get("name", table.get("user_name"))
    return f' "{name}"' if isinstance(name, str) and name else ""


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
