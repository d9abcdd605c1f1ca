"""What a proof found becomes an alert for the staff: once for the same findings, standing until nothing is found."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.alerts import AlertKind
from sql.alerts import NewAlert, raise_alert
from sql.check import Looked, Proof
from sql.events import Event, record
from sql.tables import alerts, proofs

EVERYTHING_EVERY = timedelta(days=7)
PROOFS_KEPT = timedelta(days=400)
SENTENCES_AT_MOST = 5


def everything_is_due(conn: Connection, now: datetime) -> bool:
    """All of history is proved every week, and every time as long as breaches are known."""
    last = conn.execute(sa.select(proofs.c.breaches).order_by(proofs.c.id.desc()).limit(1)).one_or_none()
    whole_at = conn.scalar(sa.select(sa.func.max(proofs.c.began_at)).where(proofs.c.scope == Looked.ALL))
    return last is None or last.breaches > 0 or whole_at is None or now - whole_at >= EVERYTHING_EVERY


def purge_proofs(conn: Connection, before: datetime) -> int:
    """Removes the results of proofs begun before the instant; answers how many. One comes a day."""
    return conn.execute(proofs.delete().where(proofs.c.began_at < before)).rowcount


def tell_proof(conn: Connection, site_id: int, writer: str, proof: Proof, at: datetime) -> bool:
    """Raises the alert for new findings and ends those of other ones; answers whether anything was raised. Only a proof
    of everything shows that nothing is wrong any more."""
    standing = {
        row.cause: row.id
        for row in conn.execute(
            sa.select(alerts.c.id, alerts.c.cause).where(
                alerts.c.site_id == site_id, alerts.c.kind == AlertKind.BOOKS_WRONG, alerts.c.ended_at.is_(None)
            )
        )
    }
    found = f"books:{site_id}:{proof.finding}:"
    over = [alert_id for cause, alert_id in standing.items() if not proof.breaches or not cause.startswith(found)]
    if over and (proof.breaches or proof.looked_at is Looked.ALL):
        conn.execute(alerts.update().where(alerts.c.id.in_(over)).values(ended_at=at))
    if not proof.breaches or any(cause.startswith(found) for cause in standing):
        return False
    alert = NewAlert(
        site_id=site_id,
        kind=AlertKind.BOOKS_WRONG,
        cause=f"{found}{at.isoformat()}",
        details={"why": _sentences(proof), "breaches": len(proof.breaches)},
    )
    raise_alert(conn, alert, at)
    told = Event(
        action=f"alert.{alert.kind}",
        actor="enforcer",
        subject=f"site:{site_id}",
        site_id=site_id,
        after={"cause": alert.cause},
    )
    record(conn, writer, [told], at)
    return True


def _sentences(proof: Proof) -> str:
    """The first ones: the whole list is kept with the proof, and the command says it again."""
    said = [breach.sentence for breach in proof.breaches[:SENTENCES_AT_MOST]]
    return " ".join([*said, "..."] if len(proof.breaches) > SENTENCES_AT_MOST else said)
