"""What goes wrong between the devices and the log table: pure, and the same for the same seed."""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enforcer.simulator.data_logger.form import BAD, COMMUNICATION_FAILURE, OUT_OF_SERVICE, UNCERTAIN
from sql.demo.data_logger import Entry, Logged

POOR: Final = (BAD, COMMUNICATION_FAILURE, OUT_OF_SERVICE, UNCERTAIN)
RUBBISH: Final = ("", "NaN", "-1.#IND", "1.#INF", "1e400", "-1", "True", "0x10", "12 345", None)
SPELL_TICKS: Final = (1, 6)
AWAY_TICKS: Final = (2, 15)
LATE_TICKS: Final = (1, 8)
FORWARDED_AT_ONCE: Final = 2_000
HELD_SHARE: Final = 0.2
STORED_MOST: Final = 200_000
"""Entries in the file of store-and-forward; when it is full, the oldest are lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogFate:
    """What goes wrong how often, from 0 to 1.

    Of each device at each tick: `poor`, its values are of poor quality for a few ticks; `zeros`, all of them are zero
    for a few ticks, with good quality; `frozen`, they stand still for a few ticks, as good ones with fresh stamps. Of
    each value: `dips`, a counter once shows less; `rubbish`, the text is no number. Of each tick: `away`, the database
    is away for a while, with store-and-forward (`forwards`) or without; `numbered`, rows get their numbers before
    others and arrive after them. Of each row: `late`, it arrives ticks later; `repeats`, it arrives twice.
    """

    seed: int = 0
    poor: float = 0.0
    zeros: float = 0.0
    frozen: float = 0.0
    dips: float = 0.0
    rubbish: float = 0.0
    away: float = 0.0
    forwards: bool = True
    numbered: float = 0.0
    late: float = 0.0
    repeats: float = 0.0


CALM: Final = LogFate()
USUAL: Final = LogFate(
    poor=0.002, zeros=0.0005, frozen=0.0005, dips=0.0002, rubbish=0.0002, away=0.005, late=0.001, repeats=0.001
)
"""What a site sees in an hour rather than in a year."""


class Delivery:
    """Carries the values of each tick into rows, through its fate. `wide`: the values of a tick are one row.

    `next_id` is the number of the next row where the fate gives numbers; the table counts otherwise.
    """

    def __init__(self, fate: LogFate = CALM, *, wide: bool = False, next_id: int = 1) -> None:
        self.fate = fate
        self._wide = wide
        self._next_id = next_id
        self._gives_numbers = fate.numbered > 0
        self._tick = 0
        self._away_until = 0
        self._kept_away = False
        self._poor: dict[str, tuple[int, int]] = {}
        self._zero: dict[str, int] = {}
        self._frozen: dict[str, int] = {}
        self._shown: dict[str, str | None] = {}
        self._stored: deque[Entry] = deque(maxlen=STORED_MOST)
        self._later: dict[int, list[Entry]] = {}
        self._held: list[Entry] = []

    def go_away(self) -> None:
        """The database is away until `come_back`."""
        self._kept_away = True

    def come_back(self) -> None:
        """The database is there again, whatever kept it away."""
        self._kept_away = False
        self._away_until = 0

    def calm(self) -> None:
        """Nothing goes wrong any more; what is on the way arrives with the next ticks."""
        self.fate = CALM
        self.come_back()
        self._poor.clear()
        self._zero.clear()
        self._frozen.clear()

    def carry(self, values: Sequence[Logged]) -> list[Entry]:
        """The rows that arrive at this tick, in the order of their arrival."""
        self._tick += 1
        chance = random.Random(f"log {self.fate.seed} {self._tick}")
        for device in dict.fromkeys(_device(each) for each in values):
            self._begin_spells(device, chance)
        spoilt = tuple(self._spoil(each, chance) for each in values)
        entries = [Entry(spoilt)] if self._wide else [Entry((each,)) for each in spoilt]
        if self._is_away(chance):
            if self.fate.forwards:
                self._stored.extend(entries)
            return []
        return self._number(self._arriving(entries, chance), chance)

    def _begin_spells(self, device: str, chance: random.Random) -> None:
        if chance.random() < self.fate.poor:
            self._poor[device] = (self._tick + chance.randint(*SPELL_TICKS), chance.choice(POOR))
        if chance.random() < self.fate.zeros:
            self._zero[device] = self._tick + chance.randint(*SPELL_TICKS)
        if chance.random() < self.fate.frozen:
            self._frozen[device] = self._tick + chance.randint(*SPELL_TICKS)

    def _spoil(self, logged: Logged, chance: random.Random) -> Logged:
        device = _device(logged)
        if self._tick < self._frozen.get(device, 0):
            return logged._replace(value=self._shown.get(logged.item, logged.value))
        self._shown[logged.item] = logged.value
        until, quality = self._poor.get(device, (0, BAD))
        if self._tick < until:
            return logged._replace(quality=quality, value=chance.choice((logged.value, "0", _a_little_more(logged))))
        if self._tick < self._zero.get(device, 0):
            return logged._replace(value="0")
        if chance.random() < self.fate.rubbish:
            return logged._replace(value=chance.choice(RUBBISH))
        if logged.item.endswith("_wh") and logged.value and chance.random() < self.fate.dips:
            return logged._replace(value=repr(float(logged.value) * chance.random()))
        return logged

    def _is_away(self, chance: random.Random) -> bool:
        if self._tick >= self._away_until and chance.random() < self.fate.away:
            self._away_until = self._tick + chance.randint(*AWAY_TICKS)
        return self._kept_away or self._tick < self._away_until

    def _arriving(self, entries: list[Entry], chance: random.Random) -> list[Entry]:
        """What is new, what was late, and a part of what was stored: in an order of their own, some of it twice."""
        arriving = []
        for each in entries:
            if chance.random() < self.fate.late:
                self._later.setdefault(self._tick + chance.randint(*LATE_TICKS), []).append(each)
            else:
                arriving.append(each)
        behind = [each for tick in sorted(self._later) if tick <= self._tick for each in self._later.pop(tick)]
        behind += [self._stored.popleft() for _ in range(min(FORWARDED_AT_ONCE, len(self._stored)))]
        if self.fate.late:
            chance.shuffle(behind)
        arriving += behind
        arriving += [each for each in arriving if chance.random() < self.fate.repeats]
        return arriving

    def _number(self, arriving: list[Entry], chance: random.Random) -> list[Entry]:
        """Where numbers are given: some rows have theirs and are written by a transaction that ends a tick later."""
        if not self._gives_numbers:
            return arriving
        numbered = [each._replace(row_id=number) for number, each in enumerate(arriving, self._next_id)]
        self._next_id += len(numbered)
        before, self._held = self._held, []
        if chance.random() < self.fate.numbered:
            self._held = [each for each in numbered if chance.random() < HELD_SHARE]
        held = {each.row_id for each in self._held}
        return before + [each for each in numbered if each.row_id not in held]


def _a_little_more(logged: Logged) -> str | None:
    """Nothing but its quality tells that it is not true."""
    return repr(float(logged.value) + 9.0) if logged.item.endswith("_wh") and logged.value else logged.value


def _device(logged: Logged) -> str:
    return logged.item.rpartition(".")[0]
