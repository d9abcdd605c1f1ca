"""`python -m sql export`, `import` and `sites --open`: what they say, and their exit codes."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from prepaid.language import _
from sql.check import Proof, prove
from sql.connection import Database
from sql.moving.arrive import bring_in, is_there
from sql.moving.export import export
from sql.moving.in_use import take_into_use
from sql.moving.manifest import Manifest
from sql.moving.proven import prove_export
from sql.tables import archives

FOUND = 1


def add_export_arguments(parser: ArgumentParser) -> None:
    """What is exported, and what becomes of it here."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help=_("the export to write; there is none of this name yet")
    )
    parser.add_argument("--site", metavar="NAME", help=_("only this site; else everything"))
    parser.add_argument("--readings", action="store_true", help=_("with the raw readings, most of the bytes"))
    parser.add_argument(
        "--close", action="store_true", help=_("the sites move: from now on they are not in use in this database")
    )


def add_import_arguments(parser: ArgumentParser) -> None:
    """What is imported."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("an export"))
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="FOLDER",
        help=_("bring the archived readings of the site from that archive too"),
    )


def export_file(database: Database, chosen: Namespace, folder: Path) -> int:
    """Writes the export, then proves what it was made from; the exit code is 1 if that finds anything. `folder` is that
    of the archive."""
    manifest = export(
        database, chosen.file, chosen.site, with_readings=chosen.readings, closing=chosen.close, told=_tell
    )
    taken_at = manifest.taken_at.isoformat(timespec="seconds")
    said = _("{path} is written: {rows} rows as they were at {taken_at}, {mb} MB. Only you can read it: keep it so.")
    rows = sum(member.rows for member in manifest.tables.values())
    mb = f"{chosen.file.stat().st_size / 1e6:.1f}"
    _say(said.format(path=chosen.file, rows=rows, taken_at=taken_at, mb=mb))
    _tell_archive(manifest, folder)
    for name in manifest.closed:
        _say(
            _('"{name}" is not in use here any more. To go on here after all: {command}').format(
                name=name, command=_open_command(name)
            )
        )
    return FOUND if _prove(database).breaches else 0


def import_file(database: Database, path: Path, archive: Path | None, folder: Path) -> int:
    """Imports the export, proves all of history, and opens the sites that were closed for it where that finds nothing;
    the exit code is 1 if it does. With the `archive` of where the site was its files are brought into `folder` as well;
    a site that was imported before is left as it is then."""
    if archive is None:
        return _import(database, path)
    site = prove_export(path).manifest.site
    if site is None:
        _say(_("Copy the folder of the archive as it is: analyzers have the same numbers in both databases."))
        return FOUND
    with database.reading() as conn:
        known = is_there(conn, site)
    found = 0 if known else _import(database, path)
    return max(found, _bring_archive(database, path, archive, folder))


def _bring_archive(database: Database, path: Path, archive: Path, folder: Path) -> int:
    from sql.moving.bring_archive import bring_archive

    done = bring_archive(database, path, archive, folder, _say)
    said = _("Archived readings: {files} files were brought into {folder}, {known} were there, {missing} are missing.")
    _say(said.format(files=done.files, folder=folder, known=done.known, missing=done.missing))
    return FOUND if done.missing else 0


def _import(database: Database, path: Path) -> int:
    manifest = bring_in(database, path, _tell)
    said = _("{path} is imported into {where}, as it was at {taken_at}.")
    _say(said.format(path=path, where=database.where, taken_at=manifest.taken_at.isoformat(timespec="seconds")))
    if _prove(database).breaches:
        _say(_("No site was opened. What is wrong was so before the export, or the export was changed: ask for help."))
        return FOUND
    take_into_use(database, manifest.closed)
    for name in manifest.closed:
        _say(_('"{name}" is in use here from now on: start its enforcer.').format(name=name))
    if not manifest.closed:
        _say(_("The export was made without --close: its sites may be in use elsewhere, and are not here."))
    return 0


def open_site(database: Database, name: str) -> int:
    """Takes a site into use, whatever is true of other databases."""
    take_into_use(database, [name])
    _say(
        _(
            '"{name}" is in use here from now on. No other database may have it in use: two would cut and charge.'
        ).format(name=name)
    )
    return 0


def _prove(database: Database) -> Proof:
    proof = prove(database, everything=True, attended=True)
    for breach in proof.breaches:
        _say(str(breach))
    if proof.breaches:
        _say(_("{breaches} breaches: the books are not right.").format(breaches=len(proof.breaches)))
    else:
        said = _("All invariants hold: {entries} entries, {bases} bases and {events} events in {took_s} s.")
        took_s = f"{proof.took_s:.1f}"
        _say(said.format(entries=proof.entries, bases=proof.bases, events=proof.events, took_s=took_s))
    return proof


def _tell_archive(manifest: Manifest, folder: Path) -> None:
    """Files are not in the export: they may be hundreds of GB."""
    files = manifest.tables[archives.fullname].rows
    if not files:
        return
    if manifest.site is None:
        said = _("{n} files of archived readings are in {folder}, and in no export. Copy that folder as it is.")
        _say(said.format(n=files, folder=folder))
        return
    said = _(
        "{n} files of archived readings are in {folder} (site_id={site_id}), and in no export. Let the import find "
        "that folder or a copy of it: python -m sql import FILE --archive FOLDER"
    )
    _say(said.format(n=files, folder=folder, site_id=manifest.site.id))


def _open_command(name: str) -> str:
    return f'python -m sql sites --open "{name}"'


def _tell(table: str, rows: int) -> None:
    _say(_("{table}: {rows} rows").format(table=table, rows=rows))


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
