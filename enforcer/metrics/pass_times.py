"""How long passes and their steps took since the start, added up."""

from collections.abc import Mapping
from threading import Lock
from typing import NamedTuple

from enforcer.passes import Pass


class Spent(NamedTuple):
    """A number of passes and the seconds they took together."""

    passes: int = 0
    seconds: float = 0.0


class PassTimes:
    """One thread adds passes, others may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._whole = Spent()
        self._steps: dict[str, Spent] = {}

    def add(self, made: Pass) -> None:
        """Counts a pass that is over."""
        with self._lock:
            self._whole = _more(self._whole, made.pass_ms)
            for step, taken_ms in made.step_ms.items():
                self._steps[step] = _more(self._steps.get(step, Spent()), taken_ms)

    @property
    def whole(self) -> Spent:
        """All passes."""
        return self._whole

    @property
    def steps(self) -> Mapping[str, Spent]:
        """The same by step; a step that a pass left out is not counted in it."""
        with self._lock:
            return dict(self._steps)


def _more(spent: Spent, taken_ms: float) -> Spent:
    return Spent(spent.passes + 1, spent.seconds + taken_ms / 1000)
