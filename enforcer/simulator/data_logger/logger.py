"""The DataLogger as it runs: it samples the simulated devices at its static interval and writes what arrives."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enforcer.simulator.data_logger.fate import CALM, STORED_MOST, Delivery, LogFate
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.sample import Sampler
from enforcer.simulator.device import SimulatedAnalyzer
from prepaid.clock import Clock
from prepaid.errors.start import DatabaseBusy, DatabaseUnavailable
from sql.connection import Database
from sql.demo.data_logger import Entry, LogTable

log = logging.getLogger(__name__)

WRITTEN_AT_ONCE: Final = 20_000
USUAL_FORM: Final = LogForm()
TABLE: Final = "app.KepwareLog"
"""The product's own table for a DataLogger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogTarget:
    """Where it writes, how, and what goes wrong with it."""

    database: Database
    table: str = TABLE
    form: LogForm = USUAL_FORM
    fate: LogFate = CALM
    batch_id: bool = False


class DataLogger:
    """One log group over some devices. What cannot be written waits, as in the file of store-and-forward."""

    def __init__(self, analyzers: Sequence[SimulatedAnalyzer], clock: Clock, target: LogTarget) -> None:
        self._target = target
        self._sampler = Sampler(analyzers, clock, target.form)
        wide = target.form.wide
        self._table = LogTable(target.table, self._sampler.items if wide else (), batch_id=target.batch_id)
        self.delivery = Delivery(target.fate, wide=wide)
        self._waiting: deque[Entry] = deque(maxlen=STORED_MOST)
        self._away = False

    @property
    def items(self) -> list[str]:
        """The names of all items that are logged."""
        return self._sampler.items

    def prepare(self) -> None:
        """Makes the table unless there is one."""
        with self._target.database.writing() as conn:
            self._table.make(conn)

    def sample(self) -> None:
        """Takes the values of this instant. To be called in the loop of the simulator."""
        self._waiting.extend(self.delivery.carry(self._sampler.sample()))

    def write(self) -> int:
        """Writes what has arrived, and answers how many rows. Whatever is wrong with the database, it waits."""
        written = 0
        try:
            while self._waiting:
                slice_ = list(self._waiting)[:WRITTEN_AT_ONCE]
                with self._target.database.writing() as conn:
                    self._table.append(conn, slice_)
                for _ in slice_:
                    self._waiting.popleft()
                written += len(slice_)
        except (DatabaseBusy, DatabaseUnavailable) as error:
            if not self._away:
                log.warning("kepware.away %s", error)
            self._away = True
            return written
        if self._away:
            log.info("kepware.back rows=%d", written)
        self._away = False
        return written

    async def run(self) -> None:
        """Logs at the static interval until it is cancelled; an interval that was missed is not made up for."""
        loop = asyncio.get_running_loop()
        interval_s = self._target.form.interval_s
        due_s = loop.time()
        while True:
            self.sample()
            await asyncio.to_thread(self.write)
            due_s = max(due_s + interval_s, loop.time())
            await asyncio.sleep(due_s - loop.time())
