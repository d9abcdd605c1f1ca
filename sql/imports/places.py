"""How the rows of a workbook are named to people: by sheet, row and column, whatever they are called inside."""

from collections.abc import Mapping, Sequence

from prepaid.workbook import Row, Sheet, place, title_of
from sql.site.places import Places

SHEETS = {"tenants": Sheet.TENANTS, "analyzers": Sheet.ANALYZERS}
CONTACT_COLUMNS = {"name": "contact", "email": "email", "phone": "contact_phone"}


class SheetPlaces(Places):
    """Of the rows of one workbook, which are numbered as they come."""

    def __init__(self, rows: Mapping[Sheet, Sequence[Row]]) -> None:
        self._rows = rows

    def row(self, kind: str, number: int, name: str) -> str:
        return self.brief(kind, number)

    def brief(self, kind: str, number: int) -> str:
        return place(SHEETS[kind], self._line(kind, number))

    def key(self, kind: str, number: int, name: str, key: str) -> str:
        return place(SHEETS[kind], self._line(kind, number), title_of(SHEETS[kind], key))

    def contact(self, number: int, tenant: str, contact: str, key: str) -> str:
        return self.key("tenants", number, tenant, CONTACT_COLUMNS[key])

    def _line(self, kind: str, number: int) -> int:
        return self._rows[SHEETS[kind]][number - 1].line
