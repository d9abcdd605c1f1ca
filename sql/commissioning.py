"""Records of commissioning: how they are kept, and which of them let a supply be switched by the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.commissioning import DECIDING, Finding, Found, Outcome, Weight
from prepaid.records import Wiring
from prepaid.supply import Answer
from prepaid.switching import Evidence
from sql.events import Event
from sql.tables import analyzers, commissionings, supply_changes

VERDICT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One test of one device. `settings` are raw numbers of the device, by the names of its register map."""

    analyzer_id: int
    serial_number: str
    wiring: Wiring
    wish_id: int | None
    began_at: datetime
    ended_at: datetime
    outcome: Outcome
    tariff_proven: bool
    answers_while_cut: bool
    cut_confirmed_at: datetime | None
    cut_proven_at: datetime | None
    restored_at: datetime | None
    by_whom: str
    verdict: str
    findings: tuple[Finding, ...]
    settings: Mapping[str, int]


def passed_record(serial_number: sa.ColumnElement[str] | None = None) -> sa.ColumnElement[bool]:
    """Whether a row of app.Commissionings lets the analyzer it is joined to be switched: it has passed, no newer one
    of the same device decides otherwise, and the analyzer is wired as it was tested."""
    newer = commissionings.alias("newer")
    overruled = sa.exists().where(
        newer.c.analyzer_id == commissionings.c.analyzer_id,
        newer.c.serial_number == commissionings.c.serial_number,
        newer.c.id > commissionings.c.id,
        newer.c.outcome.in_(sorted(DECIDING)),
    )
    conditions = [
        commissionings.c.analyzer_id == analyzers.c.id,
        commissionings.c.outcome == Outcome.PASSED,
        sa.or_(commissionings.c.wiring.is_(None), commissionings.c.wiring == analyzers.c.wiring),
        ~overruled,
    ]
    if serial_number is not None:
        conditions.append(commissionings.c.serial_number == serial_number)
    return sa.and_(*conditions)


def keep_record(conn: Connection, record: Record, site_id: int) -> Event:
    """Adds a record, and binds the analyzer to the device where it passed. Answers the event that tells of it."""
    conn.execute(
        commissionings.insert().values(
            analyzer_id=record.analyzer_id,
            serial_number=record.serial_number,
            began_at=record.began_at,
            ended_at=record.ended_at,
            outcome=record.outcome,
            wiring=record.wiring,
            wish_id=record.wish_id,
            tariff_proven=record.tariff_proven,
            answers_while_cut=record.answers_while_cut,
            cut_confirmed_at=record.cut_confirmed_at,
            cut_proven_at=record.cut_proven_at,
            restored_at=record.restored_at,
            by_whom=record.by_whom,
            verdict=record.verdict[:VERDICT_MOST],
            findings={"findings": [_plain(each) for each in record.findings], "settings": dict(record.settings)},
        )
    )
    if record.outcome is Outcome.PASSED:
        _bind(conn, record)
    return Event(
        action=f"commissioning.{record.outcome}",
        actor=record.by_whom,
        subject=f"analyzer:{record.analyzer_id}",
        site_id=site_id,
        after={
            "serial_number": record.serial_number,
            "wish_id": record.wish_id,
            "prevents": [each.found for each in record.findings if each.weight is Weight.PREVENTS],
        },
    )


def _bind(conn: Connection, record: Record) -> None:
    """The device that passed is the commissioned one; its own time-out is known from now on."""
    output = conn.scalar(sa.select(analyzers.c.output).where(analyzers.c.id == record.analyzer_id))
    timeout_s = record.settings.get(f"output_{output}_timeout_s")
    conn.execute(
        analyzers.update()
        .where(analyzers.c.id == record.analyzer_id)
        .values(serial_number=record.serial_number, remote_timeout_s=timeout_s or None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialChange:
    """The newest change of supply, to one side, that a test brought about: how far it has come, and its last error."""

    evidence: Evidence
    error: str | None
    confirmed_at: datetime | None
    proven_at: datetime | None


def trial_changes(conn: Connection, wish_id: int) -> Mapping[Answer, TrialChange]:
    """The newest cut and the newest restore of a test."""
    names = list(TrialChange.__slots__)
    question = (
        sa.select(supply_changes.c.wanted, *(supply_changes.c[name] for name in names))
        .where(supply_changes.c.wish_id == wish_id)
        .order_by(supply_changes.c.id)
    )
    return {
        row["wanted"]: TrialChange(**{name: row[name] for name in names}) for row in conn.execute(question).mappings()
    }


def findings_of(stored: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings of a stored record; older ones have none."""
    return tuple(
        Finding(found=Found(each["found"]), weight=Weight(each["weight"]), facts=each["facts"])
        for each in stored.get("findings", ())
    )


def revocation(
    analyzer_id: int, serial_number: str, wiring: Wiring, by_whom: str, why_revoked: str, at: datetime
) -> Record:
    """The record that takes back those of a device before it."""
    return Record(
        analyzer_id=analyzer_id,
        serial_number=serial_number,
        wiring=wiring,
        wish_id=None,
        began_at=at,
        ended_at=at,
        outcome=Outcome.REVOKED,
        tariff_proven=False,
        answers_while_cut=False,
        cut_confirmed_at=None,
        cut_proven_at=None,
        restored_at=None,
        by_whom=by_whom,
        verdict=why_revoked,
        findings=(),
        settings={},
    )


def _plain(finding: Finding) -> dict[str, Any]:
    return {"found": finding.found.value, "weight": finding.weight.value, "facts": dict(finding.facts)}
