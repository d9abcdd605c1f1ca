"""`python -m sql`: makes and upgrades the database, writes its T-SQL, checks it, fills it."""

import argparse
import errno
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy.exc import DBAPIError

from prepaid.errors.base import PrepaidError
from prepaid.errors.start import DatabaseUnavailable
from prepaid.language import _
from prepaid.settings import Environment, environment
from sql import ddl, programmable, schema
from sql.connection import Database
from sql.left_out import tell_left_out
from sql.troubles import words

ENV_FILE = Path(__file__).parent.parent / ".env"
DIFFERENT = 1
FAILED = 2
INTERRUPTED = 130
UNREAD = 141
"""As after SIGPIPE: whoever read the output wanted no more of it."""


def run(arguments: Sequence[str]) -> int:
    """The exit code of `main`. That the reader of a pipe has gone (`| head`) is no fault: nothing more is said."""
    try:
        try:
            return main(arguments)
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # Windows says EINVAL
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # the interpreter flushes once more when it ends
        os.close(nowhere)
        return UNREAD


def main(
    arguments: Sequence[str],
    environ: Mapping[str, str] = os.environ,
    env_file: Path = ENV_FILE,
    tsql: Path = programmable.FOLDER,
) -> int:
    """The exit code: 0 done, 1 found something, 2 could not do it and said why."""
    chosen = _parser(arguments).parse_args(arguments)
    try:
        if chosen.command == "ddl":
            return _write_ddl(tsql, check=chosen.check)
        if chosen.command == "revision":
            schema.draft(chosen.text)  # Alembic says which file it wrote
            return 0
        return _with_database(chosen, environ, env_file)
    except PrepaidError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sql", description=_("The database of the product."))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("create", help=_("make all tables in an empty database"))
    upgrade = commands.add_parser("upgrade", help=_("bring the tables up to the version of this program"))
    upgrade.add_argument("--no-copy", action="store_true", help=_("SQLite: keep no backup of the file of before"))
    script = commands.add_parser("ddl", help=_("write the T-SQL for a DBA into sql/tsql"))
    script.add_argument("--check", action="store_true", help=_("write nothing, only say which files differ"))
    check = commands.add_parser("check", help=_("prove that the books are right"))
    check.add_argument("--all", action="store_true", help=_("all of history, not only what came after the last proof"))
    backup = commands.add_parser("backup", help=_("back the database up while it works"))
    backup.add_argument("--into", metavar="FOLDER", help=_("instead of the folder of the settings"))
    backup.add_argument(
        "--keep", type=int, metavar="N", help=_("then remove older ones but the newest of N days, 4 weeks, 12 months")
    )
    backup.add_argument(
        "--copy-only", action="store_true", help=_("SQL Server: leave the DBA's differential backups alone")
    )
    restore = commands.add_parser("restore", help=_("put a backup in the place of the database"))
    restore.add_argument("file", metavar="FILE", help=_("a backup; on SQL Server its path on the server"))
    heads = commands.add_parser("heads", help=_("keep the ends of ledgers and events, to compare with them later"))
    what = heads.add_mutually_exclusive_group(required=True)
    what.add_argument("--export", type=Path, metavar="FILE", help=_("write those of now"))
    what.add_argument("--compare", type=Path, metavar="FILE", help=_("say whether those of then are still there"))
    demo = commands.add_parser("demo", help=_("load a demo site"))
    if "demo" in arguments[:1]:
        from sql.demo import load

        load.add_arguments(demo)
    site = commands.add_parser("site", help=_("load or update a real site from a TOML file"))
    site.add_argument("file", type=Path, metavar="FILE")
    exported = commands.add_parser("export", help=_("write a site, or everything, into a file for another database"))
    if "export" in arguments[:1]:
        from sql.moving import command

        command.add_export_arguments(exported)
    imported = commands.add_parser("import", help=_("read what another database has exported, and prove it"))
    if "import" in arguments[:1]:
        from sql.moving import command

        command.add_import_arguments(imported)
    listed = commands.add_parser("sites", help=_("name the sites in use, one on a line"))
    listed.add_argument("--open", metavar="NAME", help=_("take a site into use that was closed or imported"))
    password = commands.add_parser("password", help=_("give a user a new first password"))
    password.add_argument("user_name", metavar="NAME", help=_("of an administrator who lost the password"))
    revision = commands.add_parser("revision", help=_("for developers: begin a new migration"))
    revision.add_argument("text", help=_("what it does, in a few words"))
    return parser


def _write_ddl(folder: Path, *, check: bool) -> int:
    changed = ddl.different(folder) if check else ddl.write(folder)
    for path in changed:
        said = _("{path} is not what the tables say now. Run: python -m sql ddl") if check else _("Written: {path}")
        print(said.format(path=path))
    return DIFFERENT if check and changed else 0


def _with_database(chosen: argparse.Namespace, environ: Mapping[str, str], env_file: Path) -> int:
    given = {**dotenv_values(env_file, interpolate=False), **{name: value for name, value in environ.items() if value}}
    settings = environment(given)
    database = Database(settings.database_url)
    try:
        if chosen.command == "restore":
            from sql.backup import command

            return command.restore_file(database, chosen.file)
        return _carry_out(chosen, database, settings)
    except DBAPIError as error:
        raise DatabaseUnavailable(where=database.where, why=words(error)) from error
    finally:
        database.close()


def _carry_out(chosen: argparse.Namespace, database: Database, settings: Environment) -> int:
    if chosen.command == "create":
        said = (
            _("Schema {now} is made in {where}.") if schema.create(database) else _("Schema {now} is there in {where}.")
        )
        print(said.format(now=schema.wanted(), where=database.where))
        tell_left_out(database)
        return 0
    if chosen.command == "upgrade":
        from sql.upgrading import upgrade

        return upgrade(database, settings.backup_folder, with_copy=not chosen.no_copy)
    schema.require_current(database)
    if chosen.command == "check":
        from sql import check

        return check.main(database, chosen)
    if chosen.command == "backup":
        from sql.backup import command

        folder = chosen.into or settings.backup_folder
        return command.back_up(database, folder, keep=chosen.keep, copy_only=chosen.copy_only)
    if chosen.command == "heads":
        from sql import heads_file

        if chosen.export is not None:
            return heads_file.export(database, chosen.export)
        return heads_file.compare(database, chosen.compare)
    if chosen.command == "demo":
        from sql.demo import load

        return load.main(database, chosen)
    if chosen.command in ("export", "import") or (chosen.command == "sites" and chosen.open):
        return _move(chosen, database, settings)
    if chosen.command == "sites":
        from sql.sites import site_names

        with database.reading() as conn:
            for name in site_names(conn):
                print(name)
        return 0
    if chosen.command == "password":
        from sql.lost_passwords import give_password

        given = give_password(database, chosen.user_name)
        said = _("{name} signs in with {password} and then chooses another password.")
        print(said.format(name=given.user_name, password=given.password))
        return 0
    from sql import site

    return site.main(database, chosen.file)


def _move(chosen: argparse.Namespace, database: Database, settings: Environment) -> int:
    from sql.archive.folder import archive_folder
    from sql.moving import command

    folder = archive_folder(database, settings.archive_folder)
    if chosen.command == "export":
        return command.export_file(database, chosen, folder)
    if chosen.command == "import":
        return command.import_file(database, chosen.file, chosen.archive, folder)
    return command.open_site(database, chosen.open)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
