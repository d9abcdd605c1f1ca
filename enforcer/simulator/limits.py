"""Open files: as many as the sockets of the simulated site need, or a sentence that says what to do."""

import sys

from prepaid.errors.simulator import FilesLimited

SPARE = 128
"""For the interpreter, the log, the memory file and the control connections."""


def allow_files(analyzers: int, connections_each: int) -> None:
    """Raises the soft limit where the system has one: a listener and `connections_each` sockets per analyzer."""
    if sys.platform == "win32":
        return
    import resource

    needed = analyzers * (1 + connections_each) + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard not in {resource.RLIM_INFINITY} and hard < needed:
        raise FilesLimited(limit=hard, needed=needed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
