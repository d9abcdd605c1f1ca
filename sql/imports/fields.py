"""Reading a row of a sheet column by column: every problem is noted with its cell, and none of them twice."""

from collections.abc import Mapping
from datetime import date

from prepaid.errors.tenants import TextInvalid
from prepaid.language import _
from prepaid.tenancy import optional
from prepaid.workbook import Row, Sheet, place, title_of
from sql.site.fields import Fields


class SheetFields(Fields):
    """One row. `names` are the keys of its columns where the reader calls them otherwise."""

    def __init__(self, sheet: Sheet, row: Row, problems: list[str], names: Mapping[str, str] | None = None) -> None:
        self._sheet, self._row, self._names = sheet, row, names or {}
        self._told = set(row.unread)
        values = {name: row.values[key] for name, key in self._names.items() if key in row.values}
        super().__init__(row.values if names is None else values, place(sheet, row.line), problems)

    def problem(self, name: str, why: str) -> None:
        """Notes what is wrong with a cell, the first thing only; one that could not be read has its finding already."""
        key = self._names.get(name, name)
        if key not in self._told:
            self._told.add(key)
            self._problems.append(f"{place(self._sheet, self._row.line, title_of(self._sheet, key))}: {why}")

    def optional_text(self, name: str, *, most: int = 120) -> str | None:
        """A text that can be seen, or None where the cell is empty."""
        found = super().optional_text(name, most=most)
        try:
            return optional(name, found, most)
        except TextInvalid as error:
            self.problem(name, _("{why}. Write it again.").format(why=error.fields["why"]))
            return None

    def day(self, name: str) -> date | None:
        """A date, or None where the cell is empty."""
        value = self._take(name)
        return value if isinstance(value, date) else None

    def _missing(self, name: str, example: str) -> None:
        said = _("it is missing. Write it, for example: {example}")
        self.problem(name, said.format(example=example.strip('"')))
