"""The folders that hold readings outside the database: the archive of old ones, and what waits while it is away."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from enforcer.doctor.finding import Finding, Subject, named
from prepaid.language import _
from prepaid.settings import Spooling
from prepaid.storage import LEAST_FREE_BYTES
from sql.archive.folder import path_of
from sql.archive_care import kept_files
from sql.archives import LISTED_AT_MOST, Archived
from sql.connection import Connection
from sql.spool import SET_ASIDE

MB = 1_000_000


def look_at_archive(conn: Connection, folder: Path) -> Iterator[Finding]:
    """The newest files that are listed must be there; their content is looked through by the enforcer."""
    listed = kept_files(conn, LISTED_AT_MOST)
    if not listed and not folder.exists():
        yield _found(True, _("Nothing is archived yet. The files will be in {folder}.").format(folder=folder))
        return
    if not folder.is_dir():
        sentence = _(
            "The archive {folder} is not there, and {n} files are listed in it. Mount its disk, or correct "
            "ARCHIVE_FOLDER in .env."
        )
        yield _found(False, sentence.format(folder=folder, n=len(listed)))
        return
    yield _writable(folder, _("the archive"), "ARCHIVE_FOLDER")
    yield _room(folder, LEAST_FREE_BYTES)
    yield _there(folder, listed)


def look_at_spool(root: Path, spooling: Spooling) -> Iterator[Finding]:
    """Where readings wait while the database is away; a folder that is missing is made by the enforcer when it needs it
    first."""
    folder = root / spooling.folder
    there = next(each for each in (folder, *folder.parents) if each.exists())
    yield _writable(there, _("readings that wait for the database"), "SPOOL_FOLDER")
    yield _room(there, spooling.most_megabytes * MB)
    aside = sorted(path.name for path in folder.glob(f"*{SET_ASIDE}*"))
    if aside:
        sentence = _("Files of {folder} could not be read and were put aside: {names}. Keep or remove them.")
        yield _found(False, sentence.format(folder=folder, names=named(aside)))


def _writable(folder: Path, what: str, setting: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        sentence = _("{folder} cannot be written to, for {what}: {why}. Give access, or set {setting} in .env.")
        why = error.strerror or error
        return _found(False, sentence.format(folder=folder, what=what, why=why, setting=setting))
    return _found(True, _("{folder} can be written to, for {what}.").format(folder=folder, what=what))


def _room(folder: Path, least_bytes: int) -> Finding:
    free = shutil.disk_usage(folder).free
    sentence = _("{n} MB are free on the disk of {where}; keep at least {least}.")
    return _found(free >= least_bytes, sentence.format(n=free // MB, where=folder, least=least_bytes // MB))


def _there(folder: Path, listed: Sequence[Archived]) -> Finding:
    lost = [path_of(folder, each.begun).relative_to(folder).as_posix() for each in listed if not _has(folder, each)]
    if not lost:
        return _found(True, _("All {n} files that are listed are in the archive.").format(n=len(listed)))
    sentence = _(
        "Of {n} files that are listed, {lost} are not in the archive or have another size: {names}. Put them back "
        "from a backup of {folder}."
    )
    return _found(False, sentence.format(n=len(listed), lost=len(lost), names=named(lost), folder=folder))


def _has(folder: Path, archived: Archived) -> bool:
    try:
        return path_of(folder, archived.begun).stat().st_size == archived.written.bytes
    except OSError:
        return False


def _found(good: bool, sentence: str) -> Finding:
    return Finding(Subject.MACHINE, good, sentence)
