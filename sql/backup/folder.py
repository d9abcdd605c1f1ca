"""The folder of the backups of an SQLite file: which of them are good, and which are not kept any longer."""

from datetime import datetime
from pathlib import Path

from prepaid.errors.backups import BackupUnreadable
from prepaid.rotation import Rotation, kept
from sql.backup.manifest import MANIFEST, NAME, PART, beside, read_manifest


def good_backups(folder: Path) -> dict[datetime, Path]:
    """The backups with a manifest that fits their size, by the instant they show. Other files are none of ours."""
    found = {}
    for path in folder.iterdir():
        if NAME.fullmatch(path.name):
            try:
                manifest = read_manifest(path)
            except BackupUnreadable:
                continue
            if path.stat().st_size == manifest.bytes:
                found[manifest.taken_at] = path
    return found


def rotate(folder: Path, rotation: Rotation) -> list[Path]:
    """Removes good backups beyond the rotation; answers which. A file that is not good is left for a person to look at,
    and never counts as one that is kept."""
    found = good_backups(folder)
    stay = kept(found, rotation)
    gone = [found[at] for at in sorted(found) if at not in stay]
    for path in gone:
        path.unlink()
        beside(path).unlink()
    return gone


def remove_parts(folder: Path) -> None:
    """What backups and rotations that were broken off have left; none of either may be under way."""
    for path in list(folder.iterdir()):
        part, manifest = path.name.removesuffix(PART), path.name.removesuffix(MANIFEST)
        whole = path.with_name(manifest)
        if (part != path.name and NAME.fullmatch(part)) or (NAME.fullmatch(manifest) and not whole.exists()):
            path.unlink()
