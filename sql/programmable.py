"""Views, procedures and roles of SQL Server: the committed scripts, as a DBA runs them, after every migration."""

from pathlib import Path

from sqlalchemy.engine import Connection

from sql.server import run_batch

FOLDER = Path(__file__).parent / "tsql"
SEPARATOR = "GO"
RENEWED = ("050_views.sql", "055_alarms.sql", "060_procedures.sql", "070_roles.sql")
"""What depends on the tables and has no rows of its own, so that it can be made anew each time."""


def renew(conn: Connection) -> None:
    """Makes views, procedures and roles as this program knows them, in the transaction of the migration.

    Without the frame of each script, which is for sqlcmd: options of the session that a connection of ours must not
    keep (NOCOUNT would hide how many rows a statement changed), and the guard against another version.
    """
    for name in RENEWED:
        _options, _guard, *made, _end = batches((FOLDER / name).read_text(encoding="utf-8"))
        for batch in made:
            run_batch(conn, batch)


def batches(script: str) -> list[str]:
    """The parts of a script between its lines GO, as sqlcmd sends them to the server."""
    parts = f"\n{script}\n".split(f"\n{SEPARATOR}\n")
    return [part.strip() for part in parts if part.strip()]
