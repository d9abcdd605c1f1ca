"""How many bytes a row needs on SQL Server, by the widths of its columns: uncompressed, the key clustered.

A row is 4 bytes of header, its fixed columns, 2 bytes and a bit for each column that say which are NULL, and, where
there are variable ones, 2 bytes and 2 for each of them besides their text. 2 bytes in the page point at it. A page of
8192 has 8096 for rows. A row of a further index is its key and the clustered key.
"""

import math
from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

PAGE, OF_PAGE = 8192, 8096
FIXED = {"BIGINT": 8, "INTEGER": 4, "SMALLINT": 2, "FLOAT(24)": 4, "DATETIME2(3)": 7, "DATE": 3}
_new_dialect: Callable[[], Dialect] = mssql.dialect
_DIALECT = _new_dialect()


def bytes_of(table: sa.Table, texts: Mapping[str, int]) -> float:
    """Of one row with its share of pages and indexes. `texts`: the lengths of its texts; the others are empty."""
    row_bytes = _row_bytes(list(table.columns), texts) + 2
    pages = PAGE / math.floor(OF_PAGE / row_bytes)
    clustered = list(table.primary_key.columns)
    beside = [
        [*index.columns, *clustered] for index in table.indexes if index.dialect_options["mssql"]["where"] is None
    ]
    return pages + sum(PAGE / math.floor(OF_PAGE / (_row_bytes(columns, texts) + 2)) for columns in beside)


def _row_bytes(columns: list[sa.Column[object]], texts: Mapping[str, int]) -> int:
    names = {column.name: column.type.compile(_DIALECT) for column in columns}
    fixed = sum(_fixed(kind) for kind in names.values()) + math.ceil(list(names.values()).count("BIT") / 8)
    variable = {name: kind for name, kind in names.items() if "CHAR" in kind}
    chars = sum(texts.get(name, 0) * (2 if kind.startswith("N") else 1) for name, kind in variable.items())
    return 4 + fixed + 2 + math.ceil(len(names) / 8) + (2 + 2 * len(variable) + chars if variable else 0)


def _fixed(kind: str) -> int:
    if kind.startswith("NUMERIC"):
        digits = int(kind.partition("(")[2].partition(",")[0])
        return 5 if digits <= 9 else 9 if digits <= 19 else 13 if digits <= 28 else 17
    return FIXED.get(kind, 0)
