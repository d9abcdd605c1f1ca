"""What the children print: kept bounded, and read back when one of them ends."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 5_000_000
LAST_LINES = 15
TAIL_BYTES = 20_000


def limit(log: Path, most_bytes: int = MAX_BYTES) -> None:
    """Above the limit the log becomes `name.out.1` (one is kept) and begins anew.

    Copied and cut, not renamed: the child keeps writing to the same open file, at its end.
    """
    if not log.exists() or log.stat().st_size <= most_bytes:
        return
    with suppress(OSError):  # a full disk must not end the children
        shutil.copyfile(log, log.with_name(log.name + ".1"))
        with log.open("r+b") as stream:
            stream.truncate(0)


def last_words(log: Path, since: int) -> str:
    """The last lines that were written after `since` (a position in bytes), each on a line of its own."""
    with log.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(since if since <= size else 0, size - TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").strip().splitlines()
    return indented(lines[-LAST_LINES:])


def indented(lines: Sequence[str]) -> str:
    """The lines as they stand inside a sentence of an error."""
    return "".join(f"\n  {line}" for line in lines or ["(nothing)"]) + "\n"
