"""The clocks: that of the host against the database's, and whether something keeps it right."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from enforcer.doctor.finding import Finding, Subject
from prepaid.language import _

CLOCKS_APART = timedelta(seconds=30)
ASKED_AT_MOST_S = 5
LINUX = ("timedatectl", "show", "--property=NTPSynchronized", "--value")
WINDOWS = ("w32tm", "/query", "/status")
NOT_SYNCHRONIZED = "3"
"""The leap indicator that says so; the words around it differ with the language of Windows."""


def look_at_clocks(host_at: datetime, database_at: datetime) -> Iterator[Finding]:
    """The clock of this machine, compared and asked for."""
    yield apart(abs(database_at - host_at))
    yield from kept_right(_is_synchronized())


def apart(difference: timedelta) -> Finding:
    return Finding(
        Subject.CLOCKS,
        difference <= CLOCKS_APART,
        _(
            "The clocks of this machine and the database are {s} s apart; above 30 s nothing is cut. Set them by NTP."
        ).format(s=round(difference.total_seconds())),
    )


def kept_right(synchronized: bool | None) -> Iterator[Finding]:
    """None: this system does not tell, so nothing is said."""
    if synchronized is None:
        return
    if synchronized:
        yield Finding(Subject.CLOCKS, True, _("The clock of this machine is set by a time server."))
    else:
        yield Finding(
            Subject.CLOCKS,
            False,
            _(
                "No time server sets the clock of this machine; hours are charged by it. On Linux run: timedatectl "
                "set-ntp true; on Windows switch on Set time automatically."
            ),
        )


def of_timedatectl(said: str) -> bool | None:
    return {"yes": True, "no": False}.get(said.strip())


def of_w32tm(said: str) -> bool | None:
    """Its first line is the leap indicator, in the language of Windows: "Leap Indicator: 0(no warning)"."""
    found = re.search(r":\s*(\d)", said.partition("\n")[0])
    return None if found is None else found[1] != NOT_SYNCHRONIZED


def _is_synchronized() -> bool | None:
    for command, read in ((LINUX, of_timedatectl), (WINDOWS, of_w32tm)):
        said = _said(command)
        if said is not None:
            return read(said)
    return None


def _said(command: Sequence[str]) -> str | None:
    """What the command says; None where it is missing, does not know or does not answer."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=ASKED_AT_MOST_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
