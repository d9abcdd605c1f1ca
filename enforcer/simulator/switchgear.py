"""The outputs of an analyzer and the contactor that they drive."""

from math import inf

from prepaid.records import Wiring
from sql.demo.loads import Phases

OUTPUT_0 = 0b01
OUTPUT_1 = 0b10
ALL_POLES = 0b111
FIRST_POLE = 0b001
MOVE_S = 0.15
"""From the output to the contacts: relay and contactor."""


class Switchgear:
    """Outputs, contactor and poles; it lives by the monotonic seconds it is told."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.outputs = OUTPUT_0 if wiring is Wiring.HELD_ON_SUPPLY else 0
        """A new site is handed over with the supply connected."""
        self.wants_connected = True
        self.welded = 0
        """Poles that stay closed whatever the contactor does."""
        self.poles = ALL_POLES
        """Poles that conduct, one bit each."""
        self._contacts_due = inf
        self._timeouts_due = [inf, inf]

    @property
    def connected(self) -> bool:
        """Whether all three poles conduct."""
        return self.poles == ALL_POLES

    def due(self) -> float:
        """When something happens by itself next."""
        return min(self._contacts_due, *self._timeouts_due)

    def happen(self, now: float) -> None:
        """Carries out what is due: a remote time-out switches its output off, the contacts arrive."""
        for output, due in enumerate(self._timeouts_due):
            if due <= now:
                self._timeouts_due[output] = inf
                self._set_outputs(self.outputs & ~(1 << output), now)
        if self._contacts_due <= now:
            self._contacts_due = inf
            self.settle()

    def switch(self, output: int, on: bool, now: float, timeout_s: int) -> None:
        """A command for one output; with a remote time-out it holds only that long."""
        self._timeouts_due[output] = now + timeout_s if on and timeout_s else inf
        self._set_outputs(self.outputs | 1 << output if on else self.outputs & ~(1 << output), now)

    def lose_power(self, now: float) -> None:
        """The device restarts with its outputs off."""
        self._timeouts_due = [inf, inf]
        self._set_outputs(0, now)

    def close_by_hand(self, now: float) -> None:
        """Somebody closes a tripped breaker; a held contactor follows its output all the same."""
        self._move(connects(self.wiring, self.outputs, self.outputs, True), now)

    def recall(self, outputs: int, wants_connected: bool) -> None:
        """Stands as it stood at a clean stop."""
        self.outputs = outputs
        self.wants_connected = wants_connected
        self._contacts_due = inf
        self.settle()

    def begin_cut(self) -> None:
        """Stands as after a cutoff."""
        self.recall(OUTPUT_0 if self.wiring is Wiring.HELD_ON_CUT else 0, wants_connected=False)

    def settle(self) -> None:
        """The contacts are where they were sent, but for welded ones; on their way they are where they were."""
        if self._contacts_due == inf:
            self.poles = ALL_POLES if self.wants_connected else self.welded

    def through(self, phases: Phases) -> Phases:
        """What passes the poles of three phases."""
        first, second, third = (value if self.poles >> pole & 1 else 0.0 for pole, value in enumerate(phases))
        return first, second, third

    def _set_outputs(self, outputs: int, now: float) -> None:
        before, self.outputs = self.outputs, outputs
        self._move(connects(self.wiring, before, outputs, self.wants_connected), now)

    def _move(self, connected: bool, now: float) -> None:
        if connected != self.wants_connected:
            self.wants_connected = connected
            self._contacts_due = now + MOVE_S


def connects(wiring: Wiring, before: int, after: int, now_connected: bool) -> bool:
    """Whether the contactor wants to be closed when the outputs go from `before` to `after`.

    A pulse acts where it begins. A breaker that a pulse tripped is closed by hand, or by the pulse of the other output.
    """
    if wiring is Wiring.HELD_ON_SUPPLY:
        return bool(after & OUTPUT_0)
    if wiring is Wiring.HELD_ON_CUT:
        return not after & OUTPUT_0
    begun = after & ~before
    if wiring in {Wiring.PULSE_TRIP, Wiring.PULSE_PAIR} and begun & OUTPUT_0:
        return False
    if wiring is Wiring.PULSE_PAIR and begun & OUTPUT_1:
        return True
    return now_connected
