"""Which tables of a database are logs of Kepware, by the names and kinds of their columns: a site may rename them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.kepware.log import QUALITY_SUFFIX, STAMP_SUFFIX, VALUE_SUFFIX, LogTable, Shape
from sql.tables import kepware_log, metadata

TABLES_AT_MOST = 500
FOUND_AT_MOST = 20
SYSTEM_SCHEMAS = ("db_", "guest", "sys", "information_schema")
TAG_NAMES = ("NAME", "TAG", "TAGNAME", "TAGID", "ITEM", "ITEMNAME", "ITEMID", "POINT", "POINTNAME")
VALUE_NAMES = ("VALUE", "VAL", "TAGVALUE", "ITEMVALUE", "DATA", "READING")
STAMP_NAMES = ("TIMESTAMP", "STAMP", "TIME", "DATETIME", "DATE", "TS", "TIMESTAMPUTC", "UTC", "LOGGEDAT")
QUALITY_NAMES = ("QUALITY", "QUAL", "Q", "OPCQUALITY", "STATUS")
ID_NAMES = ("ID", "ROWID", "ROWNO", "INDEX", "SEQ", "SEQUENCE", "RECORDID")
_LANDING = kepware_log.name.lower()
_OURS = frozenset(table.name.lower() for table in metadata.tables.values()) - {_LANDING}
"""In lower case, since a server that is compatible with SQL Server tells the names of tables so."""

Column = Mapping[str, Any]


def discover(conn: Connection) -> list[LogTable]:
    """The tables that can be read as a log, at most 20 of them, the product's own landing table last."""
    inspector = sa.inspect(conn)
    schemas: list[str | None] = [None]
    if conn.dialect.name != "sqlite":
        schemas = [name for name in inspector.get_schema_names() if not name.lower().startswith(SYSTEM_SCHEMAS)]
    found = []
    looked = 0
    for schema in schemas:
        for (_schema, name), columns in inspector.get_multi_columns(schema=schema).items():
            looked += 1
            if looked > TABLES_AT_MOST:
                break
            table = None if name.lower() in _OURS else log_table(schema, name, columns)
            if table is not None:
                found.append(table)
    return sorted(found, key=lambda table: (table.name.lower() == _LANDING, table.where))[:FOUND_AT_MOST]


def log_table(schema: str | None, name: str, columns: Sequence[Column]) -> LogTable | None:
    """The table as a log; None where it is none. Every log needs a whole number that rises with each row."""
    row_id = _row_id(columns)
    if row_id is None:
        return None
    if next(wide_tags(columns), None) is not None:
        return LogTable(schema=schema, name=name, shape=Shape.WIDE, id_column=row_id)
    tag = _named(columns, TAG_NAMES, sa.String)
    value = _named(columns, VALUE_NAMES, sa.types.TypeEngine)
    stamp = _named(columns, STAMP_NAMES, sa.DateTime)
    quality = _named(columns, QUALITY_NAMES, sa.Integer)
    if tag is None or value is None or stamp is None or quality is None:
        return None
    return LogTable(
        schema=schema,
        name=name,
        shape=Shape.NARROW,
        id_column=row_id,
        tag_column=tag,
        value_column=value,
        stamp_column=stamp,
        quality_column=quality,
    )


def wide_tags(columns: Sequence[Column]) -> Iterator[str]:
    """The tags that have their own columns for value, stamp and quality."""
    names = {str(column["name"]) for column in columns}
    for name in sorted(names):
        tag = name.removesuffix(VALUE_SUFFIX)
        if tag and tag != name and {f"{tag}{STAMP_SUFFIX}", f"{tag}{QUALITY_SUFFIX}"} <= names:
            yield tag


def _row_id(columns: Sequence[Column]) -> str | None:
    whole = [column for column in columns if isinstance(column["type"], sa.Integer)]
    for column in whole:
        if column.get("autoincrement") is True or column.get("identity"):
            return str(column["name"])
    return _named(whole, ID_NAMES, sa.Integer)


def _named(columns: Sequence[Column], names: Sequence[str], kind: type[sa.types.TypeEngine[Any]]) -> str | None:
    """The column of that kind with the likeliest of the names; else the only one of its kind that is named like a part
    of one of them, as in PlantTagName."""
    fitting = {_plain(column["name"]): str(column["name"]) for column in columns if isinstance(column["type"], kind)}
    for name in names:
        if name in fitting:
            return fitting[name]
    if kind is sa.DateTime and len(fitting) == 1:
        return next(iter(fitting.values()))
    parts = [real for plain, real in fitting.items() if any(len(name) > 3 and name in plain for name in names)]
    return parts[0] if len(parts) == 1 else None


def _plain(name: object) -> str:
    return "".join(letter for letter in str(name).upper() if letter.isalnum())
