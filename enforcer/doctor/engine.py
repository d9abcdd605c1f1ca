"""The database: its engine, how large it is and may become, how long its disk lasts, where an SQLite file lies."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import NamedTuple

import psutil

from enforcer.doctor.finding import Finding, Subject
from prepaid.language import _
from prepaid.storage import Storage
from sql.connection import Connection, Database
from sql.engines import EngineFacts, engine_facts
from sql.sizes import known_storage

NEAR_LIMIT = 0.8
DAYS_WANTED = 30
SHARED = ("nfs", "cifs", "smb", "9p", "sshfs", "afs", "glusterfs", "ceph", "vboxsf", "davfs")
"""File systems that come over a network, by the begin or the end of their names (nfs4, smb3, fuse.sshfs)."""


class Mount(NamedTuple):
    """A part of the tree of folders, and the file system behind it."""

    folder: str
    kind: str
    options: str = ""


def look_at_engine(conn: Connection, database: Database, now: datetime) -> Iterator[Finding]:
    """The engine behind the connection."""
    facts = engine_facts(conn)
    yield from engine(facts)
    file = Path(database.url.database or "").resolve() if database.is_sqlite else None
    if file is not None:
        mounts = [Mount(each.mountpoint, each.fstype, each.opts) for each in psutil.disk_partitions(all=True)]
        yield from drive(file, mounts)
    yield from growth(known_storage(conn, now))


def engine(facts: EngineFacts) -> Iterator[Finding]:
    """Version, bound of the edition, and whether pages wait for passes."""
    yield Finding(
        Subject.DATABASE,
        facts.new_enough,
        _("The database is {engine}; {needed} or newer is needed.").format(engine=facts.engine, needed=facts.needed),
    )
    if facts.limit_bytes is not None and facts.size_bytes is not None:
        yield Finding(
            Subject.DATABASE,
            facts.size_bytes <= NEAR_LIMIT * facts.limit_bytes,
            _(
                "The database has {size} MB of the {limit} MB that this edition allows. Above {near} MB shorten "
                "raw_kept_days of the site, or take another edition: when it is full, nothing is charged."
            ).format(
                size=facts.size_bytes // 1_000_000,
                limit=facts.limit_bytes // 1_000_000,
                near=round(NEAR_LIMIT * facts.limit_bytes) // 1_000_000,
            ),
        )
    if facts.reads_freely:
        yield Finding(Subject.DATABASE, True, _("Pages and passes do not wait for each other."))
    else:
        yield Finding(
            Subject.DATABASE,
            False,
            _(
                "Pages and passes wait for each other. On SQL Server run, while nobody is connected: ALTER DATABASE "
                "CURRENT SET READ_COMMITTED_SNAPSHOT ON; an SQLite file must lie on a local disk."
            ),
        )
    if facts.compares_exactly:
        said = _("Texts are compared letter by letter ({collation}).")
    else:
        said = _(
            "Texts are compared by {collation}, so that keys and names which differ only in case or accents may be the "
            "same. The tables are those of an old program: move everything into new ones (docs/migration.md)."
        )
    yield Finding(Subject.DATABASE, facts.compares_exactly, said.format(collation=facts.collation))


def growth(storage: Storage | None) -> Iterator[Finding]:
    """How long the disk lasts at the growth of the last days, as the enforcer has measured it."""
    if storage is None or storage.days_left is None:
        return
    yield Finding(
        Subject.DATABASE,
        storage.days_left >= DAYS_WANTED,
        _(
            "The database has {size} MB. At the growth of the last days its disk lasts for {days} more days; below "
            "{wanted} make room, or shorten raw_kept_days of the site."
        ).format(
            size=storage.size.used_bytes // 1_000_000, days=min(round(storage.days_left), 9999), wanted=DAYS_WANTED
        ),
    )


def drive(file: PurePath, mounts: Sequence[Mount]) -> Iterator[Finding]:
    """A file of SQLite on a network drive is damaged sooner or later: locks do not hold there."""
    mount = behind(file, mounts)
    shared = str(file).startswith("\\\\") or (mount is not None and _is_shared(mount))
    if mount is None and not shared:
        return
    if shared:
        sentence = _("{file} lies on a network drive, where locks do not hold. Move it to a local disk.")
    else:
        sentence = _("{file} lies on a local disk ({kind}).")
    kind = mount.kind if mount is not None else ""
    yield Finding(Subject.DATABASE, not shared, sentence.format(file=file, kind=kind))


def behind(file: PurePath, mounts: Sequence[Mount]) -> Mount | None:
    """The innermost mount that holds the file."""
    holding = [mount for mount in mounts if file.is_relative_to(mount.folder)]
    return max(holding, key=lambda mount: len(mount.folder), default=None)


def _is_shared(mount: Mount) -> bool:
    kind = mount.kind.lower()
    return "remote" in mount.options.split(",") or any(
        kind.startswith(name) or kind.endswith(f".{name}") for name in SHARED
    )
