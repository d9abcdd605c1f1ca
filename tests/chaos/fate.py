"""What a seed does to the two enforcers: it kills one and begins it again, or lets it stand still for a while."""

import random
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.process import EnforcerProcess, Span

STRIKES_EVERY_S = (1.0, 10.0)
AT_WORK = 0.7
"""So often the one that works is struck, not the one that stands by."""
AGAIN_AFTER_S = (0.0, 8.0)
STILL_S = (1.0, 30.0)
PEACE_S = 3.0
"""A process that was let go on is left alone for so long."""
AT_FRAME_WITHIN_S = 0.012
LOOK_EVERY_S = 0.05
OTHERS_LOCK_AT_MOST_S = 0.5


@dataclass
class Fate:
    """`locked`: when a process stood still that had the lock of the database; nobody could write then."""

    processes: list[EnforcerProcess]
    database: Path
    chance: random.Random
    locked: list[Span] = field(default_factory=list)
    stops_at_frames: int = 0
    strikes: list[tuple[float, int]] = field(default_factory=list)
    """When which process was killed or stopped."""
    told: list[tuple[float, str]] = field(default_factory=list)
    """What was done when."""
    _at_frame: bool = False
    _wake_s: dict[int, float] = field(default_factory=dict)
    _peace_s: dict[int, float] = field(default_factory=dict)
    _locking: dict[int, Span] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def rule(self, until_s: float) -> None:
        """Strikes until that second."""
        strike_s = time.monotonic()
        while time.monotonic() < until_s:
            time.sleep(LOOK_EVERY_S)
            now_s = time.monotonic()
            self._let_live(now_s)
            if now_s >= strike_s:
                strike_s = now_s + self.chance.uniform(*STRIKES_EVERY_S)
                self._strike(now_s)
        for process in self.processes:
            self._wake_s[process.number] = 0.0
        self._at_frame = False

    def calm(self, seconds: float) -> None:
        """Both are there and go on, and nothing happens for so long."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            self._let_live(time.monotonic())
            time.sleep(LOOK_EVERY_S)

    def about_to_write(self, pid: int) -> None:
        """A process has looked at a device as before a write: the worst moment to stand still is a little later."""
        if self._at_frame and pid:
            self._at_frame = False
            delay_s = self.chance.uniform(0, AT_FRAME_WITHIN_S)
            threading.Timer(delay_s, self._stop_at_frame, [pid]).start()

    def _stop_at_frame(self, pid: int) -> None:
        with self._gate:
            found = next((each for each in self.processes if each.pid == pid and not each.stopped), None)
            if found is not None:
                self.stops_at_frames += 1
                self._stop(found)

    def _let_live(self, now_s: float) -> None:
        """Begins what was killed, lets go on what stands still, when its time is over."""
        with self._gate:
            for process in self.processes:
                if now_s >= self._wake_s.get(process.number, 0.0):
                    if process.stopped:
                        self._go_on(process, now_s)
                    elif not process.pid:
                        process.begin()
                        self._tell(f"{process} begins")
        for process in self.processes:
            process.ask()

    def _go_on(self, process: EnforcerProcess, now_s: float) -> None:
        self._tell(f"{process} goes on")
        process.go_on()
        self._peace_s[process.number] = now_s + PEACE_S
        self._unlock(process)

    def _unlock(self, process: EnforcerProcess) -> None:
        span = self._locking.pop(process.number, None)
        if span is not None:
            span.until_s = time.monotonic()

    def _strike(self, now_s: float) -> None:
        with self._gate:
            free = [each for each in self.processes if each.pid and now_s >= self._peace_s.get(each.number, 0.0)]
            at_work = [each for each in free if each.state == "ok"]
            aimed, what = self.chance.random() < AT_WORK, self.chance.random()
            if not free:
                return
            chosen = self.chance.choice(at_work if aimed and at_work else free)
            if what < 0.4:
                self._tell(f"{chosen} is killed")
                self.strikes.append((now_s, chosen.pid))
                chosen.kill()
                self._wake_s[chosen.number] = now_s + self.chance.uniform(*AGAIN_AFTER_S)
                self._unlock(chosen)
            elif what < 0.7:
                self._at_frame = True
            elif not chosen.stopped:
                self._stop(chosen)

    def _stop(self, process: EnforcerProcess) -> None:
        stopped_s = time.monotonic()
        self._tell(f"{process} stands still")
        self.strikes.append((stopped_s, process.pid))
        process.stop()
        self._wake_s[process.number] = stopped_s + self.chance.uniform(*STILL_S)
        if self._is_locked():
            self._locking[process.number] = Span(stopped_s)
            self.locked.append(self._locking[process.number])
            self._tell(f"{process} has the lock of the database")

    def _tell(self, what: str) -> None:
        self.told.append((time.monotonic(), what))

    def _is_locked(self) -> bool:
        """Whether nobody can write: whoever goes on gives the lock back within milliseconds."""
        connection = sqlite3.connect(self.database, timeout=OTHERS_LOCK_AT_MOST_S, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False
