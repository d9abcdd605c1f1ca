"""What the new bases of an analyzer left unknown, for who sees its balances."""

from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer
from prepaid.proposals import Proposal
from sql.proposals import load_proposals
from sql.questions.analyzers import permit_analyzer


def proposals_of(conn: Connection, viewer: Viewer, analyzer_id: int) -> tuple[Proposal, ...]:
    """The newest of them. Raises NotAllowed, NotFound."""
    return load_proposals(conn, permit_analyzer(conn, viewer, Right.SEE_BALANCES, analyzer_id), analyzer_id)
