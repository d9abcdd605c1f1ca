"""`python -m sql backup` and `restore`: what they say, and their exit codes."""

import sys
import threading
from datetime import UTC
from pathlib import Path

from prepaid.errors.backups import BackupFailed, RestoreOnServer
from prepaid.language import _
from prepaid.rotation import Rotation
from sql import check
from sql.backup.copy_server import path_on_server, restore_statements
from sql.backup.folder import rotate
from sql.backup.make import Wanted, folder_of, make_backup
from sql.backup.manifest import name_of
from sql.backup.restore import restore
from sql.connection import Database

MADE_BY = "command line"
FOUND = 1


def back_up(database: Database, folder: str | None, *, keep: int | None, copy_only: bool) -> int:
    """Makes a backup, then removes those beyond `keep` days; None: nothing is removed."""
    into = folder_of(database, folder)
    if into is None:
        raise BackupFailed(folder="-", why=_("the folder on the server is not named; set BACKUP_FOLDER or use --into"))
    if keep is not None and (keep < 1 or not database.is_sqlite):
        raise BackupFailed(folder=into, why=_("--keep takes 1 or more, for SQLite only; on a server the DBA removes"))
    made = make_backup(database, Wanted(folder=into, made_by=MADE_BY, copy_only=copy_only), threading.Event())
    if made.bytes is None:
        _say(_("{place} is written on the server, and verified.").format(place=made.place))
        return 0
    said = _("{place} is written and verified: {mb} MB.")
    _say(said.format(place=made.place, mb=f"{made.bytes / 1e6:.1f}"))
    if keep is not None:
        for path in rotate(Path(into), Rotation(daily=keep)):
            _say(_("{path} is not kept any longer.").format(path=path))
    return 0


def restore_file(database: Database, file: str) -> int:
    """Restores a backup, then proves all of history; the exit code is 1 if that finds anything."""
    if not database.is_sqlite:
        raise RestoreOnServer(statements=_script(database, file))
    restored = restore(database, Path(file))
    if restored.kept is not None:
        _say(_("The database of before is kept: {path}").format(path=restored.kept))
    taken = restored.manifest.taken_at.isoformat(timespec="seconds")
    _say(_("{where} is as it was at {taken}.").format(where=database.where, taken=taken))
    if restored.schema.found != restored.schema.wanted:
        said = _("Its schema {found} became {wanted}.")
        _say(said.format(found=restored.schema.found, wanted=restored.schema.wanted))
    proof = check.prove(database, everything=True, attended=True)
    for breach in proof.breaches:
        _say(str(breach))
    if proof.breaches:
        _say(_("{breaches} breaches: the books of this backup are not right.").format(breaches=len(proof.breaches)))
        return FOUND
    _say(_("All invariants hold: {entries} entries.").format(entries=proof.entries))
    _say(_("What was written after it is missing. Which recharges, says: python -m sql heads --compare FILE"))
    return 0


def _script(database: Database, file: str) -> str:
    now = database.clock.now().astimezone(UTC)
    folder = file[: max(file.rfind("/"), file.rfind("\\")) + 1]
    keep_as = path_on_server(folder, f"before-{name_of(now, '.bak')}")
    return "\n".join(restore_statements(_name(database), file, keep_as))


def _name(database: Database) -> str:
    return str(database.url.database)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
