"""What an export says of itself: its last member, so that a file which was cut off has none."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One table: how many rows, and the SHA-256 of its lines."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteKey:
    """A site in the database that it comes from."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`site` None: everything. `closed` are the sites that were taken out of use for it, so that no enforcer works for
    them where they came from. `tables` by their full names."""

    format: int
    version: str
    schema: str
    taken_at: datetime
    site: SiteKey | None
    with_readings: bool
    closed: tuple[str, ...]
    tables: Mapping[str, Member]


def written(manifest: Manifest) -> str:
    """As JSON, for people, too."""
    facts = {**asdict(manifest), "taken_at": manifest.taken_at.astimezone(UTC).isoformat(timespec="milliseconds")}
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def parsed(text: bytes) -> Manifest:
    """The manifest as it was written. Raises ValueError, KeyError and TypeError for anything else."""
    found: Any = json.loads(text)
    if found["format"] != FORMAT:
        raise ValueError(found["format"])
    site = found["site"]
    return Manifest(
        format=FORMAT,
        version=str(found["version"]),
        schema=str(found["schema"]),
        taken_at=datetime.fromisoformat(found["taken_at"]),
        site=None if site is None else SiteKey(id=int(site["id"]), name=str(site["name"])),
        with_readings=bool(found["with_readings"]),
        closed=tuple(str(name) for name in found["closed"]),
        tables={
            str(name): Member(rows=int(member["rows"]), sha256=str(member["sha256"]))
            for name, member in found["tables"].items()
        },
    )
