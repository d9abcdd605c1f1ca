"""Ways in which a go through the archive ends early, or does not."""

import threading

from sql.archive.make import Step

NEVER = threading.Event()


class Killed(BaseException):
    """The process is gone: nothing that a handler of errors would do is done."""


class KillAt:
    """Ends the process when a step is done for the so-manieth time."""

    def __init__(self, step: Step, time: int = 1) -> None:
        self._step = step
        self._left = time

    def __call__(self, step: Step) -> None:
        self._left -= step is self._step
        if not self._left:
            raise Killed
