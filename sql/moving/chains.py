"""The events of a site in the chains that they get in another database."""

from collections.abc import Sequence
from typing import Any

from prepaid.language import _
from sql.events import FIRST_HASH, chain_hash
from sql.moving.lines import LinesBroken, Row
from sql.moving.numbering import Numbering
from sql.tables import events


class Chains:
    """Chains of a site's own, numbered from 1 on. Where they come from, one chain holds the events of several sites,
    so what is left of it has gaps, and each hash stands for all before it: they are computed anew. What must not happen
    on the way is that a changed event gets a good hash: each one is looked at first."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._heads: dict[str, tuple[int, str]] = {}

    def links(self, rows: Sequence[Row]) -> list[Row]:
        """The events as they are kept from now on. Raises LinesBroken for one that is not as it was written."""
        return [self._link(row) for row in rows]

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The rows of ops.EventHeads for these chains."""
        return [{"writer": writer, "event_no": head[0], "hash": head[1]} for writer, head in self._heads.items()]

    def _link(self, row: Row) -> Row:
        if chain_hash(row) != row["hash"]:
            said = _("the event {number} of {writer} was changed after it was written")
            raise LinesBroken(said.format(number=row["event_no"], writer=row["writer"]))
        writer = self._numbering.writer(row["writer"])
        number, previous = self._heads.get(writer, (0, FIRST_HASH))
        moved = self._numbering.row(events, row)
        link = {**moved, "writer": writer, "event_no": number + 1, "previous_hash": previous}
        link["hash"] = chain_hash(link)
        self._heads[writer] = (number + 1, link["hash"])
        return link
