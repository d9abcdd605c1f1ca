"""What lies beside the file of a backup and says what it is: when, which schema, how many bytes, their hash."""

import hashlib
import json
import re
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from prepaid.errors.backups import BackupUnreadable
from prepaid.language import _
from prepaid.version import VERSION

NAME = re.compile(r"prepaid-(\d{8}T\d{6}Z)\.db")
PART = ".part"
MANIFEST = ".json"
_STAMP = "%Y%m%dT%H%M%SZ"
MOST_BYTES = 10_000
HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup that was verified when it was made; it shows the database as it was at `taken_at`."""

    version: str
    taken_at: datetime
    schema: str
    bytes: int
    sha256: str


def name_of(taken_at: datetime, ending: str = ".db") -> str:
    """The name of a backup of that instant."""
    return f"prepaid-{taken_at.astimezone(UTC):{_STAMP}}{ending}"


class Stopped(Exception):
    """The process ends: what takes long is broken off."""


def manifest_of(path: Path, taken_at: datetime, schema: str, stop: threading.Event) -> Manifest:
    """Reads the whole file for its hash. Raises Stopped."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASHED_AT_ONCE):
            if stop.is_set():
                raise Stopped
            digest.update(block)
    size = path.stat().st_size
    return Manifest(version=VERSION, taken_at=taken_at, schema=schema, bytes=size, sha256=digest.hexdigest())


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Beside the backup, whose file need not have its name yet."""
    facts = {**asdict(manifest), "taken_at": manifest.taken_at.astimezone(UTC).isoformat(timespec="milliseconds")}
    beside(path).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8", newline="\n")


def read_manifest(path: Path) -> Manifest:
    """What was written beside the backup. Raises BackupUnreadable."""
    try:
        with beside(path).open(encoding="utf-8") as file:
            found = json.loads(file.read(MOST_BYTES))
        return Manifest(
            version=str(found["version"]),
            taken_at=datetime.fromisoformat(found["taken_at"]),
            schema=str(found["schema"]),
            bytes=int(found["bytes"]),
            sha256=str(found["sha256"]),
        )
    except OSError as error:
        why = _("its manifest {name} cannot be read ({error})")
        said = why.format(name=beside(path).name, error=error.strerror or error)
        raise BackupUnreadable(path=path, why=said) from error
    except (ValueError, KeyError, TypeError) as error:
        why = _("{name} is no manifest of a backup").format(name=beside(path).name)
        raise BackupUnreadable(path=path, why=why) from error


def beside(path: Path) -> Path:
    """Where the manifest of a backup is."""
    return path.with_name(path.name + MANIFEST)
