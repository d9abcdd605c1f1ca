"""What the person at the console sees: lines that stay, and one live line that is written over."""

import io
import shutil
import sys
from contextlib import suppress
from typing import TextIO

QUIET_S = 60.0


class Console:
    """Writes to `stream`; where that is no terminal (a service, a file), the live line appears once a minute only."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = stream.isatty()
        self._live = 0
        self._quiet_until = 0.0

    def say(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{self._clear()}{text}\n")

    def live(self, text: str, *, at_s: float) -> None:
        """The live line as of `at_s`, a monotonic instant."""
        if self.terminal:
            shown = text[: shutil.get_terminal_size().columns - 1]
            self._write(f"{self._clear()}{shown}")
            self._live = len(shown)
        elif at_s >= self._quiet_until:
            self._quiet_until = at_s + QUIET_S
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Takes the live line away, for what others write to the same terminal."""
        self._write(self._clear())

    def _clear(self) -> str:
        blank = "\r" + " " * self._live + "\r" if self._live else ""
        self._live = 0
        return blank

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a console that is gone, or a full disk behind it, must not end a site
            self.stream.write(text)
            self.stream.flush()


def system_console() -> Console:
    """The console on standard output; characters that an old code page lacks become "?"."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(sys.stdout)
