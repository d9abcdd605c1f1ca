"""Reads the requirement files, for the tests and for the list of licences."""

from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent


class Pin(NamedTuple):
    """A line of a requirement file; `holds_here` is whether its marker fits this machine."""

    name: str
    version: str
    holds_here: bool


def pins(file_name: str) -> list[Pin]:
    """The requirements of a file that pins each of them exactly; comments, options and hashes are passed over."""
    found = []
    for line in (ROOT / file_name).read_text(encoding="utf-8").splitlines():
        text = line.partition(" \\")[0].partition("#")[0].strip()
        if not text or text.startswith("-"):
            continue
        requirement = Requirement(text)
        (only,) = requirement.specifier
        assert only.operator == "==", f"{file_name}: {text} is not pinned"
        holds = requirement.marker is None or requirement.marker.evaluate()
        found.append(Pin(canonicalize_name(requirement.name), only.version, holds))
    return found
