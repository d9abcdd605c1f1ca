"""What `python -m sql create` and `upgrade` say about a server that is compatible with SQL Server."""

import sys

from prepaid.language import _
from sql import schema
from sql.connection import Database


def tell_left_out(database: Database) -> None:
    """Says which views, procedures and roles the server has not taken; nothing where all of them are there."""
    names = schema.left_out(database)
    if names:
        said = _(
            "This server does not take all of T-SQL. Left out: {names}. The product itself needs none of them; "
            "programs may use the REST API instead (docs/dba.md)."
        )
        sys.stdout.write(f"{said.format(names=', '.join(names))}\n")
