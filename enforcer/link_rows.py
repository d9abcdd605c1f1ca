"""The states of links as rows, for the pages."""

from collections.abc import Container, Mapping

from enforcer.link_state import LinkState
from sql.readings import LinkRow

ERROR_MOST = 400


def link_rows(links: Mapping[int, LinkState], known: Container[int]) -> list[LinkRow]:
    """The links of the analyzers that the site has."""
    return [_link_row(analyzer_id, link) for analyzer_id, link in links.items() if analyzer_id in known]


def _link_row(analyzer_id: int, link: LinkState) -> LinkRow:
    return LinkRow(
        analyzer_id=analyzer_id,
        link=link.state.value,
        link_since_at=link.since_at,
        failures=link.failures,
        link_error=link.last_error[:ERROR_MOST] or None,
        try_at=link.next_try_at,
        answer_ms=link.answer_ms,
        reads_due=link.reads.due,
        reads_on_time=link.reads.on_time,
        reads_late=link.reads.late,
        reads_missed=link.reads.missed,
    )
