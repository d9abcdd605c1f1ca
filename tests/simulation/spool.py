"""The spool of the simulation: its process may die before anything it does there."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sql.spool import Key, Spooled, SpoolFile
from tests.simulation.database import Dooms

MOST_BYTES = 64_000_000


class SimulatedSpoolFile(SpoolFile):
    """One file, whoever of the enforcers uses it. `locked`: another program holds it. `full`: so is the disk."""

    def __init__(self, folder: Path, dooms: Dooms) -> None:
        super().__init__(folder / "spool.db", MOST_BYTES)
        self.locked = self.full = False
        self._dooms = dooms

    def add(self, rows: Sequence[Spooled]) -> int:
        self._dooms.step()
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        return super().add(rows)

    def first(self, count: int, after: Key) -> list[Spooled]:
        if self.locked:
            raise sqlite3.OperationalError("database is locked")
        return super().first(count, after)

    def forget(self, until: Key) -> None:
        self._dooms.step()
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().forget(until)
