"""What comes first when the database is back: the memory is read again, and what waits in the spool becomes books."""

from collections.abc import Callable, Mapping
from datetime import datetime

from enforcer.loading import SLICE, Loader
from enforcer.site_state import State, restore
from enforcer.spool import Spool, SpoolBusy
from prepaid.books import Book
from prepaid.records import Reading
from sql.connection import Connection, Database

SLICES_A_PASS = 20
"""Of the spool: passes go on while it is loaded."""


class CatchUp:
    """Goes before the decisions of a pass. `unsure`: a transaction failed whose commit may have come through.

    `said` is what people said of meters, `beat` the sign of life; `remember` gets the memory behind each slice, and
    `read_again` one that was read anew.
    """

    def __init__(
        self,
        database: Database,
        spool: Spool,
        loader: Loader,
        writer: str,
        *,
        said: Callable[[Mapping[int, Book]], Mapping[int, Book]],
        beat: Callable[[Connection, datetime], None],
        remember: Callable[[State], None],
        read_again: Callable[[State], None],
    ) -> None:
        self.unsure = False
        self._database = database
        self._spool = spool
        self._loader = loader
        self._writer = writer
        self._said = said
        self._beat = beat
        self._remember = remember
        self._read_again = read_again

    @property
    def is_over(self) -> bool:
        """Whether everything is known and nothing waits, so that it may be decided."""
        return not self.unsure and not self._spool.waiting

    def load(self, taken: list[Reading], state: State, *, trusted: bool) -> list[Reading]:
        """Loads what waits, a bounded part of it; `taken` waits behind it. Answers what is left to decide on when
        nothing waits any more."""
        if self.unsure:
            with self._database.writing() as conn:
                state = restore(conn, state, self._writer)
                self._read_again(state)
            self.unsure = False
        if not self._spool.waiting:
            return taken
        self._spool.keep(taken, state.site, trusted=trusted)
        for _slice in range(SLICES_A_PASS):
            try:
                waiting = self._spool.first(SLICE)
            except SpoolBusy:
                break
            if waiting is None:
                return self._spool.rest()
            state = self._loader.load(waiting, state, self._said, self._beat)
            self._remember(state)
        return []
